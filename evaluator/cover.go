package evaluator

import (
	"slices"

	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// sight is what the looks say about one indicator.
type sight struct {
	state   string
	looks   []string // that cover it, or failed to
	missing []string // source kinds without a valid look
	note    string
}

// sight derives the state of an indicator: not applicable, covered,
// undecided, look failed, or never looked (MODEL 4).
func (c *calc) sight(in standard.Indicator) sight {
	for _, t := range in.NotApplicable {
		if c.traits[t] {
			return sight{state: evidence.NotApplicable, note: t}
		}
	}
	var s sight
	complete := map[string]evidence.Look{} // latest of each source and subject
	var failed []evidence.Look
	for _, l := range c.looks {
		switch {
		case !c.bears(l, in):
		case l.Result == evidence.Complete:
			complete[evidence.Fold(append([]string{l.Kind, l.Source}, l.Scope.Subjects...)...)] = l
		default:
			failed = append(failed, l)
		}
	}
	kinds := map[string]bool{}
	undecided := 0
	for _, l := range complete {
		kinds[l.Kind] = true
		undecided += l.Undecided
		s.looks = append(s.looks, l.ID)
	}
	slices.Sort(s.looks)
	for _, k := range in.Sources {
		if !kinds[k] {
			s.missing = append(s.missing, k)
		}
	}
	enough := len(kinds) > 0
	if in.Needs == "all" {
		enough = len(s.missing) == 0
	}
	switch {
	case enough && undecided > 0:
		s.state, s.missing = evidence.Undecided, nil
		s.note = "有待人工判断的提及，可能涉及本主体 (mentions that might concern it wait for a person)"
	case enough:
		s.state, s.missing = evidence.Covered, nil
	case len(failed) > 0:
		s.state, s.note = evidence.LookFailed, failed[len(failed)-1].Reason
		for _, l := range failed {
			s.looks = append(s.looks, l.ID)
		}
		slices.Sort(s.looks)
	default:
		s.state = evidence.NotLooked
	}
	return s
}

// bears reports whether a look speaks about the indicator for this subject on
// this day: its source is one that the indicator names and declares it, its
// scope contains the subject, and it is not too old. For events it speaks
// from the start of their window, since what it saw lay in that time.
func (c *calc) bears(l evidence.Look, in standard.Indicator) bool {
	if !slices.Contains(in.Sources, l.Kind) || !slices.Contains(l.Indicators, in.ID) || !c.contained(l.Scope) {
		return false
	}
	from := l.Date()
	if from.AddDays(l.MaxAgeDays) < c.asOf {
		return false
	}
	if in.Window != nil && from > c.asOf {
		from = from.AddMonths(-*in.Window)
	}
	return from <= c.asOf
}

// contained checks the scope. Looks that were made for named subjects are
// checked against the subject's identifiers where those are given; where they
// are not, the look was handed in as the subject's own.
func (c *calc) contained(s evidence.Scope) bool {
	if len(c.subject.Identifiers) == 0 {
		s.Subjects = nil
	}
	return s.Contains(c.subject.Kind, c.subject.Area, c.subject.Identifiers)
}
