package world

import (
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
	Kind     string   // as evidence.Entity.Kind; empty: not known
	Area     string   // registered, else from the USCC; empty: unknown
	Inferred bool     // the area comes from the USCC
	Expected Expected
}

// A Fact is one thing that holds of an entity.
type Fact struct {
	Anchor string
	Type   string            // of the vocabulary
	Number string            // document or case number, else the declared natural key
	Date   Date              // of the document, or the standing's start
	End    Date              // of a standing: the first day it no longer holds
	State  string            // in_force, repaired, annulled, expired, unpublished, superseded, not_yet
	Fields map[string]string // normalised as the vocabulary says
	Mended []string          // kinds of a penalty that are repaired though the fact is in force
}

// field reads a field; a repaired or superseded fact has none in force.
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
