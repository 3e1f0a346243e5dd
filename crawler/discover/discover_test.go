package discover_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/crawler/discover"
	"probity/crawler/scope"
	"probity/pipeline/evidence"
)

func TestLinksOfAPageAreFoundInOneWalk(t *testing.T) {
	page := `<html><head><base href="/dir/"><base href="/no/">
	<link rel=canonical href=canon.html><link rel="alternate" hreflang=en href="en.html"><link rel=next href="?p=2">
	<link rel="alternate" type="application/rss+xml; charset=utf-8" href=/rss><link rel=sitemap href=/map.xml><link rel=stylesheet href=s.css>
	<meta http-equiv=Refresh content="5; URL='later.html'"></head><body>
	<a href=" one.html#x ">第一 <b>个</b>
	链接</a> <a href="javascript:go()">no</a><a href="mailto:a@b.c">no</a><a href="#top">no</a><a>no</a><a href="http://[bad">no</a>
	<a rel="nofollow next" href="two.html">two</a><map><area href=area.html></map><iframe src="//cdn.example/f"></iframe>
	<a href="ta	b
.html">tab</a><a href="q?a=中">q</a><template><a href=hidden.html>no</a></template></body></html>`
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	got, over := discover.Links(root, "https://gov.example/start", "gbk")
	base := "https://gov.example/dir/"
	want := []discover.Link{
		{Kind: discover.Canonical, URL: base + "canon.html"},
		{Kind: discover.Language, URL: base + "en.html", Lang: "en"},
		{Kind: discover.Next, URL: base + "?p=2"},
		{Kind: discover.Feed, URL: "https://gov.example/rss"},
		{Kind: discover.Sitemap, URL: "https://gov.example/map.xml"},
		{Kind: discover.Refresh, URL: base + "later.html"},
		{Kind: discover.Anchor, URL: base + "one.html", Text: "第一 个 链接"},
		{Kind: discover.Next, URL: base + "two.html", Text: "two", NoFollow: true},
		{Kind: discover.Area, URL: base + "area.html"},
		{Kind: discover.Frame, URL: "https://cdn.example/f"},
		{Kind: discover.Anchor, URL: base + "tab.html", Text: "tab"},
		{Kind: discover.Anchor, URL: base + "q?a=%D6%D0", Text: "q"},
	}
	if diff := cmp.Diff(want, got); diff != "" || over != 0 {
		t.Errorf("%d over, %s", over, diff)
	}
}

const ns = `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`

func packed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func wide(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func chinese(s string) string {
	out, _ := simplifiedchinese.GBK.NewEncoder().String(s)
	return out
}

func TestASitemapIsReadInEveryForm(t *testing.T) {
	one := func(more string) string { return ns + "<url><loc>https://a.example/1</loc>" + more + "</url></urlset>" }
	for _, c := range []struct{ name, body, kind, want, passed string }{
		{"a urlset", one("<lastmod>2026-11-02</lastmod>"), "urlset", "https://a.example/1 2026-11-01T16:00", ""},
		{"packed by gzip", packed(one("")), "urlset", "https://a.example/1", ""},
		{"packed twice", packed(packed(one(""))), "urlset", "https://a.example/1", ""},
		{"with a byte order mark", "\xef\xbb\xbf" + one(""), "urlset", "https://a.example/1", ""},
		{"in UTF-16", wide(strings.Replace(one(""), "UTF-8", "UTF-16", 1)), "urlset", "https://a.example/1", ""},
		{"in GBK", chinese(`<?xml version="1.0" encoding="gb2312"?><urlset><url><loc>https://a.example/信用</loc></url></urlset>`), "urlset", "https://a.example/%E4%BF%A1%E7%94%A8", ""},
		{"without a namespace and declaration", "\n <urlset><url><loc>\n https://a.example/1 \n</loc></url></urlset>", "urlset", "https://a.example/1", ""},
		{"with a prefix, in capitals", `<SM:URLSET xmlns:SM="x"><sm:Url><sm:LOC>https://a.example/1</sm:LOC></sm:Url></SM:URLSET>`, "urlset", "https://a.example/1", ""},
		{"with entities", one("")[:len(ns)] + "<url><loc>https://a.example/?a=1&amp;b=2&#38;c=3</loc></url></urlset>", "urlset", "https://a.example/?a=1&b=2&c=3", ""},
		{"with an ampersand that is bare", ns + "<url><loc>https://a.example/?a=1&b=2</loc></url></urlset>", "urlset", "https://a.example/?a=1&b=2", ""},
		{"in CDATA", ns + "<url><loc><![CDATA[https://a.example/?a=1&b=2]]></loc></url></urlset>", "urlset", "https://a.example/?a=1&b=2", ""},
		{"with pictures and news", one("<image:image><image:loc>https://a.example/p.png</image:loc></image:image><news:news><news:publication_date>2026-11-03T08:00:00+08:00</news:publication_date><news:title>a < b</news:title></news:news>"), "urlset", "https://a.example/1 2026-11-03T00:00 news", ""},
		{"with an entry that names nothing", ns + "<url><lastmod>2026</lastmod></url><url><loc>https://a.example/2</loc></url></urlset>", "urlset", "https://a.example/2", "no_address 1"},
		{"with an entry that is not closed", ns + "<url><loc>https://a.example/1</loc><url><loc>https://a.example/2</loc></url>", "urlset", "https://a.example/1, https://a.example/2", ""},
		{"that breaks off", ns + "<url><loc>https://a.example/1</loc></url><url><loc>https://a.exa", "urlset", "https://a.example/1", "no_address 1"},
		{"with a date that is none", one("<lastmod>gestern</lastmod>"), "urlset", "https://a.example/1", "date_unreadable 1"},
		{"with relative addresses", ns + "<url><loc>/2</loc></url></urlset>", "urlset", "https://a.example/2", ""},
		{"with another scheme", ns + "<url><loc>ftp://a.example/2</loc></url></urlset>", "urlset", "", "no_address 1"},
		{"with languages", one(`<xhtml:link rel="alternate" hreflang="en" href="https://a.example/en"/>`), "urlset", "https://a.example/1 +https://a.example/en", ""},
		{"with a frequency", one(`<changefreq>Weekly</changefreq>`), "urlset", "https://a.example/1 168h0m0s", ""},
		{"an index", `<sitemapindex><sitemap><loc>https://a.example/s1.xml.gz</loc><lastmod>2026-11-02T10:00:00Z</lastmod></sitemap></sitemapindex>`, "sitemapindex", "https://a.example/s1.xml.gz 2026-11-02T10:00 index", ""},
		{"RSS", `<rss version="2.0"><channel><link>https://a.example/</link><item><title>x</title><link>https://a.example/n1</link><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>`, "rss", "https://a.example/n1 2026-11-02T10:00", ""},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry><link rel="self" href="/self"/><link href="/n1"/><updated>2026-11-02T10:00:00Z</updated></entry></feed>`, "atom", "https://a.example/n1 2026-11-02T10:00", ""},
		{"one address a line", "\xef\xbb\xbfhttps://a.example/1\r\n\r\nnot an address\nhttps://a.example/2", "text", "https://a.example/1, https://a.example/2", "no_address 1"},
	} {
		var got []string
		tally, err := discover.ReadSitemap(strings.NewReader(c.body), "https://a.example/sitemap.xml", "", func(e discover.Entry) { got = append(got, said(e)) })
		if err != nil || tally.Kind != c.kind || strings.Join(got, ", ") != c.want || counts(tally.Passed) != c.passed {
			t.Errorf("%s: %v, kind %q, passed %q\n got %s\nwant %s", c.name, err, tally.Kind, counts(tally.Passed), strings.Join(got, ", "), c.want)
		}
	}
}

func said(e discover.Entry) string {
	s := e.URL
	if !e.Modified.IsZero() {
		s += e.Modified.Format(" 2006-01-02T15:04")
	}
	if e.Every > 0 {
		s += " " + e.Every.String()
	}
	if e.Sitemap {
		s += " index"
	}
	if e.News {
		s += " news"
	}
	return s + strings.Join(append([]string{""}, e.Variants...), " +")
}

func counts(m map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprint(k, " ", m[k]))
	}
	return strings.Join(out, ", ")
}

func TestWhatIsNoSitemapIsRefused(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "a page": "<html><body><a href=x>y</a></body></html>", "words": "hello\nworld", "broken gzip": "\x1f\x8bxx"} {
		_, err := discover.ReadSitemap(strings.NewReader(body), "https://a.example/s", "", func(discover.Entry) { t.Errorf("%s: an entry", name) })
		if !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An endless reader, to see that nothing is held.
type endless struct {
	head, again string
	n           int
}

func (e *endless) Read(p []byte) (int, error) {
	s := strings.Repeat(e.again, 4000/len(e.again))
	if e.n == 0 {
		s = e.head
	}
	e.n++
	return copy(p, s), nil
}

func TestASitemapWithoutEndEnds(t *testing.T) {
	n := 0
	tally, err := discover.ReadSitemap(&endless{head: ns, again: "<url><loc>https://a.example/1</loc></url>"}, "https://a.example/s", "", func(discover.Entry) { n++ })
	if err != nil || n != discover.MaxEntries || tally.Passed["beyond_50000_entries"] != 1 {
		t.Errorf("%v, %d entries, %v", err, n, tally.Passed)
	}
	for name, again := range map[string]string{"elements within each other": "<a>"} {
		tally, err = discover.ReadSitemapWithin(1<<20, &endless{head: ns, again: again}, func(discover.Entry) {})
		if err != nil || tally.Passed["beyond_50_mb"] != 1 && tally.Passed["broken_off"] != 1 {
			t.Errorf("%s: %v, %v", name, err, tally.Passed)
		}
	}
	bomb := packed(ns + strings.Repeat("<x/>            ", 1<<17))
	if tally, err = discover.ReadSitemapWithin(1<<20, strings.NewReader(bomb), func(discover.Entry) {}); err != nil || tally.Passed["beyond_50_mb"] != 1 {
		t.Errorf("a bomb of %d bytes: %v, %v", len(bomb), err, tally.Passed)
	}
}

func TestFeedsOfThreeKindsAreRead(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"RSS", `<rss version="2.0"><channel><item><link>/n1</link><pubDate>Mon, 02 Nov 2026 10:00:00 +0800</pubDate></item></channel></rss>`, "https://a.example/n1 2026-11-02T02:00"},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://a.example/n1"/><updated>2026-11-02T10:00:00Z</updated></entry></feed>`, "https://a.example/n1 2026-11-02T10:00"},
		{"JSON", `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","url":"https://a.example/n1","date_published":"2026-11-02T10:00:00Z"}]}`, "https://a.example/n1 2026-11-02T10:00"},
		{"RSS whose items are their guids", `<rss version="2.0"><channel><item><guid>https://a.example/n1</guid></item><item><guid isPermaLink="false">https://a.example/n2</guid></item><item><guid>n3</guid></item></channel></rss>`, "https://a.example/n1"},
		{"RSS that is no XML", `<rss><channel><item><title>a < & b</title><link>https://a.example/?x=1&y=2</link></item></chanel>`, "https://a.example/?x=1&y=2"},
	} {
		var got []string
		if _, err := discover.ReadFeed(strings.NewReader(c.body), "https://a.example/rss", "", func(e discover.Entry) { got = append(got, said(e)) }); err != nil || strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, %v, want %s", c.name, err, got, c.want)
		}
	}
	for name, body := range map[string]string{"a page": "<html>", "JSON that is none": `{"a":1}`, "too much": strings.Repeat(" ", discover.MaxFeed+1)} {
		if _, err := discover.ReadFeed(strings.NewReader(body), "https://a.example/rss", "", func(discover.Entry) {}); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDatesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"2026": "2025-12-31T16:00", "2026-11": "2026-10-31T16:00", "2026-11-02": "2026-11-01T16:00", "2026-11-02T10:00Z": "2026-11-02T10:00",
		"2026-11-02T10:00:00+08:00": "2026-11-02T02:00", "2026-11-02T10:00:00.123Z": "2026-11-02T10:00", "2026-11-02 10:00:00": "2026-11-02T02:00", "2026-11-02T10:00:00+0800": "2026-11-02T02:00",
		"Mon, 02 Nov 2026 10:00:00 GMT": "2026-11-02T10:00", "2026年11月2日": "2026-11-01T16:00", "0001-01-01T00:00:00Z": "", "morgen": "", "": "", "2026-13-01": "",
	} {
		got := ""
		if at, ok := discover.Date(text); ok {
			got = at.Format("2006-01-02T15:04")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func source(words ...string) evidence.Source {
	return evidence.Source{
		ID: "gov", Discover: words, Start: []evidence.Start{{URL: "https://a.example/"}}, Exclude: []string{"^/private"},
		Views: []evidence.View{{Name: "list", Match: `^/(\?.*)?$`}, {Name: "detail", Match: `^/d/`}},
	}
}

func from(t *testing.T, s evidence.Source, view, address, body string) discover.Found {
	t.Helper()
	g, err := scope.New(s)
	if err != nil {
		t.Fatal(err)
	}
	l := evidence.Lead{Method: "GET", URL: address, Source: s.ID, View: view}
	x := evidence.Exchange{Capture: evidence.Capture{Lead: l, Status: 200, Content: "c"}, Body: []byte(body)}
	var root *html.Node
	if view == "list" {
		if root, err = html.Parse(strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	return discover.Finder{Scope: g.Clock(func() time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC) })}.From(s, x, root)
}

func leads(ls []evidence.Lead) string {
	var out []string
	for _, l := range ls {
		out = append(out, fmt.Sprint(l.URL, " ", l.View, " ", l.Depth))
	}
	return strings.Join(out, ", ")
}

const listed = `<link rel=alternate type=application/atom+xml href=/feed><link rel=next href="/?p=2"><a href=/d/1;jsessionid=1234>a</a><a href=/d/1>b</a><a href=/private/x>c</a>
	<a href=/other>d</a><a href=//b.example/d/1>e</a><a href=/d/2031/05/>f</a>`

func TestOnlyWhatIsDeclaredLeadsFurther(t *testing.T) {
	for _, c := range []struct {
		words        []string
		want, passed string
	}{
		{nil, "", ""},
		{[]string{"next"}, "https://a.example/?p=2 list 1", ""},
		{[]string{"feed"}, "https://a.example/feed feed.xml 1", ""},
		{[]string{"links"}, "https://a.example/?p=2 list 1, https://a.example/d/1 detail 1", "scope_exclude 1, scope_host 1, scope_trap_calendar 1, scope_view 1, session_id_left_out 1"},
	} {
		got := from(t, source(c.words...), "list", "https://a.example/", listed)
		if leads(got.Leads) != c.want || counts(got.Passed) != c.passed {
			t.Errorf("%v: %s; passed %s", c.words, leads(got.Leads), counts(got.Passed))
		}
	}
}

func TestSitemapsLeadToPagesAndToSitemapsThreeDeep(t *testing.T) {
	s := source("sitemap")
	got := from(t, s, evidence.SitemapView, "https://a.example/s.xml", ns+"<url><loc>https://a.example/d/1</loc><lastmod>2026-11-02T00:00:00Z</lastmod></url><url><loc>https://a.example/nowhere</loc></url></urlset>")
	if leads(got.Leads) != "https://a.example/d/1 detail 1" || counts(got.Passed) != "scope_view 1" || got.Leads[0].Modified.IsZero() || got.Leads[0].Origin != "c" {
		t.Errorf("%+v", got)
	}
	index := `<sitemapindex><sitemap><loc>https://a.example/t.xml</loc></sitemap></sitemapindex>`
	if got := from(t, s, evidence.SitemapView, "https://a.example/s.xml", index); leads(got.Leads) != "https://a.example/t.xml sitemap.xml 1" {
		t.Errorf("%+v", got)
	}
	g, err := scope.New(s)
	if err != nil {
		t.Fatal(err)
	}
	x := evidence.Exchange{Capture: evidence.Capture{Lead: evidence.Lead{URL: "https://a.example/s.xml", View: evidence.SitemapView, Depth: 4}, Status: 200}, Body: []byte(index)}
	if got := (discover.Finder{Scope: g}).From(s, x, nil); len(got.Leads) > 0 || counts(got.Passed) != "sitemap_too_deep 1" {
		t.Errorf("%+v", got)
	}
}

func TestRobotsNamesSitemaps(t *testing.T) {
	body := "\ufeffUser-agent: *\nDisallow: /x\nSITEMAP : https://a.example/s.xml # ours\r\nSitemap: /relative.xml\nsitemap:\nSitemap: https://b.example/s.xml\n"
	if got := discover.RobotsSitemaps([]byte(body)); strings.Join(got, ", ") != "https://a.example/s.xml, /relative.xml, https://b.example/s.xml" {
		t.Errorf("%q", got)
	}
	s := source("sitemap")
	g, err := scope.New(s)
	if err != nil {
		t.Fatal(err)
	}
	r := discover.NewRobots(discover.Finder{Scope: g})
	start := evidence.Lead{Method: "GET", URL: "https://a.example/", Source: "gov"}
	if got := r.Sitemaps(s, start); got != nil {
		t.Errorf("before: %v", got)
	}
	r.Learn([]evidence.Exchange{{Capture: evidence.Capture{Status: 200, Lead: evidence.Lead{URL: "https://a.example/robots.txt"}}, Body: []byte(body)}})
	if got := leads(r.Sitemaps(s, start)); got != "https://a.example/s.xml sitemap.xml 1, https://a.example/relative.xml sitemap.xml 1" {
		t.Errorf("after: %s", got)
	}
	if got := r.Sitemaps(source("links"), start); got != nil {
		t.Errorf("undeclared: %v", got)
	}
}

func FuzzSitemap(f *testing.F) {
	for _, s := range []string{ns + "<url><loc>https://a.example/1</loc></url></urlset>", packed("https://a.example/1"), wide("<rss><item><link>/x"), "<feed><entry><link href=/x><updated>2026", "<sitemapindex><sitemap><loc><![CDATA[", "{}", "<plaintext>", "<urlset><textarea><url>"} {
		f.Add([]byte(s), "gbk")
	}
	f.Fuzz(func(t *testing.T, b []byte, charset string) {
		for _, read := range []func(func(discover.Entry)) error{
			func(each func(discover.Entry)) error {
				_, err := discover.ReadSitemap(bytes.NewReader(b), "https://a.example/s", charset, each)
				return err
			},
			func(each func(discover.Entry)) error {
				_, err := discover.ReadFeed(bytes.NewReader(b), "https://a.example/s", charset, each)
				return err
			},
		} {
			err := read(func(e discover.Entry) {
				if _, err := evidence.NewLead("s", e.URL); err != nil {
					t.Errorf("%v", err)
				}
			})
			if err != nil && !errors.Is(err, evidence.ErrInvalid) {
				t.Errorf("%v", err)
			}
		}
		discover.RobotsSitemaps(b)
	})
}

func FuzzLinks(f *testing.F) {
	f.Add([]byte(listed), "big5")
	f.Add([]byte("<base href=//b.example><a href='?x=\u4e2d&#x20;'>"), "utf-8")
	f.Fuzz(func(t *testing.T, b []byte, charset string) {
		root, err := html.Parse(bytes.NewReader(b))
		if err != nil {
			return
		}
		links, _ := discover.Links(root, "https://a.example/x/y", charset)
		for _, l := range links {
			if !strings.HasPrefix(l.URL, "http") || len(l.Text) > 200 {
				t.Errorf("%+v", l)
			}
		}
	})
}

// A page of 25 KB with 40 links, in the figures of the standing benchmark.
func BenchmarkLinks(b *testing.B) {
	var page strings.Builder
	for i := range 40 {
		fmt.Fprintf(&page, "<p>%s<a href='/p/%d.html'>第 %d 页</a></p>", strings.Repeat("文字 words ", 45), i*37, i)
	}
	root, err := html.Parse(strings.NewReader(page.String()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.Run("walk of the tree", func(b *testing.B) {
		for b.Loop() {
			discover.Links(root, "https://a.example/p/0.html", "utf-8")
		}
	})
	b.Run("yardstick: the parse alone", func(b *testing.B) {
		for b.Loop() {
			if _, err := html.Parse(strings.NewReader(page.String())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
