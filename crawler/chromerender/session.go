package chromerender

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// quiet is how long a page must ask for nothing to be finished, and look how
// often that is looked at.
const (
	quiet = 500 * time.Millisecond
	look  = 100 * time.Millisecond
	lag   = 10 * time.Second // after which an answer counts as arrived
)

// maxVain is how often a page may ask for what is refused, beside the requests
// that it is granted.
const maxVain = 300

// A session is one page in one browser.
type session struct {
	page crawler.Live
	url  string
	fail context.CancelCauseFunc

	ctx     context.Context //nolint:containedctx // of the tab: the protocol's events bring none
	tab     *chromedp.Target
	browser *chromedp.Browser
	world   runtime.ExecutionContextID // apart from the page's scripts; 0: none yet

	mu      sync.Mutex
	over    bool
	parts   sync.WaitGroup // being answered
	opened  bool           // the document was handed over
	loaded  bool
	busy    int                             // requests that are being answered
	begun   int                             // requests so far
	coming  map[network.RequestID]time.Time // answers on their way to the page
	early   map[network.RequestID]bool      // that arrived before we were told that they went
	still   time.Time                       // since when nothing is asked for
	asked   int
	vainful int // how often it asked in vain
	refused map[string]int
	lost    string // the first script or list that was not to be had
}

func newSession(p crawler.Live, fail context.CancelCauseFunc) *session {
	return &session{
		page: p, url: p.Document.Capture.Lead.URL, fail: fail, refused: map[string]int{}, still: time.Now(),
		coming: map[network.RequestID]time.Time{}, early: map[network.RequestID]bool{},
	}
}

// within runs the page in a browser that ends with it.
func (s *session) within(ctx context.Context, path, dir, agent string) (crawler.Rendered, error) {
	p, err := start(path, dir, agent)
	if err != nil {
		return crawler.Rendered{}, fault("browser", "%w: start %s: %w", evidence.ErrUnavailable, path, err)
	}
	defer p.end()
	allocator, free := chromedp.NewAllocatorContext(ctx, p)
	defer free()
	silent := func(string, ...any) {}
	tab, shut := chromedp.NewContext(allocator, chromedp.WithBrowserOption(chromedp.WithBrowserLogf(silent), chromedp.WithBrowserErrorf(silent)))
	defer func() {
		p.end() // before its window is closed: it may no longer answer
		shut()
		s.wait()
	}()
	s.ctx = tab
	s.beside(func(ctx context.Context) { s.weigh(ctx, p.cmd.Process.Pid) })
	out, err := s.run()
	if err != nil && ctx.Err() == nil { // it failed by itself
		p.end()
		err = fmt.Errorf("%w; it said last: %s", err, &p.moans)
	}
	return out, err
}

// beside does something while the page is open.
func (s *session) beside(do func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.parts.Go(func() { do(s.ctx) })
	}
}

// wait ends when all that goes on beside the page has.
func (s *session) wait() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.parts.Wait()
}

// run opens the page, waits until it is finished, and takes what it became.
func (s *session) run() (out crawler.Rendered, err error) {
	if err := chromedp.Do(s.ctx); err != nil {
		return out, err
	}
	c := chromedp.FromContext(s.ctx)
	s.tab, s.browser = c.Target, c.Browser
	if err := s.close(); err != nil {
		return out, err
	}
	went, err := cdp.Call(s.ctx, s.tab, page.Navigate, page.NavigateParams{URL: s.url})
	if err == nil && went.ErrorText != "" {
		err = fault("render_failed", "%w: the page does not open: %s", evidence.ErrInvalid, went.ErrorText)
	}
	if err != nil {
		return out, err
	}
	if err := s.finished(); err != nil {
		return out, err
	}
	if out, err = s.take(); err != nil {
		return out, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Refused = maps.Clone(s.refused)
	return out, nil
}

// bare takes from the page what would ask without being stopped. That is a
// courtesy to pages, which then know that they have it not; what holds is that
// the browser has no network.
const bare = "for (const n of ['RTCPeerConnection','webkitRTCPeerConnection','WebTransport','WebSocket','WebSocketStream','EventSource','Worker','SharedWorker']) delete window[n];"

// close shuts every way out before anything is opened, and ends reports that a
// page could make long.
func (s *session) close() error {
	if err := chromedp.Listen(s.ctx, s.event); err != nil {
		return err
	}
	width, height, none, yes := int64(1280), int64(1024), int64(1), true
	for _, c := range []struct {
		method string
		params any
	}{
		{dom.Disable.Method, cdp.Empty{}},
		{css.Disable.Method, cdp.Empty{}},
		{log.Disable.Method, cdp.Empty{}},
		{network.Disable.Method, cdp.Empty{}}, // and again, since it keeps bodies otherwise
		{network.Enable.Method, network.EnableParams{MaxTotalBufferSize: &none, MaxResourceBufferSize: &none}},
		{runtime.Disable.Method, cdp.Empty{}},
		{target.SetAutoAttach.Method, target.SetAutoAttachParams{AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: &yes}}, // workers begin, and wait for ever
		{fetch.Enable.Method, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*", RequestStage: fetch.RequestStageRequest}}}},
		{emulation.SetDeviceMetricsOverride.Method, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}},
		{page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{Source: bare}},
	} {
		if err := s.tab.Call(s.ctx, c.method, c.params, nil); err != nil {
			return fmt.Errorf("%s: %w", c.method, err)
		}
	}
	_, err := cdp.Call(s.ctx, s.browser, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorDeny})
	return err
}

// event is what the page does.
func (s *session) event(ev any) {
	switch e := ev.(type) {
	case *fetch.EventRequestPaused:
		s.begin()
		s.beside(func(ctx context.Context) {
			given, _ := s.answer(ctx, e) // it fails when the page is over
			s.end(e.NetworkID, given)
		})
	case *page.EventJavascriptDialogOpening:
		s.vainly("dialog", false)
		s.beside(func(ctx context.Context) {
			_, _ = cdp.Call(ctx, s.tab, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
		})
	case *network.EventLoadingFinished:
		s.arrived(e.RequestID)
	case *network.EventLoadingFailed:
		s.arrived(e.RequestID)
	case *page.EventLoadEventFired:
		s.mu.Lock()
		s.loaded = s.opened
		s.mu.Unlock()
	case *inspector.EventTargetCrashed:
		s.fail(fault("render_crashed", "%w: the page crashed, as pages do that take too much memory", evidence.ErrUnavailable))
	case *target.EventTargetCreated:
		s.window(e.TargetInfo)
	}
}

// window closes every other window that the page opens.
func (s *session) window(t *target.Info) {
	s.mu.Lock()
	opened := s.opened
	s.mu.Unlock()
	if t.Type != "page" || t.TargetID == s.tab.TargetID || !opened {
		return
	}
	s.vainly("window", false)
	s.beside(func(ctx context.Context) {
		_, _ = cdp.Call(ctx, s.browser, target.CloseTarget, target.CloseTargetParams{TargetID: t.TargetID})
	})
}

func (s *session) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
	s.begun++
}

// end notes that a request was answered. What was given is on its way to the
// page until the browser says that it has arrived.
func (s *session) end(id network.RequestID, given bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	s.still = time.Now()
	if given && id != "" && !s.early[id] {
		s.coming[id] = s.still
	}
	delete(s.early, id)
}

// arrived notes that an answer is in the page's hands, or never will be. That
// may be told before the browser says that it took the answer from us.
func (s *session) arrived(id network.RequestID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.coming[id]; ok {
		delete(s.coming, id)
		s.still = time.Now()
	} else if s.busy > 0 && len(s.early) < maxVain {
		s.early[id] = true
	}
}

// resting reports whether the page has loaded and wants nothing any more, how
// many things it has begun to ask for, and what it needed in vain.
func (s *session) resting() (done bool, begun int, lost string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, since := range s.coming {
		if time.Since(since) > lag { // of a picture that was taken away, nothing is told
			delete(s.coming, id)
		}
	}
	done = s.loaded && s.busy == 0 && len(s.coming) == 0 && time.Since(s.still) >= quiet
	return done, s.begun, s.lost
}

// vainly counts what was refused; needed says that the page may be half
// without it. A page that only asks in vain is ended too.
func (s *session) vainly(reason string, needed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[reason]++
	if needed && s.lost == "" {
		s.lost = reason
	}
	if s.vainful++; s.vainful > maxVain {
		s.fail(fault("render_requests", "%w: it asks for more than %d things that it cannot have", evidence.ErrInvalid, maxVain))
	}
}

// vain tells what was refused, for people.
func (s *session) vain() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.refused) == 0 {
		return ""
	}
	var all []string
	for _, reason := range slices.Sorted(maps.Keys(s.refused)) {
		all = append(all, fmt.Sprintf("%s ×%d", reason, s.refused[reason]))
	}
	return "; it asked in vain: " + strings.Join(all, ", ")
}

// idle is told by the page when it has nothing to do twice in a row, since a
// slow machine runs a script long after it has handed it over.
const idle = `new Promise(r => requestIdleCallback(() => setTimeout(() => requestIdleCallback(() => r(true), {timeout: 3000}), 100), {timeout: 3000}))`

// finished waits until the page is.
func (s *session) finished() error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		case <-tick.C:
		}
		done, begun, _ := s.resting()
		if !done {
			continue
		}
		if s.page.Until != "" {
			there, err := s.has(s.page.Until)
			if there || err != nil {
				return err
			}
			continue
		}
		if _, err := s.ask(idle); err != nil && !errors.Is(err, errAgain) {
			return err
		}
		done, now, lost := s.resting()
		switch {
		case !done || now != begun:
		case lost != "":
			return fault("render_refused", "%w: a script or list that it needs was not to be had (%s): its source may say by until: when it is whole all the same", evidence.ErrInvalid, lost)
		default:
			return nil
		}
	}
}

// errAgain says that the document changed meanwhile.
var errAgain = errors.New("the document changed meanwhile")
