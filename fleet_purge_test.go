package main

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// Who closes a run of a fleet lets the frontier go of what was seen in it: what
// it gave up stays until the campaign's next run is closed.
func TestAFleetKeepsNothingSeenOfAClosedRun(t *testing.T) {
	h := worldFleet(t)
	first := open(t, h)
	closeKilled(t, h, first)
	counts, err := h.frontier.Counts(t.Context(), first.ID)
	if err != nil || counts.State != crawler.Closed || counts.Failed["test"] == 0 {
		t.Errorf("the last run: %+v, %v", counts, err)
	}
	second := open(t, h)
	closeKilled(t, h, second)
	if counts, err := h.frontier.Counts(t.Context(), first.ID); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("the run before the last is known: %+v, %v", counts, err)
	}
	letters, _, err := h.frontier.DeadLetters(t.Context(), second.ID, "", 10)
	if err != nil || len(letters) == 0 {
		t.Errorf("the last run gave up %+v, %v", letters, err)
	}
}

// closeKilled closes a run whose leads were all given up.
func closeKilled(t *testing.T, h *house, run campaign.Run) {
	t.Helper()
	lead := evidence.Lead{Method: http.MethodGet, URL: "http://a.example/1", Source: sortedKeys(run.Sources)[0]}
	if _, err := h.frontier.Add(t.Context(), run.ID, h.config.Crawl.Manners, lead); err != nil {
		t.Fatal(err)
	}
	if err := h.frontier.Kill(t.Context(), crawler.Target{Run: run.ID}, "test"); err != nil {
		t.Fatal(err)
	}
	if a, err := h.frontier.Alarm(t.Context()); err != nil || a.Buckets == 0 {
		t.Errorf("%d buckets of an open run: %v", a.Buckets, err)
	}
	if _, err := h.closeRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	holdsNothingSeen(t, h)
}

// holdsNothingSeen looks at what is left in the frontier once all runs are
// closed: nothing that was seen, and nothing at all of runs that have one of
// their campaign after them.
func holdsNothingSeen(t *testing.T, h *house) {
	t.Helper()
	if a, err := h.frontier.Alarm(t.Context()); err != nil || a.Buckets != 0 {
		t.Errorf("%d buckets of what closed runs have seen are left: %v", a.Buckets, err)
	}
	runs, err := h.runs.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]string{}
	for _, r := range runs {
		last[r.Campaign] = r.ID
	}
	for _, r := range runs {
		if _, err := h.frontier.Counts(t.Context(), r.ID); last[r.Campaign] != r.ID && !errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("run %s, which has one after it, is known: %v", r.ID, err)
		}
	}
}

// leavesNothingSeen is holdsNothingSeen of a fleet whose members have gone.
func leavesNothingSeen(t *testing.T, c Config, data string) {
	t.Helper()
	c.Data, c.Declarations = data, []string{filepath.Join(data, "declarations")}
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Command)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
	holdsNothingSeen(t, h)
}
