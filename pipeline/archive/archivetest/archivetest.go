// Package archivetest says what an [archive.Archive] promises, in sentences,
// as tests. Every backend runs the same ones.
package archivetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// Run holds the archives that open makes to the promise. Each call of open
// returns an empty archive; again opens the same one once more after it was
// closed.
func Run(t *testing.T, open func(t *testing.T) (a archive.Archive, again func() archive.Archive)) {
	t.Helper()
	for name, test := range map[string]func(bench){
		"an exchange comes out as it went in":                           roundTrip,
		"it comes out the same after closing and opening again":         reopened,
		"every content coding is undone and every head kept":            codings,
		"an unchanged answer is a capture of its own, with its body":    unchanged,
		"a page that its server calls unchanged has its old body":       notModified,
		"the same body from another URL is kept for itself":             otherURL,
		"a file handed in needs no request and no head":                 handedIn,
		"what was made of a page is kept beside it":                     attachedBeside,
		"an unchanged page has attachments of its own":                  attachedToUnchanged,
		"an attachment that the capture does not name is refused":       attachedOtherwise,
		"an empty answer is kept":                                       emptyAnswer,
		"the capture is had without its bytes":                          captureOnly,
		"captures are scanned in the order in which they were kept":     scan,
		"a scan stops at the first error of its visitor and returns it": scanStops,
		"an unknown id is not found":                                    unknown,
		"an id is taken once":                                           taken,
		"an exchange that contradicts itself is refused and not kept":   contradicts,
		"many may keep and read at once":                                together,
	} {
		t.Run(name, func(t *testing.T) {
			a, again := open(t)
			test(bench{t, a, again})
		})
	}
}

type bench struct {
	*testing.T
	a     archive.Archive
	again func() archive.Archive
}

func roundTrip(b bench) {
	e := Exchange(1, "https://example.example/a", "<p>一</p>")
	e.Capture.Robots = evidence.RobotsDecision{Allowed: true, Reason: "allowed", Rule: "Allow: /", Line: 2, Digest: "d"}
	e.Capture.TLSCert, e.Capture.TLSFault = "cert", "expired"
	e.Capture.Lead.About = &evidence.Party{Name: "甲公司"}
	e.Capture.Lead.Depth, e.Capture.Lead.Hop, e.Capture.Lead.Origin = 3, 1, "origin"
	b.keep(e)
	b.wantOpen(b.a, e)
}

func reopened(b bench) {
	var kept []evidence.Exchange
	for i := range 5 {
		e := Exchange(i, fmt.Sprintf("https://example.example/%d", i%3), "same")
		b.keep(e)
		kept = append(kept, e)
	}
	a := b.again()
	for _, e := range kept {
		b.wantOpen(a, e)
	}
}

func unchanged(b bench) {
	var at []archive.Location
	var kept []evidence.Exchange
	for i := range 3 {
		e := Exchange(i, "https://example.example/a", strings.Repeat("unchanged ", 1000))
		at = append(at, b.keep(e))
		kept = append(kept, e)
	}
	for _, e := range kept {
		b.wantOpen(b.a, e)
	}
	if at[0] == at[1] || at[1] == at[2] {
		b.Errorf("two captures stand at one place: %v", at)
	}
}

func notModified(b bench) {
	first := Exchange(1, "https://example.example/a", strings.Repeat("unchanged ", 1000))
	b.keep(first)
	again := first
	again.Capture.ID = Exchange(2, "https://example.example/a", "").Capture.ID
	again.Capture.Time = first.Capture.Time.Add(1)
	again.Capture.Unchanged = first.Capture.ID
	again.Response = []byte("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n")
	again.Header = Header(again.Response)
	b.keep(again)
	b.wantOpen(b.a, again)
	stranger := again
	stranger.Capture.ID = Exchange(3, "https://example.example/a", "").Capture.ID
	stranger.Capture.Lead.URL = "https://example.example/other"
	Seal(&stranger)
	if _, err := b.a.Keep(b.Context(), stranger); !errors.Is(err, evidence.ErrInvalid) {
		b.Errorf("unchanged, but nobody holds it: %v", err)
	}
}

func otherURL(b bench) {
	first, second := Exchange(1, "https://example.example/a", "same"), Exchange(2, "https://example.example/b", "same")
	b.keep(first)
	b.keep(second)
	b.wantOpen(b.a, first)
	b.wantOpen(b.a, second)
}

func handedIn(b bench) {
	for i := range 2 {
		e := evidence.Exchange{Raw: []byte("名称,代码\r\n\r\n甲,1\n"), Body: []byte("名称,代码\r\n\r\n甲,1\n")}
		e.Capture = Exchange(i, "file:///%E5%90%8D%E5%8D%95.csv", "x").Capture
		e.Capture.Status, e.Capture.Type, e.Capture.Custody = 0, "text/csv; charset=utf-8", "handed over by 甲局, 2026-11-02"
		Seal(&e)
		b.keep(e)
		b.wantOpen(b.a, e)
	}
}

func emptyAnswer(b bench) {
	for i, status := range []int{204, 301, 304, 404} {
		e := Exchange(i, "https://example.example/a", "")
		e.Capture.Status, e.Capture.Location = status, "/b"
		e.Response = fmt.Appendf(nil, "HTTP/1.1 %d Nothing\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", status)
		e.Header = Header(e.Response)
		Seal(&e)
		b.keep(e)
		b.wantOpen(b.a, e)
	}
}

func captureOnly(b bench) {
	e := Exchange(1, "https://example.example/a", "body")
	at := b.keep(e)
	c, loc, err := b.a.Capture(b.Context(), e.Capture.ID)
	if err != nil || loc != at || !reflect.DeepEqual(c, e.Capture) {
		b.Errorf("capture = %+v at %v, %v\nwant %+v at %v", c, loc, err, e.Capture, at)
	}
}

func scan(b bench) {
	var want []string
	for i := range 6 {
		e := Exchange(i, "https://example.example/a", strings.Repeat("x", i/2))
		want = append(want, fmt.Sprint(e.Capture.ID, b.keep(e)))
	}
	for _, a := range []archive.Archive{b.a, b.again()} {
		var got []string
		err := a.Scan(b.Context(), func(c evidence.Capture, at archive.Location) error {
			got = append(got, fmt.Sprint(c.ID, at))
			return nil
		})
		if err != nil || !reflect.DeepEqual(got, want) {
			b.Errorf("scanned %v, %v\nwant %v", got, err, want)
		}
	}
}

func scanStops(b bench) {
	for i := range 3 {
		b.keep(Exchange(i, "https://example.example/a", "x"))
	}
	enough, n := errors.New("enough"), 0
	err := b.a.Scan(b.Context(), func(evidence.Capture, archive.Location) error {
		if n++; n == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 2 {
		b.Errorf("visited %d, %v, want 2 and enough", n, err)
	}
}

func unknown(b bench) {
	id := Exchange(1, "https://example.example/a", "x").Capture.ID
	if _, err := b.a.Open(b.Context(), id); !errors.Is(err, evidence.ErrNotFound) {
		b.Errorf("open = %v, want not found", err)
	}
	if _, _, err := b.a.Capture(b.Context(), id); !errors.Is(err, evidence.ErrNotFound) {
		b.Errorf("capture = %v, want not found", err)
	}
}

func taken(b bench) {
	e := Exchange(1, "https://example.example/a", "x")
	b.keep(e)
	other := Exchange(2, "https://example.example/b", "y")
	other.Capture.ID = e.Capture.ID
	if _, err := b.a.Keep(b.Context(), other); !errors.Is(err, evidence.ErrConflict) {
		b.Errorf("keep = %v, want a conflict", err)
	}
	b.wantOpen(b.a, e)
}

func contradicts(b bench) {
	for name, spoil := range map[string]func(*evidence.Exchange){
		"no UUID":               func(e *evidence.Exchange) { e.Capture.ID = "1" },
		"UUID in upper case":    func(e *evidence.Exchange) { e.Capture.ID = strings.ToUpper(e.Capture.ID) },
		"relative URL":          func(e *evidence.Exchange) { e.Capture.Lead.URL = "/a"; Seal(e) },
		"line break in the URL": func(e *evidence.Exchange) { e.Capture.Lead.URL += "\r\nWARC-Type: response"; Seal(e) },
		"no time": func(e *evidence.Exchange) {
			e.Capture.Time = e.Capture.Time.AddDate(-9999, 0, 0)
			e.Capture.Time = zero
		},
		"other payload":       func(e *evidence.Exchange) { e.Capture.Payload = evidence.DigestBytes(nil) },
		"other content":       func(e *evidence.Exchange) { e.Capture.Content = "x" },
		"other size":          func(e *evidence.Exchange) { e.Capture.Size++ },
		"no request":          func(e *evidence.Exchange) { e.Request = nil },
		"torn request":        func(e *evidence.Exchange) { e.Request = []byte("GET / HTTP/1.1\r\n") },
		"no status line":      func(e *evidence.Exchange) { e.Response = []byte("Content-Type: text/html\r\n\r\n") },
		"no end of head":      func(e *evidence.Exchange) { e.Response = []byte("HTTP/1.1 200 OK\r\n") },
		"raw is not the body": func(e *evidence.Exchange) { e.Raw = []byte("other") },
	} {
		e := Exchange(1, "https://example.example/a", "x")
		spoil(&e)
		if _, err := b.a.Keep(b.Context(), e); !errors.Is(err, evidence.ErrInvalid) {
			b.Errorf("%s: keep = %v, want invalid", name, err)
		}
	}
	b.keep(Exchange(2, "https://example.example/a", "x"))
	n := 0
	if err := b.a.Scan(b.Context(), func(evidence.Capture, archive.Location) error { n++; return nil }); err != nil || n != 1 {
		b.Errorf("scanned %d, %v, want the good one only", n, err)
	}
}

func together(b bench) {
	var wg sync.WaitGroup
	for w := range 6 {
		wg.Go(func() {
			for i := range 8 {
				e := Exchange(w*100+i, fmt.Sprintf("https://example.example/%d", i%2), strings.Repeat("x", i%3))
				b.keep(e)
				b.wantOpen(b.a, e)
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	err := b.a.Scan(b.Context(), func(c evidence.Capture, _ archive.Location) error { seen[c.ID] = true; return nil })
	if err != nil || len(seen) != 48 {
		b.Errorf("scanned %d captures, %v, want 48", len(seen), err)
	}
}

func (b bench) keep(e evidence.Exchange) archive.Location {
	b.Helper()
	at, err := b.a.Keep(b.Context(), e)
	if err != nil {
		b.Error(err)
	}
	return at
}

func (b bench) wantOpen(a archive.Archive, want evidence.Exchange) {
	b.Helper()
	got, err := a.Open(b.Context(), want.Capture.ID)
	if err != nil {
		b.Error(err)
		return
	}
	for _, part := range []struct {
		name      string
		got, want any
	}{
		{"capture", got.Capture, want.Capture},
		{"request", string(got.Request), string(want.Request)},
		{"response", string(got.Response), string(want.Response)},
		{"header", got.Header, want.Header},
		{"raw body", string(got.Raw), string(want.Raw)},
		{"body", string(got.Body), string(want.Body)},
		{"attachments", fmt.Sprintf("%q", got.Attached), fmt.Sprintf("%q", want.Attached)},
	} {
		if !reflect.DeepEqual(part.got, part.want) {
			b.Errorf("%s of %s = %v\nwant %v", part.name, want.Capture.ID, part.got, part.want)
		}
	}
}
