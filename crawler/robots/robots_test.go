package robots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
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
		line             int
		rule             string
	}{
		{"a rule in raw Chinese refuses the percent-encoded URL", raw, "/%E4%BF%A1%E7%94%A8/list", false, 2, "Disallow: /信用/ # 内部"},
		{"the longer rule wins", raw, "/%E4%BF%A1%E7%94%A8/%E5%85%AC%E5%BC%80/1", true, 3, "Allow: /信用/公开"},
		{"what no rule names is allowed", raw, "/list", true, 0, ""},
		{"hexadecimal in lower case is the same", raw, "/%e4%bf%a1%e7%94%a8/", false, 2, "Disallow: /信用/ # 内部"},
		{"a rule already encoded", "User-agent: *\nDisallow: /%e4%bf%a1\n", "/%E4%BF%A1", false, 2, "Disallow: /%e4%bf%a1"},
		{"a rule in GBK refuses the URL in UTF-8", gbk(t, "User-agent: *\nDisallow: /信用/\n"), "/%E4%BF%A1%E7%94%A8/", false, 2, "Disallow: /信用/"},
		{"a rule in GBK refuses the URL in GBK", gbk(t, "User-agent: *\nDisallow: /信用/\n"), "/%D0%C5%D3%C3/", false, 2, "Disallow: /信用/"},
		{"the query counts", "User-agent: *\nDisallow: /*?page=\n", "/list?page=2", false, 2, "Disallow: /*?page="},
		{"the query's order is left alone", "User-agent: *\nDisallow: /l?b=1&a=2\n", "/l?b=1&a=2", false, 2, "Disallow: /l?b=1&a=2"},
		{"our own group outweighs the others'", "User-agent: *\nDisallow: /\n\nUser-agent: Probity\nDisallow: /x\n", "/y", true, 0, ""},
		{"an empty file allows all", "", "/x", true, 0, ""},
		{"a web page in place of the file allows all", "<!doctype html>\n<html><body>首页</body></html>\n", "/x", true, 0, ""},
		{"a delay with a unit spoils nothing", "User-agent: *\nCrawl-delay: 1s\nDisallow: /x\n", "/x", false, 3, "Disallow: /x"},
		{"a rule before any user-agent spoils nothing", "Disallow: /a\nUser-agent: *\nDisallow: /b\n", "/b", false, 3, "Disallow: /b"},
		{"of equals the one that allows", "User-agent: *\nDisallow: /x\nAllow: /x\n", "/x", true, 3, "Allow: /x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := serve(t, text(tt.file)).ask(t, tt.path)
			d := p.Decision
			if d.Allowed != tt.allowed || d.Rule != tt.rule || d.Line != tt.line || d.Digest != evidence.DigestBytes([]byte(tt.file)) {
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

func TestAnAnswerBeyondTheLimitsRefuses(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "unheard-of")
		_, _ = io.WriteString(w, "User-agent: *\nAllow: /\n")
	})
	if d := s.ask(t, "/x").Decision; d.Allowed || d.Reason != "unreadable" {
		t.Errorf("decision = %+v", d)
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

func TestAFileHoldsAsLongAsItSays(t *testing.T) {
	for _, tt := range []struct {
		name, key, value string
		holds            time.Duration
	}{
		{"max-age", "Cache-Control", "public, max-age=3600", time.Hour},
		{"more than a day is a day", "Cache-Control", "max-age=31536000", 24 * time.Hour},
		{"no-cache is a minute", "Cache-Control", "no-cache", time.Minute},
		{"an age already past is a minute", "Cache-Control", "max-age=0", time.Minute},
		{"a date", "Expires", "Mon, 02 Nov 2026 02:00:00 GMT", 2 * time.Hour},
		{"nonsense is a day", "Cache-Control", "max-age=soon", 24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(tt.key, tt.value)
				text("User-agent: *\nDisallow: /x\n")(w, r)
			})
			s.ask(t, "/x")
			s.elapsed.Store(int64(tt.holds - time.Second))
			if s.ask(t, "/x"); s.asked.Load() != 1 {
				t.Error("asked again too early")
			}
			s.elapsed.Store(int64(tt.holds))
			if s.ask(t, "/x"); s.asked.Load() != 2 {
				t.Error("not asked again")
			}
		})
	}
}

// RFC 9309, 2.3.1.4, on the careful side.
func TestALastGoodCopyServesForADay(t *testing.T) {
	var ill atomic.Bool
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if ill.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "max-age=3600")
		text("User-agent: *\nDisallow: /x\n")(w, r)
	})
	first := s.ask(t, "/y").Decision
	ill.Store(true)
	s.elapsed.Store(int64(2 * time.Hour))
	if p := s.ask(t, "/y"); p.Decision != first || p.Fault != nil || p.Requests != 1 || len(p.Asked) != 1 {
		t.Errorf("while the site is ill: %+v", p)
	}
	if p := s.ask(t, "/y"); p.Requests != 0 || p.Decision != first {
		t.Errorf("it was asked again at once: %+v", p)
	}
	s.elapsed.Store(int64(24 * time.Hour))
	if p := s.ask(t, "/y"); p.Decision.Reason != "unavailable" || p.Fault == nil {
		t.Errorf("after a day: %+v", p)
	}
	s.elapsed.Store(int64(40 * 24 * time.Hour))
	if p := s.ask(t, "/y"); p.Decision.Allowed {
		t.Errorf("after forty days: %+v", p)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	r := New(nil, agent, func() time.Time { return now })
	big := parse([]byte("User-agent: *\n"+strings.Repeat("Disallow: /0123456789012345678901234567890123456789\n", 9000)), agent)
	for i := range 200 {
		r.keep(fmt.Sprint("http://", i), kept{file: big, until: now.Add(time.Hour)})
	}
	if r.bytes > maxBytes || len(r.files) == 0 || r.bytes != len(r.files)*big.size() {
		t.Errorf("%d files of %d bytes take %d", len(r.files), big.size(), r.bytes)
	}
}

func TestSitemapsAreTold(t *testing.T) {
	if p := serve(t, text("Sitemap: http://site.example/s.xml\n")).ask(t, "/x"); len(p.Sitemaps) != 1 || p.Sitemaps[0] != "http://site.example/s.xml" {
		t.Errorf("sitemaps = %v", p.Sitemaps)
	}
}

func TestCrawlDelayIsCappedAndFlagged(t *testing.T) {
	if p := serve(t, text("User-agent: *\nCrawl-delay: 2.5\n")).ask(t, "/x"); p.Delay != 2500*time.Millisecond || p.Decision.Flag != "" {
		t.Errorf("permission = %+v", p)
	}
	if p := serve(t, text("User-agent: *\nCrawl-delay: 3600\n")).ask(t, "/x"); p.Delay != time.Minute || p.Decision.Flag == "" {
		t.Errorf("permission = %+v", p)
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

func FuzzDecide(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /信用/*$\nAllow: /%e4*x$\nCrawl-delay: 1\n"), "/%E4%BF%A1?x=%")
	f.Add([]byte("\xef\xbbuser-agent: probity/2\r\rdisallow: *a*b*c*d$\n"), "/aaaa")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		p := parse(body, agent).answer("http://a.example/" + path)
		if d := p.Decision; d.Reason == "" || d.Allowed != (d.Reason == "allowed") || (d.Line == 0) != (d.Rule == "") {
			t.Fatalf("decision = %+v", d)
		}
		if p.Delay < 0 || p.Delay > MaxDelay {
			t.Fatalf("delay = %v", p.Delay)
		}
		if len(body) < 2048 { // it is slow, and no part of a decision
			Consult(body, agent, "http://a.example/"+path)
		}
	})
}

func FuzzFreshness(f *testing.F) {
	f.Add("max-age=60, no-transform", "Mon, 02 Nov 2026 02:00:00 GMT", "7")
	f.Add("max-age=-99999999999999999999", "", "-1")
	f.Fuzz(func(t *testing.T, control, expires, age string) {
		h := http.Header{"Cache-Control": {control}, "Expires": {expires}, "Age": {age}}
		if d := freshness(h, time.Unix(1_790_000_000, 0)); d < minAge || d > maxAge {
			t.Fatalf("fresh for %s", d)
		}
	})
}
