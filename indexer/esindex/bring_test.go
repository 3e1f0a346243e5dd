package esindex_test

import (
	"errors"
	"testing"

	"probity/indexer"
	"probity/pipeline/evidence"
)

func TestWhatOneMakesTakesThePlaceOfWhatWasThere(t *testing.T) {
	t.Parallel()
	x := open(t)
	d := func(rev int64, text, state string) indexer.Doc {
		return indexer.Doc{Kind: indexer.RecordDoc, ID: "a", Rev: rev, Text: text, Body: []byte(`{}`), Facets: map[string][]string{indexer.FacetState: {state}}}
	}
	for _, step := range []struct {
		why         string
		bring       indexer.Doc
		text, state string
		rev         int64
		putNew      bool
	}{
		{why: "a stand-in is created once", bring: d(0, "early", "provisional"), text: "early", state: "provisional", putNew: true},
		{why: "the first revision takes its place", bring: d(1, "one", "in force"), text: "one", state: "in force", rev: 1},
		{why: "again, it changes nothing", bring: d(1, "one", "in force"), text: "one", state: "in force", rev: 1},
		{why: "a stand-in that comes late stays out", bring: d(0, "late", "provisional"), text: "one", state: "in force", rev: 1, putNew: true},
		{why: "other facets of the same revision are taken", bring: d(1, "one", "expired"), text: "one", state: "expired", rev: 1},
		{why: "revisions in between may be left out", bring: d(4, "four", "repaired"), text: "four", state: "repaired", rev: 4},
		{why: "a lower revision stays out", bring: d(3, "three", "in force"), text: "four", state: "repaired", rev: 4},
	} {
		write := x.Bring
		if step.putNew {
			write = x.PutAll
		}
		poisoned, err := write(t.Context(), []indexer.Doc{step.bring})
		if err != nil || len(poisoned) > 0 && (!step.putNew || !errors.Is(poisoned[0].Err, evidence.ErrConflict)) {
			t.Fatalf("%s: %v, %v", step.why, poisoned, err)
		}
		got, err := x.Get(t.Context(), indexer.RecordDoc, "a")
		if err != nil || got.Text != step.text || got.Rev != step.rev || got.Facets[indexer.FacetState][0] != step.state {
			t.Errorf("%s: there is %+v, %v", step.why, got, err)
		}
	}
	bad := d(1, "x", "y")
	bad.ID = "不是"
	poisoned, err := x.Bring(t.Context(), []indexer.Doc{bad, d(5, "five", "repaired")})
	if err != nil || len(poisoned) != 1 || !errors.Is(poisoned[0].Err, evidence.ErrInvalid) {
		t.Errorf("one that can never be kept: %v, %v", poisoned, err)
	}
	if got, err := x.Get(t.Context(), indexer.RecordDoc, "a"); err != nil || got.Text != "five" {
		t.Errorf("the other one was held up: %+v, %v", got, err)
	}
}
