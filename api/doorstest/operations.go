package doorstest

import (
	"context"
	"fmt"
	"time"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

func (h *House) did(format string, args ...any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Fail == nil {
		h.Orders = append(h.Orders, fmt.Sprintf(format, args...))
	}
	return h.Fail
}

// Calendar has one time of each state.
func (h *House) Calendar(context.Context, int) (doors.Calendar, error) {
	var due []doors.Due
	for i, state := range []string{doors.DueWaiting, doors.DueOpen, doors.DueBlocked, doors.DueOverlap} {
		due = append(due, doors.Due{At: at("2026-11-10", i), Campaign: "daily", Title: "每日监管信息", State: state, Words: "因为 since"})
	}
	past := []doors.Notice{{Campaign: "daily", Do: "skip", Due: at("2026-11-08", 2), Reason: "overlap", Words: "上一次尚未结束 the run before goes on"}}
	return doors.Calendar{Due: due, Past: past}, h.Fail
}

// Hosts are one that is well, one that is paused and one that rests.
func (h *House) Hosts(context.Context) ([]doors.Host, error) {
	return []doors.Host{
		{Host: "amr.example", Group: "amr.example", State: "running", Gap: time.Second, By: "declared", Last: at("2026-11-09", 9), Next: at("2026-11-09", 10), Open: 120, Leased: 1},
		{Host: "court.example", Group: "courts", State: "paused", Reason: "operator: 对方请求", Gap: 5 * time.Second, By: "ordered", Open: 7},
		{Host: "tax.example", Group: "tax.example", State: "running", Gap: 8 * time.Second, By: "slow", Rests: at("2026-11-09", 11), Flag: "robots.txt 要求间隔 1h0m0s，实际按 1m0s 执行 asks for a crawl-delay of 1h0m0s; 1m0s is kept"},
	}, h.Fail
}

// OrderHost notes the order.
func (h *House) OrderHost(_ context.Context, host string, o doors.Order, who string) error {
	if host == "nobody.example" {
		return fmt.Errorf("host %s: %w", host, evidence.ErrNotFound)
	}
	return h.did("host %s %s %s %s %s", host, o.Verb, o.Delay, o.Why, who)
}

// OrderSource notes the order, about sources that there are.
func (h *House) OrderSource(_ context.Context, id string, o doors.Order, who string) error {
	if id != "tax" && id != "amr-penalty" {
		return fmt.Errorf("source %s: %w", id, evidence.ErrNotFound)
	}
	return h.did("source %s %s %s %s %s", id, o.Verb, o.Delay, o.Why, who)
}

// OrderCampaign notes the order.
func (h *House) OrderCampaign(_ context.Context, id string, b *evidence.Budget, why, who string) error {
	return h.did("campaign %s %+v %s %s", id, b, why, who)
}

// Given is one order in force and one that was replaced.
func (h *House) Given(context.Context, int) ([]doors.Given, error) {
	return []doors.Given{
		{About: "source:tax", Version: 2, Words: "停止采集 killed", Who: "operator", Why: "对方请求", At: at("2026-11-09", 9), InForce: true},
		{About: "source:tax", Version: 1, Words: "间隔 delay 5s", Who: "operator", Why: "服务器告急", At: at("2026-11-08", 9)},
	}, h.Fail
}

// Failures are two.
func (h *House) Failures(context.Context) ([]doors.Failure, error) {
	return []doors.Failure{
		{Run: "world-1", Campaign: "world", Reason: "timeout", Words: "超时 timed out", N: 3, Examples: []string{"http://tax.example/1"}},
		{Run: "world-2", Campaign: "world", Open: true, Reason: "http_500", N: 1, Examples: []string{"http://tax.example/2"}},
	}, h.Fail
}

// Retry notes the order, about reasons that there are.
func (h *House) Retry(_ context.Context, run, reason, who string) (doors.Retried, error) {
	if reason != "timeout" {
		return doors.Retried{}, fmt.Errorf("run %s: %w", run, evidence.ErrNotFound)
	}
	return doors.Retried{Run: "again-0-1", Leads: 3}, h.did("retry %s %s %s", run, reason, who)
}

// Refusals are one of robots.txt.
func (h *House) Refusals(context.Context) ([]doors.Failure, error) {
	return []doors.Failure{{
		Run: "world-1", Campaign: "world", Host: "shop.example", Reason: "robots_disallowed", N: 12, Examples: []string{"http://shop.example/private"},
		Robots: &evidence.RobotsDecision{Reason: "disallowed", Rule: "Disallow: /private", Line: 4, Digest: evidence.Digest("robots")}, File: ContentOf("/robots.txt"),
	}}, h.Fail
}

// Estimate is a plain one.
func (h *House) Estimate(_ context.Context, id string) (doors.Estimate, error) {
	for _, c := range h.All {
		if c.Campaign.ID == id {
			return doors.Estimate{Campaign: id, Pages: 1200, Seconds: 2400, Sure: "high", Words: "约 1200 页，按当前礼貌约 40 分钟；about 1,200 pages, 40 minutes at this courtesy"}, h.Fail
		}
	}
	return doors.Estimate{}, fmt.Errorf("campaign %s: %w", id, evidence.ErrNotFound)
}

// VisitNow notes the order, about captures that there are.
func (h *House) VisitNow(ctx context.Context, capture, who string) (string, error) {
	if _, err := h.Capture(ctx, capture); err != nil {
		return "", err
	}
	return "visit-0123456789ab-1", h.did("visit %s", who)
}

// Disk has room.
func (h *House) Disk(context.Context) (doors.Disk, error) {
	return doors.Disk{Free: 9 << 30, Least: 256 << 20, Folder: "data", Parts: []doors.Part{{Name: "archive", Bytes: 3 << 30, Files: 41}, {Name: "ledger", Bytes: 5 << 20, Files: 2}}}, h.Fail
}

// InForce is a budget and a delay of which each was changed by somebody.
func (h *House) InForce(ctx context.Context, id string) (doors.InForce, error) {
	c, err := h.Campaign(ctx, id)
	out := doors.InForce{Budget: c.Campaign.Budget, Sources: []doors.SourceInForce{}}
	if id == "daily" {
		out.Budget.Requests = 700
		out.Order = &doors.Given{About: "campaign:daily", Version: 4, Words: "预算 budget: 700", Who: "operator", Why: "节省 thrift", At: at("2026-11-08", 9), InForce: true}
	}
	for _, s := range c.Campaign.Sources {
		out.Sources = append(out.Sources, doors.SourceInForce{ID: s, Declared: time.Second, Gap: 7 * time.Second, Order: &doors.Given{Words: "间隔 delay 7s", Who: "li", At: at("2026-11-07", 9), InForce: true}})
	}
	return out, err
}
