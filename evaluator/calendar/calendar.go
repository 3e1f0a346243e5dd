// Package calendar counts working days and months as the law does.
//
// Holidays of China are set anew every year by a notice of the State Council,
// weekends are shifted to working days and back, so a working day cannot be
// computed: it is looked up in versioned tables (deploy/calendars). The table
// of a year may hold days of the December before it, so all tables are read
// together. A clock that enters a year without a table is provisional: only
// weekends and the holidays on fixed dates are known of it, and its end is not
// earlier than what is said here.
package calendar

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"probity/evaluator/strict"
	"probity/pipeline/evidence"
)

// A Calendar knows which days are worked, in the years that it has tables for.
type Calendar struct {
	off    map[evidence.Date]bool // of the days that differ from their weekday: true is free
	years  map[int]bool
	fixed  map[string]bool // month and day
	digest string
}

// year is the file of one year as holiday-cn writes it.
type year struct {
	Schema string   `json:"$schema"`
	ID     string   `json:"$id"`
	Year   int      `json:"year"`
	Papers []string `json:"papers"` // addresses of the notices
	Days   []struct {
		Name string        `json:"name"`
		Date evidence.Date `json:"date"`
		Off  bool          `json:"isOffDay"`
	} `json:"days"`
}

type statutory struct {
	Basis string   `json:"basis"`
	Note  string   `json:"note"`
	Fixed []string `json:"fixed"`
}

// Load reads all tables: files named after their year, and statutory.json.
// A table without days is one that is not published yet and counts as missing.
func Load(fsys fs.FS) (*Calendar, error) {
	c := &Calendar{off: map[evidence.Date]bool{}, years: map[int]bool{}, fixed: map[string]bool{}}
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list calendars: %w", err)
	}
	var all []string
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read calendar %s: %w", name, err)
		}
		if err := c.read(name, data); err != nil {
			return nil, fmt.Errorf("read calendar %s: %w", name, err)
		}
		all = append(all, name, evidence.DigestBytes(data))
	}
	if len(c.years) == 0 {
		return nil, fmt.Errorf("read calendars: %w: there is no table, so no working day is known", evidence.ErrNotFound)
	}
	c.digest = evidence.Digest("calendars", all...)
	return c, nil
}

func (c *Calendar) read(name string, data []byte) error {
	if name == "statutory.json" {
		var s statutory
		if err := strict.Decode(data, 1, &s); err != nil {
			return err
		}
		for _, d := range s.Fixed {
			c.fixed[d] = true
		}
		return nil
	}
	var y year
	if err := strict.Decode(data, 1, &y); err != nil {
		return err
	}
	if want := strings.TrimSuffix(name, ".json"); want != strconv.Itoa(y.Year) {
		return fmt.Errorf("%w: it says year %d", evidence.ErrInvalid, y.Year)
	}
	for _, d := range y.Days {
		if _, err := evidence.ParseDate(string(d.Date)); err != nil {
			return err
		}
		c.off[d.Date] = d.Off
	}
	if len(y.Days) > 0 {
		c.years[y.Year] = true
	}
	return nil
}

// Digest names the version of the tables: it goes with every clock that was
// counted by them, since a later table never moves a finished clock.
func (c *Calendar) Digest() string { return c.digest }

// Working reports whether a day is worked. known is false in a year without
// a table: then only weekends and fixed holidays are told apart.
func (c *Calendar) Working(d evidence.Date) (working, known bool) {
	t := d.Time()
	known = c.years[t.Year()]
	if off, ok := c.off[d]; ok {
		return !off, known
	}
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	return !weekend && (known || !c.fixed[t.Format("01-02")]), known
}

// WorkingDays returns the last of n working days after start, which is itself
// not counted (Civil Code art. 201). The clock ends at 24:00 of that day.
// provisional says that it entered a year without a table.
func (c *Calendar) WorkingDays(start evidence.Date, n int) (last evidence.Date, provisional bool) {
	last = start
	for n > 0 {
		last = last.AddDays(1)
		working, known := c.Working(last)
		provisional = provisional || !known
		if working {
			n--
		}
	}
	return last, provisional
}

// Publicity returns the last day on which a result is publicised for n
// working days (Measures art. 12: ten), which the standard's workflow names.
func (c *Calendar) Publicity(start evidence.Date, n int) (last evidence.Date, provisional bool) {
	return c.WorkingDays(start, n)
}

// Months returns the last day of a clock of n months: the corresponding day,
// or the month's last day where there is none (art. 202), and the first
// working day after it where that is a holiday (art. 203).
func (c *Calendar) Months(start evidence.Date, n int) (last evidence.Date, provisional bool) {
	last = start.AddMonths(n)
	for {
		working, known := c.Working(last)
		provisional = provisional || !known
		if working {
			return last, provisional
		}
		last = last.AddDays(1)
	}
}
