package robots

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A line is one line of a robots file: a name in lower case and its value.
type line struct {
	key, value string
	written    string // as it stands in the file
}

// lines reads a file. A byte order mark, whole or torn, is passed over;
// comments are cut; a line without a colon says nothing.
func lines(body []byte) []line {
	for _, mark := range []string{"\xef\xbb\xbf", "\xef\xbb", "\xef"} {
		if rest, ok := bytes.CutPrefix(body, []byte(mark)); ok {
			body = rest
			break
		}
	}
	var out []line
	for _, raw := range strings.FieldsFunc(string(body), func(r rune) bool { return r == '\n' || r == '\r' }) {
		text, _, _ := strings.Cut(raw, "#")
		key, value, ok := strings.Cut(text, ":")
		if !ok {
			continue
		}
		out = append(out, line{strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), strings.TrimSpace(raw)})
	}
	return out
}

// A rule is an Allow or Disallow.
type rule struct {
	allow   bool
	pattern string // percent-encoded
	written string
}

// rules are what a file says to one crawler.
type rules struct {
	list  []rule
	delay time.Duration
}

// rulesFor gathers the groups that name the product token, or else those for
// everybody (RFC 9309, 2.2.1).
func rulesFor(token string, file []line) rules {
	var named, all rules
	var forUs, forAll, inAgents, found bool
	for _, l := range file {
		if l.key == "user-agent" {
			if !inAgents {
				forUs, forAll = false, false
			}
			inAgents = true
			switch {
			case strings.HasPrefix(l.value, "*"):
				forAll = true
			case strings.EqualFold(productToken(l.value), token):
				forUs, found = true, true
			}
			continue
		}
		if l.key == "allow" || l.key == "disallow" || l.key == "crawl-delay" {
			inAgents = false
		}
		if forUs {
			named.take(l)
		}
		if forAll {
			all.take(l)
		}
	}
	if found {
		return named
	}
	return all
}

// productToken is the part of a user-agent line that names a crawler.
func productToken(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' })
	if end < 0 {
		return value
	}
	return value[:end]
}

func (r *rules) take(l line) {
	switch l.key {
	case "crawl-delay":
		if s, err := strconv.ParseFloat(l.value, 64); err == nil && s > 0 && s < 1e9 {
			r.delay = max(r.delay, time.Duration(s*float64(time.Second)))
		}
	case "allow", "disallow":
		for _, pattern := range encodings(l.value) {
			r.list = append(r.list, rule{l.key == "allow", pattern, l.written})
		}
	}
}

// encodings are the ways in which a rule may be meant: percent-encoded as its
// bytes stand, and where these are no UTF-8 also as GB18030, since a browser
// sends UTF-8. An empty rule says nothing.
func encodings(value string) []string {
	if value == "" {
		return nil
	}
	out := []string{normalise(value)}
	if !utf8.ValidString(value) {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(value); err == nil {
			out = append(out, normalise(s))
		}
	}
	return out
}

// decide finds the rule that decides about a path: the longest that matches,
// and of two that are equally long the one that allows (RFC 9309, 2.2.2).
func (r rules) decide(path string) (best rule, found bool) {
	path = normalise(path)
	for _, it := range r.list {
		if !match(it.pattern, path) {
			continue
		}
		if !found || cmp.Or(cmp.Compare(len(it.pattern), len(best.pattern)), compareAllow(it, best)) > 0 {
			best, found = it, true
		}
	}
	return best, found
}

func compareAllow(a, b rule) int {
	switch {
	case a.allow && !b.allow:
		return 1
	case b.allow && !a.allow:
		return -1
	}
	return 0
}

// match reports whether a pattern with * and a last $ matches a path from its
// start. It takes time in proportion to the product of their lengths at worst.
func match(pattern, path string) bool {
	anchored := strings.HasSuffix(pattern, "$")
	parts := strings.Split(strings.TrimSuffix(pattern, "$"), "*")
	rest, ok := strings.CutPrefix(path, parts[0])
	if !ok {
		return false
	}
	for i, part := range parts[1:] {
		if anchored && i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return !anchored || rest == ""
}

// normalise writes a path or rule so that equal ones are equal bytes: what is
// not ASCII, and blanks, percent-encoded; hexadecimal in upper case; unreserved
// characters plain (RFC 3986, 6.2.2).
func normalise(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				if c = byte(n); unreserved(c) {
					b.WriteByte(c)
				} else {
					b.Write([]byte{'%', hex[c>>4], hex[c&15]})
				}
				i += 2
				continue
			}
		}
		if c <= ' ' || c >= 0x7f {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
