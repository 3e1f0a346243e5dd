package world

// castJudgments brings judgments of every category and outcome, with amounts
// and ages on each side of every boundary.
func (m *maker) castJudgments() {
	ruled := func(kase string, r ruling) *actor {
		a := m.operator(profile{kase: kase})
		if r.date == "" {
			r.date, r.effective, r.inEffect = ago(4, 9), ago(3, 20), true
		}
		a.judgment(r)
		return a
	}
	for _, c := range []struct {
		kase   string
		amount Money
	}{
		{"lost, 9,999.99", Yuan(10_000) - 1}, {"lost, 10,000", Yuan(10_000)}, {"lost, 500,000", Yuan(500_000)}, {"lost, 500,000.01", Yuan(500_000) + 1},
	} {
		ruled(c.kase, ruling{amount: c.amount})
	}
	ruled("lost in part", ruling{amount: Yuan(80_000), outcome: "partly"})
	ruled("won", ruling{outcome: "won"})
	ruled("won as plaintiff", ruling{outcome: "won", plaintiff: true, amount: Yuan(33_000)})
	ruled("lost, of another kind", ruling{category: "other", amount: Yuan(40_000)})
	ruled("trade mark case lost", ruling{category: "ip", amount: Yuan(60_000)})
	ruled("trade mark case lost in part", ruling{category: "ip", amount: Yuan(20_000), outcome: "partly"})
	ruled("labour case lost", ruling{category: "labour", amount: Yuan(23_000)})
	ruled("judgment not in effect", ruling{date: ago(0, 9), amount: Yuan(70_000)})
	ruled("in effect, day unknown", ruling{date: ago(13, 4), inEffect: true, amount: Yuan(70_000)})
	ruled("named by name alone in court", ruling{date: ago(3, 1), effective: ago(2, 10), inEffect: true, amount: Yuan(30_000), bare: true})
	ruled("case number masked", ruling{date: ago(5, 1), effective: ago(4, 10), inEffect: true, amount: Yuan(64_000), masked: true})
	ruled("judgment takes effect on day 6", ruling{date: ago(0, 10), effective: Day(6), amount: Yuan(70_000)})
	for _, months := range []int{12, 13, 18, 23, 24} {
		a := m.operator(profile{kase: "judgments of " + itoa(months) + " months on days 0 and 1"})
		for day, category := range words("commercial " + pick(m.rng, words("commercial ip labour"))) {
			effective := edge(months, day)
			a.judgment(ruling{date: effective.plusDays(-25), effective: effective, inEffect: true, amount: Yuan(600_000), category: category})
		}
	}
	many := ruled("more cases than the full mark", ruling{amount: Yuan(900_000)})
	for i := range 4 {
		many.judgment(ruling{date: ago(i+1, 3), effective: ago(i, 18), inEffect: true, amount: Yuan(800_000)})
	}
	ruled("judgment on day 5", ruling{date: Day(5), effective: Day(5), inEffect: true, amount: Yuan(15_000)})
	gone := ruled("judgment gone from day 8", ruling{amount: Yuan(25_000)})
	m.w.judgments[len(m.w.judgments)-1].Shows = during([]Span{{0, 8}}, Court)
	gone.award("won", 0, ago(2, 2), "")

	for _, c := range []struct {
		kase, outcome string
		date          Date
	}{
		{"labour award lost", "lost", ago(3, 2)},
		{"labour award lost in part", "partly", ago(14, 2)},
		{"labour award won", "won", ago(3, 2)},
		{"labour award of 24 months on day 1", "lost", edge(24, 1)},
		{"labour award on day 7", "lost", Day(7)},
	} {
		m.operator(profile{kase: c.kase}).award(c.outcome, Yuan(int64(5000+m.rng.IntN(40_000))), c.date, "")
	}
}

// castAppeals brings judgments that were appealed.
func (m *maker) castAppeals() {
	for _, c := range []struct {
		kase, disposal, outcome string
		amount                  Money
		date                    Date
	}{
		{"appealed and upheld", "upheld", "lost", Yuan(120_000), ago(2, 4)},
		{"appealed and changed", "changed", "partly", Yuan(9000), ago(2, 4)},
		{"appealed and won", "changed", "won", 0, ago(2, 4)},
		{"appealed and remitted", "remitted", "none", 0, ago(2, 4)},
		{"appealed and upheld on day 6", "upheld", "lost", Yuan(120_000), Day(6)},
	} {
		a := m.operator(profile{kase: c.kase})
		first := a.judgment(ruling{date: ago(7, 4), amount: Yuan(120_000)})
		r := ruling{date: c.date, amount: c.amount, outcome: c.outcome, second: true, below: first, disposal: c.disposal}
		if c.disposal != "remitted" {
			r.effective, r.inEffect = c.date, true
		}
		a.judgment(r)
	}
}

// castEnforcement brings enforcement, consumption limits and dishonest
// debtors, alone and about the same case.
func (m *maker) castEnforcement() {
	entry := func(kase string, channels ...string) *actor {
		a := m.operator(profile{kase: kase})
		for _, c := range channels {
			a.courtEntry(c, a.caseNumber("2025"), ago(12+m.rng.IntN(4), 3), "")
		}
		return a
	}
	entry("one enforcement", Enforcement)
	entry("three enforcements", Enforcement, Enforcement, Enforcement)
	entry("consumption limit", Limits)
	entry("dishonest debtor", Dishonest)
	entry("dishonest and limited", Dishonest, Limits)
	a := entry("one case on all three lists and another enforced", Enforcement)
	number := a.caseNumber("2025")
	for _, c := range []string{Enforcement, Limits, Dishonest} {
		a.courtEntry(c, number, ago(10, 3), "")
	}
	b := m.operator(profile{kase: "enforced and limited in one case"})
	number = b.caseNumber("2026")
	b.courtEntry(Enforcement, number, ago(3, 3), "")
	b.courtEntry(Limits, number, ago(3, 3), "")
	for _, channel := range []string{Enforcement, Limits, Dishonest} {
		c := m.operator(profile{kase: channel + " ended"})
		c.courtEntry(channel, c.caseNumber("2024"), ago(20, 1), ago(2, 1))
		d := m.operator(profile{kase: channel + " ends on day 4"})
		d.courtEntry(channel, d.caseNumber("2025"), ago(9, 1), Day(4))
		e := m.operator(profile{kase: channel + " gone from day 7"})
		e.courtEntry(channel, e.caseNumber("2025"), ago(9, 1), "", Span{0, 7})
		f := m.operator(profile{kase: channel + " from day 9"})
		f.courtEntry(channel, f.caseNumber("2026"), ago(2, 1), "", Span{9, Forever})
	}
}

// castCoverage brings operators of whom too little is known: named by an
// organisation code only, so that their area is unknown.
func (m *maker) castCoverage() {
	unknown := func(kase string) *actor {
		a := m.operator(profile{kase: kase, unregister: true})
		m.w.Operators[a.op].USCC, a.reg.USCC = "", ""
		return a
	}
	byOrg := func(a *actor) Party {
		p := a.party(dayZero)
		p.RegNo, p.OrgCode = "", m.w.Operators[a.op].OrgCode
		return p
	}
	a := unknown("known by organisation code, penalised")
	p := byOrg(a)
	a.penalty(pen{date: ago(2, 1), fine: Yuan(14_000), channels: []string{Penalty2015}, party: &p})
	b := unknown("known by organisation code, dishonest debtor")
	b.courtEntry(Dishonest, b.caseNumber("2025"), ago(9, 1), "")
	entry := &m.w.courtEntries[len(m.w.courtEntries)-1].Versions[0].Value
	entry.Party = byOrg(b)
	c := unknown("known by organisation code, seriously dishonest")
	c.listing(Serious, ago(8, 2), "")
	m.w.listings[len(m.w.listings)-1].Versions[0].Value.Party = byOrg(c)

	// Coverage on each side of its steps, for want of a known area: .38, .41
	// and .61.
	old := func(kase string, shop bool) *actor {
		return m.operator(profile{kase: kase, oldCode: true, unregister: true, site: true, shop: shop, established: "2007-05-01"})
	}
	d := old("area unknown, badge only", false)
	d.badge()
	d.monitorGone()
	d.siteFrom(0, func(s *SiteState) { s.Down = "404" })
	old("area unknown, site down but watched", false).siteFrom(0, func(s *SiteState) { s.Down = "500" })
	old("area unknown, site and shop", true)

	m.operator(profile{kase: "revoked and dishonest debtor", status: "吊销", statusDate: ago(4, 0), shop: true}).
		courtEntry(Dishonest, "（2025）粤0304执"+itoa(9000+m.rng.IntN(900))+"号", ago(9, 1), "")
	m.operator(profile{kase: "deregistered and dishonest debtor", status: "注销", statusDate: ago(4, 0)}).
		courtEntry(Dishonest, "（2025）粤0304执"+itoa(8000+m.rng.IntN(900))+"号", ago(9, 1), "")
}
