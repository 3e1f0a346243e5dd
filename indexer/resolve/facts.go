package resolve

import (
	"cmp"
	"maps"
	"slices"

	"probity/pipeline/evidence"
)

// A member is what one record says of one fact.
type member struct {
	row      *row
	record   evidence.Record // the version that counts
	first    evidence.Date   // first seen
	end      evidence.Date   // of a snapshot: since when it is somebody else's, or gone
	presence []evidence.Interval
}

// absent reports whether its source no longer publishes it.
func (m member) absent() bool {
	n := len(m.presence)
	return n > 0 && m.presence[n-1].To != ""
}

// A draft is a fact in the making.
type draft struct {
	fact    evidence.Fact
	anchor  identifier
	key     string // with the type
	typ     evidence.RecordType
	members []member
	merged  map[string]string
	items   []string
	mine    []string // records whose repair, annulment or correction attached
}

type draftKey struct {
	anchor identifier
	key    string
}

// draftFacts groups what tied records say into facts.
func draftFacts(rows []*row, joined map[string]string, rules Rules, h holdings, asOf evidence.Date) []*draft {
	found := map[draftKey]*draft{}
	for _, r := range rows {
		if r.typ.Name == "repair" || r.typ.Name == "" {
			continue // no fact of its own: it changes the one whose key it names
		}
		for anchor, versions := range r.tiedVersions() {
			for key, m := range r.members(versions, rules, asOf) {
				if j, ok := joined[r.state.ID]; ok {
					key = j
				}
				k := draftKey{anchor, key}
				if found[k] == nil {
					found[k] = &draft{anchor: anchor, key: key, typ: r.typ}
				}
				found[k].members = append(found[k].members, m)
			}
		}
	}
	out := slices.Collect(maps.Values(joinNumbers(found)))
	slices.SortFunc(out, func(a, b *draft) int {
		return cmp.Or(byStrength(a.anchor, b.anchor), cmp.Compare(a.key, b.key))
	})
	for _, d := range out {
		d.build(h)
	}
	return out
}

// tiedVersions are the versions of the record that speak of each anchor.
func (r *row) tiedVersions() map[identifier][]int {
	out := map[identifier][]int{}
	for _, t := range r.ties {
		if t.state == tied && !slices.Contains(out[t.anchor], t.version) {
			out[t.anchor] = append(out[t.anchor], t.version)
		}
	}
	return out
}

// members returns what the versions say, by fact key: an event and a standing
// in their latest version, a snapshot in its latest as of the day.
func (r *row) members(versions []int, rules Rules, asOf evidence.Date) map[string]member {
	all := r.state.Versions
	if r.typ.Shape != evidence.Snapshot {
		rec := r.now().Record
		return map[string]member{factKey(rec, rules): {row: r, record: rec, first: all[0].Day(), presence: r.state.presence()}}
	}
	out := map[string]member{}
	for i, v := range all {
		if asOf != "" && v.Day() > asOf {
			break
		}
		key := factKey(v.Record, rules)
		for other, m := range out {
			if m.end == "" && (other != key || !slices.Contains(versions, i)) {
				m.end = v.Day()
				out[other] = m
			}
		}
		if !slices.Contains(versions, i) {
			continue
		}
		m, ok := out[key]
		if !ok {
			m = member{row: r, first: v.Day()}
		}
		m.record, m.end = v.Record, ""
		out[key] = m
	}
	return out
}

// joinNumbers lets a document whose authority was left out join the only one
// of its type and number that the same entity has.
func joinNumbers(found map[draftKey]*draft) map[draftKey]*draft {
	type bare struct {
		anchor      identifier
		typ, number string
	}
	full := map[bare][]draftKey{}
	var short []draftKey
	for k, d := range found {
		rec := d.members[0].record
		if d.typ.Shape != evidence.Event || !hasNumber(rec) || court(d.typ.Name) {
			continue
		}
		if rec.Fields["authority"] == "" {
			short = append(short, k)
			continue
		}
		b := bare{k.anchor, d.typ.Name, evidence.FoldNumber(rec.Fields["number"])}
		full[b] = append(full[b], k)
	}
	for _, k := range short {
		b := bare{k.anchor, found[k].typ.Name, evidence.FoldNumber(found[k].members[0].record.Fields["number"])}
		if to := full[b]; len(to) == 1 {
			found[to[0]].members = append(found[to[0]].members, found[k].members...)
			delete(found, k)
		}
	}
	return found
}

// joinedFacts are the fact keys of records that a person said are one: all get
// the same key, a numbered one where there is any.
func joinedFacts(rows []*row, decisions []Decision, rules Rules) map[string]string {
	key, typ, number := map[string]string{}, map[string]string{}, map[string]bool{}
	for _, r := range rows {
		k := factKey(r.now().Record, rules)
		key[r.state.ID], typ[r.state.ID] = k, r.typ.Name
		number[k] = hasNumber(r.now().Record)
	}
	out := map[string]string{}
	for range decisions { // a group of n needs at most n rounds
		for _, d := range decisions {
			a, okA := cutRecord(d.A)
			b, okB := cutRecord(d.B)
			if d.Verb != Same || !okA || !okB || typ[a] == "" || typ[a] != typ[b] {
				continue
			}
			k := min(key[a], key[b])
			if number[key[a]] != number[key[b]] {
				k = key[a]
				if number[key[b]] {
					k = key[b]
				}
			}
			key[a], key[b], out[a], out[b] = k, k, k, k
		}
	}
	return out
}

// build makes the fact of what its members say.
func (d *draft) build(h holdings) {
	d.rank()
	entity := evidence.EntityID(d.anchor)
	key := d.key[len(d.typ.Name)+1:]
	d.fact = evidence.Fact{ID: evidence.FactID(d.typ.Name, key, entity), Entity: entity, Type: d.typ.Name, Key: key}
	sources, records := map[string]bool{}, map[string]bool{}
	for _, m := range d.members {
		sources[m.record.Source], records[m.row.state.ID] = true, true
	}
	d.fact.Sources, d.fact.Records = sorted(sources), sorted(records)
	d.merge()
	d.fact.Fields = d.merged
	d.items = splitList(d.merged["kinds"])
	switch d.typ.Shape {
	case evidence.Snapshot:
		d.snapshotTime(h)
	case evidence.Standing:
		d.standingTime()
	default:
		d.eventTime()
	}
	for _, m := range d.members {
		if d.typ.Name != "penalty" {
			break
		}
		switch m.record.Fields["status"] {
		case "撤销": // annulled at every date, once known (MODEL 2)
			d.fact.Effects = []evidence.Effect{{Kind: evidence.Annulled, By: m.row.state.ID}}
		case "异议":
			d.fact.Disputed = true
		}
	}
}

// rank orders members: those still published first, then by declared
// precedence, source, how much they say, view and id. Nothing of it depends on
// when they came.
func (d *draft) rank() {
	slices.SortFunc(d.members, func(a, b member) int {
		return cmp.Or(trueFirst(!a.absent(), !b.absent()),
			cmp.Compare(b.row.source.Precedence, a.row.source.Precedence),
			cmp.Compare(a.record.Source, b.record.Source),
			cmp.Compare(len(b.record.Fields), len(a.record.Fields)),
			cmp.Compare(a.record.View, b.record.View),
			cmp.Compare(a.row.state.ID, b.row.state.ID))
	})
}
