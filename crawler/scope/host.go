package scope

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// authority canonicalises host and port. Users and passwords are refused.
func authority(scheme, raw string) (string, error) {
	user, at, found := cutLast(raw, "@")
	if found && strings.Trim(user, ":") != "" || strings.Count(user, ":") > 1 {
		return "", errors.New("an address with a user is not visited")
	}
	name, port, found := cutLast(at, ":")
	if !found || strings.HasSuffix(at, "]") {
		name, port = at, ""
	}
	host, err := hostOf(name)
	if err != nil {
		return "", err
	}
	if port == "" {
		return host, nil
	}
	n, err := strconv.ParseUint(port, 10, 64)
	switch {
	case err != nil || n > 65535 || !digit(port[0]):
		return "", fmt.Errorf("%.20q is no port", port)
	case scheme == "http" && n == 80 || scheme == "https" && n == 443:
		return host, nil
	}
	return host + ":" + strconv.FormatUint(n, 10), nil
}

// cutLast cuts around the last sep; without one, all is behind it.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// hostOf is a host as a browser would ask for it (WHATWG URL, 3.5).
func hostOf(raw string) (string, error) {
	if inner, ok := strings.CutPrefix(raw, "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !a.Is6() || a.Zone() != "" || !strings.HasSuffix(inner, "]") {
			return "", fmt.Errorf("%.60q is no IPv6 address", raw)
		}
		return "[" + compressed(a.As16()) + "]", nil
	}
	name, err := url.PathUnescape(raw)
	if err != nil || !utf8.ValidString(name) {
		return "", fmt.Errorf("%.60q is no host name", raw)
	}
	if name, err = asciiHost(name); err != nil {
		return "", err
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" || name[0] == '.' || strings.Contains(name, "..") || strings.HasSuffix(name, ".") {
		return "", fmt.Errorf("%.60q is no host name", raw)
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; !numeric(last) {
		return name, nil
	}
	a, ok := ipv4(name)
	if !ok {
		return "", fmt.Errorf("%.60q is no IPv4 address", raw)
	}
	return a.String(), nil
}

// names makes host names ASCII as browsers do: UTS 46, nontransitional, with
// the checks of labels but for hyphens, underscores and length.
//
//nolint:gochecknoglobals // made once, never written
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.CheckJoiners(true),
	idna.CheckHyphens(false), idna.StrictDomainName(false), idna.VerifyDNSLength(false))

// asciiHost is a name as the domain name system knows it. One that is ASCII
// already is asked for as it is, also where it only looks like IDNA.
func asciiHost(name string) (string, error) {
	host := strings.ToLower(name)
	if !isASCII(name) {
		var err error
		if host, err = names.ToASCII(name); err != nil {
			return "", fmt.Errorf("%.60q is no host name", name)
		}
	}
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("#/:<>?@[\\]^|%", c) >= 0 {
			return "", fmt.Errorf("%.60q is no host name", name)
		}
	}
	return host, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// numeric reports whether a last label makes its host an IPv4 address.
func numeric(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return label != ""
	}
	_, ok := number(label)
	return ok
}

// number reads decimal, 0octal and 0xhexadecimal.
func number(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
		if s == "" {
			return 0, true
		}
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	if strings.ContainsAny(s, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 1 << 62, true // a number, beyond all addresses
	}
	return n, err == nil
}

// ipv4 reads an address of one to four numbers, of which the last fills what
// the others leave.
func ipv4(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, part := range parts {
		n, ok := number(part)
		left := 4 - i
		if i < len(parts)-1 {
			if left = 1; n > 255 {
				return netip.Addr{}, false
			}
		}
		if !ok || n >= 1<<(8*left) {
			return netip.Addr{}, false
		}
		sum = sum<<(8*left) | n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// compressed writes an IPv6 address in eight groups, the first longest run of
// zeros left out; an IPv4 address within is written like the rest.
func compressed(a [16]byte) string {
	var groups [8]uint16
	for i := range groups {
		groups[i] = uint16(a[2*i])<<8 | uint16(a[2*i+1])
	}
	from, length := -1, 1
	for i := 0; i < 8; i++ {
		n := 0
		for i+n < 8 && groups[i+n] == 0 {
			n++
		}
		if n > length {
			from, length = i, n
		}
		i += n
	}
	var b []byte
	for i := 0; i < 8; i++ {
		if i == from {
			b = append(b, "::"...)
			i += length - 1
			continue
		}
		if n := len(b); n > 0 && b[n-1] != ':' {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(groups[i]), 16)
	}
	return string(b)
}
