// Package frontiertest says in sentences what a crawler.Frontier promises.
// Every backend runs it.
//
// All times are multiples of a Unit. A backend whose clock can be moved takes
// any unit and moves it; one that lives by a server's clock takes some tens of
// milliseconds and really waits.
package frontiertest

import (
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// A Backend is what the suite holds to its promises.
type Backend interface {
	crawler.Frontier
	crawler.Control
	crawler.Ledger
	crawler.Orders
	crawler.Purse
}

// A Bench says how a backend is opened and how its time goes by.
type Bench struct {
	Open func(*testing.T, crawler.Policy) Backend // a new and empty one
	Unit time.Duration
	Pass func(*testing.T, time.Duration) // lets at least so much time go by
	// Real says that time goes by whether Pass is called or not. A sentence
	// that failed when it had overslept is then tried again.
	Real bool
}

// A fixture is one opened frontier and the words in which the tests speak.
type fixture struct {
	Backend
	t    *judge
	unit time.Duration
	pass func(*testing.T, time.Duration)
}

// Run holds a backend to the contract.
func Run(t *testing.T, b Bench) {
	t.Helper()
	for _, part := range []map[string]func(*fixture){leadSentences(), courtesySentences(), leaseSentences(), restSentences(), controlSentences(), orderSentences(), mendSentences(), purseSentences()} {
		for sentence, test := range part {
			t.Run(sentence, func(t *testing.T) {
				p := crawler.Policy{
					Gap: 2 * b.Unit, Backoff: 4 * b.Unit, MaxBackoff: 20 * b.Unit, Forget: 30 * b.Unit,
					Attempts: 3, Strikes: 4,
				}
				hold(t, b, func(j *judge) { test(&fixture{Backend: b.Open(t, p), t: j, unit: b.Unit, pass: b.Pass}) })
			})
		}
	}
}

// after lets n tenths of a unit go by.
func (f *fixture) after(tenths int) {
	d := time.Duration(tenths) * f.unit / 10
	f.t.spent(d)
	f.pass(f.t.T, d)
}

func (f *fixture) units(n int) time.Duration { return time.Duration(n) * f.unit }

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) lead(url string) evidence.Lead {
	f.t.Helper()
	l, err := evidence.NewLead("s", url)
	f.must(err)
	return l
}

func (f *fixture) add(run string, urls ...string) crawler.Added {
	f.t.Helper()
	return f.addWith(run, evidence.Manners{}, urls...)
}

func (f *fixture) addWith(run string, m evidence.Manners, urls ...string) crawler.Added {
	f.t.Helper()
	var leads []evidence.Lead
	for _, u := range urls {
		leads = append(leads, f.lead(u))
	}
	a, err := f.Add(f.t.Context(), run, m, leads...)
	f.must(err)
	return a
}

func (f *fixture) batch(n int) crawler.Batch {
	f.t.Helper()
	b, err := f.Claim(f.t.Context(), "w", n, f.units(50))
	f.must(err)
	return b
}

// claim wants exactly one lease, of that URL.
func (f *fixture) claim(url string) crawler.Lease {
	f.t.Helper()
	b := f.batch(10)
	if len(b.Leases) != 1 || b.Leases[0].Lead.URL != url {
		f.t.Fatalf("claimed %v, want only %s", urls(b), url)
	}
	return b.Leases[0]
}

func (f *fixture) nothing() crawler.Batch {
	f.t.Helper()
	b := f.batch(10)
	if len(b.Leases) != 0 {
		f.t.Fatalf("claimed %v, want nothing", urls(b))
	}
	return b
}

func (f *fixture) settle(l crawler.Lease, o crawler.Outcome) {
	f.t.Helper()
	f.must(f.Settle(f.t.Context(), l, o))
}

// done settles a lease as answered just now.
func (f *fixture) done(l crawler.Lease) {
	f.t.Helper()
	f.settle(l, crawler.Outcome{Result: crawler.Done, Requests: 1})
}

func (f *fixture) counts(run string) crawler.Counts {
	f.t.Helper()
	c, err := f.Counts(f.t.Context(), run)
	f.must(err)
	return c
}

// near wants a wait of n tenths of a unit, within one unit below.
func (f *fixture) near(what string, got time.Duration, tenths int) {
	f.t.Helper()
	want := time.Duration(tenths) * f.unit / 10
	if got > want || got <= want-f.unit {
		f.t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func urls(b crawler.Batch) []string {
	var out []string
	for _, l := range b.Leases {
		out = append(out, l.Lead.URL)
	}
	return out
}
