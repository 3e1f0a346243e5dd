package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// free is an address that nobody listens on just now.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// answered returns status and text of a page once somebody answers.
func answered(ctx context.Context, url string) (int, string) {
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, err.Error()
		}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			rest(ctx, 50*time.Millisecond)
			continue
		}
		b, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		return answer.StatusCode, string(b)
	}
	return 0, "nobody answered"
}

func TestAProcessSaysHowItIs(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	metrics, pages := free(t), free(t)
	cmd := exec.CommandContext(ctx, buildBinary(t), "-set", "metrics.listen="+metrics, "-set", "serve.listen="+pages, "run", "-data", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	for _, c := range []struct{ url, says string }{
		{metrics + "/healthz", "alive"},
		{metrics + "/readyz", "ready"},
		{pages + "/readyz", "ready"},
		{pages + "/healthz", "alive"},
		{metrics + "/metrics", `probity_dependency_ready{dependency="database"} 1`},
		{metrics + "/metrics", `probity_build_info{`},
	} {
		if status, text := answered(ctx, "http://"+c.url); status != http.StatusOK || !strings.Contains(text, c.says) {
			t.Errorf("%s answers %d %q, want %q", c.url, status, last([]byte(text), 300), c.says)
		}
	}
}
