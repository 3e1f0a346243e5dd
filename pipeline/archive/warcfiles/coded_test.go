package warcfiles_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"probity/pipeline/archive/archivetest"
)

// Whatever a body was coded by, the record holds it as it came, and it is read
// as it was meant. A capture that was sent over HTTP/2 says so in its record.
func TestACodedBodyIsKeptAsItCame(t *testing.T) {
	p := newPlace(t)
	a := p.open(t)
	body := strings.Repeat("<p>处罚</p>", 500)
	for i, c := range []struct {
		header string
		pack   func(io.Writer) []io.WriteCloser
	}{
		{"br", func(w io.Writer) []io.WriteCloser { return []io.WriteCloser{brotli.NewWriter(w)} }},
		{"zstd", func(w io.Writer) []io.WriteCloser { z, _ := zstd.NewWriter(w); return []io.WriteCloser{z} }},
		{"gzip, br", func(w io.Writer) []io.WriteCloser {
			outer := brotli.NewWriter(w)
			return []io.WriteCloser{gzip.NewWriter(outer), outer}
		}},
	} {
		e := archivetest.Exchange(i, "https://a.example/coded", body)
		var raw bytes.Buffer
		writers := c.pack(&raw)
		_, err := io.WriteString(writers[0], body)
		must(t, err)
		for _, w := range writers {
			must(t, w.Close())
		}
		e.Raw, e.Response = raw.Bytes(), []byte("HTTP/1.1 200 OK\r\nContent-Encoding: "+c.header+"\r\n\r\n")
		e.Header = archivetest.Header(e.Response)
		e.Capture.Protocol = "h2"
		_, err = a.Keep(t.Context(), e)
		must(t, err)
		got, err := a.Open(t.Context(), e.Capture.ID)
		must(t, err)
		if string(got.Body) != body || !bytes.Equal(got.Raw, e.Raw) || got.Capture.Protocol != "h2" {
			t.Errorf("%s: a body of %d bytes, raw %d of %d, by %q", c.header, len(got.Body), len(got.Raw), len(e.Raw), got.Capture.Protocol)
		}
	}
	file, err := os.ReadFile(p.files(t)[0])
	must(t, err)
	z, err := gzip.NewReader(bytes.NewReader(file))
	must(t, err)
	if text, err := io.ReadAll(z); err != nil || strings.Count(string(text), "WARC-Protocol: h2\r\n") != 3 {
		t.Errorf("%v, %d records say their protocol, want 3", err, strings.Count(string(text), "WARC-Protocol: h2\r\n"))
	}
}
