package timetable

import (
	"fmt"
	"time"

	"probity/pipeline/evidence"
)

// What becomes of a time that has come.
const (
	Begin = "begin"
	Queue = "queue" // it waits for the run before it, or for hours that are open
	Skip  = "skip"  // left out
)

// A State is what was decided for a campaign before, and how it stands.
type State struct {
	Seen    time.Time // up to which its times were dealt with
	Waiting time.Time // a time that waits to begin; zero: none
	Going   bool      // a run of it is open
}

// A Step is what is to be done now.
type Step struct {
	Do     string // Begin, Queue or Skip; empty: nothing
	Due    time.Time
	Missed int    // further times that passed unused, for which it stands or which are left out with it
	Reason string // one word: downtime, overlap, or a reason of Hours; empty: none
	Words  string // for people
}

// Reasons of a step beside those of Hours.
const (
	ByDowntime = "downtime" // nobody was there when it was due
	ByOverlap  = "overlap"  // the run before goes on
)

// late is after how long a time counts as missed: nobody was there.
const late = time.Minute

// Decide says what becomes of the times that have come since they were last
// dealt with, and of one that waits. It is to be asked again after each step
// was kept, until nothing is to be done.
func (t Table) Decide(s State, now time.Time) Step {
	due, n := t.Due(s.Seen, now)
	if n == 0 {
		return t.waiting(s, now)
	}
	step := Step{Do: Begin, Due: due, Missed: n - 1}
	if now.Sub(due) > late {
		step.Reason, step.Words = ByDowntime, fmt.Sprintf("停机期间错过 %d 次 missed while nobody was there, %d times", n, n)
		if t.catchUp == evidence.CatchUpNone {
			step.Do = Skip
			return step
		}
	}
	if h := t.Hours(now); !h.Open {
		step.Do, step.Reason, step.Words = Queue, h.Reason, "不在采集时段 outside its hours: "+h.Words
		if t.catchUp == evidence.CatchUpNone {
			step.Do = Skip
		}
		return step
	}
	if s.Going && t.overlap != evidence.OverlapAllow {
		step.Do, step.Reason, step.Words = Queue, ByOverlap, "上一次尚未结束 the run before goes on"
		if t.overlap == evidence.OverlapSkip {
			step.Do = Skip
		}
	}
	return step
}

// waiting begins what waits as soon as it may.
func (t Table) waiting(s State, now time.Time) Step {
	if s.Waiting.IsZero() || s.Going && t.overlap != evidence.OverlapAllow || !t.Hours(now).Open {
		return Step{}
	}
	return Step{Do: Begin, Due: s.Waiting, Reason: Queue, Words: "曾等待 it had to wait"}
}

// A Date is one time of the schedule as a calendar shows it.
type Date struct {
	At      time.Time
	Blocked Hours // closed at that time: it waits or is left out
}

// Ahead are the next n times after a moment, within a span.
func (t Table) Ahead(after time.Time, within time.Duration, n int) (all []Date) {
	for at := t.Next(after); !at.IsZero() && at.Sub(after) <= within && len(all) < n; at = t.Next(at) {
		all = append(all, Date{At: at, Blocked: t.Hours(at)})
	}
	return all
}
