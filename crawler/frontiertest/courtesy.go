package frontiertest

import (
	"fmt"
	"sync"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func courtesySentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"one host has one visitor, whatever the run, the worker or the spelling": oneVisitor,
		"hosts are visited side by side, the longest waiting first":              sideBySide,
		"the gap runs from the end of an answer to the next request":             gap,
		"time that went by since the answer counts towards the gap":              quiet,
		"a visit that sent no request leaves no gap":                             noRequest,
		"a claim says how long until the next lead is due":                       due,
		"while a host has work the longest declared gap holds":                   longestGap,
		"a crawl-delay longer than the gap holds until the host says otherwise":  crawlDelay,
		"hosts of a group share one visitor":                                     group,
		"a host whose group is declared later still has one visitor":             regroup,
		"many workers at once never hold two leases of one host":                 crowd,
	}
}

func oneVisitor(f *fixture) {
	f.add("r1", "http://a.example/1", "https://A.Example:8443/2")
	f.add("r2", "http://a.example/3")
	b := f.batch(10)
	if len(b.Leases) != 1 {
		f.t.Fatalf("claimed %v at once", urls(b))
	}
	other, err := f.Claim(f.t.Context(), "another worker", 10, f.units(50))
	f.must(err)
	if len(other.Leases) != 0 {
		f.t.Errorf("another worker claimed %v meanwhile", urls(other))
	}
}

func sideBySide(f *fixture) {
	f.add("r", "http://a.example/1")
	f.after(1)
	f.add("r", "http://b.example/1", "http://b.example/2")
	f.after(1)
	f.add("r", "http://c.example/1")
	b := f.batch(2)
	if got := urls(b); len(got) != 2 || got[0] != "http://a.example/1" || got[1] != "http://b.example/1" {
		f.t.Errorf("claimed %v", got)
	}
	f.claim("http://c.example/1")
}

func gap(f *fixture) {
	f.addWith("r", evidence.Manners{Gap: f.units(5)}, "http://a.example/1", "http://a.example/2")
	l := f.claim("http://a.example/1")
	f.after(100) // a slow answer
	f.done(l)
	f.after(45)
	f.nothing()
	f.after(6)
	f.claim("http://a.example/2")
}

func quiet(f *fixture) {
	f.addWith("r", evidence.Manners{Gap: f.units(5)}, "http://a.example/1", "http://a.example/2")
	f.settle(f.claim("http://a.example/1"), crawler.Outcome{Result: crawler.Done, Requests: 1, Quiet: f.units(3)})
	f.after(15)
	f.nothing()
	f.after(6)
	f.claim("http://a.example/2")
}

func noRequest(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2")
	f.settle(f.claim("http://a.example/1"), crawler.Outcome{Result: crawler.Refused, Reason: "robots_disallowed"})
	f.claim("http://a.example/2")
}

func due(f *fixture) {
	f.addWith("r", evidence.Manners{Gap: f.units(5)}, "http://a.example/1", "http://a.example/2")
	l := f.claim("http://a.example/1")
	if b := f.nothing(); b.Wait >= 0 {
		f.t.Errorf("wait = %v while the host is being visited, want none", b.Wait)
	}
	f.done(l)
	f.near("wait", f.nothing().Wait, 50)
}

func longestGap(f *fixture) {
	f.addWith("r", evidence.Manners{Gap: f.units(5)}, "http://a.example/1", "http://a.example/2")
	f.addWith("r", evidence.Manners{Gap: f.units(1)}, "http://a.example/3")
	f.done(f.claim("http://a.example/1"))
	f.after(45)
	f.nothing()
	f.after(6)
	f.done(f.claim("http://a.example/2"))
	f.after(51)
	f.done(f.claim("http://a.example/3"))
	f.addWith("r", evidence.Manners{Gap: f.units(1)}, "http://a.example/4")
	f.after(11)
	f.claim("http://a.example/4")
}

func crawlDelay(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2", "http://a.example/3")
	f.settle(f.claim("http://a.example/1"), crawler.Outcome{Result: crawler.Done, Requests: 1, Delay: f.units(6)})
	f.after(55)
	f.nothing()
	f.after(6)
	f.settle(f.claim("http://a.example/2"), crawler.Outcome{Result: crawler.Done, Requests: 1})
	f.after(21)
	f.claim("http://a.example/3")
}

func group(f *fixture) {
	m := evidence.Manners{Group: "Register", Gap: f.units(5)}
	f.addWith("r", m, "http://a.example/1", "http://b.example/1")
	f.done(f.claim("http://a.example/1"))
	f.after(45)
	f.nothing()
	f.after(6)
	f.claim("http://b.example/1")
}

func regroup(f *fixture) {
	f.add("r1", "http://a.example/1", "http://a.example/2")
	l := f.claim("http://a.example/1")
	f.addWith("r2", evidence.Manners{Group: "g"}, "http://a.example/3", "http://b.example/1")
	if b := f.nothing(); b.Wait >= 0 {
		f.t.Errorf("wait = %v while the host is being visited", b.Wait)
	}
	f.done(l)
	f.nothing()
	f.after(21)
	if b := f.batch(10); len(b.Leases) != 1 || b.Leases[0].Group != "g" {
		f.t.Errorf("claimed %v, want one lease of the group", urls(b))
	}
}

func crowd(f *fixture) {
	const hosts, pages, workers = 4, 5, 6
	for h := range hosts {
		for p := range pages {
			f.addWith("r", evidence.Manners{Gap: 1}, fmt.Sprintf("http://h%d.example/%d", h, p))
		}
	}
	c := &census{f: f, held: map[string]int{}, visits: map[string]int{}}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for c.seen() < hosts*pages && !f.t.Failed() {
				c.visit(fmt.Sprint("w", w))
			}
		})
	}
	wg.Wait()
	for u, n := range c.visits {
		if n != 1 {
			f.t.Errorf("%s was visited %d times", u, n)
		}
	}
	if c := f.counts("r"); c.Done != hosts*pages || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
}

// A census counts who is where.
type census struct {
	f            *fixture
	mu           sync.Mutex
	held, visits map[string]int
}

func (c *census) seen() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.visits)
}

func (c *census) count(l crawler.Lease, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[l.Group] += n; c.held[l.Group] > 1 {
		c.f.t.Errorf("two leases of %s at once", l.Group)
	}
	c.visits[l.Lead.URL] += max(n, 0)
}

// visit claims what there is and settles it at once.
func (c *census) visit(worker string) {
	b, err := c.f.Claim(c.f.t.Context(), worker, 2, c.f.units(1000))
	if err != nil {
		c.f.t.Error(err)
	}
	for _, l := range b.Leases {
		c.count(l, 1)
	}
	for _, l := range b.Leases {
		c.count(l, -1)
		if err := c.f.Settle(c.f.t.Context(), l, crawler.Outcome{Result: crawler.Done, Requests: 1, Quiet: c.f.unit}); err != nil {
			c.f.t.Error(err)
		}
	}
}
