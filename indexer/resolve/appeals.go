package resolve

import "probity/pipeline/evidence"

// applyAppeals lets a judgment on appeal or retrial supersede the one below
// from its own date, so that the pair counts once. Where the judgment below
// was upheld, or the appeal withdrawn, its result became final: outcome and
// amount come from it, and what the appeal leaves unsaid.
func applyAppeals(drafts []*draft) {
	a := appeals{below: map[docket]*draft{}, done: map[*draft]bool{}}
	for _, d := range drafts {
		if n := d.merged["number"]; d.typ.Name == "judgment" && n != "" {
			a.below[docket{d.anchor, evidence.FoldNumber(n)}] = d
		}
	}
	for _, d := range drafts {
		a.settle(d)
	}
	for _, d := range drafts {
		sortEffects(d.fact.Effects)
	}
}

// A docket is a case of somebody's.
type docket struct {
	anchor identifier
	number string
}

type appeals struct {
	below map[docket]*draft
	done  map[*draft]bool
}

// settle goes down first: the judgment below may be an appeal itself.
func (a appeals) settle(d *draft) {
	if a.done[d] || d.typ.Name != "judgment" || d.merged["appealed"] == "" {
		return
	}
	a.done[d] = true // also keeps a ring of appeals from going round
	low, ok := a.below[docket{d.anchor, evidence.FoldNumber(d.merged["appealed"])}]
	if !ok || low == d {
		return
	}
	a.settle(low)
	low.fact.Effects = append(low.fact.Effects, evidence.Effect{Kind: evidence.Superseded, From: d.fact.Date, By: d.fact.Records[0]})
	if how := d.merged["disposition"]; how != "upheld" && how != "withdrawn" {
		return
	}
	for _, f := range []string{"outcome", "amount"} {
		if v := low.merged[f]; v != "" {
			d.merged[f] = v
		}
	}
	for _, f := range []string{"category", "cause"} {
		if d.merged[f] == "" && low.merged[f] != "" {
			d.merged[f] = low.merged[f]
		}
	}
}
