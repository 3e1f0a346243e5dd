package discover

import (
	"strings"
	"time"

	"probity/pipeline/evidence"
)

// Date reads a date as documents write it: the W3C's profile of ISO 8601 from
// the year to the fraction of a second, without a zone as well (then
// Asia/Shanghai), and the mail dates of RSS (RFC 822, four-digit years). A
// date alone means its beginning. False: it is none, or not between 1990 and
// 2100, which no page of ours is.
func Date(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if len(text) < 4 || len(text) > 64 {
		return time.Time{}, false
	}
	for _, layout := range layouts() {
		t, err := time.ParseInLocation(layout, text, evidence.Shanghai)
		if err == nil && t.Year() >= 1990 && t.Year() <= 2100 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func layouts() []string {
	return []string{
		time.RFC3339, "2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01", "2006",
		"2006/01/02 15:04:05", "2006/01/02", "2006年1月2日", "2006-1-2",
		"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
		"Mon, 2 Jan 2006 15:04 -0700", "Mon, 2 Jan 2006 15:04 MST", "Monday, 02-Jan-06 15:04:05 MST",
	}
}
