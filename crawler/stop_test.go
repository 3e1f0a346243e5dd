package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"probity/crawler"
	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// MODEL 5: fetches cancelled, leads given back uncounted, out within two seconds.
func TestToldToStopItGivesItsLeadsBackUncounted(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		for i := range 5 {
			u := fmt.Sprintf("http://h%d.example/", i)
			h.web.says(u, answer{hang: true})
			h.add("r", u)
		}
		stop := h.start()
		wait(gap + 5*time.Second)
		if p := h.Progress(); p.UnderWay != 5 {
			t.Fatalf("progress = %+v", p)
		}
		began := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("stopping took %s", d)
		}
		if c := h.counts("r"); c.Open != 5 || c.Leased != 0 {
			t.Errorf("counts = %+v", c)
		}
		wait(gap)
		b, err := h.frontier.Claim(t.Context(), "next", 10, time.Minute)
		if err != nil || len(b.Leases) != 5 || b.Leases[0].Attempt != 1 {
			t.Errorf("claimed %+v, %v", b, err)
		}
	})
}

func TestALongVisitKeepsItsLease(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.TTL = 30 * time.Second
		src := h.sources["s"]
		src.Manners.Timeout = time.Hour
		h.sources["s"] = src
		h.web.says("http://a.example/", answer{status: 200, body: "slow", takes: 23 * time.Second})
		h.web.says("http://b.example/", answer{status: 200, body: "too slow", takes: 25 * time.Second})
		h.add("r", "http://a.example/", "http://b.example/")
		c := h.within(time.Hour, "r")
		if c.Done != 1 || c.Failed["timeout"] != 1 {
			t.Errorf("counts = %+v: a request has to end within its lease, and the lease to be extended meanwhile", c)
		}
	})
}

func TestAVisitOfManyRequestsIsExtended(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.TTL = 30 * time.Second
		for i, u := range []string{"/robots.txt", "/r1", "/r2", "/r3"} {
			h.web.says("http://a.example"+u, answer{status: 302, location: fmt.Sprintf("/r%d", i+1), takes: 10 * time.Second})
		}
		h.web.says("http://a.example/r4", answer{status: 404})
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		if c := h.within(10*time.Minute, "r"); c.Done != 1 || h.web.asked("http://a.example/r4") != 1 {
			t.Errorf("counts = %+v, robots.txt came %d times", c, h.web.asked("http://a.example/r4"))
		}
	})
}

func TestALostLeaseIsDropped(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.TTL = time.Minute
		h.web.says("http://a.example/", answer{status: 200, body: "late", takes: 30 * time.Second})
		h.add("r", "http://a.example/")
		stop := h.start()
		wait(gap + 5*time.Second)
		if n, err := h.frontier.Recover(t.Context()); n != 1 || err != nil { // somebody takes the lease away
			t.Fatalf("recovered %d, %v", n, err)
		}
		wait(20 * time.Second) // the next extension tells
		if p := h.Progress(); p.Done != 0 {
			t.Errorf("progress = %+v", p)
		}
		wait(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if c := h.counts("r"); c.Done != 1 || len(h.captures()["http://a.example/"]) != 1 || h.queued() != 1 {
			t.Errorf("counts = %+v, captures = %v", c, h.captures())
		}
	})
}

func TestCommandsAreObeyedWithinASecond(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Changed = nil // as if another process gave them
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		target := crawler.Target{Run: "r"}
		if err := h.frontier.Pause(t.Context(), target, "lunch"); err != nil {
			t.Fatal(err)
		}
		stop := h.start()
		wait(100 * time.Minute)
		if h.web.visited() != 0 {
			t.Error("a paused run was visited")
		}
		if err := h.frontier.Resume(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		wait(time.Second + time.Millisecond)
		if h.web.visited() == 0 {
			t.Error("a resumed run was not visited within a second")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A full archive is one that has no room.
type fullArchive struct{}

func (fullArchive) Keep(context.Context, evidence.Exchange) (archive.Location, error) {
	return archive.Location{}, fmt.Errorf("%w: %w", errFull, evidence.ErrUnavailable)
}

func TestWithoutRoomTheCrawlStopsAndSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Archive = fullArchive{}
		h.add("r", "http://a.example/", "http://b.example/")
		if err := h.Run(t.Context()); !errors.Is(err, errFull) {
			t.Errorf("error = %v, want that there is no room", err)
		}
		if c := h.counts("r"); c.Open != 2 || c.Leased != 0 {
			t.Errorf("counts = %+v", c)
		}
	})
}

func TestWithoutRoomTheCrawlWaitsAndGoesOnByItself(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		var full atomic.Bool
		full.Store(true)
		h.Room = func() error {
			if full.Load() {
				return errFull
			}
			return nil
		}
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		stop := h.start()
		wait(time.Hour)
		if h.web.visited() != 0 || h.Progress().Waits != 1 {
			t.Errorf("%d visits and %d waits without room", h.web.visited(), h.Progress().Waits)
		}
		full.Store(false)
		wait(time.Second + time.Millisecond)
		if h.web.visited() == 0 {
			t.Error("with room again nothing was visited within a second")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// What an archive without room refuses is asked for again when there is some.
func TestAnAnswerForWhichThereWasNoRoomIsAskedForAgain(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		var full atomic.Bool
		kept := h.Archive
		h.Archive = fullArchive{}
		h.Room = func() error {
			if full.CompareAndSwap(false, true) { // it fills up between claim and answer
				return nil
			}
			return errFull
		}
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		stop := h.start()
		wait(time.Minute)
		if c := h.counts("r"); c.Open != 1 || c.Leased != 0 || c.Total() != 1 {
			t.Errorf("counts = %+v, want the lead given back uncounted", c)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		h.Archive, h.Room = kept, nil
		if c := h.within(time.Hour, "r"); c.Done != 1 {
			t.Errorf("counts = %+v, want it done", c)
		}
	})
}

func TestAPanicCostsOneLead(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.pages["http://a.example/bad"] = func(int) answer { defer h.web.mu.Unlock(); panic("parser") }
		h.web.says("http://b.example/", answer{status: 200, body: "b"})
		h.add("r", "http://a.example/bad", "http://b.example/")
		if c := h.within(time.Hour, "r"); c.Failed["panic"] != 1 || c.Done != 1 {
			t.Errorf("counts = %+v", c)
		}
	})
}

// MODEL 5: on start the archive's complete exchanges are adopted: each is
// settled once and never fetched again.
func TestAfterAKillBetweenArchiveAndSettlementTheAnswerIsAdopted(t *testing.T) {
	dir := t.TempDir()
	killed := errors.New("killed")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dir)
		h.web.says("http://a.example/1", answer{status: 200, body: "one"})
		h.web.says("http://b.example/2", answer{status: 302, location: "/3"})
		h.add("r", "http://a.example/1", "http://b.example/2")
		var kept sync.WaitGroup
		kept.Add(2)
		h.Desk = deskFunc(func(ctx context.Context, s crawler.Settlement) error {
			if s.Capture == nil {
				return h.desk.Settle(ctx, s)
			}
			kept.Done()
			kept.Wait() // both are in the archive, neither is settled
			return killed
		})
		if err := h.Run(t.Context()); !errors.Is(err, killed) {
			t.Fatalf("error = %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dir)
		if h.adopted != 2 {
			t.Errorf("adopted %d exchanges, want the two that were not settled", h.adopted)
		}
		h.web.says("http://b.example/3", answer{status: 200, body: "three"})
		if _, err := h.frontier.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := h.within(time.Hour, "r")
		if c.Done != 3 || h.queued() != 2 {
			t.Errorf("counts = %+v, %d queued", c, h.queued())
		}
		if n := h.web.asked("http://a.example/1") + h.web.asked("http://b.example/2"); n != 0 {
			t.Errorf("asked %d times again", n)
		}
		h.wantOnce()
	})
	synctest.Test(t, func(t *testing.T) {
		if h := open(t, dir); h.adopted != 0 {
			t.Errorf("adopted %d exchanges that were settled", h.adopted)
		}
	})
}

type deskFunc func(context.Context, crawler.Settlement) error

func (f deskFunc) Settle(ctx context.Context, s crawler.Settlement) error { return f(ctx, s) }

func TestMarksAreSetAroundTheSettlement(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		var marks []string
		h.Mark = func(p string) { marks = append(marks, p) }
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		h.within(time.Minute, "r")
		want := []string{"settle", "settled", "fetch", "keep", "kept", "settle", "settled"} // robots.txt first
		if !slices.Equal(marks, want) {
			t.Errorf("marks = %v, want %v", marks, want)
		}
	})
}

// Issue 4: with the store away workers wait with backoff and go on.
func TestASettlementWaitsForAStoreThatIsAway(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		var tries atomic.Int32
		h.Desk = deskFunc(func(ctx context.Context, s crawler.Settlement) error {
			if tries.Add(1) <= 8 {
				return fmt.Errorf("away: %w", evidence.ErrUnavailable)
			}
			return h.desk.Settle(ctx, s)
		})
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		if c := h.within(time.Hour, "r"); c.Done != 1 {
			t.Errorf("counts = %+v", c)
		}
		if n := h.web.asked("http://a.example/"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestASettlementThatWaitsTooLongCostsOneVisitAndNotTheRound(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		back := time.Now().Add(90 * time.Second) // longer than a lease
		h.Desk = deskFunc(func(ctx context.Context, s crawler.Settlement) error {
			if time.Now().Before(back) {
				return fmt.Errorf("away: %w", evidence.ErrUnavailable)
			}
			return h.desk.Settle(ctx, s)
		})
		h.Frontier = away{h.Frontier, back}
		h.web.says("http://a.example/", answer{status: 200, body: "a"})
		h.add("r", "http://a.example/")
		if c := h.within(2*time.Hour, "r"); c.Done != 1 {
			t.Errorf("counts = %+v", c)
		}
	})
}

// away extends nothing until a moment.
type away struct {
	crawler.Frontier
	until time.Time
}

func (a away) Extend(ctx context.Context, ttl time.Duration, leases ...crawler.Lease) ([]crawler.Lease, error) {
	if time.Now().Before(a.until) {
		return nil, evidence.ErrUnavailable
	}
	return a.Frontier.Extend(ctx, ttl, leases...)
}
