package resolve

import (
	"cmp"
	"slices"
	"time"

	"probity/pipeline/evidence"
)

// A State is the history of one record: how its body read, and when it was
// missing.
type State struct {
	ID       string    `json:"id"`
	Versions []Version `json:"versions"`           // stretches of equal bodies, in order of First
	Absences []Absence `json:"absences,omitempty"` // in order of From
}

// A Version is a stretch of equal bodies (MODEL 1, record). Stretches are told
// apart by the time of the capture, since runs may overlap and their names
// carry no order; a run states each record once (see [better]).
type Version struct {
	Record evidence.Record `json:"record"` // without citations
	Digest string          `json:"digest"` // of the canonical body
	First  time.Time       `json:"first"`
	Last   time.Time       `json:"last"`
	Run    string          `json:"run"`   // that saw it first
	Known  int64           `json:"known"` // ledger position at which that run closed
}

// Day is the first day on which this version was seen.
func (v Version) Day() evidence.Date { return evidence.DateOf(v.First) }

// An Absence says that a row was missing from [From, Until); an empty Until is
// open. Void is the position at which it turned out to be none: the row came
// back with the same own date (MODEL 3).
type Absence struct {
	From       evidence.Date `json:"from"`
	Known      int64         `json:"known"`
	Own        evidence.Date `json:"own,omitempty"` // the record's own date when it went missing
	Until      evidence.Date `json:"until,omitempty"`
	UntilKnown int64         `json:"until_known,omitempty"`
	Void       int64         `json:"void,omitempty"`
}

// A Sight is one record as one run saw it.
type Sight struct {
	Record evidence.Record
	Digest string
	Run    string
	Time   time.Time // of the capture
	Page   string    // the lead's key: which page it stood on
	Known  int64     // position at which the run closed
}

// better reports whether a speaks for the run rather than b, where two pages
// of one run state a record differently: the later day, then a fixed order of
// pages. The time of day stays out, since a run that was killed and went on
// visits its pages in another order and must come to the same end.
func better(a, b Sight) bool {
	return cmp.Or(
		cmp.Compare(evidence.DateOf(a.Time), evidence.DateOf(b.Time)),
		cmp.Compare(a.Page, b.Page),
		cmp.Compare(a.Digest, b.Digest)) > 0
}

// Latest returns the newest version.
func (s *State) Latest() Version { return s.Versions[len(s.Versions)-1] }

// LastSeen is the time of the last sighting by any closed run.
func (s *State) LastSeen() time.Time {
	var last time.Time
	for _, v := range s.Versions {
		if v.Last.After(last) {
			last = v.Last
		}
	}
	return last
}

// See adds a sighting of a closed run. It reports whether the record was new,
// and whether its latest body changed.
func (s *State) See(g Sight) (isNew, changed bool) {
	isNew = len(s.Versions) == 0
	before := ""
	if !isNew {
		before = s.Latest().Digest
	}
	s.insert(g)
	s.comeBack(g)
	return isNew, !isNew && s.Latest().Digest != before
}

func (s *State) insert(g Sight) {
	fresh := Version{Record: g.Record, Digest: g.Digest, First: g.Time, Last: g.Time, Run: g.Run, Known: g.Known}
	fresh.Record.Citations = nil
	i := -1 // the last version that began at or before the sighting
	for j, v := range s.Versions {
		if v.First.Compare(g.Time) < 0 || v.First.Equal(g.Time) && v.Run <= g.Run {
			i = j
		}
	}
	switch {
	case i >= 0 && s.Versions[i].Digest == g.Digest:
		v := &s.Versions[i]
		v.Last, v.Known = later(v.Last, g.Time), min(v.Known, g.Known)
	case i+1 < len(s.Versions) && s.Versions[i+1].Digest == g.Digest:
		v := &s.Versions[i+1]
		v.First, v.Run, v.Known = g.Time, g.Run, min(v.Known, g.Known)
	case i >= 0 && g.Time.Before(s.Versions[i].Last): // inside a stretch of another body
		rest := s.Versions[i]
		rest.First = rest.Last
		s.Versions[i].Last = s.Versions[i].First
		s.Versions = slices.Insert(s.Versions, i+1, fresh, rest)
	default:
		s.Versions = slices.Insert(s.Versions, i+1, fresh)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// comeBack ends an open absence: a row with the same own date was never away,
// another one begins a new episode.
func (s *State) comeBack(g Sight) {
	if len(s.Absences) == 0 {
		return
	}
	a := &s.Absences[len(s.Absences)-1]
	day := evidence.DateOf(g.Time)
	if a.Void != 0 || a.Until != "" || day < a.From {
		return
	}
	own := ownDate(g.Record)
	if own != "" && own == a.Own {
		a.Void = g.Known
		return
	}
	a.Until, a.UntilKnown = day, g.Known
	if own > a.From && own < day { // the new episode says itself when it began
		a.Until = own
	}
}

// Miss notes that the record is absent from a day on, and reports whether that
// is new.
func (s *State) Miss(from evidence.Date, known int64) bool {
	if s.Absent() {
		return false
	}
	s.Absences = append(s.Absences, Absence{From: from, Known: known, Own: ownDate(s.Latest().Record)})
	return true
}

// Absent reports whether the record is missing now.
func (s *State) Absent() bool {
	if len(s.Absences) == 0 {
		return false
	}
	a := s.Absences[len(s.Absences)-1]
	return a.Void == 0 && a.Until == ""
}

// At returns the history as it was known at a position of the ledger; 0 is
// now. It has no versions if the record was not known.
func (s *State) At(known int64) *State {
	if known == 0 {
		return s
	}
	out := &State{ID: s.ID}
	for _, v := range s.Versions {
		if v.Known <= known {
			out.Versions = append(out.Versions, v)
		}
	}
	for _, a := range s.Absences {
		if a.Known > known {
			continue
		}
		if a.Void > known {
			a.Void = 0
		}
		if a.UntilKnown > known {
			a.Until, a.UntilKnown = "", 0
		}
		out.Absences = append(out.Absences, a)
	}
	return out
}

// presence returns when the row was published; nil means throughout.
func (s *State) presence() []evidence.Interval {
	var out []evidence.Interval
	from := evidence.Date("")
	open := true
	for _, a := range s.Absences {
		if a.Void != 0 {
			continue
		}
		out = append(out, evidence.Interval{From: from, To: a.From, Inferred: true})
		from, open = a.Until, a.Until != ""
	}
	if len(out) > 0 && open {
		out = append(out, evidence.Interval{From: from})
	}
	return out
}

// ownDate is the date that a record gives itself: of its document, or of the
// start of a standing.
func ownDate(r evidence.Record) evidence.Date {
	t, ok := types[r.Type]
	if !ok || t.Date == "" {
		return ""
	}
	return evidence.Date(r.Fields[t.Date])
}

// types is the vocabulary by name.
//
//nolint:gochecknoglobals // a constant in all but syntax: TypeOf makes the list anew at each call
var types = vocabulary()

func vocabulary() map[string]evidence.RecordType {
	out := map[string]evidence.RecordType{}
	for _, t := range evidence.Types() {
		out[t.Name] = t
	}
	return out
}
