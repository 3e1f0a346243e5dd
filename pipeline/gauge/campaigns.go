package gauge

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A CampaignState is how a declared campaign stands.
type CampaignState struct {
	Next    time.Duration  // until its schedule says so again; 0: it has none
	Overdue time.Duration  // since a time that began no run yet
	By      string         // what that waits for: downtime, overlap, window, closed, blackout; one word
	Running time.Duration  // since its open run began; 0: none is open
	GaveUp  map[string]int // reason -> leads that its newest run gave up
}

// campaignWatch is what is told of campaigns.
type campaignWatch struct{ next, overdue, running, gaveUp *prometheus.Desc }

func (w *campaignWatch) open(desc func(name, help string, labels ...string) *prometheus.Desc) {
	w.next = desc("probity_campaign_next_seconds", "Until a campaign is due by its schedule.", "campaign")
	w.overdue = desc("probity_campaign_overdue_seconds", "Since a campaign was due and began no run, by what it waits for; 0: nothing waits.", "campaign", "by")
	w.running = desc("probity_campaign_running_seconds", "Since the open run of a campaign began; 0: none is open.", "campaign")
	w.gaveUp = desc("probity_campaign_gave_up", "Leads that the newest run of a campaign gave up, by reason.", "campaign", "reason")
}

// WatchCampaigns asks now and then how each declared campaign stands.
func (m *Meter) WatchCampaigns(ask func(context.Context) (map[string]CampaignState, error)) {
	w := m.watches
	w.add("campaigns", func(ctx context.Context) (out []prometheus.Metric, err error) {
		all, err := ask(ctx)
		for campaign, s := range all {
			if s.Next > 0 {
				out = append(out, value(w.campaigns.next, s.Next.Seconds(), campaign))
			}
			out = append(out, value(w.campaigns.overdue, s.Overdue.Seconds(), campaign, word(s.By)), value(w.campaigns.running, s.Running.Seconds(), campaign))
			for _, g := range byReason(s.GaveUp) {
				out = append(out, value(w.campaigns.gaveUp, float64(g.n), campaign, g.reason))
			}
		}
		return out, err
	})
}

// mostReasons is how many reasons of a run are told apart.
const mostReasons = 30

type reasoned struct {
	reason string
	n      int
}

// byReason are the most frequent reasons, each one word, and none at zero where
// there is none; what is beyond them counts as other.
func byReason(all map[string]int) []reasoned {
	sum := map[string]int{}
	for reason, n := range all {
		sum[word(reason)] += n
	}
	out := []reasoned{{"", 0}}
	for reason, n := range sum {
		if reason != "" && reason != "other" {
			out = append(out, reasoned{reason, n})
		}
	}
	slices.SortFunc(out, func(a, b reasoned) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.reason, b.reason)) })
	other := sum["other"]
	for len(out) > mostReasons {
		other, out = other+out[len(out)-1].n, out[:len(out)-1]
	}
	if other > 0 {
		out = append(out, reasoned{"other", other})
	}
	return out
}
