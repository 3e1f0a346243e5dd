package scope

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"probity/pipeline/evidence"
)

// Wherever a redirect points, what is followed is a plain web address of a host
// that was declared.
func FuzzFollow(f *testing.F) {
	for _, s := range []string{"/2", "//b.example/", "http://127.0.0.1/", `http:\\b.example\`, "javascript:alert(1)", "http://a.example:99999/", "http://a.example@b.example/", "?\xd0\xc5", "http://a。example/", "http://[::1]/", "\t/x\n", "http://0x7f.1/"} {
		f.Add(s)
	}
	g, err := New(evidence.Source{ID: "s", Hosts: []string{"*.gov.example", "a.example"}, Views: []evidence.View{{Name: "v", Match: "."}}})
	if err != nil {
		f.Fatal(err)
	}
	from := evidence.Lead{Method: http.MethodGet, URL: "http://a.example/1", Source: "s", View: "v"}
	f.Fuzz(func(t *testing.T, location string) {
		to, err := g.Follow(from, http.StatusFound, location)
		if err != nil {
			return
		}
		u, err := url.Parse(to.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() != "a.example" && !strings.HasSuffix(u.Hostname(), ".gov.example") || u.Fragment != "" {
			t.Fatalf("%q leads to %q, %v", location, to.URL, err)
		}
		if again, err := Canonical(to.URL); err != nil || again != to.URL {
			t.Fatalf("%q leads to %q, in canonical form %q, %v", location, to.URL, again, err)
		}
	})
}
