package redisboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/redisboard"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
)

const lasts = 600 * time.Millisecond

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func candidate(db *redisdb.DB, who string) *redisboard.Leader {
	return redisboard.NewLeader(db, "evaluate", who, lasts, slog.New(slog.DiscardHandler))
}

// reign is one term of a leader under test.
type reign struct {
	who   string
	fence int64
	lost  chan struct{} // closed when its context ends
	then  chan error    // what do is to return
}

// run lets a candidate lead; each term is sent on terms.
func run(ctx context.Context, l *redisboard.Leader, who string, terms chan<- reign) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- l.Lead(ctx, func(ctx context.Context, fence int64) error {
			r := reign{who: who, fence: fence, lost: make(chan struct{}), then: make(chan error, 1)}
			terms <- r
			defer close(r.lost)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case err := <-r.then:
				return err
			}
		})
	}()
	return ended
}

func next(t *testing.T, terms <-chan reign) reign {
	t.Helper()
	select {
	case r := <-terms:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("nobody leads")
		return reign{}
	}
}

func TestOneLeadsAtATimeAndTheNextFollowsWhenHeGoesHome(t *testing.T) {
	db := redistest.Shared(t)
	terms := make(chan reign)
	ctx, cancel := context.WithCancel(t.Context())
	a := run(ctx, candidate(db, "a"), "a", terms)
	first := next(t, terms)
	b := run(t.Context(), candidate(db, "b"), "b", terms)
	select {
	case r := <-terms:
		t.Fatalf("%s leads beside %s", r.who, first.who)
	case <-time.After(2 * lasts): // longer than a lease: the heartbeat holds it
	}
	if o, err := candidate(db, "c").Who(t.Context()); err != nil || o.Who != "a" || o.Fence != first.fence || !o.Until.After(o.Since) {
		t.Errorf("the office is %+v, %v, want a's", o, err)
	}
	cancel()
	if err := <-a; err != nil {
		t.Errorf("lead = %v, want none when told to stop", err)
	}
	second := next(t, terms)
	if second.who != "b" || second.fence <= first.fence {
		t.Errorf("%s leads by fence %d after %d, want b by a higher one", second.who, second.fence, first.fence)
	}
	boom := errors.New("boom")
	second.then <- boom
	if err := <-b; !errors.Is(err, boom) {
		t.Errorf("lead = %v, want what its work returned", err)
	}
}

func TestALeaderThatTheServerCannotHearStopsInTimeAndAnotherFollowsByAHigherFence(t *testing.T) {
	for how, away := range map[string][2]func(*redistest.Server){
		"killed, and everything forgotten": {(*redistest.Server).Kill, (*redistest.Server).Up},
		"stopped and holding on":           {(*redistest.Server).Pause, (*redistest.Server).Resume},
	} {
		t.Run(how, func(t *testing.T) {
			s := redistest.Start(t)
			db := s.Open(redisdb.Settings{Timeout: 200 * time.Millisecond})
			terms := make(chan reign)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			a := run(ctx, candidate(db, "a"), "a", terms)
			first := next(t, terms)
			away[0](s)
			stopped := time.Now()
			<-first.lost
			if after := time.Since(stopped); after > lasts+lasts/2 {
				t.Errorf("it led for %v after its last heartbeat, want at most %v", after, lasts)
			}
			away[1](s)
			if second := next(t, terms); second.fence <= first.fence {
				t.Errorf("fence %d after %d, want it higher", second.fence, first.fence)
			}
			cancel()
			must(t, <-a)
		})
	}
}

func TestNobodyEverLed(t *testing.T) {
	if _, err := candidate(redistest.Shared(t), "a").Who(t.Context()); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("who = %v, want not found", err)
	}
}

func TestMembersAreListedWhileTheyBeat(t *testing.T) {
	b := redisboard.NewBoard(redistest.Shared(t), lasts)
	must(t, b.Beat(t.Context(), redisboard.Member{Name: "crawl-1", Role: "crawl", Status: json.RawMessage(`{"fetched":3}`)}))
	must(t, b.Beat(t.Context(), redisboard.Member{Name: "extract-1", Role: "extract"}))
	must(t, b.Beat(t.Context(), redisboard.Member{Name: "crawl-1", Role: "crawl", Status: json.RawMessage(`{"fetched":4}`)}))
	members, err := b.Members(t.Context())
	must(t, err)
	if len(members) != 2 || members[0].Name != "extract-1" || members[1].Name != "crawl-1" {
		t.Fatalf("members %+v, want both by their last beat", members)
	}
	if m := members[1]; m.Role != "crawl" || string(m.Status) != `{"fetched":4}` || !m.Seen.After(m.Since) {
		t.Errorf("member %+v, want role, the last status, and since before seen", m)
	}
	must(t, b.Leave(t.Context(), "extract-1"))
	if members, err = b.Members(t.Context()); err != nil || len(members) != 1 {
		t.Errorf("members %+v, %v after one left", members, err)
	}
	<-time.After(lasts + lasts/4)
	if members, err = b.Members(t.Context()); err != nil || len(members) != 0 {
		t.Errorf("members %+v, %v, want none after their time", members, err)
	}
	must(t, b.Beat(t.Context(), redisboard.Member{Name: "crawl-1", Role: "crawl"}))
	if members, err = b.Members(t.Context()); err != nil || len(members) != 1 || !members[0].Since.Equal(members[0].Seen) {
		t.Errorf("members %+v, %v, want one that came again", members, err)
	}
	if err := b.Beat(t.Context(), redisboard.Member{Role: "crawl"}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("a beat without a name = %v, want invalid", err)
	}
}

func TestWishesWaitInTheirOrderUntilTheyAreGranted(t *testing.T) {
	b := redisboard.NewBoard(redistest.Shared(t), lasts)
	for i := range 3 {
		_, err := b.Wish(t.Context(), map[string]int{"n": i})
		must(t, err)
	}
	for range 2 { // as by two leaders, of whom the first died
		wishes, err := b.Wishes(t.Context(), 2)
		must(t, err)
		if len(wishes) != 2 || string(wishes[0].Order) != `{"n":0}` || wishes[0].ID >= wishes[1].ID {
			t.Fatalf("wishes %+v, want the two oldest in their order", wishes)
		}
	}
	wishes, err := b.Wishes(t.Context(), 10)
	must(t, err)
	for i, w := range wishes {
		if want := fmt.Sprintf(`{"n":%d}`, i); string(w.Order) != want {
			t.Errorf("wish %d is %s, want %s", i, w.Order, want)
		}
		must(t, b.Granted(t.Context(), w.ID))
		must(t, b.Granted(t.Context(), w.ID))
	}
	if wishes, err = b.Wishes(t.Context(), 10); err != nil || len(wishes) != 0 {
		t.Errorf("wishes %+v, %v, want none", wishes, err)
	}
	if _, err := b.Wish(t.Context(), strings.Repeat("x", redisboard.LongestWish)); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("a wish too long = %v, want invalid", err)
	}
	if _, err := b.Wish(t.Context(), func() {}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("a wish that is no JSON = %v, want invalid", err)
	}
}

func TestABoardThatIsAwayIsUnavailable(t *testing.T) {
	s := redistest.Start(t)
	b := redisboard.NewBoard(s.Open(redisdb.Settings{Timeout: 200 * time.Millisecond}), lasts)
	s.Kill()
	if _, err := b.Members(t.Context()); !errors.Is(err, evidence.ErrUnavailable) {
		t.Errorf("members = %v, want unavailable", err)
	}
}
