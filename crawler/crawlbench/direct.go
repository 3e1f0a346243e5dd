package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// What is promised (issue 5, "Speed").
const (
	leastRate  = 1600.0
	leastOfSum = 0.80
	leastOfOwn = 3.5
	mostMemory = 150 << 20
)

// direct starts the processes in turn and prints what they say.
func direct(ctx context.Context, out io.Writer, s settings) error {
	p := printer{out: out}
	p.line("machine: %s, %d cores, %s, %s/%s", model(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	var err error
	switch s.what {
	case "speed":
		err = speed(ctx, &p, s)
	case "leads":
		err = leads(ctx, &p, s)
	case "courtesy":
		err = courtesy(ctx, &p, s)
	default:
		err = fmt.Errorf("-what %q: want speed, leads or courtesy", s.what)
	}
	if err != nil {
		return err
	}
	return p.err
}

type printer struct {
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format+"\n", args...)
	}
}

// model is the processor as Linux names it.
func model() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown"
}

// speed measures ours beside the yardsticks.
func speed(ctx context.Context, p *printer, s settings) error {
	address, stop, err := s.serving(ctx)
	if err != nil {
		return err
	}
	defer stop()
	s.address = address
	p.line("%d pages of %d bytes with %d links, %d hosts, %d visits at once; server and crawler on one core each", s.pages, pageSize, pageLinks, s.hosts, s.workers)
	p.line("%-10s %8s %14s %8s %10s %10s", "", "pages", "a busy second", "µs each", "peak MiB", "seconds")
	got := map[string]figure{}
	for _, role := range []string{"sum", "probity", "colly"} {
		f, err := s.ask(ctx, role)
		if err != nil {
			return err
		}
		got[role] = f[0]
		p.row(role, f[0])
	}
	ours := got["probity"].rate()
	p.line("of the bare sum  %5.2f (at least %.2f)", ours/got["sum"].rate(), leastOfSum)
	p.line("of colly's loop  %5.2f (at least %.1f)", ours/got["colly"].rate(), leastOfOwn)
	p.line("pages a second   %5.0f (at least %.0f)", ours, leastRate)
	p.line("peak memory, MiB %5d (at most %d)", got["probity"].Peak>>20, mostMemory>>20)
	return nil
}

func (p *printer) row(name string, f figure) {
	p.line("%-10s %8d %14.0f %8.0f %10d %10.1f", name, f.Pages, f.rate(), f.Busy.Seconds()*1e6/float64(f.Pages), f.Peak>>20, f.Wall.Seconds())
}

// leads measures ours at more and more pages.
func leads(ctx context.Context, p *printer, s settings) error {
	p.line("%-10s %8s %14s %8s %10s %10s", "", "pages", "a busy second", "µs each", "peak MiB", "seconds")
	for _, n := range []int{s.pages, 10 * s.pages} {
		s.pages = n
		if err := func() (err error) {
			address, stop, err := s.serving(ctx)
			if err != nil {
				return err
			}
			defer stop()
			s.address = address
			f, err := s.ask(ctx, "probity")
			if err == nil {
				p.row("probity", f[0])
			}
			return err
		}(); err != nil {
			return err
		}
	}
	return nil
}
