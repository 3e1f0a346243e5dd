package attack_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// size of what is honest, just below the limit of 32 MiB.
const size = 31 << 20

// noise is so many bytes that nothing compresses, always the same ones.
type noise struct {
	from *rand.ChaCha8
	left int
}

func newNoise(size int) io.Reader { return &noise{rand.NewChaCha8([32]byte{1}), size} }

// Read implements io.Reader.
func (n *noise) Read(p []byte) (int, error) {
	if n.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(len(p), n.left)]
	n.left -= len(p)
	return n.from.Read(p)
}

// A body just below the limit is honest, and it is kept whole; but it may cost
// no more than an attack: it goes through digest and compressor to the disk, and
// stands in memory once.
func TestALargeHonestBodyCostsNoMoreThanAnAttack(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(c net.Conn){
		"with its length": func(c net.Conn) {
			say(c, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", size))
			_, _ = io.Copy(c, newNoise(size))
		},
		"until it closes": func(c net.Conn) {
			say(c, "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
			_, _ = io.Copy(c, newNoise(size))
		},
		"in chunks, as a page": func(c net.Conn) {
			say(c, chunked)
			body, p := newNoise(size), make([]byte, 64<<10)
			for n, err := io.ReadFull(body, p); err == nil; n, err = io.ReadFull(body, p) {
				say(c, fmt.Sprintf("%x\r\n%s\r\n", n, p[:n]))
			}
			say(c, "0\r\n\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attack{
				plan:    plan{Timeout: 15 * time.Second}, // of a busy machine
				answers: map[string]func(net.Conn, *http.Request){"/": func(c net.Conn, _ *http.Request) { answer(c) }},
			}
			r := a.run(t, "http://a.example/")
			if len(r.Captures) != 1 || r.Captures[0].Size != size {
				t.Errorf("captures %+v, letters %+v, want one of %d bytes", r.Captures, r.Letters, size)
			}
		})
	}
}

// What comes compressed stands in memory as it came and as it is read. Where
// compressing saved nothing that is twice, so of such a body less is taken.
func TestALargeBodyThatCameCompressedCostsNoMoreThanAnAttack(t *testing.T) {
	t.Parallel()
	for size, reason := range map[int]string{29 << 20: "", size: "too_large"} {
		t.Run(strconv.Itoa(size>>20), func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = io.Copy(z, newNoise(size))
			_ = z.Close()
			a := attack{
				plan: plan{Timeout: 15 * time.Second},
				answers: map[string]func(net.Conn, *http.Request){"/": func(c net.Conn, _ *http.Request) {
					say(c, fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", okay, b.Len()))
					_, _ = c.Write(b.Bytes())
				}},
			}
			r := a.run(t, "http://a.example/")
			if reason != "" {
				r.wantLetter(t, "http://a.example/", reason)
				return
			}
			if len(r.Captures) != 1 || r.Captures[0].Size != int64(size) {
				t.Errorf("captures %+v, letters %+v, want one of %d bytes", r.Captures, r.Letters, size)
			}
		})
	}
}
