package attack_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"probity/pipeline/evidence"
)

// always says the same for as long as it is listened to.
func always(first, then string) func(net.Conn, *http.Request) {
	then = strings.Repeat(then, 1+(16<<10)/len(then))
	return func(c net.Conn, _ *http.Request) {
		ok := say(c, first)
		for ok {
			ok = say(c, then)
		}
	}
}

// drip says the same, a byte each 20 ms.
func drip(first, then string) func(net.Conn, *http.Request) {
	return func(c net.Conn, _ *http.Request) {
		ok := say(c, first)
		for i := 0; ok; i++ {
			<-time.After(20 * time.Millisecond)
			ok = say(c, then[i%len(then):i%len(then)+1])
		}
	}
}

// once says it and closes.
func once(text string) func(net.Conn, *http.Request) {
	return func(c net.Conn, _ *http.Request) { say(c, text) }
}

const (
	okay    = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	chunked = okay + "Transfer-Encoding: chunked\r\n\r\n"
)

// floods are answers that have no end, or are not what they say.
func floods() map[string]struct {
	answer func(net.Conn, *http.Request)
	reason string
} {
	distinct := &strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(distinct, "a%d: b\r\n", i)
	}
	return map[string]struct {
		answer func(net.Conn, *http.Request)
		reason string
	}{
		"a status line without end":                  {always("HTTP/1.1 200 ", "O"), "headers"},
		"a head without end":                         {always(okay, "X-Field: of a flood\r\n"), "headers"},
		"one field without end":                      {always(okay+"X-Field: ", "x"), "headers"},
		"five thousand fields":                       {once(okay + distinct.String() + "Content-Length: 2\r\n\r\nok"), "headers"},
		"two thousand times the same field":          {once(okay + strings.Repeat("a: b\r\n", 2000) + "Content-Length: 2\r\n\r\nok"), "headers"},
		"interim answers without end":                {always("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), "headers"},
		"a body without end":                         {always(okay+"\r\n", "x"), "too_large"},
		"a length beyond measure":                    {always(okay+"Content-Length: 9223372036854775807\r\n\r\n", "x"), "too_large"},
		"chunks without end":                         {always(chunked, "1000\r\n"+strings.Repeat("x", 4096)+"\r\n"), "too_large"},
		"one chunk without end":                      {always(chunked+"7fffffffffffffff\r\n", "x"), "too_large"},
		"chunks of one byte with long extensions":    {always(chunked, "1;"+strings.Repeat("x", 900)+"\r\nx\r\n"), "protocol"},
		"a chunk line without end":                   {always(chunked, "1"), "protocol"},
		"trailers without end":                       {always(chunked+"2\r\nok\r\n0\r\n", "X-Trailer: of a flood\r\n"), "protocol"},
		"silence":                                    {func(c net.Conn, _ *http.Request) { _, _ = io.Copy(io.Discard, c) }, "timeout"},
		"a head that drips":                          {drip("HTTP/1.1 200 OK\r\n", "X-Slow: very slow\r\n"), "timeout"},
		"a body that drips":                          {drip(okay+"\r\n", "slow"), "timeout"},
		"chunks that drip":                           {drip(chunked, "1\r\nx\r\n"), "timeout"},
		"a gzip stream that drips":                   {drip(okay+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", "\x00"), "timeout"},
		"nothing at all":                             {once(""), "connect"},
		"an answer that ends early":                  {once(okay + "Content-Length: 100\r\n\r\nshort"), "truncated"},
		"chunks that end early":                      {once(chunked + "5\r\nabc"), "truncated"},
		"two lengths":                                {once(okay + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!"), "protocol"},
		"a negative length":                          {once(okay + "Content-Length: -1\r\n\r\nok"), "protocol"},
		"a coding of the transfer that nobody knows": {once(okay + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), "protocol"},
		"chunks that are none":                       {once(chunked + "zz\r\nok\r\n"), "protocol"},
		"another protocol":                           {once("SSH-2.0-OpenSSH_9.2\r\n"), "protocol"},
		"a protocol of the future":                   {once("HTTP/9.9 200 OK\r\n\r\nok"), "protocol"},
		"a status that is none":                      {once("HTTP/1.1 000 OK\r\nContent-Length: 6\r\n\r\nforged"), "protocol"},
		"a status that is signed":                    {once("HTTP/1.1 +00 OK\r\nContent-Length: 6\r\n\r\nforged"), "protocol"},
		"a switch to another protocol":               {always("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "x"), "protocol"},
	}
}

func TestAnswersWithoutEndOrSenseAreEnded(t *testing.T) {
	t.Parallel()
	for name, f := range floods() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attack{answers: map[string]func(net.Conn, *http.Request){"/": f.answer}}
			a.run(t, "http://a.example/").wantLetter(t, "http://a.example/", f.reason)
		})
	}
}

// A robots.txt is an answer like any other; none of these may be taken for
// permission.
func TestARobotsFileThatAttacksIsNoPermission(t *testing.T) {
	t.Parallel()
	bomb := packed(codings()["gzip"])
	for name, c := range map[string]struct {
		answer func(net.Conn, *http.Request)
		robots string // the reason of a refusal; empty: a dead letter
		words  string // of it
	}{
		"without end":          {always(okay+"\r\n", "User-agent: *\nAllow: /\n"), "robots_unreadable", ""},
		"a bomb":               {once(okay + "Content-Encoding: gzip\r\n\r\n" + string(bomb)), "robots_unreadable", ""},
		"a head flood":         {always(okay, "X-Field: of a flood\r\n"), "robots_unreadable", ""},
		"that drips":           {drip(okay+"\r\n", "User-agent: *\nAllow: /\n"), "", "robots.txt: unavailable: no whole answer within 1s"},
		"a redirect loop":      {once("HTTP/1.1 302 Found\r\nLocation: /robots.txt\r\nContent-Length: 0\r\n\r\n"), "", "redirected more than five times"},
		"that leads inside":    {once("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8080/robots.txt\r\nContent-Length: 0\r\n\r\n"), "", "no public address"},
		"that leads to a file": {once("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"), "", "scheme \"file\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attack{answers: map[string]func(net.Conn, *http.Request){"/robots.txt": c.answer, "/": once(okay + "\r\nsecret")}}
			r := a.run(t, "http://a.example/")
			r.wantNoPage(t, "http://a.example/")
			if c.robots != "" {
				r.wantRefused(t, "http://a.example/", c.robots, "robots.txt")
				return
			}
			if len(r.Letters) != 1 || !says(r.Letters[0].Detail, []string{c.words}) {
				t.Errorf("letters = %+v, want %q", r.Letters, c.words)
			}
		})
	}
}

// codings are the packers of all codings that are undone.
func codings() map[string]func(io.Writer) io.WriteCloser {
	return map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"Deflate": func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z }, // the bare stream
		"br": func(w io.Writer) io.WriteCloser {
			return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 3, LGWin: 24})
		},
		"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w, zstd.WithWindowSize(8<<20)); return z },
	}
}

// packed are 64 MiB of zeros in codings, the first applied first.
func packed(pack ...func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	var w io.Writer = &out
	var all []io.Closer
	for _, p := range slices.Backward(pack) {
		z := p(w)
		all, w = append(all, z), z
	}
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = w.Write(zeros)
	}
	for _, z := range slices.Backward(all) {
		_ = z.Close()
	}
	return out.Bytes()
}

func TestABombIsEndedInEveryCoding(t *testing.T) {
	t.Parallel()
	all := codings()
	window := func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w, zstd.WithWindowSize(128<<20)); return z }
	for name, c := range map[string]struct {
		header string
		body   func() []byte
		reason string
	}{
		"gzip":                {"gzip", func() []byte { return packed(all["gzip"]) }, "bomb"},
		"deflate":             {"deflate", func() []byte { return packed(all["deflate"]) }, "bomb"},
		"deflate, bare":       {"deflate", func() []byte { return packed(all["Deflate"]) }, "bomb"},
		"br":                  {"br", func() []byte { return packed(all["br"]) }, "bomb"},
		"zstd":                {"zstd", func() []byte { return packed(all["zstd"]) }, "bomb"},
		"gzip in gzip":        {"gzip, gzip", func() []byte { return packed(all["gzip"], all["gzip"]) }, "bomb"},
		"gzip in br":          {"gzip, br", func() []byte { return packed(all["gzip"], all["br"]) }, "bomb"},
		"zstd in zstd":        {"zstd, zstd", func() []byte { return packed(all["zstd"], all["zstd"]) }, "bomb"},
		"br in br":            {"br, br", func() []byte { return packed(all["br"], all["br"]) }, "bomb"},
		"two headers":         {"gzip\r\nContent-Encoding: zstd", func() []byte { return packed(all["gzip"], all["zstd"]) }, "bomb"},
		"wrapped threefold":   {"gzip, gzip, gzip", func() []byte { return packed(all["gzip"], all["gzip"], all["gzip"]) }, "encoding"},
		"an unknown coding":   {"rot13", func() []byte { return []byte("uryyb") }, "encoding"},
		"a thousand codings":  {strings.Repeat("gzip, ", 1000) + "gzip", func() []byte { return []byte("x") }, "encoding"},
		"a window of 128 MiB": {"zstd", func() []byte { return packed(window) }, "encoding"},
		"no gzip at all":      {"gzip", func() []byte { return []byte("<html>plain</html>") }, "encoding"},
		"padded with what does not pack": {"gzip", func() []byte { // within the ratio, beyond the size
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
			return append(b.Bytes(), packed(all["gzip"])...)
		}, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := c.body()
			a := attack{answers: map[string]func(net.Conn, *http.Request){
				"/": once(fmt.Sprintf("%sContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", okay, c.header, len(body), body)),
			}}
			a.run(t, "http://a.example/").wantLetter(t, "http://a.example/", c.reason)
		})
	}
}

// What a server says unasked, behind an answer, is no answer to what is asked
// next on the same connection.
func TestAnAnswerThatNobodyAskedForIsNotTakenForAnother(t *testing.T) {
	t.Parallel()
	forged := okay + "Content-Length: 6\r\n\r\nforged"
	a := attack{answers: map[string]func(net.Conn, *http.Request){}}
	honest := func(c net.Conn, r *http.Request) {
		body := "honest" + r.URL.Path
		say(c, fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s%s", okay, len(body), body, forged))
		<-time.After(100 * time.Millisecond)
	}
	var leads []string
	for i := range 8 {
		p := fmt.Sprint("/", i)
		a.answers[p] = honest
		leads = append(leads, "http://a.example"+p)
	}
	r := a.run(t, leads...)
	for _, c := range r.Captures {
		if c.Size != int64(len("honest/0")) {
			t.Errorf("%s was answered with %d bytes", c.Lead.URL, c.Size)
		}
	}
	if len(r.Captures) != len(leads) {
		t.Errorf("%d captures of %d", len(r.Captures), len(leads))
	}
}

// A sitemap may have 50 MiB, which is the largest that is ever read.
func TestASitemapWithoutEndIsEnded(t *testing.T) {
	t.Parallel()
	a := attack{
		plan:    plan{Source: "bound", View: evidence.SitemapView},
		answers: map[string]func(net.Conn, *http.Request){"/map.xml": always(okay+"\r\n<urlset>", "<url><loc>http://a.example/1</loc></url>")},
	}
	a.run(t, "http://a.example/map.xml").wantLetter(t, "http://a.example/map.xml", "too_large")
}
