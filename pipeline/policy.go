package pipeline

import (
	"context"
	"errors"
	"time"

	"probity/pipeline/evidence"
)

// A Policy says how long a taker has, and what becomes of a failure. Queues
// keep names; the policy is kept here, one for all of them.
type Policy struct {
	Patience time.Duration // how long a lease lasts, unless extended
	Backoff  time.Duration // wait after the first failure; doubled at each further one
	Longest  time.Duration // no wait is longer, unless the error itself asks for it
	Tries    int           // a name that failed so often is a dead letter
}

// DefaultPolicy is what the house works by: a minute for a lease, 10 s
// doubling to 10 min between five tries.
func DefaultPolicy() Policy {
	return Policy{Patience: time.Minute, Backoff: 10 * time.Second, Longest: 10 * time.Minute, Tries: 5}
}

// A Verdict is what becomes of a name whose lease was settled.
type Verdict int

// The verdicts.
const (
	Done     Verdict = iota // it is forgotten
	GiveBack                // it waits, at once or after a delay, and the attempt does not count: it was not the name's fault
	Again                   // it waits after a delay
	Dead                    // it is given up, with the reason
)

// Judge says what becomes of a name whose attempt (1 at the first) ended in
// fault, and for Again and GiveBack after how long it is tried again. A
// cancelled context is nobody's failure. An error that is evidence.Final is
// never tried again. One that says when to come back (evidence.RetryAfter)
// speaks of something that is not here yet or away for a while, such as a
// segment that is not uploaded or an index that restarts: the name waits that
// long and keeps its tries, so that no outage makes dead letters of good
// names. Whoever waits for what may never come must bound that himself.
func (p Policy) Judge(fault error, attempt int) (Verdict, time.Duration) {
	switch {
	case fault == nil:
		return Done, 0
	case errors.Is(fault, context.Canceled):
		return GiveBack, 0
	case evidence.Final(fault):
		return Dead, 0
	}
	if wait, ok := evidence.Delay(fault); ok {
		return GiveBack, max(wait, 0)
	}
	if attempt >= p.Tries {
		return Dead, 0
	}
	wait := p.Backoff
	for range attempt - 1 {
		if wait = 2 * wait; wait >= p.Longest {
			return Again, p.Longest
		}
	}
	return Again, wait
}
