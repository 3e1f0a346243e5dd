package revisit_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"probity/crawler/revisit"
)

func TestABeliefComesToTheTrueRate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, rate := range []float64{0.01, 0.1, 1} {
		for _, dated := range []bool{false, true} {
			b := revisit.Ignorance()
			for range 300 {
				gap := time.Duration(1+r.IntN(3)) * time.Duration(float64(day)*0.5/rate)
				first := r.ExpFloat64() / rate // counted from this visit backwards, by the symmetry of the process
				changed, since := first <= gap.Hours()/24, time.Duration(-1)
				if changed && dated {
					since = time.Duration(first * float64(day))
				}
				b = b.After(gap, changed, since)
			}
			if got := b.Rate(); got < rate*0.75 || got > rate*1.33 {
				t.Errorf("rate %v, dated %v: believed %.4f", rate, dated, got)
			}
		}
	}
}

func TestAVisitIsWorthMoreTheLongerItIsWaitedFor(t *testing.T) {
	b := revisit.Ignorance().After(10*day, true, -1).After(10*day, false, -1)
	last := 0.0
	for d := time.Duration(0); d < 1000*day; d += day {
		v := b.Value(d)
		if v < last || math.IsNaN(v) {
			t.Fatalf("after %s worth %v, before that %v", d, v, last)
		}
		last = v
	}
	if b.Value(day) >= b.Outdated() || b.Stale(0) != 0 || b.Stale(10*day) <= b.Stale(day) {
		t.Error("a copy that is known to be wrong is worth no more")
	}
	worth := b.Value(7 * day)
	if got := b.Interval(worth, day, 90*day); got < 7*day-time.Minute || got > 7*day+time.Minute {
		t.Errorf("interval %s, want a week", got)
	}
	if got := b.Interval(1e9, day, 90*day); got != 90*day {
		t.Errorf("what is never worth it waits for %s", got)
	}
}

func TestAnImpossibleHistoryLeavesABelief(t *testing.T) {
	b := revisit.Ignorance()
	for range 2000 {
		b = b.After(100*365*day, false, -1).After(time.Second, true, -1).After(time.Hour, true, 0).After(-day, true, -1)
	}
	if r := b.Rate(); math.IsNaN(r) || r <= 0 {
		t.Errorf("rate %v", r)
	}
}

func TestPagesAreChosenByNeedWithinTheirBounds(t *testing.T) {
	now := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	seen := func(ago time.Duration, changes ...bool) []revisit.Visit {
		var v []revisit.Visit
		for i, c := range append([]bool{false}, changes...) {
			v = append(v, revisit.Visit{At: now.Add(-ago - time.Duration(len(changes)-i)*5*day), Changed: c})
		}
		return v
	}
	pages := []revisit.Page{
		{Key: "quiet", Visits: seen(5*day, false, false, false, false)},
		{Key: "lively", Visits: seen(5*day, true, false, true, true)},
		{Key: "too soon", Visits: seen(time.Hour, true, true), Least: day},
		{Key: "too long", Visits: seen(40*day, false, false), Most: 30 * day},
		{Key: "new"},
		{Key: "said to have changed", Visits: seen(5*day, false, false, false, false), Read: now, Modified: now.Add(-day)},
		{Key: "said not to have changed", Visits: seen(5*day, true, false, true, true), Read: now.Add(-time.Minute), Modified: now.Add(-50 * day)},
	}
	var got []string
	for _, c := range revisit.Choose(revisit.NewHabits(), pages, now, 10) {
		got = append(got, pages[c.At].Key+": "+c.Why)
	}
	want := []string{"new: new", "too long: longest", "said to have changed: changed", "lively: value", "quiet: value", "said not to have changed: value"}
	if len(got) != len(want) {
		t.Fatalf("chosen %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %q, want %q", i, got[i], want[i])
		}
	}
	if got := revisit.Choose(revisit.NewHabits(), pages, now, 2); len(got) != 2 {
		t.Errorf("%d chosen, want 2", len(got))
	}
}

func TestAPageWithoutAHistoryBorrowsItsViews(t *testing.T) {
	now := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	var pages []revisit.Page
	for i := range 40 {
		p := revisit.Page{View: "list"}
		if i%2 == 1 {
			p.View = "notice"
		}
		for d := range 10 {
			p.Visits = append(p.Visits, revisit.Visit{At: now.Add(time.Duration(d) * 5 * day), Changed: p.View == "list"})
		}
		pages = append(pages, p)
	}
	h := revisit.Settle(pages)
	list, notice := h.Belief(&revisit.Page{View: "list"}).Rate(), h.Belief(&revisit.Page{View: "notice"}).Rate()
	if list < 10*notice {
		t.Errorf("a new list changes %.3f times a day, a new notice %.3f", list, notice)
	}
	hourly := h.Belief(&revisit.Page{View: "unheard of", Every: time.Hour}).Rate()
	yearly := h.Belief(&revisit.Page{View: "unheard of", Every: 365 * day}).Rate()
	if hourly < 2*yearly {
		t.Errorf("a publisher's word counts for nothing: %.3f and %.3f", hourly, yearly)
	}
}
