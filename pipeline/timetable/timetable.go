// Package timetable says when a campaign is due, and when it may fetch.
//
//	Next, Due   the times of its cron, in its zone
//	Hours       whether it may fetch at a moment, and if not, why and until when
//	Decide      what becomes of a time that has come: begun, queued, skipped
//
// Why so: hours are a promise to the publisher (no crawl in office hours, none
// on the days that an agency asked for), so a run that reaches a closed hour
// rests there and goes on after it. A schedule is a promise to those who rely
// on looks being fresh, so what a downtime swallowed is caught up: once,
// however many times passed. All of it is a pure function of the declaration,
// the moment and what was decided before; who keeps that is package campaign.
//
// A time of day that daylight saving skips does not come that day, and one that
// it repeats comes once. Working days are looked up in the
// versioned calendar that the house hands in; without one a declaration that
// names them is refused, never guessed.
package timetable

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones by name, also where a machine has no zone files

	"github.com/robfig/cron/v3"

	"probity/pipeline/evidence"
)

// Days know which days are worked; known is false where that is only guessed
// from weekdays and fixed holidays.
type Days interface {
	Working(d evidence.Date) (working, known bool)
}

// A Table is the times of one campaign.
type Table struct {
	schedule cron.Schedule // nil: only on demand
	zone     *time.Location
	open     *span
	closed   []span
	dark     []stretch
	restDark bool
	overlap  string
	catchUp  string
	days     Days
}

// A stretch is some days, both included.
type stretch struct{ from, to string }

// A Fault is what is wrong with one key of a declaration.
type Fault struct {
	Key string
	Err error
}

// Schedule parses a cron line of five fields, or @daily and its like.
func Schedule(line string) (cron.Schedule, error) {
	if strings.Contains(line, "TZ=") {
		return nil, fmt.Errorf("schedule %q: %w: name the time zone under zone", line, evidence.ErrInvalid)
	}
	s, err := cron.ParseStandard(line)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w: want five fields of cron such as \"0 3 * * *\": %w", line, evidence.ErrInvalid, err)
	}
	return s, nil
}

// Check returns all that is wrong with a campaign's times.
func Check(c evidence.Campaign) []Fault {
	_, faults := read(c, nil)
	return faults
}

// New returns the times of a campaign that was checked. Days may be nil where
// no declaration names working days.
func New(c evidence.Campaign, days Days) (Table, error) {
	t, faults := read(c, days)
	var problems []error
	for _, f := range faults {
		problems = append(problems, fmt.Errorf("%s: %w", f.Key, f.Err))
	}
	return t, errors.Join(problems...)
}

func read(c evidence.Campaign, days Days) (t Table, faults []Fault) {
	bad := func(key string, err error) {
		if err != nil {
			faults = append(faults, Fault{key, err})
		}
	}
	t = Table{zone: evidence.Shanghai, overlap: evidence.OverlapSkip, catchUp: evidence.CatchUpOnce, days: days}
	var err error
	if c.Schedule != "" {
		t.schedule, err = Schedule(c.Schedule)
		bad("schedule", err)
	}
	if c.Zone != "" && c.Zone != evidence.Shanghai.String() {
		if t.zone, err = time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" {
			t.zone = evidence.Shanghai
			bad("zone", fmt.Errorf("%q: %w: want an IANA name like Asia/Shanghai or Europe/Berlin", c.Zone, evidence.ErrInvalid))
		}
	}
	if c.Window != nil {
		s, err := readSpan(*c.Window)
		bad("window", err)
		if s.from != s.to || len(s.days) > 0 {
			t.open = &s
		}
	}
	for i, w := range c.Closed {
		s, err := readSpan(w)
		if err == nil && s.from == s.to {
			err = fmt.Errorf("%s to %s: %w: no time at all, or all of it: use blackout for whole days", w.From, w.To, evidence.ErrInvalid)
		}
		bad(fmt.Sprintf("closed.%d", i), err)
		t.closed = append(t.closed, s)
	}
	for i, b := range c.Blackout {
		if b == evidence.RestDays {
			t.restDark = true
			continue
		}
		s, err := readStretch(b)
		bad(fmt.Sprintf("blackout.%d", i), err)
		t.dark = append(t.dark, s)
	}
	bad("overlap", choose(&t.overlap, c.Overlap, evidence.OverlapSkip, evidence.OverlapQueue, evidence.OverlapAllow))
	bad("catch_up", choose(&t.catchUp, c.CatchUp, evidence.CatchUpOnce, evidence.CatchUpNone))
	return t, faults
}

func choose(to *string, word string, words ...string) error {
	if word == "" {
		return nil
	}
	if !slices.Contains(words, word) {
		return fmt.Errorf("%q: %w: want %s", word, evidence.ErrInvalid, strings.Join(words, ", "))
	}
	*to = word
	return nil
}

func readStretch(text string) (s stretch, err error) {
	from, to, several := strings.Cut(text, "..")
	if !several {
		to = from
	}
	for _, d := range []string{from, to} {
		if _, err := evidence.ParseDate(d); err != nil {
			return s, fmt.Errorf("%q: %w: want a date, two of them as 2026-10-01..2026-10-08, or %s", text, evidence.ErrInvalid, evidence.RestDays)
		}
	}
	if from > to {
		return s, fmt.Errorf("%q: %w: it ends before it begins", text, evidence.ErrInvalid)
	}
	return stretch{from, to}, nil
}

// Zone is where the campaign's times are read.
func (t Table) Zone() *time.Location { return t.zone }

// Next is the next time of the schedule after a moment; zero: there is none.
func (t Table) Next(after time.Time) time.Time {
	if t.schedule == nil {
		return time.Time{}
	}
	at := t.schedule.Next(after.In(t.zone))
	for repeated(at) {
		at = t.schedule.Next(at)
	}
	return at
}

// repeated reports whether the clock showed this time before on that day: it
// was put back by an hour or half of one.
func repeated(at time.Time) bool {
	for _, back := range []time.Duration{time.Hour, time.Hour / 2} {
		before := at.Add(-back)
		if before.Hour() == at.Hour() && before.Minute() == at.Minute() && !at.IsZero() {
			return true
		}
	}
	return false
}

// many is up to where missed times are counted.
const many = 1000

// Due is the last time of the schedule in (after, to], and how many there
// were, counted to a thousand; zero: none.
func (t Table) Due(after, to time.Time) (last time.Time, n int) {
	at := t.Next(after)
	for ; !at.IsZero() && !at.After(to) && n < many; at = t.Next(at) {
		last, n = at, n+1
	}
	if n < many || at.IsZero() || at.After(to) {
		return last, n
	}
	for back := time.Minute; back < to.Sub(last); back *= 2 { // looked for from the end
		if at := t.Next(to.Add(-back)); !at.IsZero() && !at.After(to) {
			for ; !at.IsZero() && !at.After(to); at = t.Next(at) {
				last = at
			}
			break
		}
	}
	return last, n
}
