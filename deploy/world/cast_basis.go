package world

// ago is the day some months and days before day 0.
func ago(months, days int) Date { return dayZero.plusMonths(-months).plusDays(-days) }

// edge is the date whose age becomes that many months on a day of the world.
func edge(months, day int) Date { return Day(day).plusMonths(-months) }

// castKinds brings every kind of operator, without blemish.
func (m *maker) castKinds() {
	a := m.operator(profile{kase: "clean company with site, shop and badge", site: true, shop: true})
	a.badge()
	for _, kind := range words("individual sole cooperative partnership") {
		m.operator(profile{kase: "clean " + kind, kind: kind, shop: true})
	}
	parent := m.operator(profile{kase: "parent of a branch", site: true})
	branch := m.operator(profile{kase: "branch with a penalty of its own", kind: "branch", parent: parent, established: "2019-05-06"})
	branch.penalty(pen{date: ago(2, 3), kinds: []string{"罚款"}, fine: Yuan(int64(8000 + m.rng.IntN(9000)))})
	for i, kase := range []string{"natural person's shop", "natural person's shop with bad reviews", "natural person's shop not verified"} {
		a := m.natural(kase)
		switch i {
		case 1:
			a.sums(a.lastShop(), 20, 15)
		case 2:
			a.shopFrom(0, func(s *ShopState) { s.Verified = false })
		}
	}
	m.operator(profile{kase: "company without site and shop", trade: 9}).licensed()
	m.operator(profile{kase: "registered by number only", oldCode: true, status: "吊销", statusDate: "2014-06-30", established: "2006-03-14", noReport: true})
	m.operator(profile{kase: "registered by number only, in business", oldCode: true, established: "2008-03-14"})
	before := m.operator(profile{kase: "individual that became a company", kind: "individual", status: "注销", statusDate: "2024-04-01", established: "2017-02-01", noReport: true})
	after := m.operator(profile{kase: "successor of an individual", established: "2024-04-02", shop: true})
	after.registered(0, func(r *Registration) { r.Predecessor = before.reg.USCC })
}

// natural is a natural person without registration, known by a shop only.
func (m *maker) natural(kase string) *actor {
	a := m.operator(profile{kase: kase, kind: "natural", unregister: true, shop: true})
	owner := a.reg.LegalRep
	a.m.w.Operators[a.op].Names = []DatedName{{Name: owner, From: a.reg.Established}}
	a.shopFrom(0, func(s *ShopState) {
		s.Licence, s.Party = "exempt_declared", Party{Op: a.op, Name: owner, LegalRep: owner, Kind: "natural"}
	})
	return a
}

// badge gives the operator's last site its identity page.
func (a *actor) badge() {
	m := a.m
	sites := m.w.Operators[a.op].Sites
	site := sites[len(sites)-1]
	v := Badge{ID: m.code(8) + "-" + m.code(4) + "-" + m.code(4) + "-" + m.code(12), Party: a.party(dayZero), Site: site, Host: m.w.Sites[site].Host}
	m.w.badges = append(m.w.badges, one(always(Badges), v))
}

// castRegister brings every registered status, places outside Shenzhen, and
// names that changed.
func (m *maker) castRegister() {
	for _, status := range words("存续 在业 开业 正常 迁出 歇业 清算 吊销 注销 撤销") {
		p := profile{kase: "status " + status, status: status, shop: true}
		if status != "存续" && status != "在业" && status != "开业" && status != "正常" {
			p.statusDate = ago(1+m.rng.IntN(8), m.rng.IntN(20))
		}
		m.operator(p)
	}
	m.operator(profile{kase: "moved out of Shenzhen", status: "迁出", statusDate: ago(5, 2), shop: true}).registered(0, func(r *Registration) {
		r.Area, r.Address = "441900", m.address("441900")
	})
	out := m.operator(profile{kase: "registered elsewhere, penalised here", area: "330106", unregister: true, shop: true})
	out.penalty(pen{date: ago(4, 1), kinds: []string{"罚款"}, fine: Yuan(20_000)})
	m.operator(profile{kase: "registered elsewhere, dishonest debtor", area: pick(m.rng, words("440106 310115 350203 110108")), unregister: true}).
		courtEntry(Dishonest, "（2025）粤0106执"+itoa(300+m.rng.IntN(900))+"号", ago(12, 1), "")

	m.castNames()
}

// castNames brings a renamed company whose former name somebody else bears
// now, with documents that name the one or the other by name alone.
func (m *maker) castNames() {
	old := m.operator(profile{kase: "renamed in 2024", established: "2015-07-01", site: true})
	former := old.reg.Name
	old.renamed(operatorName("company", old.reg.Area, m.brand(), "科技"), Date("2024-03-01").plusDays(m.rng.IntN(200)))
	old.siteFrom(0, func(s *SiteState) { s.Name = former }) // still shows the name of before
	heir := m.operator(profile{kase: "took over a former name", established: Date("2025-01-10").plusDays(m.rng.IntN(90))})
	heir.named(former)
	early, late := old.bare("2023-05-04"), heir.bare("2025-12-08")
	old.penalty(pen{date: ago(33, 0), kinds: []string{"责令停产停业"}, party: &early})
	heir.penalty(pen{date: ago(8, 4), kinds: []string{"罚款"}, fine: Yuan(30_000), party: &late})
	first := m.operator(profile{kase: "first of one name", kind: "individual"})
	m.operator(profile{kase: "second of one name", kind: "individual"}).named(first.reg.Name)
	check := first.checked(false, ago(3, 1))
	m.w.spotChecks[check].Versions[0].Value.Party = first.bare(ago(3, 1)) // one of the two
	m.operator(profile{kase: "name like another's"}).named(former[:len(former)-len("有限公司")] + "发展有限公司")
}

// named gives an operator a name from its beginning, before anything else is
// said of it than its annual reports.
func (a *actor) named(name string) {
	a.m.w.Operators[a.op].Names[0].Name = name
	a.registered(0, func(r *Registration) { r.Name = name })
	for i := range a.m.w.reports {
		if p := &a.m.w.reports[i].Versions[0].Value.Party; p.Op == a.op {
			p.Name = name
		}
	}
}

// castLicences brings what a scope requires: held, expired, revoked, not held,
// held in part, running out on a day.
func (m *maker) castLicences() {
	food := func(kase string) *actor { return m.operator(profile{kase: kase, trade: 9}) }
	for i := range licensedTrades - plainTrades + 3 {
		m.operator(profile{kase: "licensed for " + trades()[plainTrades+i].word, trade: plainTrades + i + 1}).licensed()
	}
	food("licence expired").licence("食品经营许可证", "2020-03-01", ago(2, 5), "有效")
	food("licence revoked").licence("食品经营许可证", "2023-03-01", "2028-02-28", "吊销")
	food("licence not held")
	food("licence of another kind").licence("药品经营许可证", "2023-03-01", "2028-02-28", "有效")
	food("licence running out on day 4").licence("食品经营许可证", "2021-11-06", Day(3), "有效")
	m.operator(profile{kase: "one licence of two", trade: 14}).licence("食品经营许可证", "2024-05-01", "2029-04-30", "有效")
	m.operator(profile{kase: "one licence of three", trade: 13}).licence("药品经营许可证", "2024-05-01", "2029-04-30", "有效")
}

// castReports brings annual reports in time and late, and ages on each side of
// one and three years.
func (m *maker) castReports() {
	for _, c := range []struct {
		kase      string
		published Date
	}{
		{"report on the last day", "2026-06-30"}, {"report a day late", "2026-07-01"}, {"report on day 6, late", Day(6)}, {"no report", ""},
	} {
		a := m.operator(profile{kase: c.kase, noReport: true})
		if c.published != "" {
			a.report(2025, c.published)
		}
		a.report(2024, "2025-04-11")
	}
	m.operator(profile{kase: "established this year", established: Date("2026-02-01").plusDays(m.rng.IntN(60))})
	m.operator(profile{kase: "established last December", established: Date("2025-12-01").plusDays(m.rng.IntN(28)), noReport: true})
	for _, years := range []int{1, 3} {
		for _, day := range []int{0, 1, 5} {
			m.operator(profile{kase: itoa(years) + " years old on day " + itoa(day), established: edge(12*years, day)})
		}
	}
}
