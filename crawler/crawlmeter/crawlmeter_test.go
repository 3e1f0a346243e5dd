package crawlmeter_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/crawlmeter"
	"probity/crawler/sqlitefrontier"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/sqlitedb"
)

func page(m *gauge.Meter) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// settler settles at the frontier alone.
type settler struct{ crawler.Frontier }

func (s settler) Settle(ctx context.Context, x crawler.Settlement) error {
	return s.Frontier.Settle(ctx, x.Lease, x.Outcome)
}

func TestAVisitIsCountedFromItsClaimToItsSettlement(t *testing.T) {
	t.Parallel()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "f.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	inner, err := sqlitefrontier.Open(t.Context(), db, crawler.DefaultPolicy(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	m, turns := gauge.New(gauge.Options{}), 0
	f := &crawlmeter.Frontier{Frontier: inner, Meter: m, Turn: func() { turns++ }}
	desk := &crawlmeter.Desk{Desk: settler{inner}, Meter: m}
	lead := evidence.Lead{Method: http.MethodGet, URL: "http://a.example/1", Source: "court"}
	if _, err := f.Add(t.Context(), "r", evidence.Manners{}, lead, lead); err != nil {
		t.Fatal(err)
	}
	b, err := f.Claim(t.Context(), "w", 4, time.Minute)
	if err != nil || len(b.Leases) != 1 {
		t.Fatal(b, err)
	}
	ctx, over := crawlmeter.Visits(nil)(t.Context(), b.Leases[0])
	out := crawler.Outcome{Result: crawler.Refused, Reason: "robots_disallowed"}
	if err := desk.Settle(ctx, crawler.Settlement{Lease: b.Leases[0], Outcome: out}); err != nil {
		t.Fatal(err)
	}
	over(out)
	if err := desk.Settle(ctx, crawler.Settlement{Lease: b.Leases[0], Outcome: out}); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("settled twice: %v", err)
	}
	if n, err := f.Reap(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
	said := page(m)
	for _, l := range []string{
		`probity_frontier_added_total{result="new"} 1`, `probity_frontier_added_total{result="seen"} 1`,
		`probity_frontier_claims_total{result="leases"} 1`, `probity_frontier_leases_total 1`,
		`probity_visits_total{reason="robots_disallowed",result="refused",source="court"} 1`, `probity_settle_seconds_count{result="conflict"} 1`,
	} {
		if !strings.Contains(said, l+"\n") {
			t.Errorf("no line %q", l)
		}
	}
	if turns != 1 {
		t.Errorf("%d turns", turns)
	}
}

func TestAFetchThatIsForbiddenIsCountedAsThat(t *testing.T) {
	t.Parallel()
	inner, err := collyfetch.New(collyfetch.Options{Agent: "test (+https://probity.example)"})
	if err != nil {
		t.Fatal(err)
	}
	m := gauge.New(gauge.Options{})
	f := &crawlmeter.Fetcher{Fetcher: inner, Meter: m}
	r := crawler.Request{Lead: evidence.Lead{Method: http.MethodGet, URL: "http://127.0.0.1:9/", Source: "court"}, Timeout: time.Second}
	if _, err := f.Fetch(t.Context(), r); !errors.Is(err, evidence.ErrForbidden) {
		t.Fatal(err)
	}
	if l := `probity_fetch_seconds_count{result="forbidden"} 1`; !strings.Contains(page(m), l+"\n") {
		t.Errorf("no line %q", l)
	}
}
