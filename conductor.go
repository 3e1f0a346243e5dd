package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"probity/api/doors"
	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// A conductor is the door through which people watch campaigns and give them
// orders. On a laptop it also obeys them, and the schedules, while the house is
// served; in a fleet the one who leads does.
type conductor struct {
	*house
	agenda *agenda
	nudge  chan struct{}
}

func newConductor(h *house) *conductor {
	return &conductor{house: h, agenda: newAgenda(h), nudge: make(chan struct{}, 1)}
}

// conduct obeys until ctx ends. What was under way then is taken up at the
// next start.
func (c *conductor) conduct(ctx context.Context) error {
	defer c.agenda.work.Wait()
	tick := time.NewTicker(attention)
	defer tick.Stop()
	for {
		if err := c.agenda.attend(ctx); err != nil && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "campaigns are not attended to", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-c.nudge:
		}
	}
}

// next is the next time of a campaign's schedule; zero: none.
func (c *conductor) next(declared evidence.Campaign) time.Time {
	t, err := c.times(declared)
	if err != nil {
		return time.Time{} // declarations were checked when they were read
	}
	return t.Next(c.now())
}

// start begins a run because a person asks for it, within the hours.
func (c *conductor) start(ctx context.Context, id, who string) error {
	declared := c.set.Campaigns[id]
	if _, err := c.runs.Open(ctx, id); err == nil {
		return saying(evidence.ErrConflict, "采集 %s 正在进行 this campaign is running already. 等它结束，或先暂停 wait until it ends, or pause it", id)
	} else if !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	if err := c.mayRun(declared); err != nil {
		return err
	}
	if c.fleet != nil {
		return c.fleet.wish(ctx, id, who)
	}
	_, err := c.begin(ctx, declared, beginning{who: who})
	select {
	case c.nudge <- struct{}{}:
	default:
	}
	return err
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
		return c.noCampaign(id)
	}
	if verb == doors.Run {
		return c.start(ctx, id, who)
	}
	run, err := c.runs.Open(ctx, id)
	if errors.Is(err, evidence.ErrNotFound) {
		return saying(evidence.ErrConflict, "采集 %s 没有在进行 this campaign is not running. 先开始 start it first", id)
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
	return invalid("campaign %s: 没有此指令 no order %q: there are run, pause and resume", id, verb)
}
