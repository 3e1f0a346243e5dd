package archivetest

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/google/uuid"

	"probity/pipeline/evidence"
)

//nolint:gochecknoglobals // a constant in all but syntax
var zero time.Time

// Exchange makes the n-th exchange of a test: a page with that body at that
// URL, plainly sent.
func Exchange(n int, url, body string) evidence.Exchange {
	e := evidence.Exchange{
		Request:  []byte("GET / HTTP/1.1\r\nHost: example.example\r\nUser-Agent: Probity/1 (+mailto:a@example.example)\r\n\r\n"),
		Response: fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n", len(body)),
		Raw:      []byte(body),
		Body:     []byte(body),
		Capture: evidence.Capture{
			ID:      uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, n)).String(),
			Run:     "run-1",
			Lead:    evidence.Lead{Method: "GET", URL: url, Source: "test"},
			Attempt: 1,
			Time:    time.Date(2026, 11, 2, 8, 0, n, 123456789, time.UTC),
			Status:  200,
			Type:    "text/html; charset=utf-8",
			Address: "192.0.2.1:443",
			Robots:  evidence.RobotsDecision{Allowed: true, Reason: "no file"},
			Charset: evidence.Charset{Name: "utf-8", By: "header", Confidence: 1},
			Crawler: "probity/test",
		},
	}
	e.Header = Header(e.Response)
	Seal(&e)
	return e
}

// Seal makes digests and size say what the exchange holds.
func Seal(e *evidence.Exchange) {
	e.Capture.Payload, e.Capture.Size = evidence.DigestBytes(e.Body), int64(len(e.Body))
	e.Capture.Content = evidence.ContentID(e.Capture)
}

// Header parses a response head by the standard library.
func Header(head []byte) http.Header {
	_, rest, _ := bytes.Cut(head, []byte("\r\n"))
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(rest))).ReadMIMEHeader()
	if err != nil {
		panic(err) // a head of this package
	}
	return http.Header(h)
}

func codings(b bench) {
	body := strings.Repeat("<p>压缩</p>", 500)
	wrap := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"bare deflate": func(w io.Writer) io.WriteCloser {
			f, _ := flate.NewWriter(w, flate.BestSpeed) // the level is right
			return f
		},
	}
	n := 0
	for _, c := range []struct{ name, headers string }{
		{"gzip", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"},
		{"gzip", "content-encoding: GZIP\r\ntransfer-encoding: chunked\r\n"},
		{"deflate", "Content-Encoding: deflate\r\n"},
		{"bare deflate", "Content-Encoding: deflate\r\nContent-Length: 99999\r\n"},
		{"none, whatever the header says", "Content-Encoding: gzip\r\n"},
		{"none", "X-Archive-Orig-Mine: kept\r\nX-Raw: \xd6\xd0\xce\xc4\r\n"},
	} {
		n++
		e := Exchange(n, "https://example.example/coded", body)
		if w := wrap[c.name]; w != nil {
			var raw bytes.Buffer
			z := w(&raw)
			_, _ = io.WriteString(z, body)
			_ = z.Close()
			e.Raw = raw.Bytes()
		}
		e.Response = []byte("HTTP/1.1 200 OK\r\n" + c.headers + "\r\n")
		e.Header = Header(e.Response)
		b.keep(e)
		b.wantOpen(b.a, e)
		again := e // a 304 does not say again how the page was coded
		again.Capture.ID = Exchange(100+n, "https://example.example/coded", "").Capture.ID
		again.Capture.Unchanged = e.Capture.ID
		again.Response = []byte("HTTP/1.1 304 Not Modified\r\n\r\n")
		again.Header = Header(again.Response)
		b.keep(again)
		b.wantOpen(b.a, again)
	}
}
