package timetable_test

import (
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/timetable"
)

// holidays are worked or not as a test says, else by weekday.
type holidays map[evidence.Date]bool

func (h holidays) Working(d evidence.Date) (working, known bool) {
	if w, ok := h[d]; ok {
		return w, true
	}
	day := d.Time().Weekday()
	return day != time.Saturday && day != time.Sunday, true
}

func table(t *testing.T, c evidence.Campaign) timetable.Table {
	t.Helper()
	tt, err := timetable.New(c, holidays{"2026-10-01": false, "2026-10-10": true})
	if err != nil {
		t.Fatal(err)
	}
	return tt
}

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, evidence.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func TestTimesAreReadInTheZoneOfTheCampaign(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{"": "2026-11-28 03:00", "Asia/Urumqi": "2026-11-28 05:00", "UTC": "2026-11-27 11:00", "Europe/Berlin": "2026-11-28 10:00"} {
		tt := table(t, evidence.Campaign{Schedule: "0 3 * * *", Zone: zone})
		if got := tt.Next(at("2026-11-27 10:30")); !got.Equal(at(want)) {
			t.Errorf("zone %q: next %s, want %s", zone, got.In(evidence.Shanghai), want)
		}
	}
	// 2026-03-29 in Berlin has no 02:30, and 2026-10-25 has two: once each day at most.
	tt := table(t, evidence.Campaign{Schedule: "30 2 * * *", Zone: "Europe/Berlin"})
	for day, n := range map[string]int{"2026-03-29": 0, "2026-10-25": 1, "2026-10-26": 1} {
		from, _ := time.ParseInLocation(time.DateOnly, day, tt.Zone())
		if _, got := tt.Due(from, from.AddDate(0, 0, 1).Add(-time.Second)); got != n {
			t.Errorf("%s: %d times, want %d", day, got, n)
		}
	}
}

func TestHoursAreClosedByWindowOfficeHoursAndDates(t *testing.T) {
	t.Parallel()
	tt := table(t, evidence.Campaign{
		Window:   &evidence.Window{From: "20:00", To: "10:00"},
		Closed:   []evidence.Window{{From: "08:30", To: "18:00", Days: []string{evidence.WorkDays}}, {From: "23:00", To: "01:00", Days: []string{"fri"}}},
		Blackout: []string{"2026-11-20", "2026-12-01..2026-12-03"},
	})
	for moment, want := range map[string]string{
		"2026-11-24 21:00": "", "2026-11-25 02:00": "", "2026-11-25 08:29": "", "2026-11-25 08:30": timetable.ByClosed,
		"2026-11-28 09:00": "",                 // a Saturday
		"2026-10-10 09:00": timetable.ByClosed, // a Saturday that is worked
		"2026-10-01 09:00": "",                 // a Thursday that is not
		"2026-11-25 19:59": timetable.ByWindow, //
		"2026-11-25 20:00": "",                 //
		"2026-11-27 23:30": timetable.ByClosed, // a Friday
		"2026-11-28 00:59": timetable.ByClosed, // and what it began
		"2026-11-28 23:30": "",                 //
		"2026-11-20 21:00": timetable.ByBlackout, "2026-11-21 01:00": "",
		"2026-12-01 00:00": timetable.ByBlackout, "2026-12-03 23:59": timetable.ByBlackout, "2026-12-04 00:00": "",
	} {
		if got := tt.Hours(at(moment)); got.Reason != want || got.Open != (want == "") {
			t.Errorf("%s: %+v, want %q", moment, got, want)
		}
	}
	for moment, edge := range map[string]string{"2026-11-24 21:00": "2026-11-25 08:30", "2026-11-25 09:00": "2026-11-25 20:00", "2026-11-30 23:00": "2026-12-01 00:00", "2026-12-01 10:00": "2026-12-04 00:00"} {
		if got := tt.Edge(at(moment)); !got.Equal(at(edge)) {
			t.Errorf("after %s the edge is %s, want %s", moment, got, edge)
		}
	}
	if got := table(t, evidence.Campaign{}).Edge(at("2026-11-24 21:00")); !got.IsZero() {
		t.Errorf("who is always open has an edge at %s", got)
	}
	rest := table(t, evidence.Campaign{Blackout: []string{evidence.RestDays}})
	if rest.Hours(at("2026-10-01 12:00")).Open || !rest.Hours(at("2026-10-10 12:00")).Open {
		t.Error("rest days are not those of the calendar")
	}
}

func TestWhatIsDueWhileTheRunBeforeGoesOnIsSkippedQueuedOrBegunAsDeclared(t *testing.T) {
	t.Parallel()
	now := at("2026-11-27 03:00")
	for overlap, want := range map[string]string{"": timetable.Skip, evidence.OverlapSkip: timetable.Skip, evidence.OverlapQueue: timetable.Queue, evidence.OverlapAllow: timetable.Begin} {
		tt := table(t, evidence.Campaign{Schedule: "0 3 * * *", Overlap: overlap})
		s := timetable.State{Seen: now.Add(-time.Hour), Going: true}
		step := tt.Decide(s, now)
		if step.Do != want || !step.Due.Equal(now) || want != timetable.Begin && step.Reason != timetable.ByOverlap {
			t.Errorf("overlap %q: %+v", overlap, step)
		}
		if want != timetable.Queue {
			continue
		}
		s = timetable.State{Seen: now, Waiting: now, Going: true}
		if step := tt.Decide(s, now.Add(time.Hour)); step.Do != "" {
			t.Errorf("what waits begins beside the other: %+v", step)
		}
		s.Going = false
		if step := tt.Decide(s, now.Add(time.Hour)); step.Do != timetable.Begin || !step.Due.Equal(now) {
			t.Errorf("what waits does not begin: %+v", step)
		}
	}
}

func TestADowntimeIsCaughtUpOnceOrNotAtAllAsDeclared(t *testing.T) {
	t.Parallel()
	seen, now := at("2026-11-20 04:00"), at("2026-11-27 09:00")
	for catchUp, want := range map[string]string{"": timetable.Begin, evidence.CatchUpOnce: timetable.Begin, evidence.CatchUpNone: timetable.Skip} {
		tt := table(t, evidence.Campaign{Schedule: "0 3 * * *", CatchUp: catchUp})
		step := tt.Decide(timetable.State{Seen: seen}, now)
		if step.Do != want || step.Missed != 6 || !step.Due.Equal(at("2026-11-27 03:00")) || step.Reason != timetable.ByDowntime || !strings.Contains(step.Words, "7") {
			t.Errorf("catch_up %q: %+v", catchUp, step)
		}
		if again := tt.Decide(timetable.State{Seen: step.Due}, now); again.Do != "" {
			t.Errorf("and again: %+v", again)
		}
	}
	minutely := table(t, evidence.Campaign{Schedule: "* * * * *"})
	if last, n := minutely.Due(at("2025-01-01 00:00"), now); n != 1000 || !last.Equal(now) {
		t.Errorf("a year of minutes: %d, last %s", n, last)
	}
}

func TestWhatIsDueInClosedHoursWaitsForOpenOnes(t *testing.T) {
	t.Parallel()
	tt := table(t, evidence.Campaign{Schedule: "0 9 * * *", Closed: []evidence.Window{{From: "08:30", To: "18:00", Days: []string{evidence.WorkDays}}}})
	now := at("2026-11-27 09:00")
	step := tt.Decide(timetable.State{Seen: now.Add(-time.Minute)}, now)
	if step.Do != timetable.Queue || step.Reason != timetable.ByClosed {
		t.Fatalf("%+v", step)
	}
	s := timetable.State{Seen: now, Waiting: now}
	if step := tt.Decide(s, at("2026-11-27 17:59")); step.Do != "" {
		t.Errorf("%+v", step)
	}
	if step := tt.Decide(s, at("2026-11-27 18:00")); step.Do != timetable.Begin {
		t.Errorf("%+v", step)
	}
	dates := tt.Ahead(at("2026-11-27 00:00"), 48*time.Hour, 10)
	if len(dates) != 2 || dates[0].Blocked.Open || !dates[1].Blocked.Open {
		t.Errorf("ahead: %+v", dates)
	}
}

func TestTimesThatNobodyCouldKeepAreRefused(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]evidence.Campaign{
		"schedule": {Schedule: "every day"}, "zone": {Zone: "Asia/Atlantis"}, "window": {Window: &evidence.Window{From: "20", To: "21:00"}},
		"closed.0": {Closed: []evidence.Window{{From: "08:00", To: "08:00"}}}, "closed.1": {Closed: []evidence.Window{{From: "08:00", To: "09:00"}, {From: "08:00", To: "09:00", Days: []string{"someday"}}}},
		"blackout.0": {Blackout: []string{"2026-02-30"}}, "blackout.1": {Blackout: []string{evidence.RestDays, "2026-10-08..2026-10-01"}},
		"overlap": {Overlap: "perhaps"}, "catch_up": {CatchUp: "always"},
	} {
		faults := timetable.Check(c)
		if len(faults) != 1 || faults[0].Key != key {
			t.Errorf("%s: %v", key, faults)
		}
	}
	if faults := timetable.Check(evidence.Campaign{Schedule: "CRON_TZ=UTC 0 3 * * *"}); len(faults) != 1 {
		t.Errorf("a zone in the line: %v", faults)
	}
}

func FuzzTimes(f *testing.F) {
	f.Add("0 3 * * *", "Europe/Berlin", "20:00", "06:00", "2026-10-01..2026-10-08")
	f.Add("@every 1s", "", "24:00", "00:00", evidence.RestDays)
	f.Fuzz(func(t *testing.T, line, zone, from, to, dark string) {
		c := evidence.Campaign{Schedule: line, Zone: zone, Window: &evidence.Window{From: from, To: to}, Blackout: []string{dark}}
		tt, err := timetable.New(c, nil)
		if err != nil {
			return
		}
		now := at("2026-11-27 09:00")
		if last, n := tt.Due(now.Add(-time.Hour), now); n > 0 && last.After(now) {
			t.Fatalf("%q is due at %s, after %s", line, last, now)
		}
		if edge := tt.Edge(now); !edge.IsZero() && tt.Hours(edge).Open == tt.Hours(now).Open {
			t.Fatalf("%s is no edge", edge)
		}
		tt.Decide(timetable.State{Seen: now.Add(-24 * time.Hour)}, now)
	})
}
