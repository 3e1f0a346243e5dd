package crawler_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// bubble runs a test in false time, so that a day's back-off costs nothing.
func bubble(t *testing.T, test func(*testing.T, *house)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { test(t, open(t, dir)) })
}

func TestLeadsBecomeCapturesKeptSettledAndHandedOn(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.says("http://a.example/1", answer{status: 200, body: "one"})
		h.web.says("http://a.example/2", answer{status: 200, body: "two"})
		h.add("r", "http://a.example/1", "http://a.example/2")
		c := h.within(time.Hour, "r")
		if c.Done != 2 || c.Requests != 3 || h.queued() != 2 {
			t.Errorf("counts = %+v, %d queued", c, h.queued())
		}
		got := h.captures()
		if len(got["http://a.example/1"]) != 1 || len(got["http://a.example/2"]) != 1 || len(got["http://a.example/robots.txt"]) != 1 {
			t.Fatalf("captures = %v", got)
		}
		one := got["http://a.example/1"][0]
		if one.Robots.Reason != "no file" || !one.Robots.Allowed || one.Lead.View != "page" || one.Run != "r" || one.Attempt != 1 {
			t.Errorf("capture = %+v", one)
		}
		if p := h.Progress(); p.Done != 2 || p.Captures != 3 || p.Bytes != 6 || p.UnderWay != 0 || p.Requests != 3 {
			t.Errorf("progress = %+v", p)
		}
	})
}

// MODEL 7: the gap runs from the end of an answer to the start of the next
// request, robots.txt included, across runs, sources and workers.
func TestNoHostIsAskedTwiceWithinItsGap(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		for i := range 3 {
			for p := range 4 {
				u := fmt.Sprintf("http://h%d.example/%d", i, p)
				h.web.says(u, answer{status: 200, body: u, takes: time.Duration(p) * 3 * time.Second})
				h.add(fmt.Sprint("r", p%2), u)
			}
		}
		start := time.Now()
		h.within(time.Hour, "r0")
		h.within(time.Hour, "r1")
		if h.web.overlap {
			t.Error("a host had two visitors at once")
		}
		last := map[string]time.Time{}
		slices.SortFunc(h.web.visits, func(a, b visit) int { return a.start.Compare(b.start) })
		for _, v := range h.web.visits {
			u, _ := url.Parse(v.url)
			if end, ok := last[u.Host]; ok && v.start.Sub(end) != gap {
				t.Errorf("%s came %s after the answer before, not when it was due", v.url, v.start.Sub(end))
			}
			last[u.Host] = v.end
		}
		if d := time.Since(start); d > 100*time.Second {
			t.Errorf("took %s: hosts should be visited side by side, and at once when due", d)
		}
	})
}

func TestARedirectIsALeadOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.says("http://a.example/old", answer{status: 302, location: "http://b.example/new?x=信"})
		h.web.says("http://b.example/new?x=%E4%BF%A1", answer{status: 200, body: "new"})
		h.web.says("http://a.example/out", answer{status: 301, location: "http://login.test/"})
		h.web.says("http://a.example/loop", answer{status: 302, location: "/loop#again"})
		h.add("r", "http://a.example/old", "http://a.example/out", "http://a.example/loop")
		c := h.within(time.Hour, "r")
		if c.Done != 2 || c.Refused["hop_scope_host"] != 1 || c.Refused["hop_scope_loop"] != 1 || c.Total() != 4 {
			t.Errorf("counts = %+v", c)
		}
		to := h.captures()["http://b.example/new?x=%E4%BF%A1"]
		if len(to) != 1 || to[0].Lead.Hop != 1 || to[0].Lead.View != "page" || to[0].Robots.Reason != "no file" {
			t.Errorf("captures = %+v", to)
		}
		if h.queued() != 1 || h.web.asked("http://login.test/") != 0 {
			t.Errorf("%d queued", h.queued())
		}
	})
}

func TestARedirectAsksWhereItLeads(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.says("http://a.example/old", answer{status: 302, location: "http://b.example/new"})
		h.web.says("http://b.example/robots.txt", answer{status: 200, body: "User-agent: *\nDisallow: /new\n"})
		h.add("r", "http://a.example/old")
		c := h.within(time.Hour, "r")
		if c.Done != 1 || c.Refused["robots_disallowed"] != 1 || h.web.asked("http://b.example/new") != 0 {
			t.Errorf("counts = %+v", c)
		}
	})
}

func TestRedirectsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		for i := range 30 {
			h.web.says(fmt.Sprintf("http://a.example/%d", i), answer{status: 302, location: fmt.Sprintf("/%d", i+1)})
		}
		h.add("r", "http://a.example/0")
		if c := h.within(time.Hour, "r"); c.Done != crawler.MaxHops || c.Refused["hop_scope_hops"] != 1 {
			t.Errorf("counts = %+v", c)
		}
	})
}

func TestErrorAnswersAreKeptButAreNoPages(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.says("http://a.example/gone", answer{status: 410, body: "gone"})
		h.web.says("http://a.example/no", answer{status: 403, body: "no"})
		h.web.says("http://a.example/odd", answer{status: 304})
		h.add("r", "http://a.example/missing", "http://a.example/gone", "http://a.example/no", "http://a.example/odd")
		c := h.within(time.Hour, "r")
		for _, word := range []string{"http_404", "http_410", "http_403", "http_304"} {
			if c.Failed[word] != 1 {
				t.Errorf("%s: %d, want 1", word, c.Failed[word])
			}
		}
		if got := h.captures(); len(got["http://a.example/missing"]) != 1 || len(got["http://a.example/gone"]) != 1 || h.queued() != 0 {
			t.Errorf("captures %v, %d queued", got, h.queued())
		}
		if h.web.asked("http://a.example/missing") != 1 {
			t.Error("a final answer was asked for again")
		}
	})
}

func TestServerErrorsAreTriedAgainThenGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.pages["http://a.example/flaky"] = func(n int) answer {
			if n < 3 {
				return answer{status: 500, body: "oops"}
			}
			return answer{status: 200, body: "well"}
		}
		h.web.says("http://a.example/broken", answer{status: 502})
		h.web.says("http://a.example/torn", answer{err: &crawler.FaultError{Reason: "truncated", Err: fmt.Errorf("cut: %w", evidence.ErrUnavailable)}})
		h.web.says("http://a.example/bomb", answer{err: &crawler.FaultError{Reason: "bomb", Err: fmt.Errorf("bomb: %w", evidence.ErrInvalid)}})
		h.add("r", "http://a.example/flaky", "http://a.example/broken", "http://a.example/torn", "http://a.example/bomb")
		c := h.within(time.Hour, "r")
		if c.Done != 1 || c.Failed["http_502"] != 1 || c.Failed["truncated"] != 1 || c.Failed["bomb"] != 1 {
			t.Errorf("counts = %+v", c)
		}
		if n, m := h.web.asked("http://a.example/broken"), h.web.asked("http://a.example/bomb"); n != 4 || m != 1 {
			t.Errorf("asked %d and %d times, want 4 and 1", n, m)
		}
		h.wantPauses("http://a.example/broken", time.Minute, 2*time.Minute, 4*time.Minute)
		flaky := h.captures()["http://a.example/flaky"]
		if len(flaky) != 3 || flaky[0].Attempt != 1 || flaky[2].Attempt != 3 || flaky[0].Content == flaky[2].Content {
			t.Errorf("captures = %+v", flaky)
		}
	})
}

func TestABusyHostRestsAndOthersGoOn(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.pages["http://a.example/1"] = func(n int) answer {
			if n == 1 {
				return answer{status: 429, header: http.Header{"Retry-After": {"600"}}}
			}
			return answer{status: 200, body: "well"}
		}
		h.web.says("http://a.example/2", answer{status: 200, body: "two"})
		h.web.says("http://b.example/1", answer{status: 200, body: "b"})
		h.add("r", "http://a.example/1", "http://a.example/2", "http://b.example/1")
		start := time.Now()
		if c := h.within(time.Hour, "r"); c.Done != 3 {
			t.Errorf("counts = %+v", c)
		}
		for _, v := range h.web.visits {
			if since := v.start.Sub(start); v.url == "http://a.example/2" && since < 600*time.Second {
				t.Errorf("the resting host was asked after %s", since)
			} else if v.url == "http://b.example/1" && since > time.Minute {
				t.Errorf("another host waited %s", since)
			}
		}
		if c := h.captures()["http://a.example/1"]; len(c) != 2 || c[1].Attempt != 1 {
			t.Errorf("captures = %+v", c)
		}
	})
}

func TestADarkHostIsGivenUpWithAllItsLeads(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		dark := answer{err: &crawler.FaultError{Reason: "connect", Host: true, Err: fmt.Errorf("connect: %w", evidence.ErrUnavailable)}}
		h.web.says("http://dark.example/robots.txt", dark)
		h.add("r", "http://dark.example/1", "http://dark.example/2", "http://dark.example/3")
		if c := h.within(2*time.Hour, "r"); c.Failed["connect"] != 3 {
			t.Errorf("counts = %+v", c)
		}
		if n := h.web.asked("http://dark.example/robots.txt"); n != 5 {
			t.Errorf("asked %d times, want 5", n)
		}
	})
}

func TestRobotsAreObeyedAndRecorded(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		file := "User-agent: *\nDisallow: /信用/\nAllow: /1\nCrawl-delay: 30s\n"
		h.web.says("http://a.example/robots.txt", answer{status: 200, body: file})
		h.web.says("http://a.example/1", answer{status: 200, body: "1"})
		h.web.says("http://a.example/2", answer{status: 200, body: "2"})
		h.web.says("http://b.example/robots.txt", answer{err: &crawler.FaultError{Reason: "bomb", Err: fmt.Errorf("robots.txt: %w: a bomb", evidence.ErrInvalid)}})
		h.add("r", "http://a.example/1", "http://a.example/2", "http://a.example/信用/x", "http://b.example/1")
		start := time.Now()
		c := h.within(time.Hour, "r")
		if c.Done != 2 || c.Refused["robots_disallowed"] != 1 || c.Refused["robots_unreadable"] != 1 || c.Requests != 4 {
			t.Errorf("counts = %+v", c)
		}
		if d := time.Since(start); d < time.Minute {
			t.Errorf("two pages and robots.txt took %s: the crawl-delay was not kept", d)
		}
		one := h.captures()["http://a.example/1"][0]
		if one.Robots.Digest != evidence.DigestBytes([]byte(file)) || one.Robots.Reason != "allowed" || one.Robots.Rule != "Allow: /1" || one.Robots.Line != 3 {
			t.Errorf("robots = %+v", one.Robots)
		}
		if r := h.captures()["http://a.example/robots.txt"]; len(r) != 1 || r[0].Payload != one.Robots.Digest || h.queued() != 2 {
			t.Errorf("robots.txt is not in the archive once: %+v", r)
		}
	})
}

func TestLeadsOutOfScopeAndOfUnknownSourcesAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.add("r", "http://a.example/private/x")
		l := evidence.Lead{Method: "GET", URL: "http://b.example/", Source: "withdrawn"}
		if _, err := h.frontier.Add(t.Context(), "r", evidence.Manners{}, l); err != nil {
			t.Fatal(err)
		}
		c := h.within(time.Minute, "r")
		if c.Refused["scope_exclude"] != 1 || c.Refused["source_unknown"] != 1 || len(h.web.visits) != 0 {
			t.Errorf("counts = %+v after %v", c, h.web.visits)
		}
	})
}
