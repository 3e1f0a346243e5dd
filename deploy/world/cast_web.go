package world

// castSites brings operators' own sites, right and wrong in every way.
func (m *maker) castSites() {
	site := func(kase string, change func(*SiteState)) *actor {
		return m.operator(profile{kase: kase, site: true}).siteFrom(0, change)
	}
	site("licence shown in part", func(s *SiteState) { s.Licence, s.Address = "partial", "" })
	site("licence not shown", func(s *SiteState) { s.Licence, s.Name, s.USCC, s.Address = "none", "", "", "" })
	site("exemption declared", func(s *SiteState) { s.Licence, s.Name, s.USCC, s.Address = "exempt_declared", "", "", "" })
	site("another name shown", func(s *SiteState) { s.Name = operatorName("company", "440305", m.brand(), "贸易") })
	other := m.operator(profile{kase: "whose code another shows"})
	site("another's code shown", func(s *SiteState) { s.USCC = other.reg.USCC })
	site("another address shown", func(s *SiteState) { s.Address = m.address("440305") })
	site("code not shown", func(s *SiteState) { s.Licence, s.USCC = "partial", "" })
	site("only the name shown rightly", func(s *SiteState) { s.USCC, s.Address = other.reg.USCC, m.address("440304") })
	police := site("ICP filing only", func(s *SiteState) { s.Police = "" })
	police.filingsGone(Police)
	site("police number of nobody", func(s *SiteState) { s.Police = "粤公网安备44030402009999号" })
	lender := m.operator(profile{kase: "whose ICP number another shows", site: true})
	site("another's ICP number shown", func(s *SiteState) {
		s.ICP, s.Police = m.w.Sites[m.w.Operators[lender.op].Sites[0]].State[0].Value.ICP, ""
	}).filingsGone(ICP)
	none := site("no filing", func(s *SiteState) { s.ICP, s.Police = "", "" })
	none.filingsGone(ICP)
	none.filingsGone(Police)
	site("no privacy policy", func(s *SiteState) { s.Privacy = false })
	site("no return policy", func(s *SiteState) { s.ReturnPolicy = false })
	site("absolute terms", func(s *SiteState) { s.AbsoluteTerms = words("国家级 最佳") })
	site("stale content", func(s *SiteState) { s.LatestContent = ago(4, 3) })
	site("stale goods", func(s *SiteState) { s.LatestGoods = ago(7, 9) })
	site("content 31 days old on day 1", func(s *SiteState) { s.LatestContent = dayZero.plusDays(-30) })
	site("goods 31 days old on day 0", func(s *SiteState) { s.LatestGoods = dayZero.plusDays(-31) })
	site("freshened on day 5", func(s *SiteState) { s.LatestContent = ago(3, 0) }).siteFrom(5, func(s *SiteState) { s.LatestContent = Day(5) })
	site("site dark from day 8", func(*SiteState) {}).siteFrom(8, func(s *SiteState) { s.Down = "dark" })
	site("site answers 500", func(s *SiteState) { s.Down = "500" })
	broken := site("site answers 404, badge kept", func(s *SiteState) { s.Down = "404" })
	broken.badge()
	exposed := site("finding while the site is down", func(s *SiteState) { s.Down = "500" })
	exposed.finding("malware", ago(0, 12), "")
	exposed.monitorGone()
	for _, c := range []struct {
		kase      string
		successes int
		https     bool
	}{{"available 99 %", 990, true}, {"available below 99 %", 989, true}, {"certificate not valid", 999, false}} {
		a := m.operator(profile{kase: c.kase, site: true})
		a.monitor(m.w.Operators[a.op].Sites[0], c.successes, c.https)
	}
	two := m.operator(profile{kase: "two sites, one of them worse", site: true})
	two.site()
	two.siteFrom(0, func(s *SiteState) { s.Licence, s.Privacy, s.USCC = "partial", false, "" })
}

// monitorGone takes the operator's site from the monitoring centre.
func (a *actor) monitorGone() {
	kept := a.m.w.monitored[:0]
	for _, d := range a.m.w.monitored {
		if d.Versions[0].Value.Party.Op != a.op {
			kept = append(kept, d)
		}
	}
	a.m.w.monitored = kept
}

// castShops brings shops on platforms.
func (m *maker) castShops() {
	shop := func(kase string, change func(*ShopState)) *actor {
		return m.operator(profile{kase: kase, shop: true}).shopFrom(0, change)
	}
	shop("shop shows part of the licence", func(s *ShopState) { s.Licence = "partial" })
	shop("shop shows no licence", func(s *ShopState) { s.Licence = "none" })
	shop("shop not verified", func(s *ShopState) { s.Verified = false })
	shop("shop verified from day 6", func(s *ShopState) { s.Verified = false }).shopFrom(6, func(s *ShopState) { s.Verified = true })
	shop("shop without return policy", func(s *ShopState) { s.ReturnPolicy = false })
	shop("shop with absolute terms", func(s *ShopState) { s.AbsoluteTerms = words("最高级 国家级 最佳") })
	shop("shop with stale goods", func(s *ShopState) { s.LatestGoods = ago(5, 0) })
	m.operator(profile{kase: "individual with a shop of single reviews", kind: "individual", shop: true, platform: "yunfan"}).goodReviews(12)
	two := m.operator(profile{kase: "two shops, one of them worse", shop: true})
	two.shop("haihe")
	two.shopFrom(0, func(s *ShopState) { s.Licence = "partial" })
}

// goodReviews adds some reviews of five stars to the last shop.
func (a *actor) goodReviews(n int) *actor {
	for range n {
		a.review(a.lastShop(), 5, ago(a.m.rng.IntN(4), 1+a.m.rng.IntN(20)), false)
	}
	return a
}

// castReviews brings reviews of every sort and at the edge of the window.
func (m *maker) castReviews() {
	shop := func(kase string) *actor { return m.operator(profile{kase: kase, shop: true, platform: "yunfan"}) }
	a := shop("reviews of three and four stars")
	for _, stars := range []int{5, 5, 4, 4, 4, 3, 3, 2, 1, 1} {
		a.review(a.lastShop(), stars, ago(m.rng.IntN(5), m.rng.IntN(20)+1), false)
	}
	a = shop("suspect reviews").goodReviews(3)
	for range 6 {
		a.review(a.lastShop(), 5, ago(1, m.rng.IntN(9)), true)
	}
	a.review(a.lastShop(), 1, ago(1, 3), false)
	a = shop("reviews at the edge of six months").goodReviews(3)
	for _, day := range []int{0, 1, 6} {
		a.review(a.lastShop(), 1, edge(6, day), false)
		a.review(a.lastShop(), 2, edge(6, day), false)
	}
	shop("no review yet")
	a = shop("new reviews on later days").goodReviews(2)
	for _, day := range []int{2, 7, 12} {
		a.review(a.lastShop(), 1+m.rng.IntN(3), Day(day), false)
	}
	for i, good := range []int{30, 35, 37} {
		a := m.operator(profile{kase: "share of good reviews " + itoa(i), shop: true})
		a.sums(a.lastShop(), 40, good)
	}
	a = m.operator(profile{kase: "nothing but bad reviews", shop: true})
	a.sums(a.lastShop(), 40, 4)
}

// castComplaints brings complaints under and over the cap, resolved or not.
func (m *maker) castComplaints() {
	many := func(kase string, p profile, n, resolved int) *actor {
		p.kase = kase
		a := m.operator(p)
		for i := range n {
			a.complain(-1, ago(m.rng.IntN(10), m.rng.IntN(25)+1), i < resolved)
		}
		return a
	}
	many("three complaints, no shop", profile{}, 3, 2)
	many("more complaints than twenty, no shop", profile{}, 23, 11)
	many("complaints of many orders", profile{shop: true}, 4, 3).shopFrom(0, func(s *ShopState) { s.Orders = 2000 })
	many("one complaint of few orders", profile{shop: true}, 1, 0).shopFrom(0, func(s *ShopState) { s.Orders = 90 })
	many("orders not said", profile{shop: true}, 5, 5).shopFrom(0, func(s *ShopState) { s.Orders = -1 })
	a := m.operator(profile{kase: "complaints to the platform", shop: true})
	for i := range 5 {
		a.complain(a.lastShop(), ago(i, 2), i%2 == 0)
	}
	b := m.operator(profile{kase: "complaints at the edge of twelve months"})
	for _, day := range []int{0, 1, 7} {
		b.complain(-1, edge(12, day), false)
	}
	b.complain(-1, Day(3), true)
	b.complain(-1, Day(9), false)
}

// castSecurity brings findings of the security feed.
func (m *maker) castSecurity() {
	site := func(kase string) *actor { return m.operator(profile{kase: kase, site: true}) }
	site("malware found").finding("malware", ago(0, 20), "")
	site("phishing found").finding("phish", ago(3, 20), "")
	site("lesser finding").finding("other", ago(1, 2), "")
	site("finding cleared").finding("malware", ago(3, 2), ago(1, 1))
	site("finding cleared on day 7").finding("phish", ago(0, 9), Day(7))
	site("malware found on day 4").finding("malware", Day(4), "")
	two := site("two findings")
	two.finding("malware", ago(1, 3), "")
	two.finding("phish", ago(0, 3), "")
}

// castNews brings articles, minor and major, inside and outside six months.
func (m *maker) castNews() {
	a := m.operator(profile{kase: "minor news"})
	a.reported(false, ago(1, 4))
	a.reported(false, ago(4, 4))
	m.operator(profile{kase: "major news"}).reported(true, ago(2, 8))
	b := m.operator(profile{kase: "more news than two points"})
	for i := range 3 {
		b.reported(true, ago(i, 5))
	}
	c := m.operator(profile{kase: "news at the edge of six months"})
	for _, day := range []int{0, 1, 8} {
		c.reported(day == 1, edge(6, day))
	}
	m.operator(profile{kase: "major news on day 5"}).reported(true, Day(5))
	m.operator(profile{kase: "a notice of a logistics firm"}).notice(Logistics, ago(1, 3), "")
	m.operator(profile{kase: "a notice of a payment firm"}).notice(Payment, ago(2, 3), "")
}
