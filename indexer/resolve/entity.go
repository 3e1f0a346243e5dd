package resolve

import (
	"cmp"
	"slices"

	"probity/pipeline/evidence"
)

// A sketch is an entity in the making.
type sketch struct {
	anchor  identifier
	entity  evidence.Entity
	rows    []*row
	alone   []string // digests of mentions that attached
	records map[string]bool
}

// sketches opens one entity for every anchor to which a record is tied.
func sketches(rows []*row) map[identifier]*sketch {
	out := map[identifier]*sketch{}
	for _, r := range rows {
		for _, t := range r.ties {
			if t.state != tied {
				continue
			}
			s := out[t.anchor]
			if s == nil {
				s = &sketch{anchor: t.anchor, records: map[string]bool{}}
				s.entity = evidence.Entity{ID: evidence.EntityID(t.anchor), Anchor: t.anchor}
				out[t.anchor] = s
			}
			if !s.records[r.state.ID] {
				s.records[r.state.ID] = true
				s.rows = append(s.rows, r)
			}
			if len(t.party.Identifiers) == 0 && t.party.Name != "" {
				s.alone = append(s.alone, t.party.Mention(r.state.Latest().Record.Source))
			}
		}
	}
	return out
}

// finish fills in what the entity's records say of it.
func (s *sketch) finish(ids *identities, names *namebook, has []holding) {
	e := &s.entity
	e.Records = sorted(s.records)
	s.identifiers(ids)
	s.names(names)
	e.Kind = s.kind()
	s.areas()
	s.relations(has)
	slices.SortFunc(e.Held, func(a, b evidence.HeldRecord) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Reason, b.Reason))
	})
	e.Held = slices.Compact(e.Held)
	aliases := map[string]bool{}
	for _, id := range e.Identifiers {
		if id != s.anchor {
			aliases[evidence.EntityID(id)] = true
		}
	}
	for _, m := range s.alone {
		aliases[m] = true
	}
	e.Aliases = sorted(aliases)
}

// identifiers are those that stand on this anchor and no other; the contested
// ones are shown beside.
func (s *sketch) identifiers(ids *identities) {
	for _, id := range ids.on[s.anchor] {
		if len(ids.of[id]) == 1 {
			s.entity.Identifiers = append(s.entity.Identifiers, id)
		} else {
			s.entity.Contested = append(s.entity.Contested, id)
		}
	}
	if s.anchor.Scheme == evidence.Shop {
		s.entity.Identifiers = append(s.entity.Identifiers, s.anchor)
	}
	slices.SortFunc(s.entity.Identifiers, byStrength)
	slices.SortFunc(s.entity.Contested, byStrength)
}

// names: by register sources where there are any, else as its identified
// records say; a mention bears no name for others.
func (s *sketch) names(names *namebook) {
	e := &s.entity
	if e.Names = slices.Clone(names.of[s.anchor]); len(e.Names) == 0 {
		type said struct {
			name       string
			precedence int
		}
		var all []said
		for _, r := range s.rows {
			for _, t := range r.ties {
				if t.state == tied && t.anchor == s.anchor && t.party.Name != "" && len(t.party.Identifiers) > 0 {
					all = append(all, said{t.party.Name, r.source.Precedence})
				}
			}
		}
		slices.SortFunc(all, func(a, b said) int {
			return cmp.Or(cmp.Compare(b.precedence, a.precedence), cmp.Compare(a.name, b.name))
		})
		for _, x := range all {
			n := evidence.DatedName{Name: x.name}
			if !slices.Contains(e.Names, n) {
				e.Names = append(e.Names, n)
			}
		}
		return
	}
	slices.SortFunc(e.Names, func(a, b evidence.DatedName) int {
		return cmp.Or(cmp.Compare(a.From, b.From), compareEnd(a.To, b.To), cmp.Compare(a.Name, b.Name))
	})
}

// compareEnd orders ends of intervals; an open one is the last.
func compareEnd(a, b evidence.Date) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return cmp.Compare(a, b)
}

// kind is what the register says, else a shop's page, else all documents with
// one voice. The second character of a USCC would tell less: 1 may be a
// company, a branch, a partnership or a sole owner.
func (s *sketch) kind() string {
	for _, typ := range []string{"registration", "shop"} {
		best := -1
		kind := ""
		for _, r := range s.rows {
			v := s.version(r)
			if k := v.Fields["operator_kind"]; r.typ.Name == typ && k != "" && (r.source.Precedence > best || r.source.Precedence == best && k < kind) {
				best, kind = r.source.Precedence, k
			}
		}
		if kind != "" {
			return kind
		}
	}
	return s.voice()
}

// voice is the kind that all documents agree on. A filing says who runs a
// site: 企业 there is any form.
func (s *sketch) voice() string {
	voices := map[string]bool{}
	for _, r := range s.rows {
		if r.typ.Shape == evidence.Snapshot {
			continue
		}
		for _, t := range r.ties {
			if t.state == tied && t.anchor == s.anchor && t.party.Kind != "" {
				voices[t.party.Kind] = true
			}
		}
	}
	if len(voices) != 1 {
		return ""
	}
	return sorted(voices)[0]
}

// version is the latest version of the row that speaks of this anchor.
func (s *sketch) version(r *row) evidence.Record {
	last := 0
	for _, t := range r.ties {
		if t.state == tied && t.anchor == s.anchor {
			last = max(last, t.version)
		}
	}
	return r.state.Versions[last].Record
}

// areas are the registered areas with their first days, else the USCC's
// (digits 3 to 8), marked inferred.
func (s *sketch) areas() {
	e := &s.entity
	for _, r := range s.rows {
		if r.typ.Name != "registration" {
			continue
		}
		before := evidence.DatedArea{}
		for i, v := range r.state.Versions {
			a := evidence.DatedArea{Area: v.Record.Fields["area"]}
			if i > 0 {
				a.From = v.Day()
			}
			if a.Area == "" || a.Area == before.Area {
				continue
			}
			before = a
			if !slices.Contains(e.Areas, a) {
				e.Areas = append(e.Areas, a)
			}
		}
	}
	slices.SortFunc(e.Areas, func(a, b evidence.DatedArea) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Area, b.Area))
	})
	if len(e.Areas) > 0 {
		return
	}
	for _, id := range e.Identifiers {
		if id.Scheme == evidence.USCC {
			e.Areas = []evidence.DatedArea{{Area: id.Value[2:8], Inferred: true}}
			return
		}
	}
}

// relations: shops and sites with their days; parent and predecessor as the
// register states them. None of them merges anybody.
func (s *sketch) relations(has []holding) {
	for _, x := range has {
		s.entity.Relations = append(s.entity.Relations, evidence.Relation{
			Kind: string(x.thing.Scheme), To: x.thing, From: x.from, Until: x.until, Record: x.record,
		})
	}
	for _, r := range s.rows {
		if r.typ.Name != "registration" {
			continue
		}
		rec := s.version(r)
		for _, p := range rec.Parties {
			if id, ok := p.Strongest(); ok && p.Role == evidence.RoleOther {
				s.relate("parent", id, r.state.ID)
			}
		}
		if id, ok := evidence.Recognise(rec.Fields["predecessor"]); ok {
			s.relate("predecessor", id, r.state.ID)
		}
	}
}

func (s *sketch) relate(kind string, to identifier, record string) {
	x := evidence.Relation{Kind: kind, To: to, Record: record}
	if !slices.Contains(s.entity.Relations, x) {
		s.entity.Relations = append(s.entity.Relations, x)
	}
}
