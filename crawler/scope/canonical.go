package scope

import (
	"errors"
	"fmt"
	"strings"

	"probity/pipeline/evidence"
)

// maxURL is the longest address that is taken: longer ones are made by
// machines for machines.
const maxURL = 2000

// Canonical writes an address so that equal ones are equal strings. It is read
// as a browser reads it (WHATWG URL Standard), and written in one form:
//
//   - http or https, in lower case; everything else is refused, and so are
//     users and passwords: what needs one is not public
//   - the host as a browser makes it: IDNA by UTS 46, nontransitional, in ASCII;
//     numbers that are an IPv4 address as one; IPv6 compressed. Then without a
//     last dot, and refused where a label is empty: no such name can be found
//   - no port that is the scheme's own
//   - dot segments resolved, in disguise too; empty segments stay, since some
//     servers tell them apart
//   - percent-encoding in upper case and only where it is needed: raw Chinese
//     as UTF-8, ~ plain, a lone % as %25 (RFC 3986, 6.2.2)
//   - the query in its order and spelling, since they may mean something; what
//     a source declares to mean nothing is dropped by its Gate. No query is the
//     same as an empty one
//   - no fragment
//
// An address that is in this form already costs one look at each byte and
// nothing else; all others take the long way.
func Canonical(raw string) (string, error) {
	if s, ok := plainURL(raw); ok {
		return s, nil
	}
	return canonical(raw, "")
}

// Resolve reads a reference as the page at base means it, and writes it as
// Canonical does. A base that is no web address is none.
func Resolve(base, ref string) (string, error) {
	if s, ok := plainURL(ref); ok {
		return s, nil
	}
	if s, ok := plainRef(base, ref); ok {
		return s, nil
	}
	if b, err := Canonical(base); err == nil {
		return canonical(ref, b)
	}
	return canonical(ref, "")
}

// canonical is the long way. The base is in canonical form, or empty.
func canonical(raw, base string) (string, error) {
	a, err := read(clean(raw), split(base))
	if err != nil {
		return "", fmt.Errorf("address %.200q: %w: %w", raw, evidence.ErrInvalid, err)
	}
	out := a.String()
	if len(out) > maxURL {
		return "", fmt.Errorf("address %.80q…: %w: %d characters, %d at most", raw, evidence.ErrInvalid, len(out), maxURL)
	}
	return out, nil
}

// clean drops what browsers drop: blanks around, tabs and line ends within,
// and the fragment; and turns the backslashes of a path round.
func clean(raw string) string {
	s := strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	s, _, _ = strings.Cut(s, "#")
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	end := strings.IndexByte(s, '?')
	if end < 0 {
		end = len(s)
	}
	return strings.ReplaceAll(s[:end], `\`, "/") + s[end:]
}

// An address is one in its parts.
type address struct {
	scheme string
	host   string // with its port
	path   string // from its slash
	query  string
}

func (a address) String() string {
	if a.query == "" {
		return a.scheme + "://" + a.host + a.path
	}
	return a.scheme + "://" + a.host + a.path + "?" + a.query
}

// split takes a canonical address apart.
func split(s string) (a address) {
	if s == "" {
		return a
	}
	a.scheme, s, _ = strings.Cut(s, "://")
	at := strings.IndexByte(s, '/')
	a.host, s = s[:at], s[at:]
	a.path, a.query, _ = strings.Cut(s, "?")
	return a
}

// read parses a reference that is clean.
func read(s string, base address) (address, error) {
	scheme, rest, ok := cutScheme(s)
	switch {
	case !ok && base.scheme == "":
		return address{}, errors.New("want http:// or https://")
	case !ok:
		return relative(s, base)
	case scheme != "http" && scheme != "https":
		return address{}, fmt.Errorf("scheme %.20q, want http:// or https://", scheme)
	case scheme == base.scheme && !strings.HasPrefix(rest, "//"): // http:x is x, as it was written long ago
		return relative(rest, base)
	}
	return absolute(scheme, strings.TrimLeft(rest, "/"))
}

func cutScheme(s string) (scheme, rest string, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' && i > 0:
			return strings.ToLower(s[:i]), s[i+1:], true
		case letter(c), i > 0 && (digit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return "", s, false
		}
	}
	return "", s, false
}

// absolute reads what begins with a host.
func absolute(scheme, s string) (a address, err error) {
	end := strings.IndexAny(s, "/?")
	if end < 0 {
		end = len(s)
	}
	a.scheme = scheme
	if a.host, err = authority(scheme, s[:end]); err != nil {
		return a, err
	}
	path, query, _ := strings.Cut(s[end:], "?")
	a.path, a.query = dots(encode(path, false)), encode(query, true)
	return a, nil
}

// relative reads what begins with a path, or less.
func relative(s string, base address) (address, error) {
	if strings.HasPrefix(s, "//") {
		return absolute(base.scheme, strings.TrimLeft(s, "/"))
	}
	path, query, asks := strings.Cut(s, "?")
	a := base
	switch {
	case path == "" && !asks:
		return a, nil
	case path == "":
	case path[0] == '/':
		a.path = dots(encode(path, false))
	default:
		a.path = dots(base.path[:strings.LastIndexByte(base.path, '/')+1] + encode(path, false))
	}
	a.query = encode(query, true)
	return a, nil
}

// encode writes percent-encoding canonically, byte by byte.
func encode(s string, query bool) string {
	const hex = "0123456789ABCDEF"
	if s == "" {
		return s
	}
	b := make([]byte, 0, len(s)+len(s)/2)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			if c = byte(unhex(s[i+1])<<4 | unhex(s[i+2])); unreserved(c) {
				b = append(b, c)
			} else {
				b = append(b, '%', hex[c>>4], hex[c&15])
			}
			i += 2
		case c == '%', c <= ' ', c >= 0x7f, query && c == '\'', strings.IndexByte("\"<>`{}|^\\", c) >= 0:
			b = append(b, '%', hex[c>>4], hex[c&15]) // a % here means itself
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// dots resolves dot segments.
func dots(path string) string {
	if !strings.Contains(path, "/.") {
		if path == "" {
			return "/"
		}
		return path
	}
	var out []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".", "..":
			if s == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

func unreserved(c byte) bool {
	return letter(c) || digit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func unhex(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
