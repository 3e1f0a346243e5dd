package flowmeter_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/flowmeter"
	"probity/pipeline/gauge"
	"probity/pipeline/pulse"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

func want(t *testing.T, m *gauge.Meter, lines ...string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, l := range lines {
		if !strings.Contains(w.Body.String(), l+"\n") {
			t.Errorf("no line %q", l)
		}
	}
}

func openDB(t *testing.T) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "q.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestAQueueIsCountedAndItsWorkIsHeld(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	p := pulse.New(pulse.Options{Now: func() time.Time { return now }})
	m := gauge.New(gauge.Options{})
	inner, err := sqlitequeue.Open(t.Context(), openDB(t), "captures", pipeline.DefaultPolicy(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	q := flowmeter.NewQueue(inner, "captures", m, func(name string) func() { return p.Hold("capture "+name, time.Minute) })
	if err := q.Put(t.Context(), "r", "a", "b"); err != nil {
		t.Fatal(err)
	}
	leases, err := q.Take(t.Context(), 2)
	if err != nil || len(leases) != 2 {
		t.Fatal(leases, err)
	}
	now = now.Add(time.Hour)
	if p.Alive() == nil {
		t.Error("a name worked on for an hour is not alive")
	}
	if err := errors.Join(q.Settle(t.Context(), leases[0], nil), q.Settle(t.Context(), leases[1], evidence.ErrInvalid)); err != nil {
		t.Fatal(err)
	}
	if err := p.Alive(); err != nil {
		t.Error(err)
	}
	want(t, m, `probity_queue_put_total{queue="captures"} 2`, `probity_queue_taken_total{queue="captures"} 2`,
		`probity_queue_settled_total{queue="captures",result="ok"} 1`, `probity_queue_settled_total{queue="captures",result="invalid"} 1`,
		`probity_queue_work_seconds_count{queue="captures"} 2`)
}

func TestAnArchiveIsCounted(t *testing.T) {
	t.Parallel()
	inner, err := warcfiles.Open(t.Context(), warcfiles.Options{Dir: t.TempDir(), DB: openDB(t), Now: time.Now, Software: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inner.Close() })
	m := gauge.New(gauge.Options{})
	a := &flowmeter.Archive{Archive: inner, Meter: m}
	if _, err := a.Keep(t.Context(), evidence.Exchange{}); err == nil {
		t.Error("an empty exchange was kept")
	}
	if _, err := a.Open(t.Context(), "8c5ff3c0-0000-4000-8000-000000000000"); !errors.Is(err, evidence.ErrNotFound) {
		t.Error(err)
	}
	want(t, m, `probity_archive_keep_seconds_count{result="invalid"} 1`, `probity_archive_open_seconds_count{result="not_found"} 1`)
}

func TestWorkAndStepsGoOnWithTracesOff(t *testing.T) {
	t.Parallel()
	failed := errors.New("x")
	do := flowmeter.Do(nil, "read", func(_ context.Context, l pipeline.Lease) error {
		if l.Name != "a" {
			t.Errorf("lease %+v", l)
		}
		return failed
	})
	if err := do(t.Context(), pipeline.Lease{Name: "a"}); !errors.Is(err, failed) {
		t.Error(err)
	}
	if err := flowmeter.Span(t.Context(), nil, "close", func(context.Context) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
