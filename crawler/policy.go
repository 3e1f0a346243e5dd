package crawler

import "time"

// A Policy is what a frontier does where a source's manners are silent, and
// when it gives up. It is shared by all backends; how they keep it is theirs.
type Policy struct {
	Gap        time.Duration // between an answer and the next request at a host
	Backoff    time.Duration // first wait after 429 and 503
	MaxBackoff time.Duration // the longest wait
	Forget     time.Duration // a quiet time after which back-off begins anew
	Attempts   int           // of one lead, before it is a dead letter
	Strikes    int           // busy answers of a host in a row, before a run gives it up
}

// DefaultPolicy is the courtesy of a house that has time: one second between
// requests; 60 s doubling to a day, forgotten after 30 quiet minutes.
func DefaultPolicy() Policy {
	return Policy{
		Gap: time.Second, Backoff: time.Minute, MaxBackoff: 24 * time.Hour, Forget: 30 * time.Minute,
		Attempts: 4, Strikes: 5,
	}
}

// Rest is how long a host rests after its level-th busy answer (from 0): what
// it asked for, else the base doubled level times; never beyond MaxBackoff.
func (p Policy) Rest(level int, b Busy) time.Duration {
	if b.RetryAfter > 0 {
		return min(b.RetryAfter, p.MaxBackoff)
	}
	return p.double(level, b.Base)
}

// Pause is how long a lead waits after its attempt-th failure (from 1).
func (p Policy) Pause(attempt int, base time.Duration) time.Duration {
	return p.double(attempt-1, base)
}

func (p Policy) double(n int, base time.Duration) time.Duration {
	if base <= 0 {
		base = p.Backoff
	}
	for range n {
		if base >= p.MaxBackoff {
			break
		}
		base *= 2
	}
	return min(base, p.MaxBackoff)
}
