package esreadings_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"probity/pipeline/campaign"
	"probity/pipeline/elastic/elastictest"
	"probity/pipeline/esreadings"
	"probity/pipeline/evidence"
)

func open(t *testing.T) *esreadings.Readings {
	t.Helper()
	r, err := esreadings.Open(t.Context(), elastictest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reading(run string, n int) esreadings.Reading {
	url := fmt.Sprintf("http://h.example/%d", n)
	return esreadings.Reading{
		Capture: evidence.Capture{
			ID: uuid.NewString(), Run: run, Lead: evidence.Lead{Method: "GET", URL: url, Source: "s"}, Content: evidence.Digest("c", url), Status: 200,
			Time: time.Date(2026, 11, 2, 8, 0, n, 123, time.UTC),
		},
		Reading: evidence.Reading{
			Records: []evidence.Record{{
				Source: "s", View: "v", Type: "penalty", Key: url, Fields: map[string]string{"number": "深市监罚字〔2018〕12号"},
				Citations: []evidence.Citation{{Content: "c", Field: "number", Original: "罚字", Place: evidence.Place{Start: 3, End: 5}}},
			}},
			Leads: []evidence.Lead{{Method: "GET", URL: url + "/next", Source: "s"}}, Rows: 1, Reader: "table/1",
		},
		Sum: campaign.Sum{Rows: 1, Records: 1, Fetched: 1, Bytes: 100}, Text: true,
	}
}

func TestReadings(t *testing.T) {
	r := open(t)
	var all []esreadings.Reading
	for n := range 450 { // more than one page
		all = append(all, reading("a-1", n))
	}
	for range 2 { // a second time is no error
		if err := r.Put(t.Context(), append(all, reading("b-1", 1))...); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]esreadings.Reading{}
	err := r.OfRun(t.Context(), "a-1", func(id string, g esreadings.Reading) error { got[id] = g; return nil })
	if err != nil || len(got) != len(all) {
		t.Fatalf("read %d of a run, %v, want %d", len(got), err, len(all))
	}
	for _, want := range all {
		if diff := cmp.Diff(want, got[want.ID()]); diff != "" {
			t.Fatalf("a reading came back changed:\n%s", diff)
		}
	}
	of, err := r.Of(t.Context(), []string{all[3].ID(), all[1].ID()})
	if err != nil || len(of) != 2 || of[0].ID() != all[3].ID() {
		t.Errorf("by id: %d, %v", len(of), err)
	}
	if _, err := r.Of(t.Context(), []string{"none"}); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("an unknown id = %v", err)
	}
	if totals, err := r.Totals(t.Context(), "a-1"); err != nil || totals != (esreadings.Totals{Captures: 450, Records: 450, Bytes: 45000}) {
		t.Errorf("totals %+v, %v", totals, err)
	}
}
