package mirror

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// page writes page i: its children, pages from elsewhere, and what a crawler
// must not follow.
func (m *Made) page(i int) Page {
	var links []string
	for k := 1; k <= branches; k++ {
		if child := i*branches + k; child < m.n {
			links = append(links, m.link(i, child, k))
		}
	}
	if i < m.n {
		for k := range 10 {
			links = append(links, m.link(i, m.dice(m.n, "other", i, k), branches+1+k))
		}
		links = append(links, m.traps(i)...)
	}
	p := Page{Status: http.StatusOK, Type: "text/html"}
	head := fmt.Sprintf("<title>第%d页 信用公示</title>", i)
	switch {
	case gbk(i) && i%2 == 0:
		p.Type = "text/html; charset=GBK"
	case gbk(i):
		head = `<meta http-equiv="Content-Type" content="text/html; charset=gb2312">` + head
	default:
		p.Type = "text/html; charset=utf-8"
	}
	if i == 0 {
		head += `<link rel="alternate" type="application/rss+xml" href="/feed.xml">`
	}
	body := strings.Join(links, "\n") + strings.Repeat("<p>"+m.text(i)+"</p>", 3)
	text := "<!DOCTYPE html><html><head>" + head + "</head><body>" + body + "</body></html>"
	if i%13 == 5 { // as many a site sends it
		text = "<HTML><head>" + head + "<BODY bgcolor=white><table><tr><td><a name=x><b><i>" + strings.ReplaceAll(body, "</a>", "</a></font></b>") + "<div><p>"
	}
	p.Body = []byte(text)
	if gbk(i) {
		if b, err := simplifiedchinese.GBK.NewEncoder().Bytes(p.Body); err == nil {
			p.Body = b
		}
	}
	return p
}

// text differs from page to page, as texts do.
func (m *Made) text(i int) string {
	const words = "行政处罚决定书信用监管电子商务经营主体公示统一社会代码严重违法失信名单抽查检查结果"
	runes := []rune(words)
	var b strings.Builder
	for k := range 60 {
		b.WriteRune(runes[m.dice(len(runes), "text", i, k)])
	}
	return b.String()
}

// link leads from one page to another, in one of the ways that links are
// written in.
func (m *Made) link(from, to, k int) string {
	ref := strings.ReplaceAll(m.reference(from, to, k), "&", "&amp;")
	switch m.dice(16, "element", from, to, k) {
	case 0:
		return `<map name=m><area shape=rect coords="0,0,1,1" href="` + ref + `"></map>`
	case 1:
		return `<iframe src="` + ref + `"></iframe>`
	case 2:
		return `<A HREF='` + ref + `' rel="nofollow">第` + strconv.Itoa(to) + `页</A>`
	case 3:
		return `<noscript><a href="` + ref + `">x</a></noscript>`
	case 4:
		return `<link rel=next href="` + ref + `">`
	case 5:
		return `<meta http-equiv=refresh content="30; URL='` + ref + `'">`
	case 6:
		return `<link rel="canonical" href="` + ref + `">`
	case 7:
		return `<link rel="alternate" hreflang="en" href="` + ref + `">`
	case 8:
		return `<svg><a href="` + ref + `"><text>x</text></a></svg><a href="` + ref + `">twice</a>`
	}
	if !strings.ContainsAny(ref, " \n\t>'`\"=") && k%2 == 0 {
		return "<a class=x href=" + ref + " >第页</a>"
	}
	return `<a class="x" href="` + ref + `" title="a > b">第<b>` + strconv.Itoa(to) + `</b>页</a>`
}

// reference is the address of a page as another one writes it.
func (m *Made) reference(from, to, k int) string {
	host, path := m.host(to), m.written(from, to, k)
	same := host == m.host(from)
	switch form := m.dice(16, "form", from, to, k); {
	case form == 0:
		return "HTTP://" + host + path
	case form == 1:
		return "//" + host + path
	case form == 2:
		return "http://" + host + ":80" + path
	case form == 3:
		return "http://" + strings.ToUpper(host[:1]) + host[1:] + path + "#" + strconv.Itoa(k)
	case form == 4 && same:
		return m.relative(from, path)
	case form == 5 && same:
		return "/./x/.." + path
	case form == 6 && same && !strings.Contains(path, "?") && !strings.HasSuffix(path, "/"):
		return fmt.Sprintf("%s;jsessionid=%08X%08X", path, m.dice(1<<30, "s", from, k), m.dice(1<<30, "t", from, k))
	case form == 7 && same && strings.Contains(path, "?"):
		return fmt.Sprintf("%s&PHPSESSID=%08x%08x", path, m.dice(1<<30, "s", from, k), m.dice(1<<30, "t", from, k))
	case form == 8 && same:
		return "\n  " + path + "\t"
	case form == 9 && same && !strings.Contains(path, "?"):
		return strings.ReplaceAll(path, "/", `\`)
	case form == 10 && to > 0:
		return fmt.Sprintf("http://%s/r/%d", Main, to)
	case form == 11 && to > 0:
		return fmt.Sprintf("//%s/rr/%d", Main, to)
	case form == 12 && same && len(path) > 12 && path == escaped(path):
		return path[:5] + "\n" + path[5:]
	case form < 15 && same:
		return path
	}
	return "http://" + host + path
}

// written is path and query of a page in the characters that another page
// writes them with.
func (m *Made) written(from, to, k int) string {
	raw := m.plain(to)
	path, query, asked := strings.Cut(raw, "?")
	if strings.Contains(path, " ") {
		path = strings.ReplaceAll(path, " ", "%20")
	}
	switch m.dice(4, "escape", from, to, k) {
	case 0:
		path = escaped(unescape(path))
	case 1:
		path = lower(escaped(unescape(path)))
	case 2:
		path = strings.Replace(path, "/p/", "/%70/", 1) // needs no escape
	}
	if !asked {
		return path
	}
	_, bytes, _ := strings.Cut(m.sent(to), "?")
	raws := to%len(kinds) == gbkStyle == gbk(from) // a raw query is sent in the charset of its page
	if raws && m.dice(2, "query", from, to, k) == 0 {
		return path + "?" + query
	}
	query = escaped(bytes)
	if m.dice(2, "lower", from, to, k) == 0 {
		query = lower(query)
	}
	return path + "?" + query
}

// lower writes percent-encodings in small letters.
func lower(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// relative leads from a page's folder up to the root and down again.
func (m *Made) relative(from int, path string) string {
	here := m.plain(from)
	here, _, _ = strings.Cut(here, "?")
	return strings.Repeat("../", strings.Count(here, "/")-1) + strings.TrimPrefix(path, "/")
}

// traps are what a crawler must not follow, and what leads out of bounds.
func (m *Made) traps(i int) []string {
	hidden := fmt.Sprintf("/hidden/%d.html", i)
	all := []string{
		`<!-- <a href="` + hidden + `">old</a> -->`,
		`<script>document.write('<a href="` + hidden + `">x</a>'); location.href = "` + hidden + `"</script>`,
		`<a href="javascript:go('` + hidden + `')">go</a>`,
		`<a href="mailto:a@b.example?subject=` + hidden + `">mail</a><a href="tel:12315">12315</a><a href="data:text/html,<a href=` + url.PathEscape(hidden) + `>">data</a>`,
		`<a href="#` + hidden + `">top</a><a href="">self</a><a>none</a><a href="http://[broken/">no address</a>`,
		`<img src="` + hidden + `?img" srcset="` + hidden + `?1x 1x, ` + hidden + `?2x 2x" data-href="` + hidden + `">`,
		`<form action="` + hidden + `"><input name=q></form>`,
		`<template><a href="` + hidden + `">x</a></template>`,
		`<a href="/private/` + strconv.Itoa(i) + `">private</a>`,
		`<a href="http://` + Other + `/` + strconv.Itoa(i) + `">friends</a>`,
		`<a href="ftp://` + Main + hidden + `">ftp</a><a href="https://` + Other + `/x">s</a>`,
	}
	if i%40 == 0 {
		all = append(all, fmt.Sprintf(`<a href="http://%s/out/%d">away</a>`, Main, i), `<a href="http://`+Main+`/secret/`+strconv.Itoa(i)+`">secret</a>`, `<a href="http://`+Main+`/gone/`+strconv.Itoa(i)+`.html">gone</a>`)
	}
	return all
}
