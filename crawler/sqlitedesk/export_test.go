package sqlitedesk

// Waiting is how many settlements wait.
func (d *Desk) Waiting() int { return d.count() }
