package world

import (
	"fmt"
	"html"
	"strings"
)

// siteHTML is the home page of an operator's own site. Sites differ in the
// form of their footers, not in what counts.
func siteHTML(site Site, i int, s SiteState, badge string, enc charset) string {
	e := html.EscapeString
	brand := siteBrand(site.Host)
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n" + enc.meta())
	fmt.Fprintf(&b, "<title>%s官方商城</title>\n</head>\n<body>\n", brand)
	fmt.Fprintf(&b, "<header><h1>%s官方商城</h1><nav><a href=\"/\">首页</a> <a href=\"/about.html\">关于我们</a> <a href=\"/help.html\">帮助中心</a></nav></header>\n", brand)
	b.WriteString(goods(site.Host, s.AbsoluteTerms, s.LatestGoods))
	b.WriteString("<section class=\"news\"><h3>商城动态</h3>\n<ul>\n")
	for k, title := range []string{"秋冬新品陆续上架", "配送范围调整说明", "会员积分规则更新"} {
		fmt.Fprintf(&b, "<li><a href=\"/news/%d.html\">%s</a> 发布日期：<span class=\"date\">%s</span></li>\n", k+1, title, s.LatestContent.plusDays(-13*k))
	}
	b.WriteString("</ul></section>\n<footer>\n<p>")
	if s.ReturnPolicy {
		b.WriteString("<a href=\"/return.html\">七天无理由退货</a> | ")
	}
	if s.Privacy {
		b.WriteString("<a href=\"/privacy.html\">隐私政策</a> | ")
	}
	b.WriteString("<a href=\"/contact.html\">联系我们</a></p>\n")
	b.WriteString(siteLicence(i, s))
	if s.ICP != "" {
		fmt.Fprintf(&b, "<p><a href=\"http://icp.example/\">%s</a></p>\n", e(s.ICP))
	}
	if s.Police != "" {
		fmt.Fprintf(&b, "<p><a href=\"http://beian.example/\">%s</a></p>\n", e(policeForm(i, s.Police)))
	}
	if badge != "" {
		fmt.Fprintf(&b, "<script id=\"ebsgovicon\" src=\"http://%s/govicon.js?id=%s&amp;width=36&amp;height=50&amp;type=1\" type=\"text/javascript\"></script>\n", badgeHostName, badge)
	}
	if s.Name != "" {
		fmt.Fprintf(&b, "<p class=\"copyright\">版权所有 &copy; %s</p>\n", e(s.Name))
	}
	return b.String() + "</footer>\n</body>\n</html>\n"
}

// policeForm writes the filing with or without the blank and 号.
func policeForm(i int, number string) string {
	if i%2 == 0 {
		return strings.Replace(number, "备", "备 ", 1)
	}
	return number
}

// siteBrand is what a site calls itself.
func siteBrand(host string) string {
	words := []string{"禾木", "云杉", "南枝", "澄光", "知夏", "半山", "沐白", "清和"}
	return words[number(host, len(words))]
}

// siteLicence is the part of the footer that shows who runs the site, and the
// licence: in full by a mark that leads to it, in part by an excerpt of its
// text without the name, not at all, or by the declaration that none is
// needed. What a site says of itself may be wrong all the same; its name also
// stands in the copyright line.
func siteLicence(i int, s SiteState) string {
	e := html.EscapeString
	var items []pair
	for k, p := range []pair{say("企业名称", s.Name), say("统一社会信用代码", s.USCC), say("住所", s.Address)} {
		if p.value.text != "" && (k > 0 || s.Licence == "full") {
			items = append(items, p)
		}
	}
	title, mark := "经营者信息", ""
	switch s.Licence {
	case "full":
		mark = "<p class=\"zhizhao\">" + []string{
			"<a href=\"/licence.html\">营业执照</a>",
			"<a href=\"/licence.html\"><img src=\"/static/zzlz.png\" alt=\"电子营业执照\"></a>",
			"<a href=\"http://zzlz.gsxt.example/q\" title=\"亮照\">电子营业执照亮照</a>",
		}[i%3] + "</p>\n"
	case "partial":
		title = "营业执照信息（摘录）"
	case "exempt_declared":
		mark = "<p class=\"declaration\">" + exemptWords + "</p>\n"
	}
	if len(items) == 0 {
		return mark
	}
	switch i % 4 {
	case 0:
		return mark + "<div class=\"who\"><b>" + title + "</b>" + htmlList("company", items) + "</div>\n"
	case 1:
		return mark + "<div class=\"who\"><b>" + title + "</b>" + htmlPairs("company", items) + "</div>\n"
	}
	var parts []string
	for _, p := range items {
		parts = append(parts, p.label+"："+e(p.value.text))
	}
	between := "<br>\n"
	if i%4 == 3 {
		between = "　|　"
	}
	return mark + "<p class=\"who\">" + title + "<br>\n" + strings.Join(parts, between) + "</p>\n"
}
