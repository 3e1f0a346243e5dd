package crawler

import (
	"context"
	"fmt"
	"time"

	"probity/crawler/traps"
	"probity/pipeline/evidence"
)

// A Target is what a command is about: a run or a host, one of them.
type Target struct{ Run, Host string }

// Control is for commanders: what they order stands in the frontier and is
// obeyed by the next claim of every worker.
type Control interface {
	// Pause holds back a run, or a host and all that shares its visitor.
	Pause(ctx context.Context, t Target, reason string) error
	// Resume ends a pause or a kill; dead letters stay until they are retried.
	Resume(ctx context.Context, t Target) error
	// Kill makes dead letters of a run's or a host's open leads, and of those
	// that come later.
	Kill(ctx context.Context, t Target, reason string) error
	// SetGap changes the pause at a host at once, above and below what its
	// sources declare, but never below its crawl-delay; 0 ends the change.
	SetGap(ctx context.Context, host string, gap time.Duration) error
	// SetBudget limits a run to so many requests; 0: no limit. A run that
	// reaches it is killed with reason "budget".
	SetBudget(ctx context.Context, run string, requests int) error
}

// Ledger is for those who ask how a run stands, and mend it.
type Ledger interface {
	Counts(ctx context.Context, run string) (Counts, error)
	// DeadLetters lists failed leads in the order they came, after a cursor
	// ("" at first), and the cursor of the next page ("" at the end).
	DeadLetters(ctx context.Context, run, after string, limit int) ([]DeadLetter, string, error)
	// Retry opens dead letters of a run again, all or those with the keys.
	Retry(ctx context.Context, run string, keys ...string) (int, error)
	// Leads visits every lead of a run that is not done, with its state (open,
	// failed, refused; a leased one is open) and the reason of the last two.
	// Leads that are done may be visited too, as done.
	Leads(ctx context.Context, run string, visit func(l evidence.Lead, state, reason string)) error
	// Hosts are those of the names that were ever visited or told something, by
	// name; without any name all are.
	Hosts(ctx context.Context, names ...string) ([]HostState, error)
	// Close ends a run for good: what was seen in it and its budgets go where
	// they are more than the leads themselves; its counts, dead letters and
	// refusals stay until it is forgotten. What comes to it later is taken as
	// seen, and orders about it are evidence.ErrConflict, as is closing a run
	// that has something to visit. A run that nobody knows is closed.
	Close(ctx context.Context, run string) error
	// Forget removes a run that has nothing to visit, and all that is told of it.
	Forget(ctx context.Context, run string) error
	// Alarm looks at how what was seen is held.
	Alarm(ctx context.Context) (Alarm, error)
}

// An Alarm says which parts of the seen-set the store has turned into
// something several times as big, without a word. Who reads it changes the
// store's settings.
type Alarm struct {
	Buckets int      // there are; 0: this store has no such parts
	Blown   []string // names of those that were turned
}

// A Purse keeps what the spenders of each run have spent, of all visitors
// together and beyond their restarts, until the run is closed or forgotten.
// What is under way is not in it: it is spent before its lease is settled, so
// a host, which has one visitor, spends no more than its budget and its last
// answer, and a source as much again for each visitor. Who spends again after
// a fault may have spent twice.
type Purse interface {
	// Spent is what each has spent, in their order.
	Spent(ctx context.Context, of ...traps.Spender) ([]traps.Spent, error)
	// Spend adds what went to each of the spenders.
	Spend(ctx context.Context, by traps.Spent, of ...traps.Spender) error
}

// States of a run or a host.
const (
	Running = "running"
	Paused  = "paused"
	Killed  = "killed"
	Closed  = "closed" // a run: over for good
)

// ErrClosed is an order about a run that is over for good.
var ErrClosed = fmt.Errorf("%w: the run is closed: what it gave up is asked for again by the campaign's next run", evidence.ErrConflict)

// Counts is how a run stands. Every lead that entered it is in exactly one of
// Open, Leased, Done, Failed and Refused.
type Counts struct {
	State    string         `json:"state"`
	Reason   string         `json:"reason,omitempty"` // of a pause or kill
	Open     int            `json:"open"`
	Leased   int            `json:"leased"`
	Done     int            `json:"done"`
	Failed   map[string]int `json:"failed,omitempty"`  // by reason
	Refused  map[string]int `json:"refused,omitempty"` // by reason
	Requests int            `json:"requests"`
	Budget   int            `json:"budget,omitempty"`
}

// Empty reports whether nothing is left to visit.
func (c Counts) Empty() bool { return c.Open == 0 && c.Leased == 0 }

// Total is the number of leads that entered the run.
func (c Counts) Total() int {
	n := c.Open + c.Leased + c.Done
	for _, m := range []map[string]int{c.Failed, c.Refused} {
		for _, k := range m {
			n += k
		}
	}
	return n
}

// A DeadLetter is a lead that was given up, and why.
type DeadLetter struct {
	Lead     evidence.Lead `json:"lead"`
	Reason   string        `json:"reason"`
	Detail   string        `json:"detail,omitempty"`
	Attempts int           `json:"attempts"`
	Time     time.Time     `json:"time"`
}

// A HostState is how a host is visited just now.
type HostState struct {
	Host   string        `json:"host"`
	Group  string        `json:"group"` // its politeness key
	State  string        `json:"state"`
	Reason string        `json:"reason,omitempty"`
	Gap    time.Duration `json:"gap"`    // in force
	Rests  time.Time     `json:"rests"`  // until when it backs off; zero: it does not
	Open   int           `json:"open"`   // leads of all runs
	Leased int           `json:"leased"` // 0 or 1 within a politeness key

	Ordered time.Duration `json:"ordered,omitempty"` // gap that an operator ordered; 0: none
	Delay   time.Duration `json:"delay,omitempty"`   // gap that the host asks for, by crawl-delay or slow answers
	Ended   time.Time     `json:"ended,omitzero"`    // when its last answer ended; zero: it was never asked
	Next    time.Time     `json:"next,omitzero"`     // before when it is not visited again; zero: nothing waits, or it is paused or being visited
}
