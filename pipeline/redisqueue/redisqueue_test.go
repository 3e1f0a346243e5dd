package redisqueue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
	"probity/pipeline/queuetest"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
	"probity/pipeline/redisqueue"
)

func open(db *redisdb.DB, policy pipeline.Policy) *redisqueue.Queue {
	return redisqueue.Open(db, "captures", policy, time.Now)
}

func TestConformance(t *testing.T) {
	queuetest.Run(t, queuetest.Backend{
		Unit: 100 * time.Millisecond,
		Open: func(t *testing.T, policy pipeline.Policy) queuetest.Queue {
			return open(redistest.Shared(t), policy)
		},
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, q *redisqueue.Queue, n int) []pipeline.Lease {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	leases, err := q.Take(ctx, n)
	must(t, err)
	return leases
}

func wantCounts(t *testing.T, q *redisqueue.Queue, group string, want pipeline.Counts) {
	t.Helper()
	if got, err := q.Len(t.Context(), group); err != nil || got != want {
		t.Errorf("counts of %q %+v, %v, want %+v", group, got, err, want)
	}
}

func TestATakerFindsWhatAnotherProcessPut(t *testing.T) {
	db := redistest.Shared(t)
	here, there := open(db, pipeline.DefaultPolicy()), open(db, pipeline.DefaultPolicy())
	time.AfterFunc(time.Second, func() { _ = there.Put(context.Background(), "g", "a") })
	start := time.Now()
	if l := take(t, here, 1); l[0].Name != "a" || time.Since(start) > 3*time.Second {
		t.Errorf("took %s after %v, want a within two seconds of its being put", l[0].Name, time.Since(start))
	}
}

func TestManyNamesComeOutInTheirOrderAndAreCountedByGroup(t *testing.T) {
	q := open(redistest.Shared(t), pipeline.DefaultPolicy())
	names := make([]string, 2500)
	for i := range names {
		names[i] = fmt.Sprintf("name-%04d", i)
	}
	must(t, q.Put(t.Context(), "g", names...))
	must(t, q.Put(t.Context(), "h", "x"))
	for at := 0; at < len(names); {
		for _, l := range take(t, q, 400) {
			if at < len(names) && l.Name != names[at] {
				t.Fatalf("took %s as number %d", l.Name, at)
			}
			at++
		}
	}
	wantCounts(t, q, "g", pipeline.Counts{Leased: 2500})
}

func TestALateSettleHoldsWhileNobodyElseTookTheName(t *testing.T) {
	q := open(redistest.Shared(t), pipeline.Policy{Patience: 50 * time.Millisecond, Tries: 3})
	must(t, q.Put(t.Context(), "g", "a", "b"))
	l := take(t, q, 2)
	for {
		c, err := q.Len(t.Context(), "g")
		must(t, err)
		if c.Waiting == 2 {
			break
		}
	}
	must(t, q.Extend(t.Context(), l[1]))
	wantCounts(t, q, "g", pipeline.Counts{Waiting: 1, Leased: 1})
	must(t, q.Settle(t.Context(), l[0], nil))
	must(t, q.Settle(t.Context(), l[1], nil))
	wantCounts(t, q, "", pipeline.Counts{})
}

func TestANameThatKillsWhoeverWorksOnItBecomesADeadLetter(t *testing.T) {
	q := open(redistest.Shared(t), pipeline.Policy{Patience: time.Millisecond, Tries: 2})
	must(t, q.Put(t.Context(), "g", "poison"))
	for i := range 6 {
		if l := take(t, q, 1); l[0].Attempt != i+1 {
			t.Fatalf("took it at attempt %d, want %d", l[0].Attempt, i+1)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if l, err := q.Take(ctx, 1); err == nil {
		t.Errorf("took %+v, want nothing", l)
	}
	letters, err := q.Dead(t.Context(), "")
	if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Reason, "unsettled too often") || letters[0].Attempts != 6 {
		t.Errorf("dead letters %+v, %v", letters, err)
	}
}

func TestANameWithANULIsRefused(t *testing.T) {
	q := open(redistest.Shared(t), pipeline.DefaultPolicy())
	for _, c := range [][2]string{{"g\x00", "a"}, {"g", "\x00a"}} {
		if err := q.Put(t.Context(), c[0], c[1]); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("put %q = %v, want invalid", c, err)
		}
	}
}

func TestAFullServerRefusesNewNamesAndGoesOnWithTheOld(t *testing.T) {
	db := redistest.Start(t, "--maxmemory", "4mb").Open(redisdb.Settings{})
	q := open(db, pipeline.DefaultPolicy())
	must(t, q.Put(t.Context(), "g", "a", "b"))
	var err error
	for i := 0; err == nil && i < 5000; i++ {
		_, err = db.Do(t.Context(), "SET", fmt.Sprint("filler", i), strings.Repeat("x", 10_000))
	}
	more := 0
	for err = nil; err == nil && more < 100_000; more++ { // what little room there is
		err = q.Put(t.Context(), "more", strconv.Itoa(more))
	}
	if _, is := errors.AsType[*redisdb.FullError](err); !is || !errors.Is(err, evidence.ErrUnavailable) {
		t.Fatalf("put into a full server = %v, want that it is full", err)
	}
	wantCounts(t, q, "more", pipeline.Counts{Waiting: more - 1})
	l := take(t, q, 2)
	must(t, q.Extend(t.Context(), l...))
	must(t, q.Settle(t.Context(), l[0], nil))
	must(t, q.Settle(t.Context(), l[1], evidence.ErrInvalid))
	wantCounts(t, q, "g", pipeline.Counts{Dead: 1})
	for i := range 5000 {
		_, err := db.Do(t.Context(), "DEL", fmt.Sprint("filler", i))
		must(t, err)
	}
	must(t, q.Put(t.Context(), "g", "c"))
}

func TestNoFenceIsGivenOutTwiceThoughTheServerForgotEverything(t *testing.T) {
	s := redistest.Start(t)
	q := open(s.Open(redisdb.Settings{}), pipeline.DefaultPolicy())
	must(t, q.Put(t.Context(), "g", "a"))
	first := take(t, q, 1)[0]
	s.Kill()
	s.Up()
	must(t, q.Put(t.Context(), "g", "a"))
	second := take(t, q, 1)[0]
	if second.Fence <= first.Fence {
		t.Errorf("fence %d after %d", second.Fence, first.Fence)
	}
	if err := q.Settle(t.Context(), first, nil); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("settle a lease that was forgotten = %v, want a conflict", err)
	}
}

func TestWorkWaitsWhileTheServerIsStoppedAndGoesOn(t *testing.T) {
	for how, away := range map[string][2]func(*redistest.Server){
		"killed":                 {(*redistest.Server).Kill, (*redistest.Server).Up},
		"stopped and holding on": {(*redistest.Server).Pause, (*redistest.Server).Resume},
	} {
		t.Run(how, func(t *testing.T) {
			s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			q := open(s.Open(redisdb.Settings{Timeout: 300 * time.Millisecond}), pipeline.Policy{Patience: 2 * time.Second, Tries: 3, Backoff: time.Second, Longest: time.Second})
			must(t, q.Put(t.Context(), "g", "a", "b", "c"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var done atomic.Int64
			first, back := make(chan struct{}), make(chan struct{})
			ended := make(chan error)
			go func() {
				loop := pipeline.Loop{Log: slog.New(slog.DiscardHandler), Policy: pipeline.Policy{Patience: 2 * time.Second}, Workers: 2, Away: 500 * time.Millisecond}
				ended <- pipeline.Work(ctx, loop, q, func(context.Context, pipeline.Lease) error {
					if done.Add(1) == 1 {
						close(first)
						<-back // it is away while this one wants to settle
					}
					return nil
				})
			}()
			<-first
			away[0](s)
			if err := q.Put(t.Context(), "g", "d"); !errors.Is(err, evidence.ErrUnavailable) {
				t.Errorf("put = %v, want unavailable", err)
			}
			close(back)
			<-time.After(time.Second)
			away[1](s)
			soon(t, ended, func() bool { return q.Put(t.Context(), "g", "e") == nil })
			soon(t, ended, func() bool {
				c, err := q.Len(t.Context(), "")
				return err == nil && c.Empty()
			})
			wantCounts(t, q, "", pipeline.Counts{})
			cancel()
			if err := <-ended; err != nil || done.Load() < 4 {
				t.Errorf("work = %v after %d names, want none after four at least", err, done.Load())
			}
		})
	}
}

// soon waits until is holds, while the work goes on.
func soon(t *testing.T, ended <-chan error, is func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for tick := time.Tick(20 * time.Millisecond); !is(); {
		select {
		case err := <-ended:
			t.Fatalf("work ended: %v", err)
		case <-deadline:
			t.Fatal("not within half a minute")
		case <-tick:
		}
	}
}

func BenchmarkQueue(b *testing.B) {
	for _, n := range []int{1, 20} {
		b.Run(fmt.Sprintf("put, take and settle %d", n), func(b *testing.B) {
			q := open(redistest.Shared(b), pipeline.DefaultPolicy())
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf("0198f7c0-0000-7000-8000-%012d", i)
			}
			for b.Loop() {
				must(b, q.Put(b.Context(), "run", names...))
				leases, err := q.Take(b.Context(), n)
				must(b, err)
				for _, l := range leases {
					must(b, q.Settle(b.Context(), l, nil))
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "names/s")
		})
	}
}

func TestWhatNobodyCanWorkOnIsGivenUp(t *testing.T) {
	q := open(redistest.Shared(t), pipeline.DefaultPolicy())
	must(t, q.Put(t.Context(), "r", "a", "b"))
	must(t, q.Put(t.Context(), "s", "a"))
	held := take(t, q, 1)[0]
	names, err := q.Names(t.Context(), "r")
	if must(t, err); len(names) != 2 {
		t.Errorf("names %v", names)
	}
	n, err := q.GiveUp(t.Context(), "r", "its disk is gone", append(names, "unknown")...)
	if must(t, err); n != 2 {
		t.Errorf("%d were given up", n)
	}
	wantCounts(t, q, "r", pipeline.Counts{Dead: 2})
	wantCounts(t, q, "s", pipeline.Counts{Waiting: 1})
	if err := q.Settle(t.Context(), held, errors.New("late")); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("who held it settles: %v", err)
	}
	letters, err := q.Dead(t.Context(), "r")
	if must(t, err); len(letters) != 2 || letters[0].Reason != "its disk is gone" {
		t.Errorf("letters %+v", letters)
	}
}
