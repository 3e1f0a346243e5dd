package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Progress is how a run stands at one moment.
type Progress struct {
	Run      string  `json:"run"`
	State    string  `json:"state"`
	Open     int     `json:"open"` // leads not yet visited
	Done     int     `json:"done"`
	Failed   int     `json:"failed"` // given up or refused
	Captures int     `json:"captures"`
	Unread   int     `json:"unread"` // captures that wait to be read
	Records  int     `json:"records"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"rate"`            // leads settled a second, since the start
	Left     float64 `json:"left"`            // seconds, at this rate; 0 if unknown
	Waits    string  `json:"waits,omitempty"` // why nothing is fetched just now
}

func (p *Progress) pace(elapsed time.Duration) {
	p.Seconds = elapsed.Seconds()
	if settled := float64(p.Done + p.Failed); p.Seconds > 0 && settled > 0 {
		p.Rate = settled / p.Seconds
		p.Left = float64(p.Open) / p.Rate
	}
}

// A meter shows progress: a bar on a terminal, a line every few seconds
// elsewhere, NDJSON where a program asks.
type meter struct {
	out  io.Writer
	bar  bool
	json bool
	last time.Time
	now  func() time.Time
}

const every = 3 * time.Second

func newMeter(out io.Writer, asJSON bool, now func() time.Time) *meter {
	f, ok := out.(*os.File)
	return &meter{out: out, json: asJSON, bar: ok && !asJSON && term.IsTerminal(int(f.Fd())), now: now}
}

// show writes p if it is time to.
func (m *meter) show(p Progress) {
	now := m.now()
	switch {
	case m.json && now.Sub(m.last) >= time.Second:
		line, _ := json.Marshal(p)
		_, _ = fmt.Fprintf(m.out, "%s\n", line)
	case m.bar && now.Sub(m.last) >= 100*time.Millisecond:
		_, _ = fmt.Fprintf(m.out, "\r\x1b[K%s", p.line(true))
	case !m.json && !m.bar && now.Sub(m.last) >= every:
		_, _ = fmt.Fprintln(m.out, p.line(false))
	default:
		return
	}
	m.last = now
}

// end leaves the last state on a line of its own.
func (m *meter) end(p Progress) {
	switch {
	case m.json:
		line, _ := json.Marshal(p)
		_, _ = fmt.Fprintf(m.out, "%s\n", line)
	case m.bar:
		_, _ = fmt.Fprintf(m.out, "\r\x1b[K%s\n", p.line(true))
	default:
		_, _ = fmt.Fprintln(m.out, p.line(false))
	}
}

func (p Progress) line(bar bool) string {
	total := p.Open + p.Done + p.Failed
	var b strings.Builder
	if bar {
		const width = 24
		full := 0
		if total > 0 {
			full = width * (p.Done + p.Failed) / total
		}
		fmt.Fprintf(&b, "%s ▕%s%s▏ ", p.Run, strings.Repeat("█", full), strings.Repeat("·", width-full))
	} else {
		fmt.Fprintf(&b, "%s ", p.Run)
	}
	fmt.Fprintf(&b, "待访 open %d · 完成 done %d · 失败 failed %d · 存档 captures %d · 记录 records %d · %s · %.0f/s",
		p.Open, p.Done, p.Failed, p.Captures, p.Records, size(p.Bytes), p.Rate)
	if p.Left > 0 {
		fmt.Fprintf(&b, " · 剩余 left %s", (time.Duration(p.Left+0.5) * time.Second))
	}
	if p.Waits != "" {
		b.WriteString(" · 等待 waits: " + p.Waits)
	}
	return b.String()
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
}
