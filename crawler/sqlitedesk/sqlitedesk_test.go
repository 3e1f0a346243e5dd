package sqlitedesk_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"probity/crawler"
	"probity/crawler/sqlitedesk"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// open returns a desk that writes the fence of each lease into a table and
// refuses those that are negative, and how many settlements each call had.
func open(t *testing.T, first func()) (*sqlitedesk.Desk, func() []int64, func() []int) {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Define(t.Context(), `CREATE TABLE settled (fence INTEGER PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	var sizes []int // under the writer's lock
	d := sqlitedesk.New(db, func(ctx context.Context, tx *sqlitedb.Tx, batch []crawler.Settlement) error {
		once.Do(first)
		sizes = append(sizes, len(batch))
		for _, s := range batch {
			if s.Lease.Fence < 0 {
				return fmt.Errorf("lease %d: %w", s.Lease.Fence, evidence.ErrConflict)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO settled VALUES (?)`, s.Lease.Fence); err != nil {
				return err
			}
		}
		return nil
	})
	settled := func() (all []int64) {
		err := db.Read(context.Background(), func(tx *sqlitedb.Tx) error {
			return tx.Each(context.Background(), `SELECT fence FROM settled ORDER BY fence`, nil, func(r *sqlitedb.Rows) error {
				var n int64
				err := r.Scan(&n)
				all = append(all, n)
				return err
			})
		})
		if err != nil {
			t.Error(err)
		}
		return all
	}
	return d, settled, func() []int { return sizes }
}

func settlement(fence int64) crawler.Settlement {
	return crawler.Settlement{Lease: crawler.Lease{Fence: fence}}
}

func TestALostLeaseCostsNobodyElseHisSettlement(t *testing.T) {
	begun, others := make(chan struct{}), make(chan struct{})
	d, settled, sizes := open(t, func() { close(begun); <-others })
	var wg sync.WaitGroup
	errs := make([]error, 10)
	wg.Go(func() { errs[0] = d.Settle(t.Context(), settlement(100)) })
	<-begun // the others come while that is written
	var asked sync.WaitGroup
	for i := int64(1); i < 10; i++ {
		fence := i
		if i == 5 {
			fence = -5
		}
		asked.Add(1)
		wg.Go(func() {
			asked.Done()
			errs[i] = d.Settle(t.Context(), settlement(fence))
		})
	}
	asked.Wait()
	close(others)
	wg.Wait()
	for i, err := range errs {
		if lost := i == 5; lost != errors.Is(err, evidence.ErrConflict) || !lost && err != nil {
			t.Errorf("settlement %d: %v", i, err)
		}
	}
	if got, want := settled(), []int64{1, 2, 3, 4, 6, 7, 8, 9, 100}; !slices.Equal(got, want) {
		t.Errorf("settled are %v, want %v", got, want)
	}
	if sizes()[0] != 1 {
		t.Errorf("the first waited for company: %v", sizes())
	}
}

func TestWhoeverComesMeanwhileIsOneTransaction(t *testing.T) {
	begun, others := make(chan struct{}), make(chan struct{})
	d, settled, sizes := open(t, func() { close(begun); <-others })
	var wg sync.WaitGroup
	wg.Go(func() { _ = d.Settle(t.Context(), settlement(0)) })
	<-begun
	for i := range int64(50) {
		wg.Go(func() {
			if err := d.Settle(t.Context(), settlement(1+i)); err != nil {
				t.Error(err)
			}
		})
	}
	for d.Waiting() < 50 {
		continue
	}
	close(others)
	wg.Wait()
	if len(settled()) != 51 || !slices.Equal(sizes(), []int{1, 50}) {
		t.Errorf("%d are settled, in transactions of %v, want 1 and 50", len(settled()), sizes())
	}
}

func TestWhoeverGoesAwayIsNotWaitedFor(t *testing.T) {
	begun, others := make(chan struct{}), make(chan struct{})
	d, settled, _ := open(t, func() { close(begun); <-others })
	var wg sync.WaitGroup
	wg.Go(func() { _ = d.Settle(t.Context(), settlement(0)) })
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Settle(ctx, settlement(7)); !errors.Is(err, context.Canceled) {
		t.Errorf("settle with an ended context: %v", err)
	}
	close(others)
	wg.Wait()
	if err := d.Settle(t.Context(), settlement(8)); err != nil {
		t.Error(err)
	}
	if got := settled(); !slices.Equal(got, []int64{0, 8}) {
		t.Errorf("settled are %v: nobody waits for 7 any more", got)
	}
}
