package sqlitedesk

// Waiting is how many settlements wait.
func (d *Desk) Waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.wait)
}
