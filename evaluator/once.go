package evaluator

import (
	"cmp"
	"maps"
	"math/big"
	"slices"

	"probity/pipeline/evidence"
)

// What is stated twice counts once: an enforcement case that also stands on a
// list of 3.4, and a confirmed fake review whose decision is also a penalty of
// 2.1. The standard says "in the first indicator that lists it"; taken by the
// letter, that lets a grade rise when more that is bad becomes known. Two open
// cases of which one is listed cost 2.5 + 4; the other one listed too, only 4.
//
// So each matter counts in one place, and of all ways to place them the one
// holds that costs most. Then a further fact can only add: with it, the old
// placement is still among those to choose from. A single case gives what the
// letter says.

// placements returns the ways to place what is stated twice, as facts to skip
// with the reason; the letter of the standard first.
func (c *calc) placements() []map[string]string {
	var out []map[string]string
	for _, a := range c.debtorPlacements() {
		for _, b := range c.reviewPlacements() {
			both := maps.Clone(a)
			maps.Copy(both, b)
			out = append(out, both)
		}
	}
	return out
}

const (
	countedIn21 = "计入2.1 (counted in 2.1)"
	countedIn33 = "计入3.3 (counted in 3.3)"
	countedIn34 = "计入3.4 (counted in 3.4)"
	countedIn46 = "计入4.6 (counted in 4.6)"
)

// debtorPlacements: by the letter, every listed case counts in 3.4 only. But
// 3.4 costs the same for one case as for ten, so at most one case needs to
// count there, one of each list to choose from, the one with the fewest
// enforcements (two courts may use one number); the others, listed or not,
// count in 3.3.
func (c *calc) debtorPlacements() []map[string]string {
	cases := byNumber(c.inForce("enforcement"))
	listed := map[string][]*fact{} // case -> its entries of 3.4
	var chosen []string            // for each list a case that stands for it; the empty one for none
	for _, list := range debtorLists() {
		found := ""
		for _, f := range c.inForce(list.typ) {
			n := evidence.FoldNumber(f.Fields["number"])
			if len(cases[n]) == 0 {
				continue
			}
			listed[n] = append(listed[n], f)
			if found == "" || len(decisions(cases[n], "court")) < len(decisions(cases[found], "court")) {
				found = n
			}
		}
		chosen = append(chosen, found)
	}
	letter := map[string]string{}
	for n := range listed {
		mark(letter, cases[n], countedIn34)
	}
	out := []map[string]string{letter}
	if len(listed) == 0 {
		return out
	}
	for _, one := range append(chosen, "") {
		skip := map[string]string{}
		for n, entries := range listed {
			if n == one {
				mark(skip, cases[n], countedIn34)
			} else {
				mark(skip, entries, countedIn33)
			}
		}
		out = append(out, skip)
	}
	return out
}

func mark(skip map[string]string, facts []*fact, why string) {
	for _, f := range facts {
		skip[f.ID] = why
	}
}

// byNumber groups facts by their folded number; those without one are left out.
func byNumber(facts []*fact) map[string][]*fact {
	out := map[string][]*fact{}
	for _, f := range facts {
		if n := evidence.FoldNumber(f.Fields["number"]); n != "" {
			out[n] = append(out[n], f)
		}
	}
	return out
}

// A pair is a penalty and the confirmed fake reviews of the same decision.
type pair struct {
	decision decision
	reviews  []*fact
	cost     *big.Rat // of the penalty in 2.1
}

// reviewPlacements: by the letter, a fake review that is also a penalty counts
// in 2.1. Each one costs the same in 4.6, so of all ways to count m of them
// there, the one that leaves the dearest penalties in 2.1 costs most. A
// penalty that was repaired or annulled takes the fake review with it.
func (c *calc) reviewPlacements() []map[string]string {
	letter := map[string]string{}
	in, ok := c.std.Indicator("2.1")
	reviews := byNumber(c.inForce("fake_review"))
	if !ok || len(reviews) == 0 {
		return []map[string]string{letter}
	}
	var pairs []pair
	for _, d := range decisions(c.facts["penalty"], "authority") {
		p := pair{decision: d, reviews: reviews[evidence.FoldNumber(d.facts[0].Fields["number"])], cost: new(big.Rat)}
		if len(p.reviews) == 0 || !d.known() {
			continue
		}
		mark(letter, p.reviews, countedIn21)
		if d.lifted() {
			continue
		}
		if l, ok := c.penalty(in, d); ok {
			p.cost = l.points
		}
		pairs = append(pairs, p)
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Or(a.cost.Cmp(b.cost), cmp.Compare(a.decision.key, b.decision.key))
	})
	out := []map[string]string{letter}
	for m := range pairs {
		skip := maps.Clone(letter)
		for _, p := range pairs[:m+1] {
			for _, f := range p.reviews {
				delete(skip, f.ID)
			}
			mark(skip, p.decision.facts, countedIn46)
		}
		out = append(out, skip)
	}
	return out
}

// lifted reports whether all that is known of the decision was repaired or annulled.
func (d decision) lifted() bool {
	return d.known() && !slices.ContainsFunc(d.facts, func(f *fact) bool {
		return f.state != evidence.Repaired && f.state != evidence.Annulled && f.state != evidence.NotYet
	})
}

// known reports whether some fact of the decision is not only dated later.
func (d decision) known() bool {
	return slices.ContainsFunc(d.facts, func(f *fact) bool { return f.state != evidence.NotYet })
}
