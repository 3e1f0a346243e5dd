package evaluator

import (
	"math/big"
	"slices"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// effect returns the day from which a judgment or award counts. It counts not
// at all unless the subject lost, at least in part, and it is shown to be in
// effect; an award without a word about it counts from its own date.
func (c *calc) effect(f *fact) (from evidence.Date, note string, ok bool) {
	if o := f.Fields["outcome"]; o != "lost" && o != "partly" {
		return "", "", false
	}
	effective := evidence.Date(f.Fields["effective"])
	if effective != "" {
		return effective, "", effective <= c.asOf
	}
	shown := f.Fields["in_effect"] == "true" || f.Type == "labour_award"
	return f.Date, "生效日期未知，自文书日期起算 (effective date unknown: counted from the document date)", shown
}

// lawsuit is the loss by one judgment.
func (c *calc) lawsuit(in standard.Indicator, f *fact, rule string, points *big.Rat) (loss, bool) {
	from, note, ok := c.effect(f)
	if !ok || !in.Within(c.age(from)) {
		return loss{}, false
	}
	weight := c.std.DecayOf(in.Rule.Word("decay"), "general").Weight(c.age(from))
	l := c.lost(f, rule, points, from, weight)
	if l.note == "" {
		l.note = note
	}
	return l, l.points.Sign() > 0
}

// commercial is 3.1: by the amount adjudged, half for a partial liability.
func commercial(c *calc, in standard.Indicator) verdict {
	var losses []loss
	for _, f := range c.of("judgment") {
		if f.Fields["category"] != "commercial" {
			continue
		}
		b := band(in.Rule, amount(f.Fields["amount"]))
		points := b.Points.Rat()
		if f.Fields["outcome"] == "partly" {
			points.Mul(points, in.Rule.Points("partial_factor"))
		}
		if l, ok := c.lawsuit(in, f, "3.1 "+b.Key, points); ok {
			losses = append(losses, l)
		}
	}
	return deducted(in, losses)
}

// band finds the amount's row: below the first number, above the last one, or
// between, both ends included. An amount nobody states is the lowest.
func band(r standard.Rule, sum *big.Rat) standard.Bound {
	low, high := r.Bounds("amount_lt_"), r.Bounds("gt_")
	for _, b := range low {
		if sum.Cmp(b.At[0]) < 0 {
			return b
		}
	}
	for _, b := range slices.Backward(high) {
		if sum.Cmp(b.At[0]) > 0 {
			return b
		}
	}
	for _, b := range r.Bounds("_to_") {
		if sum.Cmp(b.At[0]) >= 0 && sum.Cmp(b.At[1]) <= 0 {
			return b
		}
	}
	return low[len(low)-1]
}

// intellectual is 3.2.
func intellectual(c *calc, in standard.Indicator) verdict {
	return deducted(in, c.lawsuits(in, "judgment", "ip"))
}

// disputes is 3.5: judgments and awards about labour.
func disputes(c *calc, in standard.Indicator) verdict {
	return deducted(in, append(c.lawsuits(in, "labour_award", ""), c.lawsuits(in, "judgment", "labour")...))
}

func (c *calc) lawsuits(in standard.Indicator, typ, category string) []loss {
	var losses []loss
	for _, f := range c.of(typ) {
		if f.Fields["category"] != category {
			continue
		}
		if l, ok := c.lawsuit(in, f, in.ID+" each", in.Rule.Points("each")); ok {
			losses = append(losses, l)
		}
	}
	return losses
}

// enforcements is 3.3: each open case. Cases that count in 3.4 are skipped,
// see once.go.
func enforcements(c *calc, in standard.Indicator) verdict {
	var losses []loss
	for _, d := range decisions(c.of("enforcement"), "court") {
		losses = append(losses, loss{fact: d.facts[0], rule: "3.3 each", points: in.Rule.Points("each"), adverse: true})
	}
	return deducted(in, losses)
}

// debtors is 3.4: the worst list in force.
func debtors(c *calc, in standard.Indicator) verdict {
	worst := mapped(in, in.Rule.Points("none"), nil, "3.4 none", false)
	for _, list := range debtorLists() {
		for _, f := range c.of(list.typ) {
			if v := mapped(in, in.Rule.Points(list.key), f, "3.4 "+list.key, true); v.got.Cmp(worst.got) < 0 {
				worst = v
			}
		}
	}
	return worst
}

type debtorList struct{ typ, key string }

// debtorLists are the lists of 3.4, the worse one first.
func debtorLists() []debtorList {
	return []debtorList{{"dishonest_debtor", "dishonest"}, {"consumption_limit", "restricted"}}
}
