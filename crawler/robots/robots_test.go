package robots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/pipeline/evidence"
)

const agent = "probity/0.1 (+https://probity.example; crawler@probity.example)"

// A site answers for site.example and counts requests for robots.txt.
type site struct {
	*Robots
	asked   atomic.Int32
	elapsed atomic.Int64
}

func serve(t *testing.T, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	f, err := collyfetch.New(collyfetch.Options{Agent: agent, Pins: []collyfetch.Pin{{Host: "site.example", Address: netip.MustParseAddrPort(srv.Listener.Addr().String())}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	s.Robots = New(f, agent, func() time.Time { return start.Add(time.Duration(s.elapsed.Load())) })
	return s
}

func (s *site) ask(t *testing.T, path string) crawler.Permission {
	t.Helper()
	p, err := s.Ask(t.Context(), crawler.Request{Run: "r", Lead: evidence.Lead{Method: "GET", URL: "http://site.example" + path, Source: "s"}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
}

func gbk(t *testing.T, s string) string {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecisions(t *testing.T) {
	raw := "User-agent: *\nDisallow: /信用/ # 内部\nAllow: /信用/公开\nCrawl-delay: 2\n"
	for _, tt := range []struct {
		name, file, path string
		allowed          bool
		rule             string
	}{
		{"a rule in raw Chinese refuses the percent-encoded URL", raw, "/%E4%BF%A1%E7%94%A8/list", false, "Disallow: /信用/ # 内部"},
		{"the longer rule wins", raw, "/%E4%BF%A1%E7%94%A8/%E5%85%AC%E5%BC%80/1", true, "Allow: /信用/公开"},
		{"what no rule names is allowed", raw, "/list", true, ""},
		{"hexadecimal in lower case is the same", raw, "/%e4%bf%a1%e7%94%a8/", false, "Disallow: /信用/ # 内部"},
		{"a rule already encoded", "User-agent: *\nDisallow: /%e4%bf%a1\n", "/%E4%BF%A1", false, "Disallow: /%e4%bf%a1"},
		{"a rule in GBK refuses the URL in UTF-8", gbk(t, "User-agent: *\nDisallow: /信用/\n"), "/%E4%BF%A1%E7%94%A8/", false, gbk(t, "Disallow: /信用/")},
		{"a rule in GBK refuses the URL in GBK", gbk(t, "User-agent: *\nDisallow: /信用/\n"), "/%D0%C5%D3%C3/", false, gbk(t, "Disallow: /信用/")},
		{"the query counts", "User-agent: *\nDisallow: /*?page=\n", "/list?page=2", false, "Disallow: /*?page="},
		{"the query's order is left alone", "User-agent: *\nDisallow: /l?b=1&a=2\n", "/l?b=1&a=2", false, "Disallow: /l?b=1&a=2"},
		{"our own group outweighs the others'", "User-agent: *\nDisallow: /\n\nUser-agent: Probity\nDisallow: /x\n", "/y", true, ""},
		{"a byte order mark is passed over", "\ufeffUser-agent: *\nDisallow: /\n", "/", false, "Disallow: /"},
		{"an empty rule allows all", "User-agent: *\nDisallow:\n", "/x", true, ""},
		{"an empty file allows all", "", "/x", true, ""},
		{"a web page in place of the file allows all", "<!doctype html>\n<html><body>首页</body></html>\n", "/x", true, ""},
		{"where only temoto refuses, it is refused", "User-agent: *\nDisallow: /x\nAllow: /x\n", "/x", false, ""},
		{"where only we refuse, it is refused", "User-agent: *\nDisallow: /abc\nAllow: /*?\n", "/abc?x", false, "Disallow: /abc"},
		{"robots.txt itself is always allowed", "User-agent: *\nDisallow: /\n", "/robots.txt", true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := serve(t, text(tt.file)).ask(t, tt.path)
			d := p.Decision
			if d.Allowed != tt.allowed || d.Rule != tt.rule || d.Digest != evidence.DigestBytes([]byte(tt.file)) {
				t.Errorf("decision = %+v", d)
			}
			if want := map[bool]string{true: "allowed", false: "disallowed"}[tt.allowed]; d.Reason != want {
				t.Errorf("reason = %q, want %q", d.Reason, want)
			}
			if len(p.Asked) != 1 || p.Asked[0].Capture.Lead.View != crawler.RobotsView || string(p.Asked[0].Body) != tt.file {
				t.Errorf("the exchange to archive is not there: %+v", p.Asked)
			}
		})
	}
}

func TestAFileThatCannotBeParsedRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"a delay with a unit":          "User-agent: *\nCrawl-delay: 1s\n",
		"a rule before any user-agent": "Disallow: /a\nUser-agent: *\nDisallow: /b\n",
	} {
		t.Run(name, func(t *testing.T) {
			if d := serve(t, text(file)).ask(t, "/x").Decision; d.Allowed || d.Reason != "unreadable" || d.Digest == "" {
				t.Errorf("decision = %+v", d)
			}
		})
	}
}

func TestStatusOfTheFile(t *testing.T) {
	for status, want := range map[int]evidence.RobotsDecision{
		401: {Allowed: true, Reason: "no file"}, 403: {Allowed: true, Reason: "no file"}, 404: {Allowed: true, Reason: "no file"}, 410: {Allowed: true, Reason: "no file"},
		429: {Reason: "unavailable"}, 500: {Reason: "unavailable"}, 503: {Reason: "unavailable"},
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "120")
				w.WriteHeader(status)
			})
			p := s.ask(t, "/x")
			if p.Decision != want || len(p.Asked) != 1 || p.Requests != 1 {
				t.Errorf("permission = %+v", p)
			}
			if want.Allowed {
				return
			}
			if d, _ := evidence.Delay(p.Fault); d != 2*time.Minute || !errors.Is(p.Fault, evidence.ErrUnavailable) {
				t.Errorf("fault = %v", p.Fault)
			}
			if s.ask(t, "/x"); s.asked.Load() != 2 {
				t.Error("an unavailable file was not asked for again")
			}
		})
	}
}

func TestNoAnswerRefuses(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if p := s.ask(t, "/x"); p.Decision != (evidence.RobotsDecision{Reason: "unavailable"}) || p.Fault == nil || p.Requests != 1 || len(p.Asked) != 0 {
		t.Errorf("permission = %+v", p)
	}
}

func TestRedirects(t *testing.T) {
	hops := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var at int
			_, _ = fmt.Sscanf(r.URL.Path, "/%d", &at)
			if at < n {
				http.Redirect(w, r, fmt.Sprintf("/%d", at+1), http.StatusMovedPermanently)
				return
			}
			text("User-agent: *\nDisallow: /x\n")(w, r)
		}
	}
	if p := serve(t, hops(5)).ask(t, "/x"); p.Decision.Reason != "disallowed" || len(p.Asked) != 6 {
		t.Errorf("after five hops: %+v, %d exchanges", p.Decision, len(p.Asked))
	}
	if p := serve(t, hops(6)).ask(t, "/y"); p.Decision.Reason != "unavailable" || p.Fault == nil {
		t.Errorf("after six hops: %+v", p.Decision)
	}
	nowhere := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	if p := nowhere.ask(t, "/y"); p.Decision.Reason != "unavailable" {
		t.Errorf("redirected nowhere: %+v", p.Decision)
	}
}

func TestAFileHoldsForADayAndForOneOrigin(t *testing.T) {
	s := serve(t, text("User-agent: *\nDisallow: /x\n"))
	s.ask(t, "/x")
	if p := s.ask(t, "/y"); len(p.Asked) != 0 || p.Requests != 0 || !p.Decision.Allowed {
		t.Errorf("permission = %+v", p)
	}
	s.elapsed.Store(int64(24*time.Hour - time.Second))
	if s.ask(t, "/y"); s.asked.Load() != 1 {
		t.Error("asked again within a day")
	}
	s.elapsed.Store(int64(24 * time.Hour))
	if s.ask(t, "/y"); s.asked.Load() != 2 {
		t.Error("not asked again after a day")
	}
	s.ask(t, ":80/y")
	if s.asked.Load() != 3 {
		t.Error("another spelling of the port is another origin here: canonical leads have none")
	}
}

func TestCrawlDelayIsCappedAndFlagged(t *testing.T) {
	if p := serve(t, text("User-agent: *\nCrawl-delay: 2.5\n")).ask(t, "/x"); p.Delay != 2500*time.Millisecond || p.Flag != "" {
		t.Errorf("permission = %+v", p)
	}
	if p := serve(t, text("User-agent: *\nCrawl-delay: 3600\n")).ask(t, "/x"); p.Delay != time.Minute || p.Flag == "" {
		t.Errorf("permission = %+v", p)
	}
}

func TestOfALongFileTheFirst500KiBHold(t *testing.T) {
	long := "User-agent: *\nDisallow: /x\n" + strings.Repeat("# padding padding padding\n", 30_000) + "Disallow: /late\n"
	s := serve(t, text(long))
	if d := s.ask(t, "/x").Decision; d.Allowed {
		t.Errorf("decision = %+v", d)
	}
	if d := s.ask(t, "/late").Decision; !d.Allowed {
		t.Errorf("decision = %+v", d)
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	s := serve(t, text(""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Ask(ctx, crawler.Request{Lead: evidence.Lead{Method: "GET", URL: "http://site.example/"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /信用/*$\nAllow: /%e4*x$\nCrawl-delay: 1\n"), "/%E4%BF%A1?x=%")
	f.Add([]byte("\xef\xbbuser-agent: probity/2\r\rdisallow: *a*b*c*d$\n"), "/aaaa")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		u, err := url.Parse("http://a.example/" + path)
		if err != nil {
			t.Skip()
		}
		parsed := parse(body, "probity")
		d := parsed.decide(u)
		if d.Reason == "" || d.Allowed != (d.Reason == "allowed") {
			t.Fatalf("decision = %+v", d)
		}
		if delay, _ := parsed.delay(); delay < 0 || delay > maxDelay {
			t.Fatalf("delay = %v", delay)
		}
	})
}
