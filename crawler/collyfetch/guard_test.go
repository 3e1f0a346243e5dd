package collyfetch

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"probity/pipeline/evidence"
)

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for _, a := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"100.100.100.200", "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
		"fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
		"2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:db8::1", "fe80::1%eth0",
	} {
		if public(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as public", a)
		}
	}
	for _, a := range []string{"8.8.8.8", "114.114.114.114", "172.32.0.1", "100.128.0.1", "2400:3200::1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as not public", a)
		}
	}
}

func TestTheGuardJudgesWhereANameLeads(t *testing.T) {
	hits := 0
	f := serve(t, func(http.ResponseWriter, *http.Request) { hits++ })
	f.o.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
		if host == "rebound.example" {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}, nil
		}
		return nil, fmt.Errorf("unexpected lookup of %s", host)
	}
	port := f.o.Pins[0].Address.Port()
	for _, u := range []string{
		fmt.Sprintf("http://rebound.example:%d/", port),
		fmt.Sprintf("http://127.0.0.1:%d/", port),
		fmt.Sprintf("http://[::ffff:127.0.0.1]:%d/", port),
		"http://169.254.169.254/latest/meta-data/",
	} {
		fails(t, f, get(u), "address", evidence.ErrForbidden)
	}
	if hits != 0 {
		t.Errorf("%d requests came through", hits)
	}
}

// MODEL 7: the only way past the guard is a pin, and it admits exactly that.
func TestAPinAdmitsExactlyItsHostAddressAndPort(t *testing.T) {
	f := serve(t, func(http.ResponseWriter, *http.Request) {})
	f.o.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	pin := f.o.Pins[0].Address
	fetch(t, f, get("http://site.example/"))
	fetch(t, f, get("http://SITE.example./"))
	fetch(t, f, get(fmt.Sprintf("http://site.example:%d/", pin.Port())))
	fails(t, f, get("http://site.example:8099/"), "address", evidence.ErrForbidden)
	fails(t, f, get("http://www.site.example/"), "address", evidence.ErrForbidden)

	f.pins = pinned(append(f.o.Pins, Pin{Host: "other.example:8099", Address: pin}))
	fetch(t, f, get("http://other.example:8099/"))
	fails(t, f, get("http://other.example/"), "address", evidence.ErrForbidden)
}

func TestSchemesAndPorts(t *testing.T) {
	f := open(t, Options{})
	for u, reason := range map[string]string{
		"ftp://a.example/": "scheme", "file:///etc/passwd": "scheme", "gopher://a.example:70/": "scheme", "http:///x": "invalid",
		"http://a.example:22/": "port", "http://a.example:6379/": "port", "https://a.example:9200/": "port", "http://a.example:0/": "port", "http://a.example:99999/": "port",
	} {
		kind := evidence.ErrForbidden
		if reason == "invalid" {
			kind = evidence.ErrInvalid
		}
		fails(t, f, get(u), reason, kind)
	}
}
