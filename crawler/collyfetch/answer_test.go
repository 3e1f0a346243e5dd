package collyfetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// Whatever a server says, an exchange or a fault with a reason comes of it, and
// the exchange is what was said.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gbk\r\nContent-Length: 4\r\n\r\n\xc9\xee\xdb\xda",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2;x=y\r\nok\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 302 Found\nLocation: //b.example/\nContent-Encoding: gzip, br\n\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n\x28\xb5\x2f\xfd\x04\x00\x09\x00\x00x\x84\xa1\x24\x5a",
		"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n\x0b\x00\x80x\x03", "HTTP/1.1 204\r\n\r\n", "HTTP/1.1 101 X\r\nUpgrade: y\r\n\r\n", "\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 +00\n\n", "HTTP/1.1 000 X\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "HTTP/1.1 200 OK\r\n Folded: x\r\n\r\n", "HTTP/1.1 200 OK\r\nA\x00: b\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		fetcher := open(t, Options{
			Timeout: 2 * time.Second, MaxSize: 1 << 16,
			Resolve: func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
			},
			Dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
				here, there := net.Pipe()
				go func() {
					go func() { _, _ = io.Copy(io.Discard, there) }()
					_, _ = there.Write(said)
					_ = there.Close()
				}()
				return addressed{here}, nil
			},
		})
		e, err := fetcher.Fetch(t.Context(), get("http://a.example/"))
		if err != nil {
			fault, ok := errors.AsType[*crawler.FaultError](err)
			if !ok || fault.Reason == "" || !errors.Is(err, evidence.ErrInvalid) && !errors.Is(err, evidence.ErrUnavailable) {
				t.Fatalf("%v of %q", err, said)
			}
			return
		}
		if e.Capture.Status < 200 || len(e.Body) > 1<<16 || headEnd(e.Response) != len(e.Response) || e.Capture.Payload != evidence.DigestBytes(e.Body) {
			t.Fatalf("%+v of %q", e, said)
		}
	})
}

// addressed is a pipe with an address as of TCP.
type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(8, 8, 8, 8), Port: 80} }
