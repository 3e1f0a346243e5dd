package world

import "time"

// A Date is a day written 2006-01-02; dates compare as strings.
type Date string

// dayZero is day 0 of the world.
const dayZero = Date("2026-11-02")

// Day returns the date of a day of the world.
func Day(n int) Date { return dayZero.plusDays(n) }

// civil splits a date into numbers.
func (d Date) civil() (year, month, day int) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0, 0, 0
	}
	return t.Year(), int(t.Month()), t.Day()
}

func dateOf(year, month, day int) Date {
	return Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

func (d Date) plusDays(n int) Date {
	y, m, day := d.civil()
	return dateOf(y, m, day+n)
}

func daysIn(year, month int) int {
	_, _, d := dateOf(year, month+1, 0).civil()
	return d
}

// plusMonths is the same day n months later, or the last of that month where
// it has no such day (Civil Code art. 202). n may be negative.
func (d Date) plusMonths(n int) Date {
	y, m, day := d.civil()
	months := y*12 + m - 1 + n
	y, m = months/12, months%12+1
	return dateOf(y, m, min(day, daysIn(y, m)))
}

// monthsTo counts the completed months to a later date; negative when e is
// earlier. A month is complete on the corresponding day.
func (d Date) monthsTo(e Date) int {
	n := 0
	if e < d {
		for d.plusMonths(n) > e {
			n--
		}
		return n
	}
	for d.plusMonths(n+1) <= e {
		n++
	}
	return n
}

// daysTo counts the days to another date.
func (d Date) daysTo(e Date) int {
	a, _ := time.Parse(time.DateOnly, string(d))
	b, _ := time.Parse(time.DateOnly, string(e))
	return int(b.Sub(a).Hours() / 24)
}
