package sqlitefrontier

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// BenchmarkClaimSettle measures a claim and a settlement, with 100,000 leads
// of two runs waiting at a hundred hosts: the cost must not grow with them.
func BenchmarkClaimSettle(b *testing.B) {
	c := newClock()
	db, err := sqlitedb.Open(b.Context(), filepath.Join(b.TempDir(), "f.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	f, err := Open(b.Context(), db, crawler.DefaultPolicy(), c.now)
	if err != nil {
		b.Fatal(err)
	}
	for run := range 2 {
		var leads []evidence.Lead
		for i := range 50_000 {
			leads = append(leads, evidence.Lead{Method: "GET", URL: fmt.Sprintf("http://h%d.example/%d/%d", i%100, run, i), Source: "s"})
		}
		began := time.Now()
		if _, err := f.Add(b.Context(), strconv.Itoa(run), evidence.Manners{Gap: 1}, leads...); err != nil {
			b.Fatal(err)
		}
		b.Logf("added %d leads in %s", len(leads), time.Since(began))
	}
	for b.Loop() {
		batch, err := f.Claim(b.Context(), "w", 1, time.Minute)
		if err != nil || len(batch.Leases) != 1 {
			b.Fatalf("claimed %d leases: %v", len(batch.Leases), err)
		}
		if err := f.Settle(b.Context(), batch.Leases[0], crawler.Outcome{Result: crawler.Done, Requests: 1, Quiet: time.Second}); err != nil {
			b.Fatal(err)
		}
	}
}
