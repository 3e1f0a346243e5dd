package attack_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/robots"
	"probity/crawler/scope"
	"probity/crawler/sqlitefrontier"
	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A plan is what the child is told, as JSON in its environment.
type plan struct {
	Dir     string
	Server  string              // where everything goes that is sent to a public address
	Answers map[string][]string // of the resolver, by name: one each time, the last for ever
	Leads   []string
	Source  string // of the leads [wide]
	View    string // of the leads [the source's]
	Timeout time.Duration
	Roots   []byte // PEM
}

// A report is what it says, as JSON on its standard output.
type report struct {
	Base, Peak int64 // bytes
	Outcomes   []outcome
	Letters    []crawler.DeadLetter
	Captures   []evidence.Capture
	Dialled    []string
	Longest    time.Duration // of all visits
}

type outcome struct {
	URL, Reason, Detail string
	Result              crawler.Result
}

const planned = "PROBITY_TEST_ATTACK"

func TestMain(m *testing.M) {
	if text := os.Getenv(planned); text != "" {
		os.Exit(child(text))
	}
	os.Exit(m.Run())
}

func child(text string) int {
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return fail(err)
	}
	h, err := open(p)
	if err == nil {
		err = h.attacked(p)
	}
	if err != nil {
		return fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(h.report); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// A house is a crawler as the front door joins it, on a disk of its own.
type house struct {
	visitor  *crawler.Visitor
	frontier *sqlitefrontier.Frontier
	archive  *warcfiles.Files
	db       *sqlitedb.DB
	sources  map[string]evidence.Source

	mu     sync.Mutex
	report report
}

// Source implements crawler.Sources.
func (h *house) Source(id string) (evidence.Source, error) {
	if s, ok := h.sources[id]; ok {
		return s, nil
	}
	return evidence.Source{}, evidence.ErrNotFound
}

// Settle implements crawler.Desk.
func (h *house) Settle(ctx context.Context, s crawler.Settlement) error {
	return h.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := h.frontier.SettleTx(ctx, tx, s); err != nil {
			return err
		}
		if err := h.archive.CommitTx(ctx, tx, s.Kept...); err != nil {
			return err
		}
		for _, l := range s.Follow {
			if _, err := h.frontier.AddTx(ctx, tx, s.Lease.Run, h.sources[l.Source].Manners, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// declared are three sources: wide, which is led anywhere; bound to *.example;
// and one that admits faulty certificates.
func declared(p plan) map[string]evidence.Source {
	m := evidence.Manners{Gap: time.Millisecond, Timeout: p.Timeout, Backoff: time.Millisecond}
	page := []evidence.View{{Name: "page", Match: "."}}
	return map[string]evidence.Source{
		"wide":  {ID: "wide", Views: page, Manners: m},
		"bound": {ID: "bound", Views: page, Discover: []string{evidence.DiscoverSitemap}, Manners: m, Hosts: []string{"*.example"}, Start: []evidence.Start{{URL: "https://start.example/"}}},
		"probe": {ID: "probe", Views: []evidence.View{{Name: "page", Match: ".", Options: map[string]string{crawler.OptionTLS: "admit"}}}, Manners: m},
	}
}

func open(p plan) (*house, error) {
	h := &house{sources: declared(p)}
	policy := crawler.DefaultPolicy()
	policy.Attempts, policy.Strikes = 1, 1
	gate, err := scope.New(h.sources["wide"], h.sources["bound"], h.sources["probe"])
	if err != nil {
		return nil, err
	}
	if h.db, err = sqlitedb.Open(context.Background(), filepath.Join(p.Dir, "probity.db")); err != nil {
		return nil, err
	}
	if h.frontier, err = sqlitefrontier.Open(context.Background(), h.db, policy, time.Now); err != nil {
		return nil, err
	}
	if h.archive, err = warcfiles.Open(context.Background(), warcfiles.Options{Dir: filepath.Join(p.Dir, "archive"), DB: h.db, Now: time.Now, Software: "probity/test"}); err != nil {
		return nil, err
	}
	fetcher, err := h.fetcher(p)
	if err != nil {
		return nil, err
	}
	h.visitor = &crawler.Visitor{
		Name: "w", Frontier: h.frontier, Robots: robots.New(fetcher, "probity/0.1", time.Now), Fetcher: fetcher, Archive: h.archive, Desk: h,
		Scope: gate, Sources: h, Policy: policy, Changed: h.frontier.Changed(), Around: h.around,
	}
	return h, nil
}

func (h *house) fetcher(p plan) (*collyfetch.Fetcher, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(p.Roots)
	asked := map[string]int{}
	return collyfetch.New(collyfetch.Options{
		Agent: "probity/0.1 (+https://probity.example/crawler)", Roots: roots,
		Resolve: func(_ context.Context, host string) (out []netip.Addr, _ error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			answers := p.Answers[host]
			if len(answers) == 0 {
				return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
			}
			for _, a := range regexp.MustCompile(`[^ ]+`).FindAllString(answers[min(asked[host], len(answers)-1)], -1) {
				out = append(out, netip.MustParseAddr(a))
			}
			asked[host]++
			return out, nil
		},
		Dial: func(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
			h.mu.Lock()
			h.report.Dialled = append(h.report.Dialled, at.String())
			h.mu.Unlock()
			to := p.Server
			if at.Addr().IsLoopback() {
				to = at.String() // through to the victim, if the guard lets it
			}
			return new(net.Dialer).DialContext(ctx, "tcp", to)
		},
	})
}

func (h *house) around(ctx context.Context, l crawler.Lease) (context.Context, func(crawler.Outcome)) {
	began := time.Now()
	return ctx, func(o crawler.Outcome) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.report.Longest = max(h.report.Longest, time.Since(began))
		h.report.Outcomes = append(h.report.Outcomes, outcome{l.Lead.URL, o.Reason, o.Detail, o.Result})
	}
}

// attacked visits an ordinary page, and then what the plan says.
func (h *house) attacked(p plan) error {
	if err := h.crawl("before", "wide", "", "http://plain.example/ordinary"); err != nil {
		return err
	}
	runtime.GC()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil && !errors.Is(err, fs.ErrNotExist) { // VmHWM begins anew
		return err
	}
	base, err := highWater()
	if err != nil {
		return err
	}
	h.report = report{Base: base}
	if err := h.crawl("attack", p.Source, p.View, p.Leads...); err != nil {
		return err
	}
	if h.report.Peak, err = highWater(); err != nil {
		return err
	}
	if h.report.Letters, _, err = h.frontier.DeadLetters(context.Background(), "attack", "", 1000); err != nil {
		return err
	}
	return h.archive.Scan(context.Background(), func(c evidence.Capture, _ archive.Location) error {
		if c.Run == "attack" && c.Lead.View != crawler.RobotsView {
			h.report.Captures = append(h.report.Captures, c)
		}
		return nil
	})
}

// crawl visits leads until all of them are settled, or none can be any more.
func (h *house) crawl(run, source, view string, urls ...string) error {
	for _, u := range urls {
		l := evidence.Lead{Method: "GET", URL: u, Source: source, View: view}
		_, err := h.frontier.Add(context.Background(), run, h.sources[source].Manners, l)
		if errors.Is(err, evidence.ErrInvalid) {
			h.report.Outcomes = append(h.report.Outcomes, outcome{u, "scope_url", err.Error(), crawler.Refused})
		} else if err != nil {
			return err
		}
	}
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	over := make(chan error, 1)
	go func() { over <- h.visitor.Run(ctx) }()
	for ctx.Err() == nil {
		c, err := h.frontier.Counts(ctx, run)
		if err == nil && c.Empty() {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	late := ctx.Err()
	stop()
	if err := <-over; err != nil {
		return err
	}
	return late
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// highWater is the peak of this process's resident memory, in bytes.
func highWater() (int64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, fs.ErrNotExist) { // no Linux: what Go has taken from the system, which is no less
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.Sys), nil
	}
	if err != nil {
		return 0, err
	}
	m := peakLine.FindSubmatch(b)
	if m == nil {
		return 0, fmt.Errorf("no VmHWM in %q", b)
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	return n << 10, err
}
