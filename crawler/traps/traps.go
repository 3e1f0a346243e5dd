// Package traps knows the places in which a crawler runs on for ever: paths
// that repeat themselves, queries that grow, calendars without end, session
// ids that make every page a new one, pages that say "not found" with a
// status of 200, and the same page over and over.
//
//	Address          what an address gives away by itself
//	WithoutSession   the address less its session id
//	Print, Shelf     how alike two pages are (simhash), and which are nearly so
//	Likes            pages alike, by host
//	Errors           error pages that were learned, by host
//	Purse            what a host or a source has spent, within one process
//
// Why so: everything is a pure function or holds its state in plain sight, so
// that a refusal can be explained. Likeness is a hint for reports and for
// where not to go further; no page is dropped for it, since two penalties of
// one office differ in a name only.
//
// It refuses to guess: a rule that would cost a page of an honest site has no
// place here. An archive of 2009 is no calendar trap.
package traps

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reasons of refusal, in one word for counters.
const (
	Repeats  = "trap"          // the path repeats itself
	Grows    = "trap_query"    // the query does
	Calendar = "trap_calendar" // a date that no page can be about
)

// Limits of an address.
const (
	maxSegments = 30
	maxSame     = 3 // times the same segment
	maxPairs    = 40
	maxSameName = 8 // times the same query field, as check boxes send it
)

// Address returns the trap that an address gives away, or "". now is the day
// from which a calendar's dates are judged.
func Address(address string, now time.Time) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch {
	case repeats(u.Path):
		return Repeats
	case grows(u.RawQuery):
		return Grows
	case calendar(u, now):
		return Calendar
	}
	return ""
}

// repeats reports whether a path has a segment more than three times, a
// sequence of segments three times in a row, or more than thirty segments:
// what links that lead into themselves make.
func repeats(path string) bool {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > maxSegments {
		return true
	}
	count := map[string]int{}
	for _, s := range segments {
		if count[s]++; s != "" && count[s] > maxSame {
			return true
		}
	}
	for length := 2; length*3 <= len(segments); length++ {
		for at := 0; at+3*length <= len(segments); at++ {
			if same(segments[at:at+length], segments[at+length:at+2*length]) && same(segments[at:at+length], segments[at+2*length:at+3*length]) {
				return true
			}
		}
	}
	return false
}

func same(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// grows reports whether a query is one that pages make longer and longer:
// many fields, one name with the same value again and again, or an address
// within an address within an address.
func grows(query string) bool {
	if query == "" {
		return false
	}
	pairs, names, n := map[string]int{}, map[string]int{}, 0
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, _, _ := strings.Cut(pair, "=")
		n++
		pairs[pair]++
		names[name]++
		if n > maxPairs || pairs[pair] > 2 || names[name] > maxSameName {
			return true
		}
	}
	lower := strings.ToLower(query)
	return strings.Contains(lower, "%252525") || strings.Count(lower, "http%3a")+strings.Count(lower, "http%253a")+strings.Count(lower, "https%3a")+strings.Count(lower, "https%253a") > 2
}

// calendar reports whether an address asks for a date that no page can be
// about: before 1949, or more than two years from now (no page of a republic's
// office is older, and nobody announces further ahead). The date must be one
// plainly: /2031/05/, month=2031-05, year=2031 beside month=5.
func calendar(u *url.URL, now time.Time) bool {
	far := func(year int) bool { return year < 1949 || year > now.Year()+2 }
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, s := range segments {
		if year, ok := yearMonth(s); ok && far(year) {
			return true
		}
		if year, ok := number(s, 4, 1900, 2200); ok && far(year) && i+1 < len(segments) {
			if _, month := number(segments[i+1], 0, 1, 12); month {
				return true
			}
		}
	}
	var year, month int
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(strings.ToLower(pair), "=")
		if y, ok := yearMonth(value); ok && far(y) {
			return true
		}
		switch name {
		case "y", "yr", "year", "nian", "nf":
			year, _ = number(value, 4, 1900, 2200)
		case "m", "mon", "month", "yue", "yf":
			month, _ = number(value, 0, 1, 12)
		}
	}
	return year > 0 && month > 0 && far(year)
}

// yearMonth reads 2031-05 and 2031-05-01. Eight digits in a row are as often
// the number of a document, so they are no date here.
func yearMonth(s string) (int, bool) {
	parts := strings.Split(s, "-")
	if len(parts) != 2 && len(parts) != 3 {
		return 0, false
	}
	year, ok := number(parts[0], 4, 1900, 2200)
	_, month := number(parts[1], 2, 1, 12)
	if len(parts) == 3 {
		_, day := number(parts[2], 2, 1, 31)
		return year, ok && month && day
	}
	return year, ok && month
}

// number reads digits between two bounds, of that many digits where that is
// not 0.
func number(s string, digits, least, most int) (int, bool) {
	if digits > 0 && len(s) != digits || len(s) > 4 || len(s) == 0 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && s[0] != '-' && s[0] != '+' && n >= least && n <= most
}
