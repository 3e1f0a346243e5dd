package resolve

import (
	"cmp"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// An act is a decision about another document: of a repair record, or of a
// person here.
type act struct {
	kind  string // effect of a repair: repaired, repair_revoked, annulled, corrected
	from  evidence.Date
	items []string
	by    string
}

// A repairRow is a repair record with what it names.
type repairRow struct {
	row    *row
	act    act
	target string
}

func repairRows(rows []*row, rules Rules) []repairRow {
	var out []repairRow
	for _, r := range rows {
		if r.typ.Name != "repair" {
			continue
		}
		v := r.now()
		out = append(out, repairRow{row: r, target: target(v.Record, rules), act: act{
			kind: or(v.Record.Fields["effect"], evidence.Repaired), from: documentDate(v, r.state),
			items: splitList(v.Record.Fields["items"]), by: r.state.ID,
		}})
	}
	return out
}

// A waiting is a record that found nothing to attach to, and whom it concerns.
type waiting struct {
	anchor identifier
	record string
	reason string
}

// applyRepairs attaches repairs, corrections and annulments by decision key
// and item, never by name (MODEL 3), and returns those that wait for a person.
func applyRepairs(drafts []*draft, repairs []repairRow, decisions []Decision, names map[identifier][]evidence.DatedName, rules Rules) []waiting {
	byKey := map[string][]*draft{}
	for _, d := range drafts {
		byKey[d.key] = append(byKey[d.key], d)
	}
	acts := map[*draft][]act{}
	var wait []waiting
	for _, r := range repairs {
		hit := r.targets(drafts, byKey)
		for _, d := range hit {
			acts[d] = append(acts[d], r.act)
			d.mine = append(d.mine, r.row.state.ID)
		}
		if len(hit) > 0 {
			continue
		}
		for anchor := range r.row.tiedVersions() {
			wait = append(wait, waiting{anchor, r.row.state.ID, "所涉事项未找到 the decision that it names is not known"})
		}
	}
	for _, d := range decisions {
		for _, f := range byKey[d.key(rules)] {
			if !d.means(f, names[f.anchor]) {
				continue
			}
			switch d.Verb {
			case Repair, RepairRevoked, Annul, Correct:
				acts[f] = append(acts[f], act{d.Verb, d.Date, d.Items, d.ID})
			case Dispute:
				f.fact.Disputed = true
			}
		}
	}
	for d, all := range acts {
		d.fact.Effects = append(d.fact.Effects, effects(d.items, all)...)
	}
	for _, d := range drafts {
		sortEffects(d.fact.Effects)
	}
	return wait
}

// targets are the facts that a repair changes: those of its own subject; where
// it names no subject that is known, the only one with that key.
func (r repairRow) targets(drafts []*draft, byKey map[string][]*draft) []*draft {
	if r.target == "" {
		return nil
	}
	mine := r.row.tiedVersions()
	if len(mine) == 0 {
		if all := byKey[r.target]; len(all) == 1 {
			return all
		}
		return nil
	}
	var hit []*draft
	for _, d := range byKey[r.target] {
		if _, ok := mine[d.anchor]; ok {
			hit = append(hit, d)
		}
	}
	f := r.row.now().Record.Fields
	if len(hit) > 0 || f["target_authority"] != "" {
		return hit
	}
	// The authority was left out: the only document of that number will do.
	for _, d := range drafts {
		_, ok := mine[d.anchor]
		if ok && d.typ.Name == or(f["target_type"], "penalty") && evidence.FoldNumber(d.merged["number"]) == evidence.FoldNumber(f["target_number"]) {
			hit = append(hit, d)
		}
	}
	if len(hit) != len(mine) {
		return nil
	}
	return hit
}

// means reports whether a decision's party is the one of a fact.
func (d Decision) means(f *draft, names []evidence.DatedName) bool {
	if d.Party == "" {
		return true
	}
	folded := evidence.FoldName(d.Party)
	if f.anchor.String() == d.Party || f.anchor.Value == d.Party ||
		slices.ContainsFunc(names, func(n evidence.DatedName) bool { return evidence.FoldName(n.Name) == folded }) {
		return true
	}
	return slices.ContainsFunc(f.members, func(m member) bool {
		return slices.ContainsFunc(m.record.Subjects(), func(p evidence.Party) bool { return writtenAs(p, d.Party) })
	})
}

// effects turns acts into intervals: repaired from the repair decision until a
// decision that revokes it, item by item; annulled at every date once known;
// corrected from its date. known are the items of the fact.
func effects(known []string, acts []act) []evidence.Effect {
	var out []evidence.Effect
	var repairs []act
	for _, a := range acts {
		switch a.kind {
		case evidence.Annulled:
			out = append(out, evidence.Effect{Kind: evidence.Annulled, Items: whole(known, a.items), By: a.by})
		case "corrected":
			out = append(out, evidence.Effect{Kind: "corrected", From: a.from, Items: whole(known, a.items), By: a.by})
		default:
			repairs = append(repairs, a)
		}
	}
	return append(out, repaired(known, repairs)...)
}

// whole returns nil where the items are all there are.
func whole(known, items []string) []string {
	if len(items) == 0 {
		return nil
	}
	items = splitList(joinList(strings.Join(items, ";"), ""))
	if len(known) > 0 && !slices.ContainsFunc(known, func(k string) bool { return !slices.Contains(items, k) }) {
		return nil
	}
	return items
}

// repaired walks through the days on which something was decided. Between two
// of them the set of repaired items stands still; equal neighbours are one.
func repaired(known []string, acts []act) []evidence.Effect {
	slices.SortFunc(acts, func(a, b act) int {
		// On one day a revocation comes after what it revokes.
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.kind, b.kind)*-1, cmp.Compare(a.by, b.by))
	})
	universe := slices.Clone(known)
	for _, a := range acts {
		for _, i := range a.items {
			if !slices.Contains(universe, i) {
				universe = append(universe, i)
			}
		}
	}
	on, by := map[string]bool{}, ""
	var out []evidence.Effect
	for i, a := range acts {
		repair := a.kind == evidence.Repaired
		items := a.items
		if len(items) == 0 {
			items = universe
		}
		for _, item := range items {
			on[item] = repair
		}
		if len(a.items) == 0 || !repair {
			on[""] = repair // the whole, also where its items are not known
		}
		if a.kind == evidence.Repaired {
			by = a.by
		}
		if i+1 < len(acts) && acts[i+1].from == a.from {
			continue
		}
		out = nextEffect(out, known, on, a.from, by)
	}
	return slices.DeleteFunc(out, func(e evidence.Effect) bool { return e.From == e.Until && e.Until != "" })
}

func nextEffect(out []evidence.Effect, known []string, on map[string]bool, from evidence.Date, by string) []evidence.Effect {
	var items []string
	for _, item := range sorted(on) {
		if on[item] && item != "" {
			items = append(items, item)
		}
	}
	nothing := len(items) == 0 && !on[""]
	var now []string
	if !on[""] {
		now = whole(known, items)
	}
	n := len(out)
	open := n > 0 && out[n-1].Until == ""
	if open && !nothing && slices.Equal(out[n-1].Items, now) {
		return out
	}
	if open {
		out[n-1].Until = from
	}
	if nothing {
		return out
	}
	return append(out, evidence.Effect{Kind: evidence.Repaired, From: from, Items: now, By: by})
}

func sortEffects(all []evidence.Effect) {
	slices.SortFunc(all, func(a, b evidence.Effect) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Until, b.Until),
			cmp.Compare(strings.Join(a.Items, ";"), strings.Join(b.Items, ";")), cmp.Compare(a.By, b.By))
	})
}
