package campaign_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func TestAPageIsKnownByWhatItsCapturesSaid(t *testing.T) {
	t.Parallel()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := campaign.Open(t.Context(), db, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	src := evidence.Source{ID: "s", Revisit: &evidence.Revisit{Most: time.Hour}}
	at := func(hour int) time.Time { return time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC) }
	page := evidence.Lead{Method: "GET", URL: "http://a.example/1", Source: "s", View: "v"}
	tell := func(src evidence.Source, c evidence.Capture, g evidence.Reading) {
		t.Helper()
		if err := runs.Named(t.Context(), c, src, g); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error { return runs.PagesTx(t.Context(), tx, c, src, g) }); err != nil {
			t.Fatal(err)
		}
	}
	know := func() map[string]campaign.Page {
		t.Helper()
		out := map[string]campaign.Page{}
		if err := runs.Pages(t.Context(), "s", func(p campaign.Page) error { out[p.URL] = p; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	says := func(v string) evidence.Reading {
		return evidence.Reading{Records: []evidence.Record{{Source: "s", Type: "penalty", Key: "1", Fields: map[string]string{"amount": v}}}}
	}
	tell(src, evidence.Capture{Lead: page, Time: at(3), Status: 200, Content: "c3"}, says("2"))
	tell(src, evidence.Capture{Lead: page, Time: at(1), Status: 200, Content: "c1"}, says("1")) // comes late
	tell(src, evidence.Capture{Lead: page, Time: at(2), Status: 200, Content: "c2"}, says("1")) // only its bytes differ
	tell(src, evidence.Capture{Lead: page, Time: at(2), Status: 200, Content: "c2"}, says("1")) // told twice
	tell(src, evidence.Capture{Lead: page, Time: at(4), Status: 500, Content: "c4"}, evidence.Reading{})
	v := know()[page.URL].Visits
	if len(v) != 3 || !v[0].At.Equal(at(1)) || v[0].Said != v[1].Said || v[1].Said == v[2].Said {
		t.Errorf("visits %+v: want three by time, of which the last says something else", v)
	}
	named := page
	named.URL, named.Modified = "http://a.example/2", at(5)
	tell(src, evidence.Capture{Lead: evidence.Lead{Method: "GET", URL: "http://a.example/sitemap.xml", Source: "s"}, Time: at(6), Status: 200}, evidence.Reading{Leads: []evidence.Lead{named}})
	named.Modified = at(2)
	tell(src, evidence.Capture{Lead: evidence.Lead{Method: "GET", URL: "http://a.example/sitemap.xml", Source: "s"}, Time: at(4), Status: 200}, evidence.Reading{Leads: []evidence.Lead{named}})
	if p := know()[named.URL]; len(p.Visits) != 0 || !p.Modified.Equal(at(5)) || !p.Read.Equal(at(6)) {
		t.Errorf("what the newest sitemap says of a page: %+v", p)
	}
	tell(src, evidence.Capture{Lead: named, Time: at(7), Status: 410}, evidence.Reading{})
	named.Modified = at(5)
	tell(src, evidence.Capture{Lead: evidence.Lead{Method: "GET", URL: "http://a.example/sitemap.xml", Source: "s"}, Time: at(8), Status: 200}, evidence.Reading{Leads: []evidence.Lead{named}})
	if p := know()[named.URL]; len(p.Visits) != 1 || !p.Modified.Equal(at(5)) {
		t.Errorf("a page that is gone and named on: %+v: it is not new each time", p)
	}
	posted := page
	posted.Method, posted.Body, posted.URL = "POST", "page=2", "http://a.example/3"
	tell(src, evidence.Capture{Lead: posted, Time: at(7), Status: 200}, evidence.Reading{})
	tell(evidence.Source{ID: "s"}, evidence.Capture{Lead: evidence.Lead{Method: "GET", URL: "http://a.example/4"}, Time: at(7), Status: 200}, evidence.Reading{})
	for _, url := range []string{posted.URL, "http://a.example/4"} {
		if p, ok := know()[url]; ok {
			t.Errorf("%+v is known: it was posted, or has no bounds", p)
		}
	}
}

// A sitemap that says nothing new is read again without a write, however many
// pages it names, and what is new in it is written in batches.
func TestASitemapThatSaysNothingNewWritesNothing(t *testing.T) {
	t.Parallel()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	runs, err := campaign.Open(t.Context(), db, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	src := evidence.Source{ID: "s", Revisit: &evidence.Revisit{Most: time.Hour}}
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var g evidence.Reading
	for i := range 1200 {
		g.Leads = append(g.Leads, evidence.Lead{Method: "GET", URL: fmt.Sprintf("http://a.example/%d", i), Source: "s", View: "v", Modified: start})
	}
	written := func(at time.Time) (n int64) {
		t.Helper()
		count := func(tx *sqlitedb.Tx) error { return tx.QueryRow(t.Context(), `SELECT total_changes()`).Scan(&n) }
		if err := db.Write(t.Context(), count); err != nil {
			t.Fatal(err)
		}
		before := n
		if err := runs.Named(t.Context(), evidence.Capture{Lead: evidence.Lead{Method: "GET", URL: "http://a.example/sitemap.xml", Source: "s"}, Time: at, Status: 200}, src, g); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), count); err != nil {
			t.Fatal(err)
		}
		return n - before
	}
	first, again := written(start.Add(time.Hour)), written(start.Add(2*time.Hour))
	g.Leads[700].Modified = start.Add(2 * time.Hour)
	one, later := written(start.Add(3*time.Hour)), written(start.Add(20*time.Hour))
	if first != 1200 || again != 0 || one != 1 || later != 1200 {
		t.Errorf("rows written: %d at first, %d again, %d after one page changed, %d a day later; want 1200, 0, 1, 1200", first, again, one, later)
	}
}
