package sqlitequeue_test

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
	"probity/pipeline/queuetest"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

func openDB(t testing.TB, path string) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(t testing.TB, db *sqlitedb.DB, policy pipeline.Policy) *sqlitequeue.Queue {
	t.Helper()
	q, err := sqlitequeue.Open(t.Context(), db, "test", policy, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestConformance(t *testing.T) {
	queuetest.Run(t, queuetest.Backend{
		Unit: time.Minute, Bubble: true,
		Open: func(t *testing.T, policy pipeline.Policy) queuetest.Queue {
			return open(t, openDB(t, filepath.Join(t.TempDir(), "q.db")), policy)
		},
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCounts(t *testing.T, q *sqlitequeue.Queue, want pipeline.Counts) {
	t.Helper()
	if got, err := q.Len(t.Context(), ""); err != nil || got != want {
		t.Errorf("counts %+v, %v, want %+v", got, err, want)
	}
}

func TestPutAndSettleStandAndFallWithTheCallersTransaction(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	q := open(t, db, pipeline.DefaultPolicy())
	must(t, q.Put(t.Context(), "g", "a"))
	leases, err := q.Take(t.Context(), 1)
	must(t, err)
	boom := errors.New("boom")
	for _, fail := range []error{boom, nil} {
		err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
			must(t, q.SettleTx(t.Context(), tx, leases[0], nil))
			must(t, q.PutTx(t.Context(), tx, "g", "b", "c"))
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		want := pipeline.Counts{Leased: 1}
		if fail == nil {
			want = pipeline.Counts{Waiting: 2}
		}
		wantCounts(t, q, want)
	}
}

func TestAGroupIsEmptyWhenNothingWaitsAndNobodyWorks(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	q := open(t, db, pipeline.DefaultPolicy())
	empty := func() (is bool) {
		must(t, db.Read(t.Context(), func(tx *sqlitedb.Tx) (err error) {
			is, err = q.EmptyTx(t.Context(), tx, "g")
			return err
		}))
		return is
	}
	must(t, q.Put(t.Context(), "other", "x"))
	if !empty() {
		t.Error("a group of which nothing was put is not empty")
	}
	must(t, q.Put(t.Context(), "g", "a"))
	if empty() {
		t.Error("a group with a name that waits is empty")
	}
	leases, err := q.Take(t.Context(), 2)
	must(t, err)
	if empty() {
		t.Error("a group with a name that is worked on is empty")
	}
	must(t, q.Settle(t.Context(), leases[1], evidence.ErrInvalid))
	if !empty() {
		t.Error("a group with a dead letter only is not empty")
	}
}

func TestALeaseOfADeadProcessIsReadyAtTheNextStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	q := open(t, openDB(t, path), pipeline.DefaultPolicy())
	must(t, q.Put(t.Context(), "g", "a", "b"))
	first, err := q.Take(t.Context(), 1)
	must(t, err)
	again := open(t, openDB(t, path), pipeline.DefaultPolicy())
	if n, err := again.Recover(t.Context()); n != 1 || err != nil {
		t.Errorf("recovered %d, %v, want 1", n, err)
	}
	wantCounts(t, again, pipeline.Counts{Waiting: 2})
	second, err := again.Take(t.Context(), 2)
	must(t, err)
	if second[1].Name != "a" || second[1].Attempt != 2 || second[0].Fence <= first[0].Fence {
		t.Errorf("took %+v, want b, then a at its second attempt, with higher fences", second)
	}
}

func TestANameThatKillsWhoeverWorksOnItBecomesADeadLetter(t *testing.T) {
	policy := pipeline.Policy{Patience: time.Minute, Tries: 2}
	q := open(t, openDB(t, filepath.Join(t.TempDir(), "q.db")), policy)
	must(t, q.Put(t.Context(), "g", "poison"))
	for range 6 {
		_, err := q.Take(t.Context(), 1)
		must(t, err)
		_, err = q.Recover(t.Context())
		must(t, err)
	}
	must(t, q.Put(t.Context(), "g", "plain"))
	leases, err := q.Take(t.Context(), 1)
	must(t, err)
	if len(leases) != 1 || leases[0].Name != "plain" {
		t.Errorf("took %+v, want the plain one", leases)
	}
	wantCounts(t, q, pipeline.Counts{Leased: 1, Dead: 1})
}

func TestATakerFindsWhatAnotherProcessPut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "q.db")
		here, there := open(t, openDB(t, path), pipeline.DefaultPolicy()), open(t, openDB(t, path), pipeline.DefaultPolicy())
		start := time.Now()
		time.AfterFunc(time.Hour, func() { _ = there.Put(t.Context(), "g", "a") })
		leases, err := here.Take(t.Context(), 1)
		must(t, err)
		if waited := time.Since(start); leases[0].Name != "a" || waited > time.Hour+2*time.Second {
			t.Errorf("took %s after %v, want a within two seconds of its being put", leases[0].Name, waited-time.Hour)
		}
	})
}

func BenchmarkTakeAndSettle(b *testing.B) {
	q := open(b, openDB(b, filepath.Join(b.TempDir(), "q.db")), pipeline.DefaultPolicy())
	for b.Loop() {
		if err := q.Put(b.Context(), "g", "a"); err != nil {
			b.Fatal(err)
		}
		leases, err := q.Take(b.Context(), 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := q.Settle(b.Context(), leases[0], nil); err != nil {
			b.Fatal(err)
		}
	}
}
