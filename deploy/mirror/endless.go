package mirror

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Endless are hosts that lead a crawl on for ever, each in its own way: trap
// and host are named alike, as repeat.trap.example.
type Endless struct{ Now time.Time }

var _ Site = Endless{}

// Traps are the kinds of endless hosts.
func Traps() []string {
	return []string{"repeat", "grow", "calendar", "session", "soft", "alike", "deep", "heavy"}
}

// TrapHost is the host of a kind.
func TrapHost(kind string) string { return kind + ".trap.example" }

// Hosts implements Site.
func (Endless) Hosts() (all []string) {
	for _, k := range Traps() {
		all = append(all, TrapHost(k))
	}
	return all
}

// Name implements Site: every address is a page of its own.
func (Endless) Name(_, target string) string { return target }

// Page implements Site.
func (e Endless) Page(host, target string) Page {
	kind, _, _ := strings.Cut(host, ".")
	if target == "/robots.txt" {
		return missing()
	}
	u, err := url.Parse(target)
	if err != nil {
		return missing()
	}
	n, _ := strconv.Atoi(u.Query().Get("n"))
	title, text, next := "第"+strconv.Itoa(n)+"页", words(target), fmt.Sprintf("/?n=%d", n+1)
	switch kind {
	case "repeat": // a relative link on a server that answers for every path
		next = "news/list/"
	case "grow": // each link adds a condition to the search
		next = target + "&f=" + strconv.Itoa(len(target))
		if u.RawQuery == "" {
			next = "/?f=0"
		}
	case "calendar":
		day, err := time.Parse("2006-01-02", u.Query().Get("date"))
		if err != nil {
			day = e.Now
		}
		next = "/?date=" + day.AddDate(0, 3, 0).Format("2006-01-02")
	case "session":
		next = fmt.Sprintf("/list;jsessionid=%016X?page=%d&PHPSESSID=%032x", len(target)*7919+n, n%3, time.Now().UnixNano())
	case "soft": // says "not found" with 200, and leads to more of these
		if u.Path != "/" {
			title, text = "提示", strings.Repeat("您访问的页面不存在，可能已被删除或更名，请返回首页。", 6)
		}
		next = fmt.Sprintf("/missing/%d.html?n=%d", n+1, n+1)
	case "alike": // the same page under ever new names
		title, text = "公告", strings.Repeat("关于开展网络交易监管专项行动的公告，请各经营主体自查自纠。", 6)
	case "heavy":
		text = strings.Repeat(text, 100)
	}
	body := fmt.Sprintf("<!DOCTYPE html><meta charset=utf-8><title>%s</title><p>%s</p><a href=%q>下一页</a>", title, text, next)
	return Page{Status: http.StatusOK, Type: "text/html; charset=utf-8", Body: []byte(body)}
}

// words are a text that differs from address to address.
func words(target string) string { return New(7, 1).text(len(target)*31 + int(sum(target))) }

func sum(s string) (n uint16) {
	for i := range len(s) {
		n = n*31 + uint16(s[i])
	}
	return n
}
