package rfc9309

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Rule is an Allow or Disallow line.
type Rule struct {
	Allow   bool
	Line    int    // from 1
	Text    string // as it is written
	pattern string // as the RFC reads it
	spelled string // as Google does; mostly the same
}

// rulesOf is what a line says: one rule, none if it is empty, and more where it
// can be meant in two ways.
func rulesOf(l line) []Rule {
	if l.value == "" {
		return nil
	}
	values := []string{l.value}
	if !utf8.ValidString(l.value) { // an address is sent in UTF-8 by most, in the page's charset by some
		values = append(values, gb18030(l.value))
	}
	var out []Rule
	for _, v := range values {
		r := Rule{Allow: l.kind == allow, Line: l.number, Text: printable(l.text), pattern: write(v, plain|high|pattern), spelled: write(v, high|pattern)}
		out = append(out, r)
		if dir, ok := index(r.pattern); ok && r.Allow {
			r.pattern = dir + "$"
			r.spelled = r.pattern
			out = append(out, r)
		}
	}
	return out
}

// index is the folder whose index page a pattern names.
func index(pattern string) (dir string, ok bool) {
	for _, name := range []string{"/index.html", "/index.htm"} {
		if dir, ok = strings.CutSuffix(pattern, name); ok {
			return dir + "/", true
		}
	}
	return "", false
}

func (r Rule) clone() Rule {
	same := r.pattern == r.spelled
	r.Text, r.pattern, r.spelled = strings.Clone(r.Text), strings.Clone(r.pattern), strings.Clone(r.spelled)
	if same {
		r.spelled = r.pattern
	}
	return r
}

func (r Rules) sort() {
	slices.SortStableFunc(r.list, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(len(b.pattern), len(a.pattern)), allowFirst(a, b))
	})
}

func allowFirst(a, b Rule) int {
	switch {
	case a.Allow == b.Allow:
		return 0
	case a.Allow:
		return -1
	}
	return 1
}

// Size is about how many bytes the rules take in memory.
func (r Rules) Size() int {
	n := 128
	for _, it := range r.list {
		n += 96 + len(it.Text) + 2*len(it.pattern)
	}
	return n
}

// Len is how many rules there are.
func (r Rules) Len() int { return len(r.list) }

// Decide says whether an address may be fetched, and which rule says so; a
// zero Rule: none speaks of it, and it may. The address may be whole or start
// with its path.
func (r Rules) Decide(address string) (allowed bool, by Rule) {
	if len(r.list) == 0 {
		return true, Rule{}
	}
	target := Target(address)
	asRead, asSpelled := write(target, plain|high), write(target, 0)
	by, found := r.first(func(it Rule) bool { return match(it.pattern, asRead) })
	if found && !by.Allow {
		return false, by
	}
	if other, ok := r.first(func(it Rule) bool { return match(it.spelled, asSpelled) }); ok && !other.Allow {
		return false, other
	}
	return true, by
}

func (r Rules) first(matches func(Rule) bool) (Rule, bool) {
	if i := slices.IndexFunc(r.list, matches); i >= 0 {
		return r.list[i], true
	}
	return Rule{}, false
}

// Matching are all rules that speak of an address, the one that decides first
// before the others.
func (r Rules) Matching(address string) (out []Rule) {
	target := Target(address)
	asRead, asSpelled := write(target, plain|high), write(target, 0)
	for _, it := range r.list {
		if match(it.pattern, asRead) || match(it.spelled, asSpelled) {
			out = append(out, it)
		}
	}
	return out
}

// Target is what rules are compared with: path and query of an address, "/"
// where it has none.
func Target(address string) string {
	address, _, _ = strings.Cut(address, "#")
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		end := strings.IndexAny(address, "/?")
		if end > 0 && strings.HasSuffix(address[:end], ":") || end == 0 {
			address = strings.TrimLeft(address[end:], "/")
			end = strings.IndexAny(address, "/?")
		}
		if end < 0 {
			return "/"
		}
		address = address[end:]
	}
	if !strings.HasPrefix(address, "/") {
		return "/" + address
	}
	return address
}

// match reports whether a pattern with * and a last $ matches a path from its
// start. Each part between stars is looked for once, from the left, in the
// rest that is left: time goes with the length of both.
func match(pattern, path string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	part, pattern, star := strings.Cut(pattern, "*")
	path, ok := strings.CutPrefix(path, part)
	if !ok || !star {
		return ok && (!anchored || path == "")
	}
	for {
		part, pattern, star = strings.Cut(pattern, "*")
		if !star && anchored {
			return strings.HasSuffix(path, part)
		}
		at := strings.Index(path, part)
		if at < 0 {
			return false
		}
		path = path[at+len(part):]
		if !star {
			return true
		}
	}
}

// How a path or pattern is written.
const (
	plain   = 1 << iota // %62 is b
	high                // what is not ASCII is percent-encoded
	pattern             // * and a last $ mean something
)

// write gives a path or pattern the form in which equal ones are equal bytes:
// hexadecimal in upper case, what no address may hold percent-encoded, as are
// stars and dollars that mean themselves (RFC 9309, 2.2.2 and 2.2.3; RFC 3986,
// 6.2.2).
func write(s string, how int) string {
	if settled(s, how) {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			if how&plain != 0 && unreserved(c) {
				b = append(b, c)
			} else {
				b = append(b, '%', hex[c>>4], hex[c&15])
			}
		case special(c, i == len(s)-1, how) || c == '%':
			b = append(b, '%', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// settled reports whether writing would change nothing.
func settled(s string, how int) bool {
	for i := range len(s) {
		if s[i] == '%' || special(s[i], i == len(s)-1, how) {
			return false
		}
	}
	return true
}

// special reports whether a byte has to be percent-encoded.
func special(c byte, last bool, how int) bool {
	switch {
	case c >= utf8.RuneSelf:
		return how&high != 0
	case c <= ' ' || c == 0x7f:
		return true
	case c == '*':
		return how&pattern == 0
	case c == '$':
		return how&pattern == 0 || !last
	}
	return strings.IndexByte("\"<>\\^`{|}", c) >= 0
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
