package frontiertest

import (
	"slices"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func leadSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"a lead comes out as it went in, once":                        comesOut,
		"a lead is seen once within a run, also after it was settled": seenOnce,
		"recurrence: another run sees the same lead anew":             anotherRun,
		"the same URL posted with another body is another lead":       posted,
		"leads of one host come in the order they were added":         inOrder,
		"a small run does not wait behind a big one at one host":      takeTurns,
		"a run that comes later does not overtake the others":         noOvertaking,
		"an empty frontier gives nothing and names no time":           empty,
		"a lead without a host is refused and nothing is added":       hostless,
		"every lead is in exactly one counter":                        counters,
		"a run with nothing to visit is known, and empty":             nothingIn,
	}
}

func nothingIn(f *fixture) {
	_, err := f.Add(f.t.Context(), "r", evidence.Manners{})
	f.must(err)
	c, err := f.Counts(f.t.Context(), "r")
	f.must(err)
	if !c.Empty() || c.Total() != 0 || c.State != crawler.Running {
		f.t.Errorf("counts = %+v", c)
	}
	f.nothing()
}

func comesOut(f *fixture) {
	in := f.lead("http://a.example/list?page=1")
	in.View, in.Depth, in.Hop, in.Origin = "list", 2, 1, "c0ffee"
	in.About = &evidence.Party{Name: "某某公司"}
	_, err := f.Add(f.t.Context(), "r", evidence.Manners{}, in)
	f.must(err)
	l := f.claim(in.URL)
	if l.Run != "r" || l.Attempt != 1 || l.Group != "a.example" || l.Fence == 0 || l.Lead.Key() != in.Key() {
		f.t.Errorf("lease = %+v", l)
	}
	if g := l.Lead; g.View != "list" || g.Depth != 2 || g.Hop != 1 || g.Origin != "c0ffee" || g.About == nil || g.About.Name != in.About.Name {
		f.t.Errorf("lead = %+v, want %+v", g, in)
	}
	f.done(l)
	f.after(1000)
	f.nothing()
}

func seenOnce(f *fixture) {
	if a := f.add("r", "http://a.example/1", "http://a.example/2", "http://a.example/1"); a.New != 2 || a.Seen != 1 {
		f.t.Errorf("added %+v", a)
	}
	f.done(f.claim("http://a.example/1"))
	if a := f.add("r", "http://a.example/1"); a.New != 0 || a.Seen != 1 {
		f.t.Errorf("added a settled lead: %+v", a)
	}
}

func anotherRun(f *fixture) {
	f.add("r1", "http://a.example/1")
	f.done(f.claim("http://a.example/1"))
	if a := f.add("r2", "http://a.example/1"); a.New != 1 {
		f.t.Errorf("added %+v", a)
	}
	f.after(20)
	if l := f.claim("http://a.example/1"); l.Run != "r2" {
		f.t.Errorf("run = %s", l.Run)
	}
}

func posted(f *fixture) {
	one := f.lead("http://a.example/list")
	one.Method, one.Body = "POST", "page=1"
	two := one
	two.Body = "page=2"
	a, err := f.Add(f.t.Context(), "r", evidence.Manners{}, one, two, one)
	f.must(err)
	if a.New != 2 || a.Seen != 1 {
		f.t.Errorf("added %+v", a)
	}
}

func inOrder(f *fixture) {
	want := []string{"http://a.example/3", "http://a.example/1", "http://a.example/2"}
	f.add("r", want...)
	for _, u := range want {
		f.done(f.claim(u))
		f.after(20)
	}
}

func takeTurns(f *fixture) {
	f.add("big", "http://a.example/1", "http://a.example/2", "http://a.example/3", "http://a.example/4")
	f.done(f.claim("http://a.example/1"))
	f.add("small", "http://a.example/x")
	var got []string
	for range 2 {
		f.after(20)
		b := f.batch(1)
		got = append(got, urls(b)...)
		for _, l := range b.Leases {
			f.done(l)
		}
	}
	if !slices.Contains(got, "http://a.example/x") {
		f.t.Errorf("the next two visits were %v, want the small run's lead among them", got)
	}
}

func noOvertaking(f *fixture) {
	f.add("old", "http://a.example/1", "http://a.example/2", "http://a.example/3", "http://a.example/4", "http://a.example/5")
	for _, u := range []string{"http://a.example/1", "http://a.example/2", "http://a.example/3"} {
		f.done(f.claim(u))
		f.after(20)
	}
	f.add("new", "http://a.example/6", "http://a.example/7", "http://a.example/8")
	runs := map[string]int{}
	for range 4 {
		b := f.batch(1)
		for _, l := range b.Leases {
			runs[l.Run]++
			f.done(l)
		}
		f.after(20)
	}
	if runs["old"] != 2 || runs["new"] != 2 {
		f.t.Errorf("the next four visits went to %v, want two each", runs)
	}
}

func empty(f *fixture) {
	if b := f.nothing(); b.Wait >= 0 {
		f.t.Errorf("wait = %v, want none", b.Wait)
	}
}

func hostless(f *fixture) {
	_, err := f.Add(f.t.Context(), "r", evidence.Manners{}, f.lead("http://a.example/1"), evidence.Lead{Method: "GET", URL: "mailto:x"})
	if !evidence.Final(err) {
		f.t.Errorf("error = %v, want a final one", err)
	}
	f.nothing()
}

func counters(f *fixture) {
	f.add("r", "http://a.example/", "http://b.example/", "http://c.example/", "http://d.example/", "http://e.example/", "http://f.example/", "http://f.example/2")
	results := map[string]crawler.Outcome{
		"http://a.example/": {Result: crawler.Done, Requests: 1},
		"http://b.example/": {Result: crawler.Failed, Reason: "http_404", Requests: 1},
		"http://c.example/": {Result: crawler.Refused, Reason: "robots_disallowed"},
		"http://d.example/": {Result: crawler.Retry, After: f.units(9), Requests: 1},
		"http://e.example/": {Result: crawler.Returned, After: f.units(9)},
	}
	for _, l := range f.batch(6).Leases {
		if o, ok := results[l.Lead.URL]; ok {
			f.settle(l, o)
		}
	}
	c := f.counts("r")
	if c.Open != 3 || c.Leased != 1 || c.Done != 1 || c.Failed["http_404"] != 1 || c.Refused["robots_disallowed"] != 1 {
		f.t.Errorf("counts = %+v", c)
	}
	if c.Total() != 7 || c.Empty() || c.Requests != 3 || c.State != crawler.Running {
		f.t.Errorf("counts = %+v, total %d", c, c.Total())
	}
}
