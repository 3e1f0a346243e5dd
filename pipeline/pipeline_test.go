package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

func TestJudge(t *testing.T) {
	policy := pipeline.DefaultPolicy()
	for _, c := range []struct {
		name    string
		fault   error
		attempt int
		verdict pipeline.Verdict
		wait    time.Duration
	}{
		{"no fault is done", nil, 1, pipeline.Done, 0},
		{"a plain fault waits ten seconds", errors.New("x"), 1, pipeline.Again, 10 * time.Second},
		{"and twice as long each time", errors.New("x"), 3, pipeline.Again, 40 * time.Second},
		{"the last try was the last", errors.New("x"), 5, pipeline.Dead, 0},
		{"unavailable is tried again", evidence.ErrUnavailable, 1, pipeline.Again, 10 * time.Second},
		{"a conflict is tried again", evidence.ErrConflict, 1, pipeline.Again, 10 * time.Second},
		{"an asked-for wait is granted however long", evidence.RetryAfter(errors.New("x"), time.Hour), 1, pipeline.GiveBack, time.Hour},
		{"and however often", evidence.RetryAfter(errors.New("x"), time.Second), 5, pipeline.GiveBack, time.Second},
		{"unavailable without a time counts", evidence.ErrUnavailable, 5, pipeline.Dead, 0},
		{"what is final is no less so for asking", evidence.RetryAfter(evidence.ErrInvalid, time.Second), 1, pipeline.Dead, 0},
		{"invalid is final", evidence.ErrInvalid, 1, pipeline.Dead, 0},
		{"forbidden is final", evidence.ErrForbidden, 1, pipeline.Dead, 0},
		{"not found is final", evidence.ErrNotFound, 1, pipeline.Dead, 0},
		{"a cancelled context is nobody's failure", fmt.Errorf("x: %w", context.Canceled), 5, pipeline.GiveBack, 0},
		{"a deadline is a failure", context.DeadlineExceeded, 1, pipeline.Again, 10 * time.Second},
	} {
		if verdict, wait := policy.Judge(c.fault, c.attempt); verdict != c.verdict || wait != c.wait {
			t.Errorf("%s: verdict %d after %v, want %d after %v", c.name, verdict, wait, c.verdict, c.wait)
		}
	}
	policy.Tries = 100
	if _, wait := policy.Judge(errors.New("x"), 90); wait != policy.Longest {
		t.Errorf("the 90th wait is %v, want %v", wait, policy.Longest)
	}
}

// works runs the loop on a queue of its own in false time, until do calls stop;
// without do, after has the queue to itself.
func works(t *testing.T, workers int, names []string, do func(ctx context.Context, stop func(), l pipeline.Lease) error, after func(*testing.T, *sqlitequeue.Queue)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "q.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		policy := pipeline.DefaultPolicy()
		q, err := sqlitequeue.Open(t.Context(), db, "q", policy, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Put(t.Context(), "g", names...); err != nil {
			t.Fatal(err)
		}
		if do != nil {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			loop := pipeline.Loop{Log: slog.New(slog.DiscardHandler), Policy: policy, Workers: workers}
			err = pipeline.Work(ctx, loop, q, func(ctx context.Context, l pipeline.Lease) error { return do(ctx, cancel, l) })
			if err != nil {
				t.Errorf("work = %v, want none", err)
			}
		}
		after(t, q)
	})
}

func wantCounts(want pipeline.Counts) func(*testing.T, *sqlitequeue.Queue) {
	return func(t *testing.T, q *sqlitequeue.Queue) {
		t.Helper()
		if got, err := q.Len(t.Context(), ""); err != nil || got != want {
			t.Errorf("counts %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestAFaultIsTriedAgainAfterTheOthers(t *testing.T) {
	var got []string
	works(t, 1, []string{"plain", "flaky", "last"}, func(_ context.Context, stop func(), l pipeline.Lease) error {
		switch got = append(got, l.Name); len(got) {
		case 2:
			return errors.New("flaky once")
		case 4:
			stop()
		}
		return nil
	}, wantCounts(pipeline.Counts{}))
	if want := []string{"plain", "flaky", "last", "flaky"}; !slices.Equal(got, want) {
		t.Errorf("worked on %q, want %q", got, want)
	}
}

func TestWorkGoingOnIsFinishedWhenToldToStop(t *testing.T) {
	works(t, 1, []string{"a", "b"}, func(ctx context.Context, stop func(), _ pipeline.Lease) error {
		stop()
		synctest.Wait()
		return ctx.Err()
	}, wantCounts(pipeline.Counts{Waiting: 1}))
}

// "Ctrl-C: fetches cancelled, leads given back uncounted, out within two
// seconds" (MODEL section 5).
func TestWorkThatTakesLongIsGivenBackUncountedAndTheLoopIsOutWithinTwoSeconds(t *testing.T) {
	works(t, 2, []string{"a", "b"}, func(ctx context.Context, stop func(), l pipeline.Lease) error {
		start := time.Now()
		if l.Name == "a" {
			stop()
		}
		<-ctx.Done()
		if waited := time.Since(start); waited > 2*time.Second {
			t.Errorf("cut off after %v", waited)
		}
		return ctx.Err()
	}, func(t *testing.T, q *sqlitequeue.Queue) {
		wantCounts(pipeline.Counts{Waiting: 2})(t, q)
		if leases, err := q.Take(t.Context(), 2); err != nil || leases[0].Attempt != 1 || leases[1].Attempt != 1 {
			t.Errorf("took %+v, %v, want both at their first attempt", leases, err)
		}
	})
}

func TestLongWorkKeepsItsLease(t *testing.T) {
	var mu sync.Mutex
	times := 0
	works(t, 2, []string{"long"}, func(ctx context.Context, stop func(), _ pipeline.Lease) error {
		mu.Lock()
		times++
		mu.Unlock()
		defer stop()
		select {
		case <-time.After(10 * pipeline.DefaultPolicy().Patience):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, wantCounts(pipeline.Counts{}))
	if times != 1 {
		t.Errorf("worked on it %d times, want once", times)
	}
}

func TestWorkThatLostItsLeaseIsCutOffAndDoesNotSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "q.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		policy := pipeline.DefaultPolicy()
		q, err := sqlitequeue.Open(t.Context(), db, "q", policy, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Put(t.Context(), "g", "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var thief pipeline.Lease
		loop := pipeline.Loop{Log: slog.New(slog.DiscardHandler), Policy: policy, Workers: 1}
		err = pipeline.Work(ctx, loop, q, func(inner context.Context, _ pipeline.Lease) error {
			_, err := q.Recover(inner) // as if the lease had ended while this process slept
			if err != nil {
				return err
			}
			leases, err := q.Take(inner, 1)
			if err != nil {
				return err
			}
			thief = leases[0]
			<-inner.Done()
			cancel()
			return inner.Err()
		})
		if err != nil {
			t.Error(err)
		}
		if err := q.Settle(t.Context(), thief, nil); err != nil {
			t.Errorf("the new holder cannot settle: %v", err)
		}
		wantCounts(pipeline.Counts{})(t, q)
	})
}

// A flaky queue is away between two instants.
type flaky struct {
	pipeline.Queue
	from, until time.Time
	asked       int
}

func (q *flaky) away() error {
	if now := time.Now(); now.Before(q.from) || !now.Before(q.until) {
		return nil
	}
	q.asked++
	return fmt.Errorf("ask the queue: %w: it restarts", evidence.ErrUnavailable)
}

func (q *flaky) Take(ctx context.Context, n int) ([]pipeline.Lease, error) {
	if err := q.away(); err != nil {
		return nil, err
	}
	return q.Queue.Take(ctx, n)
}

func (q *flaky) Settle(ctx context.Context, l pipeline.Lease, fault error) error {
	if err := q.away(); err != nil {
		return err
	}
	return q.Queue.Settle(ctx, l, fault)
}

func TestWorkWaitsForAQueueThatIsAwayAndGoesOn(t *testing.T) {
	for _, c := range []struct {
		name  string
		from  time.Duration
		works time.Duration
	}{
		{"when it takes", 0, 0},
		{"when it settles", time.Second, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			works(t, 1, nil, nil, func(t *testing.T, inner *sqlitequeue.Queue) {
				t.Helper()
				q := &flaky{Queue: inner, from: time.Now().Add(c.from), until: time.Now().Add(time.Minute)}
				if err := q.Put(t.Context(), "g", "a"); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(2*time.Minute, cancel)
				times := 0
				loop := pipeline.Loop{Log: slog.New(slog.DiscardHandler), Policy: pipeline.Policy{Patience: time.Hour}, Away: 4 * time.Second}
				err := pipeline.Work(ctx, loop, q, func(context.Context, pipeline.Lease) error {
					times++
					<-time.After(c.works)
					return nil
				})
				if err != nil || times != 1 {
					t.Errorf("work = %v after %d times, want none after one", err, times)
				}
				if q.asked < 10 || q.asked > 40 {
					t.Errorf("it was asked %d times in a minute, want waits up to four seconds", q.asked)
				}
				wantCounts(pipeline.Counts{})(t, inner)
			})
		})
	}
}

func TestWorkDoesNotStayForAQueueThatIsAwayWhenToldToStop(t *testing.T) {
	works(t, 1, nil, nil, func(t *testing.T, inner *sqlitequeue.Queue) {
		t.Helper()
		if err := inner.Put(t.Context(), "g", "a"); err != nil {
			t.Fatal(err)
		}
		q := &flaky{Queue: inner, from: time.Now().Add(time.Second), until: time.Now().Add(time.Hour)}
		ctx, cancel := context.WithCancel(t.Context())
		loop := pipeline.Loop{Log: slog.New(slog.DiscardHandler), Policy: pipeline.DefaultPolicy(), Away: 4 * time.Second}
		var told time.Time
		err := pipeline.Work(ctx, loop, q, func(context.Context, pipeline.Lease) error {
			<-time.After(2 * time.Second)
			told = time.Now()
			cancel()
			return nil
		})
		if took := time.Since(told); err != nil || took > 2*time.Second {
			t.Errorf("work = %v after %v, want none within two seconds", err, took)
		}
	})
}

func TestWorkEndsWithAQueueThatIsAwayUnlessItIsToWait(t *testing.T) {
	works(t, 1, nil, nil, func(t *testing.T, inner *sqlitequeue.Queue) {
		t.Helper()
		q := &flaky{Queue: inner, until: time.Now().Add(time.Hour)}
		loop := pipeline.Loop{Log: slog.New(slog.DiscardHandler), Policy: pipeline.DefaultPolicy()}
		if err := pipeline.Work(t.Context(), loop, q, nil); !errors.Is(err, evidence.ErrUnavailable) {
			t.Errorf("work = %v, want that the queue is away", err)
		}
	})
}
