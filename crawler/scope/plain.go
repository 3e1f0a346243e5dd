package scope

import (
	"bytes"
	"strings"
)

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
	n := plainLength(s)
	return s[:n], n > 0
}

// plainLength is how much of s is an address that is canonical as it stands: all
// but its fragment. 0 says nothing.
func plainLength[T string | []byte](s T) int {
	if !begins(s, "http") {
		return 0
	}
	at, own := 4, ":80/"
	if len(s) > 4 && s[4] == 's' {
		at, own = 5, ":443/"
	}
	if !begins(s[at:], "://") {
		return 0
	}
	at += 3
	n := plainHost(s[at:])
	if n <= 0 {
		return 0
	}
	at += n
	n = plainPort(s[at:])
	if at+n >= len(s) || s[at+n] != '/' || begins(s[at:], own) {
		return 0
	}
	m, ok := plainPath(s[at+n:])
	if at += n + m; !ok || at > maxURL {
		return 0
	}
	return at
}

func begins[T string | []byte](s T, with string) bool {
	if len(s) < len(with) {
		return false
	}
	for i := range len(with) {
		if s[i] != with[i] {
			return false
		}
	}
	return true
}

// plainHost is how long the plain name at the start of s is; 0: there is none.
// What may be an IPv4 address, or is IDNA already, takes the long way.
func plainHost[T string | []byte](s T) int {
	label := 0
	for i := range len(s) {
		c := s[i]
		if classes[c]&inHost != 0 {
			continue
		}
		switch {
		case i == label || begins(s[label:], "xn--"):
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

// plainPort is how long a port is, with its colon.
func plainPort[T string | []byte](s T) int {
	if len(s) < 2 || s[0] != ':' || s[1] == '0' {
		return 0
	}
	n, port := 1, 0
	for n < len(s) && n < 6 && digit(s[n]) {
		port = 10*port + int(s[n]-'0')
		n++
	}
	if n == 1 || port > 65535 {
		return 0
	}
	return n
}

// plainPath is how long the plain path and query at the start of s are, a
// fragment left out; false: something in them has to be written anew.
func plainPath[T string | []byte](s T) (int, bool) {
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

// A Base is the address of a page, ready to resolve plain references on.
type Base struct{ address string }

// NewBase returns the base that an address is, in its canonical form. False:
// it is no web address.
func NewBase(raw string) (Base, bool) {
	s, err := Canonical(raw)
	return Base{s}, err == nil
}

// Append appends to dst what Resolve makes of a reference that is canonical as
// it stands: nearly all links of nearly all pages. It allocates nothing but
// what dst needs. False says nothing, but that it takes the long way.
func (b Base) Append(dst, ref []byte) ([]byte, bool) {
	if len(ref) == 0 || len(b.address) < 8 || classes[ref[0]]&inPath == 0 || ref[0] == '.' || ref[0] == '/' && len(ref) > 1 && ref[1] == '/' {
		return dst, false
	}
	if n := plainLength(ref); n > 0 {
		return append(dst, ref[:n]...), true
	}
	n, ok := plainPath(ref)
	if !ok || ref[0] != '/' && bytes.IndexByte(ref[:n], ':') >= 0 {
		return dst, false
	}
	at := strings.IndexByte(b.address[8:], '/') + 8
	if ref[0] != '/' {
		path, _, _ := strings.Cut(b.address, "?")
		at = strings.LastIndexByte(path, '/') + 1
	}
	if at+n > maxURL {
		return dst, false
	}
	return append(append(dst, b.address[:at]...), ref[:n]...), true
}
