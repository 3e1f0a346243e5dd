package evaluator

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"probity/evaluator/standard"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
)

// Tables are the rule tables beside a standard.
type Tables = standard.Tables

// Evaluate grades the subject on the day asked for. It is pure: the same
// standard, tables and inputs give the same evaluation bit for bit. It refuses
// inputs without a day or subject, and two bodies under one fact id, with
// evidence.ErrInvalid; everything else has a grade, if only NR.
func Evaluate(std *standard.Standard, tables *Tables, in evidence.Inputs) (evidence.Evaluation, error) {
	if _, err := evidence.ParseDate(string(in.AsOf)); err != nil {
		return evidence.Evaluation{}, fmt.Errorf("evaluate %s: as_of: %w", in.Subject.ID, err)
	}
	if in.Subject.ID == "" {
		return evidence.Evaluation{}, fmt.Errorf("evaluate: %w: the subject has no id", evidence.ErrInvalid)
	}
	p, err := prepare(in)
	if err != nil {
		return evidence.Evaluation{}, fmt.Errorf("evaluate %s: %w", in.Subject.ID, err)
	}
	out := p.on(std, tables, in, in.AsOf).evaluate()
	if out.Inputs, err = digest(std, tables, in, p); err != nil {
		return evidence.Evaluation{}, fmt.Errorf("evaluate %s: %w", in.Subject.ID, err)
	}
	out.NextChange = p.next(std, tables, in, out)
	return out, nil
}

// evaluate works the day out: looks, then every placement of what is stated
// twice, of which the one that costs most holds.
func (c *calc) evaluate() evidence.Evaluation {
	sights := map[string]sight{}
	for _, in := range c.std.Indicators {
		sights[in.ID] = c.sight(in)
	}
	var best sum
	var skip map[string]string
	for i, placement := range c.placements() {
		c.skip = placement
		if s := c.add(sights); i == 0 || s.score != nil && s.score.Cmp(best.score) < 0 {
			best, skip = s, placement
		}
	}
	c.skip = skip
	coverage := c.coverage(sights)
	return c.explain(best, coverage, c.grade(best, coverage))
}

// digest addresses the calculation by its inputs. Looks enter by their day,
// since nothing depends on the hour.
func digest(std *standard.Standard, tables *Tables, in evidence.Inputs, p prepared) (string, error) {
	type look struct {
		ID, Source, Kind, Version, Result, Day string
		Indicators                             []string
		Scope                                  evidence.Scope
		MaxAge, Undecided                      int
	}
	var looks []look
	for _, l := range p.looks {
		looks = append(looks, look{l.ID, l.Source, l.Kind, l.Version, l.Result, string(l.Date()), l.Indicators, l.Scope, l.MaxAgeDays, l.Undecided})
	}
	d, err := canon.Digest(map[string]any{
		"subject": in.Subject, "facts": p.facts, "looks": looks, "as_of": in.AsOf,
		"standard": std.Digest(), "tables": tables.Digests(),
	})
	if err != nil {
		return "", fmt.Errorf("digest inputs: %w", err)
	}
	return d, nil
}

// explain writes everything down: per indicator full mark, points, each
// deduction with fact, severity, age, weight and sources, and what was not
// looked at; then dimensions, adjustments and caps.
func (c *calc) explain(s sum, coverage *big.Rat, g grading) evidence.Evaluation {
	tables := c.tables.Digests()
	tables["standard"] = c.std.Digest()
	out := evidence.Evaluation{
		Entity: c.subject.ID, Name: c.subject.Name, Standard: c.std.Name(), Tables: tables, AsOf: c.asOf, KnownAt: c.known,
		Coverage: c.decimal(coverage), Grade: g.grade, Class: c.std.Class(g.grade), Reason: g.reason, Caps: g.caps,
	}
	if g.score != nil {
		out.Score = c.decimal(g.score)
	}
	for _, d := range c.std.Dimensions {
		if d.Full.Rat().Sign() == 0 {
			continue
		}
		r := evidence.DimensionResult{ID: d.ID, Name: d.Name, Full: c.decimal(d.Full.Rat())}
		if got := s.got[d.ID]; got != nil {
			r.Got = c.decimal(got)
		}
		out.Dimensions = append(out.Dimensions, r)
	}
	for _, l := range s.lines {
		out.Indicators = append(out.Indicators, c.explainLine(l))
	}
	for _, a := range s.adjusted {
		out.Adjusted = append(out.Adjusted, c.deduction(a, a.points))
	}
	if g.score == nil {
		out.Shown = c.shown(s)
	}
	return out
}

func (c *calc) explainLine(l line) evidence.IndicatorResult {
	r := evidence.IndicatorResult{
		ID: l.in.ID, Name: l.in.Name, State: l.sight.state, Full: c.decimal(l.in.Full.Rat()),
		Looks: l.sight.looks, Missing: l.sight.missing, Note: l.sight.note,
	}
	if l.scored() {
		r.Got = c.decimal(l.verdict.got)
		r.Basis = slices.Compact(slices.Sorted(slices.Values(l.verdict.basis)))
	}
	if r.Note == "" && l.scored() {
		r.Note = l.verdict.note
	}
	left := l.in.Full.Rat()
	for _, x := range l.verdict.losses {
		if !l.scored() && !x.adverse {
			continue
		}
		points := least(x.points, left)
		left = new(big.Rat).Sub(left, points)
		r.Deductions = append(r.Deductions, c.deduction(x, points))
	}
	for _, f := range c.elsewhere(l.in.ID) {
		r.Deductions = append(r.Deductions, c.deduction(loss{fact: f, rule: l.in.ID, note: c.skip[f.ID]}, new(big.Rat)))
	}
	return r
}

// elsewhere returns the facts that the indicator lists too and that count in
// another one: they are named with 0 points, so that nobody misses them.
func (c *calc) elsewhere(indicator string) []*fact {
	var out []*fact
	lists := map[string][]string{"2.1": {"penalty"}, "3.3": {"enforcement"}, "3.4": {"dishonest_debtor", "consumption_limit"}, "4.6": {"fake_review"}}
	for _, typ := range lists[indicator] {
		for _, f := range c.inForce(typ) {
			if c.skip[f.ID] != "" {
				out = append(out, f)
			}
		}
	}
	return out
}

func (c *calc) deduction(x loss, points *big.Rat) evidence.Deduction {
	d := evidence.Deduction{Rule: x.rule, Points: c.decimal(points), Severity: x.severity, Age: x.age, Note: x.note}
	if x.weight != nil {
		d.Weight = x.weight.RatString()
	}
	if x.fact == nil {
		return d
	}
	d.Fact, d.Sources, d.Date = x.fact.ID, x.fact.Sources, cmp.Or(x.from, x.fact.Date)
	for _, remark := range []struct {
		applies bool
		text    string
	}{
		{x.fact.DateOf != "", "日期依据：" + x.fact.DateOf + " (date: " + x.fact.DateOf + ")"},
		{x.fact.Disputed, "异议处理中 (disputed)"},
	} {
		if remark.applies {
			d.Note = strings.TrimPrefix(d.Note+"；"+remark.text, "；")
		}
	}
	return d
}

// shown lists the adverse facts that are known though no score is given.
func (c *calc) shown(s sum) []string {
	known := map[string]bool{}
	for _, l := range s.lines {
		for _, x := range l.verdict.losses {
			if x.adverse && x.fact != nil {
				known[x.fact.ID] = true
			}
		}
	}
	limits, terminated := c.vetoes()
	if terminated != nil {
		limits = append(limits, *terminated)
	}
	for _, l := range limits {
		for _, f := range l.facts {
			known[f.ID] = true
		}
	}
	out := make([]string, 0, len(known))
	for id := range known {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (c *calc) decimal(r *big.Rat) string { return r.FloatString(c.std.Scale.Decimals) }
