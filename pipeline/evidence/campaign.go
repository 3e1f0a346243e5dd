package evidence

import "time"

// A Campaign is a named set of sources with a schedule, a window and a
// budget: what a campaign manager plans, runs, pauses and reads a report of.
type Campaign struct {
	ID       string   `yaml:"campaign" json:"campaign"`
	Title    string   `yaml:"title" json:"title"`
	Sources  []string `yaml:"sources" json:"sources"`
	Cohort   *Cohort  `yaml:"cohort" json:"cohort,omitempty"`     // only these; nil: the whole of each source
	Schedule string   `yaml:"schedule" json:"schedule,omitempty"` // cron, Asia/Shanghai
	Window   *Window  `yaml:"window" json:"window,omitempty"`     // hours in which it may fetch
	Budget   Budget   `yaml:"budget" json:"budget"`
}

// A Cohort narrows a campaign to some pages or operators. A run over a cohort
// adds and changes; it judges no absence and writes looks only for subjects
// whose whole scope it saw (MODEL 3).
type Cohort struct {
	URLs     []string     `yaml:"urls" json:"urls,omitempty"`
	Entities []string     `yaml:"entities" json:"entities,omitempty"` // identifiers, scheme:value or as a person writes them
	Query    *CohortQuery `yaml:"query" json:"query,omitempty"`
}

// A CohortQuery chooses operators by what is known of them: class C or D,
// nothing seen for 60 days.
type CohortQuery struct {
	Classes    []string `yaml:"class" json:"class,omitempty"` // supervision classes
	Grades     []string `yaml:"grade" json:"grade,omitempty"`
	UnseenDays int      `yaml:"unseen_days" json:"unseen_days,omitempty"` // no look within so many days
}

// A Window is the time of day in which a campaign may fetch, Asia/Shanghai,
// as 15:04; it may span midnight.
type Window struct {
	From string `yaml:"from" json:"from"`
	To   string `yaml:"to" json:"to"`
}

// Open reports whether the window contains t.
func (w *Window) Open(t time.Time) bool {
	if w == nil || w.From == w.To {
		return true
	}
	now := t.In(Shanghai).Format("15:04")
	if w.From < w.To {
		return w.From <= now && now < w.To
	}
	return now >= w.From || now < w.To
}

// A Budget limits one run; zero is no limit. What a budget cuts off makes the
// run partial, and its report says so.
type Budget struct {
	Requests int   `yaml:"requests" json:"requests,omitempty"`
	Bytes    int64 `yaml:"bytes" json:"bytes,omitempty"`
	Minutes  int   `yaml:"minutes" json:"minutes,omitempty"`
}
