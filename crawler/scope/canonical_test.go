package scope

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"probity/pipeline/evidence"
)

func TestCanonical(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"scheme and host in lower case", "HTTP://WWW.Gov.Example/A", "http://www.gov.example/A"},
		{"no path is the root", "https://a.example", "https://a.example/"},
		{"the scheme's own port goes", "http://a.example:80/x", "http://a.example/x"},
		{"another port stays", "http://a.example:8080/x", "http://a.example:8080/x"},
		{"a port is a number", "http://a.example:0080/x", "http://a.example/x"},
		{"an encoded host is decoded", "http://a%2Eexample/", "http://a.example/"},
		{"the other scheme's port stays", "https://a.example:80/", "https://a.example:80/"},
		{"the fragment goes", "http://a.example/x?y#z", "http://a.example/x?y"},
		{"dot segments are resolved", "http://a.example/a/./b/../c/..", "http://a.example/a/"},
		{"dot segments in disguise too", "http://a.example/a/%2e%2e/b", "http://a.example/b"},
		{"none climbs above the root", "http://a.example/../../a", "http://a.example/a"},
		{"empty segments stay", "http://a.example//a///b", "http://a.example//a///b"},
		{"Chinese in path and query is UTF-8, encoded", "http://a.example/信用?q=深圳", "http://a.example/%E4%BF%A1%E7%94%A8?q=%E6%B7%B1%E5%9C%B3"},
		{"encoding in upper case", "http://a.example/%e4%bf%a1?q=%e6", "http://a.example/%E4%BF%A1?q=%E6"},
		{"what need not be encoded is plain", "http://a.example/%61%2D%7e?%41=1", "http://a.example/a-~?A=1"},
		{"what means something else when decoded stays", "http://a.example/a%2Fb?q=a%26b%3D", "http://a.example/a%2Fb?q=a%26b%3D"},
		{"a percent sign that means itself", "http://a.example/100%?p=5%&q=%zz", "http://a.example/100%25?p=5%25&q=%25zz"},
		{"blanks", "  http://a.example/a b?c d ", "http://a.example/a%20b?c%20d"},
		{"a plus stays a plus", "http://a.example/?q=a+b", "http://a.example/?q=a+b"},
		{"the order of the query stays", "http://a.example/?b=1&a=2&b=0", "http://a.example/?b=1&a=2&b=0"},
		{"a query of nothing goes", "http://a.example/x?", "http://a.example/x"},
		{"backslashes are turned round", `http:\\a.example\x\y?z=\`, "http://a.example/x/y?z=%5C"},
		{"line ends within go", "http://a.example/a\r\n\tb", "http://a.example/ab"},
		{"a Chinese host is ASCII", "http://深圳.中国/", "http://xn--fes124c.xn--fiqs8s/"},
		{"a dot behind the host goes", "http://a.example./", "http://a.example/"},
		{"IPv6", "http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Canonical(tt.in)
			if err != nil || got != tt.want {
				t.Fatalf("got %q, %v, want %q", got, err, tt.want)
			}
			if again, err := Canonical(got); err != nil || again != got {
				t.Errorf("once more: %q, %v", again, err)
			}
		})
	}
	for _, bad := range []string{
		"", "/x", "ftp://a.example/", "javascript:void(0)", "http://", "http:///x", "http://u:p@a.example/", "http://a.example:99999/",
		"http://a b.example/", "http://a.example:x/", "mailto:a@b", "http://a.example/" + strings.Repeat("x", 3000),
	} {
		if got, err := Canonical(bad); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("Canonical(%.60q) = %q, %v, want invalid", bad, got, err)
		}
	}
}

// The public suite beside the project; where we differ on purpose is listed.
func TestPublicNormalizeVectors(t *testing.T) {
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
	passed := 0
	for _, c := range suite.Cases {
		got, err := Canonical(c.In)
		if (err != nil) == (c.Expected == nil) && (err != nil || got == *c.Expected) {
			passed++
			continue
		}
		want := "a refusal"
		if c.Expected != nil {
			want = *c.Expected
		}
		t.Logf("%s: %.80q gives %.80q (%v), the suite wants %.80q", c.ID, c.In, got, err, want)
	}
	t.Logf("%d of %d as expected", passed, len(suite.Cases))
	if passed*10 < len(suite.Cases)*6 {
		t.Error("fewer than six in ten: this is no difference of policy any more")
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add("http://a.example/%2e%2e/信?%", "../x?y=%zz")
	f.Add(`http:\\A.example:080\\x`, "//b.example")
	f.Fuzz(func(t *testing.T, raw, ref string) {
		got, err := Canonical(raw)
		if err != nil {
			return
		}
		if again, err := Canonical(got); err != nil || again != got {
			t.Fatalf("%q becomes %q, then %q, %v", raw, got, again, err)
		}
		if to, err := resolve(got, ref); err == nil {
			if again, err := Canonical(to); err != nil || again != to {
				t.Fatalf("%q on %q becomes %q, then %q, %v", ref, got, to, again, err)
			}
		}
	})
}
