package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"probity/crawler/revisit"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// due are the pages of a campaign's sources that most need another visit now,
// as leads: what is new in sitemaps and feeds, what waited as long as it may,
// and then what its own history makes worth a request. Its runs add and
// change; they judge no absence (MODEL 3).
func (h *house) due(ctx context.Context, c evidence.Campaign) ([]evidence.Lead, error) {
	known, pages, err := h.knownPages(ctx, c)
	if err != nil {
		return nil, err
	}
	var leads []evidence.Lead
	why := map[string]int{}
	for _, choice := range revisit.Choose(revisit.Settle(pages), pages, h.now(), len(pages)) {
		l, err := h.gate.Admit(known[choice.At])
		if err != nil {
			why["outside"]++ // the scope of its source is another now
			continue
		}
		why[choice.Why]++
		if leads = append(leads, l); len(leads) == c.Cohort.Pages {
			break
		}
	}
	h.log.InfoContext(ctx, "pages were chosen", slog.String("campaign", c.ID), slog.Int("known", len(pages)), slog.Int("chosen", len(leads)), slog.Any("why", why))
	return leads, nil
}

// knownPages are the pages of a campaign's sources as leads, and their
// histories.
func (h *house) knownPages(ctx context.Context, c evidence.Campaign) (leads []evidence.Lead, pages []revisit.Page, err error) {
	for _, id := range c.Sources {
		src := h.set.Sources[id]
		err = h.runs.Pages(ctx, id, func(p campaign.Page) error {
			l, err := evidence.NewLead(id, p.URL)
			if err != nil {
				return err
			}
			l.View = p.View
			page := revisit.Page{Key: p.Lead, View: id + " " + p.View, Modified: p.Modified, Read: p.Read}
			if src.Revisit != nil {
				page.Least, page.Most = src.Revisit.Least, src.Revisit.Most
			}
			for i, v := range p.Visits {
				page.Visits = append(page.Visits, revisit.Visit{At: v.At, Changed: i > 0 && v.Said != p.Visits[i-1].Said})
			}
			leads, pages = append(leads, l), append(pages, page)
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("pages of source %s: %w", id, err)
		}
	}
	return leads, pages, nil
}

// whole are the sums of the subjects of which a run saw all that there is to
// see. One that asked for single pages says nothing of a subject with others:
// those of its source's last complete run (MODEL 3: no look, unless that page
// is the whole scope).
func (h *house) whole(ctx context.Context, run campaign.Run, sums campaign.Sums, asked map[string]bool) (campaign.Sums, error) {
	if !run.Single {
		return sums, nil
	}
	out := campaign.Sums{}
	for id := range run.Sources {
		if !h.set.Sources[id].Each || len(sums[id]) == 0 {
			continue
		}
		scopes, err := h.lastScopes(ctx, id)
		if err != nil {
			return nil, err
		}
		for subject, sum := range sums[id] {
			leads := scopes[subject]
			if len(leads) > 0 && !slices.ContainsFunc(leads, func(key string) bool { return !asked[key] }) {
				*campaign.At(out, id, subject) = *sum
			}
		}
	}
	return out, nil
}

// lastScopes are the pages of each subject as the newest complete run of a
// source had them, by the keys of their leads; none if there was no such run.
func (h *house) lastScopes(ctx context.Context, source string) (map[string][]string, error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(runs, func(a, b campaign.Run) int { return b.Closed.Compare(a.Closed) })
	for _, r := range runs {
		if _, named := r.Sources[source]; r.State != campaign.Closed || r.Cohort || r.Single || !named {
			continue
		}
		var was Report
		switch err := h.runs.Report(ctx, r.ID, &was); {
		case errors.Is(err, evidence.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		if was.Sources[source].Result == evidence.Complete {
			return h.runs.Leads(ctx, r.ID, source)
		}
	}
	return nil, nil
}
