package norm

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"probity/pipeline/evidence"
)

const (
	cnDigits = `[零〇○ＯOo0-9一二三四五六七八九壹贰叁肆伍陆柒捌玖]`
	cnDay    = `[零〇○0-9一二三四五六七八九十廿卅壹贰叁肆伍陆柒捌玖拾]`
)

var (
	dashed  = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$`)
	compact = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:\d{6})?$`)
	written = regexp.MustCompile(`(` + cnDigits + `{4})\s*年\s*(` + cnDay + `{1,3})\s*月\s*(` + cnDay + `{1,3})\s*[日号]`)
	inText  = regexp.MustCompile(written.String() + `|(\d{4})([-/.])(\d{1,2})([-/.])(\d{1,2})`)
	clock   = regexp.MustCompile(`^\s*(?:[上下]午)?\s*\d{1,2}\s*[:时]\s*\d{1,2}(?:\s*[:分]\s*\d{1,2}\s*秒?|\s*分)?$`)
)

// Date reads one day: 2026-11-02, 2026/11/2, 2026.11.2, 20190709,
// 2026年11月2日, 二〇一六年十一月二十一日, each also with a time of day, which is
// dropped (a stated zone is brought to Shanghai first). unit excel reads a
// serial of the 1900 date system, unix and unix_ms an instant. A date without
// year or day, one that no calendar has, and years before 1900 are refused.
func Date(s, unit string) (evidence.Date, error) {
	v := strings.TrimSpace(Narrow(s))
	switch unit {
	case "excel":
		if plain.MatchString(v) {
			return excelDate(v)
		}
	case "unix", "unix_ms":
		return instant(v, unit)
	}
	if m := dashed.FindStringSubmatch(v); m != nil {
		return clocked(m)
	}
	if m := compact.FindStringSubmatch(v); m != nil {
		return ymd(m[1], m[2], m[3])
	}
	if at := written.FindStringSubmatchIndex(v); at != nil && at[0] == 0 && (at[1] == len(v) || clock.MatchString(v[at[1]:])) {
		m := written.FindStringSubmatch(v)
		return chineseDate(m[1], m[2], m[3])
	}
	return "", refuse("date", s, "not a full date in a form known here")
}

// Dates returns the full dates in running text, in order.
func Dates(text string) []Found {
	var out []Found
	narrow := Narrow(text) // rune for rune, so that places hold
	place := ruler{text: narrow}
	for _, at := range inText.FindAllStringSubmatchIndex(narrow, -1) {
		group := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return narrow[at[2*i]:at[2*i+1]]
		}
		var d evidence.Date
		var err error
		switch {
		case group(1) != "":
			d, err = chineseDate(group(1), group(2), group(3))
		case group(5) != group(7) || isDigitAt(narrow, at[0]-1) || isDigitAt(narrow, at[1]):
			continue
		default:
			d, err = ymd(group(4), group(6), group(8))
		}
		if err == nil {
			out = append(out, place.found(at[0], at[1], string(d)))
		}
	}
	return out
}

func isDigitAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// clocked reads a dashed date with an optional time of day and zone.
func clocked(m []string) (evidence.Date, error) {
	day, err := ymd(m[1], m[2], m[3])
	if err != nil || m[4] == "" {
		return day, err
	}
	hour, _ := strconv.Atoi(m[4])
	minute, _ := strconv.Atoi(m[5])
	second, _ := strconv.Atoi("0" + m[6])
	if hour > 24 || minute > 59 || second > 60 {
		return "", refuse("date", m[0], "no such time of day")
	}
	if m[7] == "" {
		return day, nil
	}
	zone := strings.ReplaceAll(strings.Replace(m[7], "Z", "+0000", 1), ":", "")
	t, err := time.Parse("2006-01-02 -0700", string(day)+" "+zone)
	if err != nil {
		return "", refuse("date", m[0], "no such zone")
	}
	return evidence.DateOf(t.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)), nil
}

func ymd(y, m, d string) (evidence.Date, error) {
	year, _ := strconv.Atoi(y)
	month, _ := strconv.Atoi(m)
	day, _ := strconv.Atoi(d)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, evidence.Shanghai)
	if year < 1900 || int(t.Month()) != month || t.Day() != day {
		return "", refuse("date", y+m+d, "no calendar has this day")
	}
	return evidence.DateOf(t), nil
}

// chineseDate reads the parts of …年…月…日: years digit by digit, month and day
// as digits or numbers (十一, 廿一, 11).
func chineseDate(y, m, d string) (evidence.Date, error) {
	return ymd(smallNumber(y), smallNumber(m), smallNumber(d))
}

// smallNumber turns 二〇一六, 十一, 廿一, 三十 into digits; what it cannot read
// becomes "", which no calendar has.
func smallNumber(s string) string {
	s = strings.NewReplacer("廿", "二十", "卅", "三十").Replace(s)
	if strings.ContainsAny(s, "十拾") {
		n, err := Cardinal(s)
		if err != nil || !n.IsInt() {
			return ""
		}
		return n.Num().String()
	}
	var b strings.Builder
	for _, r := range s {
		switch d, ok := digitOf(r); {
		case ok:
			b.WriteByte(byte('0' + d))
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == 'O' || r == 'o': // a slip for 〇 that is common in signatures
			b.WriteByte('0')
		default:
			return ""
		}
	}
	return b.String()
}

// excelDate reads a serial of Excel's 1900 date system. It counts a 29
// February 1900 that never was, so serials up to 60 are refused.
func excelDate(s string) (evidence.Date, error) {
	whole, _, _ := strings.Cut(s, ".")
	n, err := strconv.Atoi(strings.ReplaceAll(whole, ",", ""))
	if err != nil || n <= 60 || n > 110_000 { // 2201
		return "", refuse("date", s, "not a serial between March 1900 and 2200")
	}
	return evidence.DateOf(time.Date(1899, 12, 30, 0, 0, 0, 0, evidence.Shanghai).AddDate(0, 0, n)), nil
}

func instant(s, unit string) (evidence.Date, error) {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || !n.IsInt64() || n.Sign() <= 0 {
		return "", refuse("date", s, "not an instant")
	}
	t := time.Unix(n.Int64(), 0)
	if unit == "unix_ms" {
		t = time.UnixMilli(n.Int64())
	}
	if t.Year() > 9999 {
		return "", refuse("date", s, "an instant beyond the year 9999")
	}
	return evidence.DateOf(t), nil
}
