package world

import (
	"math/rand/v2"
	"slices"
)

// crowd is how many operators there are beside the cast.
const crowd = 40

// New makes the world of a seed: the cast of designed operators, whose names,
// amounts and dates vary with the seed within what keeps their situation, and
// a crowd of random ones.
func New(seed int64) *World {
	w := &World{Seed: seed}
	m := &maker{w: w, rng: rand.New(rand.NewPCG(uint64(seed), 0x9E3779B97F4A7C15)), used: map[string]bool{}, serial: map[string]int{}}
	m.castKinds()
	m.castRegister()
	m.castLicences()
	m.castReports()
	m.castSites()
	m.castShops()
	m.castPenaltyKinds()
	m.castPenaltyAges()
	m.castPenaltyEffects()
	m.castPenaltyDays()
	m.castPenaltyIdentity()
	m.castLists()
	m.castArrears()
	m.castInspection()
	m.castJudgments()
	m.castAppeals()
	m.castEnforcement()
	m.castReviews()
	m.castComplaints()
	m.castSecurity()
	m.castNews()
	m.castAdjustments()
	m.castCoverage()
	m.castLadder()
	m.castDays()
	for range crowd {
		m.passerBy()
	}
	m.shuffle()
	return w
}

// shuffle mixes the documents, so that no list stands in the order of the
// cast; latest first, as portals do, would give the cast away too.
func (m *maker) shuffle() {
	w := m.w
	mix(m, w.registrations)
	mix(m, w.reports)
	mix(m, w.licences)
	mix(m, w.filings)
	mix(m, w.penalties)
	mix(m, w.notices)
	mix(m, w.listings)
	mix(m, w.taxes)
	mix(m, w.arrears)
	mix(m, w.spotChecks)
	mix(m, w.judgments)
	mix(m, w.awards)
	mix(m, w.courtEntries)
	mix(m, w.complaints)
	mix(m, w.monitored)
	mix(m, w.findings)
	mix(m, w.news)
	mix(m, w.honours)
	mix(m, w.commitments)
	mix(m, w.repairs)
}

func mix[T any](m *maker, docs []Doc[T]) {
	m.rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
}

// passerBy adds an operator of the crowd, with whatever befell it.
func (m *maker) passerBy() {
	rng := m.rng
	p := profile{kind: pick(rng, words("company company company company individual individual sole partnership cooperative")), trade: 1 + rng.IntN(licensedTrades)}
	p.site, p.shop = rng.IntN(5) == 0, rng.IntN(3) == 0
	p.noReport = rng.IntN(12) == 0
	p.platform = pick(rng, words("haihe haihe haihe yunfan"))
	a := m.operator(p)
	if rng.IntN(8) > 0 {
		a.licensed()
	}
	recent := func(months int) Date { return dayZero.plusDays(-1 - rng.IntN(months*30)) }
	chance := func(one int, do func()) {
		if rng.IntN(one) == 0 {
			do()
		}
	}
	chance(3, func() {
		channels := []string{PenaltyPages, CreditSite, Penalty2018, Penalty2015}
		rng.Shuffle(len(channels), func(i, j int) { channels[i], channels[j] = channels[j], channels[i] })
		kinds := [][]string{{"警告"}, {"罚款"}, {"罚款", "没收违法所得"}, {"警告", "罚款"}, {"责令停产停业"}}
		a.penalty(pen{date: recent(40), kinds: slices.Sorted(slices.Values(pick(rng, kinds))), fine: Money(100 * (500 + rng.IntN(60_000))), taken: Money(123 + rng.IntN(900_000)), channels: channels[:1+rng.IntN(3)]})
	})
	chance(9, func() {
		a.judgment(ruling{date: recent(26), inEffect: true, amount: Money(10_000 * (10 + rng.IntN(9000))), outcome: pick(rng, words("lost partly won"))})
	})
	chance(12, func() { a.checked(rng.IntN(2) == 0, recent(14)) })
	chance(10, func() { a.complain(-1, recent(13), rng.IntN(3) > 0) })
	chance(14, func() { a.reported(false, recent(7)) })
	chance(15, func() { a.honoured(pick(rng, words("national provincial municipal")), recent(40), false) })
	chance(15, func() { a.notice(Coercion, recent(13), "") })
	chance(20, func() { a.tax("增值税", Yuan(int64(1000+rng.IntN(900_000))), recent(10), "") })
	chance(20, func() { a.listing(Abnormal, recent(20), "") })
	if p.shop && p.platform == "yunfan" {
		for range 4 + rng.IntN(8) {
			a.review(a.lastShop(), pick(rng, []int{5, 5, 5, 4, 4, 3, 1}), recent(7), rng.IntN(12) == 0)
		}
	}
}
