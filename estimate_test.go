package main

import (
	"strings"
	"testing"

	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// Issue 5, 9: a run is compared with the one before, and the next is estimated
// before it starts.
func TestARunIsComparedWithTheLastAndTheNextIsEstimated(t *testing.T) {
	t.Parallel()
	h, c := one(t, nil)
	h.set.Campaigns[c.ID] = c
	e, err := h.estimate(t.Context(), c)
	if err != nil || e.Sure != "low" || e.Pages != 1 || e.Runs != 0 {
		t.Errorf("before the first run: %+v, %v", e, err)
	}
	var last Report
	for range 3 {
		if last, err = h.run(t.Context(), c, "test", func(Progress) {}); err != nil {
			t.Fatal(err)
		}
	}
	b := last.Before
	if b == nil || b.Run != "csv-2" || b.Pages.Same != last.Figures.Fetched || b.Pages.New+b.Pages.Changed+b.Pages.Gone != 0 || b.Fetched != last.Figures.Fetched || b.Seconds <= 0 {
		t.Fatalf("compared: %+v of %+v", b, last.Figures)
	}
	if last.Figures.Bytes == 0 || len(last.Figures.Kinds) != 1 || len(last.Figures.Hosts) != 1 {
		t.Errorf("figures: %+v", last.Figures)
	}
	var out strings.Builder
	if err := last.print(&out); err != nil || !strings.Contains(out.String(), "与上次相比 compared with csv-2") {
		t.Errorf("%v in\n%s", err, out.String())
	}
	if e, err = h.estimate(t.Context(), c); err != nil || e.Sure != "high" || e.Pages != last.Figures.Asked || e.Runs != 3 || e.Bytes != last.Figures.Bytes {
		t.Errorf("before the fourth: %+v, %v", e, err)
	}
	c.Budget = evidence.Budget{Bytes: e.Bytes / 2}
	if e, err = h.estimate(t.Context(), c); err != nil || e.Capped != "bytes" {
		t.Errorf("with half the bytes: %+v, %v", e, err)
	}
}

func TestAnEstimateIsSaidRoundly(t *testing.T) {
	t.Parallel()
	e := Estimate{Pages: 1234, Seconds: 2410, Sure: "high", Why: "w", Slowest: "a.example", AtHost: 1190, Gap: 2}
	for _, want := range []string{"约 1200 页", "40 分钟", "about 1,200 pages, 40 minutes at this courtesy", "rather sure", "a.example"} {
		if !strings.Contains(e.words(), want) {
			t.Errorf("%q lacks %q", e.words(), want)
		}
	}
}

// What a page under a browser asks for by itself, as scripts and pictures, is
// asked of the same host under the same courtesy and out of the same budget.
func TestAnEstimateCountsWhatPagesAskForThemselves(t *testing.T) {
	t.Parallel()
	h, c := one(t, nil)
	ctx := t.Context()
	run, err := h.begin(ctx, c, beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	run.State, run.Closed = campaign.Closed, h.now()
	if err := h.runs.Keep(ctx, run); err != nil {
		t.Fatal(err)
	}
	said := func(requests int) Estimate {
		r := Report{Run: run.ID, Figures: campaign.Figures{Asked: 100, Requests: requests, Hosts: map[string]int{"a.example": 100}}}
		if err := h.runs.SetReport(ctx, run.ID, r); err != nil {
			t.Fatal(err)
		}
		e, err := h.estimate(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	plain, rich := said(101), said(701)
	if plain.Pages != 100 || plain.Requests != 100 || rich.Pages != 100 || rich.Requests != 700 || rich.AtHost != 701 {
		t.Errorf("plain %+v, rich %+v", plain, rich)
	}
	if rich.Seconds < 6*plain.Seconds || !strings.Contains(rich.words(), "700 次请求") || strings.Contains(plain.words(), "所取的脚本") {
		t.Errorf("%g s and %g s\n%s\n%s", plain.Seconds, rich.Seconds, plain.words(), rich.words())
	}
	c.Budget = evidence.Budget{Requests: 350}
	if e := said(701); e.Capped != "requests" || e.Pages != 50 || e.Requests != 350 {
		t.Errorf("with half the requests: %+v", e)
	}
}
