package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"probity/api/doors"
	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// A conductor runs campaigns while the house is being served: when their
// schedule says so, and when a person asks. One at a time, since one visitor
// serves all.
type conductor struct {
	*house
	orders chan wish
	mu     sync.Mutex
	queued map[string]bool // campaigns that wait or run
}

type wish struct{ campaign, who string }

func newConductor(h *house) *conductor {
	return &conductor{house: h, orders: make(chan wish, 64), queued: map[string]bool{}}
}

// conduct obeys until ctx ends. What was under way then is taken up at the
// next start.
func (c *conductor) conduct(ctx context.Context) error {
	due := time.NewTicker(time.Second)
	defer due.Stop()
	last := c.now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case o := <-c.orders:
			c.work(ctx, o)
		case <-due.C:
			now := c.now()
			c.schedule(last, now)
			last = now
		}
	}
}

func (c *conductor) work(ctx context.Context, o wish) {
	_, err := c.run(ctx, c.set.Campaigns[o.campaign], o.who, func(Progress) {})
	if err != nil && !errors.Is(err, context.Canceled) {
		c.log.ErrorContext(ctx, "campaign stopped", slog.String("campaign", o.campaign), slog.Any("error", err))
	}
	c.mu.Lock()
	delete(c.queued, o.campaign)
	c.mu.Unlock()
}

// schedule queues every campaign whose time came in (from, to].
func (c *conductor) schedule(from, to time.Time) {
	for _, id := range sortedKeys(c.set.Campaigns) {
		declared := c.set.Campaigns[id]
		if next := nextTime(declared, from); !next.IsZero() && !next.After(to) && declared.Window.Open(to) {
			_ = c.queue(id, "schedule")
		}
	}
}

func nextTime(declared evidence.Campaign, after time.Time) time.Time {
	if declared.Schedule == "" {
		return time.Time{}
	}
	s, err := declare.Schedule(declared.Schedule)
	if err != nil {
		return time.Time{} // declarations were checked when they were read
	}
	return s.Next(after.In(evidence.Shanghai))
}

func (c *conductor) next(declared evidence.Campaign) time.Time { return nextTime(declared, c.now()) }

func (c *conductor) queue(id, who string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queued[id] {
		return fmt.Errorf("campaign %s: %w: it is running already", id, evidence.ErrConflict)
	}
	select {
	case c.orders <- wish{id, who}:
		c.queued[id] = true
		return nil
	default:
		return fmt.Errorf("campaign %s: %w: too many wait, try again later", id, evidence.ErrUnavailable)
	}
}

// stateOf is a run's state, with what commanders ordered.
func (c *conductor) stateOf(ctx context.Context, r campaign.Run) string {
	if r.State != campaign.Running {
		return r.State
	}
	if counts, err := c.frontier.Counts(ctx, r.ID); err == nil && counts.State == crawler.Paused {
		return doors.Paused
	}
	return r.State
}

// Order implements doors.Campaigns.
func (c *conductor) Order(ctx context.Context, id, verb, who string) error {
	if _, ok := c.set.Campaigns[id]; !ok {
		return fmt.Errorf("campaign %s: %w", id, evidence.ErrNotFound)
	}
	switch {
	case verb == doors.Run && c.fleet != nil:
		return c.fleet.wish(ctx, id, who)
	case verb == doors.Run:
		return c.queue(id, who)
	}
	run, err := c.runs.Open(ctx, id)
	if errors.Is(err, evidence.ErrNotFound) {
		return fmt.Errorf("campaign %s: %w: it is not running", id, evidence.ErrConflict)
	}
	if err != nil {
		return err
	}
	switch verb {
	case doors.Pause:
		return c.frontier.Pause(ctx, crawler.Target{Run: run.ID}, "paused by "+who)
	case doors.Resume:
		return c.frontier.Resume(ctx, crawler.Target{Run: run.ID})
	}
	return fmt.Errorf("campaign %s: %w: no order %q", id, evidence.ErrInvalid, verb)
}
