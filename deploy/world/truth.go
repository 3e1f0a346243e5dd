package world

import (
	"maps"
	"slices"
	"strings"
)

// Truth is what a watcher can know on a day.
type Truth struct {
	Day      int
	Date     Date
	Entities []Entity
	Facts    []Fact
	Looks    []Look
}

// An Entity is an operator that a watcher knows of.
type Entity struct {
	Anchor   string   // uscc:…, org:…, reg:…, shop:PLATFORM/ID
	Names    []string // every name known of it, sorted
	Current  string   // the registered name now; empty: no register says
	Kind     string   // as evidence.Entity.Kind; empty: not known
	Area     string   // registered, else from the USCC; empty: unknown
	Inferred bool     // the area comes from the USCC
	Expected Expected
}

// A Fact is one thing that holds of an entity.
type Fact struct {
	Anchor string
	Type   string            // of the vocabulary
	Key    string            // what it is about within its type
	Number string            // document or case number, where it has one
	Date   Date              // of the document, or the standing's start; of a snapshot the day it was first seen
	End    Date              // of a standing or a shop: the first day it no longer holds
	State  string            // in_force, repaired, annulled, expired, unpublished, superseded, not_yet
	Fields map[string]string // normalised as the vocabulary says; a reader may find more, never other values
	Mended []string          // kinds of a penalty that are repaired though the fact is in force
	Shown  []string          // channels that ever showed it, sorted
}

func (f Fact) inForce() bool { return f.State == "in_force" }

// A Look is a finished search of a channel, or of one site or shop of it.
type Look struct {
	Channel    string
	Kind       string // as the standard names it
	Subject    string // of a channel with one look a subject: its anchor; else empty
	Day        int
	Date       Date
	Result     string // complete, partial, refused, failed
	Indicators []string
	Area       string   // prefix; empty: everywhere
	MaxAge     int      // days
	Undecided  []string // anchors that mentions in it might concern
}

// Contains reports whether the look speaks for a subject.
func (l Look) Contains(who Subject) bool {
	if l.Subject != "" {
		return l.Subject == who.Anchor
	}
	return l.Area == "" || strings.HasPrefix(who.Area, l.Area)
}

// of returns the facts of a type that are in force.
func (g grading) of(typ string) []Fact {
	var out []Fact
	for _, f := range g.facts {
		if f.Type == typ && f.inForce() {
			out = append(out, f)
		}
	}
	return out
}

// any reports whether some fact of the type has the field at the value.
func anyField(facts []Fact, name string, values ...string) bool {
	return slices.ContainsFunc(facts, func(f Fact) bool {
		v, ok := f.Fields[name]
		return ok && slices.Contains(values, v)
	})
}

// Truth is what can be known as of a day by a watcher who crawled everything
// once on each day from 0 to it (daily), or on that day alone.
func (w *World) Truth(day int, daily bool) Truth {
	days := []int{day}
	for d := day - 1; daily && d >= 0; d-- {
		days = append([]int{d}, days...)
	}
	return w.TruthOn(days)
}

// TruthOn is what can be known, as of the last of some days, by a watcher who
// crawled everything once on each of them; on one that is named twice, twice.
// Days ascend; there is at least one.
func (w *World) TruthOn(days []int) Truth {
	v, day := w.watch(days), days[len(days)-1]
	t := Truth{Day: day, Date: Day(day), Facts: v.facts(Day(day)), Looks: v.looks}
	byAnchor := map[string][]Fact{}
	var anchors []string
	for _, f := range t.Facts {
		if byAnchor[f.Anchor] == nil {
			anchors = append(anchors, f.Anchor)
		}
		byAnchor[f.Anchor] = append(byAnchor[f.Anchor], f)
	}
	looks := latest(t.Looks)
	ops := map[string]Operator{}
	for i, o := range w.Operators {
		if o.Kind != "natural" || len(o.Shops) > 0 {
			ops[w.anchorOf(i)] = o
		}
	}
	for _, anchor := range anchors {
		e := v.entity(anchor, ops[anchor], byAnchor[anchor])
		who := e.subject(byAnchor[anchor], ops[anchor])
		e.Current = who.Name
		e.Expected = Grade(who, byAnchor[anchor], append(slices.Clone(looks[""]), looks[anchor]...), t.Date)
		t.Entities = append(t.Entities, e)
	}
	return t
}

// latest are the latest looks of each channel with each result, by subject: an
// earlier one speaks for no day for which the later one does not.
func latest(all []Look) map[string][]Look {
	last := map[string]int{}
	for i, l := range all {
		last[l.Channel+" "+l.Subject+" "+l.Result] = i
	}
	out := map[string][]Look{}
	for i, l := range all {
		if last[l.Channel+" "+l.Subject+" "+l.Result] == i {
			out[l.Subject] = append(out[l.Subject], l)
		}
	}
	return out
}

// entity is what is known of an operator beside its facts: registered names,
// kind and area, else what its other records say and its code.
func (v *watcher) entity(anchor string, o Operator, facts []Fact) Entity {
	e := Entity{Anchor: anchor}
	names := map[string]bool{}
	register := slices.IndexFunc(facts, func(f Fact) bool { return f.Type == "registration" })
	shop := slices.IndexFunc(facts, func(f Fact) bool { return f.Type == "shop" })
	switch {
	case register >= 0:
		f := facts[register].Fields
		e.Kind, e.Area = f["operator_kind"], f["area"]
		for former := range strings.SplitSeq(f["former_names"], ";") {
			name, _, _ := strings.Cut(former, "/")
			names[name] = true
		}
	case shop >= 0:
		e.Kind = facts[shop].Fields["operator_kind"]
	}
	if e.Area == "" && strings.HasPrefix(anchor, "uscc:") {
		e.Area, e.Inferred = o.USCC[2:8], true
	}
	for _, id := range v.order {
		m := v.rows[id]
		if m.anchor != anchor || m.last.typ == "review" {
			continue
		}
		if e.Kind == "" && (m.last.channel == Dishonest || m.last.channel == Penalty2018) {
			e.Kind = m.last.party.Kind // they have a column for it
		}
		switch name := m.last.party.Name; {
		case o.Kind == "natural":
			names[masked(name)] = true
		case m.last.typ == "registration" || register < 0:
			names[name] = true
		}
	}
	delete(names, "")
	e.Names = slices.Sorted(maps.Keys(names))
	return e
}

// subject is the entity as it is graded.
func (e Entity) subject(facts []Fact, o Operator) Subject {
	s := Subject{Anchor: e.Anchor, USCC: o.USCC, Kind: e.Kind, Area: e.Area}
	scope, shops, sites, registered := "", false, false, false
	for _, f := range facts {
		if !f.inForce() {
			continue
		}
		switch f.Type {
		case "registration":
			scope, registered = f.Fields["business_scope"], true
		case "shop":
			shops = true
		case "site_listing", "site_probe":
			sites = true
		}
	}
	if registered {
		for _, n := range o.Names {
			if slices.Contains(e.Names, n.Name) {
				s.Name = n.Name // the latest one known
			}
		}
	}
	if e.Kind == "natural" || scope != "" && len(requiredLicences(scope)) == 0 {
		s.Traits = append(s.Traits, "no_license_required")
	}
	if shops && !sites {
		s.Traits = append(s.Traits, "platform_shop")
	}
	if e.Kind == "natural" {
		s.Traits = append(s.Traits, "natural_person_shop")
	}
	return s
}
