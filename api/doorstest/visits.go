package doorstest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

// Stated are the records whose newest version a capture's content is cited by.
func (h *House) Stated(_ context.Context, c evidence.Capture, _ int) (doors.Stated, error) {
	out := doors.Stated{Records: []doors.StatedRecord{}}
	for _, id := range sorted(h.Records) {
		for _, v := range h.Records[id].Versions {
			if slices.ContainsFunc(v.Citations, func(x evidence.Citation) bool { return x.Content == c.Content }) {
				out.Records = append(out.Records, doors.StatedRecord{ID: id, Record: v.Record, Citations: v.Citations, Facts: h.Records[id].Facts})
			}
		}
	}
	return out, h.Fail
}

// OfPage are the captures whose address is that of one.
func (h *House) OfPage(ctx context.Context, id, cursor string, n int) (doors.Visits, error) {
	c, err := h.Capture(ctx, id)
	if err != nil {
		return doors.Visits{}, err
	}
	return h.visits(cursor, n, func(o evidence.Capture) bool { return o.Lead.URL == c.Capture.Lead.URL })
}

// OfHost are those of a host. A cursor is how many came before.
func (h *House) OfHost(_ context.Context, host, cursor string, n int) (doors.Visits, error) {
	return h.visits(cursor, n, func(o evidence.Capture) bool { return o.Lead.Host() == host })
}

func (h *House) visits(cursor string, n int, want func(evidence.Capture) bool) (doors.Visits, error) {
	out := doors.Visits{Visits: []doors.Visit{}}
	from, err := strconv.Atoi(cmp.Or(cursor, "0"))
	if err != nil {
		return out, fmt.Errorf("cursor: %w", evidence.ErrInvalid)
	}
	for _, id := range sorted(h.Captures) {
		if c := h.Captures[id].Capture; want(c) {
			out.Visits = append(out.Visits, doors.Visit{
				Capture: c.ID, Content: c.Content, Time: c.Time, Method: "GET", URL: c.Lead.URL, Status: c.Status, Bytes: c.Size, Source: c.Lead.Source, Run: c.Run,
				Robots: evidence.RobotsDecision{Allowed: true, Reason: "allowed", Rule: "Allow: /", Line: 2, Digest: evidence.Digest("robots")}, File: ContentOf("/robots.txt"),
			})
		}
	}
	slices.SortStableFunc(out.Visits, func(a, b doors.Visit) int { return b.Time.Compare(a.Time) })
	out.Visits = out.Visits[min(from, len(out.Visits)):]
	if len(out.Visits) > n {
		out.Visits, out.Next = out.Visits[:n], strconv.Itoa(from+n)
	}
	return out, h.Fail
}

// Neighbour knows one host.
func (h *House) Neighbour(ctx context.Context, host string) (doors.Neighbour, error) {
	if host != "amr.example" {
		return doors.Neighbour{}, fmt.Errorf("host %s: %w", host, evidence.ErrNotFound)
	}
	hosts, err := h.Hosts(ctx)
	return doors.Neighbour{
		Host: host, Agent: "probity/0.1 (+https://probity.example/crawler; crawler@probity.example)", Contact: []string{"https://probity.example/crawler", "crawler@probity.example"},
		Courtesy: &hosts[0], File: ContentOf("/robots.txt"), Read: at("2026-11-09", 9),
		Sources: []doors.Ground{{
			ID: "amr-penalty", Title: "行政处罚公示", Publisher: "模拟市市场监督管理局", LegalBasis: "政府信息公开条例 第二十条", Purpose: "第三方信用评价", Impact: "每秒至多一次请求",
			Retention: 36, Campaigns: []string{"daily", "world"}, Gap: time.Second,
		}},
	}, err
}
