package sqlitefrontier

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// What earlier versions kept of a lease in the lead's own row,
// and of a run without counting its leads.
const before = `
CREATE TABLE frontier_run (run TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'running', reason TEXT NOT NULL DEFAULT '',
	budget INTEGER NOT NULL DEFAULT 0, requests INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE frontier_lead (id INTEGER PRIMARY KEY, run TEXT NOT NULL, key TEXT NOT NULL, host TEXT NOT NULL, grp TEXT NOT NULL, lead BLOB NOT NULL,
	state INTEGER NOT NULL, turn INTEGER NOT NULL, due INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0,
	expires INTEGER NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',
	changed INTEGER NOT NULL DEFAULT 0, UNIQUE (run, key));
CREATE INDEX frontier_lead_leased ON frontier_lead (grp) WHERE state = 1;
CREATE INDEX frontier_lead_expires ON frontier_lead (expires) WHERE state = 1;`

func TestALeaseOfAnEarlierVersionIsTakenBack(t *testing.T) {
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "probity.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Define(t.Context(), before))
	must(t, db.Define(t.Context(), ddl[:strings.Index(ddl, "CREATE TABLE IF NOT EXISTS frontier_lane")]))
	must(t, db.Define(t.Context(), `
		INSERT INTO frontier_run (run) VALUES ('r'), ('empty');
		INSERT INTO frontier_host (host, grp) VALUES ('a.example', 'a.example');
		INSERT INTO frontier_group (grp) VALUES ('a.example');
		INSERT INTO frontier_lead (run, key, host, grp, lead, state, turn, due, fence, expires, worker)
			VALUES ('r', 'k', 'a.example', 'a.example', '{"method":"GET","url":"http://a.example/"}', 1, 1, 0, 7, 9, 'w'),
			('r', 'd', 'a.example', 'a.example', '{"method":"GET","url":"http://a.example/done"}', 2, 2, 0, 6, 9, 'w')`))
	now := time.Unix(1000, 0)
	f, err := Open(t.Context(), db, crawler.DefaultPolicy(), func() time.Time { return now })
	must(t, err)
	if c, err := f.Counts(t.Context(), "r"); err != nil || c.Leased != 1 || c.Open != 0 || c.Done != 1 {
		t.Fatalf("counts = %+v, %v, want one leased and one done", c, err)
	}
	if c, err := f.Counts(t.Context(), "empty"); err != nil || c.Total() != 0 {
		t.Fatalf("counts = %+v, %v of a run without leads", c, err)
	}
	n, err := f.Recover(t.Context())
	must(t, err)
	now = now.Add(time.Hour)
	b, err := f.Claim(t.Context(), "w", 9, time.Minute)
	must(t, err)
	if n != 1 || len(b.Leases) != 1 || b.Leases[0].Lead.URL != "http://a.example/" {
		t.Errorf("took %d back and claimed %+v, want that lead", n, b)
	}
	_, err = Open(t.Context(), db, crawler.DefaultPolicy(), time.Now) // once is enough
	must(t, err)
}

func TestWhoSettlesTwiceHasLostTheLeaseTheSecondTime(t *testing.T) {
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "probity.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	f, err := Open(t.Context(), db, crawler.DefaultPolicy(), time.Now)
	must(t, err)
	_, err = f.Add(t.Context(), "r", evidence.Manners{}, evidence.Lead{Method: "GET", URL: "http://a.example/"})
	must(t, err)
	b, err := f.Claim(t.Context(), "w", 1, time.Minute)
	must(t, err)
	o := crawler.Outcome{Result: crawler.Done, Requests: 1}
	must(t, f.Settle(t.Context(), b.Leases[0], o))
	if err := f.Settle(t.Context(), b.Leases[0], o); err == nil {
		t.Error("a settled lease was settled again")
	}
	if c, err := f.Counts(t.Context(), "r"); err != nil || c.Done != 1 || c.Requests != 1 {
		t.Errorf("counts = %+v, %v, want one done by one request", c, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
