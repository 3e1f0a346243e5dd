package calendar_test

import (
	"testing"
	"testing/fstest"

	"probity/deploy/calendars"
	"probity/evaluator/calendar"
	"probity/pipeline/evidence"
)

func load(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load(calendars.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The dates of DOMAIN 4.4, each from the published tables.
func TestPublicityLastsTenWorkingDays(t *testing.T) {
	c := load(t)
	for _, tc := range []struct{ start, last evidence.Date }{
		{"2018-02-09", "2018-02-28"},
		{"2018-09-21", "2018-10-11"},
		{"2024-09-09", "2024-09-24"},
		{"2025-01-17", "2025-02-07"},
		{"2025-09-22", "2025-10-11"},
		{"2026-02-10", "2026-03-02"},
		{"2026-02-13", "2026-03-05"},
		{"2026-04-24", "2026-05-12"},
		{"2026-09-14", "2026-09-28"}, // Sunday 09-20 is worked
		{"2026-09-18", "2026-10-09"},
		{"2026-09-30", "2026-10-20"},
		{"2026-12-17", "2026-12-31"}, // the last start that stays within the tables
	} {
		if last, provisional := c.Publicity(tc.start, 10); last != tc.last || provisional {
			t.Errorf("from %s: %s, provisional %v; want %s", tc.start, last, provisional, tc.last)
		}
	}
}

func TestAReviewLastsFiveWorkingDays(t *testing.T) {
	c := load(t)
	for start, want := range map[evidence.Date]evidence.Date{"2026-09-14": "2026-09-20", "2026-09-28": "2026-10-10"} {
		if last, _ := c.WorkingDays(start, 5); last != want {
			t.Errorf("from %s: %s, want %s", start, last, want)
		}
	}
}

func TestDecemberDaysOfTheNextYearsTableCount(t *testing.T) {
	c := load(t)
	for day, want := range map[evidence.Date]bool{
		"2018-12-29": true,  // a Saturday, worked, in the table of 2019
		"2018-12-31": false, // a Monday, free, in the table of 2019
		"2022-12-31": false,
	} {
		if working, known := c.Working(day); working != want || !known {
			t.Errorf("%s: working %v, known %v", day, working, known)
		}
	}
}

func TestAClockThatEntersAYearWithoutATableIsProvisional(t *testing.T) {
	c := load(t)
	last, provisional := c.Publicity("2026-12-21", 10)
	if !provisional || last < "2027-01-05" {
		t.Errorf("ends %s, provisional %v; New Year's Day is no working day in any year", last, provisional)
	}
	if _, provisional := c.Publicity("2026-12-18", 10); !provisional {
		t.Error("begun on 12-18 it ends in 2027 and must be provisional")
	}
}

func TestTenWorkingDaysSpanElevenToTwentyTwoDays(t *testing.T) {
	c := load(t)
	least, most := 99, 0
	for d := evidence.Date("2018-01-01"); d <= "2026-12-10"; d = d.AddDays(1) {
		last, _ := c.Publicity(d, 10)
		least, most = min(least, d.Days(last)), max(most, d.Days(last))
	}
	if least != 11 || most != 22 {
		t.Errorf("span %d to %d", least, most)
	}
}

// Civil Code art. 202 and 203.
func TestMonthsEndOnTheCorrespondingDay(t *testing.T) {
	for _, tc := range []struct {
		start evidence.Date
		n     int
		want  evidence.Date
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2026-01-30", 1, "2026-02-28"},
		{"2026-03-31", 1, "2026-04-30"},
		{"2026-02-28", 1, "2026-03-28"},
		{"2026-08-31", 6, "2027-02-28"},
		{"2026-12-15", 1, "2027-01-15"},
		{"2024-02-29", 12, "2025-02-28"},
	} {
		if got := tc.start.AddMonths(tc.n); got != tc.want {
			t.Errorf("%s + %d months: %s, want %s", tc.start, tc.n, got, tc.want)
		}
	}
	c := load(t)
	if last, _ := c.Months("2026-09-01", 1); last != "2026-10-08" {
		t.Errorf("a clock that ends on 10-01 runs to the first working day after the holiday, got %s", last)
	}
}

func TestAnEmptyTableIsNoTable(t *testing.T) {
	fsys := fstest.MapFS{
		"2026.json": {Data: []byte(`{"year":2026,"papers":[],"days":[{"name":"元旦","date":"2026-01-01","isOffDay":true}]}`)},
		"2027.json": {Data: []byte(`{"year":2027,"papers":[],"days":[]}`)},
	}
	c, err := calendar.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if _, known := c.Working("2027-03-01"); known {
		t.Error("nothing is known of 2027")
	}
}

func TestACalendarIsReadStrictly(t *testing.T) {
	for name, data := range map[string]string{
		"2026.json": `{"year":2025,"days":[]}`,
		"2025.json": `{"year":2025,"dayz":[]}`,
		"2024.json": `{"year":2024,"days":[{"name":"x","date":"2024-13-01","isOffDay":true}]}`,
	} {
		if _, err := calendar.Load(fstest.MapFS{name: {Data: []byte(data)}}); err == nil {
			t.Errorf("%s was accepted: %s", name, data)
		}
	}
}
