package world

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// severity classes a penalty by its severest item that is not repaired: 1
// light, 2 general, 3 severe.
func severity(f Fact) int {
	worst := 1
	for kind := range strings.SplitSeq(f.Fields["kinds"], ";") {
		if slices.Contains(f.Mended, kind) {
			continue
		}
		s := 1
		switch kind {
		case "罚款":
			fine, said := f.Fields["amount"]
			switch amount := rational(fine); {
			case said && amount.Cmp(rat(1_000_000, 1)) >= 0:
				s = 3
			case !said || amount.Cmp(rat(3000, 1)) > 0:
				s = 2
			}
		case "没收违法所得", "没收非法财物", "暂扣许可证件":
			s = 2
		case "责令停产停业", "责令关闭", "限制开展生产经营活动", "限制从业", "降低资质等级", "吊销许可证件", "吊销营业执照":
			s = 3
		}
		worst = max(worst, s)
	}
	return worst
}

// publicity is the least and longest publicity of a severity, in months.
func publicity(severity int) (least, longest int) {
	switch severity {
	case 3:
		return 12, 36
	case 2:
		return 3, 12
	}
	return 0, 3
}

func (g grading) penaltyCost() *big.Rat {
	sum := new(big.Rat)
	for _, f := range g.of("penalty") {
		s := severity(f)
		base := []*big.Rat{nil, rat(1, 1), rat(4, 1), rat(10, 1)}[s]
		if g.age(f) >= 36 {
			continue
		}
		from, to := publicity(s)
		sum.Add(sum, new(big.Rat).Mul(base, decay(g.age(f), from, to)))
	}
	return sum
}

// live reports a penalty in force of a severity that is still in publicity.
func (g grading) live(want int) bool {
	return slices.ContainsFunc(g.of("penalty"), func(f Fact) bool {
		_, longest := publicity(severity(f))
		end := f.Date.plusMonths(longest)
		if own := Date(f.Fields["publicity_end"]); own != "" && own < end {
			end = own
		}
		return severity(f) == want && g.asOf < end
	})
}

func (g grading) coercionCost() *big.Rat {
	sum := new(big.Rat)
	for _, f := range g.of("coercion") {
		if g.age(f) < 12 {
			sum.Add(sum, new(big.Rat).Mul(rat(3, 2), decay(g.age(f), 3, 12)))
		}
	}
	return sum
}

func (g grading) abnormalCost() *big.Rat {
	if len(g.of("abnormal_listing")) > 0 {
		return rat(4, 1)
	}
	return new(big.Rat)
}

func (g grading) taxCost() *big.Rat {
	sum := new(big.Rat)
	for _, f := range g.of("tax_arrears") {
		sum.Add(sum, rational(f.Fields["balance"]))
	}
	switch {
	case sum.Sign() <= 0:
		return new(big.Rat)
	case sum.Cmp(rat(50_000, 1)) <= 0:
		return rat(1, 1)
	case sum.Cmp(rat(200_000, 1)) <= 0:
		return rat(2, 1)
	case sum.Cmp(rat(2_000_000, 1)) < 0:
		return rat(3, 1)
	}
	return rat(4, 1)
}

func (g grading) stageCost(typ string, ordered, enforced *big.Rat) *big.Rat {
	facts := g.of(typ)
	switch {
	case anyField(facts, "stage", "court_enforced"):
		return enforced
	case anyField(facts, "stage", "ordered_to_pay"):
		return ordered
	}
	return new(big.Rat)
}

// within counts the facts of a type younger than some months.
func (g grading) within(typ string, months int, ok func(Fact) bool) int {
	n := 0
	for _, f := range g.of(typ) {
		if g.age(f) < months && (ok == nil || ok(f)) {
			n++
		}
	}
	return n
}

func (g grading) labourCost() *big.Rat {
	return rat(int64(g.within("labour_violation", 36, nil)+2*len(g.of("wage_listing"))), 1)
}

func (g grading) samplingCost() *big.Rat {
	return times(g.within("spot_check", 12, func(f Fact) bool { return f.Fields["result"] == "不合格" }), rat(1, 2))
}

// judged is the weight of a judgment or award: none unless lost at least in
// part and shown to be in effect.
func (g grading) judged(f Fact) *big.Rat {
	if o := f.Fields["outcome"]; o != "lost" && o != "partly" {
		return new(big.Rat)
	}
	from := f.Date
	effective := Date(f.Fields["effective"])
	if effective != "" {
		from = effective
	}
	if f.Type == "judgment" && f.Fields["in_effect"] != "true" && (effective == "" || effective > g.asOf) || from > g.asOf {
		return new(big.Rat)
	}
	age := from.monthsTo(g.asOf)
	if age >= 24 {
		return new(big.Rat)
	}
	return decay(age, 12, 24)
}

func (g grading) commercialCost() *big.Rat {
	sum := new(big.Rat)
	for _, f := range g.of("judgment") {
		if f.Fields["category"] != "commercial" {
			continue
		}
		points, amount := rat(1, 1), rational(f.Fields["amount"])
		switch {
		case amount.Cmp(rat(10_000, 1)) < 0:
			points = rat(1, 2)
		case amount.Cmp(rat(500_000, 1)) > 0:
			points = rat(2, 1)
		}
		if f.Fields["outcome"] == "partly" {
			points.Mul(points, rat(1, 2))
		}
		sum.Add(sum, points.Mul(points, g.judged(f)))
	}
	return sum
}

func (g grading) intellectualCost() *big.Rat {
	sum := new(big.Rat)
	for _, f := range g.of("judgment") {
		if f.Fields["category"] == "ip" {
			sum.Add(sum, new(big.Rat).Mul(rat(3, 2), g.judged(f)))
		}
	}
	return sum
}

func (g grading) disputeCost() *big.Rat {
	sum := new(big.Rat)
	for _, f := range append(g.of("judgment"), g.of("labour_award")...) {
		if f.Type == "labour_award" || f.Fields["category"] == "labour" {
			sum.Add(sum, new(big.Rat).Mul(rat(1, 2), g.judged(f)))
		}
	}
	return sum
}

func (g grading) enforcementCost() *big.Rat {
	elsewhere := map[string]bool{}
	for _, f := range append(g.of("dishonest_debtor"), g.of("consumption_limit")...) {
		elsewhere[folded(f.Number)] = true
	}
	n := 0
	for _, f := range g.of("enforcement") {
		if !elsewhere[folded(f.Number)] {
			n++
		}
	}
	return times(n, rat(5, 2))
}

func (g grading) debtorCost() *big.Rat {
	switch {
	case len(g.of("dishonest_debtor")) > 0:
		return rat(4, 1)
	case len(g.of("consumption_limit")) > 0:
		return rat(3, 1)
	}
	return new(big.Rat)
}

func (g grading) findingCost() *big.Rat {
	if anyField(g.of("security_finding"), "kind", "malware", "phish") {
		return rat(3, 2)
	}
	return new(big.Rat)
}

func (g grading) newsCost() *big.Rat {
	minor := g.within("news", 6, func(f Fact) bool { return f.Fields["severity"] == "minor" })
	major := g.within("news", 6, func(f Fact) bool { return f.Fields["severity"] == "major" })
	return new(big.Rat).Add(times(minor, rat(1, 5)), rat(int64(major), 1))
}

func (g grading) conductCost() *big.Rat {
	sum := new(big.Rat)
	shown := append(g.of("site_probe"), g.of("shop")...)
	if anyField(shown, "return_policy", "false") {
		sum.Add(sum, rat(1, 2))
	}
	if slices.ContainsFunc(shown, func(f Fact) bool { return rational(f.Fields["absolute_terms"]).Sign() > 0 }) {
		sum.Add(sum, rat(1, 2))
	}
	punished := map[string]bool{}
	for _, f := range g.facts {
		if f.Type == "penalty" {
			punished[folded(f.Number)] = true
		}
	}
	if slices.ContainsFunc(g.of("fake_review"), func(f Fact) bool { return !punished[folded(f.Number)] }) {
		sum.Add(sum, rat(2, 1))
	}
	return sum
}
