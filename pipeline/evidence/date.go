package evidence

import (
	"fmt"
	"time"
)

// Shanghai is the time zone of every date in the house: UTC+8, without
// daylight saving since 1991. It is fixed so that no zone file is needed.
//
//nolint:gochecknoglobals // a constant in all but syntax
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// A Date is a day in Asia/Shanghai, written 2006-01-02. Dates compare as
// strings; the empty Date means that none is known.
type Date string

// DateOf returns the day of t in Asia/Shanghai.
func DateOf(t time.Time) Date { return Date(t.In(Shanghai).Format(time.DateOnly)) }

// ParseDate reads a date written 2006-01-02 and refuses all else.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Format(time.DateOnly) != s {
		return "", fmt.Errorf("date %q: %w: want one like 2026-11-02", s, ErrInvalid)
	}
	return Date(s), nil
}

// Time returns the first moment of the day, in Asia/Shanghai; the zero time
// for an empty or malformed date.
func (d Date) Time() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), Shanghai)
	if err != nil {
		return time.Time{}
	}
	return t
}

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// AddMonths returns the corresponding day n months later, or the last day of
// that month where there is none (Civil Code art. 202).
func (d Date) AddMonths(n int) Date {
	t := d.Time()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, Shanghai)
	last := first.AddDate(0, 1, -1).Day()
	return DateOf(first.AddDate(0, 0, min(t.Day(), last)-1))
}

// MonthsUntil returns the completed months from d to e: the largest n with
// d.AddMonths(n) <= e (Civil Code art. 201-203). It is negative when e is
// before d.
func (d Date) MonthsUntil(e Date) int {
	a, b := d.Time(), e.Time()
	n := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
	if d.AddMonths(n) > e {
		n--
	}
	return n
}

// Days returns the days from d to e.
func (d Date) Days(e Date) int { return int(e.Time().Sub(d.Time()).Hours() / 24) }
