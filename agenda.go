package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/timetable"
)

// An agenda opens runs when they are due and takes up those that are open: on
// a laptop while it is served, in a fleet by who leads. What becomes of a
// time is package timetable's to say, and stands in the ledger, so that a
// downtime or another leader forgets nothing and does nothing twice.
type agenda struct {
	*house
	work sync.WaitGroup

	mu      sync.Mutex
	running map[string]bool // runs at work here
}

func newAgenda(h *house) *agenda { return &agenda{house: h, running: map[string]bool{}} }

// attend looks once at what is open and due.
func (a *agenda) attend(ctx context.Context) error {
	if err := a.enter(ctx); err != nil {
		return err
	}
	if err := a.schedules(ctx); err != nil {
		return err
	}
	runs, err := a.runs.All(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		c := a.campaignOf(run)
		if _, declared := a.set.Campaigns[run.Campaign]; run.State == campaign.Closed || !declared && a.fleet == nil && !run.Single {
			continue // what was handed in to a laptop closes by the command that handed it in
		}
		a.take(ctx, run, c)
	}
	return nil
}

// schedules decides about every time that has come.
func (a *agenda) schedules(ctx context.Context) error {
	for _, id := range sortedKeys(a.set.Campaigns) {
		c := a.set.Campaigns[id]
		if c.Schedule == "" {
			continue
		}
		for range 4 { // what waits, and what came meanwhile
			more, err := a.decide(ctx, c)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// decide takes one step for a campaign, and reports whether there was one.
func (a *agenda) decide(ctx context.Context, c evidence.Campaign) (bool, error) {
	now := a.now()
	seen, err := a.runs.Agenda(ctx, c.ID, c.Schedule+" "+c.Zone, now)
	if err != nil {
		return false, err
	}
	table, err := a.times(c)
	if err != nil {
		return false, err
	}
	_, err = a.runs.Open(ctx, c.ID)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return false, err
	}
	step := table.Decide(timetable.State{Seen: seen.Seen, Waiting: seen.Waiting, Going: err == nil}, now)
	switch step.Do {
	case "":
		return false, nil
	case timetable.Begin:
		_, err = a.begin(ctx, c, beginning{who: "schedule", due: step.Due.UTC(), missed: step.Missed, reason: step.Reason})
	default:
		a.log.InfoContext(ctx, "a time of a schedule begins no run", slog.String("campaign", c.ID), slog.Time("due", step.Due),
			slog.String("do", step.Do), slog.String("reason", step.Reason))
		err = a.runs.Notice(ctx, campaign.Notice{
			Campaign: c.ID, Do: step.Do, Due: step.Due.UTC(), Missed: step.Missed, Reason: step.Reason, Words: step.Words, At: now.UTC(),
		})
	}
	return err == nil, err
}

// times are a campaign's, by the working days that the house knows.
func (h *house) times(c evidence.Campaign) (timetable.Table, error) {
	t, err := timetable.New(c, h.calendar)
	if err != nil {
		return t, fmt.Errorf("campaign %s: %w", c.ID, err)
	}
	return t, nil
}

// hours say whether a campaign may fetch now; with a fault in its
// declaration, which was checked, it may not.
func (h *house) hours(c evidence.Campaign) timetable.Hours {
	t, err := h.times(c)
	if err != nil {
		return timetable.Hours{Reason: timetable.ByClosed, Words: err.Error()}
	}
	return t.Hours(h.now())
}

// take takes up a run beside the others, unless it is at work already or
// outside its hours. One that rests for its hours rests in the frontier too,
// so that no crawler of the fleet goes on with it.
func (a *agenda) take(ctx context.Context, run campaign.Run, c evidence.Campaign) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running[run.ID] || run.State != campaign.Closing && !a.hours(c).Open {
		return
	}
	a.running[run.ID] = true
	a.work.Go(func() {
		defer func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			delete(a.running, run.ID)
		}()
		err := a.patiently(ctx, "run "+run.ID, func() error { return a.through(ctx, run, c) })
		if err != nil && ctx.Err() == nil && !errors.Is(err, errShut) {
			a.log.ErrorContext(ctx, "campaign stopped", slog.String("run", run.ID), slog.Any("error", err))
			a.rest(ctx)
		}
	})
}

// rest keeps a run that failed from being taken up again at once.
func (a *agenda) rest(ctx context.Context) {
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case <-ctx.Done():
	case <-late.C:
	}
}

// byHours marks the reason of a pause that the campaign's hours made.
const byHours = "hours: "

// through goes through a run; crawlers rest while its hours are closed.
func (a *agenda) through(ctx context.Context, run campaign.Run, c evidence.Campaign) error {
	if err := a.wake(ctx, run); err != nil {
		return err
	}
	_, err := a.goOn(ctx, run, c, func(Progress) {})
	if errors.Is(err, errShut) {
		return errors.Join(err, a.shut(ctx, run, c))
	}
	return err
}

// wake ends the pause of a run whose hours have come.
func (h *house) wake(ctx context.Context, run campaign.Run) error {
	counts, err := h.frontier.Counts(ctx, run.ID)
	if err == nil && counts.State == crawler.Paused && isByHours(counts.Reason) {
		return h.frontier.Resume(ctx, crawler.Target{Run: run.ID})
	}
	if errors.Is(err, evidence.ErrNotFound) { // nothing was put into it yet
		return nil
	}
	return err
}

// shut lets a run rest since its hours are over, unless a person paused it.
func (h *house) shut(ctx context.Context, run campaign.Run, c evidence.Campaign) error {
	counts, err := h.frontier.Counts(ctx, run.ID)
	if err != nil || counts.State != crawler.Running {
		return err
	}
	return h.frontier.Pause(ctx, crawler.Target{Run: run.ID}, byHours+h.hours(c).Words)
}

func isByHours(reason string) bool {
	return reason == "window" || len(reason) >= len(byHours) && reason[:len(byHours)] == byHours
}
