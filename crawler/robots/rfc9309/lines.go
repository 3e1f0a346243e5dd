package rfc9309

import (
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A kind is what a line is about.
type kind int

const (
	unknown kind = iota
	userAgent
	allow
	disallow
	crawlDelay
	sitemap
)

// A line is one line that says something.
type line struct {
	kind   kind
	value  string
	number int    // from 1
	text   string // as it is written
}

// maxLine is how much of a line is read, as Google does: eight times the
// longest address of a browser that once ruled.
const maxLine = 2083*8 - 1

// lines yields the lines of a file that say something. Line ends are \n, \r\n
// and \r, and where the file is a web page also its tags.
func lines(s string) iter.Seq[line] {
	page := isPage(s)
	return func(yield func(line) bool) {
		for number := 1; s != ""; number++ {
			var raw string
			raw, s = cutLine(s)
			if !page {
				if l, ok := read(raw, number); ok && !yield(l) {
					return
				}
				continue
			}
			for part := range strings.FieldsFuncSeq(untagged(raw), func(r rune) bool { return r == '\n' }) {
				if l, ok := read(part, number); ok && !yield(l) {
					return
				}
			}
		}
	}
}

func cutLine(s string) (first, rest string) {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0:
		return s, ""
	case strings.HasPrefix(s[i:], "\r\n"):
		return s[:i], s[i+2:]
	}
	return s[:i], s[i+1:]
}

// isPage reports whether a file is a web page: some hosts dress up all they
// serve.
func isPage(s string) bool {
	s = strings.TrimLeftFunc(s[:min(len(s), 1024)], unicode.IsSpace)
	return strings.HasPrefix(s, "<") && len(s) > 1 && (s[1] == '!' || s[1] >= 'A' && s[1] <= 'z')
}

// untagged has line ends for tags.
func untagged(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for s != "" {
		from := strings.IndexByte(s, '<')
		if from < 0 {
			break
		}
		to := strings.IndexByte(s[from:], '>')
		if to < 0 {
			break
		}
		b.WriteString(s[:from])
		b.WriteByte('\n')
		s = s[from+to+1:]
	}
	b.WriteString(s)
	return b.String()
}

// read reads a line: a name, a colon, a value, a comment. Where the colon is
// missing, two words are a name and a value.
func read(raw string, number int) (line, bool) {
	if len(raw) > maxLine {
		raw = raw[:maxLine]
	}
	text := trim(raw)
	said, _, _ := strings.Cut(text, "#")
	said = trim(said)
	key, value, ok := strings.Cut(said, ":")
	if !ok {
		if key, value, ok = cutWord(said); !ok {
			return line{}, false
		}
	}
	l := line{kind: kindOf(trim(key)), value: trim(value), number: number, text: text}
	return l, l.kind != unknown
}

// trim drops white space, that of Chinese keyboards too.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == 0 })
}

func cutWord(s string) (first, second string, ok bool) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return "", "", false
	}
	second = strings.TrimLeft(s[i:], " \t")
	return s[:i], second, !strings.ContainsAny(second, " \t")
}

// kindOf knows a line by its name, also where that is misspelt: a Disallow
// that was meant is kept, an Allow only if it is written.
func kindOf(key string) kind {
	if len(key) < 4 || len(key) > 16 {
		return unknown
	}
	key = strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '_' || r == '\t':
			return -1
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, key)
	switch {
	case key == "allow":
		return allow
	case key == "sitemap":
		return sitemap
	case key == "crawldelay":
		return crawlDelay
	case near(key, "disallow") || key == "dissalow":
		return disallow
	case near(key, "useragent"):
		return userAgent
	}
	return unknown
}

// near reports whether a word is another but for one letter left out, put in,
// changed or exchanged with the next.
func near(got, want string) bool {
	for got != "" && want != "" && got[0] == want[0] {
		got, want = got[1:], want[1:]
	}
	for got != "" && want != "" && got[len(got)-1] == want[len(want)-1] {
		got, want = got[:len(got)-1], want[:len(want)-1]
	}
	return len(got) <= 1 && len(want) <= 1 || len(got) == 2 && len(want) == 2 && got[0] == want[1] && got[1] == want[0]
}

// delay reads a Crawl-delay in seconds, or with a unit; 0: it is none.
func delay(value string) time.Duration {
	value = strings.Replace(value, ",", ".", 1)
	end := strings.IndexFunc(value, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(value)
	}
	n, err := strconv.ParseFloat(strings.TrimRight(value[:end], "."), 64)
	if err != nil || n <= 0 {
		return 0
	}
	unit := time.Second
	switch strings.ToLower(word(value[end:])) {
	case "ms", "msec", "milliseconds":
		unit = time.Millisecond
	case "m", "min", "mins", "minute", "minutes":
		unit = time.Minute
	case "h", "hour", "hours":
		unit = time.Hour
	}
	return time.Duration(min(n, 1e6) * float64(unit))
}

// maxText is how much of a line goes with a decision.
const maxText = 300

// printable is a line as it goes into evidence: as text, and not for ever.
func printable(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(gb18030(s), "\ufffd")
	}
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func gb18030(s string) string {
	out, err := simplifiedchinese.GB18030.NewDecoder().String(s)
	if err != nil {
		return s
	}
	return out
}
