package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
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
		g := &governing{fleet: f, agenda: newAgenda(f.house)}
		defer g.agenda.work.Wait()
		f.measure(func(m *gauge.Meter) { m.Leads(true) })
		defer f.measure(func(m *gauge.Meter) { m.Leads(false) })
		both, ctx := errgroup.WithContext(ctx)
		both.Go(func() error { return g.govern(ctx) })
		both.Go(func() error { return f.offerAgain(ctx) })
		return both.Wait()
	})
}

// A governing is one term of a leader.
type governing struct {
	*fleet
	agenda *agenda
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
	if err := g.wishes(ctx); err != nil {
		return err
	}
	return g.agenda.attend(ctx)
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
	Campaign string   `json:"campaign"`
	Who      string   `json:"who"`
	Source   string   `json:"source,omitempty"` // of pages that are to be asked for again
	URLs     []string `json:"urls,omitempty"`
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
		} else if len(o.URLs) > 0 {
			c := evidence.Campaign{ID: o.Campaign, Sources: []string{o.Source}, Cohort: &evidence.Cohort{URLs: o.URLs}}
			if _, err := g.begin(ctx, c, beginning{who: o.Who, single: true}); err != nil {
				return err
			}
		} else if c, ok := g.set.Campaigns[o.Campaign]; !ok {
			g.log.ErrorContext(ctx, "a wish for a campaign that is not declared is passed over", slog.String("campaign", o.Campaign))
		} else if _, err := g.begin(ctx, c, beginning{who: o.Who}); err != nil { // the run stands in the ledger: from now on it is taken up by whoever leads
			return err
		}
		if err := g.board.Granted(ctx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// wish leaves an order for the leader.
func (f *fleet) wish(ctx context.Context, id, who string) error {
	if _, ok := f.set.Campaigns[id]; !ok {
		return f.noCampaign(id)
	}
	_, err := f.board.Wish(ctx, order{Campaign: id, Who: who})
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
