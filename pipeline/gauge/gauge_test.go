package gauge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
)

func page(t *testing.T, m *gauge.Meter) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func want(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(page, l+"\n") {
			t.Errorf("the page has no line %q", l)
		}
	}
}

func TestWhatIsDoneIsCounted(t *testing.T) {
	t.Parallel()
	m := gauge.New(gauge.Options{Version: "probity/x", Roles: []string{"crawl", "extract"}})
	m.Added(2, 1, 0)
	m.Claimed(3, time.Millisecond, nil)
	m.Claimed(0, time.Millisecond, nil)
	m.Claimed(0, time.Millisecond, evidence.ErrUnavailable)
	m.Fetched("court", 404, 10, time.Second, nil)
	m.Settled("court", "failed", "http_404", time.Millisecond, nil)
	m.Settled("court", "failed", "Robots say: <no>", time.Millisecond, nil)
	m.Worked("captures", time.Second, nil, nil)
	m.Worked("captures", time.Second, nil, evidence.ErrConflict)
	m.Worked("captures", time.Second, evidence.ErrInvalid, nil)
	m.Wrote(map[string]int{"record": 4}, time.Millisecond, nil)
	m.Answered("BREW", "GET /api/v1/entities/{id}", 405, time.Millisecond, false)
	m.Checked("redis", evidence.ErrUnavailable)
	want(t, page(t, m),
		`probity_frontier_added_total{result="new"} 2`,
		`probity_frontier_claims_total{result="leases"} 1`,
		`probity_frontier_claims_total{result="empty"} 1`,
		`probity_frontier_claims_total{result="unavailable"} 1`,
		`probity_frontier_leases_total 3`,
		`probity_fetch_seconds_count{result="4xx"} 1`,
		`probity_fetched_bytes_total{source="court"} 10`,
		`probity_visits_total{reason="http_404",result="failed",source="court"} 1`,
		`probity_visits_total{reason="other",result="failed",source="court"} 1`,
		`probity_queue_settled_total{queue="captures",result="ok"} 1`,
		`probity_queue_settled_total{queue="captures",result="lost"} 1`,
		`probity_queue_settled_total{queue="captures",result="invalid"} 1`,
		`probity_index_documents_total{kind="record",result="ok"} 4`,
		`probity_http_requests_total{method="other",route="/api/v1/entities/{id}",status="405"} 1`,
		`probity_dependency_ready{dependency="redis"} 0`,
	)
}

func TestWhatIsWatchedIsAskedForAScrape(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	m := gauge.New(gauge.Options{Now: func() time.Time { return now }})
	asked := 0
	m.WatchQueue("captures", func(context.Context) (gauge.QueueState, error) {
		asked++
		return gauge.QueueState{Waiting: 7, Leased: 2, Dead: 1, Oldest: time.Minute}, nil
	})
	m.WatchSources(func(context.Context) (map[string]gauge.SourceState, error) {
		return map[string]gauge.SourceState{"court": {Last: now.Add(-time.Hour), MaxAge: time.Minute}, "new": {}}, nil
	})
	m.WatchDisk("data", 10, func() (uint64, error) { return 1000, nil })
	m.WatchFrontier(func(context.Context) (gauge.FrontierState, error) { return gauge.FrontierState{}, errors.New("away") })
	page(t, m)
	want(t, page(t, m),
		`probity_queue_names{queue="captures",state="waiting"} 7`,
		`probity_queue_oldest_seconds{queue="captures"} 60`,
		`probity_source_success_age_seconds{source="court"} 3600`,
		`probity_source_max_age_seconds{source="court"} 60`,
		`probity_disk_free_bytes{disk="data"} 1000`,
		`probity_disk_least_bytes{disk="data"} 10`,
		`probity_watch_faults_total{watch="sources"} 0`,
	)
	if asked != 1 {
		t.Errorf("two scrapes within seconds asked %d times", asked)
	}
	if p := page(t, m); strings.Contains(p, "probity_frontier_leads{") || !strings.Contains(p, `probity_watch_faults_total{watch="frontier"}`) {
		t.Error("a watch that fails must leave its families out and be counted")
	}
}

func TestTheFrontierTellsOfWhatWasBlownUp(t *testing.T) {
	t.Parallel()
	m := gauge.New(gauge.Options{})
	m.WatchFrontier(func(context.Context) (gauge.FrontierState, error) {
		return gauge.FrontierState{Open: 4, Resting: 2, Waiting: 5, Paused: 1, Held: 6, Flagged: 1, Orders: 3, Seen: 660, Blown: 3}, nil
	})
	want(t, page(t, m),
		`probity_frontier_leads{state="open"} 4`,
		`probity_frontier_hosts_resting 2`,
		`probity_frontier_hosts{state="waiting"} 5`,
		`probity_frontier_hosts{state="paused"} 1`,
		`probity_frontier_hosts{state="resting"} 2`,
		`probity_frontier_hosts{state="flagged"} 1`,
		`probity_frontier_leads{state="held"} 6`,
		`probity_orders_in_force 3`,
		`probity_frontier_seen_buckets{form="compact"} 657`,
		`probity_frontier_seen_buckets{form="blown"} 3`,
	)
}

func TestTwoMetersKnowNothingOfEachOther(t *testing.T) {
	t.Parallel()
	a, b := gauge.New(gauge.Options{}), gauge.New(gauge.Options{})
	a.Reaped(5)
	want(t, page(t, b), "probity_frontier_reaped_total 0")
}

func TestNamesAreOursOrderedAndOnce(t *testing.T) {
	t.Parallel()
	names := gauge.New(gauge.Options{}).Names()
	if len(names) < 40 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("names: %v", names)
	}
	for _, n := range names {
		if !strings.HasPrefix(n, "probity_") {
			t.Errorf("%s is not called by our name", n)
		}
	}
}

func TestKindSaysWhatTheReceiverShouldDo(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"ok": nil, "not_found": evidence.ErrNotFound, "invalid": evidence.ErrInvalid, "forbidden": evidence.ErrForbidden, "conflict": evidence.ErrConflict,
		"unavailable": context.DeadlineExceeded, "cancelled": context.Canceled, "fault": errors.New("x"),
	} {
		if err != nil {
			err = fmt.Errorf("do: %w", err)
		}
		if got := gauge.Kind(err); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
}

func TestCampaignsTellWhatTheyWaitForAndWhatTheyGaveUp(t *testing.T) {
	t.Parallel()
	m := gauge.New(gauge.Options{})
	many := map[string]int{"timeout": 900, "<b>": 2}
	for i := range 50 {
		many[fmt.Sprintf("http_%d", 500+i)] = i + 1
	}
	m.WatchCampaigns(func(context.Context) (map[string]gauge.CampaignState, error) {
		return map[string]gauge.CampaignState{
			"daily": {Next: time.Hour, Overdue: time.Minute, By: "window", Running: time.Second, GaveUp: many}, "once": {},
		}, nil
	})
	p := page(t, m)
	want(t, p,
		`probity_campaign_next_seconds{campaign="daily"} 3600`,
		`probity_campaign_overdue_seconds{by="window",campaign="daily"} 60`,
		`probity_campaign_running_seconds{campaign="daily"} 1`,
		`probity_campaign_gave_up{campaign="daily",reason="timeout"} 900`,
		`probity_campaign_overdue_seconds{by="",campaign="once"} 0`,
		`probity_campaign_gave_up{campaign="once",reason=""} 0`,
	)
	if n := strings.Count(p, `probity_campaign_gave_up{campaign="daily"`); n > 32 || !strings.Contains(p, `probity_campaign_gave_up{campaign="daily",reason="other"}`) {
		t.Errorf("%d reasons, of which none is other", n)
	}
}
