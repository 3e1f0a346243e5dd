package main

import (
	"context"
	"time"

	"probity/api/doors"
	"probity/crawler"
	"probity/pipeline/evidence"
)

// InForce implements doors.Campaigns.
func (c *conductor) InForce(ctx context.Context, id string) (doors.InForce, error) {
	declared, ok := c.set.Campaigns[id]
	if !ok {
		return doors.InForce{}, c.noCampaign(id)
	}
	force, _, err := c.frontier.InForce(ctx, -1)
	if err != nil {
		return doors.InForce{}, err
	}
	out := doors.InForce{Budget: declared.Budget, Sources: []doors.SourceInForce{}}
	if o, ok := force[crawler.AboutCampaign(id)]; ok {
		out.Order = givenOf(o, true)
		if o.Budget != nil {
			out.Budget = *o.Budget
		}
	}
	for _, name := range declared.Sources {
		src := c.set.Sources[name]
		s := doors.SourceInForce{ID: name, Declared: c.declaredGap(src)}
		s.Gap = s.Declared
		if o, ok := force[crawler.AboutSource(name)]; ok {
			s.Order, s.Killed = givenOf(o, true), o.Killed
			if o.Gap > 0 {
				s.Gap = max(o.Gap, c.config.Crawl.LeastGap)
			}
		}
		out.Sources = append(out.Sources, s)
	}
	return out, nil
}

// declaredGap is the pause between requests of a source without any order.
func (h *house) declaredGap(src evidence.Source) (gap time.Duration) {
	if gap = src.Manners.Gap; gap == 0 {
		gap = h.config.Crawl.Manners.Gap
	}
	return max(gap, h.config.Crawl.LeastGap)
}

func givenOf(o crawler.Order, inForce bool) *doors.Given {
	return &doors.Given{About: o.About, Version: o.Version, Words: orderWords(o), Who: o.Who, Why: o.Why, At: o.At, InForce: inForce}
}
