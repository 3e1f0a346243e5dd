package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/redisboard"
)

const (
	memberExpiry = 20 * time.Second // a member that was not heard of for so long is gone
	leadLasts    = 10 * time.Second // so long nobody leads after a leader died
	attention    = 500 * time.Millisecond
)

// lead campaigns for the fleet's one office: who holds it opens runs when they
// are due or wished for, and closes them. That two who think so cannot both
// write is the ledger's business.
func (f *fleet) lead(ctx context.Context) error {
	leader := redisboard.NewLeader(f.redis, "evaluate", f.worker(), leadLasts, f.log)
	return leader.Lead(ctx, func(ctx context.Context, _ int64) error {
		g := &governing{fleet: f, running: map[string]bool{}, last: f.now()}
		defer g.work.Wait()
		return g.govern(ctx)
	})
}

// A governing is one term of a leader.
type governing struct {
	*fleet
	work sync.WaitGroup
	last time.Time // up to which schedules were looked at

	mu      sync.Mutex
	running map[string]bool // campaigns at work here
}

func (g *governing) govern(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return g.every(ctx, attention, "lead", g.attend)
}

// attend looks once at what was said, wished and scheduled.
func (g *governing) attend(ctx context.Context) error {
	if err := g.follow(ctx); err != nil {
		return err
	}
	runs, err := g.runs.All(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.State != campaign.Closed {
			g.start(ctx, g.campaignOf(run), run.Who)
		}
	}
	if err := g.wishes(ctx); err != nil {
		return err
	}
	now := g.now()
	for _, id := range sortedKeys(g.set.Campaigns) {
		declared := g.set.Campaigns[id]
		if next := nextTime(declared, g.last); !next.IsZero() && !next.After(now) {
			g.start(ctx, declared, "schedule")
		}
	}
	g.last = now
	return nil
}

// campaignOf is the campaign of a run; of an intake there is no declaration.
func (h *house) campaignOf(run campaign.Run) evidence.Campaign {
	if c, ok := h.set.Campaigns[run.Campaign]; ok {
		return c
	}
	c := evidence.Campaign{ID: run.Campaign, Sources: sortedKeys(run.Sources)}
	if run.Cohort {
		c.Cohort = &evidence.Cohort{}
	}
	return c
}

// An order is what a person wishes of the leader.
type order struct {
	Campaign string `json:"campaign"`
	Who      string `json:"who"`
}

func (g *governing) wishes(ctx context.Context) error {
	wishes, err := g.board.Wishes(ctx, 100)
	if err != nil {
		return err
	}
	for _, w := range wishes {
		var o order
		if err := json.Unmarshal(w.Order, &o); err != nil {
			g.log.ErrorContext(ctx, "a wish that nobody can read is passed over", slog.Int64("wish", w.ID), slog.Any("error", err))
		} else if c, ok := g.set.Campaigns[o.Campaign]; !ok {
			g.log.ErrorContext(ctx, "a wish for a campaign that is not declared is passed over", slog.String("campaign", o.Campaign))
		} else if _, err := g.begin(ctx, c, o.Who); err != nil { // the run stands in the ledger: from now on it is taken up by whoever leads
			return err
		}
		if err := g.board.Granted(ctx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// start takes up a campaign beside the others, unless it is at work already or
// outside its window.
func (g *governing) start(ctx context.Context, c evidence.Campaign, who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running[c.ID] || !c.Window.Open(g.now()) {
		return
	}
	g.running[c.ID] = true
	g.work.Go(func() {
		defer func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			delete(g.running, c.ID)
		}()
		err := g.patiently(ctx, "run campaign "+c.ID, func() error { return g.through(ctx, c, who) })
		if err != nil && ctx.Err() == nil && !errors.Is(err, errShut) {
			g.log.ErrorContext(ctx, "campaign stopped", slog.String("campaign", c.ID), slog.Any("error", err))
		}
	})
}

// byWindow is the reason of a pause that the campaign's window made.
const byWindow = "window"

// through goes through a campaign; crawlers rest while its window is closed.
func (g *governing) through(ctx context.Context, c evidence.Campaign, who string) error {
	run, err := g.begin(ctx, c, who)
	if err != nil {
		return err
	}
	if counts, err := g.frontier.Counts(ctx, run.ID); err == nil && counts.State == crawler.Paused && counts.Reason == byWindow {
		if err := g.frontier.Resume(ctx, crawler.Target{Run: run.ID}); err != nil {
			return err
		}
	}
	_, err = g.house.run(ctx, c, who, func(Progress) {})
	if errors.Is(err, errShut) {
		return errors.Join(err, g.frontier.Pause(ctx, crawler.Target{Run: run.ID}, byWindow))
	}
	return err
}

// wish leaves an order for the leader.
func (f *fleet) wish(ctx context.Context, id, who string) error {
	if _, ok := f.set.Campaigns[id]; !ok {
		return fmt.Errorf("campaign %s: %w", id, evidence.ErrNotFound)
	}
	_, err := f.board.Wish(ctx, order{id, who})
	return err
}

// campaignRun goes through a campaign: here, or in a fleet by whoever leads.
func (h *house) campaignRun(ctx context.Context, c evidence.Campaign, who string, show func(Progress)) (Report, error) {
	if h.fleet != nil {
		return h.fleet.byWish(ctx, c, who, show)
	}
	return h.run(ctx, c, who, show)
}

// byWish runs a campaign by wish, and shows how it goes until it is over:
// how a command does it in a fleet.
func (f *fleet) byWish(ctx context.Context, c evidence.Campaign, who string, show func(Progress)) (Report, error) {
	before, err := f.lastRun(ctx, c.ID)
	if err != nil {
		return Report{}, err
	}
	if before.State == "" || before.State == campaign.Closed {
		if err := f.wish(ctx, c.ID, who); err != nil {
			return Report{}, err
		}
	}
	return f.reported(ctx, c.ID, before, show)
}

// reported waits until a campaign's run that came after before, or was open
// then, is closed and told by whoever leads.
func (f *fleet) reported(ctx context.Context, id string, before campaign.Run, show func(Progress)) (Report, error) {
	tick := time.NewTicker(attention)
	defer tick.Stop()
	start := f.now()
	for {
		select {
		case <-ctx.Done():
			return Report{}, ctx.Err()
		case <-tick.C:
		}
		run, err := f.lastRun(ctx, id)
		switch {
		case errors.Is(err, evidence.ErrUnavailable):
			continue
		case err != nil:
			return Report{}, err
		case run.ID == "" || run.ID == before.ID && before.State == campaign.Closed:
			continue
		}
		var r Report
		if run.State == campaign.Closed {
			return r, f.runs.Report(ctx, run.ID, &r)
		}
		if p, _, err := f.progress(ctx, run); err == nil {
			p.pace(f.now().Sub(start))
			show(p)
		}
	}
}

func (f *fleet) lastRun(ctx context.Context, id string) (campaign.Run, error) {
	if err := f.follow(ctx); err != nil {
		return campaign.Run{}, err
	}
	run, err := f.runs.Last(ctx, id)
	if errors.Is(err, evidence.ErrNotFound) {
		return campaign.Run{}, nil
	}
	return run, err
}
