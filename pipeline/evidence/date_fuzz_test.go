package evidence

import "testing"

// A date that is read is written the same, and survives arithmetic.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-02", "2026-02-29", "0000-01-01", "9999-12-31", "２０２６-11-02", ""} {
		f.Add(s, 13)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if string(d) != s || d.AddDays(0) != d || d.Days(d) != 0 {
			t.Fatalf("%q became %q", s, d)
		}
		if n = n % 1200; d.Time().Year() > 100 && d.Time().Year() < 9000 && d.MonthsUntil(d.AddMonths(n)) != n && n > 0 {
			t.Fatalf("%s and %d months are %s", d, n, d.AddMonths(n))
		}
	})
}
