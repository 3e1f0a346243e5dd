package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"probity/deploy/world"
)

// asked are the metrics that alerts and dashboard ask for.
func asked(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, file := range []string{"deploy/alerts/probity.rules.yaml", "deploy/grafana/dashboard.json"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, regexp.MustCompile(`\bprobity_[a-z_]+`).FindAllString(string(b), -1)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// theWorld serves the simulated web, and lets c fetch it and nothing else.
func theWorld(t *testing.T, c *Config) {
	t.Helper()
	w := world.New(1)
	server := httptest.NewServer(w.Handler(func() int { return 0 }))
	t.Cleanup(server.Close)
	address := server.Listener.Addr().(*net.TCPAddr) //nolint:forcetypeassert // a TCP listener has no other
	for _, host := range w.Hosts() {
		c.Crawl.Pins = append(c.Crawl.Pins, Pin{Host: host, Address: address.IP.String(), Port: address.Port})
	}
	declared := filepath.Join(t.TempDir(), "declared")
	if err := unfold(world.Declarations(), declared); err != nil {
		t.Fatal(err)
	}
	c.Declarations, c.Crawl.Workers, c.Serve.Token = []string{declared}, 16, "operator"
	c.Metrics.Listen, c.Serve.Listen = free(t), free(t)
	c.Data = filepath.Join(t.TempDir(), "data")
}

// started starts the binary with settings and stops it at the end.
func started(ctx context.Context, t *testing.T, bin string, c Config, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), bin, append([]string{"-config", settingsFile(t, c)}, args...)...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d@%d", clockVar, dayZero().UnixNano(), time.Now().UnixNano()))
	complaints, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		defer time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }).Stop()
		if err := cmd.Wait(); err != nil {
			said, _ := os.ReadFile(complaints.Name())
			t.Errorf("%v ended with %v: %s", args, err, last(said, 2000))
		}
	})
}

// ordered posts an order for a campaign with the operator's token, until it is
// taken.
func ordered(ctx context.Context, t *testing.T, c Config, campaign string) {
	t.Helper()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Serve.Listen+"/api/v1/campaigns/"+campaign+"/orders", strings.NewReader(`{"verb":"run"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.Serve.Token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			said, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode < 300 {
				return
			}
			t.Fatalf("order: %d %s", answer.StatusCode, said)
		}
		rest(ctx, 100*time.Millisecond)
	}
	t.Fatal("nobody took the order")
}

// wantMetrics holds the page of metrics to what is asked of it and to what has
// to be counted, as soon as that is so.
func wantMetrics(ctx context.Context, t *testing.T, c Config, absent []string, counted ...string) {
	t.Helper()
	wrong := []string{"nobody answers"}
	for len(wrong) > 0 && ctx.Err() == nil {
		rest(ctx, 200*time.Millisecond)
		_, page := answered(ctx, "http://"+c.Metrics.Listen+"/metrics")
		wrong = nil
		for _, name := range asked(t) {
			there := strings.Contains(page, "\n"+name+"{") || strings.Contains(page, "\n"+name+" ")
			if there == slices.Contains(absent, name) {
				wrong = append(wrong, fmt.Sprintf("%s: exported %t", name, there))
			}
		}
		for _, name := range counted {
			if value(page, name) <= 0 {
				wrong = append(wrong, name+" counts nothing")
			}
		}
	}
	for _, w := range wrong {
		t.Error(w)
	}
}

// value adds up the samples whose line begins with a text.
func value(page, begins string) (sum float64) {
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, begins) {
			continue
		}
		var n float64
		_, _ = fmt.Sscan(line[strings.LastIndexByte(strings.TrimSpace(line), ' ')+1:], &n)
		sum += n
	}
	return sum
}

// everywhere is what a run of the small campaign counts, whoever does it.
func everywhere() []string {
	return []string{
		`probity_runs_closed_total{campaign="small",result="ok"}`,
		`probity_visits_total{reason="",result="done"`, `probity_fetched_bytes_total{`, `probity_frontier_added_total{result="new"}`,
		`probity_frontier_leases_total`, `probity_readings_total{result="read"`, `probity_records_total{`, `probity_archive_keep_seconds_count{result="ok"}`,
		`probity_archive_open_seconds_count{result="ok"}`, `probity_read_seconds_count`, `probity_issues_total{reason="first"}`,
		`probity_evaluations_total{result="ok"}`, `probity_evaluate_seconds_count`, `probity_run_close_seconds_count`, `probity_leader`,
		`probity_ledger_position{of="written"}`, `probity_ledger_position{of="followed"}`, `probity_source_max_age_seconds{`,
		`probity_source_success_age_seconds{`, `probity_disk_free_bytes{disk="data"}`, `probity_http_requests_total{`,
		`probity_dependency_ready{dependency="start"}`, `probity_queue_settled_total{queue="captures",result="ok"}`,
	}
}

// What alerts and dashboard ask for is made by a laptop that works; what it
// has no part in is not there rather than zero.
func TestALaptopExportsEveryMetricThatIsAskedFor(t *testing.T) {
	t.Parallel()
	bin := buildBinary(t)
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	c := DefaultConfig()
	theWorld(t, &c)
	started(ctx, t, bin, c, "run")
	ordered(ctx, t, c, "small")
	wantMetrics(ctx, t, c, []string{"probity_archive_unsealed_bytes", "probity_archive_unsealed_oldest_seconds"},
		append(everywhere(), `probity_dependency_ready{dependency="database"}`)...)
}

// A member of a fleet that has all roles makes all of them.
func TestAFleetExportsEveryMetricThatIsAskedFor(t *testing.T) {
	c := fleetConfig(t)
	bin := buildBinary(t)
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	theWorld(t, &c)
	started(ctx, t, bin, c, "run")
	ordered(ctx, t, c, "small")
	wantMetrics(ctx, t, c, nil, append(everywhere(),
		`probity_archive_uploaded_bytes_total`, `probity_archive_upload_seconds_count{result="ok"}`, `probity_index_documents_total{kind="record",result="ok"}`,
		`probity_dependency_ready{dependency="redis"}`, `probity_dependency_ready{dependency="elasticsearch"}`, `probity_dependency_ready{dependency="objects"}`,
		`probity_dependency_ready{dependency="view"}`)...)
}
