package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"probity/pipeline/evidence"
)

// Limits of a page under a browser, the first two where its view declares none.
const (
	DefaultParts      = 60
	DefaultRenderTime = time.Minute
	MaxPartBytes      = 64 << 20 // of all that a page asks for, after content decoding
)

// A Renderer runs the scripts of a page and says what it became. It must send
// nothing by itself: whatever the page asks for, it gets by Get or not at all.
type Renderer interface {
	// Render returns what the page became. A FaultError says why it came to
	// nothing: evidence.ErrInvalid (the page, or no browser) or ErrUnavailable.
	Render(ctx context.Context, p Live) (Rendered, error)
}

// A Live page is a document whose scripts are to be run.
type Live struct {
	Document evidence.Exchange // as the server sent it
	Until    string            // CSS selector that the finished page has; empty: when nothing is asked for any more
	Timeout  time.Duration
	Parts    int // requests that the page may make
	Get      func(ctx context.Context, r Part) (evidence.Exchange, error)
}

// JSONBody is the type of what scripts POST beside forms.
const JSONBody = "application/json"

// MaxPartBody is the most that a page may POST at once, in bytes.
const MaxPartBody = 64 << 10

// A Part is something that a page asks for.
type Part struct {
	Method, URL string
	Body        string // of a POST, in UTF-8
	BodyType    string // JSONBody, or empty for a form
}

// A Rendered page is what a live one became.
type Rendered struct {
	DOM        []byte         // HTML in UTF-8
	Screenshot []byte         // the whole page, to a height
	ImageType  string         // image/png, or image/jpeg
	By         string         // name and version of the browser
	Refused    map[string]int // what the page asked for in vain, by reason
}

// A live is one page under a browser, as the visitor serves it.
type live struct {
	*Visitor
	request  Request
	delay    time.Duration // of the host's robots.txt
	source   evidence.Source
	settled  *Settlement
	mu       sync.Mutex // a host has one visitor: its parts come one by one
	last     time.Time  // when the last answer ended
	requests int
	bytes    int64
	together int // requests that may still follow without the gap
}

// renders reports whether an answer is a page whose scripts are to be run.
func renders(req Request, e evidence.Exchange) bool {
	return req.Render != nil && e.Capture.OK() && e.Capture.IsHTML()
}

// asRead is an exchange with what is read of it as its body: the document
// after its scripts, where they were run.
func asRead(e evidence.Exchange) evidence.Exchange {
	if dom, ok := e.Attachment(evidence.AttachedDOM); ok {
		e.Body, e.Capture.Charset = dom, evidence.Charset{Name: "utf-8"}
	}
	return e
}

// render runs the scripts of a page that its view declares to need that, and
// attaches what it became. It returns how many requests that took. A document
// whose scripts came to nothing is kept as one more part, which nobody reads.
func (v *Visitor) render(ctx context.Context, req Request, s *Settlement, e *evidence.Exchange) (int, error) {
	src, err := v.Sources.Source(req.Lead.Source)
	if err != nil {
		return 0, err
	}
	l := &live{Visitor: v, request: req, delay: s.Outcome.Delay, source: src, settled: s, last: v.Now(), together: req.Render.Together}
	page := Live{Document: *e, Until: req.Render.Until, Timeout: req.Render.Timeout, Parts: req.Render.Requests, Get: l.get}
	if page.Timeout <= 0 {
		page.Timeout = DefaultRenderTime
	}
	if page.Parts <= 0 {
		page.Parts = DefaultParts
	}
	var out Rendered
	if err = renderFault("browser_missing", "%w: the source needs a browser, and this house has none", evidence.ErrInvalid); v.Renderer != nil {
		out, err = v.Renderer.Render(ctx, page)
	}
	l.mu.Lock() // whatever was under way has ended
	defer l.mu.Unlock()
	if err != nil {
		e.Capture.Lead.View = evidence.PartView
		return l.requests, errors.Join(err, l.store(ctx, *e))
	}
	if len(out.Refused) > 0 {
		v.Log.InfoContext(ctx, "page asked in vain", slog.String("url", req.Lead.URL), slog.Any("refused", out.Refused))
	}
	e.Attach(evidence.AttachedDOM, "text/html; charset=utf-8", out.By, out.DOM)
	e.Attach(evidence.AttachedScreenshot, out.ImageType, out.By, out.Screenshot)
	e.Capture.Content = evidence.ContentID(e.Capture)
	return l.requests, nil
}

func renderFault(reason, format string, args ...any) error {
	return &FaultError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// get fetches a part as a page is fetched: within the source's hosts, by leave
// of robots.txt, after the host's gap, guarded and archived.
func (l *live) get(ctx context.Context, p Part) (evidence.Exchange, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lead, err := l.admit(p)
	if err != nil {
		return evidence.Exchange{}, err
	}
	if l.bytes >= MaxPartBytes {
		return evidence.Exchange{}, renderFault("bytes", "%w: the page has asked for %d MiB", evidence.ErrInvalid, l.bytes>>20)
	}
	req := l.request
	req.Lead, req.Render, req.ETag, req.Modified, req.Attempt = lead, nil, "", "", 1
	req.BodyType = p.BodyType
	req.Timeout = min(req.Timeout, l.remainder()) // its lease is extended meanwhile, by a beat of its own
	req.MaxSize = min(cmp.Or(req.MaxSize, MaxPartBytes), MaxPartBytes-l.bytes)
	if req.Robots, err = l.leave(ctx, req); err != nil {
		return evidence.Exchange{}, err
	}
	if err := l.pause(ctx); err != nil {
		return evidence.Exchange{}, err
	}
	if _, stop := l.may(ctx, l.source.ID); stop.Result != "" {
		return evidence.Exchange{}, renderFault(cmp.Or(stop.Reason, "stopped"), "%w: %s", evidence.ErrUnavailable, stop.Detail)
	}
	e, err := l.Fetcher.Fetch(ctx, req)
	l.requests, l.last = l.requests+1, l.Now()
	if err != nil {
		return e, err
	}
	l.bytes += int64(len(e.Body))
	return e, l.store(ctx, e)
}

// leave asks robots.txt for a part, which may take a request of its own.
func (l *live) leave(ctx context.Context, req Request) (evidence.RobotsDecision, error) {
	may, err := l.Robots.Ask(ctx, req)
	if err != nil {
		return may.Decision, err
	}
	if may.Requests > 0 {
		l.requests, l.last = l.requests+may.Requests, l.Now()
	}
	for _, e := range may.Asked {
		if err := l.store(ctx, e); err != nil {
			return may.Decision, err
		}
	}
	if !may.Decision.Allowed {
		return may.Decision, renderFault("robots_"+may.Decision.Reason, "%w: robots.txt: %s %s", evidence.ErrForbidden, may.Decision.Reason, may.Decision.Rule)
	}
	l.delay = max(l.delay, may.Delay)
	return may.Decision, nil
}

func (l *live) store(ctx context.Context, e evidence.Exchange) error {
	if _, err := l.keep(ctx, e); err != nil {
		return err
	}
	l.settled.Kept = append(l.settled.Kept, e.Capture.ID)
	return nil
}

// pause waits until the host may be asked again. Some requests may follow at
// once where the source says so, as they do for who reads the page; what
// robots.txt or an operator's order asks for goes before that.
func (l *live) pause(ctx context.Context) error {
	gap := max(l.request.Gap, l.delay)
	if l.together > 0 && l.delay == 0 {
		l.together--
		gap = 0
	}
	if d := gap - l.Now().Sub(l.last); d > 0 {
		wait(ctx, d)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ask for a part of %s: %w", l.request.Lead.URL, context.Cause(ctx))
	}
	return nil
}

// admit is the lead of a part. The lease is on the politeness key of the page,
// so only what shares it may be asked: the page's own host, and where the
// source names a group, the hosts that it declares.
func (l *live) admit(p Part) (evidence.Lead, error) {
	lead, err := evidence.NewLead(l.source.ID, p.URL)
	switch {
	case err != nil:
		return lead, renderFault("scheme", "%w: %w", evidence.ErrForbidden, err)
	case p.Method != http.MethodGet && (p.Method != http.MethodPost || !l.request.Render.Post):
		return lead, renderFault("method", "%w: its scripts ask by %s; that they may POST forms and JSON is declared by render.post", evidence.ErrForbidden, p.Method)
	case len(p.Body) > MaxPartBody || !utf8.ValidString(p.Body) || p.BodyType != "" && p.BodyType != JSONBody:
		return lead, renderFault("body", "%w: its scripts POST %d bytes of %.60q: want a form or JSON of at most %d", evidence.ErrForbidden, len(p.Body), p.BodyType, MaxPartBody)
	case lead.Host() != l.request.Lead.Host() && (l.source.Manners.Group == "" || !slices.Contains(l.source.Hosts, lead.Host())):
		return lead, renderFault("host", "%w: %s is none of the page's hosts; a source that needs it declares it under hosts, with manners.group", evidence.ErrForbidden, lead.Host())
	}
	if u, err := url.Parse(lead.URL); err == nil {
		for _, pattern := range l.source.Exclude {
			if no, err := regexp.MatchString(pattern, u.RequestURI()); err == nil && no {
				return lead, renderFault("excluded", "%w: the source excludes %s", evidence.ErrForbidden, pattern)
			}
		}
	}
	lead.Method, lead.Body, lead.View = p.Method, p.Body, evidence.PartView
	lead.Origin, lead.Depth = l.request.Lead.Key(), l.request.Lead.Depth
	return lead, nil
}

// Vain says in a few words why a part was not to be had.
func Vain(err error) string {
	if f, ok := errors.AsType[*FaultError](err); ok {
		return f.Reason
	}
	return "fault"
}
