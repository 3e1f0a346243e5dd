// Package crawlmeter counts and traces what a visitor does, by standing around
// the contracts that the visitor speaks to: claim, fetch, settle.
//
// Why so: a backend that counted itself would count differently from the next
// one. What stands around the contract sees the same of all. It changes
// nothing of what passes, and refuses to know a backend.
package crawlmeter

import (
	"context"
	"log/slog"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/trace"
)

var (
	_ crawler.Frontier = (*Frontier)(nil)
	_ crawler.Fetcher  = (*Fetcher)(nil)
	_ crawler.Desk     = (*Desk)(nil)
)

// A Frontier counts claims, leads added and leases taken back.
type Frontier struct {
	crawler.Frontier
	Meter *gauge.Meter
	Trace *trace.Tracer
	Turn  func() // called at each claim, which a visitor's loop makes every second or so while it has idle workers; nil: nobody is told
}

// Add implements crawler.Frontier.
func (f *Frontier) Add(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (crawler.Added, error) {
	ctx, span := f.Trace.Start(ctx, "add", slog.String("run", run), slog.Int("leads", len(leads)))
	added, err := f.Frontier.Add(ctx, run, m, leads...)
	f.Meter.Added(added.New, added.Seen, added.Shut)
	span.End(err)
	return added, err
}

// Claim implements crawler.Frontier. An empty claim makes no span.
func (f *Frontier) Claim(ctx context.Context, worker string, n int, ttl time.Duration) (crawler.Batch, error) {
	if f.Turn != nil {
		f.Turn()
	}
	start := time.Now()
	b, err := f.Frontier.Claim(ctx, worker, n, ttl)
	f.Meter.Claimed(len(b.Leases), time.Since(start), err)
	return b, err
}

// Reap implements crawler.Frontier.
func (f *Frontier) Reap(ctx context.Context) (int, error) {
	n, err := f.Frontier.Reap(ctx)
	f.Meter.Reaped(n)
	return n, err
}

// A Fetcher counts and traces exchanges.
type Fetcher struct {
	crawler.Fetcher
	Meter *gauge.Meter
	Trace *trace.Tracer
}

// Fetch implements crawler.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, r crawler.Request) (evidence.Exchange, error) {
	ctx, span := f.Trace.Start(ctx, "fetch", slog.String("source", r.Lead.Source), slog.Int("attempt", r.Attempt))
	start := time.Now()
	e, err := f.Fetcher.Fetch(ctx, r)
	f.Meter.Fetched(r.Lead.Source, e.Capture.Status, int64(len(e.Raw)), time.Since(start), err)
	span.Say(slog.Int("status", e.Capture.Status), slog.Int("bytes", len(e.Raw)))
	span.End(err)
	return e, err
}

// A Desk counts and traces settlements.
type Desk struct {
	crawler.Desk
	Meter *gauge.Meter
	Trace *trace.Tracer
}

// Settle implements crawler.Desk.
func (d *Desk) Settle(ctx context.Context, s crawler.Settlement) error {
	ctx, span := d.Trace.Start(ctx, "settle", slog.String("result", string(s.Outcome.Result)), slog.Int("follow", len(s.Follow)))
	start := time.Now()
	err := d.Desk.Settle(ctx, s)
	d.Meter.Settled(s.Lease.Lead.Source, string(s.Outcome.Result), s.Outcome.Reason, time.Since(start), err)
	span.End(err)
	return err
}

// Visits makes one span of each visit, below which its fetch, keep and settle
// stand: a visitor's Around.
func Visits(t *trace.Tracer) crawler.Around {
	return func(ctx context.Context, l crawler.Lease) (context.Context, func(crawler.Outcome)) {
		ctx, span := t.Start(ctx, "visit", slog.String("run", l.Run), slog.String("source", l.Lead.Source),
			slog.String("lead", l.Lead.Key()), slog.String("group", l.Group), slog.Int("attempt", l.Attempt))
		return ctx, func(o crawler.Outcome) {
			span.Say(slog.String("result", string(o.Result)), slog.String("reason", o.Reason))
			span.End(nil)
		}
	}
}
