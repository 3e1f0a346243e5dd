package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// one is a house with one source of one company, and its campaign.
func one(t *testing.T, handler http.Handler) (*house, evidence.Campaign) {
	t.Helper()
	rows := [][]string{
		{"企业名称", "工商注册号", "组织机构代码", "统一信用代码", "失信领域"},
		{"深圳晨星电子商务有限公司", "", "593930034", "", "失信被执行人名单"},
	}
	if handler == nil {
		handler = listSite(t, rows)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	h := openList(t, declareList(t, rows), server.URL)
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h, evidence.Campaign{ID: "csv", Sources: []string{"csv"}}
}

// What a budget cuts off makes the run partial or worse, and its report says so.
func TestABudgetEndsARun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		budget evidence.Budget
		spent  Progress
		ends   bool
	}{
		"bytes are spent":             {evidence.Budget{Bytes: 1000}, Progress{Bytes: 1000}, true},
		"minutes are spent":           {evidence.Budget{Minutes: 1}, Progress{Seconds: 60}, true},
		"neither is":                  {evidence.Budget{Bytes: 1000, Minutes: 1}, Progress{Bytes: 999, Seconds: 59}, false},
		"without one all may be used": {evidence.Budget{}, Progress{Bytes: 1 << 40, Seconds: 1e6}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, said := spend(t, c.budget, c.spent)
			ended := s.Result != evidence.Complete && s.Failed["budget"] == 1 && strings.Contains(said, "预算用尽")
			if whole := s.Result == evidence.Complete; ended != c.ends || whole == c.ends {
				t.Errorf("%s %s, failed %v:\n%s", s.Result, s.Reason, s.Failed, said)
			}
		})
	}
}

// spend runs a campaign that has spent so much, and returns its report.
func spend(t *testing.T, b evidence.Budget, spent Progress) (s SourceReport, said string) {
	t.Helper()
	h, k := one(t, nil)
	k.Budget = b
	run, err := h.begin(t.Context(), k, beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.seed(t.Context(), run, k); err != nil {
		t.Fatal(err)
	}
	spent.Run = run.ID
	if err := h.limit(t.Context(), k, spent); err != nil {
		t.Fatal(err)
	}
	k.Budget = evidence.Budget{} // so that nothing but the order above ends it
	report, err := h.run(t.Context(), k, "test", func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := report.print(&out); err != nil {
		t.Fatal(err)
	}
	return report.Sources["csv"], out.String()
}

// A run whose window closes while it goes on stops, and can be taken up.
func TestAWindowThatClosesStopsTheRun(t *testing.T) {
	t.Parallel()
	h, k := one(t, nil)
	now := h.now().In(evidence.Shanghai)
	k.Window = &evidence.Window{From: now.Add(time.Hour).Format("15:04"), To: now.Add(2 * time.Hour).Format("15:04")}
	if err := h.mayRun(k); !errors.Is(err, evidence.ErrUnavailable) || !strings.Contains(err.Error(), k.Window.From) {
		t.Errorf("it is %v and the window %v: %v", now, k.Window, err)
	}
	if _, err := h.run(t.Context(), k, "test", func(Progress) {}); !errors.Is(err, errShut) {
		t.Fatalf("%v, want %v", err, errShut)
	}
	k.Window = nil
	report, err := h.run(t.Context(), k, "test", func(Progress) {})
	if err != nil || report.Run != "csv-1" || report.Sources["csv"].Result != evidence.Complete {
		t.Errorf("taken up: %+v, %v", report, err)
	}
}

// Told to stop while an answer does not come, the house is out within two
// seconds, and the same command goes on.
func TestStoppedWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	h, k := one(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	told := make(chan time.Time, 1)
	go func() { <-asked; told <- time.Now(); stop() }()
	_, err := h.run(ctx, k, "test", func(Progress) {})
	if took := time.Since(<-told); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the same command goes on") {
		t.Errorf("%v", err)
	}
	run, err := h.runs.Open(t.Context(), k.ID)
	if err != nil || run.State != campaign.Running {
		t.Errorf("the run is %s, %v", run.State, err)
	}
}
