package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"probity/crawler/traps"
	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// Archive keeps exchanges; archive.Archive is one.
type Archive interface {
	Keep(ctx context.Context, e evidence.Exchange) (archive.Location, error)
}

// Sources are the declarations in force. An unknown id is
// evidence.ErrNotFound.
type Sources interface {
	Source(id string) (evidence.Source, error)
}

// A Desk settles visits: in one transaction the lease ends, the capture is
// handed on, and the leads of a redirect enter the run. evidence.ErrConflict:
// the lease was lost, and nothing was done.
type Desk interface {
	Settle(ctx context.Context, s Settlement) error
}

// A Past knows what pages said last.
type Past interface {
	// Last returns the exchange of the last capture of a lead (its key) that
	// brought a page, with the head and body of that page. evidence.ErrNotFound:
	// there is none.
	Last(ctx context.Context, key string) (evidence.Exchange, error)
}

// RobotsLeads knows the sitemaps that the robots.txt of an origin names. It is
// safe for concurrent use.
type RobotsLeads interface {
	// Learn takes the exchanges in which one file was asked for.
	Learn(asked []evidence.Exchange)
	// Sitemaps returns the leads of the lead's origin that src is led by.
	Sitemaps(src evidence.Source, l evidence.Lead) []evidence.Lead
}

// PageLeads finds what a page leads to. It is safe for concurrent use.
type PageLeads interface {
	// Page returns the leads of an answer that src is led by, in scope; such as
	// have entered the run may be left out. It is a function of the answer and
	// the declaration.
	Page(src evidence.Source, e evidence.Exchange) []evidence.Lead
}

// A Settlement is all that comes of a visit.
type Settlement struct {
	Lease    Lease
	Outcome  Outcome
	Capture  *evidence.Capture // the answer to the lead; nil: there is none
	Location archive.Location  // where it stands
	Follow   []evidence.Lead   // redirect targets, the sitemaps of robots.txt and what the page leads to, in scope
	Kept     []string          // ids of all captures that the archive kept meanwhile, robots.txt too

	spent  traps.Spent // of the budgets of those who pay
	payers []traps.Spender
}

// Around is told that a visit begins, and returns the context of the visit and
// what is told of its end.
type Around func(ctx context.Context, l Lease) (context.Context, func(o Outcome))

// A Visitor visits what the frontier gives it, for all runs, until it is told
// to stop. Its exported fields are set before Run and not changed after;
// those in brackets have a default.
type Visitor struct {
	Name     string // of this worker, unique in the fleet
	Frontier Frontier
	Robots   Robots
	Fetcher  Fetcher
	Archive  Archive
	Desk     Desk
	Scope    Scope
	Sources  Sources
	Leads    RobotsLeads // [nil] what robots.txt leads to
	Pages    PageLeads   // [nil] what pages lead to, followed at once
	Renderer Renderer    // [nil] runs the scripts of pages, where sources declare that they need it
	Past     Past        // [nil] what pages said last, to ask whether they still do
	Orders   Orders      // [nil] words of operators about sources
	Purse    Purse       // [its own memory] what sources and hosts have spent of their budgets

	Manners evidence.Manners // where a source declares none
	Policy  Policy           // [DefaultPolicy]
	Workers int              // visits at once [8]
	TTL     time.Duration    // of a lease [1 m]
	Obey    time.Duration    // within which commands of others are seen [1 s]
	Grace   time.Duration    // within which Run ends once it is told to [2 s]
	Changed <-chan struct{}  // [nil] receives when a lead may have become due
	Mark    func(string)     // [nil] called at the points where a crash test kills
	Around  Around           // [nil] called as each visit begins
	// Room [nil] says why nothing may be fetched just now, as for want of room on
	// the disk: the visitor then waits, and goes on when it says nil.
	Room func() error
	Log  *slog.Logger     // [discards]
	Now  func() time.Time // [time.Now]

	once     sync.Once
	progress progress
	held     holds
	standing standing
	wary     wary
}

func (v *Visitor) defaults() {
	if v.Policy == (Policy{}) {
		v.Policy = DefaultPolicy()
	}
	if v.Workers <= 0 {
		v.Workers = 8
	}
	for _, d := range []struct {
		p *time.Duration
		d time.Duration
	}{{&v.TTL, time.Minute}, {&v.Obey, time.Second}, {&v.Grace, 2 * time.Second}} {
		if *d.p <= 0 {
			*d.p = d.d
		}
	}
	v.wary = wary{errors: traps.NewErrors(), alike: traps.NewLikes()}
	if v.Purse == nil {
		v.Purse = traps.NewPurse()
	}
	if v.Mark == nil {
		v.Mark = func(string) {}
	}
	if v.Around == nil {
		v.Around = func(ctx context.Context, _ Lease) (context.Context, func(Outcome)) { return ctx, func(Outcome) {} }
	}
	if v.Log == nil {
		v.Log = slog.New(slog.DiscardHandler)
	}
	if v.Now == nil {
		v.Now = time.Now
	}
}

// errLost ends a visit whose lease was lost.
var errLost = errors.New("the lease was lost")

// Run visits until ctx ends; then it stops what is under way, gives its leads
// back uncounted and returns nil within Grace. An error is one that more
// visits would only repeat: no room in the archive, a store that fails.
func (v *Visitor) Run(ctx context.Context) error {
	v.once.Do(v.defaults)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &round{Visitor: v, stop: stop, ended: make(chan struct{}, v.Workers), next: make(chan Lease, v.Workers)}
	r.visits.Go(func() { v.beat(ctx) })
	r.visits.Go(func() { v.obey(ctx) })
	for ctx.Err() == nil {
		b, err := r.claim(ctx)
		if err != nil {
			r.fail(err)
			break
		}
		for _, l := range b.Leases {
			r.start(ctx, l)
		}
		r.wait(ctx, b)
	}
	return r.end()
}

// A round is one call of Run.
type round struct {
	*Visitor
	stop   context.CancelFunc
	visits sync.WaitGroup
	next   chan Lease    // to be visited; there is always room
	staff  int           // workers there are
	busy   int           // visits under way, as wait has seen them end
	ended  chan struct{} // one for each that ended
	full   bool          // there was no room when it was last looked

	mu  sync.Mutex
	err error // the first that ends the round
}

func (r *round) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	r.stop()
}

// claim asks for as many leases as there are idle workers. A store that is
// unavailable is asked again.
func (r *round) claim(ctx context.Context) (Batch, error) {
	if r.busy >= r.Workers {
		return Batch{Wait: -1}, nil
	}
	if r.waits(ctx) {
		return Batch{Wait: r.Obey}, nil
	}
	b, err := r.Frontier.Claim(ctx, r.Name, r.Workers-r.busy, r.TTL)
	if ctx.Err() != nil {
		return b, nil //nolint:nilerr // we were told to stop: what was leased is given back, the round ends
	}
	if errors.Is(err, evidence.ErrUnavailable) {
		r.Log.WarnContext(ctx, "claim failed, trying again", slog.Any("error", err))
		return Batch{Wait: r.Obey}, nil
	}
	return b, err
}

// waits reports whether there is no room, and says so when that begins and
// ends.
func (r *round) waits(ctx context.Context) bool {
	err := r.lack()
	switch {
	case err != nil && !r.full:
		r.progress.waits.Add(1)
		r.Log.WarnContext(ctx, "the crawl waits", slog.Any("error", err))
	case err == nil && r.full:
		r.Log.WarnContext(ctx, "the crawl goes on")
	}
	r.full = err != nil
	return r.full
}

func (v *Visitor) lack() error {
	if v.Room == nil {
		return nil
	}
	return v.Room()
}

// start has a lead visited beside the others. Workers stay: a stack that has
// once grown to what a visit needs need not grow again with each.
func (r *round) start(ctx context.Context, l Lease) {
	r.busy++
	r.next <- l
	if r.staff >= r.busy {
		return
	}
	r.staff++
	r.visits.Go(func() {
		for l := range r.next {
			if err := r.visit(ctx, l); err != nil {
				r.fail(err)
			}
			r.ended <- struct{}{}
		}
	})
}

// wait returns when another claim may give something: a lead is due, a worker
// is idle, the frontier changed, or commands of others have to be looked for.
func (r *round) wait(ctx context.Context, b Batch) {
	pause := r.Obey
	if b.Wait >= 0 {
		pause = min(pause, b.Wait)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	due, changed := timer.C, r.Changed
	if r.busy >= r.Workers { // nobody is free to go
		due, changed = nil, nil
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-changed:
	case <-r.ended:
		r.busy--
	}
	runtime.Gosched()      // visits that are settled together end together
	for len(r.ended) > 0 { // and are claimed for at once
		<-r.ended
		r.busy--
	}
}

// end waits for the visits under way, which were told to stop.
func (r *round) end() error {
	r.stop()
	close(r.next)
	over := make(chan struct{})
	go func() { r.visits.Wait(); close(over) }()
	timer := time.NewTimer(r.Grace)
	defer timer.Stop()
	var late error
	select {
	case <-over:
	case <-timer.C:
		late = fmt.Errorf("stop visits: %d are still under way after %s; their leases will expire", r.progress.underWay.Load(), r.Grace)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.err, late)
}
