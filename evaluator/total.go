package evaluator

import (
	"math/big"
	"slices"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// A reader applies the rule of one indicator to the facts.
type reader func(*calc, standard.Indicator) verdict

// readers are the twenty-five indicators.
func readers() map[string]reader {
	return map[string]reader{
		"1.1": registration, "1.2": consistency, "1.3": display, "1.4": licences, "1.5": filings, "1.6": continuity,
		"2.1": penalties, "2.2": coercions, "2.3": abnormal, "2.4": taxes, "2.5": stages("fund_arrears"),
		"2.6": stages("insurance_arrears"), "2.7": labour, "2.8": samples,
		"3.1": commercial, "3.2": intellectual, "3.3": enforcements, "3.4": debtors, "3.5": disputes,
		"4.1": reviews, "4.2": complaints, "4.3": security, "4.4": liveliness, "4.5": opinion, "4.6": conduct,
	}
}

// A line is one indicator worked out.
type line struct {
	in      standard.Indicator
	sight   sight
	verdict verdict
}

// scored reports whether the line's points enter its dimension.
func (l line) scored() bool { return l.sight.state == evidence.Covered && l.verdict.got != nil }

// loose returns what known adverse facts cost where the line is not scored:
// at most the full mark.
func (l line) loose() *big.Rat {
	sum := new(big.Rat)
	if l.scored() || l.sight.state == evidence.NotApplicable {
		return sum
	}
	for _, x := range l.verdict.losses {
		if x.adverse {
			sum.Add(sum, x.points)
		}
	}
	return least(sum, l.in.Full.Rat())
}

// A sum is the arithmetic of one placement.
type sum struct {
	lines    []line
	got      map[string]*big.Rat // dimension -> points, rescaled; nil: nothing scored
	adjusted []loss              // negative points are a bonus
	base     *big.Rat            // before adjustments
	score    *big.Rat            // nil: nothing was scored
}

// add works out the sum for the present placement. sights do not depend on it.
func (c *calc) add(sights map[string]sight) sum {
	s := sum{got: map[string]*big.Rat{}}
	all := readers()
	for _, in := range c.std.Indicators {
		l := line{in: in, sight: sights[in.ID]}
		if l.sight.state != evidence.NotApplicable {
			l.verdict = all[in.ID](c, in)
		}
		s.lines = append(s.lines, l)
	}
	points, fulls, empty := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, d := range c.std.Dimensions {
		got, loose := s.dimension(d)
		if got == nil {
			empty.Add(empty, loose)
			continue
		}
		s.got[d.ID] = got
		points.Add(points, got)
		fulls.Add(fulls, d.Full.Rat())
	}
	s.adjusted = c.adjustments()
	if fulls.Sign() == 0 {
		return s
	}
	s.base = points.Mul(points, c.std.Scale.Max.Rat())
	s.base.Quo(s.base, fulls)
	s.base = floor(s.base.Sub(s.base, empty))
	s.score = new(big.Rat).Set(s.base)
	for _, a := range s.adjusted {
		s.score.Sub(s.score, a.points)
	}
	if low := c.std.Scale.Min.Rat(); s.score.Cmp(low) < 0 {
		s.score = low
	}
	s.score = least(s.score, c.std.Scale.Max.Rat())
	return s
}

// dimension rescales a dimension to its full mark over what was scored, and
// takes off what is known without a look (MODEL 4). got is nil when nothing in
// it was scored; then loose is left for the total.
func (s sum) dimension(d standard.Dimension) (got, loose *big.Rat) {
	points, fulls, loose := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, l := range s.lines {
		if l.in.Dimension() != d.ID {
			continue
		}
		loose.Add(loose, l.loose())
		if l.scored() {
			points.Add(points, l.verdict.got)
			fulls.Add(fulls, l.in.Full.Rat())
		}
	}
	if fulls.Sign() == 0 {
		return nil, loose
	}
	points.Mul(points, d.Full.Rat())
	points.Quo(points, fulls)
	return floor(points.Sub(points, loose)), loose
}

// coverage is the full marks of covered indicators over those of applicable
// ones; an undecided indicator is covered.
func (c *calc) coverage(sights map[string]sight) *big.Rat {
	covered, applicable := new(big.Rat), new(big.Rat)
	for _, in := range c.std.Indicators {
		switch sights[in.ID].state {
		case evidence.NotApplicable:
			continue
		case evidence.Covered, evidence.Undecided:
			covered.Add(covered, in.Full.Rat())
		}
		applicable.Add(applicable, in.Full.Rat())
	}
	if applicable.Sign() == 0 {
		return covered
	}
	return covered.Quo(covered, applicable)
}

// adjustments are Article 10 (5): awards while they are young and not opted
// out of, one bonus for commitments kept, together at most the cap; and each
// broken commitment. A bonus has negative points.
func (c *calc) adjustments() []loss {
	var out []loss
	left := c.std.Adjustments.Cap.Rat()
	bonus := func(f *fact, rule string, points *big.Rat) {
		if points = new(big.Rat).Set(least(points, left)); points.Sign() > 0 {
			left.Sub(left, points)
			out = append(out, loss{fact: f, rule: rule, points: points.Neg(points)})
		}
	}
	award := c.std.Adjustments.Item("5.1")
	for _, f := range c.of("award") {
		level := f.Fields["level"]
		if c.age(f.Date) < award.Months && (!award.OptOut || f.Fields["opted_out"] != "true") {
			bonus(f, "5.1 "+level, award.Points.Level[level].Rat())
		}
	}
	commitments := c.of("commitment")
	if i := slices.IndexFunc(commitments, func(f *fact) bool { return f.Fields["status"] == "performed" }); i >= 0 {
		bonus(commitments[i], "5.2", c.std.Adjustments.Item("5.2").Points.Each.Rat())
	}
	for _, f := range commitments {
		if p := c.std.Adjustments.Item("5.3").Points.Each.Rat(); f.Fields["status"] == "broken" && p.Sign() < 0 {
			out = append(out, loss{fact: f, rule: "5.3", points: p.Neg(p), adverse: true})
		}
	}
	return out
}

// rounded is half up to the decimals of the standard; scores are not negative.
func rounded(r *big.Rat, decimals int) *big.Rat {
	out, _ := new(big.Rat).SetString(r.FloatString(decimals))
	return out
}
