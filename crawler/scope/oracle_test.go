package scope

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	whatwgurl "github.com/nlnwa/whatwg-url/url"
)

// FuzzCanonical: the canonical form is stable, and a browser would go to the
// same place by it as by the address itself.
func FuzzCanonical(f *testing.F) {
	f.Add("http://a.example/%2e%2e/信?%", "../x?y=%zz")
	f.Add(`http:\\A.example:080\\x`, "//b.example")
	f.Add("http://0x7f.1:443/a/./b", "http:c")
	f.Add("https://[1::0.2.3.4]/'?'", "?")
	for _, c := range whatwg() {
		base := ""
		if c.Base != nil {
			base = *c.Base
		}
		f.Add(base, c.Input)
		f.Add(c.Input, "x")
	}
	f.Fuzz(func(t *testing.T, raw, ref string) {
		got, err := Canonical(raw)
		if err != nil {
			return
		}
		stable(t, raw, got)
		same(t, raw, "", got)
		to, err := Resolve(got, ref)
		if err != nil {
			return
		}
		stable(t, ref+" on "+got, to)
		same(t, ref, got, to)
	})
}

func stable(t *testing.T, from, got string) {
	t.Helper()
	again, err := Canonical(got)
	if err != nil || again != got {
		t.Fatalf("%q becomes %q, then %q, %v", from, got, again, err)
	}
	if long, err := canonical(got, ""); err != nil || long != got {
		t.Fatalf("%q becomes %q, and by the long way %q, %v", from, got, long, err)
	}
	if _, err := url.Parse(got); err != nil && !strings.Contains(err.Error(), "in host name") {
		t.Fatalf("%q becomes %q, which net/url refuses: %v", from, got, err)
	}
}

// same holds that the oracle resolves the address to what we made of it, once
// that is put into our canonical form.
func same(t *testing.T, ref, base, got string) {
	t.Helper()
	if !utf8.ValidString(ref) {
		return // a browser has text, we may have bytes: they are sent as they are
	}
	var u *whatwgurl.Url
	var err error
	if base == "" {
		u, err = whatwgurl.Parse(ref)
	} else {
		u, err = whatwgurl.ParseRef(base, ref)
	}
	if err != nil {
		return // it refuses more names than browsers do by now
	}
	want, err := canonical(u.Href(true), "")
	if err != nil || want != got {
		t.Fatalf("%q on %q is %q, the oracle says %q, which is %q, %v", ref, base, got, u.Href(true), want, err)
	}
}

// Refused is only what the oracle refuses too, or what policy says.
func TestTheOracleRefusesWhatWeRefuse(t *testing.T) {
	for _, c := range whatwg() {
		if _, err := c.resolve(); err == nil || c.web() {
			continue
		}
		var u *whatwgurl.Url
		var err error
		if c.Base == nil {
			u, err = whatwgurl.Parse(c.Input)
		} else {
			u, err = whatwgurl.ParseRef(*c.Base, c.Input)
		}
		if err == nil && (u.Protocol() == "http:" || u.Protocol() == "https:") {
			t.Logf("%q: the oracle makes %q of it", c.name(), u.Href(false))
		}
	}
}

// The plain case beside its yardsticks, in one run: ours first, then net/url,
// then the oracle.
func BenchmarkCanonical(b *testing.B) {
	const page = "http://www.gov.example/list/2026/detail-10042.html?page=3&type=penalty"
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Canonical(page)
		}
	})
	b.Run("long", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = canonical(page, "")
		}
	})
	b.Run("chinese", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Canonical("http://www.gov.example/信用/列表?页=3")
		}
	})
	b.Run("neturl", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			u, _ := url.Parse(page)
			_ = u.String()
		}
	})
	b.Run("nlnwa", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			u, _ := whatwgurl.Parse(page)
			_ = u.Href(true)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	const base, ref = "http://www.gov.example/list/2026/index.html?page=3", "/detail/10042.html?type=penalty"
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Resolve(base, ref)
		}
	})
	b.Run("neturl", func(b *testing.B) {
		b.ReportAllocs()
		from, _ := url.Parse(base)
		for b.Loop() {
			u, _ := from.Parse(ref)
			_ = u.String()
		}
	})
	b.Run("nlnwa", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			u, _ := whatwgurl.ParseRef(base, ref)
			_ = u.Href(true)
		}
	})
}
