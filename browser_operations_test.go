package main

import (
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// fill puts the focus on a field and types into it.
func (w *walker) fill(selector, text string) {
	w.Helper()
	w.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(text))
}

// says wants words on the page.
func (w *walker) says(what string, words ...string) {
	w.Helper()
	text := w.text("main")
	for _, word := range words {
		if !strings.Contains(text, word) {
			w.Errorf("%s says nothing of %q: %.400s", what, word, text)
		}
	}
	if ask(w, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth + 1`)) {
		w.Errorf("%s scrolls sideways", what)
	}
}

// operations does by keyboard what those do who answer for the crawl: pause a
// host and let it go on, stop a source and let it go on, change a budget,
// visit a page now, and look at all that is to be seen.
func (w *walker) operations() {
	w.Helper()
	w.press(`header nav a[href="/calendar"]`)
	w.says("the calendar", "日程")
	w.shot("calendar")

	w.press(`.sub a[href="/hosts"]`)
	w.fill(`td input[name="why"]`, "对方请求 asked to")
	w.press(`td button[value="pause"]`)
	w.says("the page of hosts", "已暂停", "asked to", "指令已生效")
	w.shot("hosts")
	w.do(chromedp.Navigate(w.home()+"/hosts"), chromedp.WaitReady(chromedp.CSS("main")))
	w.do(chromedp.Focus(chromedp.CSS(`tr:has(button[value="resume"]) input[name="why"]`)), chromedp.KeyEvent("well again"))
	w.press(`button[value="resume"]`)
	if strings.Contains(w.text("main"), "已暂停") {
		w.Error("the host stays paused")
	}

	w.press(`.sub a[href="/orders"]`)
	w.fill(`input[name="why"]`, "投诉 complaint")
	w.press(`button[value="kill"]`)
	w.says("the page of orders", "停止采集", "投诉 complaint", "生效中")
	w.shot("orders")
	w.do(chromedp.Navigate(w.home()+"/orders"), chromedp.WaitReady(chromedp.CSS("main")))
	w.fill(`input[name="why"]`, "解决 settled")
	w.press(`button[value="resume"]`)
	w.says("the page of orders", "按声明", "已被取代")

	for _, page := range []string{"failures", "refusals", "disk"} {
		w.press(`.sub a[href="/` + page + `"]`)
		w.shot(page)
	}
	w.says("the page of the disk", "网页存档", "可用")

	w.do(chromedp.Navigate(w.home()+"/campaigns/small"), chromedp.WaitReady(chromedp.CSS("main")))
	w.says("the campaign", "预计", "at this courtesy")
	w.fill(`input[name="requests"]`, "5000")
	w.fill(`input[name="why"]`, "节省 thrift")
	w.shot("campaign")
	w.press(`button[value="set"]`)
	w.says("the page of orders", "campaign:small", "5000", "节省 thrift")

	w.do(chromedp.Navigate(w.home()+w.penalised()+"/why"), chromedp.WaitReady(chromedp.CSS("main")))
	w.press(`details[open] a[href*="/captures/"]`)
	w.press(`form[action$="/visit"] button`)
	w.says("the page of a capture", "已安排再次访问", "visit-")
	w.shot("visit")
	w.compares()
	w.webmaster()
}

// compares puts a capture beside the one that a visit just made, once it is
// there.
func (w *walker) compares() {
	w.Helper()
	w.press(`a[href$="/diff"]`)
	here := w.where()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(w.page(strings.TrimPrefix(here, w.home())), "<option"); {
		if time.Now().After(deadline) {
			w.Fatal("the visit that was asked for left no second capture")
		}
	}
	w.do(chromedp.Navigate(here), chromedp.WaitReady(chromedp.CSS(`select[name="with"]`)))
	w.press(`form[action$="/diff"] button`)
	w.says("the comparison", "按字段", "按文字")
	w.shot("diff")
}

// webmaster finds as a webmaster what was done at a host, from the page that a
// User-Agent can point to.
func (w *walker) webmaster() {
	w.Helper()
	w.do(chromedp.Navigate(w.home()+"/hosts"), chromedp.WaitReady(chromedp.CSS("main")))
	host := strings.TrimSpace(w.text(`tbody th a[href^="/crawler/"]`))
	w.press(`footer a[href="/crawler"]`)
	w.shot("crawler")
	w.fill(`input[name="host"]`, host)
	w.press(`form[action="/crawler"] button`)
	w.says("the page of a host", host, "如何让我们停止", "法律依据", "User-Agent", "robots", "每一次访问")
	w.shot("webmaster")
	w.press(`tbody th a[href^="/captures/"]`)
}
