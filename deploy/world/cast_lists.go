package world

// castLists brings the lists of abnormal operation and of serious dishonesty
// and coercion.
func (m *maker) castLists() {
	m.operator(profile{kase: "on the abnormal list", shop: true}).listing(Abnormal, ago(7, 3), "")
	m.operator(profile{kase: "removed from the abnormal list"}).listing(Abnormal, ago(17, 3), ago(3, 3))
	m.operator(profile{kase: "removed from the abnormal list on day 3"}).listing(Abnormal, ago(7, 3), Day(3))
	m.operator(profile{kase: "gone from the abnormal list on day 6"}).listing(Abnormal, ago(9, 3), "", Span{0, 6})
	m.operator(profile{kase: "missing from the abnormal list on day 4 only"}).listing(Abnormal, ago(9, 3), "", Span{0, 4}, Span{5, Forever})
	m.operator(profile{kase: "gone from the abnormal list, then back"}).listing(Abnormal, ago(9, 9), "", Span{0, 4}, Span{9, Forever})
	m.operator(profile{kase: "on the abnormal list from day 4"}).listing(Abnormal, Day(4), "")
	m.operator(profile{kase: "individual on the abnormal list", kind: "individual"}).listing(Abnormal, ago(2, 3), "")
	m.operator(profile{kase: "on the list of serious dishonesty", shop: true}).listing(Serious, ago(11, 3), "")
	m.operator(profile{kase: "removed from the list of serious dishonesty"}).listing(Serious, ago(40, 3), ago(4, 1))
	m.operator(profile{kase: "on the list of serious dishonesty from day 10"}).listing(Serious, Day(10), "")
	m.operator(profile{kase: "gone from the list of serious dishonesty on day 3"}).listing(Serious, ago(12, 1), "", Span{0, 3})

	for _, months := range []int{3, 4, 8, 11, 12} {
		a := m.operator(profile{kase: "coercion of " + itoa(months) + " months on days 0 and 1"})
		a.notice(Coercion, edge(months, 0), "")
		a.notice(Coercion, edge(months, 1), "")
	}
	a := m.operator(profile{kase: "coercion repaired"})
	n := a.notice(Coercion, ago(2, 1), "")
	a.decideOn("coercion", n.Number, n.Authority, "annulled", ago(0, 11))
	b := m.operator(profile{kase: "three measures of coercion"})
	for i := range 3 {
		b.notice(Coercion, ago(i, 2), "")
	}
	m.operator(profile{kase: "coercion gone from day 6"}).notice(Coercion, ago(1, 2), "")
	last := &m.w.notices[len(m.w.notices)-1]
	last.Shows = during([]Span{{0, 6}}, Coercion)
}

// castArrears brings arrears of tax in every tier, of the housing fund and of
// social insurance in every stage.
func (m *maker) castArrears() {
	for _, c := range []struct {
		kase    string
		amounts []Money
	}{
		{"tax of 1 yuan", []Money{Yuan(1)}},
		{"tax of 50,000", []Money{Yuan(50_000)}},
		{"tax of 50,000.01", []Money{Yuan(50_000) + 1}},
		{"tax of 200,000", []Money{Yuan(200_000)}},
		{"tax of 200,000.01", []Money{Yuan(200_000) + 1}},
		{"tax of 1,999,999.99", []Money{Yuan(2_000_000) - 1}},
		{"tax of 2,000,000", []Money{Yuan(2_000_000)}},
		{"three taxes together above 50,000", []Money{Yuan(20_000), Yuan(20_000), Yuan(10_000) + Money(1+m.rng.IntN(90_000))}},
	} {
		a := m.operator(profile{kase: c.kase})
		for i, amount := range c.amounts {
			a.tax(words("增值税 企业所得税 城市维护建设税")[i], amount, ago(4, 6), "")
		}
	}
	m.operator(profile{kase: "tax settled"}).tax("增值税", Yuan(80_000), ago(9, 2), ago(2, 2))
	m.operator(profile{kase: "tax settled on day 9"}).tax("增值税", Yuan(300_000), ago(9, 2), Day(9))
	a := m.operator(profile{kase: "tax gone from day 7"})
	m.w.taxes[a.tax("增值税", Yuan(90_000), ago(5, 2), "")].Shows = during([]Span{{0, 7}}, Tax)
	b := m.operator(profile{kase: "tax grown on day 6"})
	grown := b.tax("企业所得税", Yuan(45_000), ago(3, 2), "")
	m.w.taxes[grown].Versions = revise(m.w.taxes[grown].Versions, 6, func(t *TaxArrears) { t.Balance, t.New = Yuan(145_000), Yuan(100_000) })

	for _, channel := range []string{Fund, Insurance} {
		m.operator(profile{kase: channel + " ordered"}).owes(channel, "ordered_to_pay", ago(6, 1), "")
		m.operator(profile{kase: channel + " enforced"}).owes(channel, "court_enforced", ago(8, 1), "")
		m.operator(profile{kase: channel + " settled"}).owes(channel, "settled", ago(10, 1), ago(2, 0))
		both := m.operator(profile{kase: channel + " ordered and enforced"})
		both.owes(channel, "ordered_to_pay", ago(3, 1), "")
		both.owes(channel, "court_enforced", ago(9, 1), "")
		c := m.operator(profile{kase: channel + " settled on day 5"})
		i := c.owes(channel, "court_enforced", ago(4, 1), "")
		m.w.arrears[i].Versions = revise(m.w.arrears[i].Versions, 5, func(v *Arrears) { v.Stage, v.Settled = "settled", Day(5) })
		d := m.operator(profile{kase: channel + " enforced on day 8"})
		i = d.owes(channel, "ordered_to_pay", ago(4, 1), "")
		m.w.arrears[i].Versions = revise(m.w.arrears[i].Versions, 8, func(v *Arrears) { v.Stage = "court_enforced" })
		e := m.operator(profile{kase: channel + " gone from day 10"})
		m.w.arrears[e.owes(channel, "ordered_to_pay", ago(4, 1), "")].Shows = during([]Span{{0, 10}}, channel)
	}
}

// castInspection brings labour inspection, the list of unpaid wages and spot
// checks.
func (m *maker) castInspection() {
	m.operator(profile{kase: "one labour violation"}).notice(Labour, ago(14, 1), "")
	a := m.operator(profile{kase: "three labour violations"})
	for i := range 3 {
		a.notice(Labour, ago(5*i, 1), "")
	}
	edges := m.operator(profile{kase: "labour violations of 36 months on days 0 and 1"})
	for _, day := range []int{0, 1} {
		edges.notice(Labour, edge(36, day), "")
	}
	m.operator(profile{kase: "on the list of unpaid wages"}).listing(Wages, ago(8, 1), "")
	m.operator(profile{kase: "removed from the list of unpaid wages"}).listing(Wages, ago(30, 1), ago(5, 0))
	m.operator(profile{kase: "removed from the list of unpaid wages on day 8"}).listing(Wages, ago(12, 1), Day(8))

	m.operator(profile{kase: "spot check passed"}).checked(true, ago(3, 2))
	m.operator(profile{kase: "spot check failed"}).checked(false, ago(3, 2))
	edges = m.operator(profile{kase: "failed checks of 12 months on days 0, 1 and 6"})
	for _, day := range []int{0, 1, 6} {
		edges.checked(false, edge(12, day))
	}
	b := m.operator(profile{kase: "five failed checks"})
	for i := range 5 {
		b.checked(false, ago(i, 3))
	}
	m.operator(profile{kase: "failed check on day 4"}).checked(false, Day(4))
	c := m.operator(profile{kase: "failed check gone from day 5"})
	m.w.spotChecks[c.checked(false, ago(2, 5))].Shows = during([]Span{{0, 5}}, Sampling)
}
