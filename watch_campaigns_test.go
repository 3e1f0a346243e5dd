package main

import (
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/timetable"
)

// What was due and did not begin says since when and for what it waits.
func TestACampaignThatIsOverdueSaysForWhatItWaits(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 11, 2, 10, 0, 0, 0, evidence.Shanghai)
	for name, c := range map[string]struct {
		campaign evidence.Campaign
		state    timetable.State
		reason   string
		late     time.Duration
		by       string
	}{
		"nothing is due":                   {evidence.Campaign{Schedule: "0 22 * * *"}, timetable.State{Seen: monday.Add(-time.Hour)}, "", 0, ""},
		"nobody ever looked":               {evidence.Campaign{Schedule: "0 9 * * *"}, timetable.State{}, "", 0, ""},
		"nobody attends to it":             {evidence.Campaign{Schedule: "0 9 * * *"}, timetable.State{Seen: monday.Add(-2 * time.Hour)}, "", time.Hour, "downtime"},
		"the run before goes on":           {evidence.Campaign{Schedule: "0 9 * * *"}, timetable.State{Seen: monday, Waiting: monday.Add(-time.Hour), Going: true}, "overlap", time.Hour, "overlap"},
		"its hours are closed":             {evidence.Campaign{Schedule: "0 9 * * *", Window: &evidence.Window{From: "20:00", To: "23:00"}}, timetable.State{Seen: monday, Waiting: monday.Add(-time.Hour)}, "window", time.Hour, "window"},
		"it waits for hours and for a run": {evidence.Campaign{Schedule: "0 9 * * *", Window: &evidence.Window{From: "20:00", To: "23:00"}}, timetable.State{Seen: monday, Waiting: monday.Add(-time.Hour), Going: true}, "overlap", time.Hour, "window"},
	} {
		table, err := timetable.New(c.campaign, nil)
		if err != nil {
			t.Fatal(err)
		}
		if late, by := overdue(table, c.state, c.reason, monday); late != c.late || by != c.by {
			t.Errorf("%s: %s by %q, want %s by %q", name, late, by, c.late, c.by)
		}
	}
}

// What a run gave up is counted by reason while it goes on and after.
func TestWhatTheNewestRunGaveUpIsWatched(t *testing.T) {
	t.Parallel()
	h, c := one(t, nil)
	ctx := t.Context()
	c.Schedule = "0 22 * * *"
	h.set.Campaigns[c.ID] = c
	run, err := h.begin(ctx, c, beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.seed(ctx, run, c); err != nil {
		t.Fatal(err)
	}
	if err := h.frontier.Kill(ctx, crawler.Target{Run: run.ID}, "timeout"); err != nil {
		t.Fatal(err)
	}
	all, err := h.campaignStates(ctx)
	if s := all[c.ID]; err != nil || s.GaveUp["timeout"] != 1 || s.Running <= 0 || s.Next <= 0 || s.Overdue != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	run.State = campaign.Closed
	run.Closed = h.now()
	if err := h.runs.Keep(ctx, run); err != nil {
		t.Fatal(err)
	}
	all, err = h.campaignStates(ctx)
	if s := all[c.ID]; err != nil || s.GaveUp["timeout"] != 1 || s.Running != 0 {
		t.Errorf("closed: %+v, %v", s, err)
	}
}
