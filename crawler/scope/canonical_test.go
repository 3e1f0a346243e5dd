package scope

import (
	"errors"
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
		{"the highest port stays", "http://a.example:65535/x", "http://a.example:65535/x"},
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
		{"a slash too many", "http:///x", "http://x/"},
		{"an underscore in a host", "http://a_b.example/", "http://a_b.example/"},
		{"a sharp s is not two", "http://Straße.example/", "http://xn--strae-oqa.example/"},
		{"full width is plain", "http://ａ．example/", "http://a.example/"},
		{"an IPv4 address in one number", "http://0x7f000001/", "http://127.0.0.1/"},
		{"an IPv4 address in octal", "http://0177.0.0.01/", "http://127.0.0.1/"},
		{"a user of nothing", "http://@a.example/", "http://a.example/"},
		{"a quotation mark in a query", "http://a.example/it's?it's", "http://a.example/it's?it%27s"},
		{"an IPv4 address in IPv6", "http://[::FFFF:1.2.3.4]/", "http://[::ffff:102:304]/"},
		{"IPv6, the first longest run of zeros left out", "http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/"},
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
		"", "/x", "ftp://a.example/", "javascript:void(0)", "http://", "http:///", "http://u:p@a.example/", "http://a..example/", "http://1.2.3.256/", "http://[::1/", "http://a%00.example/", "http://a.example:99999/",
		"http://a b.example/", "http://a.example:x/", "mailto:a@b", "http://a.example/" + strings.Repeat("x", 3000),
	} {
		if got, err := Canonical(bad); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("Canonical(%.60q) = %q, %v, want invalid", bad, got, err)
		}
	}
}
