// Package queuetest says what a [pipeline.Queue] promises, in sentences, as
// tests. Every backend runs the same ones.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
)

// A Backend is what the suite needs of one.
type Backend struct {
	// Open returns an empty queue with the policy.
	Open func(t *testing.T, policy pipeline.Policy) Queue

	// Unit is the time in which the suite reckons: a minute where the clock
	// is false, tens of milliseconds where it is a server's.
	Unit time.Duration

	// Bubble says that the backend runs under the false clock of
	// testing/synctest.
	Bubble bool
}

// A Queue is all that a backend offers.
type Queue interface {
	pipeline.Queue
	pipeline.Letters
	pipeline.Ages
}

// bench is one test's queue and clock.
type bench struct {
	Queue
	*testing.T
	unit time.Duration
}

// Run holds a backend to the contract.
func Run(t *testing.T, b Backend) {
	t.Helper()
	policy := pipeline.Policy{Patience: 20 * b.Unit, Backoff: 2 * b.Unit, Longest: 3 * b.Unit, Tries: 3}
	for name, test := range sentences() {
		t.Run(name, func(t *testing.T) {
			if !b.Bubble {
				t.Parallel() // real time is long: they wait together
				test(bench{b.Open(t, policy), t, b.Unit})
				return
			}
			synctest.Test(t, func(t *testing.T) { test(bench{b.Open(t, policy), t, b.Unit}) })
		})
	}
}

func sentences() map[string]func(bench) {
	return map[string]func(bench){
		"names come out in the order in which they were put":                      order,
		"what is done is gone":                                                    done,
		"a name that waits is not added twice":                                    once,
		"the same name in two groups is two things":                               groups,
		"a name put while it is worked on is worked on once more":                 again,
		"a batch is leased at once, each with a fence of its own":                 batch,
		"two takers never hold the same name":                                     exclusive,
		"an empty queue makes the taker wait until something is put":              patience,
		"a taker that waits goes home when its context ends":                      home,
		"a fault comes back after the back-off, with its attempt counted":         retry,
		"the wait that an error asks for is kept and does not count":              delay,
		"a final fault is a dead letter at once, with its reason":                 final,
		"a name that keeps failing is a dead letter after the last try":           tries,
		"a dead letter can be tried again, with its attempts forgotten":           revive,
		"a dead letter put again lives again":                                     reput,
		"a cancelled attempt is given back at once and does not count":            giveBack,
		"an abandoned lease comes back with a higher fence":                       expiry,
		"an extended lease does not come back early":                              extend,
		"a taker that lost its lease can neither settle nor extend it":            fencing,
		"to settle as done twice is no error":                                     twice,
		"the counts tell what waits, what is worked on and what is dead by group": counts,
		"the age is that of the name that is ready and waits the longest":         age,
	}
}

func order(b bench) {
	b.put("g", "a", "b")
	b.put("h", "c")
	for _, want := range []string{"a", "b", "c"} {
		b.wantName(b.take(), want, 1)
	}
}

func done(b bench) {
	b.put("g", "a")
	b.settle(b.take(), nil)
	b.wantCounts("g", pipeline.Counts{})
	b.wantNothing(25) // longer than a lease
}

func once(b bench) {
	b.put("g", "a", "b", "a")
	b.put("g", "a")
	b.wantCounts("g", pipeline.Counts{Waiting: 2})
	b.wantName(b.take(), "a", 1)
	b.wantName(b.take(), "b", 1)
}

func groups(b bench) {
	b.put("g", "a")
	b.put("h", "a")
	b.settle(b.take(), nil)
	if l := b.take(); l.Group != "h" || l.Name != "a" {
		b.Errorf("took %s of %s, want a of h", l.Name, l.Group)
	}
}

func again(b bench) {
	b.put("g", "a")
	first := b.take()
	b.put("g", "a")
	b.put("g", "a")
	b.settle(first, nil)
	second := b.take()
	b.wantName(second, "a", 1)
	b.settle(second, nil)
	b.wantCounts("g", pipeline.Counts{})
}

func batch(b bench) {
	b.put("g", "a", "b", "c")
	leases, err := b.Take(b.Context(), 2)
	if err != nil || len(leases) != 2 {
		b.Fatalf("took %d, %v, want 2", len(leases), err)
	}
	if leases[0].Name != "a" || leases[1].Name != "b" || leases[0].Fence >= leases[1].Fence {
		b.Errorf("took %+v, want a and b with rising fences", leases)
	}
	b.settle(leases[1], nil)
	b.wantCounts("g", pipeline.Counts{Waiting: 1, Leased: 1})
}

func exclusive(b bench) {
	const n = 60
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("name-%02d", i)
	}
	b.put("g", names...)
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range n / 12 {
				leases, err := b.Take(b.Context(), 3)
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				for _, l := range leases {
					seen[l.Name]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for name, times := range seen {
		if times != 1 {
			b.Errorf("%s was leased %d times at once", name, times)
		}
	}
	if len(seen) != n {
		b.Errorf("%d names were leased, want %d", len(seen), n)
	}
}

func patience(b bench) {
	time.AfterFunc(2*b.unit, func() { _ = b.Put(b.Context(), "g", "late") })
	b.wantName(b.takeWithin(100), "late", 1)
}

func home(b bench) {
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(b.unit, cancel)
	if _, err := b.Take(ctx, 1); !errors.Is(err, context.Canceled) {
		b.Errorf("take = %v, want the context's error", err)
	}
}

func retry(b bench) {
	b.put("g", "a")
	b.settle(b.take(), errors.New("flaky"))
	b.wantNothing(1)
	b.wantName(b.takeWithin(3), "a", 2)
}

func delay(b bench) {
	b.put("g", "a")
	b.settle(b.take(), evidence.RetryAfter(errors.New("busy"), 10*b.unit))
	b.wantNothing(8)
	b.wantName(b.takeWithin(5), "a", 1)
	b.wantCounts("g", pipeline.Counts{Leased: 1})
}

func final(b bench) {
	b.put("g", "a")
	b.settle(b.take(), fmt.Errorf("read a: %w: no table on the page", evidence.ErrInvalid))
	b.wantNothing(10)
	letters, err := b.Dead(b.Context(), "g")
	if err != nil || len(letters) != 1 {
		b.Fatalf("dead letters %v, %v, want one", letters, err)
	}
	if l := letters[0]; l.Name != "a" || l.Group != "g" || l.Attempts != 1 || !strings.Contains(l.Reason, "no table on the page") || l.Time.IsZero() {
		b.Errorf("dead letter %+v, want name, group, attempts, reason and time", l)
	}
}

func tries(b bench) {
	b.put("g", "a")
	for i := range 3 {
		l := b.takeWithin(10)
		b.wantName(l, "a", i+1)
		b.settle(l, fmt.Errorf("fault %d", l.Attempt))
	}
	b.wantCounts("g", pipeline.Counts{Dead: 1})
	if letters, err := b.Dead(b.Context(), ""); err != nil || letters[0].Reason != "fault 3" || letters[0].Attempts != 3 {
		b.Errorf("dead letters %+v, %v, want fault 3 after 3 attempts", letters, err)
	}
}

func revive(b bench) {
	b.put("g", "a", "b")
	b.put("h", "c")
	for range 3 {
		b.settle(b.take(), evidence.ErrNotFound)
	}
	for _, step := range []struct {
		names []string
		want  int
	}{{[]string{"b", "unknown"}, 1}, {nil, 1}, {nil, 0}} {
		if n, err := b.Retry(b.Context(), "g", step.names...); err != nil || n != step.want {
			b.Errorf("retry %q = %d, %v, want %d", step.names, n, err, step.want)
		}
	}
	b.wantCounts("g", pipeline.Counts{Waiting: 2})
	b.wantCounts("h", pipeline.Counts{Dead: 1})
	b.wantName(b.take(), "b", 1)
}

func reput(b bench) {
	b.put("g", "a")
	b.settle(b.take(), evidence.ErrForbidden)
	b.put("g", "a")
	b.wantCounts("g", pipeline.Counts{Waiting: 1})
	b.wantName(b.take(), "a", 1)
}

func giveBack(b bench) {
	b.put("g", "a")
	b.settle(b.take(), fmt.Errorf("fetch: %w", context.Canceled))
	b.wantName(b.takeWithin(1), "a", 1)
}

func expiry(b bench) {
	b.put("g", "a")
	first := b.take() // and never settled
	b.wantNothing(17)
	second := b.takeWithin(10)
	b.wantName(second, "a", 2)
	if second.Fence <= first.Fence {
		b.Errorf("fence %d after %d, want it higher", second.Fence, first.Fence)
	}
}

func extend(b bench) {
	b.put("g", "a", "b")
	l := b.take()
	b.settle(b.take(), nil)
	b.wantNothing(12)
	if err := b.Extend(b.Context(), l); err != nil {
		b.Fatal(err)
	}
	b.wantNothing(15)
	b.wantName(b.takeWithin(10), "a", 2)
}

func fencing(b bench) {
	b.put("g", "a")
	late := b.take()
	holder := b.takeWithin(25)
	for _, fault := range []error{nil, errors.New("flaky"), evidence.ErrInvalid} {
		if err := b.Settle(b.Context(), late, fault); !errors.Is(err, evidence.ErrConflict) {
			b.Errorf("late settle with %v = %v, want a conflict", fault, err)
		}
	}
	if err := b.Extend(b.Context(), late); !errors.Is(err, evidence.ErrConflict) {
		b.Errorf("late extend = %v, want a conflict", err)
	}
	b.wantCounts("g", pipeline.Counts{Leased: 1})
	b.settle(holder, nil)
	b.wantCounts("g", pipeline.Counts{})
}

func twice(b bench) {
	b.put("g", "a")
	l := b.take()
	b.settle(l, nil)
	b.settle(l, nil)
	if err := b.Extend(b.Context(), l); !errors.Is(err, evidence.ErrConflict) {
		b.Errorf("extend what is done = %v, want a conflict", err)
	}
}

func counts(b bench) {
	b.put("g", "a", "b", "c", "d")
	b.put("h", "e")
	b.settle(b.take(), evidence.ErrInvalid)
	b.settle(b.take(), evidence.RetryAfter(errors.New("busy"), 10*b.unit))
	b.take()
	b.wantCounts("g", pipeline.Counts{Waiting: 2, Leased: 1, Dead: 1})
	b.wantCounts("h", pipeline.Counts{Waiting: 1})
	b.wantCounts("", pipeline.Counts{Waiting: 3, Leased: 1, Dead: 1})
	b.wantCounts("nobody", pipeline.Counts{})
}

func age(b bench) {
	oldest := func() time.Duration {
		b.Helper()
		age, err := b.Oldest(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		return age
	}
	if n := oldest(); n != 0 {
		b.Errorf("an empty queue is %v old", n)
	}
	b.put("g", "a")
	b.settle(b.take(), evidence.RetryAfter(errors.New("busy"), 10*b.unit))
	if n := oldest(); n != 0 {
		b.Errorf("a name that is not ready yet is %v old", n)
	}
	b.put("g", "b", "c")
	b.pass(5)
	if n := oldest(); n < 4*b.unit || n > 9*b.unit {
		b.Errorf("the oldest has waited for %v, want five units of %v", n, b.unit)
	}
}
