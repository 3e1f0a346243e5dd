package crawler

import (
	"context"
	"time"

	"probity/pipeline/evidence"
)

// A Frontier holds the leads of all runs and says which may be visited now.
//
// Its promises, tested by package frontiertest:
//   - seen once: a lead (evidence.Lead.Key) enters a run once;
//   - one visitor: at most one lease at a time on a politeness key, across all
//     workers and runs. The key is the lower-case host, or the group that the
//     source's manners name (MODEL 7);
//   - the gap: from the end of an answer to the start of the next request at
//     that key passes at least the longest of declared gap and crawl-delay;
//   - back-off belongs to the host, not the URL;
//   - a fence: who lost a lease can settle nothing any more.
//
// Time is the frontier's own (of the server, where there is one). Delivery is
// at least once.
type Frontier interface {
	// Add puts leads of one source, which share its manners, into a run. None at
	// all make the run known.
	Add(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (Added, error)

	// Claim leases up to n leads to a worker, each on another politeness key,
	// for ttl. With nothing to give it returns an empty batch and no error.
	Claim(ctx context.Context, worker string, n int, ttl time.Duration) (Batch, error)

	// Extend lets leases end ttl from now and returns those that are lost:
	// their work has to be dropped.
	Extend(ctx context.Context, ttl time.Duration, leases ...Lease) (lost []Lease, err error)

	// Settle ends a lease. With a lost lease it changes nothing and returns
	// evidence.ErrConflict.
	Settle(ctx context.Context, l Lease, o Outcome) error

	// Reap takes back what expired: each lead is counted one attempt and
	// waits again, or becomes a dead letter. Any worker may call it.
	Reap(ctx context.Context) (int, error)

	// Adopt settles a lead by its key, for an exchange that was found complete
	// in the archive after a crash. It reports false, and changes nothing, if
	// the lead was settled before or never entered the run: then the exchange
	// is no news. Who holds a lease on it just now has lost it.
	Adopt(ctx context.Context, run string, l evidence.Lead, o Outcome) (bool, error)

	// Again opens leads that have to be visited although they were seen: what
	// a server forgot when it was lost, or a capture that is. Those that never
	// entered the run are added; those that are open, leased, failed or refused
	// stay as they are. It returns how many are open that were not.
	Again(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (int, error)
}

// Added says what became of leads.
type Added struct {
	New  int // entered the run
	Seen int // were in it already
	Shut int // entered as dead letters, since the run or the host was killed
}

// A Batch is the answer to a claim.
type Batch struct {
	Leases []Lease
	// Wait is how long until another lead can be due, as far as time alone
	// decides; negative: none waits for time. A lead added, settled or
	// resumed meanwhile can be due earlier.
	Wait time.Duration
}

// A Lease is the right to visit one lead until Expires.
type Lease struct {
	Run     string
	Lead    evidence.Lead
	Group   string    // politeness key
	Fence   int64     // grows with every lease of the frontier
	Attempt int       // 1 at the first try
	Expires time.Time // by the frontier's clock
}

// A Result is what became of a lead that was visited.
type Result string

// Results. A lead that is Done, Failed or Refused is settled for its run.
const (
	Done     Result = "done"
	Failed   Result = "failed"   // a dead letter, with its reason
	Refused  Result = "refused"  // robots or scope said no
	Retry    Result = "retry"    // again after Outcome.After; the last attempt makes it Failed
	Returned Result = "returned" // given back, not counted as an attempt
)

// An Outcome is what a visit came to, for the lead and for its host.
type Outcome struct {
	Result Result
	Reason string // one word for counters, as robots_disallowed or http_500
	Detail string // words for people

	After    time.Duration // of Retry and Returned: not before
	Requests int           // sent at the host: they count against the budget and start the gap
	Quiet    time.Duration // since the end of the last answer, by the worker's monotonic clock
	Delay    time.Duration // least gap from here: crawl-delay of robots.txt, or what the host's slowness asks for; read where Requests > 0
	Busy     *Busy         // the host wants rest: then a Retry counts against the host, not the lead
}

// Busy says that a host answered 429 or 503, or not at all.
type Busy struct {
	Base       time.Duration // first wait of this source's manners; 0: the policy's
	RetryAfter time.Duration // what the host asked for; 0: nothing
}
