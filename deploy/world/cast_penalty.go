package world

// every is all channels of penalties.
func every() []string { return []string{PenaltyPages, Penalty2018, Penalty2015, CreditSite} }

// castPenaltyKinds brings every reason for each severity, with fines on both
// sides of each boundary.
func (m *maker) castPenaltyKinds() {
	fine := func(kase string, amount Money, summary bool) {
		m.operator(profile{kase: kase, shop: true}).penalty(pen{date: ago(1, 5), fine: amount, summary: summary, channels: []string{PenaltyPages, CreditSite}})
	}
	fine("fine of 3,000 by summary procedure", Yuan(3000), true)
	fine("fine of 3,000 exactly", Yuan(3000), false)
	fine("fine of 3,000.01", Yuan(3000)+1, false)
	fine("fine of 999,999.99", Yuan(1_000_000)-1, false)
	fine("fine of 1,000,000 exactly", Yuan(1_000_000), false)
	for _, kind := range words("警告 通报批评 没收违法所得 没收非法财物 暂扣许可证件 降低资质等级 吊销许可证件 吊销营业执照 限制开展生产经营活动 责令停产停业 责令关闭 限制从业") {
		p := pen{date: ago(1, m.rng.IntN(20)+1), kinds: []string{kind}, channels: []string{PenaltyPages, pick(m.rng, every()[1:])}}
		if kind[:len("没收")] == "没收" {
			p.taken = Money(100_000 + m.rng.IntN(9_000_000))
		}
		m.operator(profile{kase: "penalty " + kind, shop: len(kind) > len("警告")}).penalty(p)
	}
	m.operator(profile{kase: "penalty of no listed kind", shop: true}).penalty(pen{date: ago(1, 2), kinds: []string{"其他"}})
	m.operator(profile{kase: "fine of unknown amount", shop: true}).penalty(pen{date: ago(1, 2), channels: []string{PenaltyPages, CreditSite}})
	m.operator(profile{kase: "warning and fine"}).penalty(pen{date: ago(2, 1), kinds: words("警告 罚款"), fine: Yuan(int64(5000 + m.rng.IntN(900_00)))})
	m.operator(profile{kase: "fine, confiscation and suspension"}).penalty(pen{
		date: ago(5, 1), kinds: words("没收违法所得 罚款 责令停产停业"), fine: Yuan(48_000), taken: Money(1_234_567), channels: every(),
	})
	m.operator(profile{kase: "several penalties down to the floor"}).penalties(5)
}

func (a *actor) penalties(n int) {
	for i := range n {
		a.penalty(pen{date: ago(i, 3), fine: Yuan(int64(6000 + 1000*i)), channels: []string{PenaltyPages, pick(a.m.rng, every()[1:])}})
	}
}

// castPenaltyAges brings penalties of each severity on each side of every
// boundary of their decay: the boundary is reached on day 0, 1 or later.
func (m *maker) castPenaltyAges() {
	for _, c := range []struct {
		kase   string
		kinds  []string
		fine   Money
		months []int
	}{
		{"light", []string{"警告"}, 0, []int{1, 2, 3}},
		{"general", []string{"罚款"}, Yuan(26_000), []int{3, 4, 7, 11, 12}},
		{"severe", []string{"责令停产停业"}, 0, []int{12, 13, 24, 35, 36}},
	} {
		for _, months := range c.months {
			for _, day := range []int{0, 1} {
				if day == 1 && months != c.months[len(c.months)-1] {
					continue // both sides only where publicity ends
				}
				if months%7 == 0 {
					day = 3 + m.rng.IntN(9)
				}
				m.operator(profile{kase: c.kase + " penalty of " + itoa(months) + " months on day " + itoa(day), shop: true}).
					penalty(pen{date: edge(months, day), kinds: c.kinds, fine: c.fine, channels: []string{pick(m.rng, every()), PenaltyPages}})
			}
		}
	}
	for _, date := range []Date{"2026-08-31", "2026-05-31", "2025-10-31", "2024-02-29", "2023-12-31"} {
		kinds := []string{"罚款"}
		if date < "2025-06-01" {
			kinds = []string{"责令关闭"}
		}
		m.operator(profile{kase: "penalty of a month's end " + string(date)}).penalty(pen{date: date, kinds: kinds, fine: Yuan(9000)})
	}
	m.operator(profile{kase: "own publicity ended before", shop: true}).penalty(pen{date: ago(5, 0), fine: Yuan(18_000), end: ago(1, 0), channels: every()})
	m.operator(profile{kase: "own publicity ends on day 3", shop: true}).penalty(pen{date: ago(5, 0), fine: Yuan(18_000), end: Day(3), channels: []string{PenaltyPages}})
	m.operator(profile{kase: "severe, own publicity ended", shop: true}).penalty(pen{date: ago(20, 0), kinds: []string{"限制从业"}, end: ago(8, 0), channels: []string{PenaltyPages, Penalty2018}})
}

// castPenaltyEffects brings penalties that were repaired in full and in part,
// whose repair was revoked, that were annulled and corrected.
func (m *maker) castPenaltyEffects() {
	general := func(kase string) (*actor, int) {
		a := m.operator(profile{kase: kase, shop: true})
		return a, a.penalty(pen{date: ago(4, m.rng.IntN(20)), fine: Yuan(int64(7000 + m.rng.IntN(80_000))), channels: []string{PenaltyPages, CreditSite, Penalty2015}})
	}
	mixed := func(kase string) (*actor, int) {
		a := m.operator(profile{kase: kase})
		return a, a.penalty(pen{date: ago(6, m.rng.IntN(20)), kinds: words("罚款 责令停产停业"), fine: Yuan(40_000), channels: []string{PenaltyPages, CreditSite}})
	}
	a, p := general("penalty repaired")
	a.mend(p, "repaired", ago(0, 8))
	a, p = general("penalty repaired on day 5")
	a.mend(p, "repaired", Day(5))
	a, p = general("repair revoked")
	a.mend(p, "repaired", ago(2, 0))
	a.mend(p, "repair_revoked", ago(0, 9))
	a, p = general("repair revoked on day 6")
	a.mend(p, "repaired", ago(1, 0))
	a.mend(p, "repair_revoked", Day(6))
	a, p = mixed("severest item repaired")
	a.mend(p, "repaired", ago(0, 15), "责令停产停业")
	a, p = mixed("lesser item repaired")
	a.mend(p, "repaired", ago(0, 15), "罚款")
	a, p = mixed("item repaired on day 7")
	a.mend(p, "repaired", Day(7), "责令停产停业")
	a, p = general("penalty annulled")
	a.mend(p, "annulled", ago(1, 1))
	a, p = general("penalty annulled on day 4")
	a.mend(p, "annulled", Day(4))
	a = m.operator(profile{kase: "amount corrected on day 5"})
	p = a.penalty(pen{date: ago(2, 3), fine: Yuan(1_200_000), channels: []string{PenaltyPages, CreditSite}})
	m.amend(p, 5, func(v *Penalty) { v.Fine, v.Content = Yuan(120_000), "1.罚款人民币120000.00元" })
	a.mend(p, "corrected", Day(5))
	a = m.operator(profile{kase: "kind corrected on day 9"})
	p = a.penalty(pen{date: ago(1, 3), kinds: []string{"警告"}})
	m.amend(p, 9, func(v *Penalty) {
		v.Kinds, v.Fine, v.Content = words("警告 罚款"), Yuan(5000), "1.警告；2.罚款人民币5000.00元"
	})
}

// castPenaltyDays brings penalties that appear on later days, vanish without
// a word and come back.
func (m *maker) castPenaltyDays() {
	gone := func(kase string, spans []Span, channels ...string) {
		m.operator(profile{kase: kase}).penalty(pen{date: ago(2, m.rng.IntN(20)+1), fine: Yuan(int64(4000 + m.rng.IntN(90_000))), channels: channels, spans: spans})
	}
	for _, day := range []int{1, 2, 6, 10, 13} {
		kinds := pick(m.rng, [][]string{{"罚款"}, {"警告"}, {"责令停产停业"}})
		m.operator(profile{kase: "new penalty on day " + itoa(day), shop: true}).
			penalty(pen{date: Day(day), kinds: kinds, fine: Yuan(15_000), channels: []string{PenaltyPages, CreditSite}})
	}
	gone("penalty gone from day 5", []Span{{0, 5}}, PenaltyPages)
	gone("penalty gone from the credit site on day 4", []Span{{0, 4}}, CreditSite)
	gone("penalty gone on days 3 to 6, then back", []Span{{0, 3}, {7, Forever}}, PenaltyPages)
	gone("penalty missing on day 6 only", []Span{{0, 6}, {7, Forever}}, PenaltyPages)
	gone("penalty gone from the table on day 9", []Span{{0, 9}}, Penalty2018)
	gone("penalty gone from the old table on day 11", []Span{{0, 11}}, Penalty2015)
	a := m.operator(profile{kase: "penalty gone from one of two places"})
	p := a.penalty(pen{date: ago(1, 12), fine: Yuan(8800), channels: []string{CreditSite}})
	m.w.penalties[p].Shows = append(m.w.penalties[p].Shows, Show{PenaltyPages, []Span{{0, 5}}})
}

// castPenaltyIdentity brings what concerns who is meant and what is the same.
func (m *maker) castPenaltyIdentity() {
	m.operator(profile{kase: "one penalty in four places"}).penalty(pen{date: ago(3, 9), fine: Money(2_345_678), kinds: words("罚款 没收违法所得"), taken: Money(98_765), channels: every()})
	m.operator(profile{kase: "unit slip in one place"}).penalty(pen{date: ago(2, 9), fine: Yuan(2000), channels: []string{PenaltyPages, Penalty2018}, slip: true})
	a := m.operator(profile{kase: "named by organisation code"})
	p := a.party(ago(3, 0))
	p.USCC, p.OrgCode = "", m.w.Operators[a.op].OrgCode
	a.penalty(pen{date: ago(3, 0), fine: Yuan(6600), channels: []string{Penalty2015}, party: &p})
	b := m.operator(profile{kase: "named by registration number"})
	b.registered(0, func(r *Registration) { r.RegNo = m.w.Operators[b.op].RegNo })
	q := b.party(ago(3, 0))
	q.USCC, q.RegNo = "", m.w.Operators[b.op].RegNo
	b.penalty(pen{date: ago(3, 0), fine: Yuan(7700), channels: []string{Penalty2015, PenaltyPages}, party: &q})
	c := m.operator(profile{kase: "named by name alone"})
	r := c.bare(ago(1, 9))
	c.penalty(pen{date: ago(1, 9), fine: Yuan(9900), party: &r})
	d := m.operator(profile{kase: "code beside a name it never bore"})
	s := d.party(ago(1, 4))
	s.Name = operatorName("company", d.reg.Area, m.brand(), "商贸")
	d.penalty(pen{date: ago(1, 4), kinds: []string{"责令停产停业"}, party: &s})
	nobody := Party{Op: -1, Name: operatorName("company", "440305", m.brand(), "贸易"), LegalRep: person(m.rng), Kind: "company"}
	d.penalty(pen{date: ago(1, 6), fine: Yuan(5500), party: &nobody})
	e, f := m.operator(profile{kase: "first of two parties of one decision", area: "440306"}), m.operator(profile{kase: "second of two parties of one decision", area: "440306"})
	date := ago(2, 2)
	first := e.penalty(pen{date: date, fine: Yuan(12_000), channels: []string{PenaltyPages, CreditSite}})
	f.penalty(pen{date: date, kinds: []string{"警告"}, number: m.w.penalties[first].Versions[0].Value.Number, channels: []string{PenaltyPages, CreditSite}})
}
