package scope

import "strings"

// The classes of bytes in an address that is plain.
const (
	inHost  = 1 << iota // a-z 0-9 - _
	inPath              // unreserved and sub-delims, : @ [ ]
	inQuery             // the same but ', and ?
)

// classes say where a byte may stand as it is.
//
//nolint:gochecknoglobals // a table, made once, never written
var classes = func() (t [256]uint8) {
	for c := range 128 {
		b := byte(c)
		if 'a' <= b && b <= 'z' || digit(b) || b == '-' || b == '_' {
			t[b] |= inHost
		}
		if unreserved(b) || strings.IndexByte("!$&()*+,;=:@[]/", b) >= 0 {
			t[b] |= inPath | inQuery
		}
	}
	t['\''] |= inPath
	t['?'] |= inQuery
	return t
}()

// plainURL returns an address that is canonical as it stands, but for its
// fragment. False says nothing.
func plainURL(s string) (string, bool) {
	rest, ok := strings.CutPrefix(s, "http")
	if !ok {
		return "", false
	}
	own := ":80/"
	if strings.HasPrefix(rest, "s") {
		own, rest = ":443/", rest[1:]
	}
	if !strings.HasPrefix(rest, "://") {
		return "", false
	}
	rest = rest[3:]
	n := plainHost(rest)
	if n <= 0 {
		return "", false
	}
	port := rest[n:]
	n += plainPort(port)
	if n >= len(rest) || rest[n] != '/' || strings.HasPrefix(port, own) {
		return "", false
	}
	m, ok := plainPath(rest[n:])
	if !ok {
		return "", false
	}
	s = s[:len(s)-len(rest)+n+m]
	return s, len(s) <= maxURL
}

// plainHost is how long the plain name at the start of s is; 0: there is none.
// What may be an IPv4 address, or is IDNA already, takes the long way.
func plainHost(s string) int {
	label := 0
	for i := range len(s) {
		c := s[i]
		if classes[c]&inHost != 0 {
			continue
		}
		switch {
		case i == label || strings.HasPrefix(s[label:], "xn--"):
			return 0
		case c == '.':
			label = i + 1
			continue
		case digit(s[label]):
			return 0
		}
		return i
	}
	return 0
}

// plainPort is how long a port of one to four digits is, with its colon.
func plainPort(s string) int {
	if len(s) < 2 || s[0] != ':' || s[1] == '0' {
		return 0
	}
	n := 1
	for n < len(s) && n < 5 && digit(s[n]) {
		n++
	}
	if n == 1 {
		return 0
	}
	return n
}

// plainPath is how long the plain path and query at the start of s are, a
// fragment left out; false: something in them has to be written anew.
func plainPath(s string) (int, bool) {
	class, asks := uint8(inPath), -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '/' && asks < 0 && i+1 < len(s) && s[i+1] == '.':
			return 0, false
		case classes[c]&class != 0:
		case c == '?':
			class, asks = inQuery, i
		case c == '%':
			if i+2 >= len(s) || !upperHex(s[i+1]) || !upperHex(s[i+2]) || unreserved(byte(unhex(s[i+1])<<4|unhex(s[i+2]))) {
				return 0, false
			}
			i += 2
		case c == '#':
			return i, asks != i-1
		default:
			return 0, false
		}
	}
	return len(s), asks != len(s)-1
}

func upperHex(c byte) bool { return digit(c) || 'A' <= c && c <= 'F' }

// plainRef resolves a reference that is canonical as it stands, on a base that
// is. False says nothing.
func plainRef(base, ref string) (string, bool) {
	if ref == "" || strings.HasPrefix(ref, "//") || classes[ref[0]]&inPath == 0 || ref[0] == '.' {
		return "", false
	}
	n, ok := plainPath(ref)
	if !ok || ref[0] != '/' && strings.IndexByte(ref[:n], ':') >= 0 {
		return "", false
	}
	if base, ok = plainURL(base); !ok {
		return "", false
	}
	at := strings.IndexByte(base[8:], '/') + 8
	if ref[0] != '/' {
		path, _, _ := strings.Cut(base, "?")
		at = strings.LastIndexByte(path, '/') + 1
	}
	if at+n > maxURL {
		return "", false
	}
	return base[:at] + ref[:n], true
}
