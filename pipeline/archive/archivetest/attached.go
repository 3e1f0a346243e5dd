package archivetest

import (
	"errors"
	"reflect"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

func attach(e *evidence.Exchange) {
	e.Attach(evidence.AttachedDOM, "text/html; charset=utf-8", "browser/1", []byte(strings.Repeat("<p>渲染</p>", 300)))
	e.Attach(evidence.AttachedScreenshot, "image/png", "browser/1", []byte("\x89PNG\r\n\x1a\n\r\n\r\nWARC/1.1\r\n"))
	e.Attach("empty", "text/plain", "", nil)
}

func attachedBeside(b bench) {
	e := Exchange(1, "https://example.example/a?b=名", "<p>一</p>")
	content := e.Capture.Content
	e.Attach("empty", "text/plain", "", nil)
	Seal(&e)
	if e.Capture.Content != content {
		b.Error("an attachment that is no document changed the identity of the content")
	}
	e.Attached, e.Capture.Attached = nil, nil
	attach(&e)
	Seal(&e)
	if e.Capture.Content == content {
		b.Error("what its scripts made of a page is not the content")
	}
	other := Exchange(2, "https://example.example/b", "x")
	at := b.keep(e)
	b.keep(other)
	for _, a := range []archive.Archive{b.a, b.again()} {
		b.wantOpen(a, e)
		b.wantOpen(a, other)
		got, err := a.Open(b.Context(), e.Capture.ID)
		if dom, ok := got.Attachment(evidence.AttachedDOM); err != nil || !ok || !reflect.DeepEqual(dom, e.Attached[0]) {
			b.Errorf("its document = %.40q, %v, %v", dom, ok, err)
		}
		c, loc, err := a.Capture(b.Context(), e.Capture.ID)
		if err != nil || loc != at || !reflect.DeepEqual(c, e.Capture) {
			b.Errorf("capture = %+v at %v, %v\nwant %+v at %v", c, loc, err, e.Capture, at)
		}
	}
}

func attachedToUnchanged(b bench) {
	for i := range 3 {
		e := Exchange(i, "https://example.example/a", strings.Repeat("unchanged ", 1000))
		attach(&e)
		e.Attach("pass", "text/plain", "", []byte{byte('0' + i)})
		Seal(&e)
		b.keep(e)
		b.wantOpen(b.a, e)
	}
}

func attachedOtherwise(b bench) {
	for name, spoil := range map[string]func(*evidence.Exchange){
		"one is missing":         func(e *evidence.Exchange) { e.Attached = e.Attached[:1] },
		"one is not named":       func(e *evidence.Exchange) { e.Capture.Attached = e.Capture.Attached[:1] },
		"other bytes":            func(e *evidence.Exchange) { e.Attached[0] = []byte("other") },
		"other size":             func(e *evidence.Exchange) { e.Capture.Attached[0].Size++ },
		"a kind twice":           func(e *evidence.Exchange) { e.Capture.Attached[1].Kind = e.Capture.Attached[0].Kind },
		"a kind that is no word": func(e *evidence.Exchange) { e.Capture.Attached[0].Kind = "a:b" },
		"line break in a type":   func(e *evidence.Exchange) { e.Capture.Attached[0].Type = "text/html\r\nWARC-Type: response" },
		"of a file handed in":    func(e *evidence.Exchange) { e.Capture.Status = 0; Seal(e) },
	} {
		e := Exchange(1, "https://example.example/a", "x")
		attach(&e)
		spoil(&e)
		if _, err := b.a.Keep(b.Context(), e); !errors.Is(err, evidence.ErrInvalid) {
			b.Errorf("%s: keep = %v, want invalid", name, err)
		}
	}
}
