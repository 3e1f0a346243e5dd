package doors

import (
	"context"
	"time"

	"probity/pipeline/evidence"
)

// Operations are for those who answer for the crawl: what is due, how hosts
// are visited, what failed and why, and the words by which all of it is
// changed while it runs. A word names who gives it and why.
type Operations interface {
	// Calendar is what is due within so many days, with what became of past
	// times that began no run.
	Calendar(ctx context.Context, days int) (Calendar, error)
	// Hosts are all that were ever visited or named, by name.
	Hosts(ctx context.Context) ([]Host, error)
	// OrderHost pauses or resumes a host, or changes its delay.
	// evidence.ErrNotFound: it was never visited, and no source names it.
	OrderHost(ctx context.Context, host string, o Order, who string) error
	// OrderSource kills or resumes a source, or changes its delay.
	// evidence.ErrNotFound: it is not declared.
	OrderSource(ctx context.Context, id string, o Order, who string) error
	// OrderCampaign changes the budget of a campaign and of its open runs; nil:
	// as declared.
	OrderCampaign(ctx context.Context, id string, b *evidence.Budget, why, who string) error
	// Given are the newest words, newest first.
	Given(ctx context.Context, limit int) ([]Given, error)
	// Failures are what the newest run of each campaign gave up, by reason.
	Failures(ctx context.Context) ([]Failure, error)
	// Retry opens what a run gave up for a reason again; where the run is
	// closed, in a run of its own, whose id it returns. evidence.ErrNotFound:
	// nothing was given up so.
	Retry(ctx context.Context, run, reason, who string) (Retried, error)
	// Refusals are what the newest run of each campaign did not ask for, by
	// host and reason: robots.txt, scope.
	Refusals(ctx context.Context) ([]Failure, error)
	// Estimate says before a campaign starts what it would come to.
	Estimate(ctx context.Context, campaign string) (Estimate, error)
	// VisitNow asks for the page of a capture once more, under the courtesy of
	// its host, and returns the run. evidence.ErrConflict: its source's scope is
	// another now; evidence.ErrForbidden: the source is killed.
	VisitNow(ctx context.Context, capture, who string) (run string, err error)
	// Disk is how much room there is.
	Disk(ctx context.Context) (Disk, error)
}

// Orders to a source or a host, beside Pause, which is a host's, and Resume;
// Kill is a source's.
const (
	Kill  = "kill"
	Delay = "delay"
)

// An Order is a word about a source or a host. evidence.ErrInvalid: it does not
// say why, or has no such verb.
type Order struct {
	Verb  string        // Kill or Pause, Resume, Delay
	Delay time.Duration // of Delay; 0: as declared
	Why   string
}

// A Calendar is what is due and what was.
type Calendar struct {
	Due  []Due    `json:"due"`  // in order of time
	Past []Notice `json:"past"` // newest first
}

// A Due is a time of a schedule to come.
type Due struct {
	At       time.Time `json:"at"`
	Campaign string    `json:"campaign"`
	Title    string    `json:"title"`
	State    string    `json:"state"` // open, blocked, overlap, waiting
	Words    string    `json:"words,omitempty"`
}

// States of a Due.
const (
	DueOpen    = "open"    // it begins then
	DueBlocked = "blocked" // its hours are closed then
	DueOverlap = "overlap" // the run before will still go on, by how long the last took
	DueWaiting = "waiting" // it was due and waits
)

// A Notice is what became of a time that began no run.
type Notice struct {
	Campaign string    `json:"campaign"`
	Do       string    `json:"do"` // queue, skip
	Due      time.Time `json:"due"`
	Missed   int       `json:"missed,omitempty"`
	Reason   string    `json:"reason"`
	Words    string    `json:"words"`
}

// A Host is how one is visited just now.
type Host struct {
	Host   string        `json:"host"`
	Group  string        `json:"group"`
	State  string        `json:"state"` // running, paused, killed
	Reason string        `json:"reason,omitempty"`
	Gap    time.Duration `json:"gap"`            // nanoseconds
	By     string        `json:"by"`             // what makes the gap: declared, ordered, slow
	Rests  time.Time     `json:"rests,omitzero"` // backs off until
	Last   time.Time     `json:"last,omitzero"`  // end of its last answer
	Next   time.Time     `json:"next,omitzero"`  // not before then
	Open   int           `json:"open"`
	Leased int           `json:"leased"`
	Flag   string        `json:"flag,omitempty"` // what its robots.txt asks for beyond what is kept, as a long crawl-delay
}

// Given is an order that was given, with who and why.
type Given struct {
	About   string    `json:"about"`
	Version int64     `json:"version"`
	Words   string    `json:"words"`
	Who     string    `json:"who"`
	Why     string    `json:"why"`
	At      time.Time `json:"at"`
	InForce bool      `json:"in_force"`
}

// A Failure is what a run gave up, or was refused, for one reason.
type Failure struct {
	Run      string   `json:"run"`
	Campaign string   `json:"campaign"`
	Open     bool     `json:"open"` // the run goes on
	Host     string   `json:"host,omitempty"`
	Reason   string   `json:"reason"`
	Words    string   `json:"words,omitempty"`
	N        int      `json:"n"`
	Examples []string `json:"examples"`
	// Robots is what the newest robots.txt that is kept decides about them,
	// and File its capture; nil: robots.txt is not the reason, or none is kept.
	Robots *evidence.RobotsDecision `json:"robots,omitempty"`
	File   string                   `json:"file,omitempty"`
}

// Retried says what became of a retry.
type Retried struct {
	Run   string `json:"run"`
	Leads int    `json:"leads"`
}

// An Estimate is what a run would come to.
type Estimate struct {
	Campaign string  `json:"campaign"`
	Pages    int     `json:"pages"`
	Requests int     `json:"requests"` // for the pages, and for what these ask for themselves
	Seconds  float64 `json:"seconds"`
	Sure     string  `json:"sure"` // high, medium, low
	Words    string  `json:"words"`
}

// A Disk is how much room there is, in bytes.
type Disk struct {
	Free   int64  `json:"free"`
	Least  int64  `json:"least"` // below it nothing more is fetched
	Parts  []Part `json:"parts"`
	Folder string `json:"folder"`
}

// A Part is what one part of the data takes.
type Part struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Files int    `json:"files"`
}

// InForce is what holds for a campaign now: its budget, and the delay of each
// of its sources, with the order that made each so, if one did.
type InForce struct {
	Budget  evidence.Budget `json:"budget"`
	Order   *Given          `json:"order,omitempty"` // about the campaign
	Sources []SourceInForce `json:"sources"`
}

// A SourceInForce is a source's delay between requests, in nanoseconds.
type SourceInForce struct {
	ID       string        `json:"id"`
	Declared time.Duration `json:"declared"` // or the house's, where it declares none
	Gap      time.Duration `json:"gap"`      // in force
	Killed   bool          `json:"killed,omitempty"`
	Order    *Given        `json:"order,omitempty"`
}
