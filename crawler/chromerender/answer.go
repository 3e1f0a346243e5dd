package chromerender

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// kinds are what a document and its picture are made of.
func kinds() []network.ResourceType {
	return []network.ResourceType{
		network.ResourceTypeStylesheet, network.ResourceTypeScript, network.ResourceTypeXHR, network.ResourceTypeFetch, network.ResourceTypeImage,
	}
}

// needed reports whether the document may be half without such a part.
func needed(kind network.ResourceType) bool {
	return kind == network.ResourceTypeScript || kind == network.ResourceTypeXHR || kind == network.ResourceTypeFetch
}

// answer answers one request of the page, and says whether it was given what
// it asked for.
func (s *session) answer(ctx context.Context, e *fetch.EventRequestPaused) (given bool, err error) {
	refuse := func(reason string, needed bool, as network.ErrorReason) (bool, error) {
		s.vainly(reason, needed)
		_, err := cdp.Call(ctx, s.tab, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: as})
		return false, err
	}
	refused := func(reason string) (bool, error) {
		return refuse(reason, needed(e.ResourceType), network.ErrorReasonBlockedByClient)
	}
	if e.ResourceType == network.ResourceTypeDocument {
		own := string(e.FrameID) == string(s.tab.TargetID)
		if own && s.first() {
			return true, s.fulfil(ctx, e, s.page.Document, true)
		}
		if own { // aborted, the page stays; blocked, an error page would take its place
			defer s.moved()
			return refuse("moved", true, network.ErrorReasonAborted)
		}
		return refuse("frame", false, network.ErrorReasonAborted)
	}
	if strings.HasPrefix(e.Request.URL, "data:") || strings.HasPrefix(e.Request.URL, "blob:") { // no request at all
		_, err := cdp.Call(ctx, s.tab, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
		return false, err
	}
	if strings.HasSuffix(e.Request.URL, "/favicon.ico") { // the browser's own wish
		_, err := cdp.Call(ctx, s.tab, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonBlockedByClient})
		return false, err
	}
	if !slices.Contains(kinds(), e.ResourceType) {
		return refused("kind_" + strings.ToLower(string(e.ResourceType)))
	}
	if !s.afford() {
		return refused("requests")
	}
	part, ok := posted(e.Request)
	if !ok {
		return refused("body")
	}
	x, err := s.page.Get(ctx, part)
	if err != nil {
		return refused(crawler.Vain(err))
	}
	if x.Capture.Status >= http.StatusBadRequest {
		s.vainly("http_error", needed(e.ResourceType))
	}
	return true, s.fulfil(ctx, e, x, false)
}

// first reports whether the page itself is asked for, once.
func (s *session) first() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.opened
	s.opened = true
	return first
}

// moved notes that the page wanted to be another: it stays, and will not be
// told that it has loaded.
func (s *session) moved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = true
}

// afford counts a request; one too many ends the page.
func (s *session) afford() bool {
	s.mu.Lock()
	s.asked++
	over := s.asked > s.page.Parts
	s.mu.Unlock()
	if over {
		s.fail(fault("render_requests", "%w: it asks for more than %d things; if they are wanted, raise render.requests of its view", evidence.ErrInvalid, s.page.Parts))
	}
	return !over
}

// posted is the form or JSON that a request posts; false for any other body.
func posted(r *network.Request) (p crawler.Part, ok bool) {
	p = crawler.Part{Method: r.Method, URL: r.URL}
	if !r.HasPostData {
		return p, true
	}
	kind := ""
	for name, v := range r.Headers {
		if strings.EqualFold(name, "Content-Type") {
			kind, _ = v.(string)
		}
	}
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	switch kind = strings.TrimSpace(kind); {
	case r.Method != http.MethodPost:
		return p, false
	case kind == crawler.JSONBody:
		p.BodyType = kind
	case kind != "application/x-www-form-urlencoded":
		return p, false
	}
	var b strings.Builder
	for _, part := range r.PostDataEntries {
		b.Write(part.Bytes)
	}
	p.Body = b.String()
	return p, true
}

// passed are the headers of an answer that the page may see.
func passed() []string {
	return []string{
		"Content-Type", "Location", "Content-Language", "Last-Modified", "Content-Security-Policy", "X-Content-Type-Options",
		"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers",
	}
}

// fulfil hands an exchange to the page. The document's charset is the one that
// was decided for its capture, so that the page and its evidence are one text.
func (s *session) fulfil(ctx context.Context, e *fetch.EventRequestPaused, x evidence.Exchange, document bool) error {
	headers := []*fetch.HeaderEntry{}
	for _, name := range passed() {
		for _, v := range x.Header.Values(name) {
			if name == "Content-Type" && document && x.Capture.Charset.Name != "" {
				v = "text/html; charset=" + x.Capture.Charset.Name
			}
			headers = append(headers, &fetch.HeaderEntry{Name: name, Value: v})
		}
	}
	_, err := cdp.Call(ctx, s.tab, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID: e.RequestID, ResponseCode: int64(x.Capture.Status), ResponseHeaders: headers, Body: x.Body,
	})
	return err
}
