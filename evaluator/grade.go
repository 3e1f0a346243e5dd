package evaluator

import (
	"cmp"
	"math/big"
	"slices"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// Reason codes of NR.
const (
	ReasonNotLooked  = "not_looked"   // 查询不足
	ReasonOutOfScope = "out_of_scope" // 不在评价范围
	ReasonTerminated = "terminated"   // 主体已注销
)

// A limit is a cap that applies.
type limit struct {
	rule, grade, reason string
	facts               []*fact
	decisive            bool
}

// vetoes returns those that hold, in the standard's order; terminated says
// that one of them ends the grading.
func (c *calc) vetoes() (limits []limit, terminated *limit) {
	for _, v := range c.std.Vetoes {
		facts := c.holding(v.Test)
		if len(facts) == 0 {
			continue
		}
		l := limit{rule: v.ID, grade: v.Cap, reason: v.When, facts: facts, decisive: v.Decisive}
		if v.Terminated() {
			l.grade = standard.NR
			terminated = &l
			continue
		}
		limits = append(limits, l)
	}
	return limits, terminated
}

// holding returns the facts for which a veto's condition holds.
func (c *calc) holding(t standard.Test) []*fact {
	switch {
	case len(t.Status) > 0:
		return c.status(t.Status)
	case t.List != "":
		return c.inForce(t.List)
	case t.Identity:
		return slices.DeleteFunc(c.inForce("shop"), func(f *fact) bool { return f.Fields["identity_verified"] != "false" })
	case t.Material:
		return c.inForce("false_material")
	}
	return slices.DeleteFunc(c.inForce("penalty"), func(f *fact) bool {
		s := c.severity(f, evidence.Repaired, evidence.Annulled)
		return s != t.Live || !c.publicised(f, s)
	})
}

// A grading is the letter and how it came about.
type grading struct {
	grade, reason string
	score         *big.Rat // rounded; nil: none is given
	caps          []evidence.Cap
}

// grade turns the sum into a letter: out of scope and terminated first, then
// the floor of coverage, under which only decisive vetoes decide, then the
// letter of the rounded score under every cap.
func (c *calc) grade(s sum, coverage *big.Rat) grading {
	limits, terminated := c.vetoes()
	allowed := c.std.CoverageCap(coverage)
	switch {
	case c.subject.OutOfScope != "":
		return grading{grade: standard.NR, reason: ReasonOutOfScope}
	case terminated != nil:
		without := c.decide(s, coverage, limits).grade
		return grading{grade: standard.NR, reason: ReasonTerminated, caps: caps([]limit{*terminated}, func(int) string { return without })}
	case allowed == standard.NR || s.score == nil:
		limits = slices.DeleteFunc(limits, func(l limit) bool { return !l.decisive })
	}
	return c.decide(s, coverage, limits)
}

// decide applies limits to the letter of the score, or gives the worst of
// them where there is no score.
func (c *calc) decide(s sum, coverage *big.Rat, limits []limit) grading {
	allowed := c.std.CoverageCap(coverage)
	if allowed == standard.NR || s.score == nil {
		worst := func(without int) string {
			grade := ""
			for i, l := range limits {
				if i != without && l.decisive && (grade == "" || c.std.Rank(l.grade) > c.std.Rank(grade)) {
					grade = l.grade
				}
			}
			return cmp.Or(grade, standard.NR)
		}
		g := grading{grade: worst(-1)}
		if g.grade == standard.NR {
			g.reason = ReasonNotLooked
		}
		g.caps = caps(limits, worst)
		return g
	}
	score := rounded(s.score, c.std.Scale.Decimals)
	letter := c.std.Letter(score)
	if c.std.Rank(allowed) > 0 {
		limits = append([]limit{{rule: "coverage", grade: allowed, reason: "coverage " + coverage.FloatString(2)}}, limits...)
	}
	under := func(without int) string {
		grade := letter
		for i, l := range limits {
			if i != without {
				grade = c.std.Worse(grade, l.grade)
			}
		}
		return grade
	}
	g := grading{grade: under(-1), score: score}
	g.caps = caps(limits, under)
	return g
}

// caps writes the limits with the grade that would be without each.
func caps(limits []limit, without func(int) string) []evidence.Cap {
	var out []evidence.Cap
	for i, l := range limits {
		out = append(out, evidence.Cap{Rule: l.rule, Cap: l.grade, Facts: ids(l.facts), Reason: l.reason, Without: without(i)})
	}
	return out
}

func ids(facts []*fact) []string {
	var out []string
	for _, f := range facts {
		out = append(out, f.ID)
	}
	slices.Sort(out)
	return out
}
