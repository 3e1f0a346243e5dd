package evidence

import (
	"net/url"
	"strings"
	"testing"
)

func FuzzHost(f *testing.F) {
	for _, address := range []string{
		"http://a.example/", "https://a.example:8443/x?y=1#z", "http://A.example/", "http://a.example", "http://u@a.example/", "http://[::1]:80/", "http://a.example:80:80/",
		"http://a.example:/", "http://a.example/%zz", "http://a.example/\x7f", "http://信用.example/", "http://a_b.example/", "ftp://a.example/", "/x", "http:///x", "http://:80/", "http://a?b/", "http://a#b/",
		"http://a.example/信", "http://a.example/ x", "http://a.example\\/x", "http://a.example/#%zz", "http://a.example/\t",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		want := ""
		if u, err := url.Parse(address); err == nil {
			want = strings.ToLower(u.Hostname())
		}
		if got := (Lead{URL: address}).Host(); got != want {
			t.Errorf("host of %q is %q, want %q", address, got, want)
		}
	})
}
