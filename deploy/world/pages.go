package world

import (
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// A portal is how the pages of one host look: whose they are, what stands in
// the navigation and in the footer.
type portal struct {
	title   string   // 深圳市市场监督管理局
	nav     []string // 首页 is added
	footer  string   // HTML
	charset charset
}

// A charset is how a portal encodes its pages and whether it says so.
type charset int

const (
	utf8InHeader charset = iota // UTF-8, said in Content-Type
	utf8InMeta                  // UTF-8, said in the page only
	gbkInMeta                   // GBK, said in the page as gb2312, as so many do
	gbkUnsaid                   // GBK, said nowhere
)

// answer encodes a page the way of the portal.
func (p portal) answer(status int, text string) answer {
	switch p.charset {
	case utf8InMeta:
		return answer{status: status, ctype: "text/html", body: []byte(text)}
	case gbkInMeta, gbkUnsaid:
		return answer{status: status, ctype: "text/html", body: inGBK(text)}
	default:
		return answer{status: status, ctype: "text/html; charset=utf-8", body: []byte(text)}
	}
}

// meta is the page's own word on its encoding.
func (c charset) meta() string {
	switch c {
	case gbkUnsaid:
		return ""
	case gbkInMeta:
		return "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\">\n"
	default:
		return "<meta charset=\"utf-8\">\n"
	}
}

// A cell is one cell of an HTML table or one value of a label/value block.
type cell struct {
	text string
	href string // the text is a link
	html string // instead of text
}

func (c cell) render() string {
	switch {
	case c.html != "":
		return c.html
	case c.href != "":
		return fmt.Sprintf(`<a href="%s" title="%s">%s</a>`, html.EscapeString(c.href), html.EscapeString(c.text), html.EscapeString(c.text))
	}
	return html.EscapeString(c.text)
}

func link(text, href string) cell { return cell{text: text, href: href} }

// texts turns strings into cells.
func texts(values ...string) []cell {
	out := make([]cell, len(values))
	for i, v := range values {
		out[i].text = v
	}
	return out
}

// page puts a body into the portal's frame. Crumbs are the path from 首页.
func (p portal) page(title string, crumbs []string, body string) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n" + p.charset.meta())
	fmt.Fprintf(&b, "<title>%s-%s</title>\n", html.EscapeString(title), html.EscapeString(p.title))
	b.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
	b.WriteString("<style>body{font:14px/1.7 \"Microsoft YaHei\",sans-serif;margin:0 auto;max-width:1100px}table{border-collapse:collapse;width:100%}" +
		"td,th{border:1px solid #ccd;padding:4px 8px}.crumb,.foot{color:#667}</style>\n</head>\n<body>\n")
	fmt.Fprintf(&b, "<div class=\"head\"><h1>%s</h1>\n<ul class=\"nav\"><li><a href=\"/\">首页</a></li>", html.EscapeString(p.title))
	for _, n := range p.nav {
		fmt.Fprintf(&b, "<li>%s</li>", html.EscapeString(n))
	}
	b.WriteString("</ul></div>\n<div class=\"crumb\">当前位置：<a href=\"/\">首页</a>")
	for _, c := range crumbs {
		fmt.Fprintf(&b, " &gt; <span>%s</span>", html.EscapeString(c))
	}
	fmt.Fprintf(&b, "</div>\n<div class=\"main\">\n<h2>%s</h2>\n%s\n</div>\n<div class=\"foot\">%s</div>\n</body>\n</html>\n",
		html.EscapeString(title), body, p.footer)
	return b.String()
}

// htmlTable writes a table with column names in its first row.
func htmlTable(class string, head []string, rows [][]cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<table class=\"%s\">\n<thead><tr>", class)
	for _, h := range head {
		fmt.Fprintf(&b, "<th>%s</th>", html.EscapeString(h))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range rows {
		b.WriteString("<tr>")
		for _, c := range row {
			fmt.Fprintf(&b, "<td>%s</td>", c.render())
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
	return b.String()
}

// A pair is a label with its value.
type pair struct {
	label string
	value cell
}

func say(label, value string) pair { return pair{label, cell{text: value}} }

// htmlPairs writes label/value pairs as a table of two columns of pairs, the
// way most portals show a decision.
func htmlPairs(class string, pairs []pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<table class=\"%s\">\n", class)
	for i, p := range pairs {
		if i%2 == 0 {
			b.WriteString("<tr>")
		}
		fmt.Fprintf(&b, "<th>%s</th><td>%s</td>", html.EscapeString(p.label), p.value.render())
		if i%2 == 1 || i == len(pairs)-1 {
			b.WriteString("</tr>\n")
		}
	}
	b.WriteString("</table>\n")
	return b.String()
}

// htmlList writes label/value pairs as a definition list, the way the company
// register does.
func htmlList(class string, pairs []pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<dl class=\"%s\">\n", class)
	for _, p := range pairs {
		fmt.Fprintf(&b, "<dt>%s：</dt><dd>%s</dd>\n", html.EscapeString(p.label), p.value.render())
	}
	b.WriteString("</dl>\n")
	return b.String()
}

// A paging is one page of a list.
type paging struct {
	page, pages, total int
	from, to           int // rows [from,to)
}

// paginate cuts total rows into pages; a page beyond the end is empty.
func paginate(total, size, page int) paging {
	p := paging{page: max(1, page), pages: max(1, (total+size-1)/size), total: total}
	p.from = min(total, (p.page-1)*size)
	p.to = min(total, p.from+size)
	return p
}

// pageOf reads the page number of a query.
func pageOf(q url.Values) int {
	n, err := strconv.Atoi(q.Get("page"))
	if err != nil {
		return 1
	}
	return n
}

// pager writes the links below a list; the link to the next page is a.next.
func (p paging) pager(path string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="pages">共 %d 条记录，第 %d/%d 页 `, p.total, p.page, p.pages)
	if p.page > 1 {
		fmt.Fprintf(&b, `<a class="prev" href="%s">上一页</a> `, pageURL(path, p.page-1))
	}
	if p.page < p.pages {
		fmt.Fprintf(&b, `<a class="next" href="%s">下一页</a>`, pageURL(path, p.page+1))
	}
	return b.String() + "</div>"
}

// pageURL leaves the number of the first page out, as lists do, so that one
// page has one address.
func pageURL(path string, page int) string {
	if page == 1 {
		return path
	}
	return path + "?page=" + strconv.Itoa(page)
}

// emptyList is what a list without rows says.
const emptyList = "暂无相关信息"

// list writes one page of a list with its pager, or that it is empty.
func list(class, path string, head []string, rows [][]cell, q url.Values, size int) string {
	if len(rows) == 0 {
		return "<p class=\"none\">" + emptyList + "</p>"
	}
	p := paginate(len(rows), size, pageOf(q))
	return htmlTable(class, head, rows[p.from:p.to]) + p.pager(path)
}

// inGBK encodes a page as GBK; runes it lacks become character references.
func inGBK(text string) []byte {
	b, err := encoding.HTMLEscapeUnsupported(simplifiedchinese.GBK.NewEncoder()).Bytes([]byte(text))
	if err != nil {
		return nil // every rune can be referred to
	}
	return b
}

// inGB18030 encodes a file as GB18030, which has every rune.
func inGB18030(text string) []byte {
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil // only broken UTF-8 fails
	}
	return b
}
