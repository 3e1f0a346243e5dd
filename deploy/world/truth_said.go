package world

import (
	"maps"
	"slices"
	"strings"
)

// A saying is what one row or page of a channel says of one operator on a day.
type saying struct {
	channel string
	typ     string // of the vocabulary
	key     string // what it is about: joins the rows of several channels
	party   Party
	shop    int // of what is about a shop, else -1
	number  string
	date    Date // its document's, or the standing's start
	end     Date // a standing's own end
	fields  map[string]string
}

// fields makes a map of pairs of name and value, leaving out what is empty.
func fields(pairs ...string) map[string]string {
	out := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			out[pair[0]] = pair[1]
		}
	}
	return out
}

func flag(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// sum is an amount as a field; none is left out.
func sum(m Money) string {
	if m == 0 {
		return ""
	}
	return m.yuan()
}

// list is a list of values as a field: sorted, joined by semicolons.
func joined(items []string) string {
	return strings.Join(slices.Sorted(slices.Values(items)), ";")
}

// numbers of documents and cases are canonical in the world already; a filing
// is written without blanks.
func says(channel, typ string, p Party, number string, date Date, f map[string]string) saying {
	if number != "" {
		f["number"] = number
	}
	return saying{channel: channel, typ: typ, key: folded(number), party: p, shop: -1, number: number, date: date, fields: f}
}

// said is everything that a channel says on a day, in the order of its pages.
func (w *World) said(channel string, day int) []saying {
	var out []saying
	for _, part := range []func(string, int) []saying{w.saidBasic, w.saidPenalties, w.saidNotices, w.saidArrears, w.saidCourts, w.saidNetwork, w.saidElsewhere, w.saidShops} {
		out = append(out, part(channel, day)...)
	}
	return out
}

func (w *World) saidBasic(channel string, day int) (out []saying) {
	switch channel {
	case Register:
		for _, r := range w.Registrations(day) {
			var former []string
			for _, n := range r.Former {
				former = append(former, n.Name+"/"+string(n.From)+"/"+string(n.To))
			}
			p := Party{Op: r.Op, Name: r.Name, USCC: r.USCC, RegNo: r.RegNo, Kind: r.Kind}
			out = append(out, says(channel, "registration", p, "", "", fields("status", r.Status, "status_date", string(r.StatusDate),
				"operator_kind", r.Kind, "address", r.Address, "area", r.Area, "established", string(r.Established), "business_scope", r.Scope,
				"legal_representative", masked(r.LegalRep), "capital", sum(r.Capital), "former_names", joined(former), "name_since", string(r.NameSince),
				"parent", r.Parent, "predecessor", r.Predecessor, "registrar", r.Registrar)))
		}
	case AnnualReports:
		for _, r := range w.Reports(day) {
			s := says(channel, "annual_report", r.Party, "", r.Published, fields("year", itoa(r.Year), "published", string(r.Published)))
			s.key = itoa(r.Year)
			out = append(out, s)
		}
	case Licences:
		for _, l := range w.Licences(day) {
			s := says(channel, "licence", l.Party, l.Number, l.From, fields("name", l.Name, "authority", l.Authority,
				"valid_from", string(l.From), "valid_to", string(l.To), "status", l.Status))
			s.end = l.To.plusDays(1) // its last day is one on which it holds
			out = append(out, s)
		}
	case ICP, Police:
		typ := map[string]string{ICP: "icp", Police: "police_filing"}[channel]
		for _, f := range w.Filings(channel, day) {
			out = append(out, says(channel, typ, f.Party, f.Number, "", fields("domain", f.Domain, "approved", string(f.Approved))))
		}
	}
	return out
}

// saidPenalties follows what each edition has columns for.
func (w *World) saidPenalties(channel string, day int) (out []saying) {
	if !slices.Contains([]string{PenaltyPages, Penalty2018, Penalty2015, CreditSite}, channel) {
		return nil
	}
	for _, d := range w.penalties {
		if d.On(channel, day) {
			p := d.Read(day)
			s := says(channel, "penalty", p.Party, p.Number, p.Date, penaltyFields(channel, p))
			s.key = folded(p.Authority) + "|" + folded(p.Number)
			out = append(out, s)
		}
	}
	return out
}

func penaltyFields(channel string, p Penalty) map[string]string {
	if channel == Penalty2018 && p.Slip {
		p.Fine *= 10_000
	}
	f := fields("authority", p.Authority, "date", string(p.Date), "kinds", joined(p.Kinds), "conduct", p.Conduct, "facts", p.Facts,
		"basis", p.Basis, "content", p.Content, "amount", sum(p.Fine), "legal_representative", masked(p.Party.LegalRep))
	procedure := "普通"
	if p.Summary {
		procedure = "简易"
	}
	taken, end, until := sum(p.Confiscated), string(p.PublicEnd), string(p.ValidUntil)
	switch channel {
	case PenaltyPages:
		maps.Copy(f, fields("confiscated", taken, "publicity_end", end, "valid_until", until, "status", p.Status, "procedure", procedure))
	case Penalty2018:
		maps.Copy(f, fields("confiscated", taken, "publicity_end", end, "valid_until", until))
	case Penalty2015:
		maps.Copy(f, fields("status", p.Status))
	case CreditSite:
		maps.Copy(f, fields("confiscated", taken, "publicity_end", end))
	}
	return f
}

func (w *World) saidNotices(channel string, day int) (out []saying) {
	var typ string
	text := "conduct"
	switch channel {
	case Coercion:
		typ, text = "coercion", "measure"
	case Labour:
		typ = "labour_violation"
	case FakeReviews:
		typ = "fake_review"
	case Logistics, Payment:
		typ = "partner_notice"
	case FalseMaterial:
		typ = "false_material"
	case Abnormal, Serious, Wages:
		typ = map[string]string{Abnormal: "abnormal_listing", Serious: "serious_listing", Wages: "wage_listing"}[channel]
		for _, l := range w.Listings(channel, day) {
			s := says(channel, typ, l.Party, l.Number, l.Listed, fields("reason", l.Reason, "authority", l.Authority, "listed", string(l.Listed),
				"removed", string(l.Removed), "removal_reason", l.RemovalReason, "category", l.Category))
			s.end = l.Removed
			out = append(out, s)
		}
		return out
	case Sampling:
		for _, c := range w.SpotChecks(day) {
			result := "不合格"
			if c.Passed {
				result = "合格"
			}
			s := says(channel, "spot_check", c.Party, c.Number, c.Date, fields("authority", c.Authority, "date", string(c.Date),
				"product", c.Product, "batch", c.Batch, "result", result))
			out = append(out, s)
		}
		return out
	default:
		return nil
	}
	for _, n := range w.Notices(channel, day) {
		s := says(channel, typ, n.Party, n.Number, n.Date, fields("authority", n.Authority, "date", string(n.Date), text, n.Text))
		s.key = folded(n.Authority) + "|" + folded(n.Number)
		out = append(out, s)
	}
	return out
}

func (w *World) saidArrears(channel string, day int) (out []saying) {
	switch channel {
	case Tax:
		for _, t := range w.Taxes(day) {
			s := says(channel, "tax_arrears", t.Party, t.Number, t.Date, fields("authority", t.Authority, "date", string(t.Date), "tax_kind", t.Tax,
				"balance", sum(t.Balance), "new_balance", sum(t.New), "settled", string(t.Settled)))
			s.key += "|" + t.Tax
			s.end = t.Settled
			out = append(out, s)
		}
	case Fund, Insurance:
		typ := map[string]string{Fund: "fund_arrears", Insurance: "insurance_arrears"}[channel]
		for _, a := range w.ArrearsOf(channel, day) {
			s := says(channel, typ, a.Party, a.Number, a.Date, fields("authority", a.Authority, "date", string(a.Date), "stage", a.Stage,
				"amount", sum(a.Amount), "settled", string(a.Settled)))
			s.end = a.Settled
			out = append(out, s)
		}
	}
	return out
}

func (w *World) saidCourts(channel string, day int) (out []saying) {
	switch channel {
	case Court:
		for _, j := range w.Judgments(day) {
			amount := ""
			if j.Outcome == "lost" || j.Outcome == "partly" {
				amount = sum(j.Amount)
			}
			s := says(channel, "judgment", j.Party, j.Number, j.Date, fields("court", j.Court, "date", string(j.Date),
				"effective", string(j.Effective), "in_effect", flag(j.InEffect), "cause", j.Cause, "category", j.Category, "instance", j.Instance,
				"appealed", j.Appealed, "outcome", j.Outcome, "disposition", j.Disposition, "amount", amount))
			if strings.Contains(j.Number, "×") { // alike: told apart by the publisher's own address
				s.key = strings.ToUpper(strings.Join([]string{
					"court", folded(j.Number), "uscc:" + j.Party.USCC, string(j.Date), j.Cause,
					"http://wenshu.example/ws/doc/" + j.ID + ".html",
				}, "|"))
			}
			out = append(out, s)
		}
	case Arbitration:
		for _, a := range w.Awards(day) {
			out = append(out, says(channel, "labour_award", a.Party, a.Number, a.Date, fields("authority", a.Authority, "date", string(a.Date),
				"outcome", a.Outcome, "amount", sum(a.Amount), "effective", string(a.Effective))))
		}
	case Enforcement, Limits, Dishonest:
		for _, c := range w.CourtEntries(channel, day) {
			f := fields("court", c.Court, "date", string(c.Date))
			s := says(channel, map[string]string{Enforcement: "enforcement", Limits: "consumption_limit", Dishonest: "dishonest_debtor"}[channel],
				c.Party, c.Number, c.Date, f)
			s.end = c.Ended
			more := fields("amount", sum(c.Amount), "closed", string(c.Ended))
			switch channel {
			case Limits:
				more = fields("lifted", string(c.Ended), "legal_representative", masked(c.Party.LegalRep))
			case Dishonest:
				s.date = c.Published
				more = fields("published", string(c.Published), "removed", string(c.Ended), "duty", c.Duty, "performance", c.Performance,
					"conduct", c.Conduct, "basis_number", c.Basis, "legal_representative", masked(c.Party.LegalRep))
			}
			maps.Copy(f, more)
			out = append(out, s)
		}
	}
	return out
}
