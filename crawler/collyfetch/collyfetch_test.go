package collyfetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"probity/crawler"
	"probity/pipeline/evidence"
)

const agent = "probity/0.1 (+https://probity.example/crawler; crawler@probity.example)"

func at(t *testing.T, addr string) netip.AddrPort {
	t.Helper()
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// serve answers for site.example, which is pinned to it.
func serve(t *testing.T, h http.HandlerFunc) *Fetcher {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return open(t, Options{Pins: []Pin{{Host: "site.example", Address: at(t, srv.Listener.Addr().String())}}})
}

// raw answers each connection to site.example with these bytes.
func raw(t *testing.T, answer string) *Fetcher {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			_, _ = c.Read(buf)
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}()
	return open(t, Options{Pins: []Pin{{Host: "site.example", Address: at(t, l.Addr().String())}}})
}

func open(t *testing.T, o Options) *Fetcher {
	t.Helper()
	o.Agent = agent
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func get(url string) crawler.Request {
	return crawler.Request{Run: "r", Lead: evidence.Lead{Method: "GET", URL: url, Source: "s", View: "v"}, Attempt: 2}
}

func fetch(t *testing.T, f *Fetcher, r crawler.Request) evidence.Exchange {
	t.Helper()
	e, err := f.Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func say(w io.Writer, s string) { _, _ = io.WriteString(w, s) }

// fails wants a fault of that reason and kind, in words that name the URL, and
// says whether the host shall rest.
func fails(t *testing.T, f *Fetcher, r crawler.Request, reason string, kind error) (host bool) {
	t.Helper()
	_, err := f.Fetch(t.Context(), r)
	fault, ok := errors.AsType[*crawler.FaultError](err)
	if !ok || fault.Reason != reason || !errors.Is(err, kind) || !strings.Contains(err.Error(), r.Lead.URL) {
		t.Fatalf("error = %v, want %s, %v", err, reason, kind)
	}
	return fault.Host
}

func TestAnExchangeIsKeptAsItWentOverTheWire(t *testing.T) {
	f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["x-odd-CASE"] = []string{"yes"}
		w.Header().Set("Content-Type", "text/html; charset=gb2312")
		w.Header().Set("Set-Cookie", "sid=1")
		say(w, "\xc9\xee\xdb\xda") // 深圳 in GBK
	})
	f.o.Now = func() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, evidence.Shanghai) }
	r := get("http://site.example/%E4%BF%A1%e7%94%a8/?b=2&a=1&q=x+y")
	r.Robots = evidence.RobotsDecision{Allowed: true, Reason: "no file"}
	e := fetch(t, f, r)

	head, _, _ := strings.Cut(string(e.Request), "\r\n")
	if head != "GET /%E4%BF%A1%e7%94%a8/?b=2&a=1&q=x+y HTTP/1.1" {
		t.Errorf("request line %q: the URL was rewritten", head)
	}
	for _, want := range []string{"Host: site.example\r\n", "User-Agent: " + agent + "\r\n"} {
		if !strings.Contains(string(e.Request), want) {
			t.Errorf("request lacks %q:\n%s", want, e.Request)
		}
	}
	if strings.Contains(string(e.Request), jobHeader) || !strings.HasSuffix(string(e.Request), "\r\n\r\n") {
		t.Errorf("request:\n%s", e.Request)
	}
	if !strings.HasPrefix(string(e.Response), "HTTP/1.1 200 OK\r\n") || !strings.Contains(string(e.Response), "x-odd-CASE: yes\r\n") || !strings.HasSuffix(string(e.Response), "\r\n\r\n") {
		t.Errorf("response head:\n%s", e.Response)
	}
	if string(e.Body) != "\xc9\xee\xdb\xda" || !bytes.Equal(e.Raw, e.Body) {
		t.Errorf("body %q, raw %q: colly converted it", e.Body, e.Raw)
	}
	c := e.Capture
	if c.Status != 200 || c.Type != "text/html; charset=gb2312" || c.Size != 4 || c.Payload != evidence.DigestBytes(e.Body) || c.Content != evidence.ContentID(c) {
		t.Errorf("capture = %+v", c)
	}
	if c.ID == "" || c.Run != "r" || c.Attempt != 2 || c.Lead.View != "v" || !c.Robots.Allowed || c.Crawler != "probity/0.1" {
		t.Errorf("capture = %+v", c)
	}
	if c.Charset.Name != "gb18030" || c.Charset.By != "header" || !strings.HasPrefix(c.Address, "127.0.0.1:") || c.TLSCert != "" {
		t.Errorf("capture = %+v", c)
	}
	if c.Time.Location() != time.UTC || c.Time.Hour() != 1 {
		t.Errorf("time = %v, want 01:00 UTC", c.Time)
	}
}

func TestAFormIsPosted(t *testing.T) {
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		say(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(b))
	})
	r := get("http://site.example/list")
	r.Lead.Method, r.Lead.Body = "POST", "page=2&q=%E4%BF%A1"
	e := fetch(t, f, r)
	if string(e.Body) != "POST application/x-www-form-urlencoded page=2&q=%E4%BF%A1" || !strings.HasSuffix(string(e.Request), "\r\n\r\npage=2&q=%E4%BF%A1") {
		t.Errorf("body %q, request:\n%s", e.Body, e.Request)
	}
	r.BodyType, r.Lead.Body = crawler.JSONBody, `{"page":2}`
	if e := fetch(t, f, r); string(e.Body) != `POST application/json {"page":2}` {
		t.Errorf("body %q", e.Body)
	}
}

func TestContentCodingsAreUndoneOnceAndTheRawBodyKept(t *testing.T) {
	text := []byte(strings.Repeat("行政处罚", 1000))
	pack := func(open func(io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		w := open(&b)
		_, _ = w.Write(text)
		_ = w.Close()
		return b.Bytes()
	}
	for name, body := range map[string][]byte{
		"gzip":     pack(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"deflate":  pack(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }),
		"Deflate":  pack(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 5); return z }),
		"br":       pack(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }),
		"zstd":     pack(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }),
		"identity": text,
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", name)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(body)
			})
			// Colly would unpack a path that ends so once more.
			e := fetch(t, f, get("http://site.example/a.xml.gz"))
			if !bytes.Equal(e.Body, text) || !bytes.Equal(e.Raw, body) || e.Capture.Size != int64(len(text)) {
				t.Errorf("body of %d bytes, raw of %d", len(e.Body), len(e.Raw))
			}
		})
	}
}

func TestEveryStatusIsAnAnswer(t *testing.T) {
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		w.WriteHeader(n)
	})
	for _, n := range []int{200, 203, 204, 206, 304, 400, 403, 404, 410, 429, 500, 503} {
		if e := fetch(t, f, get(fmt.Sprintf("http://site.example/%d", n))); e.Capture.Status != n {
			t.Errorf("status = %d, want %d", e.Capture.Status, n)
		}
	}
}

func TestARedirectIsReturnedNotFollowed(t *testing.T) {
	hits := 0
	f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		hits++
		w.Header().Set("Location", "/2?%zz") // not even a URL
		w.WriteHeader(http.StatusFound)
	})
	e := fetch(t, f, get("http://site.example/1"))
	if e.Capture.Status != 302 || e.Capture.Location != "/2?%zz" || hits != 1 {
		t.Errorf("status %d, location %q, %d requests", e.Capture.Status, e.Capture.Location, hits)
	}
}

func TestAURLMayBeFetchedAgainAndNoCookieIsKept(t *testing.T) {
	cookies, hits := 0, 0
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits++
		cookies += len(r.Cookies())
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
	})
	for range 3 {
		fetch(t, f, get("http://site.example/"))
	}
	if hits != 3 || cookies != 0 {
		t.Errorf("%d requests with %d cookies", hits, cookies)
	}
}

func TestCollysOwnSettingsFromTheEnvironmentChangeNothing(t *testing.T) {
	dir := t.TempDir()
	for k, v := range map[string]string{"CACHE_DIR": dir, "MAX_BODY_SIZE": "3", "DISALLOWED_DOMAINS": "site.example", "IGNORE_ROBOTSTXT": "n", "DETECT_CHARSET": "y", "MAX_DEPTH": "1"} {
		t.Setenv("COLLY_"+k, v)
	}
	hits := 0
	f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		hits++
		say(w, "\xc9\xee\xdb\xda\xc9\xee\xdb\xda")
	})
	for range 2 {
		if e := fetch(t, f, get("http://site.example/")); len(e.Body) != 8 {
			t.Errorf("body %q", e.Body)
		}
	}
	if hits != 2 {
		t.Errorf("%d requests, want 2 and none for robots.txt", hits)
	}
}

func TestLimits(t *testing.T) {
	zeros := func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(make([]byte, 8<<20))
		_ = z.Close()
		return b.Bytes()
	}()
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = w.Write(make([]byte, 3000))
		case "/packed", "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zeros)
		case "/headers":
			w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		case "/torn-gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zeros[:1000])
		case "/odd":
			w.Header().Set("Content-Encoding", "zip")
		case "/not-gzip":
			w.Header().Set("Content-Encoding", "gzip")
			say(w, "<html><body>no gzip</body></html>")
		}
		if r.URL.Path == "/odd" {
			say(w, "x")
		}
	})
	for _, tt := range []struct {
		path, reason string
		max          int64
		kind         error
	}{
		{"/large", "too_large", 2000, evidence.ErrInvalid},
		{"/packed", "too_large", 1 << 20, evidence.ErrInvalid},
		{"/bomb", "bomb", 0, evidence.ErrInvalid},
		{"/headers", "headers", 0, evidence.ErrInvalid},
		{"/torn-gzip", "truncated", 0, evidence.ErrUnavailable},
		{"/odd", "encoding", 0, evidence.ErrInvalid},
		{"/not-gzip", "encoding", 0, evidence.ErrInvalid},
	} {
		t.Run(tt.path, func(t *testing.T) {
			r := get("http://site.example" + tt.path)
			r.MaxSize = tt.max
			fails(t, f, r, tt.reason, tt.kind)
		})
	}
}

func TestAnswersThatStopEarlyOrSayNothingAreUnavailable(t *testing.T) {
	for name, tt := range map[string]struct{ answer, reason string }{
		"a body shorter than announced": {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "truncated"},
		"chunks that end without end":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "truncated"},
		"no answer at all":              {"", "connect"},
		"something else than HTTP":      {"220 ftp ready\r\n", "protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			fails(t, raw(t, tt.answer), get("http://site.example/"), tt.reason, evidence.ErrUnavailable)
		})
	}
}

func TestAnInterimResponseIsNoPartOfTheHead(t *testing.T) {
	f := raw(t, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	e := fetch(t, f, get("http://site.example/"))
	if string(e.Response) != "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" || string(e.Body) != "ok" {
		t.Errorf("head %q, body %q", e.Response, e.Body)
	}
}

func TestASlowAnswerEndsAtItsDeadline(t *testing.T) {
	stop := make(chan struct{})
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		say(w, "beginning")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	defer close(stop)
	r := get("http://site.example/")
	r.Timeout = 50 * time.Millisecond
	if fails(t, f, r, "timeout", evidence.ErrUnavailable) {
		t.Error("a slow page is no host that cannot be reached")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	going := errors.New("going home")
	time.AfterFunc(20*time.Millisecond, func() { cancel(going) })
	r.Timeout = time.Minute
	if _, err := f.Fetch(ctx, r); !errors.Is(err, going) {
		t.Errorf("error = %v, want the reason of the stop", err)
	}
}

func TestAHostThatIsNotThere(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := at(t, l.Addr().String())
	_ = l.Close()
	f := open(t, Options{
		Pins:    []Pin{{Host: "dark.example", Address: addr}},
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") },
	})
	if !fails(t, f, get("http://dark.example/"), "connect", evidence.ErrUnavailable) {
		t.Error("the host should rest")
	}
	if !fails(t, f, get("http://unknown.example/"), "dns", evidence.ErrUnavailable) {
		t.Error("the host should rest")
	}
}

func TestNewRefusesWhoHidesAndPinsHalf(t *testing.T) {
	if _, err := New(Options{Agent: "Mozilla/5.0"}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error = %v", err)
	}
	if _, err := New(Options{Agent: agent, Pins: []Pin{{Host: "a.example"}}}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error = %v", err)
	}
}
