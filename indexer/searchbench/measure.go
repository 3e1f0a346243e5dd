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
	sum           time.Duration
	cpu           time.Duration // a query, of this process
}

// measure asks every phrase once, after the first few were asked unmeasured.
func measure(phrases []string, ask func(string) (int, error)) (figures, error) {
	for _, phrase := range phrases[:min(5, len(phrases))] {
		if _, err := ask(phrase); err != nil {
			return figures{}, err
		}
	}
	all, err := compare(phrases, ask)
	return all[0], err
}

// compare asks each of several every phrase once, phrase by phrase, each time
// another first.
func compare(phrases []string, sides ...func(string) (int, error)) ([]figures, error) {
	out := make([]figures, len(sides))
	took := make([][]time.Duration, len(sides))
	for i, phrase := range phrases {
		for n := range sides {
			side := (i + n) % len(sides)
			f, start, cpu := &out[side], time.Now(), processor()
			hits, err := sides[side](phrase)
			if err != nil {
				return out, err
			}
			took[side] = append(took[side], time.Since(start))
			f.cpu += processor() - cpu
			f.hits += float64(hits)
		}
	}
	for side := range out {
		out[side].rank(took[side])
	}
	return out, nil
}

// rank finds what is to be said of the times of all queries.
func (f *figures) rank(took []time.Duration) {
	n := len(took)
	if f.queries = n; n == 0 {
		return
	}
	for _, t := range took {
		f.sum += t
	}
	slices.Sort(took)
	f.p50, f.p95, f.max = took[n/2], took[min(n-1, n*95/100)], took[n-1]
	f.hits, f.cpu = f.hits/float64(n), f.cpu/time.Duration(n)
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
	f, err := os.Open(path)
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
