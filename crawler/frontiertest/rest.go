package frontiertest

import (
	"fmt"
	"time"

	"probity/crawler"
)

func restSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"back-off belongs to the host: its other leads wait too, other hosts do not":  hostRests,
		"back-off doubles up to the longest wait":                                     doubles,
		"Retry-After is kept to, up to the longest wait":                              retryAfter,
		"back-off is forgotten after a quiet time":                                    forgotten,
		"a busy host costs its leads no attempt":                                      noAttempt,
		"a host that is busy again and again is given up for the run, not for others": givenUp,
	}
}

func (f *fixture) busy(retryAfter time.Duration) crawler.Outcome {
	return crawler.Outcome{Result: crawler.Retry, Reason: "http_429", Requests: 1, Busy: &crawler.Busy{RetryAfter: retryAfter}}
}

func hostRests(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2")
	f.settle(f.claim("http://a.example/1"), f.busy(0))
	f.add("r", "http://b.example/1")
	f.claim("http://b.example/1")
	f.after(35)
	f.nothing()
	f.after(6)
	f.claim("http://a.example/1")
}

func doubles(f *fixture) {
	f.add("r", "http://a.example/1")
	for i, wait := range []int{40, 80, 160} {
		f.settle(f.claim("http://a.example/1"), f.busy(0))
		f.near(fmt.Sprint("wait after busy answer ", i+1), f.nothing().Wait, wait)
		f.after(wait + 1)
	}
	f.done(f.claim("http://a.example/1")) // ends the row of strikes, not the doubling
	f.add("r", "http://a.example/2")
	f.after(21)
	f.settle(f.claim("http://a.example/2"), f.busy(0))
	f.near("longest wait", f.nothing().Wait, 200)
}

func retryAfter(f *fixture) {
	f.add("r", "http://a.example/1")
	f.settle(f.claim("http://a.example/1"), f.busy(f.units(7)))
	f.near("wait", f.nothing().Wait, 70)
	f.after(71)
	f.settle(f.claim("http://a.example/1"), f.busy(f.units(1000)))
	f.near("wait", f.nothing().Wait, 200)
}

func forgotten(f *fixture) {
	f.add("r", "http://a.example/1")
	f.settle(f.claim("http://a.example/1"), f.busy(0))
	f.after(41)
	f.settle(f.claim("http://a.example/1"), f.busy(0))
	f.after(80 + 301)
	f.settle(f.claim("http://a.example/1"), f.busy(0))
	f.near("wait", f.nothing().Wait, 40)
}

func noAttempt(f *fixture) {
	f.add("r", "http://a.example/1")
	for range 3 {
		l := f.claim("http://a.example/1")
		if l.Attempt != 1 {
			f.t.Errorf("attempt = %d, want 1", l.Attempt)
		}
		f.settle(l, f.busy(f.units(3)))
		f.after(31)
	}
}

func givenUp(f *fixture) {
	f.add("r1", "http://a.example/1", "http://a.example/2")
	for range 4 {
		f.settle(f.batch(1).Leases[0], f.busy(f.units(3)))
		f.after(31)
	}
	if c := f.counts("r1"); c.Failed["http_429"] != 2 || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
	f.add("r2", "http://a.example/1")
	f.claim("http://a.example/1")
}
