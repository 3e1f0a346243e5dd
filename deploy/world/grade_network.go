package world

import (
	"math/big"
	"strings"
)

// licenceOf is the table of scope keywords, in the order of the standard's
// table: what a registered scope that holds the word has to be licensed for.
func licenceOf() [][2]string {
	return [][2]string{
		{"食品", "食品经营许可证"},
		{"餐饮", "食品经营许可证"},
		{"药品", "药品经营许可证"},
		{"医疗器械", "医疗器械经营许可证"},
		{"出版物", "出版物经营许可证"},
		{"危险化学品", "危险化学品经营许可证"},
		{"烟草", "烟草专卖零售许可证"},
	}
}

func requiredLicences(scope string) []string {
	var out []string
	for _, row := range licenceOf() {
		if strings.Contains(scope, row[0]) {
			out = append(out, row[1])
		}
	}
	return out
}

// opinion is the smoothed share of good reviews: p=(pos+50*.92)/(n+50), from
// nothing at .80 to 8 points at .98.
func (g grading) opinion() *big.Rat {
	good, n := new(big.Rat), new(big.Rat)
	for _, f := range g.of("review") {
		switch {
		case g.age(f) >= 6 || f.Fields["suspect"] == "true":
		case f.Fields["count"] != "":
			n.Add(n, rational(f.Fields["count"]))
			good.Add(good, rational(f.Fields["positive"]))
		default:
			n.Add(n, rat(1, 1))
			if rational(f.Fields["stars"]).Cmp(rat(4, 1)) >= 0 {
				good.Add(good, rat(1, 1))
			}
		}
	}
	p := new(big.Rat).Quo(good.Add(good, rat(46, 1)), n.Add(n, rat(50, 1)))
	p.Sub(p, rat(4, 5))
	p.Quo(p, rat(18, 100))
	return p.Mul(least(floor0(p), rat(1, 1)), rat(8, 1))
}

func (g grading) complaints() *big.Rat {
	n := g.within("complaint", 12, nil)
	done := g.within("complaint", 12, func(f Fact) bool { return f.Fields["resolved"] == "true" })
	bound, known := new(big.Rat), false
	for _, f := range g.of("shop") {
		if orders, ok := f.Fields["orders"]; ok {
			known = true
			bound.Add(bound, rational(orders))
		}
	}
	bound.Mul(bound, rat(5, 1000))
	switch {
	case !known:
		bound = rat(20, 1)
	case bound.Cmp(rat(1, 1)) < 0:
		bound = rat(1, 1)
	}
	share := least(new(big.Rat).Quo(rat(int64(n), 1), bound), rat(1, 1))
	points := new(big.Rat).Mul(rat(3, 1), new(big.Rat).Sub(rat(1, 1), share))
	if n == 0 {
		return points.Add(points, rat(3, 1))
	}
	return points.Add(points, rat(int64(3*done), int64(n)))
}

func (g grading) security() *big.Rat {
	points := new(big.Rat).Sub(rat(3, 2), g.findingCost())
	probes := g.of("site_probe")
	if anyField(probes, "https_valid", "true") && !anyField(probes, "https_valid", "false") {
		points.Add(points, rat(3, 2))
	}
	if anyField(probes, "privacy_policy", "true") && !anyField(probes, "privacy_policy", "false") {
		points.Add(points, rat(1, 1))
	}
	return points
}

func (g grading) activity() *big.Rat {
	points := new(big.Rat)
	latest := map[string]Fact{}
	for _, f := range g.of("availability") {
		if old, ok := latest[f.Fields["host"]]; !ok || old.Date < f.Date {
			latest[f.Fields["host"]] = f
		}
	}
	checks, successes := new(big.Rat), new(big.Rat)
	for _, f := range latest {
		checks.Add(checks, rational(f.Fields["checks"]))
		successes.Add(successes, rational(f.Fields["successes"]))
	}
	if checks.Sign() > 0 && new(big.Rat).Quo(successes, checks).Cmp(rat(99, 100)) >= 0 {
		points.Add(points, rat(1, 1))
	}
	fresh := func(field string) bool {
		for _, f := range append(g.of("site_probe"), g.of("shop")...) {
			if d := Date(f.Fields[field]); d != "" && d <= g.asOf && d.daysTo(g.asOf) <= 30 {
				return true
			}
		}
		return false
	}
	for _, field := range []string{"latest_content", "latest_goods"} {
		if fresh(field) {
			points.Add(points, rat(1, 1))
		}
	}
	return points
}

// adjustment is Article 10 (5): awards and performed commitments, at most 5;
// broken commitments.
func (g grading) adjustment() *big.Rat {
	bonus := new(big.Rat)
	for _, f := range g.of("award") {
		if g.age(f) >= 36 || f.Fields["opted_out"] == "true" {
			continue
		}
		switch f.Fields["level"] {
		case "national":
			bonus.Add(bonus, rat(2, 1))
		case "provincial":
			bonus.Add(bonus, rat(3, 2))
		case "municipal":
			bonus.Add(bonus, rat(1, 1))
		}
	}
	broken := 0
	commitments := g.of("commitment")
	if anyField(commitments, "status", "performed") {
		bonus.Add(bonus, rat(1, 1))
	}
	for _, f := range commitments {
		if f.Fields["status"] == "broken" {
			broken++
		}
	}
	bonus = least(bonus, rat(5, 1))
	return new(big.Rat).Sub(bonus, rat(int64(2*broken), 1))
}

// A veto caps the letter.
type veto struct {
	id, letter string
	decisive   bool // also below the floor of coverage
}

// caps are the vetoes that apply, in their order.
func (g grading) caps() []veto {
	status := g.status()
	unverified := anyField(g.of("shop"), "identity_verified", "false")
	var out []veto
	for _, v := range []struct {
		applies bool
		veto
	}{
		{status == "吊销" || status == "撤销", veto{"V1", "D", true}},
		{len(g.of("serious_listing")) > 0, veto{"V2", "D", true}},
		{len(g.of("dishonest_debtor")) > 0, veto{"V3", "CC", true}},
		{len(g.of("abnormal_listing")) > 0, veto{"V4", "BB", false}},
		{g.live(3), veto{"V5", "BB", false}},
		{g.live(2), veto{"V5b", "AA", false}},
		{unverified, veto{"V6", "B", false}},
		{len(g.of("false_material")) > 0, veto{"V7", "B", false}},
	} {
		if v.applies {
			out = append(out, v.veto)
		}
	}
	return out
}
