package evaluator

import (
	"math/big"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// penalties is 2.1: one deduction a decision, by severity and age; a repaired
// one weighs what the standard says, by default nothing.
func penalties(c *calc, in standard.Indicator) verdict {
	var losses []loss
	for _, d := range decisions(c.facts["penalty"], "authority") {
		if l, ok := c.penalty(in, d); ok {
			losses = append(losses, l)
		}
	}
	return deducted(in, losses)
}

// penalty is the loss by one decision; not ok when it costs nothing.
func (c *calc) penalty(in standard.Indicator, d decision) (loss, bool) {
	var all []loss
	for _, f := range d.facts {
		if c.skip[f.ID] != "" || f.state != evidence.InForce && f.state != evidence.Repaired || !in.Within(c.age(f.Date)) {
			continue
		}
		severity := c.severity(f, evidence.Repaired, evidence.Annulled)
		factor := big.NewRat(1, 1)
		if f.state == evidence.Repaired || severity == "" {
			severity = c.severity(f, evidence.Annulled)
			factor = in.Rule.Points("repaired")
		}
		if severity == "" {
			continue
		}
		weight := c.std.DecayOf(in.Rule.Word("decay"), severity).Weight(c.age(f.Date))
		l := c.lost(f, "2.1 "+severity, in.Rule.Points(severity), f.Date, weight.Mul(weight, factor))
		l.severity = severity
		all = append(all, l)
	}
	if len(all) == 0 {
		return loss{}, false
	}
	best := costliest(all)
	return best, best.points.Sign() > 0
}

// coercions is 2.2.
func coercions(c *calc, in standard.Indicator) verdict {
	var losses []loss
	for _, d := range decisions(c.of("coercion"), "authority") {
		var all []loss
		for _, f := range d.facts {
			if age := c.age(f.Date); in.Within(age) {
				all = append(all, c.lost(f, "2.2 each", in.Rule.Points("each"), f.Date, c.std.DecayOf(in.Rule.Word("decay"), "general").Weight(age)))
			}
		}
		if len(all) > 0 {
			losses = append(losses, costliest(all))
		}
	}
	return deducted(in, weighty(losses))
}

// weighty drops the losses that are none.
func weighty(losses []loss) []loss {
	var out []loss
	for _, l := range losses {
		if l.points.Sign() > 0 {
			out = append(out, l)
		}
	}
	return out
}

// abnormal is 2.3: being on the list costs once; having been costs what the
// standard says, by default nothing.
func abnormal(c *calc, in standard.Indicator) verdict {
	if on := c.of("abnormal_listing"); len(on) > 0 {
		return deducted(in, []loss{{fact: on[0], rule: "2.3 current", points: in.Rule.Points("current"), adverse: true}})
	}
	for _, f := range c.facts["abnormal_listing"] {
		if p := in.Rule.Points("removed"); f.state == evidence.Expired && p.Sign() > 0 {
			return deducted(in, []loss{{fact: f, rule: "2.3 removed", points: p, adverse: true}})
		}
	}
	return deducted(in, nil)
}

// taxes is 2.4: one tier for the sum of all balances in force.
func taxes(c *calc, in standard.Indicator) verdict {
	sum := new(big.Rat)
	facts := c.of("tax_arrears")
	for _, f := range facts {
		sum.Add(sum, amount(f.Fields["balance"]))
	}
	cost := in.Rule.Tier(sum)
	if cost.Sign() == 0 || len(facts) == 0 {
		return deducted(in, nil)
	}
	// The tier is one deduction; it is shown at the largest balance, the
	// others beside it at 0.
	var losses []loss
	largest := 0
	for i, f := range facts {
		losses = append(losses, loss{
			fact: f, rule: "2.4 tier", points: new(big.Rat), adverse: true,
			note: "余额合计 (sum of balances) " + sum.FloatString(2),
		})
		if amount(f.Fields["balance"]).Cmp(amount(facts[largest].Fields["balance"])) > 0 {
			largest = i
		}
	}
	losses[largest].points = cost
	return deducted(in, losses)
}

// stages is 2.5 and 2.6: the worst stage in force. Arrears of which nobody
// states the stage have at least been ordered to be paid.
func stages(typ string) reader {
	return func(c *calc, in standard.Indicator) verdict {
		worst := mapped(in, in.Rule.Points("none"), nil, in.ID+" none", false)
		for _, f := range c.of(typ) {
			stage := f.Fields["stage"]
			if stage == "" {
				stage = "ordered_to_pay"
			}
			if v := mapped(in, in.Rule.Points(stage), f, in.ID+" "+stage, true); v.got.Cmp(worst.got) < 0 {
				worst = v
			}
		}
		return worst
	}
}

// labour is 2.7: each violation in the window, and each list once.
func labour(c *calc, in standard.Indicator) verdict {
	losses := c.events(in, "labour_violation", "each", nil)
	if on := c.of("wage_listing"); len(on) > 0 {
		losses = append(losses, loss{fact: on[0], rule: "2.7 listed", points: in.Rule.Points("listed"), adverse: true})
	}
	return deducted(in, losses)
}

// samples is 2.8.
func samples(c *calc, in standard.Indicator) verdict {
	return deducted(in, c.events(in, "spot_check", "each", func(f *fact) bool { return f.Fields["result"] == "不合格" }))
}

// events are the losses of a type's events inside the window, each in full.
func (c *calc) events(in standard.Indicator, typ, key string, ok func(*fact) bool) []loss {
	var losses []loss
	for _, f := range c.of(typ) {
		if in.Within(c.age(f.Date)) && (ok == nil || ok(f)) {
			losses = append(losses, c.lost(f, in.ID+" "+key, in.Rule.Points(key), f.Date, big.NewRat(1, 1)))
		}
	}
	return losses
}
