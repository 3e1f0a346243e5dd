package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"probity/crawler"
	"probity/crawler/robots"
	"probity/crawler/scope"
	"probity/crawler/sqlitefrontier"
	"probity/pipeline"
	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

// An answer of the web, for tests that let time pass in a bubble.
type answer struct {
	status   int
	body     string
	location string
	header   http.Header
	takes    time.Duration
	err      error
	hang     bool // until the request is cancelled
}

// A web answers by URL and remembers who was asked when.
type web struct {
	t       testing.TB
	mu      sync.Mutex
	pages   map[string]func(n int) answer // the n-th time, from 1
	visits  []visit
	busy    map[string]int
	overlap bool
}

type visit struct {
	url        string
	start, end time.Time
	etag       string // that was asked with
}

func (w *web) says(u string, a answer) { w.pages[u] = func(int) answer { return a } }

// visited is how many answers were given.
func (w *web) visited() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.visits)
}

func (w *web) asked(u string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.visits {
		if v.url == u {
			n++
		}
	}
	return n
}

// Fetch implements crawler.Fetcher.
func (w *web) Fetch(ctx context.Context, r crawler.Request) (evidence.Exchange, error) {
	u, err := url.Parse(r.Lead.URL)
	if err != nil {
		return evidence.Exchange{}, err
	}
	start := time.Now()
	w.mu.Lock()
	if w.busy[u.Host]++; w.busy[u.Host] > 1 {
		w.overlap = true
	}
	n := 1
	for _, v := range w.visits {
		if v.url == r.Lead.URL {
			n++
		}
	}
	a := answer{status: 404}
	if p, ok := w.pages[r.Lead.URL]; ok {
		a = p(n)
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy[u.Host]--
		w.visits = append(w.visits, visit{r.Lead.URL, start, time.Now(), r.ETag})
	}()
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	wait := time.NewTimer(a.takes)
	defer wait.Stop()
	over := wait.C
	if a.hang {
		over = nil
	}
	select {
	case <-over:
	case <-ctx.Done():
		return evidence.Exchange{}, &crawler.FaultError{Reason: "timeout", Err: fmt.Errorf("fetch %s: %w", r.Lead.URL, evidence.ErrUnavailable)}
	}
	if a.err != nil {
		return evidence.Exchange{}, a.err
	}
	return w.exchange(r, a, start), nil
}

func (w *web) exchange(r crawler.Request, a answer, start time.Time) evidence.Exchange {
	c := evidence.Capture{
		ID: uuid.NewString(), Run: r.Run, Lead: r.Lead, Attempt: r.Attempt, Payload: evidence.DigestBytes([]byte(a.body)), Time: start.UTC(),
		Status: a.status, Type: "text/html", Location: a.location, Size: int64(len(a.body)), Address: "192.0.2.1:80", Robots: r.Robots,
		Charset: evidence.Charset{Name: "utf-8", By: "utf-8", Confidence: 1}, Crawler: "probity/test",
	}
	c.Content = evidence.ContentID(c)
	h := a.header
	if h == nil {
		h = http.Header{}
	}
	return evidence.Exchange{
		Capture: c, Header: h, Raw: []byte(a.body), Body: []byte(a.body), Request: []byte(r.Lead.Method + " / HTTP/1.1\r\nHost: x\r\n\r\n"),
		Response: fmt.Appendf(nil, "HTTP/1.1 %d X\r\nContent-Type: text/html\r\nContent-Length: %d\r\nETag: %s\r\n\r\n", a.status, len(a.body), h.Get("ETag")),
	}
}

// A house is a visitor with all it needs: everything but the web is real.
type house struct {
	*crawler.Visitor
	t        testing.TB
	web      *web
	frontier *sqlitefrontier.Frontier
	queue    *sqlitequeue.Queue
	archive  *warcfiles.Files
	desk     *desk
	sources  map[string]evidence.Source
	adopted  int // exchanges that the archive found unsettled when it was opened
}

// Source implements crawler.Sources.
func (h *house) Source(id string) (evidence.Source, error) {
	if s, ok := h.sources[id]; ok {
		return s, nil
	}
	return evidence.Source{}, fmt.Errorf("source %s: %w", id, evidence.ErrNotFound)
}

// gap is no multiple of the second in which commands are obeyed, so that a
// visitor that only looks once a second is found out.
const gap = 10*time.Second + 300*time.Millisecond

// open makes a house in dir. Sources s and t may visit all hosts.
func open(t testing.TB, dir string) *house {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h := &house{t: t, web: &web{t: t, pages: map[string]func(int) answer{}, busy: map[string]int{}}}
	view := []evidence.View{{Name: "page", Match: "."}}
	h.sources = map[string]evidence.Source{
		"s": {ID: "s", Hosts: []string{"*.example"}, Exclude: []string{"^/private"}, Views: view, Manners: evidence.Manners{Gap: gap, Backoff: time.Minute}},
		"t": {ID: "t", Hosts: []string{"*.example"}, Views: view, Manners: evidence.Manners{Gap: gap}},
	}
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "probity.db"))
	must(err)
	t.Cleanup(func() { _ = db.Close() })
	p := crawler.DefaultPolicy()
	h.frontier, err = sqlitefrontier.Open(t.Context(), db, p, time.Now)
	must(err)
	h.queue, err = sqlitequeue.Open(t.Context(), db, "captures", pipeline.DefaultPolicy(), time.Now)
	must(err)
	gate, err := scope.New(h.sources["s"], h.sources["t"])
	must(err)
	h.desk = &desk{db: db, frontier: h.frontier, queue: h.queue, manners: func(id string) evidence.Manners { return h.sources[id].Manners }}
	h.Visitor = &crawler.Visitor{
		Name: "w", Frontier: h.frontier, Robots: robots.New(h.web, "probity/0.1", time.Now), Fetcher: h.web, Desk: h.desk, Scope: gate, Sources: h,
		Policy: p, Changed: h.frontier.Changed(),
	}
	h.archive, err = warcfiles.Open(t.Context(), warcfiles.Options{
		Dir: filepath.Join(dir, "archive"), DB: db, Now: time.Now, Software: "probity/test",
		Adopt: func(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, _ archive.Location) error {
			h.adopted++
			return h.desk.adopt(ctx, tx, h.Adopt(c, nil))
		},
	})
	must(err)
	t.Cleanup(func() { _ = h.archive.Close() })
	h.Archive, h.desk.archive = h.archive, h.archive
	return h
}

func (h *house) add(run string, urls ...string) {
	h.t.Helper()
	for _, u := range urls {
		l, err := evidence.NewLead("s", u)
		if err == nil {
			_, err = h.frontier.Add(h.t.Context(), run, h.sources["s"].Manners, l)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) counts(run string) crawler.Counts {
	h.t.Helper()
	c, err := h.frontier.Counts(h.t.Context(), run)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// within runs the visitor until the run is empty, and wants that within d.
func (h *house) within(d time.Duration, run string) crawler.Counts {
	h.t.Helper()
	stop := h.start()
	deadline := time.Now().Add(d)
	for !h.counts(run).Empty() && time.Now().Before(deadline) {
		wait(5 * time.Second)
	}
	if err := stop(); err != nil {
		h.t.Fatal(err)
	}
	c := h.counts(run)
	if !c.Empty() {
		h.t.Fatalf("after %s the run is not empty: %+v", d, c)
	}
	return c
}

// start runs the visitor; what it returns stops it and gives Run's error.
func (h *house) start() func() error {
	ctx, cancel := context.WithCancel(h.t.Context())
	over := make(chan error, 1)
	go func() { over <- h.Run(ctx) }()
	return func() error { cancel(); return <-over }
}

func wait(d time.Duration) { <-time.After(d) }

// captures are what the archive holds, by URL.
func (h *house) captures() map[string][]evidence.Capture {
	h.t.Helper()
	out := map[string][]evidence.Capture{}
	err := h.archive.Scan(h.t.Context(), func(c evidence.Capture, _ archive.Location) error {
		out[c.Lead.URL] = append(out[c.Lead.URL], c)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// wantOnce wants every page in the archive once.
func (h *house) wantOnce() {
	h.t.Helper()
	for u, cs := range h.captures() {
		if len(cs) != 1 && cs[0].Lead.View != crawler.RobotsView {
			h.t.Errorf("%s is in the archive %d times", u, len(cs))
		}
	}
}

// queued are the captures handed on to be read.
func (h *house) queued() int {
	h.t.Helper()
	n, err := h.queue.Len(h.t.Context(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	return n.Waiting
}

// wantPauses wants at least these between the visits of a URL.
func (h *house) wantPauses(u string, want ...time.Duration) {
	h.t.Helper()
	var got []visit
	for _, v := range h.web.visits {
		if v.url == u {
			got = append(got, v)
		}
	}
	if len(got) != len(want)+1 {
		h.t.Fatalf("%s was asked %d times, want %d", u, len(got), len(want)+1)
	}
	for i, pause := range want {
		if since := got[i+1].start.Sub(got[i].end); since < pause {
			h.t.Errorf("%s was tried again after %s, want %s", u, since, pause)
		}
	}
}

var errFull = errors.New("no room")
