package scope

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"probity/pipeline/evidence"
)

// A policy is where our canonical form differs from a browser's on purpose: it
// makes ours of theirs; empty: refused.
type policy func(href string) string

func refused(string) string { return "" }

// hexInUpperCase: %2f is %2F (RFC 3986, 6.2.2.1).
func hexInUpperCase(href string) string {
	return regexp.MustCompile("%[0-9a-f]{2}|%[0-9A-Fa-f]{2}").ReplaceAllStringFunc(href, strings.ToUpper)
}

// aPercentSignIsEncoded: where it means itself it is %25 (RFC 3986, 2.4).
func aPercentSignIsEncoded(href string) string {
	return regexp.MustCompile("%([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|.?$)").ReplaceAllString(href, "%25$1")
}

// noQueryIsAnEmptyOne.
func noQueryIsAnEmptyOne(href string) string { return strings.TrimSuffix(href, "?") }

// The differences, one by one. Not listed one by one is that the fragment is
// dropped.
func whatwgPolicies() map[string]policy {
	return map[string]policy{
		// A user or password is refused: what needs one is not public.
		"http://user:pass@foo:21/bar;par?b#c": refused,
		"https://test:@test":                  refused,
		"http://a:b@c:29/d":                   refused,
		"http://é@é":                          refused,
		"http://::@c@d:2":                     refused,
		"http://a:b@c\\":                      refused,
		"http:a:b@www.example.com":            refused,
		"http:/a:b@www.example.com":           refused,
		"http::b@www.example.com":             refused,
		"http:/:b@www.example.com":            refused,
		"http:/a:@www.example.com":            refused,
		"http://a:😀x@host/":                   refused,
		"http://😀@host/":                      refused,
		"https://@test@test@example:800/":     refused,
		"http://`{}:`{}@h/`{}?`{}":            refused,
		// Nor is a page with one a base.
		"/some/path on http://user@example.org/smth":         refused,
		" on http://user:pass@example.org:21/smth":           refused,
		"/some/path on http://user:pass@example.org:21/smth": refused,
		// No such name can be found.
		"http://foo.09..": refused,

		"/a/%2f/c":                        hexInUpperCase,
		"http://example.com/%3A%3a%3C%3c": hexInUpperCase,
		"http://example.com/foo%":         aPercentSignIsEncoded,
		"http://example.com/foo%2":        aPercentSignIsEncoded,
		"http://example.com/foo%2zbar":    aPercentSignIsEncoded,
		"http://example.com/foo%2Â©zbar":  aPercentSignIsEncoded,
		"http://example.org/test?%GH":     aPercentSignIsEncoded,
		"http://example.org/test?#":       noQueryIsAnEmptyOne,
		"https://x/?#\x00y":               noQueryIsAnEmptyOne,
		"https://x/?#\uffffy":             noQueryIsAnEmptyOne,
	}
}

type whatwgCase struct {
	Input    string
	Base     *string
	Href     string
	Protocol string
	Failure  bool
}

func (c whatwgCase) web() bool {
	return !c.Failure && (c.Protocol == "http:" || c.Protocol == "https:")
}

func (c whatwgCase) name() string {
	if c.Base == nil {
		return c.Input
	}
	return c.Input + " on " + *c.Base
}

func (c whatwgCase) resolve() (string, error) {
	if c.Base == nil {
		return Canonical(c.Input)
	}
	return Resolve(*c.Base, c.Input)
}

// whatwg are the cases of the suite, where it is beside the project.
func whatwg() []whatwgCase {
	b, err := os.ReadFile("../../../shared/vectors/url_whatwg.json")
	var suite struct{ Cases []whatwgCase }
	if err != nil || json.Unmarshal(b, &suite) != nil {
		return nil
	}
	return suite.Cases
}

// What is no web address, or none at all, is refused; all others are resolved
// as browsers do, but for the policies above.
func TestWhatwgVectors(t *testing.T) {
	cases := whatwg()
	if cases == nil {
		t.Skip("not here: no ../shared/vectors beside the project")
	}
	policies := whatwgPolicies()
	same, ours := 0, 0
	for _, c := range cases {
		want := ""
		if c.web() {
			want, _, _ = strings.Cut(c.Href, "#")
			own := policies[c.name()]
			if own == nil {
				own = policies[c.Input]
			}
			if own != nil {
				if own(want) == want {
					t.Errorf("%q: it is listed, and does not differ", c.name())
				}
				want = own(want)
				ours++
			}
		}
		if got, err := c.resolve(); got != want || (err != nil) != (want == "") {
			t.Errorf("%q gives %q (%v), want %q", c.name(), got, err, want)
			continue
		}
		same++
	}
	t.Logf("%d of %d as they should be, %d of them by our own policy", same, len(cases), ours)
}

// The differences from crawler-commons, one by one: what we make, and why.
func normalizePolicies() map[string][2]string {
	const scheme, order = "only http and https are fetched", "the query's order stays unless a source declares otherwise"
	return map[string][2]string{
		"http://foo.com/aa//bb/foo.html": {"http://foo.com/aa//bb/foo.html", "empty segments stay: some servers tell them apart"},
		"ftp:/":                          {"", scheme},
		"http:////":                      {"", "there is no host"},
		"http:///////":                   {"", "there is no host"},
		"ftp://foo.com/index.html":       {"", scheme},
		"file:/path/index.html":          {"", scheme},

		"file:/var/www/html/////./bar/index.html":                {"", scheme},
		"file:/var/www/html/foo/../bar/index.html":               {"", scheme},
		"http://example.com/?b=1&a=1":                            {"http://example.com/?b=1&a=1", order},
		"http://foo.com/foo.html?b=1&a=1":                        {"http://foo.com/foo.html?b=1&a=1", order},
		"http://foo.com/index?b=2&a=1":                           {"http://foo.com/index?b=2&a=1", order},
		"http://foo.com/index?b=1&a=1&":                          {"http://foo.com/index?b=1&a=1&", order},
		"http://foo.com/index?&b=1&a=1":                          {"http://foo.com/index?&b=1&a=1", order},
		"http://foo.com/index?a=1&b=":                            {"http://foo.com/index?a=1&b=", "an empty value is not the same as none"},
		"https://xn--90ax2c.xn--p1ai/":                           {"https://xn--90ax2c.xn--p1ai/", "hosts are ASCII, as they are asked for"},
		"http://user:pass@[::1]/x":                               {"", "what needs a user is not public"},
		"http://example.com/[x]":                                 {"http://example.com/[x]", "brackets stay, as browsers send them"},
		"http://foo.com/foo.php?phpsessid=2Aa3ASdfasfdadf&a=1":   {"http://foo.com/foo.php?phpsessid=2Aa3ASdfasfdadf&a=1", "session ids are dropped where a source declares them"},
		"http://foo.com/foo.php?phpsessid=2Aa3ASdfasfdadf&a=1&b": {"http://foo.com/foo.php?phpsessid=2Aa3ASdfasfdadf&a=1&b", "session ids are dropped where a source declares them"},
	}
}

func TestNormalizeVectors(t *testing.T) {
	b, err := os.ReadFile("../../../shared/vectors/url_normalize.json")
	if err != nil {
		t.Skip("not here: no ../shared/vectors beside the project")
	}
	var suite struct {
		Cases []struct {
			ID, In   string
			Expected *string
		}
	}
	if err := json.Unmarshal(b, &suite); err != nil {
		t.Fatal(err)
	}
	policies := normalizePolicies()
	declared := evidence.Query{Drop: []string{"PHPSESSID"}, Sort: true}
	byDeclaration := 0
	for _, c := range suite.Cases {
		want := ""
		if c.Expected != nil {
			want = *c.Expected
		}
		if got, err := Tidy(declared, c.In); err == nil && got == want && policies[c.In][0] != "" {
			byDeclaration++
		}
		if own, ok := policies[c.In]; ok {
			if own[0] == want {
				t.Errorf("%s: it is listed, and does not differ", c.ID)
			}
			want = own[0]
		}
		if got, err := Canonical(c.In); got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q gives %q (%v), want %q", c.ID, c.In, got, err, want)
		}
	}
	t.Logf("%d cases, %d by our own policy, of which a declaration makes %d as the suite has them", len(suite.Cases), len(policies), byDeclaration)
}
