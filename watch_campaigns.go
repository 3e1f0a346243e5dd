package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/timetable"
)

// campaignStates are how all declared campaigns stand.
func (h *house) campaignStates(ctx context.Context) (map[string]gauge.CampaignState, error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]gauge.CampaignState{}
	for id, c := range h.set.Campaigns {
		mine := slices.DeleteFunc(slices.Clone(runs), func(r campaign.Run) bool { return r.Campaign != id })
		if all[id], err = h.campaignState(ctx, c, mine); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (h *house) campaignState(ctx context.Context, c evidence.Campaign, runs []campaign.Run) (s gauge.CampaignState, err error) {
	now := h.now()
	for _, r := range runs {
		if r.State != campaign.Closed {
			s.Running = max(s.Running, now.Sub(r.Opened), time.Second)
		}
	}
	if n := len(runs); n > 0 {
		counts, err := h.frontier.Counts(ctx, runs[n-1].ID)
		if err != nil && !errors.Is(err, evidence.ErrNotFound) { // nothing was put into it yet
			return s, err
		}
		s.GaveUp = counts.Failed
	}
	if c.Schedule == "" {
		return s, nil
	}
	table, err := h.times(c)
	if err != nil {
		return s, err
	}
	seen, err := h.runs.Seen(ctx, c.ID)
	if err != nil {
		return s, err
	}
	if next := table.Next(now); !next.IsZero() {
		s.Next = max(next.Sub(now), time.Second)
	}
	s.Overdue, s.By = overdue(table, timetable.State{Seen: seen.Seen, Waiting: seen.Waiting, Going: s.Running > 0}, seen.Reason, now)
	return s, nil
}

// overdue says for how long a time that has come began no run, and what it
// waits for: as it was put off, and for what it waits by now.
func overdue(t timetable.Table, s timetable.State, reason string, now time.Time) (time.Duration, string) {
	due := s.Waiting
	if !s.Seen.IsZero() { // else nobody ever looked at its schedule
		if at, n := t.Due(s.Seen, now); n > 0 && (due.IsZero() || at.Before(due)) {
			due, reason = at, timetable.ByDowntime
		}
	}
	if due.IsZero() {
		return 0, ""
	}
	if h := t.Hours(now); !h.Open {
		reason = h.Reason
	} else if s.Going && reason != timetable.ByDowntime {
		reason = timetable.ByOverlap
	}
	return max(now.Sub(due), time.Second), cmp.Or(reason, timetable.ByDowntime)
}

// flagged are the hosts whose robots.txt an operator should look at, with what
// is to be seen there, as the newest report of each campaign has them.
func (h *house) flagged(ctx context.Context) (map[string]string, error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	hosts, seen := map[string]string{}, map[string]bool{}
	for _, run := range slices.Backward(runs) { // by number
		if run.State != campaign.Closed || seen[run.Campaign] {
			continue
		}
		var r Report
		if err := h.runs.Report(ctx, run.ID, &r); errors.Is(err, evidence.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		seen[run.Campaign] = true
		for _, s := range r.Sources {
			for what := range s.Flagged {
				if host, says, ok := strings.Cut(what, ": "); ok && hosts[host] == "" {
					hosts[host] = says
				}
			}
		}
	}
	return hosts, nil
}
