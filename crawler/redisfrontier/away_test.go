package redisfrontier

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
)

// Issue 4: adds refused, claims and acknowledgements go on.
func TestAFullServerRefusesAddsAndGoesOn(t *testing.T) {
	s := redistest.Start(t, "--maxmemory", "6mb")
	f := open(t, s.Open(redisdb.Settings{}), Settings{Shards: 4})
	ctx := t.Context()
	n, total := 0, 0
	for {
		leads := leadsOf(t, fmt.Sprintf("http://h%d.example/%s%%d", n%20, strings.Repeat("x", 100)+strconv.Itoa(n)), 100)
		a, err := f.Add(ctx, "r", evidence.Manners{Gap: 1}, leads...)
		total += a.New
		if full, ok := errors.AsType[*redisdb.FullError](err); ok {
			if !errors.Is(full, evidence.ErrUnavailable) {
				t.Errorf("error = %v", err)
			}
			break
		}
		if err != nil || n > 1000 {
			t.Fatal(err, n)
		}
		n++
	}
	if got := drain(t, f); len(got) != total {
		t.Errorf("%d of %d leads came from a full server", len(got), total)
	}
	if err := f.Forget(ctx, "r"); err != nil {
		t.Error(err)
	}
	if a, err := f.Add(ctx, "r2", evidence.Manners{}, leadOf(t, "http://a.example/1")); err != nil || a.New != 1 {
		t.Errorf("added %+v when there was room again: %v", a, err)
	}
}

// Issue 4: with Redis away every call says so in time, and works afterwards.
func TestAwayAndBack(t *testing.T) {
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	f := open(t, s.Open(redisdb.Settings{Timeout: 500 * time.Millisecond}), Settings{Shards: 4})
	if _, err := f.Add(t.Context(), "r", evidence.Manners{Gap: time.Millisecond}, leadsOf(t, "http://h%d.example/", 3)...); err != nil {
		t.Fatal(err)
	}
	b, err := f.Claim(t.Context(), "w", 1, time.Minute)
	if err != nil || len(b.Leases) != 1 {
		t.Fatalf("claimed %v: %v", b.Leases, err)
	}
	s.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	l, ld := b.Leases[0], leadOf(t, "http://x.example/")
	for verb, call := range map[string]func() error{
		"add":     func() error { _, err := f.Add(ctx, "r", evidence.Manners{}, ld); return err },
		"again":   func() error { _, err := f.Again(ctx, "r", evidence.Manners{}, ld); return err },
		"adopt":   func() error { _, err := f.Adopt(ctx, "r", ld, crawler.Outcome{Result: crawler.Done}); return err },
		"claim":   func() error { _, err := f.Claim(ctx, "w", 1, time.Minute); return err },
		"extend":  func() error { _, err := f.Extend(ctx, time.Minute, l); return err },
		"settle":  func() error { return f.Settle(ctx, l, crawler.Outcome{Result: crawler.Done}) },
		"reap":    func() error { _, err := f.Reap(ctx); return err },
		"pause":   func() error { return f.Pause(ctx, crawler.Target{Run: "r"}, "") },
		"gap":     func() error { return f.SetGap(ctx, "h0.example", time.Second) },
		"budget":  func() error { return f.SetBudget(ctx, "r", 1) },
		"counts":  func() error { _, err := f.Counts(ctx, "r"); return err },
		"letters": func() error { _, _, err := f.DeadLetters(ctx, "r", "", 1); return err },
		"hosts":   func() error { _, err := f.Hosts(ctx); return err },
		"forget":  func() error { return f.Forget(ctx, "r") },
	} {
		if err := call(); !errors.Is(err, evidence.ErrUnavailable) {
			t.Errorf("%s: error = %v, want unavailable", verb, err)
		}
	}
	if ctx.Err() != nil {
		t.Error("the calls took too long")
	}
	s.Up()
	for !ready(t, f) {
		pass(t, 20*time.Millisecond)
	}
	err = evidence.ErrUnavailable
	for errors.Is(err, evidence.ErrUnavailable) { // the client dials anew each second
		pass(t, 20*time.Millisecond)
		err = f.Settle(t.Context(), l, crawler.Outcome{Result: crawler.Done, Requests: 1})
	}
	if err != nil {
		t.Error(err)
	}
	if got := drain(t, f); len(got) != 2 {
		t.Errorf("%v came after it was back", got)
	}
}

func ready(t *testing.T, f *Frontier) bool {
	_, err := f.Counts(t.Context(), "r")
	return err == nil
}

// MODEL 7: after a Redis master changed, a shard rests one longest gap.
func TestAfterAnotherServerTookOverAShardRests(t *testing.T) {
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	f := open(t, s.Open(redisdb.Settings{}), Settings{Shards: 1})
	if _, err := f.Add(t.Context(), "r", evidence.Manners{Gap: 2 * time.Second}, leadsOf(t, "http://h%d.example/", 2)...); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Claim(t.Context(), "w", 1, time.Minute); err != nil || len(b.Leases) != 1 {
		t.Fatalf("claimed %v: %v", b.Leases, err)
	}
	s.Kill()
	s.Up() // another replication id, as after a failover
	for !ready(t, f) {
		pass(t, 20*time.Millisecond)
	}
	b, err := f.Claim(t.Context(), "w", 1, time.Minute)
	if err != nil || len(b.Leases) != 0 || b.Wait <= 0 || b.Wait > 2*time.Second {
		t.Fatalf("claimed %v, wait %s: %v", b.Leases, b.Wait, err)
	}
	pass(t, b.Wait+5*time.Millisecond)
	if b, err := f.Claim(t.Context(), "w", 1, time.Minute); err != nil || len(b.Leases) != 1 {
		t.Errorf("claimed %v after the rest: %v", b.Leases, err)
	}
}
