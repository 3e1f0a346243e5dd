package world

// castDays brings what happens on later days: renaming, a similar name taken,
// a shop that changes hands, a status that changes, hosts that fail.
func (m *maker) castDays() {
	a := m.operator(profile{kase: "renamed on day 5", established: "2016-09-08", site: true})
	former := a.reg.Name
	a.renamed(operatorName("company", a.reg.Area, m.brand(), "网络科技"), Day(5))
	heir := m.operator(profile{kase: "takes a similar name on day 9", established: Day(9), unregister: true})
	heir.m.w.Operators[heir.op].Names[0].Name = former
	heir.reg.Name = former
	m.w.registrations = append(m.w.registrations, one(since(9, Register), heir.reg))
	before, after := a.bare(Day(2)), heir.bare(Day(10))
	a.penalty(pen{date: Day(2), fine: Yuan(11_000), party: &before})
	heir.penalty(pen{date: Day(10), kinds: []string{"警告"}, party: &after})

	seller := m.operator(profile{kase: "gives up its shop on day 7", shop: true, platform: "yunfan"})
	seller.goodReviews(3)
	seller.review(seller.lastShop(), 2, ago(2, 3), false)
	seller.review(seller.lastShop(), 1, Day(9), false)
	buyer := m.operator(profile{kase: "takes over a shop on day 7"})
	seller.shopFrom(7, func(s *ShopState) {
		s.Op, s.Party, s.Since = buyer.op, buyer.party(Day(7)), Day(7)
	})
	b := &m.w.Operators[buyer.op]
	b.Shops = append(b.Shops, seller.lastShop())

	for _, c := range []struct {
		status string
		day    int
	}{{"吊销", 6}, {"注销", 11}, {"歇业", 3}} {
		m.operator(profile{kase: "status " + c.status + " on day " + itoa(c.day), shop: true}).registered(c.day, func(r *Registration) {
			r.Status, r.StatusDate = c.status, Day(c.day)
		})
	}
	m.operator(profile{kase: "address changed on day 4", site: true}).registered(4, func(r *Registration) { r.Address = m.address(r.Area) })
	m.operator(profile{kase: "scope extended on day 8"}).registered(8, func(r *Registration) { r.Scope += "；预包装食品的销售" })
	m.w.outages = []Outage{
		{Channel: Arbitration, Spans: []Span{{4, 6}}, How: "500"},
		{Channel: Penalty2018, Spans: []Span{{3, 4}}, How: "500"},
		{Channel: Penalty2015, Spans: []Span{{12, 13}}, How: "404"},
		{Channel: Court, Spans: []Span{{13, 14}}, How: "500"},
		{Channel: NewsSite, Spans: []Span{{6, 7}}, How: "empty"},
		{Channel: Fund, Spans: []Span{{9, 10}}, How: "dark"},
		{Channel: PenaltyPages, Spans: []Span{{10, 11}}, How: "half"},
		{Channel: Coercion, Spans: []Span{{8, 9}}, How: "500"},
	}
}
