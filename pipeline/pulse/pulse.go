// Package pulse says whether a process is alive and whether it is ready.
//
//	/healthz   alive: its loops went round and its work in hand ends, each
//	           within a bound. Dead means: kill it and start another
//	/readyz    ready: every store it needs answers. Not ready means: send it
//	           no requests, and mend what it names
//
// Why two: a store that is away is no reason to kill those who wait for it. So
// to be alive depends on nothing outside of the process, and a loop that is
// told "unavailable" and waits has gone round. What a loop waits for without a
// bound, as an empty queue, is no work in hand.
//
// It refuses to say more than the names of what is missing to those who ask on
// the public address: errors carry addresses. The operator's listener shows them.
package pulse

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"probity/pipeline/evidence"
)

// A Check asks a dependency whether it can be worked with. It returns within
// its context's deadline.
type Check struct {
	Name string // one word, as redis
	Ask  func(ctx context.Context) error
}

// Options are what a pulse is made of.
type Options struct {
	Checks   []Check
	Deadline time.Duration                      // of each check; 0: 2 s
	Fresh    time.Duration                      // how long an answer holds for those who ask again; 0: 1 s
	Checked  func(dependency string, err error) // told of each answer; nil: nobody
	Now      func() time.Time                   // a clock that runs evenly; nil: the machine's
}

// A Pulse is the state of one process.
type Pulse struct {
	o Options

	mu      sync.Mutex
	loops   map[string]*loop
	held    map[int64]task
	next    int64
	stopped bool

	asking sync.Mutex // one round of checks at a time
	asked  time.Time
	last   []Answer
}

// A loop has to go round within its bound; a task in hand has to end within its.
type loop struct {
	bound time.Duration
	last  time.Time
}

type task struct {
	what  string
	until time.Time
	bound time.Duration
}

// New makes a pulse without loops: alive, and ready when its checks pass.
func New(o Options) *Pulse {
	if o.Deadline <= 0 {
		o.Deadline = 2 * time.Second
	}
	if o.Fresh <= 0 {
		o.Fresh = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Checked == nil {
		o.Checked = func(string, error) {}
	}
	return &Pulse{o: o, loops: map[string]*loop{}, held: map[int64]task{}}
}

// Need adds dependencies: a process that begins learns one after the other what
// it cannot do without.
func (p *Pulse) Need(checks ...Check) {
	p.asking.Lock()
	defer p.asking.Unlock()
	p.o.Checks, p.last = append(slices.Clip(p.o.Checks), checks...), nil
}

// Loop declares a loop that from now on goes round at least once in bound, and
// returns what the loop calls each time.
func (p *Pulse) Loop(name string, bound time.Duration) (turn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &loop{bound: bound, last: p.o.Now()}
	p.loops[name] = l
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		l.last = p.o.Now()
	}
}

// Hold says that work on what was begun, which ends within bound, and returns
// what is called when it did. It may be called more than once.
func (p *Pulse) Hold(what string, bound time.Duration) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	id := p.next
	p.held[id] = task{what: what, until: p.o.Now().Add(bound), bound: bound}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.held, id)
	}
}

// Stop makes the process not ready, so that nobody sends it more while it
// settles what it holds. It stays alive.
func (p *Pulse) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
}

// Alive returns nil, or what stands still. The error wraps
// evidence.ErrUnavailable.
func (p *Pulse) Alive() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	var still []string
	for name, l := range p.loops {
		if late := now.Sub(l.last); late > l.bound {
			still = append(still, fmt.Sprintf("loop %s has not gone round for %s (bound %s)", name, late.Round(time.Second), l.bound))
		}
	}
	for _, t := range p.held {
		if now.After(t.until) {
			still = append(still, fmt.Sprintf("%s is worked on for longer than %s", t.what, t.bound))
		}
	}
	if len(still) == 0 {
		return nil
	}
	slices.Sort(still)
	return fmt.Errorf("%w: %v", evidence.ErrUnavailable, still)
}
