package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
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

// shows waits until a page has a status and texts.
func shows(ctx context.Context, t *testing.T, url string, status int, texts ...string) {
	t.Helper()
	for {
		got, text := answered(ctx, url)
		if got == status && !slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(text, s) }) {
			return
		}
		if !rest(ctx, 100*time.Millisecond) {
			t.Errorf("%s answers %d %q, want %d %q", url, got, last([]byte(text), 600), status, texts)
			return
		}
	}
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
		shows(ctx, t, "http://"+c.url, http.StatusOK, c.says)
	}
}

// Whoever waits for a store is alive, not ready, and says what is missing,
// whichever role it has; it stops at once when it is told to.
func TestWhoWaitsForAStoreSaysForWhich(t *testing.T) {
	t.Parallel()
	bin := buildBinary(t)
	for _, role := range append(allRoles(), "") {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			c := DefaultConfig()
			c.Redis.Addresses, c.Elasticsearch.Addresses = []string{free(t)}, []string{"http://" + free(t)}
			c.Archive.URL, c.PersonKey = "http://key:secret@"+free(t)+"/probity", everybody
			theWorld(t, &c)
			args := []string{"run"}
			if role != "" {
				args = append(args, role)
			}
			started(ctx, t, bin, c, args...)
			at := "http://" + c.Metrics.Listen
			shows(ctx, t, at+"/readyz", http.StatusServiceUnavailable, "missing start", "redis", "elasticsearch", "objects", "connection refused")
			shows(ctx, t, at+"/healthz", http.StatusOK, "alive")
			shows(ctx, t, at+"/metrics", http.StatusOK, `probity_dependency_ready{dependency="redis"} 0`, `probity_dependency_ready{dependency="elasticsearch"} 0`,
				`probity_dependency_ready{dependency="objects"} 0`, `probity_dependency_ready{dependency="disk"} 1`, `role="`+or(role, roleServe)+`"`)
		})
	}
}

// Who waited begins by itself when the store is there.
func TestAFleetThatWaitedForAStoreBegins(t *testing.T) {
	c := fleetConfig(t)
	bin := buildBinary(t)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	server := c.Redis.Addresses[0]
	c.Redis.Addresses = []string{free(t)}
	theWorld(t, &c)
	started(ctx, t, bin, c, "run", roleCrawl, roleServe)
	at := "http://" + c.Metrics.Listen
	shows(ctx, t, at+"/readyz", http.StatusServiceUnavailable, "missing redis\n")
	relay(t, c.Redis.Addresses[0], server)
	shows(ctx, t, at+"/readyz", http.StatusOK, "ready")
	shows(ctx, t, "http://"+c.Serve.Listen+"/readyz", http.StatusOK, "ready")
	shows(ctx, t, at+"/metrics", http.StatusOK, `probity_dependency_ready{dependency="redis"} 1`, `role="crawl"`, `role="serve"`, "probity_archive_unsealed_bytes 0")
}

// relay is a server at an address that passes everything on to another.
func relay(t *testing.T, from, to string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = near.Close() }()
				far, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", to)
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
				_, _ = io.Copy(near, far)
			}()
		}
	}()
}
