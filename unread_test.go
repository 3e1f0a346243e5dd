package main

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"probity/crawler/intake"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// givenUp takes a file in and gives its capture up, as after a fault of the
// house's own.
func givenUp(t *testing.T, h *house, dir string) campaign.Run {
	t.Helper()
	src := h.set.Sources["intake"]
	run, err := h.begin(t.Context(), evidence.Campaign{ID: "intake-intake", Sources: []string{"intake"}}, beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	x, err := intake.Intake{Source: src, Run: run.ID, From: "甲", To: "乙", Time: h.now()}.File(filepath.Join(dir, "list.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.takeIn(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	leases, err := h.captures.Take(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.captures.Settle(t.Context(), leases[0], evidence.ErrInvalid); err != nil {
		t.Fatal(err)
	}
	return run
}

// A capture that was kept and could not be read leaves no run complete, so
// that nothing is taken to be absent; the same command tries it once more.
func TestWhatCouldNotBeReadLeavesNoRunComplete(t *testing.T) {
	t.Parallel()
	rows := inventedList(rand.New(rand.NewPCG(7, 3)))
	dir := declareList(t, rows)
	h := openList(t, dir, "http://127.0.0.1:1")
	report, err := h.closeRun(t.Context(), givenUp(t, h, dir))
	if err != nil {
		t.Fatal(err)
	}
	if s := report.Sources["intake"]; s.Result == evidence.Complete || s.Failed["unread"] != 1 || len(s.Why) != 1 {
		t.Errorf("%s %s, failed %v, why %v", s.Result, s.Reason, s.Failed, s.Why)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}

	again := openList(t, dir, "http://127.0.0.1:1")
	givenUp(t, again, dir)
	takeForm(t, again, dir, "intake") // the open run goes on
	checkList(t, again, rows)
	if err := again.close(); err != nil {
		t.Error(err)
	}
}
