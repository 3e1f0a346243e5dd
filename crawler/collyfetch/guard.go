package collyfetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// reserved are the blocks that hold no public host: RFC 6890 and its
// successors in IANA's special-purpose registries, multicast, and the
// metadata services of clouds. Of IPv6 only 2000::/3 is public at all, which
// leaves out loopback, link-local, unique local, v4-compatible and NAT64;
// forms that carry an IPv4 address within (6to4, Teredo) are refused whole,
// since what they reach is decided elsewhere.
//
//nolint:gochecknoglobals // parsed once, never written
var reserved = func() (all []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

// public reports whether an address may be dialled without a pin.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("") // v4-in-v6 is judged as the IPv4 address that it is
	if !a.IsValid() || a.Is6() && !netip.MustParsePrefix("2000::/3").Contains(a) {
		return false
	}
	return !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// closed are ports on which other protocols listen: those that browsers block
// (Fetch standard, 2.9) and common databases. A crawler has no business there.
//
//nolint:gochecknoglobals // a table
var closed = []int{
	1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119,
	123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 873, 989, 990,
	993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5900, 6000, 6379, 6566, 6665, 6666, 6667,
	6668, 6669, 6679, 6697, 9200, 9300, 10080, 11211, 27017,
}

func forbidden(reason, format string, args ...any) error {
	return &crawler.FaultError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// admitURL refuses what is no plain web address.
func admitURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return forbidden("invalid", "fetch %s: %w: %w", raw, evidence.ErrInvalid, err)
	case u.Scheme != "http" && u.Scheme != "https":
		return forbidden("scheme", "fetch %s: %w: scheme %q, want http or https", raw, evidence.ErrForbidden, u.Scheme)
	case u.Hostname() == "" || u.User != nil:
		return forbidden("invalid", "fetch %s: %w: want a host and no user", raw, evidence.ErrInvalid)
	}
	if u.Port() == "" {
		return nil
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil || n < 1 || n > 65535 || slices.Contains(closed, n) {
		return forbidden("port", "fetch %s: %w: port %s is not one of the web", raw, evidence.ErrForbidden, u.Port())
	}
	return nil
}

// pinned are pins by what they are for: host:port as it is dialled, lower case.
// The first of several counts.
func pinned(pins []Pin) map[string]netip.AddrPort {
	by := make(map[string]netip.AddrPort, 3*len(pins))
	for _, p := range pins {
		name := strings.ToLower(p.Host)
		for _, at := range []string{name, name + ":80", name + ":443", name + ":" + strconv.Itoa(int(p.Address.Port()))} {
			if _, taken := by[at]; !taken {
				by[at] = p.Address
			}
		}
	}
	return by
}

// addresses are those at which host:port may be dialled. The guard stands
// here, after resolution, and not on the name: a name says nothing of where it
// leads, and an address that was looked up once more could be another.
func (f *Fetcher) addresses(ctx context.Context, host, port string) ([]netip.AddrPort, error) {
	if at, ok := f.pins[strings.ToLower(strings.TrimSuffix(host, "."))+":"+port]; ok {
		return []netip.AddrPort{at}, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port %q: %w", port, err)
	}
	found, err := f.lookup(ctx, host)
	if errors.Is(err, evidence.ErrForbidden) {
		return nil, err
	}
	if err != nil {
		return nil, &crawler.FaultError{Reason: "dns", Host: true, Err: fmt.Errorf("resolve %s: %w: %w", host, evidence.ErrUnavailable, err)}
	}
	var open []netip.AddrPort
	for _, a := range found {
		if public(a) {
			open = append(open, netip.AddrPortFrom(a.Unmap(), uint16(n)))
		}
	}
	if len(open) == 0 {
		return nil, forbidden("address", "%w: %s leads to %v, which is no public address; if it is meant, pin it in crawl.pins", evidence.ErrForbidden, host, found)
	}
	return open, nil
}

// lookup resolves a name. A host whose last label is a number is an IPv4
// address in one of its older forms, or nothing (URL standard, 3.5): what a
// resolver would make of 0x7f.1 is not left to it.
func (f *Fetcher) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if digits, hex := strings.CutPrefix(last, "0x"); strings.Trim(last, "0123456789") == "" || hex && strings.Trim(digits, "0123456789abcdef") == "" {
		return nil, forbidden("address", "%w: %s is a number, and no address as it is written", evidence.ErrForbidden, host)
	}
	return f.o.Resolve(ctx, host)
}

func systemResolver(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}
