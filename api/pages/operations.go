package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"probity/api/doors"
	"probity/api/problem"
	"probity/api/see"
	"probity/pipeline/evidence"
)

// operations puts the pages of those who answer for the crawl on a mux.
func (p *Pages) operations(mux *http.ServeMux) {
	show := func(template, title string, read func(context.Context) (any, error)) http.HandlerFunc {
		return p.page([]string{"done"}, nil, func(ctx context.Context, a ask) (view, error) {
			data, err := read(ctx)
			return view{template: template, title: title, nav: "operations", data: acted{data, a.URL.Query().Get("done")}}, err
		})
	}
	o := p.doors.Operations
	mux.HandleFunc("GET /calendar", show("calendar.html", "日程 Calendar", func(ctx context.Context) (any, error) { return o.Calendar(ctx, 14) }))
	mux.HandleFunc("GET /hosts", show("hosts.html", "主机 Hosts", func(ctx context.Context) (any, error) { return o.Hosts(ctx) }))
	mux.HandleFunc("GET /failures", show("failures.html", "失败 Failures", func(ctx context.Context) (any, error) { return o.Failures(ctx) }))
	mux.HandleFunc("GET /refusals", show("refusals.html", "未访问 Not visited", func(ctx context.Context) (any, error) { return o.Refusals(ctx) }))
	mux.HandleFunc("GET /orders", show("orders.html", "指令 Orders", p.given))
	mux.HandleFunc("GET /disk", show("disk.html", "磁盘 Disk", func(ctx context.Context) (any, error) { return o.Disk(ctx) }))
	mux.HandleFunc("POST /hosts", p.act(p.orderHost))
	mux.HandleFunc("POST /failures", p.act(p.retry))
	mux.HandleFunc("POST /orders", p.act(p.orderSource))
	mux.HandleFunc("POST /campaigns/{id}/budget", p.act(p.orderBudget))
	mux.HandleFunc("POST /captures/{id}/visit", p.act(p.visitNow))
}

// acted is a page's data with the word of what was just done.
type acted struct {
	Data any
	Done string
}

// given are orders with the sources that they can be given to.
func (p *Pages) given(ctx context.Context) (any, error) {
	given, err := p.doors.Operations.Given(ctx, 50)
	if err != nil {
		return nil, err
	}
	sources, err := p.doors.Published.Sources(ctx)
	return struct {
		Given   []doors.Given
		Sources []doors.Source
	}{given, sources}, err
}

// act makes a handler of a form that only the operator may send: it does
// something, and leads to where its effect is seen.
func (p *Pages) act(do func(r *http.Request, who string) (to string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := p.ours(w, r)
		if err == nil && !p.gate.Reader(r).May(see.OrderByToken) {
			err = problem.New("token-needed", "只有运营者可以这样做：先登录 only the operator may do this: log in first")
		}
		var to string
		if err == nil {
			to, err = do(r, "operator")
		}
		if err != nil {
			p.Problem(w, r, err)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

func (p *Pages) orderHost(r *http.Request, who string) (string, error) {
	host, err := hostName(r.PostFormValue("host"))
	if err != nil {
		return "", err
	}
	o, err := orderOf(r)
	if err != nil {
		return "", err
	}
	return "/hosts?done=host", p.doors.Operations.OrderHost(r.Context(), host, o, who)
}

func (p *Pages) retry(r *http.Request, who string) (string, error) {
	done, err := p.doors.Operations.Retry(r.Context(), r.PostFormValue("run"), r.PostFormValue("reason"), who)
	return "/failures?done=" + strconv.Itoa(done.Leads), err
}

func (p *Pages) orderSource(r *http.Request, who string) (string, error) {
	o, err := orderOf(r)
	if err != nil {
		return "", err
	}
	return "/orders?done=source", p.doors.Operations.OrderSource(r.Context(), r.PostFormValue("source"), o, who)
}

// orderOf reads a word about a source or a host.
func orderOf(r *http.Request) (doors.Order, error) {
	why, err := whyOf(r)
	o := doors.Order{Verb: r.PostFormValue("verb"), Why: why}
	if text := r.PostFormValue("delay"); err == nil && o.Verb == doors.Delay && text != "" {
		seconds, bad := strconv.ParseFloat(text, 64)
		if bad != nil || !(seconds >= 0 && seconds <= 86400) { // not a number is neither
			return o, problem.Wrong("delay", "秒数，0 至 86400 seconds, 0 to 86400")
		}
		o.Delay = time.Duration(seconds * float64(time.Second))
	}
	return o, err
}

// longest is how many characters of a reason are kept with an order.
const longest = 200

// whyOf is why an order is given: whoever reads it later has nothing else.
func whyOf(r *http.Request) (string, error) {
	why := strings.TrimSpace(r.PostFormValue("why"))
	switch n := utf8.RuneCountInString(why); {
	case n == 0:
		return "", problem.Wrong("why", "请写明理由，它与指令一同入账 say why: the reason is entered with the order")
	case n > longest:
		return "", problem.Wrong("why", fmt.Sprintf("至多 %d 字 at most %[1]d characters", longest))
	}
	return why, nil
}

func (p *Pages) orderBudget(r *http.Request, who string) (string, error) {
	b := &evidence.Budget{}
	for name, set := range map[string]func(int64){
		"requests": func(n int64) { b.Requests = int(n) }, "bytes": func(n int64) { b.Bytes = n }, "minutes": func(n int64) { b.Minutes = int(n) },
	} {
		text := r.PostFormValue(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if name == "bytes" {
			n, err = strconv.ParseInt(text, 10, 64)
		}
		if err != nil || n < 0 {
			return "", problem.Wrong(name, "非负整数 a whole number, 0 or more")
		}
		set(n)
	}
	if r.PostFormValue("verb") == "declared" {
		b = nil
	}
	why, err := whyOf(r)
	if err != nil {
		return "", err
	}
	return "/orders?done=budget", p.doors.Operations.OrderCampaign(r.Context(), r.PathValue("id"), b, why, who)
}

func (p *Pages) visitNow(r *http.Request, who string) (string, error) {
	run, err := p.doors.Operations.VisitNow(r.Context(), r.PathValue("id"), who)
	return "/captures/" + url.PathEscape(r.PathValue("id")) + "?visit=" + url.QueryEscape(run), err
}
