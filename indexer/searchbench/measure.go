package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// figures are what a band took, a query each.
type figures struct {
	queries       int
	hits          float64 // on average
	p50, p95, max time.Duration
	cpu           time.Duration // a query, of this process
}

// measure asks every phrase once, after the first few were asked unmeasured.
func measure(phrases []string, ask func(string) (int, error)) (figures, error) {
	for _, phrase := range phrases[:min(5, len(phrases))] {
		if _, err := ask(phrase); err != nil {
			return figures{}, err
		}
	}
	var took []time.Duration
	var hits int
	cpu := processor()
	for _, phrase := range phrases {
		start := time.Now()
		n, err := ask(phrase)
		if err != nil {
			return figures{}, err
		}
		took = append(took, time.Since(start))
		hits += n
	}
	cpu = processor() - cpu
	if len(took) == 0 {
		return figures{}, nil
	}
	slices.Sort(took)
	n := len(took)
	return figures{n, float64(hits) / float64(n), took[n/2], took[min(n-1, n*95/100)], took[n-1], cpu / time.Duration(n)}, nil
}

// processor is the CPU time of this process so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A printer writes lines until one fails.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format+"\n", args...)
	}
}

func (p *printer) head() {
	p.line("%-22s %8s %9s %9s %9s %9s %9s %9s", "phrases in", "queries", "hits", "p50 ms", "p95 ms", "max ms", "CPU ms", "promise")
}

func (p *printer) row(name string, f figures, limit time.Duration) {
	word := ""
	if limit > 0 {
		word = "≤ " + ms(limit)
		if f.p95 > limit {
			word += " MISSED"
		}
	}
	p.line("%-22s %8d %9.0f %9s %9s %9s %9s %9s", name, f.queries, f.hits, ms(f.p50), ms(f.p95), ms(f.max), ms(f.cpu), word)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }

// machine says on what the figures were taken.
func (p *printer) machine() {
	p.line("machine: %s, %d cores, memory %s; %s %s/%s; load %s", or(field("/proc/cpuinfo", "model name"), "processor unknown"), runtime.NumCPU(),
		or(field("/proc/meminfo", "MemTotal"), "unknown"), runtime.Version(), runtime.GOOS, runtime.GOARCH, or(field("/proc/loadavg", ""), "unknown"))
}

// field is what follows a name in a file of lines "name: value"; without a
// name it is the first word.
func field(path, name string) string {
	f, err := os.Open(path) //nolint:gosec // three files of /proc
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name == "" {
			word, _, _ := strings.Cut(lines.Text(), " ")
			return word
		}
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
