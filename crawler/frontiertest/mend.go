package frontiertest

import (
	"errors"
	"maps"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func mendSentences() map[string]func(*fixture) {
	return map[string]func(*fixture){
		"what was done is opened again, what is under way or given up is not": again,
		"a killed run opens nothing again":                                    againKilled,
		"an exchange found in the archive settles its lead, once":             adopt,
		"an exchange found takes the lease from who holds it":                 adoptLeased,
		"an exchange of a lead that waits for another try settles it":         adoptWaiting,
		"every lead that is not done is told with its state and reason":       told,
	}
}

func (f *fixture) leads(urls ...string) []evidence.Lead {
	f.t.Helper()
	var out []evidence.Lead
	for _, u := range urls {
		out = append(out, f.lead(u))
	}
	return out
}

func again(f *fixture) {
	f.add("r", "http://a.example/open", "http://b.example/leased", "http://c.example/done", "http://d.example/failed", "http://e.example/refused")
	for _, l := range f.batch(10).Leases {
		switch l.Group {
		case "a.example":
			f.settle(l, crawler.Outcome{Result: crawler.Returned})
		case "c.example":
			f.done(l)
		case "d.example":
			f.settle(l, crawler.Outcome{Result: crawler.Failed, Reason: "http_404", Requests: 1})
		case "e.example":
			f.settle(l, crawler.Outcome{Result: crawler.Refused, Reason: "scope"})
		}
	}
	all := f.leads("http://a.example/open", "http://b.example/leased", "http://c.example/done", "http://d.example/failed",
		"http://e.example/refused", "http://f.example/new", "http://c.example/done")
	n, err := f.Again(f.t.Context(), "r", evidence.Manners{}, all...)
	f.must(err)
	c := f.counts("r")
	if n != 2 || c.Open != 3 || c.Leased != 1 || c.Done != 0 || c.Failed["http_404"] != 1 || c.Refused["scope"] != 1 || c.Total() != 6 {
		f.t.Errorf("opened %d, counts = %+v", n, c)
	}
	if n, err := f.Again(f.t.Context(), "r", evidence.Manners{}, all...); err != nil || n != 0 {
		f.t.Errorf("opened %d that were open: %v", n, err)
	}
	f.after(21)
	for _, l := range f.batch(10).Leases {
		if l.Attempt != 1 {
			f.t.Errorf("attempt %d at %s", l.Attempt, l.Lead.URL)
		}
		f.done(l)
	}
	if c := f.counts("r"); c.Done != 3 || c.Open != 0 {
		f.t.Errorf("counts = %+v", c)
	}
}

func againKilled(f *fixture) {
	f.add("r", "http://a.example/1")
	f.done(f.claim("http://a.example/1"))
	f.must(f.Kill(f.t.Context(), crawler.Target{Run: "r"}, "complaint"))
	n, err := f.Again(f.t.Context(), "r", evidence.Manners{}, f.leads("http://a.example/1")...)
	f.must(err)
	if c := f.counts("r"); n != 0 || c.Done != 1 || !c.Empty() {
		f.t.Errorf("opened %d, counts = %+v", n, c)
	}
}

func (f *fixture) adopt(want bool, url string, o crawler.Outcome) {
	f.t.Helper()
	ok, err := f.Adopt(f.t.Context(), "r", f.lead(url), o)
	f.must(err)
	if ok != want {
		f.t.Errorf("adopted %s: %v, want %v", url, ok, want)
	}
}

func adopt(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2", "http://a.example/3")
	found := crawler.Outcome{Result: crawler.Done, Requests: 1}
	f.adopt(true, "http://a.example/2", found)
	f.adopt(false, "http://a.example/2", found)
	f.adopt(false, "http://a.example/never", found)
	if c := f.counts("r"); c.Open != 2 || c.Done != 1 || c.Requests != 1 {
		f.t.Errorf("counts = %+v", c)
	}
	f.nothing() // a request may just have been answered
	f.after(21)
	f.done(f.claim("http://a.example/1"))
	f.after(21)
	f.done(f.claim("http://a.example/3"))
}

func adoptLeased(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2")
	l := f.claim("http://a.example/1")
	f.adopt(true, "http://a.example/1", crawler.Outcome{Result: crawler.Failed, Reason: "http_404", Requests: 1})
	if err := f.Settle(f.t.Context(), l, crawler.Outcome{Result: crawler.Done, Requests: 1}); !errors.Is(err, evidence.ErrConflict) {
		f.t.Errorf("settled a lead that was adopted: %v", err)
	}
	if c := f.counts("r"); c.Open != 1 || c.Leased != 0 || c.Failed["http_404"] != 1 {
		f.t.Errorf("counts = %+v", c)
	}
	f.after(21)
	f.claim("http://a.example/2")
}

func adoptWaiting(f *fixture) {
	f.add("r", "http://a.example/1")
	f.settle(f.claim("http://a.example/1"), crawler.Outcome{Result: crawler.Retry, Reason: "http_500", After: f.units(9), Requests: 1})
	f.adopt(true, "http://a.example/1", crawler.Outcome{Result: crawler.Done, Requests: 1})
	f.after(100)
	f.nothing()
	if c := f.counts("r"); c.Done != 1 || !c.Empty() {
		f.t.Errorf("counts = %+v", c)
	}
}

func told(f *fixture) {
	f.add("r", "http://a.example/1", "http://a.example/2", "http://b.example/1", "http://c.example/1", "http://d.example/1")
	f.add("other", "http://z.example/1")
	for _, l := range f.batch(10).Leases {
		switch l.Group {
		case "b.example":
			f.settle(l, crawler.Outcome{Result: crawler.Failed, Reason: "http_404", Requests: 1})
		case "c.example":
			f.settle(l, crawler.Outcome{Result: crawler.Refused, Reason: "scope"})
		case "d.example":
			f.settle(l, crawler.Outcome{Result: crawler.Retry, After: f.units(9), Requests: 1})
		}
	}
	got := map[string]string{}
	f.must(f.Leads(f.t.Context(), "r", func(l evidence.Lead, state, reason string) { got[l.URL] = state + " " + reason }))
	want := map[string]string{
		"http://a.example/1": "open ", "http://a.example/2": "open ", "http://b.example/1": "failed http_404",
		"http://c.example/1": "refused scope", "http://d.example/1": "open ",
	}
	if !maps.Equal(got, want) {
		f.t.Errorf("leads = %v, want %v", got, want)
	}
}
