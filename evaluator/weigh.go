package evaluator

import (
	"math/big"
	"slices"
	"strings"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// A verdict is what an indicator's facts earn: points got, and what was lost
// to whom. A nil got means that there is nothing to score.
type verdict struct {
	got    *big.Rat
	losses []loss
	basis  []string
	note   string
}

// A loss is points not earned. Only an adverse one is deducted where nobody
// looked: what is merely not known costs nothing then.
type loss struct {
	fact     *fact
	rule     string
	points   *big.Rat
	severity string
	from     evidence.Date // from which the age counts
	age      *int
	weight   *big.Rat
	note     string
	adverse  bool
}

// deducted is full marks less losses, never below 0.
func deducted(in standard.Indicator, losses []loss) verdict {
	got := in.Full.Rat()
	for _, l := range losses {
		got.Sub(got, l.points)
	}
	return verdict{got: floor(got), losses: losses}
}

// mapped is points given directly, with the rest lost to one fact (nil: to nothing known).
func mapped(in standard.Indicator, got *big.Rat, f *fact, rule string, adverse bool) verdict {
	v := verdict{got: got}
	if lost := new(big.Rat).Sub(in.Full.Rat(), got); lost.Sign() > 0 {
		v.losses = []loss{{fact: f, rule: rule, points: lost, adverse: adverse}}
	} else if f != nil {
		v.basis = []string{f.ID}
	}
	return v
}

// lost builds the loss of a fact at an age with a weight.
func (c *calc) lost(f *fact, rule string, points *big.Rat, from evidence.Date, weight *big.Rat) loss {
	age := c.age(from)
	l := loss{fact: f, rule: rule, points: new(big.Rat).Mul(points, weight), from: from, age: &age, weight: weight, adverse: true}
	if from == "" {
		l.age, l.note = nil, "日期未知，按新发生计 (date unknown: counted as new)"
	}
	return l
}

// A decision is one document of one authority about one party, of as many
// facts as stand under its number: one deduction, at its severest item.
type decision struct {
	key   string
	facts []*fact
}

// decisions groups facts by authority and folded number; a fact without a
// number stands alone.
func decisions(facts []*fact, authority string) []decision {
	var out []decision
	at := map[string]int{}
	for _, f := range facts {
		key := f.ID
		if n := f.Fields["number"]; n != "" {
			key = evidence.Fold(f.Fields[authority], n)
		}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, decision{key: key})
		}
		out[i].facts = append(out[i].facts, f)
	}
	return out
}

// costliest returns the loss that is largest, the first of equals.
func costliest(losses []loss) loss {
	best := losses[0]
	for _, l := range losses[1:] {
		if l.points.Cmp(best.points) > 0 {
			best = l
		}
	}
	return best
}

// kinds returns the kinds of a penalty that count on the day: those without
// an effect that lifts them. Without a word about kinds an amount is a fine.
func (c *calc) kinds(f *fact, lifting ...string) []string {
	all := strings.Split(f.Fields["kinds"], ";")
	if f.Fields["kinds"] == "" {
		all = nil
		if f.Fields["amount"] != "" {
			all = []string{"罚款"}
		}
	}
	return slices.DeleteFunc(all, func(kind string) bool {
		return slices.ContainsFunc(f.Effects, func(e evidence.Effect) bool {
			return slices.Contains(lifting, e.Kind) && e.Holds(c.asOf) && slices.Contains(e.Items, kind)
		})
	})
}

// severity classes a penalty by the kinds that count. It is empty when all of
// them have been lifted.
func (c *calc) severity(f *fact, lifting ...string) string {
	kinds := c.kinds(f, lifting...)
	if len(kinds) == 0 && len(c.kinds(f)) > 0 {
		return ""
	}
	p := standard.Penalty{Kinds: kinds, Summary: f.Fields["procedure"] == "简易"}
	if amount, ok := standard.Decimal(f.Fields["amount"]); ok {
		p.Fine = amount
	}
	return c.std.SeverityOf(p, c.tables)
}

// publicised reports whether a penalty in force is inside its publicity: before
// the end of the longest period or of its own, whichever is earlier.
func (c *calc) publicised(f *fact, severity string) bool {
	if f.state != evidence.InForce || severity == "" {
		return false
	}
	if f.Date != "" && c.asOf >= f.Date.AddMonths(c.std.Severity[severity].Max) {
		return false
	}
	own := evidence.Date(f.Fields["publicity_end"])
	return own == "" || c.asOf < own
}

func floor(r *big.Rat) *big.Rat {
	if r.Sign() < 0 {
		return new(big.Rat)
	}
	return r
}

func least(a, b *big.Rat) *big.Rat {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

// amount reads a decimal field; what is none, or negative, is 0.
func amount(s string) *big.Rat {
	r, ok := standard.Decimal(s)
	if !ok {
		return new(big.Rat)
	}
	return floor(r)
}
