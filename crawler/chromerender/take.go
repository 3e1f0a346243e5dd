package chromerender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// written is the document, or its length where that is beyond the limit: it is
// measured where it is, since it could be of any length.
const written = `(() => {
  const d = document, s = (d.doctype ? new XMLSerializer().serializeToString(d.doctype) : '') + (d.documentElement ? d.documentElement.outerHTML : '');
  return s.length > %d ? s.length : s.toWellFormed();
})()`

// evalTime is how long one of our own questions may take, in milliseconds.
const evalTime = 10_000

// ask evaluates an expression of ours in a world whose functions the page
// cannot change.
func (s *session) ask(expression string) (json.RawMessage, error) {
	if s.world == 0 {
		made, err := cdp.Call(s.ctx, s.tab, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: cdp.FrameID(s.tab.TargetID), WorldName: "probity"})
		if err != nil {
			return nil, again(err)
		}
		s.world = made.ExecutionContextID
	}
	yes := true
	got, err := cdp.Call(s.ctx, s.tab, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ContextID: s.world, ReturnByValue: &yes, Silent: &yes, DisableBreaks: &yes, AwaitPromise: &yes, Timeout: evalTime,
	})
	if err != nil {
		s.world = 0
		return nil, again(err)
	}
	if e := got.ExceptionDetails; e != nil {
		said := e.Text
		if e.Exception != nil {
			said = e.Exception.Description
		}
		said, _, _ = strings.Cut(said, "\n")
		return nil, fmt.Errorf("%w: %.200s", evidence.ErrInvalid, said)
	}
	return json.RawMessage(got.Result.Value), nil
}

// again tells what the browser refuses, as when the document was replaced
// meanwhile, from a browser that is gone.
func again(err error) error {
	if _, ok := errors.AsType[*cdproto.Error](err); ok {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	return err
}

// has reports whether the document has what a selector chooses.
func (s *session) has(selector string) (bool, error) {
	quoted, err := json.Marshal(selector)
	if err != nil {
		return false, err
	}
	there, err := s.ask("document.querySelector(" + string(quoted) + ") !== null")
	switch {
	case errors.Is(err, errAgain):
		return false, nil
	case errors.Is(err, evidence.ErrInvalid):
		return false, fault("declaration", "%w: render.until: %q: %w", evidence.ErrInvalid, selector, err)
	}
	return string(there) == "true", err
}

// take takes the document and its picture.
func (s *session) take() (out crawler.Rendered, err error) {
	if out.DOM, err = s.document(); err != nil {
		return out, err
	}
	out.Screenshot, out.ImageType, err = s.picture()
	if err != nil {
		return out, err
	}
	v, err := cdp.Call(s.ctx, s.browser, browser.GetVersion, cdp.Empty{})
	out.By = v.Product
	return out, err
}

func (s *session) document() ([]byte, error) {
	var got json.RawMessage
	err := errAgain
	for n := 0; errors.Is(err, errAgain) && n < 3; n++ {
		got, err = s.ask(fmt.Sprintf(written, MaxDOM))
	}
	if errors.Is(err, evidence.ErrInvalid) {
		return nil, fault("too_large", "%w: its document cannot be written down: %w", evidence.ErrInvalid, err)
	}
	if err != nil {
		return nil, err
	}
	var text string
	if json.Unmarshal(got, &text) != nil {
		return nil, fault("too_large", "%w: its document has %s characters, more than %d", evidence.ErrInvalid, got, MaxDOM)
	}
	if text == "" {
		return nil, fault("render_failed", "%w: its scripts left no document", evidence.ErrInvalid)
	}
	return []byte(text), nil
}

// picture is the page as a person would see it, to a height; a picture that
// does not shrink without loss is taken with some.
func (s *session) picture() (image []byte, mediaType string, err error) {
	m, err := cdp.Call(s.ctx, s.tab, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		return nil, "", err
	}
	yes, quality := true, int64(70)
	p := page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &yes,
		Clip: &page.Viewport{Width: max(1, min(m.CSSContentSize.Width, 4000)), Height: max(1, min(m.CSSContentSize.Height, MaxHeight)), Scale: 1},
	}
	for _, mediaType := range []string{"image/png", "image/jpeg"} {
		if mediaType == "image/jpeg" {
			p.Format, p.Quality = page.CaptureScreenshotFormatJpeg, &quality
		}
		shot, err := cdp.Call(s.ctx, s.tab, page.CaptureScreenshot, p)
		if err != nil && context.Cause(s.ctx) != nil {
			return nil, "", err
		}
		if err == nil && len(shot.Data) <= MaxScreenshot {
			return shot.Data, mediaType, nil
		}
	}
	return nil, "", fault("too_large", "%w: its picture cannot be taken within %d MiB", evidence.ErrInvalid, MaxScreenshot>>20)
}
