package main

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/timetable"
)

// A planned house has one campaign and a clock that can be put on.
type planned struct {
	*house
	t      *testing.T
	ahead  atomic.Int64
	agenda *agenda
}

func plan(t *testing.T, handler http.Handler, declare func(*evidence.Campaign)) *planned {
	t.Helper()
	h, c := one(t, handler)
	p := &planned{house: h, t: t, agenda: newAgenda(h)}
	h.now = func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }
	declare(&c)
	h.set.Campaigns[c.ID] = c
	return p
}

// at puts the clock to the next time of day.
func (p *planned) at(clock string) {
	p.t.Helper()
	now := p.now().In(evidence.Shanghai)
	want, err := time.Parse("15:04", clock)
	if err != nil {
		p.t.Fatal(err)
	}
	to := time.Date(now.Year(), now.Month(), now.Day(), want.Hour(), want.Minute(), 1, 0, evidence.Shanghai)
	if !to.After(now) {
		to = to.AddDate(0, 0, 1)
	}
	p.ahead.Add(int64(to.Sub(now)))
}

// attend lets the agenda see what has come, and waits for what it began.
func (p *planned) attend() {
	p.t.Helper()
	if err := p.agenda.attend(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.agenda.work.Wait()
}

func (p *planned) all() []campaign.Run {
	p.t.Helper()
	runs, err := p.runs.All(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return runs
}

func (p *planned) notices(do string) (n int, last campaign.Notice) {
	p.t.Helper()
	all, err := p.runs.Notices(p.t.Context(), "csv", 100)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, one := range all {
		if one.Do == do {
			if n++; n == 1 {
				last = one
			}
		}
	}
	return n, last
}

func TestACampaignRunsWhenItIsDueAndADowntimeIsCaughtUpOnce(t *testing.T) {
	t.Parallel()
	p := plan(t, nil, func(c *evidence.Campaign) { c.Schedule = "0 3 * * *" })
	p.at("02:00")
	p.attend()
	if n := len(p.all()); n != 0 {
		t.Fatalf("%d runs before it was due", n)
	}
	p.at("03:00")
	p.attend()
	p.attend()
	runs := p.all()
	if len(runs) != 1 || runs[0].State != campaign.Closed || runs[0].Who != "schedule" || runs[0].Due.IsZero() {
		t.Fatalf("runs %+v", runs)
	}
	p.ahead.Add(int64(5*24*time.Hour + 6*time.Hour)) // nobody is there for five days
	p.agenda = newAgenda(p.house)
	p.attend()
	p.attend()
	runs = p.all()
	if len(runs) != 2 || runs[1].Missed != 4 || runs[1].Reason != timetable.ByDowntime {
		t.Errorf("after a downtime: %+v", runs)
	}
	if err := p.runs.Reset(t.Context()); err != nil { // what the ledger says is enough to go on with
		t.Fatal(err)
	}
	if err := p.runs.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen, err := p.runs.Seen(t.Context(), "csv")
	if err != nil || !seen.Seen.Equal(runs[1].Due) || seen.Schedule != "0 3 * * * " {
		t.Errorf("from the ledger: %+v, %v", seen, err)
	}
}

func TestARunRestsInClosedHoursAndGoesOnAfterThem(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	var p *planned
	p = plan(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked <- struct{}{}; len(asked) == 1 {
			p.at("09:00") // office hours begin while it answers for the first time
		}
		http.NotFound(w, r)
	}), func(c *evidence.Campaign) {
		c.Schedule, c.Closed = "0 3 * * *", []evidence.Window{{From: "08:30", To: "18:00"}}
	})
	src := p.set.Sources["csv"]
	src.Manners.Gap = 10 * beat // hours are looked at each beat, so a host's next request finds them closed
	p.set.Sources["csv"] = src
	p.at("02:00")
	p.attend()
	p.at("03:00")
	p.attend()
	runs := p.all()
	if len(runs) != 1 || runs[0].State != campaign.Running {
		t.Fatalf("runs %+v", runs)
	}
	counts, err := p.frontier.Counts(t.Context(), runs[0].ID)
	if err != nil || counts.State != crawler.Paused || !isByHours(counts.Reason) {
		t.Errorf("in office hours it is %+v, %v", counts, err)
	}
	n := len(asked)
	p.attend()
	if len(asked) != n {
		t.Error("pages were asked for in office hours")
	}
	p.at("18:00")
	p.attend()
	if runs := p.all(); runs[0].State != campaign.Closed || len(asked) <= n {
		t.Errorf("after office hours: %+v, %d asked", runs, len(asked))
	}
}

func TestWhatIsDueWhileARunGoesOnIsSaidToBeSkipped(t *testing.T) {
	t.Parallel()
	p := plan(t, nil, func(c *evidence.Campaign) { c.Schedule = "0 3 * * *" })
	p.at("02:00")
	p.attend()
	run, err := p.begin(t.Context(), p.set.Campaigns["csv"], beginning{who: "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	p.at("03:00")
	if more, err := p.agenda.decide(t.Context(), p.set.Campaigns["csv"]); !more || err != nil {
		t.Fatal(more, err)
	}
	if n, said := p.notices(timetable.Skip); n != 1 || said.Reason != timetable.ByOverlap {
		t.Errorf("%d notices, %+v", n, said)
	}
	found := false
	err = p.ledger.Scan(t.Context(), 1, func(e ledger.Entry) error {
		found = found || e.Kind == ledger.Schedule
		return nil
	})
	if err != nil || !found {
		t.Errorf("the ledger says nothing: %v", err)
	}
	p.attend()
	if runs := p.all(); len(runs) != 1 || runs[0].ID != run.ID || runs[0].State != campaign.Closed {
		t.Errorf("runs %+v", runs)
	}
}

func TestRunsGoOnBesideEachOtherWhereThatIsDeclared(t *testing.T) {
	t.Parallel()
	p := plan(t, nil, func(c *evidence.Campaign) { c.Schedule, c.Overlap = "0 3 * * *", evidence.OverlapAllow })
	p.at("02:00")
	p.attend()
	if _, err := p.begin(t.Context(), p.set.Campaigns["csv"], beginning{who: "somebody"}); err != nil {
		t.Fatal(err)
	}
	p.at("03:00")
	p.attend()
	runs := p.all()
	if len(runs) != 2 || runs[0].State != campaign.Closed || runs[1].State != campaign.Closed {
		t.Errorf("runs %+v", runs)
	}
}
