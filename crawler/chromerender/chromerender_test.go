package chromerender

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

const site = "http://credit.example/list.html"

// A shelf is what a page may ask for.
type shelf struct {
	mu    sync.Mutex
	files map[string]string // URL -> body
	asked []string
}

func (s *shelf) get(_ context.Context, p crawler.Part) (evidence.Exchange, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, p.Method+" "+p.URL)
	body, ok := s.files[p.URL]
	if !ok {
		return evidence.Exchange{}, &crawler.FaultError{Reason: "robots_disallowed", Err: evidence.ErrForbidden}
	}
	return exchange(p.URL, body), nil
}

func exchange(url, body string) evidence.Exchange {
	kind := "text/html; charset=utf-8"
	switch filepath.Ext(url) {
	case ".js":
		kind = "text/javascript"
	case ".json":
		kind = "application/json"
	}
	e := evidence.Exchange{Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
	if to, ok := strings.CutPrefix(body, "-> "); ok {
		e.Header, e.Body, e.Capture.Status = http.Header{"Location": {to}}, nil, http.StatusFound
		return e
	}
	e.Capture = evidence.Capture{Lead: evidence.Lead{Method: http.MethodGet, URL: url}, Status: http.StatusOK, Charset: evidence.Charset{Name: "utf-8"}}
	return e
}

// chrome is a real browser, or the test is skipped.
func chrome(t *testing.T) *Chrome {
	t.Helper()
	if testing.Short() {
		t.Skip("not here: a real browser is slow beside the race detector")
	}
	dir, err := os.MkdirTemp("", "pb") //nolint:usetesting // its name has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c := New(Options{Agent: "probity-test/1 (+https://probity.example)", Dir: dir, Pages: 2})
	if err := c.Ready(); err != nil {
		t.Skip("not here: a real Chromium: apt-get install chromium fonts-noto-cjk")
	}
	return c
}

func render(t *testing.T, c *Chrome, html string, s *shelf, set func(*crawler.Live)) (crawler.Rendered, error) {
	t.Helper()
	if s == nil {
		s = &shelf{}
	}
	p := crawler.Live{Document: exchange(site, html), Timeout: 30 * time.Second, Parts: 20, Get: s.get}
	if set != nil {
		set(&p)
	}
	return c.Render(t.Context(), p)
}

// reason is an error's reason, after holding it to say something of the page.
func reason(t *testing.T, err error) string {
	t.Helper()
	f, ok := errors.AsType[*crawler.FaultError](err)
	if !ok || !strings.Contains(err.Error(), site) {
		t.Fatalf("no fault of the page: %v", err)
	}
	return f.Reason
}

func TestAPageIsWhatItsScriptsMadeOfIt(t *testing.T) {
	t.Parallel()
	s := &shelf{files: map[string]string{
		"http://credit.example/a.js":       `fetch('/moved.json').then(r => r.json()).then(l => { for (const x of l) { const p = document.createElement('p'); p.className = 'row'; p.textContent = x; document.body.append(p) } })`,
		"http://credit.example/moved.json": "-> /list.json",
		"http://credit.example/list.json":  `["深圳市甲网络有限公司","乙\ud800"]`,
	}}
	out, err := render(t, chrome(t), `<!doctype html><title>名单</title><body style="height:3000px"><script src="/a.js"></script>`, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	dom := string(out.DOM)
	for _, want := range []string{"<!DOCTYPE html>", `<p class="row">深圳市甲网络有限公司</p>`, "乙\ufffd</p>"} {
		if !strings.Contains(dom, want) {
			t.Errorf("no %s in %s", want, dom)
		}
	}
	img, kind, err := image.DecodeConfig(bytes.NewReader(out.Screenshot))
	if err != nil || "image/"+kind != out.ImageType || img.Height < 3000 || img.Width != 1280 {
		t.Errorf("picture: %s %+v %v", kind, img, err)
	}
	if !strings.Contains(out.By, "Chrome/") || len(out.Refused) != 0 {
		t.Errorf("by %q, refused %v", out.By, out.Refused)
	}
	if got := strings.Join(s.asked, " "); got != "GET http://credit.example/a.js GET http://credit.example/moved.json GET http://credit.example/list.json" {
		t.Errorf("asked %s", got)
	}
}

func TestWhatScriptsPostIsHandedOn(t *testing.T) {
	t.Parallel()
	posts := make(chan crawler.Part, 2)
	_, err := render(t, chrome(t), `<script>fetch('/q.json', {method:'POST', headers:{'content-type':'application/json'}, body:'{"页":2}'});
		fetch('/f.json', {method:'POST', body: new URLSearchParams({页: 2})})</script>`, nil, func(p *crawler.Live) {
		p.Get = func(_ context.Context, part crawler.Part) (evidence.Exchange, error) {
			posts <- part
			return exchange(part.URL, "{}"), nil
		}
	})
	close(posts)
	got := map[string]string{}
	for p := range posts {
		got[p.Method+" "+filepath.Base(p.URL)] = p.Body + " " + p.BodyType
	}
	if err != nil || len(got) != 2 || got["POST q.json"] != `{"页":2} application/json` || got["POST f.json"] != "%E9%A1%B5=2 " {
		t.Errorf("posted %q: %v", got, err)
	}
}

func TestAPageIsFinishedWhenItHasWhatItsSourceSays(t *testing.T) {
	t.Parallel()
	late := `<body><script>setTimeout(() => document.body.innerHTML = '<b id=done>late</b>', 1500)</script>`
	out, err := render(t, chrome(t), late, nil, func(p *crawler.Live) { p.Until = "#done" })
	if err != nil || !strings.Contains(string(out.DOM), "late") {
		t.Fatalf("%s %v", out.DOM, err)
	}
	_, err = render(t, chrome(t), late, nil, func(p *crawler.Live) { p.Until = "#[" })
	if reason(t, err) != "declaration" {
		t.Error(err)
	}
}

// canary is a server that nobody may reach.
func canary(t *testing.T) (address string, reached func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	count := func() { mu.Lock(); n++; mu.Unlock() }
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			count()
			_ = c.Close()
		}
	}()
	go func() {
		b := make([]byte, 1500)
		for {
			if _, _, err := u.ReadFrom(b); err != nil {
				return
			}
			count()
		}
	}()
	t.Cleanup(func() { _, _ = l.Close(), u.Close() })
	return l.Addr().String(), func() int { mu.Lock(); defer mu.Unlock(); return n }
}

func TestABrowserReachesNobodyByItself(t *testing.T) {
	t.Parallel()
	at, reached := canary(t)
	page := strings.ReplaceAll(`<!doctype html><head>
<link rel="dns-prefetch" href="//AT"><link rel="preconnect" href="http://AT"><link rel="prefetch" href="http://AT/p"><link rel="preload" as="image" href="http://AT/l">
<link rel="icon" href="http://AT/i.ico"><link rel="manifest" href="http://AT/m"><style>@font-face{font-family:x;src:url(http://AT/f)}body{font-family:x;background:url(http://AT/b)}</style>
<script type="speculationrules">{"prerender":[{"source":"list","urls":["http://AT/s"]}],"prefetch":[{"source":"list","urls":["http://AT/s2"]}]}</script></head><body>
<img src="http://AT/img"><iframe src="http://AT/frame"></iframe><iframe srcdoc="<img src='http://AT/srcdoc'>"></iframe><object data="http://AT/o"></object><embed src="http://AT/e">
<video src="http://AT/v" autoplay></video><audio src="http://AT/a" autoplay></audio><a id="a" href="http://AT/x" ping="http://AT/ping" download>x</a>
<form id="f" method="post" action="http://AT/form" target="_blank"><input name="a"></form>
<script>
const tries = [
 () => new WebSocket('ws://AT/ws'), () => navigator.sendBeacon('http://AT/beacon', 'x'), () => fetch('http://AT/fetch', {mode:'no-cors', keepalive: true}), () => new EventSource('http://AT/es'),
 () => { const c = new RTCPeerConnection({iceServers:[{urls:'stun:AT'}]}); c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o)) },
 () => new Worker(URL.createObjectURL(new Blob(["fetch('http://AT/worker',{mode:'no-cors'})"]))), () => new SharedWorker('http://AT/shared'), () => navigator.serviceWorker.register('/sw.js'),
 () => window.open('http://AT/window'), () => document.getElementById('f').submit(), () => document.getElementById('a').click(), () => new WebTransport('https://AT/wt'),
 () => { const f = document.createElement('iframe'); f.src = 'data:text/html,<img src="http://AT/data"><script>new WebSocket("ws://AT/ws2")<'+'/script>'; document.body.append(f) },
 () => { const f = document.createElement('iframe'); document.body.append(f); new f.contentWindow.WebSocket('ws://AT/ws3') },
 () => import('http://AT/module.js'), () => { location.href = 'http://AT/gone' }, () => { location.href = 'file:///etc/passwd' },
];
addEventListener('load', () => { for (const t of tries) try { t() } catch (e) {}; const b = document.createElement('b'); b.id = 'end'; document.body.append(b) });
</script>`, "AT", at)
	out, err := render(t, chrome(t), page, nil, func(p *crawler.Live) { p.Until, p.Parts = "#end", 100 })
	if err != nil || !strings.Contains(string(out.DOM), `id="end"`) {
		t.Fatalf("%v %.300s", err, out.DOM)
	}
	if n := reached(); n != 0 {
		t.Errorf("the browser came %d times", n)
	}
	for _, want := range []string{"moved", "frame", "robots_disallowed"} {
		if out.Refused[want] == 0 {
			t.Errorf("nothing was refused as %s: %v", want, out.Refused)
		}
	}
	if bytes.Contains(out.DOM, []byte("root:")) {
		t.Error("a file of the machine came in")
	}
}

func TestBadPagesEndWithAReason(t *testing.T) {
	if os.Getenv("PROBITY_BROWSER") == "" {
		t.Skip("not here: a minute of bad pages is make browser")
	}
	t.Parallel()
	c := chrome(t)
	for name, tt := range map[string]struct {
		html, reason string
		set          func(*crawler.Live)
	}{
		"it never finishes":             {`<script>setInterval(() => fetch('/x.json'), 50)</script>`, "render_timeout", func(p *crawler.Live) { p.Timeout, p.Parts = 4*time.Second, 1<<20 }},
		"its script never ends":         {`<script>for(;;);</script>`, "render_timeout", func(p *crawler.Live) { p.Timeout = 3 * time.Second }},
		"it lacks what it should have":  {`<p>empty`, "render_timeout", func(p *crawler.Live) { p.Timeout, p.Until = 3*time.Second, "#rows" }},
		"its document grows for ever":   {`<body hidden><script>const s = '<p>'+'x'.repeat(1e6)+'</p>'; for (let i=0;i<40;i++) document.body.insertAdjacentHTML('beforeend', s)</script>`, "too_large", nil},
		"it takes all memory":           {`<script>const a=[]; setInterval(() => { for (let i=0;i<8;i++) a.push(new Uint8Array(1<<26).fill(7)) }, 10)</script><p id=x>`, "", func(p *crawler.Live) { p.Until = "#never" }},
		"its script takes all memory":   {`<script>const a=[]; for(;;) a.push(new Array(1e6).fill(Math.random()))</script>`, "render_crashed", nil},
		"it asks for ten thousand":      {`<script>for (let i=0;i<10000;i++) fetch('/x'+i+'.json')</script>`, "render_requests", nil},
		"it frames ten thousand":        {`<script>for (let i=0;i<10000;i++) { const f=document.createElement('iframe'); f.src='/f'+i; document.documentElement.append(f) }</script>`, "render_requests", nil},
		"its alerts never end":          {`<script>for(;;) alert('x')</script>`, "render_requests", nil},
		"it leads elsewhere":            {`<script>location.replace('http://other.example/')</script>`, "render_refused", nil},
		"it reloads itself":             {`<script>location.reload()</script>`, "render_refused", nil},
		"its list is refused":           {`<script>fetch('/secret.json')</script>`, "render_refused", nil},
		"it posts a file":               {`<script>const f = new FormData(); f.append('a', new Blob(['x'])); fetch('/q', {method:'POST', body:f})</script>`, "render_refused", nil},
		"its scripts leave no document": {`<script>document.documentElement.remove()</script>`, "render_failed", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{files: map[string]string{"http://credit.example/x.json": "{}"}}
			began := time.Now()
			_, err := render(t, c, tt.html, s, tt.set)
			if err == nil {
				t.Fatal("no error")
			}
			if got := reason(t, err); tt.reason != "" && got != tt.reason {
				t.Errorf("%s: %v", got, err)
			}
			t.Logf("%s: %v", time.Since(began).Round(time.Millisecond), err)
		})
	}
}

func TestDialogsWindowsAndUnloadsHoldNothingUp(t *testing.T) {
	t.Parallel()
	out, err := render(t, chrome(t), `<body><script>
window.onbeforeunload = e => { e.preventDefault(); return 'stay' }; alert('一'); if (confirm('二')) document.body.append('yes'); document.body.append(String(prompt('三')));
window.open('about:blank'); window.open('/other'); print()</script><b id=end>`, nil, func(p *crawler.Live) { p.Until = "#end" })
	if err != nil || !strings.Contains(string(out.DOM), "null") || out.Refused["dialog"] != 3 {
		t.Errorf("%v %s %v", err, out.DOM, out.Refused)
	}
}

// members are the processes that name a folder.
func members(t *testing.T, dir string) (pids []string) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(dir)) {
			pids = append(pids, filepath.Base(filepath.Dir(f)))
		}
	}
	return pids
}

func TestNothingOfABrowserIsLeft(t *testing.T) {
	t.Parallel()
	c := chrome(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	asked := make(chan struct{})
	p := crawler.Live{Document: exchange(site, `<script src="/a.js"></script>`), Timeout: time.Minute, Parts: 5, Get: func(ctx context.Context, _ crawler.Part) (evidence.Exchange, error) {
		close(asked)
		<-ctx.Done()
		return evidence.Exchange{}, ctx.Err()
	}}
	go func() { _, err := c.Render(ctx, p); ended <- err }()
	<-asked
	if len(members(t, c.o.Dir)) < 2 {
		t.Error("the browser's processes are not to be seen, so the test sees nothing")
	}
	began := time.Now()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s to stop", took)
	}
	waitFor(t, func() bool { return len(members(t, c.o.Dir)) == 0 })
	if left, _ := filepath.Glob(filepath.Join(c.o.Dir, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestABrowserThatDiesIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := chrome(t)
	p := crawler.Live{Document: exchange(site, `<script src="/a.js"></script>`), Timeout: time.Minute, Parts: 5, Get: func(ctx context.Context, _ crawler.Part) (evidence.Exchange, error) {
		for _, pid := range members(t, c.o.Dir) {
			n := 0
			for _, d := range pid {
				n = n*10 + int(d-'0')
			}
			if q, err := os.FindProcess(n); err == nil {
				_ = q.Kill()
			}
		}
		<-ctx.Done()
		return evidence.Exchange{}, ctx.Err()
	}}
	_, err := c.Render(t.Context(), p)
	if !errors.Is(err, evidence.ErrUnavailable) || reason(t, err) != "browser" {
		t.Errorf("%v", err)
	}
}

func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(5 * time.Second); !what(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it did not come about")
		}
	}
}

func TestAMissingBrowserSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Path: filepath.Join(t.TempDir(), "none")}).Render(t.Context(), crawler.Live{})
	f, ok := errors.AsType[*crawler.FaultError](err)
	if !ok || f.Reason != "browser_missing" || !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "apt-get install chromium") {
		t.Error(err)
	}
}

// BenchmarkAPage is what a page costs that asks for one list, without gaps.
func BenchmarkAPage(b *testing.B) {
	c := New(Options{Agent: "probity-test/1 (+https://probity.example)"})
	if err := c.Ready(); err != nil {
		b.Skip("not here: a real Chromium: apt-get install chromium fonts-noto-cjk")
	}
	s := &shelf{files: map[string]string{"http://credit.example/list.json": "[]"}}
	p := crawler.Live{Document: exchange(site, `<p id=a>list<script>fetch('/list.json').then(() => document.body.append('done'))</script>`), Timeout: time.Minute, Parts: 5, Until: "#a", Get: s.get}
	for b.Loop() {
		if _, err := c.Render(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
