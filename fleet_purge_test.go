package main

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"probity/crawler"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// holdsNothingSeen looks at what is left in the frontier once all runs of a
// fleet are closed: of the last run of each campaign what it gave up, of those
// before nothing, and of none what was seen.
func holdsNothingSeen(t *testing.T, c Config, data string) {
	t.Helper()
	c.Data, c.Declarations = data, []string{filepath.Join(data, "declarations")}
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Command)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
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
	if len(runs) <= len(last) {
		t.Fatalf("%d runs of %d campaigns: none has one before it", len(runs), len(last))
	}
	for _, r := range runs {
		counts, err := h.frontier.Counts(t.Context(), r.ID)
		switch {
		case r.ID != last[r.Campaign] && !errors.Is(err, evidence.ErrNotFound):
			t.Errorf("run %s, which has one after it, is known: %+v, %v", r.ID, counts, err)
		case r.ID == last[r.Campaign] && (err != nil || counts.State != crawler.Closed || counts.Total() == 0):
			t.Errorf("the last run %s: %+v, %v", r.ID, counts, err)
		}
	}
}
