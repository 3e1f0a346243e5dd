package evidence

// A Campaign is a named set of sources with a schedule, a window and a
// budget: what a campaign manager plans, runs, pauses and reads a report of.
type Campaign struct {
	ID       string   `yaml:"campaign" json:"campaign"`
	Title    string   `yaml:"title" json:"title"`
	Sources  []string `yaml:"sources" json:"sources"`
	Cohort   *Cohort  `yaml:"cohort" json:"cohort,omitempty"`     // only these; nil: the whole of each source
	Schedule string   `yaml:"schedule" json:"schedule,omitempty"` // cron, in Zone
	Zone     string   `yaml:"zone" json:"zone,omitempty"`         // IANA name; empty: Asia/Shanghai
	Window   *Window  `yaml:"window" json:"window,omitempty"`     // hours in which it may fetch
	Closed   []Window `yaml:"closed" json:"closed,omitempty"`     // hours in which it may not
	Blackout []string `yaml:"blackout" json:"blackout,omitempty"` // dates on which it may not: 2026-10-01, 2026-10-01..2026-10-08, or rest-days
	Overlap  string   `yaml:"overlap" json:"overlap,omitempty"`   // what a run does that is due while the one before goes on; empty: skip
	CatchUp  string   `yaml:"catch_up" json:"catch_up,omitempty"` // what becomes of times that passed while nobody was there; empty: once
	Budget   Budget   `yaml:"budget" json:"budget"`
}

// What a run does that is due while the one before goes on.
const (
	OverlapSkip  = "skip"  // it is left out, and that is said
	OverlapQueue = "queue" // it begins after the other, once
	OverlapAllow = "allow" // it begins beside the other
)

// What becomes of times that passed while nobody was there, or in closed hours.
const (
	CatchUpOnce = "once" // one run stands for all of them
	CatchUpNone = "none" // they are left out, and that is said
)

// RestDays is a blackout of all days that are not worked, by the calendar of
// the State Council; WorkDays and RestDays are also days of a window.
const (
	RestDays = "rest-days"
	WorkDays = "work-days"
)

// A Cohort narrows a campaign to some pages or operators. A run over a cohort
// adds and changes; it judges no absence and writes looks only for subjects
// whose whole scope it saw (MODEL 3).
type Cohort struct {
	URLs     []string     `yaml:"urls" json:"urls,omitempty"`
	Entities []string     `yaml:"entities" json:"entities,omitempty"` // identifiers, scheme:value or as a person writes them
	Query    *CohortQuery `yaml:"query" json:"query,omitempty"`
	// Pages is how many of the pages that its sources showed before are asked
	// for again in a run: those that most need it, by the history of each and
	// within the bounds that `revisit` of its source declares. 0: none.
	Pages int `yaml:"pages" json:"pages,omitempty"`
}

// A CohortQuery chooses operators by what is known of them: class C or D,
// nothing seen for 60 days.
type CohortQuery struct {
	Classes    []string `yaml:"class" json:"class,omitempty"` // supervision classes
	Grades     []string `yaml:"grade" json:"grade,omitempty"`
	UnseenDays int      `yaml:"unseen_days" json:"unseen_days,omitempty"` // no look within so many days
}

// A Window is a time of day in the campaign's zone, as 15:04; it may span
// midnight. Package timetable says when it is open.
type Window struct {
	From string   `yaml:"from" json:"from"`
	To   string   `yaml:"to" json:"to"`
	Days []string `yaml:"days" json:"days,omitempty"` // mon … sun, work-days, rest-days: on which it begins; empty: all
}

// A Budget limits one run; zero is no limit. What a budget cuts off makes the
// run partial, and its report says so.
type Budget struct {
	Requests int   `yaml:"requests" json:"requests,omitempty"`
	Bytes    int64 `yaml:"bytes" json:"bytes,omitempty"`
	Minutes  int   `yaml:"minutes" json:"minutes,omitempty"`
}
