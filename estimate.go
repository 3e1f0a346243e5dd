package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// An Estimate is what a run of a campaign will come to, by its last runs and
// the gaps of its hosts as they are in force: said before it starts.
type Estimate struct {
	Campaign string  `json:"campaign"`
	Pages    int     `json:"pages"`
	Requests int     `json:"requests"` // for the pages, and for what these ask for under a browser, as scripts and pictures
	Least    int     `json:"pages_least"`
	Most     int     `json:"pages_most"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	Slowest  string  `json:"slowest,omitempty"` // the host that takes longest
	AtHost   int     `json:"pages_at_slowest"`
	Gap      float64 `json:"gap_at_slowest"` // seconds
	Capped   string  `json:"capped,omitempty"`
	Runs     int     `json:"runs"` // on which it rests
	Sure     string  `json:"sure"` // high, medium, low
	Why      string  `json:"why"`
}

// looksBack is on how many runs an estimate rests at most.
const looksBack = 5

// answerTime is how long an answer is taken to last where nothing is known.
const answerTime = 300 * time.Millisecond

// estimate says what a run of a campaign would come to now.
func (h *house) estimate(ctx context.Context, c evidence.Campaign) (Estimate, error) {
	c = h.inForce(ctx, c)
	e := Estimate{Campaign: c.ID}
	last, err := h.lastFigures(ctx, c.ID)
	if err != nil {
		return e, err
	}
	hosts, err := h.expect(ctx, c, last, &e)
	if err != nil {
		return e, err
	}
	if err := h.last(ctx, c, hosts, &e); err != nil {
		return e, err
	}
	e.cap(c.Budget)
	return e, nil
}

// lastFigures are those of the newest closed runs, newest first.
func (h *house) lastFigures(ctx context.Context, id string) (all []campaign.Figures, err error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, run := range slices.Backward(runs) {
		if run.Campaign != id || run.State != campaign.Closed || len(all) == looksBack {
			continue
		}
		var r Report
		if err := h.runs.Report(ctx, run.ID, &r); errors.Is(err, evidence.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		if r.Figures.Asked > 0 {
			all = append(all, r.Figures)
		}
	}
	return all, nil
}

// expect says how many pages there will be, by host, and how sure that is.
func (h *house) expect(ctx context.Context, c evidence.Campaign, last []campaign.Figures, e *Estimate) (map[string]int, error) {
	e.Runs = len(last)
	if len(last) == 0 {
		leads, err := h.starts(ctx, c)
		if err != nil {
			return nil, err
		}
		hosts := map[string]int{}
		for _, l := range leads {
			hosts[l.Host()]++
		}
		e.Pages, e.Least, e.Most, e.Requests = len(leads), len(leads), len(leads), len(leads)
		e.Sure, e.Why = "low", "从未运行，只知道起始页 it never ran: only its start pages are known"
		return hosts, nil
	}
	e.Pages, e.Least, e.Most, e.Bytes = last[0].Asked, math.MaxInt, 0, last[0].Bytes
	e.Requests = max(last[0].Requests-len(last[0].Hosts), e.Pages) // each host was asked for its robots.txt
	for _, f := range last {
		e.Least, e.Most = min(e.Least, f.Asked), max(e.Most, f.Asked)
	}
	spread := float64(e.Most-e.Least) / float64(max(1, e.Pages))
	switch {
	case len(last) >= 3 && spread <= 0.1:
		e.Sure, e.Why = "high", fmt.Sprintf("最近 %d 次相差不超过一成 the last %d runs differ by a tenth at most", len(last), len(last))
	case len(last) >= 2 && spread <= 0.3:
		e.Sure, e.Why = "medium", fmt.Sprintf("最近 %d 次为 %d–%d 页 the last %d runs had so many pages", len(last), e.Least, e.Most, len(last))
	case len(last) == 1:
		e.Sure, e.Why = "low", "只运行过一次 it ran once only"
	default:
		e.Sure, e.Why = "low", fmt.Sprintf("最近 %d 次相差很大：%d–%d 页 the last %d runs differ much", len(last), e.Least, e.Most, len(last))
	}
	return last[0].Hosts, nil
}

// last reckons the time: each host is asked one page after the other with its
// gap, hosts side by side, as many at once as there are workers.
func (h *house) last(ctx context.Context, c evidence.Campaign, hosts map[string]int, e *Estimate) error {
	states, err := h.frontier.Hosts(ctx)
	if err != nil {
		return err
	}
	known := map[string]crawler.HostState{}
	for _, s := range states {
		known[s.Host] = s
	}
	declared := time.Duration(0)
	for _, id := range c.Sources {
		declared = max(declared, h.manners(ctx, h.set.Sources[id]).Gap)
	}
	pages, busy := map[string]int{}, map[string]time.Duration{}
	gaps := map[string]time.Duration{}
	each := float64(max(e.Requests, e.Pages)) / float64(max(1, e.Pages)) // requests a page
	for host, n := range hosts {
		group, gap := host, declared
		if s, ok := known[host]; ok {
			group = s.Group
			if s.Gap > 0 {
				gap = s.Gap
			}
		}
		pages[group] += int(math.Ceil(float64(n)*each)) + 1 // robots.txt
		gaps[group] = max(gaps[group], gap)
	}
	var work time.Duration
	for group, n := range pages {
		busy[group] = time.Duration(n) * (gaps[group] + answerTime)
		work += time.Duration(n) * answerTime
	}
	total := work / time.Duration(max(1, h.config.Crawl.Workers))
	for _, group := range sortedKeys(busy) {
		if busy[group] > total {
			total, e.Slowest, e.AtHost, e.Gap = busy[group], group, pages[group], gaps[group].Seconds()
		}
	}
	e.Seconds = total.Seconds()
	return nil
}

// cap holds an estimate to the budget, which would end the run.
func (e *Estimate) cap(b evidence.Budget) {
	share := 1.0
	if all := max(e.Requests, e.Pages); b.Requests > 0 && all > b.Requests {
		share, e.Capped = float64(b.Requests)/float64(all), "requests"
	}
	if b.Bytes > 0 && e.Bytes > b.Bytes && float64(b.Bytes)/float64(e.Bytes) < share {
		share, e.Capped = float64(b.Bytes)/float64(e.Bytes), "bytes"
	}
	if limit := 60 * float64(b.Minutes); limit > 0 && e.Seconds*share > limit {
		share, e.Capped = limit/e.Seconds, "minutes"
	}
	if e.Capped == "" {
		return
	}
	e.Pages, e.Seconds, e.Bytes = int(float64(e.Pages)*share), e.Seconds*share, int64(float64(e.Bytes)*share)
	e.Requests = int(float64(e.Requests) * share)
}

// words says an estimate to a person.
func (e Estimate) words() string {
	sure := map[string]string{"high": "把握大 rather sure", "medium": "大致 roughly", "low": "把握小 not sure"}[e.Sure]
	s := fmt.Sprintf("约 %d 页，按当前礼貌约 %s；about %s pages, %s at this courtesy（%s：%s）",
		roundly(e.Pages), minutes(e.Seconds, true), thousands(roundly(e.Pages)), minutes(e.Seconds, false), sure, e.Why)
	if e.Requests > e.Pages+e.Pages/20 {
		s += fmt.Sprintf("\n连同网页自己所取的脚本与图片约 %d 次请求 with what pages ask for themselves about %s requests", roundly(e.Requests), thousands(roundly(e.Requests)))
	}
	if e.Slowest != "" {
		s += fmt.Sprintf("\n最慢的主机 slowest host: %s，%d 次请求 requests，间隔 gap %gs", e.Slowest, e.AtHost, e.Gap)
	}
	if e.Capped != "" {
		s += "\n预算会提前结束本次采集 the budget would end it early: " + e.Capped
	}
	return s
}

// roundly keeps two figures: more would pretend to know.
func roundly(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func minutes(seconds float64, zh bool) string {
	for _, u := range []struct {
		size   float64
		zh, en string
	}{{86400, "天", "days"}, {3600, "小时", "hours"}, {60, "分钟", "minutes"}} {
		if seconds >= 1.5*u.size {
			if zh {
				return fmt.Sprintf("%.0f %s", seconds/u.size, u.zh)
			}
			return fmt.Sprintf("%.0f %s", seconds/u.size, u.en)
		}
	}
	if zh {
		return fmt.Sprintf("%.0f 秒", math.Max(1, seconds))
	}
	return fmt.Sprintf("%.0f seconds", math.Max(1, seconds))
}
