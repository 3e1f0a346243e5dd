package scope

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"probity/pipeline/evidence"
)

// maxURL is the longest address that is taken: longer ones are made by
// machines for machines.
const maxURL = 2000

// Canonical writes an address so that equal ones are equal strings (RFC 3986,
// 6.2.2): scheme and host in lower case, the host in ASCII, no default port,
// no fragment, dot segments resolved, percent-encoding in upper case and only
// where it is needed, raw Chinese encoded as UTF-8. Order and spelling of the
// query stay, since they may mean something.
func Canonical(raw string) (string, error) {
	s := clean(raw)
	s, _, _ = strings.Cut(s, "#")
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return "", fmt.Errorf("address %q: %w: want http:// or https://", raw, evidence.ErrInvalid)
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, err := authority(scheme, rest[:end])
	if err != nil {
		return "", fmt.Errorf("address %q: %w: %w", raw, evidence.ErrInvalid, err)
	}
	path, query, _ := strings.Cut(rest[end:], "?")
	out := scheme + "://" + host + dots(encode(path))
	if query != "" {
		out += "?" + encode(query)
	}
	if len(out) > maxURL {
		return "", fmt.Errorf("address %.80q…: %w: %d characters, %d at most", raw, evidence.ErrInvalid, len(out), maxURL)
	}
	return out, nil
}

// clean drops what browsers drop: blanks around, tabs and line ends within,
// and turns the backslashes of a path round.
func clean(raw string) string {
	s := strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	end := strings.IndexAny(s, "?#")
	if end < 0 {
		end = len(s)
	}
	return strings.ReplaceAll(s[:end], `\`, "/") + s[end:]
}

// authority canonicalises host and port. Users and passwords are refused.
func authority(scheme, raw string) (string, error) {
	if strings.Contains(raw, "@") {
		return "", errors.New("an address with a user is not visited")
	}
	if host, err := url.PathUnescape(raw); err == nil && !strings.HasPrefix(raw, "[") {
		raw = host
	}
	u, err := url.Parse(scheme + "://" + raw)
	if err != nil {
		return "", err
	}
	if u.Host != raw { // what was encoded was more than a name
		return "", fmt.Errorf("%q is no host", raw)
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if strings.Contains(host, ":") { // IPv6
		host = "[" + strings.ToLower(host) + "]"
	} else if host, err = asciiHost(host); err != nil {
		return "", err
	}
	if u.Port() == "" {
		return host, nil
	}
	n, err := strconv.Atoi(u.Port())
	switch {
	case err != nil || n < 1 || n > 65535:
		return "", fmt.Errorf("%q is no port", u.Port())
	case n == map[string]int{"http": 80, "https": 443}[scheme]:
		return host, nil
	}
	return host + ":" + strconv.Itoa(n), nil
}

// asciiHost is a host name as the domain name system knows it (IDNA 2008).
func asciiHost(name string) (string, error) {
	host, err := idna.Lookup.ToASCII(name)
	if err == nil && utf8.ValidString(name) && host != "" {
		// What it makes must be a name itself: some of what it lets in is not.
		if again, err := idna.Lookup.ToASCII(host); err == nil && again == host {
			return host, nil
		}
	}
	return "", fmt.Errorf("%q is no host name", name)
}

// encode writes percent-encoding canonically, byte by byte.
func encode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			n, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8)
			if err != nil || i+2 >= len(s) {
				b.WriteString("%25") // a percent sign that means itself
				continue
			}
			if c = byte(n); plain(c) {
				b.WriteByte(c)
			} else {
				b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			}
			i += 2
			continue
		}
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`{}|^\\", c) >= 0 {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// dots resolves dot segments (RFC 3986, 5.2.4). Empty segments stay: some
// servers tell them apart.
func dots(path string) string {
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

// resolve reads a reference as the page at base means it.
func resolve(base, ref string) (string, error) {
	b, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("address %q: %w: %w", base, evidence.ErrInvalid, err)
	}
	ref, _, _ = strings.Cut(clean(ref), "#")
	path, query, has := strings.Cut(ref, "?")
	ref = encode(path)
	if has {
		ref += "?" + encode(query)
	}
	u, err := b.Parse(ref)
	if err != nil {
		return "", fmt.Errorf("address %q on %s: %w: %w", ref, base, evidence.ErrInvalid, err)
	}
	return Canonical(u.String())
}
