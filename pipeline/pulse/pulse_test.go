package pulse_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/pulse"
)

func TestALoopThatStandsStillIsNotAlive(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	p := pulse.New(pulse.Options{Now: func() time.Time { return now }})
	turn := p.Loop("crawl", time.Minute)
	now = now.Add(time.Minute)
	if err := p.Alive(); err != nil {
		t.Errorf("within its bound: %v", err)
	}
	now = now.Add(time.Second)
	if err := p.Alive(); !errors.Is(err, evidence.ErrUnavailable) || !strings.Contains(err.Error(), "loop crawl") {
		t.Errorf("beyond its bound: %v", err)
	}
	turn()
	if err := p.Alive(); err != nil {
		t.Errorf("after it went round: %v", err)
	}
}

func TestWorkThatDoesNotEndIsNotAlive(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	p := pulse.New(pulse.Options{Now: func() time.Time { return now }})
	short, long := p.Hold("capture a", time.Minute), p.Hold("capture b", time.Hour)
	now = now.Add(2 * time.Minute)
	if err := p.Alive(); err == nil || !strings.Contains(err.Error(), "capture a") || strings.Contains(err.Error(), "capture b") {
		t.Errorf("one of two takes too long: %v", err)
	}
	short()
	short()
	if err := p.Alive(); err != nil {
		t.Errorf("it ended: %v", err)
	}
	long()
}

func get(t *testing.T, p *pulse.Pulse, path, accept string, open bool) (int, string) {
	t.Helper()
	mux := http.NewServeMux()
	p.Routes(mux, open)
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestReadySaysWhichDependencyIsMissing(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	away := errors.New("dial tcp 10.1.2.3:6379: refused")
	p := pulse.New(pulse.Options{Fresh: time.Nanosecond, Checks: []pulse.Check{
		{Name: "redis", Ask: func(context.Context) error { return away }},
		{Name: "archive", Ask: func(context.Context) error { return nil }},
	}, Checked: nil})
	code, body := get(t, p, "/readyz", "", true)
	if code != http.StatusServiceUnavailable || !strings.Contains(body, "missing redis\n") || !strings.Contains(body, "10.1.2.3") {
		t.Errorf("%d %s", code, body)
	}
	code, body = get(t, p, "/readyz", "application/json", false)
	var said struct {
		Ready   bool
		Missing []string
		Checks  []pulse.Answer
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil || code != http.StatusServiceUnavailable || said.Ready {
		t.Fatalf("%d %v %s", code, err, body)
	}
	for _, c := range said.Checks {
		told[c.Name] = c.OK
	}
	if len(said.Missing) != 1 || said.Missing[0] != "redis" || told["redis"] || !told["archive"] || strings.Contains(body, "10.1.2.3") {
		t.Errorf("to strangers: %s", body)
	}
	away = nil
	if code, body = get(t, p, "/readyz", "", false); code != http.StatusOK || body != "ready\n" {
		t.Errorf("all answer: %d %s", code, body)
	}
	if code, body = get(t, p, "/healthz", "", false); code != http.StatusOK || body != "alive\n" {
		t.Errorf("alive: %d %s", code, body)
	}
	p.Stop()
	if code, body = get(t, p, "/readyz", "", false); code != http.StatusServiceUnavailable || !strings.Contains(body, pulse.Stopping) {
		t.Errorf("told to stop: %d %s", code, body)
	}
	if code, _ = get(t, p, "/healthz", "", false); code != http.StatusOK {
		t.Errorf("told to stop it is still alive: %d", code)
	}
}

func TestACheckThatHangsOrPanicsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		p := pulse.New(pulse.Options{Deadline: 2 * time.Second, Checks: []pulse.Check{
			{Name: "hangs", Ask: func(context.Context) error { <-never; return nil }},
			{Name: "panics", Ask: func(context.Context) error { panic("x") }},
		}})
		start := time.Now()
		ready, answers := p.Ready(t.Context())
		if took := time.Since(start); ready || took != 2*time.Second || answers[0].OK || answers[1].OK {
			t.Errorf("ready %v after %s: %+v", ready, took, answers)
		}
		close(never)
	})
}

func TestServeShowsAllThreeUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	at, over := make(chan string, 1), make(chan error, 1)
	p := pulse.New(pulse.Options{})
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") })
	go func() { over <- p.Serve(ctx, "127.0.0.1:0", metrics, func(a string) { at <- a }) }()
	address := <-at
	for path, want := range map[string]string{"/metrics": "metrics", "/healthz": "alive\n", "/readyz": "ready\n"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(b) != want {
			t.Errorf("%s: %s", path, b)
		}
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
