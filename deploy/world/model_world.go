// Package world is a small simulated web with ground truth: operators of
// Shenzhen and what authorities, courts, platforms and they themselves publish
// about them, on days that follow each other, made from a seed.
//
// The world knows no room of the house: what it says is true it works out by
// itself, with codes, months, grades and coverage read a second time and
// plainly, so that a mistake in one reading shows as a difference to the
// other. It refuses real names: operators and people are invented, only
// regions, industries and forms of company are real.
package world

import "strings"

// A World is everything there is, on all days. Pages are rendered from what a
// channel shows on a day.
type World struct {
	Seed      int64
	Operators []Operator
	Sites     []Site
	Shops     []Shop

	registrations []Doc[Registration]
	reports       []Doc[AnnualReport]
	licences      []Doc[Licence]
	filings       []Doc[Filing]
	penalties     []Doc[Penalty]
	notices       []Doc[Notice]
	listings      []Doc[Listing]
	taxes         []Doc[TaxArrears]
	arrears       []Doc[Arrears]
	spotChecks    []Doc[SpotCheck]
	judgments     []Doc[Judgment]
	awards        []Doc[Award]
	courtEntries  []Doc[CourtEntry]
	reviews       []Doc[Review]
	complaints    []Doc[Complaint]
	monitored     []Doc[Availability]
	badges        []Doc[Badge]
	findings      []Doc[SecurityFinding]
	news          []Doc[News]
	honours       []Doc[Honour]
	commitments   []Doc[Commitment]
	repairs       []Doc[Repair]
	outages       []Outage
}

// An Outage is a channel or host that cannot be read on some days, so that its
// look fails or stays partial.
type Outage struct {
	Channel string
	Spans   []Span
	How     string // "500", "404", "dark", "empty" (an error page with status 200), "half" (the second page answers 500)
}

// Registrations are the register's pages on a day.
func (w *World) Registrations(day int) []Registration {
	return shown(w.registrations, Register, day)
}

// Reports are the annual reports published by a day.
func (w *World) Reports(day int) []AnnualReport { return shown(w.reports, AnnualReports, day) }

// Licences are the licences shown on a day.
func (w *World) Licences(day int) []Licence { return shown(w.licences, Licences, day) }

// Filings are those of channel ICP or Police.
func (w *World) Filings(channel string, day int) []Filing { return shown(w.filings, channel, day) }

// Penalties are those of channel PenaltyPages, Penalty2018, Penalty2015 or
// CreditSite; of any of them where channel is empty. Publishers write one
// number each in their own way: the credit site in ASCII brackets, the old
// table in 【】; and the table of 2018 slips by 10,000 where Slip says so.
func (w *World) Penalties(channel string, day int) []Penalty {
	all := shown(w.penalties, channel, day)
	for i := range all {
		p := &all[i]
		switch channel {
		case CreditSite:
			p.Number = strings.NewReplacer("〔", "[", "〕", "]").Replace(p.Number)
			p.Party.Name = strings.NewReplacer("（", "(", "）", ")").Replace(p.Party.Name)
		case Penalty2015:
			p.Number = strings.NewReplacer("〔", "【", "〕", "】").Replace(p.Number)
		case Penalty2018:
			if p.Slip {
				p.Fine *= 10_000
			}
		}
	}
	return all
}

// Notices are those of channel Coercion, Labour, FakeReviews, Logistics,
// Payment or FalseMaterial.
func (w *World) Notices(channel string, day int) []Notice { return shown(w.notices, channel, day) }

// Listings are those of channel Abnormal, Serious or Wages.
func (w *World) Listings(channel string, day int) []Listing { return shown(w.listings, channel, day) }

// Taxes are the lines of the announcements of tax arrears.
func (w *World) Taxes(day int) []TaxArrears { return shown(w.taxes, Tax, day) }

// ArrearsOf are those of channel Fund or Insurance.
func (w *World) ArrearsOf(channel string, day int) []Arrears { return shown(w.arrears, channel, day) }

// SpotChecks are the results of spot checks.
func (w *World) SpotChecks(day int) []SpotCheck { return shown(w.spotChecks, Sampling, day) }

// Judgments are the published judgments.
func (w *World) Judgments(day int) []Judgment { return shown(w.judgments, Court, day) }

// Awards are the published labour awards.
func (w *World) Awards(day int) []Award { return shown(w.awards, Arbitration, day) }

// CourtEntries are those of channel Enforcement, Limits or Dishonest.
func (w *World) CourtEntries(channel string, day int) []CourtEntry {
	return shown(w.courtEntries, channel, day)
}

// Reviews are the reviews of a shop (an index into Shops) on a day.
func (w *World) Reviews(shop, day int) []Review {
	var out []Review
	for _, r := range shown(w.reviews, Reviews, day) {
		if r.Shop == shop {
			out = append(out, r)
		}
	}
	return out
}

// Complaints are those of channel Hotline, or of PlatformComplaints for a shop
// (an index into Shops).
func (w *World) Complaints(channel string, shop, day int) []Complaint {
	var out []Complaint
	for _, c := range shown(w.complaints, channel, day) {
		if channel == Hotline || c.Shop == shop {
			out = append(out, c)
		}
	}
	return out
}

// Monitored are the monitoring centre's pages, one a site.
func (w *World) Monitored(day int) []Availability { return shown(w.monitored, MonitorTLS, day) }

// Badges are the identity pages kept by the association.
func (w *World) Badges(day int) []Badge { return shown(w.badges, Badges, day) }

// Findings are the entries of the security feed.
func (w *World) Findings(day int) []SecurityFinding { return shown(w.findings, Security, day) }

// Articles are the news about operators.
func (w *World) Articles(day int) []News { return shown(w.news, NewsSite, day) }

// Honours are the awards given.
func (w *World) Honours(day int) []Honour { return shown(w.honours, Honours, day) }

// Commitments are the public credit commitments.
func (w *World) Commitments(day int) []Commitment { return shown(w.commitments, Commitments, day) }

// Repairs are the decisions that repair, annul or correct others.
func (w *World) Repairs(day int) []Repair { return shown(w.repairs, Repairs, day) }

// Site returns how a site is on a day.
func (w *World) Site(site, day int) SiteState { return at(w.Sites[site].State, day) }

// Shop returns how a shop is on a day.
func (w *World) Shop(shop, day int) ShopState { return at(w.Shops[shop].State, day) }

// Outage says how a channel fails on a day; "" if it does not.
func (w *World) Outage(channel string, day int) string {
	for _, o := range w.outages {
		for _, s := range o.Spans {
			if o.Channel == channel && s.From <= day && day < s.To {
				return o.How
			}
		}
	}
	return ""
}

func at[T any](versions []Version[T], day int) T {
	return Doc[T]{Versions: versions}.Read(day)
}
