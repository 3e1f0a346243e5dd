package main

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

// Issue 5, 9: live change of delay and budget without restart, versioned in
// the store, and in the ledger with who and why.
func TestAnOrderHoldsAtOnceAndIsEnteredWithWhoAndWhy(t *testing.T) {
	t.Parallel()
	h, c := one(t, nil)
	h.set.Campaigns[c.ID] = c
	ctx := t.Context()
	run, err := h.begin(ctx, c, beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.seed(ctx, run, c); err != nil {
		t.Fatal(err)
	}
	gap := func(o *crawler.Order) error { o.Gap = 5 * time.Second; return nil }
	if _, err := h.order(ctx, "source:csv", "小李", "服务器告急 their server is in trouble", gap); err != nil {
		t.Fatal(err)
	}
	hosts, err := h.frontier.Hosts(ctx)
	if err != nil || len(hosts) != 1 || hosts[0].Gap != 5*time.Second || h.manners(t.Context(), h.set.Sources["csv"]).Gap != 5*time.Second {
		t.Errorf("hosts %+v, %v", hosts, err)
	}
	back := func(o *crawler.Order) error { o.Gap = 0; return nil }
	if _, err := h.order(ctx, "source:csv", "小李", "恢复 well again", back); err != nil {
		t.Fatal(err)
	}
	if hosts, err = h.frontier.Hosts(ctx); err != nil || hosts[0].Gap != time.Millisecond || hosts[0].Ordered != 0 {
		t.Errorf("as declared: %+v, %v", hosts, err)
	}
	budget := func(o *crawler.Order) error { o.Budget = &evidence.Budget{Requests: 7}; return nil }
	if _, err := h.order(ctx, "campaign:csv", "小王", "经费 money", budget); err != nil {
		t.Fatal(err)
	}
	if counts, err := h.frontier.Counts(ctx, run.ID); err != nil || counts.Budget != 7 {
		t.Errorf("counts %+v, %v", counts, err)
	}
	for about, want := range map[string]error{"source:nobody": evidence.ErrNotFound, "campaign:nobody": evidence.ErrNotFound, "host:nobody.example": evidence.ErrNotFound} {
		if _, err := h.order(ctx, about, "x", "y", back); !errors.Is(err, want) {
			t.Errorf("%s: %v", about, err)
		}
	}
	if _, err := h.order(ctx, "source:csv", "小李", " ", gap); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("without a reason: %v", err)
	}
	entered := entries(t, h)
	if len(entered) != 3 || entered[0].Who != "小李" || entered[0].Why == "" || entered[2].Budget == nil || entered[2].Version != 3 {
		t.Errorf("entered %+v", entered)
	}
}

// entries are the orders in the ledger, entered twice.
func entries(t *testing.T, h *house) (entered []entry) {
	t.Helper()
	for range 2 { // however often it is done
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.entered.Store(0)
	}
	err := h.ledger.Scan(t.Context(), 1, func(e ledger.Entry) error {
		if e.Kind != ledger.Order {
			return nil
		}
		var o entry
		err := json.Unmarshal(e.Body, &o)
		entered = append(entered, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return entered
}

// Whoever asks us to leave a host alone finds in the ledger that we did, and
// who let it go on.
func TestAPauseOfAHostIsEnteredWithWhoAndWhy(t *testing.T) {
	t.Parallel()
	h, c := one(t, nil)
	ctx := t.Context()
	run, err := h.begin(ctx, c, beginning{who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.seed(ctx, run, c); err != nil {
		t.Fatal(err)
	}
	hosts, err := h.frontier.Hosts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	host := hosts[0].Host
	pause := func(o *crawler.Order) error { o.Paused, o.Gap = true, 9*time.Second; return nil }
	if _, err := h.order(ctx, crawler.AboutHost(host), "小李", "对方来电 they called", pause); err != nil {
		t.Fatal(err)
	}
	if hosts, err = h.frontier.Hosts(ctx, host); err != nil || hosts[0].State != crawler.Paused || hosts[0].Reason != "小李: 对方来电 they called" || hosts[0].Gap != 9*time.Second {
		t.Errorf("paused: %+v, %v", hosts, err)
	}
	resume := func(o *crawler.Order) error { o.Paused, o.Gap = false, 0; return nil }
	if _, err := h.order(ctx, crawler.AboutHost(host), "小李", "已答复 answered", resume); err != nil {
		t.Fatal(err)
	}
	if hosts, err = h.frontier.Hosts(ctx, host); err != nil || hosts[0].State != crawler.Running || hosts[0].Gap != time.Millisecond {
		t.Errorf("resumed: %+v, %v", hosts, err)
	}
	entered := entries(t, h)
	if len(entered) != 2 || !entered[0].Paused || entered[0].Who != "小李" || entered[0].Why != "对方来电 they called" || entered[0].At.IsZero() || entered[1].Paused {
		t.Errorf("entered %+v", entered)
	}
}
