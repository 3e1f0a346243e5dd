package trace_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"probity/pipeline/evidence"
	"probity/pipeline/trace"
)

// A receiver is a collector on loopback: it keeps the spans it is sent, after
// it has answered "busy" so many times.
type receiver struct {
	t     *testing.T
	mu    sync.Mutex
	busy  int
	spans map[string]*wire.Span
	about string
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy > 0 {
		c.busy--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	var data wire.TracesData
	if err == nil {
		err = proto.Unmarshal(body, &data)
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("%s %s: %v", r.URL.Path, r.Header.Get("Content-Type"), err)
	}
	for _, rs := range data.GetResourceSpans() {
		c.about += fmt.Sprint(rs.GetResource().GetAttributes())
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				c.spans[s.GetName()] = s
			}
		}
	}
}

func collector(t *testing.T, busy int) (*receiver, string) {
	t.Helper()
	c := &receiver{t: t, busy: busy, spans: map[string]*wire.Span{}}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return c, s.URL
}

func TestSpansReachTheCollectorBelowEachOther(t *testing.T) {
	t.Parallel()
	c, url := collector(t, 0)
	tracer, err := trace.Open(t.Context(), trace.Options{Endpoint: url, Sample: 1, Role: "crawl", Worker: "w1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, visit := tracer.Start(t.Context(), "visit", slog.String("source", "court"))
	_, fetch := tracer.Start(ctx, "fetch")
	fetch.Say(slog.Int("status", 200), slog.Bool("whole", true), slog.Float64("share", .5), slog.Uint64("bytes", 9))
	fetch.End(fmt.Errorf("fetch page of Wang: %w", evidence.ErrUnavailable))
	visit.End(context.Canceled)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	top, below := c.spans["visit"], c.spans["fetch"]
	if top == nil || below == nil || string(below.GetParentSpanId()) != string(top.GetSpanId()) || string(below.GetTraceId()) != string(top.GetTraceId()) {
		t.Fatalf("visit %v, fetch %v", top, below)
	}
	if got := below.GetStatus(); got.GetCode() != wire.Status_STATUS_CODE_ERROR || got.GetMessage() != "unavailable" {
		t.Errorf("a fault tells its kind and no words: %v", got)
	}
	if top.GetStatus().GetCode() == wire.Status_STATUS_CODE_ERROR {
		t.Error("a cancelled visit is nobody's failure")
	}
	if len(below.GetAttributes()) != 4 || !strings.Contains(c.about, "probity") || !strings.Contains(c.about, "w1") {
		t.Errorf("%v of %s", below.GetAttributes(), c.about)
	}
}

func TestABusyCollectorIsAskedAgain(t *testing.T) {
	t.Parallel()
	c, url := collector(t, 1)
	tracer, err := trace.Open(t.Context(), trace.Options{Endpoint: url, Sample: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracer.Start(t.Context(), "close")
	span.End(nil)
	if err := tracer.Close(t.Context()); err != nil || c.spans["close"] == nil {
		t.Errorf("%v: %v", err, c.spans)
	}
}

func TestACollectorThatIsAwayCostsSpansAndNothingElse(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	url := s.URL
	s.Close()
	tracer, err := trace.Open(t.Context(), trace.Options{Endpoint: url, Sample: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracer.Start(t.Context(), "close")
	span.End(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := tracer.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestOffIsNothingAtAll(t *testing.T) {
	t.Parallel()
	tracer, err := trace.Open(t.Context(), trace.Options{})
	if tracer != nil || err != nil {
		t.Fatalf("%v %v", tracer, err)
	}
	ctx, span := tracer.Start(t.Context(), "fetch")
	span.Say(slog.Int("status", 200))
	span.End(nil)
	if ctx != t.Context() || tracer.Close(ctx) != nil {
		t.Error("off must leave the context as it is")
	}
}

func TestSettingsThatMeanNothingAreRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]trace.Options{
		"no scheme": {Endpoint: "collector:4318", Sample: 1}, "no host": {Endpoint: "http://", Sample: 1}, "share over one": {Endpoint: "http://c:1", Sample: 2},
	} {
		if _, err := trace.Open(t.Context(), o); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkOff(b *testing.B) {
	var tracer *trace.Tracer
	for b.Loop() {
		_, span := tracer.Start(b.Context(), "fetch")
		span.End(nil)
	}
}
