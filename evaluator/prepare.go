package evaluator

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// A calc is one calculation under way: inputs made ready, on one day.
type calc struct {
	std     *standard.Standard
	tables  *Tables
	subject evidence.Subject
	asOf    evidence.Date
	known   int64
	facts   map[string][]*fact // by type, by date and id
	looks   []evidence.Look    // by date and id
	traits  map[string]bool
	skip    map[string]string // facts not counted where they stand, and why: they count elsewhere
}

// A fact with its state on the day.
type fact struct {
	evidence.Fact
	state string
}

// prepared is the part of the inputs that no day changes.
type prepared struct {
	facts []evidence.Fact
	looks []evidence.Look
}

// prepare fills in what hand-written inputs may leave out and drops what
// stands twice: the same fact twice changes nothing. Two bodies under one id
// are refused, since one of them must be wrong.
func prepare(in evidence.Inputs) (prepared, error) {
	var p prepared
	types := map[string]evidence.RecordType{}
	for _, t := range evidence.Types() {
		types[t.Name] = t
	}
	seen := map[string]evidence.Fact{}
	for _, f := range in.Facts {
		f = filled(sane(f, types[f.Type]), types[f.Type], in.Subject.ID)
		if old, ok := seen[f.ID]; ok {
			if !reflect.DeepEqual(old, f) {
				return p, fmt.Errorf("read fact %s: %w: two bodies under one id; leave one", f.ID, evidence.ErrInvalid)
			}
			continue
		}
		seen[f.ID] = f
		p.facts = append(p.facts, f)
	}
	slices.SortFunc(p.facts, func(a, b evidence.Fact) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID))
	})
	ids := map[string]bool{}
	for _, l := range in.Looks {
		if l.ID == "" {
			scope := slices.Concat(l.Scope.Areas, l.Scope.Operators, l.Scope.Subjects, l.Indicators)
			l.ID = evidence.Digest("look", append([]string{l.Run, l.Source, l.Kind, l.Result, string(l.Date())}, scope...)...)
		}
		if !ids[l.ID] {
			p.looks = append(p.looks, l)
		}
		ids[l.ID] = true
	}
	slices.SortFunc(p.looks, func(a, b evidence.Look) int {
		return cmp.Or(cmp.Compare(a.Date(), b.Date()), cmp.Compare(a.ID, b.ID))
	})
	return p, nil
}

// FactID returns the id under which the explanation speaks of a fact: its own,
// or the one that is derived where it has none.
func FactID(f evidence.Fact, subject string) string {
	t, _ := evidence.TypeOf(f.Type)
	return filled(sane(f, t), t, subject).ID
}

// sane drops dates that are none: a field that could not be normalised is kept
// as its page wrote it (evidence.Record.Marks), and says nothing here.
func sane(f evidence.Fact, t evidence.RecordType) evidence.Fact {
	bad := func(d evidence.Date) bool {
		_, err := evidence.ParseDate(string(d))
		return d != "" && err != nil
	}
	if bad(f.Date) {
		f.Date = ""
	}
	if bad(f.End) {
		f.End = ""
	}
	cloned := false
	for _, field := range t.Fields {
		if field.Kind != evidence.Day || !bad(evidence.Date(f.Fields[field.Name])) {
			continue
		}
		if !cloned {
			f.Fields, cloned = maps.Clone(f.Fields), true
		}
		delete(f.Fields, field.Name)
	}
	return f
}

// filled dates a fact by the fields that its type names, where nobody has,
// and gives it an id.
func filled(f evidence.Fact, t evidence.RecordType, subject string) evidence.Fact {
	if f.Date == "" && t.Date != "" {
		f.Date = evidence.Date(f.Fields[t.Date])
	}
	if f.End == "" && t.End != "" && f.Type != "licence" { // a licence's last day is a day it still holds
		f.End = evidence.Date(f.Fields[t.End])
	}
	if f.Entity == "" {
		f.Entity = subject
	}
	if f.ID == "" {
		key := f.Key
		if key == "" {
			var parts []string
			for k, v := range f.Fields {
				parts = append(parts, k+"="+v)
			}
			slices.Sort(parts)
			key = string(f.Date) + "|" + strings.Join(parts, "|")
		}
		f.ID = evidence.FactID(f.Type, key, f.Entity)
	}
	return f
}

// on sets the calculation to a day.
func (p prepared) on(std *standard.Standard, tables *Tables, in evidence.Inputs, day evidence.Date) *calc {
	c := &calc{
		std: std, tables: tables, subject: in.Subject, asOf: day, known: in.KnownAt,
		facts: map[string][]*fact{}, looks: p.looks, traits: map[string]bool{}, skip: map[string]string{},
	}
	for i := range p.facts {
		f := &fact{Fact: p.facts[i]}
		f.state = stateOf(f.Fact, day)
		c.facts[f.Type] = append(c.facts[f.Type], f)
	}
	for _, t := range in.Subject.Traits {
		c.traits[t] = true
	}
	if scopes := c.scopes(); len(scopes) > 0 && len(c.required()) == 0 {
		c.traits[noLicence] = true
	}
	return c
}

// stateOf is the fact's state. What is not adverse cannot be repaired: such an
// effect on it says nothing, lest a repair lower a grade.
func stateOf(f evidence.Fact, day evidence.Date) string {
	if !adverseType(f.Type) {
		kept := f.Effects[:0:0]
		for _, e := range f.Effects {
			if e.Kind != evidence.Repaired {
				kept = append(kept, e)
			}
		}
		f.Effects = kept
	}
	state := f.State(day)
	switch {
	case state != evidence.InForce:
		return state
	case f.Type == "penalty" && f.Fields["status"] == "撤销":
		return evidence.Annulled
	case f.Fields["stage"] == "settled":
		return evidence.Expired
	}
	return state
}

// adverseType reports whether the facts of a type speak against an operator.
func adverseType(typ string) bool {
	return slices.Contains([]string{
		"penalty", "coercion", "abnormal_listing", "serious_listing", "revocation_listing", "tax_arrears", "fund_arrears",
		"insurance_arrears", "labour_violation", "wage_listing", "spot_check", "judgment", "labour_award", "enforcement",
		"consumption_limit", "dishonest_debtor", "complaint", "security_finding", "news", "fake_review", "false_material",
		"partner_notice",
	}, typ) || typ == "commitment"
}

// of returns the facts of a type that are in force and not counted elsewhere.
func (c *calc) of(typ string) []*fact {
	var out []*fact
	for _, f := range c.facts[typ] {
		if f.state == evidence.InForce && c.skip[f.ID] == "" {
			out = append(out, f)
		}
	}
	return out
}

// inForce returns the facts of a type in force, wherever they count.
func (c *calc) inForce(typ string) []*fact {
	var out []*fact
	for _, f := range c.facts[typ] {
		if f.state == evidence.InForce {
			out = append(out, f)
		}
	}
	return out
}

// age is a fact's age in completed months from a date; without a date it
// counts as new.
func (c *calc) age(from evidence.Date) int {
	if from == "" {
		return 0
	}
	return from.MonthsUntil(c.asOf)
}
