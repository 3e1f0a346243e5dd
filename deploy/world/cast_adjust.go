package world

// castAdjustments brings awards, commitments, false material and confirmed
// fake reviews.
func (m *maker) castAdjustments() {
	blemished := func(kase string) *actor { // so that a bonus shows below 100
		a := m.operator(profile{kase: kase})
		for i := range 3 {
			a.judgment(ruling{date: ago(3+i, 0), effective: ago(2+i, 10), inEffect: true, amount: Yuan(700_000)})
		}
		return a
	}
	for _, level := range words("national provincial municipal") {
		blemished("award "+level).honoured(level, ago(10, 1), false)
		edges := blemished("awards " + level + " of 36 months on days 0 and 1")
		edges.honoured(level, edge(36, 0), false)
		edges.honoured(level, edge(36, 1), false)
	}
	blemished("award opted out").honoured("national", ago(4, 1), true)
	blemished("award on day 5").honoured("provincial", Day(5), false)
	a := blemished("more awards than the cap")
	a.honoured("national", ago(3, 1), false)
	a.honoured("national", ago(6, 1), false)
	a.honoured("provincial", ago(9, 1), false)
	a.commits("performed", ago(5, 0))
	b := blemished("two commitments performed")
	b.commits("performed", ago(5, 0))
	b.commits("performed", ago(9, 0))
	blemished("commitment made").commits("made", ago(5, 0))
	blemished("commitment broken").commits("broken", ago(5, 0))
	c := blemished("two commitments broken, one performed")
	c.commits("broken", ago(5, 0))
	c.commits("broken", ago(8, 0))
	c.commits("performed", ago(9, 0))
	m.operator(profile{kase: "award on a clean record", site: true, shop: true}).honoured("national", ago(1, 0), false)
	m.operator(profile{kase: "false material confirmed", shop: true}).notice(FalseMaterial, ago(3, 0), "")
	m.operator(profile{kase: "false material confirmed on day 8"}).notice(FalseMaterial, Day(8), "")
	m.operator(profile{kase: "fake reviews confirmed", shop: true}).notice(FakeReviews, ago(2, 0), "")
	d := m.operator(profile{kase: "fake reviews punished already", shop: true})
	p := m.w.penalties[d.penalty(pen{date: ago(2, 0), fine: Yuan(25_000)})].Versions[0].Value
	d.notice(FakeReviews, ago(2, 0), p.Number)
	last := &m.w.notices[len(m.w.notices)-1].Versions[0].Value
	last.Authority = p.Authority
}

// castLadder brings, for each boundary between two letters, one operator whose
// score stands on it and one just below: full coverage, a list of blemishes
// that grows from rung to rung, and reviews that decide.
func (m *maker) castLadder() {
	other := m.operator(profile{kase: "whose code the lower rungs show"})
	rungs := m.rungs(other)
	for top := range rungs {
		for i, side := range []string{"on", "below"} {
			a := m.operator(profile{kase: itoa(90-10*top) + ", " + side, trade: 9, site: true, shop: true}).licensed()
			for _, rung := range rungs[:top+1] {
				rung(a)
			}
			a.tune(43 - i)
		}
	}
}

// rungs are the blemishes of the ladder; each says what all up to it cost.
func (m *maker) rungs(other *actor) []func(*actor) {
	return []func(*actor){
		func(a *actor) { // 6: three cases lost
			for i := range 3 {
				a.judgment(ruling{date: ago(3, i), effective: ago(2, i), inEffect: true, amount: Yuan(700_000)})
			}
		},
		func(a *actor) { // 16: enforcement 5, tax 4, labour inspection 1
			a.courtEntry(Enforcement, a.caseNumber("2025"), ago(9, 0), "")
			a.courtEntry(Enforcement, a.caseNumber("2025"), ago(8, 0), "")
			a.tax("增值税", Yuan(2_400_000), ago(3, 0), "")
			a.notice(Labour, ago(5, 0), "")
		},
		func(a *actor) { // 26: penalties 8, labour inspection 1, fund 1
			a.penalty(pen{date: ago(1, 0), fine: Yuan(9000)})
			a.penalty(pen{date: ago(1, 3), fine: Yuan(9000), channels: []string{CreditSite}})
			a.notice(Labour, ago(6, 0), "")
			a.owes(Fund, "ordered_to_pay", ago(5, 0), "")
		},
		func(a *actor) { // 36: penalties 7, insurance 3
			a.penalty(pen{date: ago(1, 6), fine: Yuan(9000)})
			a.penalty(pen{date: ago(1, 9), fine: Yuan(9000)})
			a.owes(Insurance, "court_enforced", ago(5, 0), "")
		},
		func(a *actor) { // 46: trade marks 3, consumption limit 3, coercion 3, fund 1
			for i := range 2 {
				a.judgment(ruling{date: ago(3, 5*i), effective: ago(2, 5*i), inEffect: true, category: "ip", amount: Yuan(70_000)})
				a.notice(Coercion, ago(1, 4*i), "")
			}
			a.courtEntry(Limits, a.caseNumber("2024"), ago(9, 0), "")
			a.owes(Fund, "court_enforced", ago(5, 0), "")
		},
		func(a *actor) { // 56: complaints 6, activity 3, checks 1
			for i := range 21 {
				a.complain(-1, ago(i%9, 3), false)
			}
			a.shopFrom(0, func(s *ShopState) { s.Orders, s.LatestGoods = 3000, ago(4, 0) })
			a.siteFrom(0, func(s *SiteState) { s.LatestContent, s.LatestGoods = ago(5, 0), ago(5, 0) })
			a.monitor(a.m.w.Operators[a.op].Sites[0], 900, true)
			a.checked(false, ago(2, 0))
			a.checked(false, ago(3, 0))
		},
		func(a *actor) { // 66: licence 4, consistency 3, filing 2, checks 1
			a.m.unlicensed(a)
			a.siteFrom(0, func(s *SiteState) {
				s.Name, s.USCC, s.Address = operatorName("company", "440303", m.brand(), "商贸"), other.reg.USCC, m.address("440303")
				s.ICP, s.Police = "", ""
			})
			a.filingsGone(ICP)
			a.filingsGone(Police)
			a.checked(false, ago(4, 0))
			a.checked(false, ago(5, 0))
		},
		func(a *actor) { // 76: display 4, security 4, report and age 2
			a.siteFrom(0, func(s *SiteState) { s.Licence, s.Name, s.USCC, s.Address, s.Privacy = "none", "", "", "", false })
			a.monitor(a.m.w.Operators[a.op].Sites[0], 900, false)
			a.finding("malware", ago(1, 0), "")
			a.m.reportGone(a)
			a.registered(0, func(r *Registration) { r.Established, r.NameSince = "2025-12-15", "2025-12-15" })
			a.m.w.Operators[a.op].Names[0].From = "2025-12-15"
		},
		func(a *actor) { // 86: news 2, conduct 2, labour cases 2, status 4
			a.reported(true, ago(1, 0))
			a.reported(true, ago(2, 0))
			a.notice(FakeReviews, ago(1, 0), "")
			for i := range 4 {
				a.award("lost", Yuan(9000), ago(3, i), "")
			}
			a.registered(0, func(r *Registration) { r.Status, r.StatusDate = "清算", ago(1, 2) })
		},
	}
}

// tune gives the last shop fifty reviews of which so many are good: with 43 of
// them p = (43+46)/100 = .89 earns 4 points of 8, with fewer it earns less.
func (a *actor) tune(good int) {
	a.sums(a.lastShop(), 10, 0)
	months := a.m.w.reviews[len(a.m.w.reviews)-5:]
	for i := range good {
		months[i%5].Versions[0].Value.Positive++
	}
}

// unlicensed takes back the operator's licences.
func (m *maker) unlicensed(a *actor) {
	kept := m.w.licences[:0]
	for _, d := range m.w.licences {
		if d.Versions[0].Value.Party.Op != a.op {
			kept = append(kept, d)
		}
	}
	m.w.licences = kept
}

// reportGone takes back the operator's annual reports.
func (m *maker) reportGone(a *actor) {
	kept := m.w.reports[:0]
	for _, d := range m.w.reports {
		if d.Versions[0].Value.Party.Op != a.op {
			kept = append(kept, d)
		}
	}
	m.w.reports = kept
}
