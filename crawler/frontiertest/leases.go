package frontiertest

import (
	"errors"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func leaseSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"an expired lease comes back as the next attempt, a gap later":        expiry,
		"a lease that is extended does not expire":                            extend,
		"extending tells which leases are lost":                               extendLost,
		"who lost a lease can settle nothing":                                 fence,
		"a lease is settled once":                                             settledOnce,
		"an expired lease that nobody took back may still be settled":         lateButHeld,
		"a lead whose visits always expire becomes a dead letter":             poison,
		"a retry waits, and the last attempt makes a dead letter with reason": attempts,
		"a lead given back comes again as the same attempt":                   returned,
		"fences grow": fences,
	}
}

func expiry(f *fixture) {
	f.add("r", "http://a.example/1")
	f.claim("http://a.example/1")
	f.after(490)
	f.reap(0)
	f.after(11)
	f.reap(1)
	f.nothing()
	f.after(21)
	if l := f.claim("http://a.example/1"); l.Attempt != 2 {
		f.t.Errorf("attempt = %d, want 2", l.Attempt)
	}
}

func (f *fixture) reap(want int) {
	f.t.Helper()
	n, err := f.Reap(f.t.Context())
	f.must(err)
	if n != want {
		f.t.Fatalf("reaped %d leases, want %d", n, want)
	}
}

func extend(f *fixture) {
	f.add("r", "http://a.example/1")
	l := f.claim("http://a.example/1")
	f.after(400)
	lost, err := f.Extend(f.t.Context(), f.units(50), l)
	f.must(err)
	if len(lost) != 0 {
		f.t.Fatalf("lost %v", lost)
	}
	f.after(400)
	f.reap(0)
	f.done(l)
}

func extendLost(f *fixture) {
	f.add("r", "http://a.example/1", "http://b.example/1", "http://c.example/1")
	b := f.batch(3)
	f.done(b.Leases[0])
	f.after(501)
	f.reap(2)
	f.after(30)
	again := f.batch(1).Leases
	lost, err := f.Extend(f.t.Context(), f.units(50), append(b.Leases, again...)...)
	f.must(err)
	if len(lost) != 3 {
		f.t.Errorf("lost %d leases, want the three old ones: %v", len(lost), lost)
	}
}

func fence(f *fixture) {
	f.add("r", "http://a.example/1")
	old := f.claim("http://a.example/1")
	f.after(501)
	f.reap(1)
	f.after(30)
	l := f.claim("http://a.example/1")
	if err := f.Settle(f.t.Context(), old, crawler.Outcome{Result: crawler.Done, Requests: 1}); !errors.Is(err, evidence.ErrConflict) {
		f.t.Errorf("settled a lost lease: %v", err)
	}
	if c := f.counts("r"); c.Leased != 1 || c.Done != 0 || c.Requests != 0 {
		f.t.Errorf("a lost lease changed something: %+v", c)
	}
	f.done(l)
}

func settledOnce(f *fixture) {
	f.add("r", "http://a.example/1")
	l := f.claim("http://a.example/1")
	f.done(l)
	if err := f.Settle(f.t.Context(), l, crawler.Outcome{Result: crawler.Failed, Reason: "x"}); !errors.Is(err, evidence.ErrConflict) {
		f.t.Errorf("settled twice: %v", err)
	}
	if c := f.counts("r"); c.Done != 1 {
		f.t.Errorf("counts = %+v", c)
	}
}

func lateButHeld(f *fixture) {
	f.add("r", "http://a.example/1")
	l := f.claim("http://a.example/1")
	f.after(600)
	f.done(l)
	f.reap(0)
}

func poison(f *fixture) {
	f.add("r", "http://a.example/1")
	for range 3 {
		f.claim("http://a.example/1")
		f.after(501)
		f.reap(1)
		f.after(30)
	}
	f.nothing()
	if c := f.counts("r"); c.Failed["lease_expired"] != 1 || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
}

func attempts(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2")
	for try := 1; try <= 3; try++ {
		l := f.claim("http://a.example/1")
		if l.Attempt != try {
			f.t.Errorf("attempt = %d, want %d", l.Attempt, try)
		}
		f.settle(l, crawler.Outcome{Result: crawler.Retry, Reason: "http_500", Detail: "answered 500", After: f.units(9), Requests: 1})
		if try == 1 { // others need not wait for it
			f.after(21)
			f.done(f.claim("http://a.example/2"))
		}
		f.after(60)
		f.nothing()
		f.after(31)
	}
	f.nothing()
	if c := f.counts("r"); c.Failed["http_500"] != 1 || c.Done != 1 {
		f.t.Errorf("counts = %+v", c)
	}
}

func returned(f *fixture) {
	f.add("r", "http://a.example/1")
	for range 5 {
		l := f.claim("http://a.example/1")
		if l.Attempt != 1 {
			f.t.Fatalf("attempt = %d, want 1", l.Attempt)
		}
		f.settle(l, crawler.Outcome{Result: crawler.Returned})
	}
}

func fences(f *fixture) {
	f.add("r", "http://a.example/1", "http://b.example/1", "http://c.example/1")
	last := int64(0)
	for _, l := range f.batch(3).Leases {
		if l.Fence <= last {
			f.t.Errorf("fence %d after %d", l.Fence, last)
		}
		last = l.Fence
	}
}
