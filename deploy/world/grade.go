package world

// A second, straightforward reading of the default standard SZ-ECOM-DEFAULT
// 2026.2 and of MODEL.md 4. Its constants are written out here and read from no
// file, so that a changed rule in a copy of deploy/standards shows as a
// difference.
//
// Interpretations, binding for this reading and for the evaluator:
//
//	scope keyword -> licence (deploy/tables): 食品 食品经营许可证 · 餐饮 食品经营许可证 ·
//	  药品 药品经营许可证 · 医疗器械 医疗器械经营许可证 · 出版物 出版物经营许可证 ·
//	  危险化学品 危险化学品经营许可证 · 烟草 烟草专卖零售许可证
//
//	traits    no_license_required: a scope is known and no keyword stands in it, or the kind is
//	          natural. platform_shop: has a shop now and no site. natural_person_shop: kind natural.
//	1.2       of name, uscc, address: a field the site does not show counts as not matched; 3
//	          compared; the worst of several sites; covered without a probe or register record: 0.
//	1.3       the worst display among the current probes (site, badge) and shops; covered and none: 0.
//	1.4       distinct required licences held, status 有效, from <= as_of <= to, over required.
//	1.5       a number matches when the site shows it and the same filing (folded) is registered
//	          to this entity. Both: both_match; ICP only: icp_match; else anything shown:
//	          present_mismatch; nothing shown: none. The worst of several sites.
//	1.6       the report of year Y is due on 30 June Y+1; on time when published by then; for the
//	          latest year due. Established after that year: nothing is due, the point is given.
//	          Age in completed years since established, the higher of the two rules.
//	2.1       severity by the severest item not repaired; 罚款 of unknown amount: general; kinds in
//	          no list (其他, 行政拘留): light. 简易程序 by itself is light. A penalty of its own
//	          publicity end stays weighted by its age: that end concerns only "live".
//	2.4       sum of the balances of arrears in force: 0:0 <=50k:1 <=200k:2 <2m:3 >=2m:4.
//	2.5 2.6   the worst stage in force. 3.4: dishonest beats restricted.
//	2.7       1 for each violation younger than 36 months, 2 for each list.
//	windows   an event counts when its age in completed months is below window_months.
//	3.1       exactly 10,000 and exactly 500,000 are in the middle tier; unknown amount: the lowest.
//	3.1-3.5   outcome lost or partly; the partial factor only in 3.1; in effect when the record
//	          says so or its effective date has come; superseded by an appeal: weight 0; an appeal
//	          that remits has no outcome and counts nothing.
//	3.3       an enforcement whose number (folded) is also that of an entry of 3.4 in force is not
//	          counted again.
//	4.1       positive: stars >= 4 and not suspect; suspect ones are left out of n; sums as given;
//	          reviews younger than 6 completed months. A review belongs to whoever had the shop on
//	          its date; before the first known operator's first day to nobody.
//	4.2       cap 20 where orders are unknown, else max(1, orders*5/1000), orders of all its shops;
//	          the share resolved is 1 when there is no complaint.
//	4.3       https and privacy: some current probe says true and none says false; no finding of
//	          malware or phish in force.
//	4.4       the latest availability of each host, summed; content and goods no older than 30 days,
//	          goods of shops too.
//	4.6       each of the three once; a fake-review decision that bears the number of a penalty
//	          of the entity is not counted again.
//	5.1       each award once while younger than 36 months; 5.2 +1 once; both together at most +5;
//	          5.3 -2 each; the total stays within 0 and 100.
//	adverse   without a look: deduction methods and maps by what they would cost, 4.3 a finding 1.5;
//	          never from ratio, reviews, complaints or activity. Taken from its dimension after
//	          rescaling. The same for an undecided indicator, which is in the coverage but in
//	          neither points nor full marks.
//	letter    from the rounded total; coverage compared exactly.
//	V1 V1b    from the registration, looked or not. V6: a current shop with identity_verified false.
//	NR        out_of_scope (area known and not 4403…) before all else; then terminated; then
//	          not_looked. None of them has a score; the first two have the coverage all the same.

import (
	"math/big"
	"slices"
	"strings"
)

// An indicator of the standard, as far as coverage and arithmetic need it.
type indicator struct {
	id        string
	full      *big.Rat
	dimension int // 0-3
	kinds     []string
	all       bool   // needs looks of every kind
	never     string // the trait to which it does not apply
}

func rat(n, d int64) *big.Rat { return big.NewRat(n, d) }

// indicators is the table of the standard.
func indicators() []indicator {
	return []indicator{
		{"1.1", rat(5, 1), 0, []string{"gsxt"}, false, ""},
		{"1.2", rat(3, 1), 0, []string{"gsxt", "shop_site"}, true, ""},
		{"1.3", rat(4, 1), 0, []string{"shop_site", "ebs_badge"}, false, ""},
		{"1.4", rat(4, 1), 0, []string{"shop_site", "xk_license"}, false, "no_license_required"},
		{"1.5", rat(2, 1), 0, []string{"shop_site", "miit", "beian"}, true, "platform_shop"},
		{"1.6", rat(2, 1), 0, []string{"gsxt"}, false, "natural_person_shop"},
		{"2.1", rat(15, 1), 1, []string{"cf_penalty", "gsxt", "creditchina"}, false, ""},
		{"2.2", rat(3, 1), 1, []string{"gov_notice"}, false, ""},
		{"2.3", rat(4, 1), 1, []string{"gsxt"}, false, ""},
		{"2.4", rat(4, 1), 1, []string{"tax_arrears"}, false, ""},
		{"2.5", rat(2, 1), 1, []string{"gjj_notice"}, false, ""},
		{"2.6", rat(3, 1), 1, []string{"hrss_notice"}, false, ""},
		{"2.7", rat(2, 1), 1, []string{"hrss_notice"}, false, ""},
		{"2.8", rat(2, 1), 1, []string{"sampling_notice"}, false, ""},
		{"3.1", rat(6, 1), 2, []string{"wenshu"}, false, ""},
		{"3.2", rat(3, 1), 2, []string{"wenshu"}, false, ""},
		{"3.3", rat(5, 1), 2, []string{"zxgk"}, false, ""},
		{"3.4", rat(4, 1), 2, []string{"zxgk"}, false, ""},
		{"3.5", rat(2, 1), 2, []string{"labour_award", "wenshu"}, false, ""},
		{"4.1", rat(8, 1), 3, []string{"reviews"}, false, ""},
		{"4.2", rat(6, 1), 3, []string{"12315", "platform"}, false, ""},
		{"4.3", rat(4, 1), 3, []string{"shop_site", "security_feed"}, false, ""},
		{"4.4", rat(3, 1), 3, []string{"probe"}, false, ""},
		{"4.5", rat(2, 1), 3, []string{"news"}, false, ""},
		{"4.6", rat(2, 1), 3, []string{"shop_site", "cf_penalty"}, false, ""},
	}
}

// letters are the grades, best first, with the least score of each.
func letters() []string {
	return []string{"AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D"}
}

func letterOf(score *big.Rat) string {
	for i, l := range letters() {
		if score.Cmp(rat(int64(90-10*i), 1)) >= 0 {
			return l
		}
	}
	return "D"
}

// worse returns the lower of two letters.
func worse(a, b string) string {
	all := letters()
	return all[max(slices.Index(all, a), slices.Index(all, b))]
}

// A Subject is whom a grade is for, on the day.
type Subject struct {
	Anchor string
	Name   string // as registered now; empty: no register says
	USCC   string
	Kind   string
	Area   string // empty: unknown
	Traits []string
}

func (s Subject) has(trait string) bool { return slices.Contains(s.Traits, trait) }

// outside reports that the area is known and none of Shenzhen's.
func (s Subject) outside() bool { return s.Area != "" && !strings.HasPrefix(s.Area, "4403") }

// An Indication is what the truth expects of one indicator.
type Indication struct {
	State string // covered, undecided, not_looked, look_failed, not_applicable
	Full  string
	Got   string // two decimals; empty: unscored
}

// Expected is the evaluation that follows from facts and looks.
type Expected struct {
	Score      string // two decimals; empty: none is given
	Coverage   string
	Grade      string
	Reason     string // of NR: not_looked, out_of_scope, terminated
	Caps       []string
	Indicators map[string]Indication
}

// grading is the work on one subject.
type grading struct {
	who   Subject
	asOf  Date
	facts []Fact
	looks []Look
}

// Grade works out the evaluation of a subject from its facts and the looks
// taken, as of a day.
func Grade(who Subject, facts []Fact, looks []Look, asOf Date) Expected {
	g := grading{who, asOf, facts, looks}
	out := Expected{Indicators: map[string]Indication{}}
	var points, fulls [4]*big.Rat
	var adverse [4]*big.Rat
	covered, applicable := new(big.Rat), new(big.Rat)
	for i := range points {
		points[i], fulls[i], adverse[i] = new(big.Rat), new(big.Rat), new(big.Rat)
	}
	for _, in := range indicators() {
		state := g.state(in)
		said := Indication{State: state, Full: decimal(in.full)}
		if state != "not_applicable" {
			applicable.Add(applicable, in.full)
		}
		switch state {
		case "covered":
			got := g.got(in)
			said.Got = decimal(got)
			covered.Add(covered, in.full)
			points[in.dimension].Add(points[in.dimension], got)
			fulls[in.dimension].Add(fulls[in.dimension], in.full)
		case "undecided":
			covered.Add(covered, in.full)
			adverse[in.dimension].Add(adverse[in.dimension], g.adverse(in))
		case "not_looked", "look_failed":
			adverse[in.dimension].Add(adverse[in.dimension], g.adverse(in))
		}
		out.Indicators[in.id] = said
	}
	coverage := new(big.Rat)
	if applicable.Sign() > 0 {
		coverage.Quo(covered, applicable)
	}
	out.Coverage = decimal(coverage)
	total := g.total(points, fulls, adverse)
	g.decide(&out, total, coverage)
	return out
}

// total brings the dimensions together: each rescaled to its full mark over
// what is covered and less what is known without a look, the whole rescaled to
// 100 over the dimensions that are left, and adjusted.
func (g grading) total(points, fulls, adverse [4]*big.Rat) *big.Rat {
	marks := []*big.Rat{rat(20, 1), rat(35, 1), rat(20, 1), rat(25, 1)}
	sum, full, loose := new(big.Rat), new(big.Rat), new(big.Rat)
	for i, mark := range marks {
		if fulls[i].Sign() == 0 {
			loose.Add(loose, adverse[i])
			continue
		}
		got := new(big.Rat).Mul(new(big.Rat).Quo(points[i], fulls[i]), mark)
		sum.Add(sum, floor0(got.Sub(got, adverse[i])))
		full.Add(full, mark)
	}
	if full.Sign() == 0 {
		return new(big.Rat)
	}
	total := new(big.Rat).Mul(new(big.Rat).Quo(sum, full), rat(100, 1))
	total = floor0(total.Sub(total, loose))
	total.Add(total, g.adjustment())
	return least(floor0(total), rat(100, 1))
}

// decide gives score and letter, or says why there are none.
func (g grading) decide(out *Expected, total, coverage *big.Rat) {
	caps := g.caps()
	status := g.status()
	switch {
	case g.who.outside():
		out.Grade, out.Reason = "NR", "out_of_scope"
		return
	case status == "注销":
		out.Grade, out.Reason = "NR", "terminated"
		return
	case coverage.Cmp(rat(2, 5)) < 0:
		out.Grade, out.Reason = "NR", "not_looked"
		decisive := ""
		for _, c := range caps {
			if c.decisive {
				out.Caps = append(out.Caps, c.id)
				decisive = worse(c.letter, orBest(decisive))
			}
		}
		if decisive != "" {
			out.Grade, out.Reason = decisive, ""
		}
		return
	}
	score := round(total)
	out.Score = decimal(score)
	out.Grade = letterOf(score)
	limit := "A"
	switch {
	case coverage.Cmp(rat(4, 5)) >= 0:
		limit = "AAA"
	case coverage.Cmp(rat(3, 5)) >= 0:
		limit = "AA"
	}
	if limit != "AAA" {
		out.Caps = append(out.Caps, "coverage")
	}
	out.Grade = worse(out.Grade, limit)
	for _, c := range caps {
		out.Caps = append(out.Caps, c.id)
		out.Grade = worse(out.Grade, c.letter)
	}
}

func orBest(letter string) string {
	if letter == "" {
		return "AAA"
	}
	return letter
}

// state says whether an indicator applies and was looked at. A look speaks
// from its day for as long as its channel says.
func (g grading) state(in indicator) string {
	if in.never != "" && g.who.has(in.never) {
		return "not_applicable"
	}
	seen := map[string]bool{}
	failed, undecided := false, false
	for _, l := range g.looks {
		if !slices.Contains(in.kinds, l.Kind) || !slices.Contains(l.Indicators, in.id) || !l.Contains(g.who) ||
			l.Date > g.asOf || l.Date.daysTo(g.asOf) > l.MaxAge {
			continue
		}
		if l.Result != "complete" {
			failed = true
			continue
		}
		seen[l.Kind] = true
		undecided = undecided || slices.Contains(l.Undecided, g.who.Anchor)
	}
	enough := len(seen) > 0
	if in.all {
		enough = len(seen) == len(in.kinds)
	}
	switch {
	case enough && undecided:
		return "undecided"
	case enough:
		return "covered"
	case failed:
		return "look_failed"
	}
	return "not_looked"
}
