package resolve

import "probity/pipeline/evidence"

// applyAppeals lets a judgment on appeal or retrial supersede the one below
// from its own date, so that the pair counts once. Where the judgment below
// was upheld, or the appeal withdrawn, its result became final: outcome and
// amount come from it, and what the appeal leaves unsaid.
func applyAppeals(drafts []*draft) {
	type docket struct {
		anchor identifier
		number string
	}
	below := map[docket]*draft{}
	for _, d := range drafts {
		if n := d.merged["number"]; d.typ.Name == "judgment" && n != "" {
			below[docket{d.anchor, evidence.FoldNumber(n)}] = d
		}
	}
	done := map[*draft]bool{}
	var settle func(d *draft)
	settle = func(d *draft) {
		if done[d] || d.typ.Name != "judgment" || d.merged["appealed"] == "" {
			return
		}
		done[d] = true // also keeps a ring of appeals from going round
		low, ok := below[docket{d.anchor, evidence.FoldNumber(d.merged["appealed"])}]
		if !ok || low == d {
			return
		}
		settle(low)
		low.fact.Effects = append(low.fact.Effects, evidence.Effect{Kind: evidence.Superseded, From: d.fact.Date, By: d.fact.Records[0]})
		switch d.merged["disposition"] {
		case "upheld", "withdrawn":
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
	}
	for _, d := range drafts {
		settle(d)
	}
	for _, d := range drafts {
		sortEffects(d.fact.Effects)
	}
}
