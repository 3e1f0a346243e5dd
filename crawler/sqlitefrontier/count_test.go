package sqlitefrontier

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// counted is what a look at every lead of a run counts.
func counted(t *testing.T, f *Frontier, run string) (c crawler.Counts) {
	t.Helper()
	must(t, f.db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT coalesce(sum(state = 0 AND id NOT IN (SELECT id FROM frontier_lease)), 0), coalesce(sum(id IN (SELECT id FROM frontier_lease)), 0),
			coalesce(sum(state = 2), 0) FROM frontier_lead WHERE run = ?`, run).Scan(&c.Open, &c.Leased, &c.Done)
	}))
	return c
}

func TestWhatIsCountedIsWhatTheLeadsAreWhateverHappens(t *testing.T) {
	c := newClock()
	p := crawler.DefaultPolicy()
	p.Attempts, p.Strikes = 2, 3
	f := openAt(t, filepath.Join(t.TempDir(), "f.db"), p, c)
	r := rand.New(rand.NewPCG(5, 1))
	runs, held := []string{"a", "b"}, []crawler.Lease(nil)
	some := func() (leads []evidence.Lead) {
		for range 1 + r.IntN(4) {
			leads = append(leads, lead(t, fmt.Sprintf("http://h%d.example/%d", r.IntN(4), r.IntN(40))))
		}
		return leads
	}
	outcomes := []crawler.Outcome{
		{Result: crawler.Done, Requests: 1},
		{Result: crawler.Done, Requests: 1},
		{Result: crawler.Failed, Reason: "x", Requests: 1},
		{Result: crawler.Refused, Reason: "y"},
		{Result: crawler.Retry, Requests: 1},
		{Result: crawler.Returned},
		{Result: crawler.Retry, Reason: "busy", Requests: 1, Busy: &crawler.Busy{}},
	}
	failures, refusals := 0, 0
	for step := range 600 {
		run := runs[r.IntN(2)]
		switch r.IntN(12) {
		case 0, 1, 2:
			_, err := f.Add(t.Context(), run, evidence.Manners{}, some()...)
			must(t, err)
		case 3, 4, 5:
			c.pass(t, time.Hour)
			b, err := f.Claim(t.Context(), "w", 3, 1000*time.Hour)
			must(t, err)
			held = append(held, b.Leases...)
		case 6, 7, 8:
			for _, l := range held {
				must(t, f.Settle(t.Context(), l, outcomes[r.IntN(len(outcomes))]))
			}
			held = nil
		case 9:
			_, _ = f.Again(t.Context(), run, evidence.Manners{}, some()...) // there may be no such run
		case 10:
			_, _ = f.Retry(t.Context(), run) // likewise, or it is killed
		case 11:
			_ = f.Kill(t.Context(), crawler.Target{Run: run}, "over")
			_ = f.Resume(t.Context(), crawler.Target{Run: run})
		}
		for _, run := range runs {
			got, err := f.Counts(t.Context(), run)
			failures, refusals = failures+len(got.Failed), refusals+len(got.Refused)
			if want := counted(t, f, run); err == nil && (got.Open != want.Open || got.Leased != want.Leased || got.Done != want.Done) {
				t.Fatalf("step %d, run %s: counts %+v, the leads are %+v", step, run, got, want)
			}
		}
	}
	if got, err := f.Counts(t.Context(), "a"); err != nil || got.Done == 0 || failures == 0 || refusals == 0 {
		t.Errorf("nothing much has happened: %+v, %v", got, err)
	}
}
