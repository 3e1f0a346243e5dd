package world

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hosts returns every host of the world: portals of authorities, courts,
// platforms and firms first, then operators' own sites. Most are plain; some
// have the tempers that a crawler meets:
//
//	open.sz.example       a workbook under a row of field codes; a CSV in GB18030 that says so nowhere
//	credit.sz.example     JSON with the next page's address in it
//	icp.example           further pages by a posted form with a token of the day
//	beian.example         redirects to another host, beian-www.example
//	xzqz.amr.sz.example   redirects to another path
//	hrss.sz.example       429 with Retry-After: 1 to the first page of each day
//	zlcc.sz.example       150 ms before every answer, and a sum below the last row
//	cn.credit.sz.example  robots.txt with a raw Chinese path and a Crawl-delay
//	tax.sz.example        identity numbers among the columns (and others): synthetic, never to be kept
//	beian-www, zlcc, tax, ldzc, news, szcert.ebs and every fifth own site: GBK, said nowhere
//
// Channels fail on the days of World.outages, sites as their SiteState says.
func (w *World) hosts() []*host {
	var all []*host
	for _, group := range [][]*host{
		w.registerHosts(), w.listHosts(), w.penaltyHosts(), w.licenceHosts(), w.arrearsHosts(), w.courtHosts(),
		w.noticeHosts(), w.platformHosts(), w.monitorHosts(), w.siteHosts(),
	} {
		all = append(all, group...)
	}
	return all
}

// slowAnswer is how long the slow host takes over every answer.
const slowAnswer = 150 * time.Millisecond

// newHost makes a host with its home page.
func newHost(name, title string, enc charset, nav ...string) *host {
	h := &host{name: name, routes: map[string]func(visit) answer{}}
	h.look = portal{title: title, nav: nav, charset: enc, footer: footer(name, title)}
	h.routes["/"] = func(visit) answer {
		return h.html("首页", nil, "<p>欢迎访问"+title+"门户网站。请从导航栏目进入信息公开专栏。</p>")
	}
	return h
}

// footer is the small print of a portal; its filing numbers are invented.
func footer(name, title string) string {
	n := number(name, 90000) + 10000
	return fmt.Sprintf("主办单位：%s　网站标识码：4403%06d<br>粤ICP备2019%06d号　粤公安网备案信息见页面底部　建议使用1024×768以上分辨率浏览", title, n, n)
}

// channel adds a page that belongs to a channel: on the days on which the
// channel fails, it fails.
func (w *World) channel(h *host, channel, path string, page func(visit) answer) {
	h.routes[path] = func(v visit) answer {
		if a, failed := h.outage(w.Outage(channel, v.day), v); failed {
			return a
		}
		return page(v)
	}
}

// outage is how a page fails.
func (h *host) outage(how string, v visit) (answer, bool) {
	switch how {
	case "500":
		return h.broken(), true
	case "404":
		return h.missing(), true
	case "dark":
		return answer{dark: true}, true
	case "empty":
		return h.html("系统提示", nil, "<p>系统繁忙，请稍后再试。错误代码：E-5021</p>"), true
	case "half":
		if v.query.Get("page") != "" || v.form.Get("page") != "" {
			return h.broken(), true
		}
	}
	return answer{}, false
}

func (h *host) broken() answer {
	return h.look.answer(http.StatusInternalServerError, h.look.page("500", nil, "<p>服务器内部错误，请联系网站管理员。</p>"))
}

// number is a number below n that belongs to a name, the same for ever.
func number(name string, n int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash does not fail
	return int(h.Sum64() >> 1 % uint64(n))
}

// syntheticID is a resident identity number with a valid check digit that
// belongs to nobody: the sequence 000 is never given out.
func syntheticID(name string) string {
	areas := []string{"440305", "441322", "430426", "360721", "420922", "450981"}
	d := time.Date(1968, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, number(name, 12000))
	id := areas[number(name+"area", len(areas))] + d.Format("20060102") + "000"
	sum := 0
	for i, r := range id {
		sum += int(r-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return id + string("10X98765432"[sum%11])
}

// yuan writes an amount as yuan with two decimals: 2000.00.
func (m Money) yuan() string { return fmt.Sprintf("%d.%02d", m/100, m%100) }

// grouped writes an amount with separators: 601,293.11.
func (m Money) grouped() string {
	whole := strconv.FormatInt(int64(m/100), 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s.%02d", whole, m%100)
}

// wan writes an amount in 万元 as the 双公示 tables do: 0.2 is 2000 yuan.
func (m Money) wan() string {
	s := fmt.Sprintf("%d.%06d", m/1e6, m%1e6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// words writes a date as 2026年3月1日; empty stays empty.
func (d Date) words() string {
	if d == "" {
		return ""
	}
	y, m, day := d.civil()
	return fmt.Sprintf("%d年%d月%d日", y, m, day)
}

// compact writes a date as 20260301; empty stays empty.
func (d Date) compact() string { return strings.ReplaceAll(string(d), "-", "") }

// dots writes a date as 2026.03.01.
func (d Date) dots() string { return strings.ReplaceAll(string(d), "-", ".") }

// slashes writes a date as 2026/3/1.
func (d Date) slashes() string {
	if d == "" {
		return ""
	}
	y, m, day := d.civil()
	return fmt.Sprintf("%d/%d/%d", y, m, day)
}

// or gives a word for an empty text.
func or(s, empty string) string {
	if s == "" {
		return empty
	}
	return s
}
