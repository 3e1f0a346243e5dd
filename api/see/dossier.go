package see

import (
	"slices"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

// Gone stands where the name of a fact was that a reader may not see.
const Gone = "依法不再公示 no longer published"

// Dossier returns what a role may see of a dossier, and how many facts were
// left out. The one given stays as it is.
func (r Role) Dossier(d doors.Dossier, today evidence.Date) (doors.Dossier, int) {
	hidden := map[string]bool{}
	var facts []evidence.Fact
	for _, f := range d.Facts {
		if r.Fact(f, d.AsOf, today) {
			facts = append(facts, f)
		} else {
			hidden[f.ID] = true
		}
	}
	d.Facts = facts
	seen := func(id string) bool { return !hidden[id] }
	d.Entity.Facts = keep(d.Entity.Facts, seen)
	d.Evaluation = evaluation(d.Evaluation, seen)
	var issues []doors.Issue
	for _, i := range d.Issues {
		if x, ok := r.issue(i, today); ok {
			issues = append(issues, x)
		}
	}
	d.Issues = issues
	if d.Issue == nil {
		return d, len(hidden)
	}
	if x, ok := r.issue(*d.Issue, today); ok {
		d.Issue = &x
		return d, len(hidden)
	}
	d.Issue = nil
	if d.Issued {
		d.Issued, d.Evaluation = false, evidence.Evaluation{Entity: d.Entity.ID, Standard: d.Evaluation.Standard, AsOf: d.AsOf, Tables: map[string]string{}}
	}
	return d, len(hidden)
}

// issue leaves of a withdrawn one only that it was there.
func (r Role) issue(i doors.Issue, today evidence.Date) (doors.Issue, bool) {
	state := i.State(today)
	if state == doors.Withdrawn && r == Public {
		i.Grade, i.Score, i.Coverage = "", "", ""
	}
	return i, r.May(IssueIn(state))
}

// evaluation leaves the arithmetic as it is and takes the names of hidden
// facts out of it.
func evaluation(e evidence.Evaluation, seen func(string) bool) evidence.Evaluation {
	e.Shown = keep(e.Shown, seen)
	e.Adjusted = deductions(e.Adjusted, seen)
	e.Indicators = slices.Clone(e.Indicators)
	for i, x := range e.Indicators {
		e.Indicators[i].Basis = keep(x.Basis, seen)
		e.Indicators[i].Deductions = deductions(x.Deductions, seen)
	}
	e.Caps = slices.Clone(e.Caps)
	for i, c := range e.Caps {
		e.Caps[i].Facts = keep(c.Facts, seen)
	}
	return e
}

func deductions(all []evidence.Deduction, seen func(string) bool) []evidence.Deduction {
	all = slices.Clone(all)
	for i, d := range all {
		if d.Fact != "" && !seen(d.Fact) {
			all[i] = evidence.Deduction{Rule: d.Rule, Points: d.Points, Note: Gone}
		}
	}
	return all
}

func keep(ids []string, seen func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !seen(id) })
}

// Text returns a content's text as a role may read it: passages whose every
// fact it may not see are blanked rune for rune, so that places still hold.
func (r Role) Text(text string, marks []doors.Mark) string {
	var runes []rune
	for _, m := range marks {
		if r.Any(m.Facts) {
			continue
		}
		if runes == nil {
			runes = []rune(text)
		}
		for i := max(0, m.Citation.Place.Start); i < min(len(runes), m.Citation.Place.End); i++ {
			if runes[i] != '\n' {
				runes[i] = '░'
			}
		}
	}
	if runes == nil {
		return text
	}
	return string(runes)
}

// Marks leaves out the marks that a role may not see.
func (r Role) Marks(marks []doors.Mark) []doors.Mark {
	return slices.DeleteFunc(slices.Clone(marks), func(m doors.Mark) bool { return !r.Any(m.Facts) })
}

// Part is Text for a piece of it that begins at a rune.
func (r Role) Part(text string, start int, marks []doors.Mark) string {
	moved := slices.Clone(marks)
	for i := range moved {
		moved[i].Citation.Place.Start -= start
		moved[i].Citation.Place.End -= start
	}
	return r.Text(text, moved)
}
