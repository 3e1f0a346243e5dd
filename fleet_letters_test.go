package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"probity/indexer"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A document that the index refuses is a dead letter with its reason, also of a
// run that is closed; retried it is really offered again, and written when
// what was wrong with it is mended.
func TestAFleetWritesARefusedDocumentWhenItIsRetried(t *testing.T) {
	h := worldFleet(t)
	run := open(t, h)
	doc := indexer.Doc{Kind: indexer.FactDoc, ID: "f1", Rev: 1, Text: "处罚", Body: []byte(`{"a":1}`), Facets: map[string][]string{"colour": {"red"}}}
	err := h.db.Write(t.Context(), func(tx *sqlitedb.Tx) error { return h.docs.PutTx(t.Context(), tx, doc) })
	if err == nil {
		err = h.fleet.told(t.Context(), run)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.fleet.offerAgain(ctx) }()
	file := settingsFile(t, h.config)
	first := refusals(t, h, run.ID)
	if len(first) != 1 || !strings.Contains(first[0].Reason, "colour") {
		t.Fatalf("letters %+v", first)
	}
	retry := func() {
		if out, err := probity(t, "-config", file, "letters", "retry", run.ID); err != nil || !strings.Contains(string(out), "1") {
			t.Fatalf("retry says %s, %v", out, err)
		}
	}
	retry()
	until(t, "it is refused once more", func() bool {
		again := refusals(t, h, run.ID)
		return len(again) == 1 && again[0].Time.After(first[0].Time) && strings.Contains(again[0].Reason, "colour")
	})
	err = h.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		return h.fleet.outbox.LabelTx(t.Context(), tx, doc.Kind, doc.ID, map[string][]string{indexer.FacetType: {"penalty"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	retry()
	var got indexer.Doc
	until(t, "it is written", func() bool {
		got, err = h.index.Get(t.Context(), doc.Kind, doc.ID)
		return !errors.Is(err, evidence.ErrNotFound)
	})
	until(t, "its letter is gone", func() bool { return len(refusals(t, h, run.ID)) == 0 })
	if err != nil || !bytes.Equal(got.Body, doc.Body) || got.Facets[indexer.FacetType][0] != "penalty" {
		t.Errorf("written %+v, %v", got, err)
	}
	if stop(); errors.Join(<-done) != nil {
		t.Error("who offers again did not end well")
	}
}

// open opens a run that nobody works on.
func open(t *testing.T, h *house) campaign.Run {
	t.Helper()
	run, err := h.begin(t.Context(), h.set.Campaigns["small"], beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func refusals(t *testing.T, h *house, run string) []deadLetter {
	t.Helper()
	all, err := h.letters(t.Context(), run)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		t.Fatal(err)
	}
	return all
}

// until waits until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for !so() {
		if !rest(ctx, 100*time.Millisecond) {
			t.Fatalf("it never happened that %s", what)
		}
	}
}
