package resolve

import (
	"maps"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

type identifier = evidence.Identifier

const natural = "natural" // kind of a party or entity: a person

// identities says on which anchor each identifier stands. Several anchors
// mean that it is contested.
type identities struct {
	same map[identifier]identifier // joined by a person: value -> the least of its group
	of   map[identifier][]identifier
	on   map[identifier][]identifier // the other way round, by strength
}

// identify reads who is who from what subjects state beside each other now,
// and from decisions.
func identify(rows []*row, decisions []Decision) *identities {
	c := claims{by: map[identifier]map[identifier]bool{}}
	for _, r := range rows {
		for _, p := range r.now().Record.Subjects() {
			c.party(p)
		}
	}
	ids := &identities{same: joinedByPersons(decisions), of: map[identifier][]identifier{}, on: map[identifier][]identifier{}}
	c.decide(decisions)
	for id, group := range ids.same {
		for b := range c.note(id) {
			c.note(group)[b] = true
		}
	}
	// Stronger schemes first: the claims of a registration number may go by
	// way of an organisation code, and never the other way round.
	for _, id := range slices.SortedFunc(maps.Keys(c.by), byStrength) {
		group := id
		if g, ok := ids.same[id]; ok {
			group = g
		}
		ids.of[id] = ids.settle(group, c.by[group])
		for _, a := range ids.of[id] {
			ids.on[a] = append(ids.on[a], id)
		}
	}
	return ids
}

func byStrength(a, b identifier) int {
	if a.Scheme != b.Scheme {
		return a.Scheme.Rank() - b.Scheme.Rank()
	}
	return strings.Compare(a.Value, b.Value)
}

// claims are, for each identifier, the stronger ones it is stated beside.
type claims struct {
	by map[identifier]map[identifier]bool
}

func (c claims) note(id identifier) map[identifier]bool {
	if c.by[id] == nil {
		c.by[id] = map[identifier]bool{}
	}
	return c.by[id]
}

func (c claims) party(p evidence.Party) {
	strongest := identity(p)
	for _, id := range p.Identifiers {
		if id.Scheme.Rank() > evidence.RegNo.Rank() {
			continue // shops and sites are dated relations
		}
		own := c.note(id)
		if o, ok := inner(id); ok {
			c.note(o)[id] = true
		}
		if len(strongest) > 0 && id.Scheme != strongest[0].Scheme {
			for _, s := range strongest {
				own[s] = true
			}
		}
	}
}

// decide lets a person's word outrank what is stated.
func (c claims) decide(decisions []Decision) {
	for _, d := range decisions {
		a, b, ok := d.identifiers()
		if !ok || a.Scheme == b.Scheme {
			continue
		}
		if a.Scheme.Rank() < b.Scheme.Rank() {
			a, b = b, a // a is the weaker one
		}
		switch d.Verb {
		case NotSame:
			delete(c.note(a), b)
		case Same:
			c.note(b)
			c.by[a] = map[identifier]bool{b: true}
		}
	}
}

// identifiers returns the two identifiers that a decision is about.
func (d Decision) identifiers() (a, b identifier, ok bool) {
	if d.Verb != Same && d.Verb != NotSame {
		return a, b, false
	}
	a, okA := evidence.ParseIdentifier(d.A)
	b, okB := evidence.ParseIdentifier(d.B)
	return a, b, okA && okB && a.Scheme.Rank() < 99 && b.Scheme.Rank() < 99
}

// joinedByPersons groups identifiers of one scheme that a person said are one:
// that alone may join two USCCs.
func joinedByPersons(decisions []Decision) map[identifier]identifier {
	out := map[identifier]identifier{}
	var find func(identifier) identifier
	find = func(id identifier) identifier {
		if up, ok := out[id]; ok && up != id {
			return find(up)
		}
		return id
	}
	for _, d := range decisions {
		a, b, ok := d.identifiers()
		if !ok || d.Verb != Same || a.Scheme != b.Scheme {
			continue
		}
		a, b = find(a), find(b)
		if b.Value < a.Value {
			a, b = b, a
		}
		out[b], out[a] = a, a
	}
	for id := range out {
		out[id] = find(id)
	}
	return out
}

// settle finds the anchors of one identifier, those of stronger schemes being
// known.
func (ids *identities) settle(id identifier, beside map[identifier]bool) []identifier {
	found := map[identifier]bool{}
	for b := range beside {
		for _, a := range ids.anchors(b) {
			found[a] = true
		}
	}
	if len(found) == 0 {
		return []identifier{id}
	}
	return slices.SortedFunc(maps.Keys(found), byStrength)
}

// anchors returns on which anchors an identifier stands: one, or several where
// it is contested.
func (ids *identities) anchors(id identifier) []identifier {
	if a, ok := ids.of[id]; ok {
		return a
	}
	return []identifier{id}
}

// identity returns a party's identifiers of its strongest scheme that can be
// an anchor beside a shop: more than one means that it contradicts itself.
func identity(p evidence.Party) []identifier {
	var out []identifier
	for _, id := range p.Identifiers {
		rank := id.Scheme.Rank()
		switch {
		case rank > evidence.RegNo.Rank() || len(out) > 0 && rank > out[0].Scheme.Rank():
		case len(out) > 0 && rank == out[0].Scheme.Rank():
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		default:
			out = []identifier{id}
		}
	}
	return out
}
