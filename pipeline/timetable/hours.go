package timetable

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"probity/pipeline/evidence"
)

// A span is a time of day on some days, in minutes from midnight; it ends the
// next day where to is not after from.
type span struct {
	from, to int
	days     []string
	words    string
}

func readSpan(w evidence.Window) (s span, err error) {
	s = span{days: w.Days, words: w.From + "–" + w.To}
	for text, to := range map[string]*int{w.From: &s.from, w.To: &s.to} {
		if text == "24:00" {
			*to = 0
			continue
		}
		at, err := time.Parse("15:04", text)
		if err != nil {
			return s, fmt.Errorf("%q: %w: want a time of day like 20:00", text, evidence.ErrInvalid)
		}
		*to = at.Hour()*60 + at.Minute()
	}
	if w.From == w.To {
		s.to = s.from
	}
	if len(w.Days) > 0 {
		s.words += " " + strings.Join(w.Days, " ")
	}
	for _, d := range w.Days {
		if !slices.Contains(dayWords(), d) {
			return s, fmt.Errorf("day %q: %w: want %s", d, evidence.ErrInvalid, strings.Join(dayWords(), ", "))
		}
	}
	return s, nil
}

func dayWords() []string {
	return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat", evidence.WorkDays, evidence.RestDays}
}

// contains reports whether a moment lies in the span; a span that goes over
// midnight belongs to the day on which it begins.
func (s span) contains(at time.Time, days Days) bool {
	now := at.Hour()*60 + at.Minute()
	switch {
	case s.from == s.to:
		return s.on(at, days)
	case s.from < s.to:
		return s.from <= now && now < s.to && s.on(at, days)
	case now >= s.from:
		return s.on(at, days)
	}
	return now < s.to && s.on(at.AddDate(0, 0, -1), days)
}

func (s span) on(at time.Time, days Days) bool {
	if len(s.days) == 0 {
		return true
	}
	for _, word := range s.days {
		switch word {
		case evidence.WorkDays, evidence.RestDays:
			if works(at, days) == (word == evidence.WorkDays) {
				return true
			}
		case dayWords()[at.Weekday()]:
			return true
		}
	}
	return false
}

// works says whether a day is worked: by the calendar, or by its weekday where
// the house has none.
func works(at time.Time, days Days) bool {
	if days == nil {
		return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
	}
	working, _ := days.Working(evidence.Date(at.Format(time.DateOnly)))
	return working
}

// Hours say whether a campaign may fetch at a moment.
type Hours struct {
	Open   bool
	Reason string // why not: one of the reasons below
	Words  string // which hours or days
}

// Reasons for which a campaign may not fetch.
const (
	ByWindow   = "window"   // its window is closed
	ByClosed   = "closed"   // declared closed hours, as office hours
	ByBlackout = "blackout" // a day on which it may not
)

// Hours at a moment.
func (t Table) Hours(at time.Time) Hours {
	at = at.In(t.zone)
	day := at.Format(time.DateOnly)
	for _, s := range t.dark {
		if s.from <= day && day <= s.to {
			return Hours{Reason: ByBlackout, Words: s.from + "–" + s.to}
		}
	}
	if t.restDark && !works(at, t.days) {
		return Hours{Reason: ByBlackout, Words: "休息日 " + evidence.RestDays}
	}
	for _, s := range t.closed {
		if s.contains(at, t.days) {
			return Hours{Reason: ByClosed, Words: s.words}
		}
	}
	if t.open != nil && !t.open.contains(at, t.days) {
		return Hours{Reason: ByWindow, Words: t.open.words}
	}
	return Hours{Open: true}
}

// horizon is how far an edge is looked for.
const horizon = 400

// Edge is the first moment after at when the campaign may fetch and now may
// not, or the other way; zero: not within a year.
func (t Table) Edge(at time.Time) time.Time {
	at = at.In(t.zone)
	now := t.Hours(at).Open
	minutes := []int{0}
	for _, s := range t.closed {
		minutes = append(minutes, s.from, s.to)
	}
	if t.open != nil {
		minutes = append(minutes, t.open.from, t.open.to)
	}
	slices.Sort(minutes)
	for d := range horizon {
		for _, m := range slices.Compact(minutes) {
			edge := time.Date(at.Year(), at.Month(), at.Day()+d, m/60, m%60, 0, 0, t.zone)
			if edge.After(at) && t.Hours(edge).Open != now {
				return edge
			}
		}
	}
	return time.Time{}
}
