package redisfrontier_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/redisfrontier"
	"probity/crawler/robots"
	"probity/crawler/scope"
	"probity/pipeline/archive"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
)

// asWorker makes a process of this test a worker: its value is a job.
const asWorker = "PROBITY_TEST_WORKER"

// A job is what a worker process is told.
type job struct {
	Redis  []string
	Prefix string
	Server string // host:port
	Name   string
}

func sources() map[string]evidence.Source {
	view := []evidence.View{{Name: "page", Match: "."}}
	return map[string]evidence.Source{
		"slow":  {ID: "slow", Hosts: []string{"*.slow.example"}, Views: view, Manners: evidence.Manners{Gap: 20 * time.Millisecond}},
		"other": {ID: "other", Hosts: []string{"*.other.example"}, Views: view, Manners: evidence.Manners{Gap: 20 * time.Millisecond}},
	}
}

type declared map[string]evidence.Source

func (d declared) Source(id string) (evidence.Source, error) { return d[id], nil }

// A desk settles in the frontier alone, and keeps nothing.
type desk struct{ crawler.Frontier }

func (d desk) Settle(ctx context.Context, s crawler.Settlement) error {
	return d.Frontier.Settle(ctx, s.Lease, s.Outcome)
}

func (d desk) Keep(context.Context, evidence.Exchange) (archive.Location, error) {
	return archive.Location{}, nil
}

func TestMain(m *testing.M) {
	if text := os.Getenv(asWorker); text != "" {
		if err := work(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work is one worker process: it visits until its standard input ends.
func work(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	db, err := redisdb.Open(redisdb.Settings{Addresses: j.Redis, Prefix: j.Prefix})
	if err != nil {
		return err
	}
	f, err := redisfrontier.Open(db, crawler.DefaultPolicy(), redisfrontier.Settings{Shards: 8})
	if err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(j.Server)
	if err != nil {
		return err
	}
	var pins []collyfetch.Pin
	for i := range 60 {
		for _, src := range []string{"slow", "other"} {
			pins = append(pins, collyfetch.Pin{Host: fmt.Sprintf("h%d.%s.example", i, src), Address: at})
		}
	}
	fetcher, err := collyfetch.New(collyfetch.Options{Agent: "probity/test (+https://probity.example/)", Pins: pins, Now: time.Now})
	if err != nil {
		return err
	}
	all := sources()
	gate, err := scope.New(all["slow"], all["other"])
	if err != nil {
		return err
	}
	d := desk{f}
	v := &crawler.Visitor{
		Name: j.Name, Frontier: f, Robots: robots.New(fetcher, "probity/test", time.Now), Fetcher: fetcher, Archive: d, Desk: d,
		Scope: gate, Sources: declared(all), Orders: f, Workers: 10,
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()
	return v.Run(ctx)
}

// A drip is a server that answers byte by byte for seconds, and notes when
// each page was asked for and when its asker was gone.
type drip struct {
	mu    sync.Mutex
	asked []time.Time          // pages of the source that is killed
	open  map[string]time.Time // of these, those whose asker is still there
	other int                  // pages asked of the other one, after the switch
	since time.Time            // the switch
}

func (d *drip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	slow := strings.Contains(r.Host, ".slow.")
	key := r.Host + r.URL.Path
	d.mu.Lock()
	if slow {
		d.asked = append(d.asked, time.Now())
		d.open[key] = time.Now()
	} else if !d.since.IsZero() {
		d.other++
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.open, key)
	}()
	if !slow {
		return
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
		if _, err := w.Write([]byte("信")); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
	}
}

func (d *drip) under() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.open)
}

// Issue 5, 9: the kill switch of a source takes effect within a second on
// every worker; an exchange that has begun is cut.
func TestAKilledSourceIsLeftAloneByEveryWorkerWithinASecond(t *testing.T) {
	shared := redistest.Shared(t)
	d := &drip{open: map[string]time.Time{}}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	f, err := redisfrontier.Open(shared, crawler.DefaultPolicy(), redisfrontier.Settings{Shards: 8})
	if err != nil {
		t.Fatal(err)
	}
	at, _ := url.Parse(server.URL)
	fill(t, f, at.Port())
	for i := range 4 {
		start(t, job{strings.Split(os.Getenv(redistest.Address), ","), strings.TrimSuffix(shared.Key(""), ":"), at.Host, fmt.Sprint("w", i)})
	}
	await(t, "all forty hands are busy", func() bool { return d.under() >= 36 })

	thrown := time.Now()
	d.mu.Lock()
	d.since = thrown
	d.mu.Unlock()
	if _, err := f.Order(t.Context(), crawler.Order{About: crawler.AboutSource("slow"), Killed: true, Who: "test", Why: "the publisher asks to"}); err != nil {
		t.Fatal(err)
	}
	await(t, "every exchange is cut", func() bool { return d.under() == 0 })
	cut := time.Since(thrown)
	await(t, "the run has nothing left", func() bool {
		c, err := f.Counts(t.Context(), "r")
		return err == nil && c.Empty()
	})
	c, err := f.Counts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	last := time.Duration(0)
	for _, at := range d.asked {
		last = max(last, at.Sub(thrown))
	}
	t.Logf("last request %s after the switch, all %d cut within %s; %+v", last, len(d.asked), cut, c)
	if cut > time.Second || last > time.Second {
		t.Errorf("cut after %s, last request after %s: want both within a second", cut, last)
	}
	if c.Failed["source_killed"] == 0 || c.Done == 0 || d.other == 0 {
		t.Errorf("counts %+v, %d pages of the other source: it should go on", c, d.other)
	}
}

func fill(t *testing.T, f *redisfrontier.Frontier, port string) {
	t.Helper()
	for _, src := range []string{"slow", "other"} {
		var leads []evidence.Lead
		pages := map[string]int{"slow": 20, "other": 100}[src]
		for h := range 60 {
			for p := range pages {
				l, err := evidence.NewLead(src, fmt.Sprintf("http://h%d.%s.example:%s/%d", h, src, port, p))
				if err != nil {
					t.Fatal(err)
				}
				leads = append(leads, l)
			}
			if src == "other" && h == 5 {
				break
			}
		}
		if _, err := f.Add(t.Context(), "r", sources()[src].Manners, leads...); err != nil {
			t.Fatal(err)
		}
	}
}

func start(t *testing.T, j job) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asWorker+"="+string(text))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			t.Log(j.Name, lines.Text())
		}
	}()
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
