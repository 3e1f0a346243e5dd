package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/deploy/mirror"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// A way out is how a trap ends: what its source declares, the reason that the
// report gives, and how many requests it may cost at most.
type wayOut struct {
	declared string
	reason   string
	failed   bool // the reason is of leads that were given up
	requests int
}

func waysOut() map[string]wayOut {
	return map[string]wayOut{
		"repeat":   {"", "scope_trap", false, 12},
		"grow":     {"", "scope_trap_query", false, 60},
		"calendar": {"", "scope_trap_calendar", false, 60},
		"session":  {"", "session_id_left_out", false, 12},
		"soft":     {"{soft_errors: true}", "soft_404", true, 12},
		"alike":    {"{alike: 5}", "near_duplicate", false, 12},
		"deep":     {"{host_budget: {requests: 20}}", "budget_host_requests", true, 22},
		"heavy":    {"{budget: {bytes: 200000}}", "budget_source_bytes", true, 40},
	}
}

// Every trap ends by itself, and the report says by what (issue 5, point 5).
func TestEveryTrapEndsAndTheReportSaysWhy(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, evidence.Shanghai)
	server := mirror.NewServer(1, mirror.Faults{}, 0, mirror.Endless{Now: now})
	listen := httptest.NewServer(server)
	t.Cleanup(listen.Close)
	h := trapHouse(t, listen.Listener.Addr().String(), now)
	report, err := h.run(t.Context(), evidence.Campaign{ID: "traps", Sources: mirror.Traps(), Budget: evidence.Budget{Requests: 500}}, "test", func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	requests := map[string]int{}
	for key, n := range server.Served() {
		host, _, _ := strings.Cut(key, " ")
		requests[host] += n
	}
	for kind, out := range waysOut() {
		s := report.Sources[kind]
		said := s.Passed
		if out.failed {
			said = s.Failed
		}
		if n := requests[mirror.TrapHost(kind)]; said[out.reason] == 0 || n > out.requests || n < 3 {
			t.Errorf("%s: %d requests (at most %d), passed over %v, failed %v: want %s", kind, n, out.requests, s.Passed, s.Failed, out.reason)
		}
	}
	var text strings.Builder
	if err := report.print(&text); err != nil || !strings.Contains(text.String(), "scope_trap_calendar 无尽日历") || !strings.Contains(text.String(), "budget_host_requests") {
		t.Errorf("%v: the report does not say it:\n%s", err, text.String())
	}
}

// trapHouse is a laptop with a source for each trap.
func trapHouse(t *testing.T, address string, now time.Time) *house {
	t.Helper()
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.Data, c.Declarations = filepath.Join(t.TempDir(), "data"), []string{dir}
	c.Crawl.Manners.Gap = time.Millisecond
	for kind, out := range waysOut() {
		host := mirror.TrapHost(kind)
		c.Crawl.Pins = append(c.Crawl.Pins, Pin{Host: host, Address: at.Addr().String(), Port: int(at.Port())})
		text := strings.Replace(fmt.Sprintf(mirrored, fmt.Sprintf("{url: %q}", "http://"+host+"/"), host), "source: mirror", "source: "+kind, 1)
		if out.declared != "" {
			text += "traps: " + out.declared + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, "sources", kind+".yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	sh := shell{out: io.Discard, err: io.Discard, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now.Add(time.Since(start)) }}
	h, err := openHouse(t.Context(), sh, c, datadir.Work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	return h
}
