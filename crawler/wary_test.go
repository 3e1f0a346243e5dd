package crawler_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"probity/crawler/scope"
	"probity/crawler/traps"
	"probity/pipeline/evidence"
)

// trapped lets source s declare what keeps it out of traps.
func (h *house) trapped(tr evidence.Traps) {
	h.t.Helper()
	s := h.sources["s"]
	s.Traps = &tr
	h.sources["s"] = s
	gate, err := scope.New(s, h.sources["t"])
	if err != nil {
		h.t.Fatal(err)
	}
	h.Scope = gate
}

func TestAHostThatEatsItsBudgetBecomesDeadLettersWithTheReason(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.trapped(evidence.Traps{HostBudget: evidence.Budget{Requests: 3}, Budget: evidence.Budget{Bytes: 100}})
		for i := range 5 {
			for _, host := range []string{"a", "b"} {
				u := fmt.Sprintf("http://%s.example/%d", host, i)
				h.web.says(u, answer{status: 200, body: strings.Repeat("x", 10)})
				h.add("r", u)
			}
		}
		// Each host answers for robots.txt and two pages.
		if c := h.within(time.Hour, "r"); c.Done != 4 || c.Failed["budget_host_requests"] != 6 || c.Requests != 6 {
			t.Errorf("counts = %+v", c)
		}
		for i := range 12 { // another run has another budget
			u := fmt.Sprintf("http://c%d.example/", i)
			h.web.says(u, answer{status: 200, body: strings.Repeat("x", 25)})
			h.add("again", u)
		}
		if c := h.within(time.Hour, "again"); c.Done < 4 || c.Done+c.Failed["budget_source_bytes"] != 12 {
			t.Errorf("counts = %+v", c)
		}
	})
}

// What other crawlers spent, and this one before it was started again, counts.
func TestAHostsBudgetIsSharedAndOutlivesTheCrawler(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Purse = h.frontier
		h.trapped(evidence.Traps{HostBudget: evidence.Budget{Requests: 3}, Budget: evidence.Budget{Bytes: 1000}})
		host := traps.Spender{Kind: "host", Name: "s a.example", Run: "r"}
		if err := h.frontier.Spend(t.Context(), traps.Spent{Requests: 1}, host); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			u := fmt.Sprintf("http://a.example/%d", i)
			h.web.says(u, answer{status: 200, body: "twenty characters ok"})
			h.add("r", u)
		}
		if c := h.within(time.Hour, "r"); c.Done != 1 || c.Failed["budget_host_requests"] != 4 || c.Requests != 2 {
			t.Errorf("counts = %+v", c)
		}
		spent, err := h.frontier.Spent(t.Context(), host, traps.Spender{Kind: "source", Name: "s", Run: "r"})
		if err != nil || spent[0].Requests != 3 || spent[1].Requests != 2 || spent[1].Bytes != 20 {
			t.Errorf("spent %+v, %v", spent, err)
		}
	})
}

func TestAnErrorPageWithAGoodStatusIsNoPage(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Workers = 1
		h.trapped(evidence.Traps{SoftErrors: true})
		missing := "<html><head><title>提示</title></head><body>" + strings.Repeat("您访问的页面不存在，可能已被删除或更名。请返回首页，或使用站内搜索。", 4) + "</body></html>"
		page := "<html><head><title>行政处罚决定书</title></head><body>" + strings.Repeat("当事人发布虚假广告，违反广告法第二十八条的规定，罚款人民币五千元。", 4) + "</body></html>"
		h.web.says("http://a.example/", answer{status: 200, body: page})
		h.add("r", "http://a.example/")
		stop := h.start()
		for h.web.visited() < 3 { // robots.txt, the page, and the probe that it led to
			wait(time.Second)
			for _, l := range h.open("r") {
				h.web.says(l, answer{status: 200, body: missing})
			}
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		h.web.says("http://a.example/gone", answer{status: 200, body: missing})
		h.web.says("http://a.example/there", answer{status: 200, body: page})
		h.add("r", "http://a.example/gone", "http://a.example/there")
		c := h.within(time.Hour, "r")
		if c.Done != 3 || c.Failed["soft_404"] != 1 {
			t.Errorf("counts = %+v", c)
		}
		got := h.captures()
		if gone := got["http://a.example/gone"]; len(gone) != 1 || gone[0].SoftError != "soft_404" || gone[0].OK() {
			t.Errorf("capture = %+v", gone)
		}
		if there := got["http://a.example/there"]; len(there) != 1 || !there[0].OK() {
			t.Errorf("capture = %+v", there)
		}
	})
}

// open are the addresses of a run that are not settled.
func (h *house) open(run string) (urls []string) {
	h.t.Helper()
	err := h.frontier.Leads(h.t.Context(), run, func(l evidence.Lead, state, _ string) {
		if state == "open" {
			urls = append(urls, l.URL)
		}
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return urls
}
