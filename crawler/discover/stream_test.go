package discover_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"probity/crawler/discover"
)

func streamed(page, base, charset string) (out []string) {
	discover.Stream([]byte(page), base, charset, func(k discover.Kind, address []byte) {
		out = append(out, string(k)+" "+string(address))
	})
	return out
}

func inTree(t *testing.T, page, base, charset string) (out []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	links, _ := discover.Links(root, base, charset)
	for _, l := range links {
		out = append(out, string(l.Kind)+" "+l.URL)
	}
	return out
}

func TestTheBytesLeadWhereTheTreeDoes(t *testing.T) {
	for _, page := range []string{
		`<base href="/dir/"><base href="/no/"><a href=" one.html#x ">一</a><A HREF='two.html?a=1&amp;b=2'>`,
		`<link rel=canonical href=c.html><link REL="alternate" hreflang=en href=en.html><link rel=next href="?p=2"><link rel=sitemap href=/m.xml>`,
		`<link rel="alternate" type="application/rss+xml; charset=utf-8" href=/rss><link rel=stylesheet href=s.css>`,
		`<meta http-equiv=Refresh content="5; URL='later.html'"><area href=a.html><iframe src="//cdn.example/f"><a href=no></iframe>`,
		`<a href="javascript:go()"><a href="mailto:a@b.c"><a href="#top"><a><a href="http://[bad"><a rel="nofollow Next" href=t.html>`,
		`<template><a href=no.html><template></template><a href=no></template><a href=yes.html>`,
		`<script>"<a href=no>"</script><style><a href=no></style><title><a href=no></title><textarea><a href=no></textarea><a href=yes>`,
		`<script><!-- <script> "</script>" --></script><a href=yes>`, `<noscript><a href=no></noscript><a href=yes>`,
		`<!-- <a href=no> --><!--><a href=yes1><!---><a href=yes2><!-- a > b --!><a href=yes3><!doctype a><?x <a href=no?><a href=yes4>`,
		`<p title="a>b" x=a"b><a title='<a href=no>' href=yes></a </a href="no"><a href=x?y=1&copy=2&lt;3&#x4e2d;>`,
		`<a href=http://Other.example:80/a/../b><a href="?q=a b"><a href=./x><a href=../y><a href="tab	b
.html"><a href=a:b/c><a href=//x.example><a href=\x\y>`, `<a href="torn.html`, `<a href=torn.html`, `<a href=ok.html><a href="x" title="`,
		"<a href='?q=中'><a href=/中文.html><a href=x href=y>",
	} {
		for _, charset := range []string{"utf-8", "gbk"} {
			text := page
			if charset == "gbk" {
				text = strings.NewReplacer("中", "", "文", "", "一", "").Replace(page) // the tree is given UTF-8
			}
			base := "https://gov.example/start/page?x=1"
			if diff := cmp.Diff(inTree(t, text, base, charset), streamed(text, base, charset)); diff != "" {
				t.Errorf("%s: %s", page, diff)
			}
		}
	}
	if got := streamed("<a href='?q=\xd6\xd0'>", "http://a.example/", "gb2312"); len(got) != 1 || got[0] != "anchor http://a.example/?q=%D6%D0" {
		t.Errorf("a query of a page in GBK: %q", got)
	}
}

// byTokenizer are the start tags as the tokenizer of x/net sees them.
func byTokenizer(b []byte) (out [][]string) {
	z := html.NewTokenizer(bytes.NewReader(b))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := []string{string(name)}
			for more {
				var key, value []byte
				if key, value, more = z.TagAttr(); len(key) > 0 {
					tag = append(tag, string(key), string(value))
				}
			}
			out = append(out, tag)
		default:
		}
	}
}

func FuzzTheScannerSeesTheTagsOfTheTokenizer(f *testing.F) {
	for _, page := range []string{listed, `<a b="c>d" e='f' g=h / i=j k/l=m =n o = p></x y=">"><!--><q><!-- - --! --><r><?s t><u v>`, `<title><a></title ><b><xmp></x></xmp/><plaintext><c>`, `<p a="&copy=1&amp;&lt">`} {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Contains(bytes.ToLower(b), []byte("<script")) || bytes.ContainsAny(b, "\r\x00") {
			return // x/net reads comments of scripts, line ends and NUL in its own way
		}
		if diff := cmp.Diff(byTokenizer(b), discover.Tags(b)); diff != "" {
			t.Errorf("%q: %s", b, diff)
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(listed), "big5")
	f.Add([]byte("<base href=//b.example><a href='?x=中&#x20;'><script><!--<script></script>--></script><a href=x>"), "utf-8")
	f.Fuzz(func(t *testing.T, b []byte, charset string) {
		discover.Stream(b, "https://a.example/x/y", charset, func(_ discover.Kind, address []byte) {
			if !bytes.HasPrefix(address, []byte("http")) || bytes.IndexByte(address, '#') >= 0 {
				t.Errorf("%q", address)
			}
		})
	})
}

func TestLinksOfAPageCostNoMemory(t *testing.T) {
	page := benchPage()
	n := 0
	count := func(discover.Kind, []byte) { n++ }
	if allocs := testing.AllocsPerRun(10, func() { discover.Stream(page, "https://a.example/p/0.html", "utf-8", count) }); allocs > 5 {
		t.Errorf("%.0f allocations a page of 40 links, want 5 at most", allocs)
	}
	if n != 11*40 {
		t.Errorf("%d links in 11 passes", n)
	}
}

func benchPage() []byte {
	var page bytes.Buffer
	for i := range 40 {
		fmt.Fprintf(&page, "<p>%s<a href='/p/%d.html'>第 %d 页</a></p>", strings.Repeat("文字 words ", 45), i*37, i)
	}
	return page.Bytes()
}

func BenchmarkStream(b *testing.B) {
	page := benchPage()
	b.ReportAllocs()
	b.Run("the bytes", func(b *testing.B) {
		for b.Loop() {
			discover.Stream(page, "https://a.example/p/0.html", "utf-8", func(discover.Kind, []byte) {})
		}
	})
	b.Run("yardstick: the tokenizer alone", func(b *testing.B) {
		for b.Loop() {
			for z := html.NewTokenizer(bytes.NewReader(page)); z.Next() != html.ErrorToken; {
				continue
			}
		}
	})
}
