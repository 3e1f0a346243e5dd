package collyfetch

import (
	"bytes"
	"testing"
)

// What a server sends comes in pieces of any size; the head is the same.
func FuzzTap(f *testing.F) {
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\nmore"), uint8(3))
	f.Add([]byte("HTTP/1.1 200 OK\n\nbody"), uint8(1))
	f.Add([]byte("\n\r\n\n"), uint8(2))
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		whole, parts := &tap{}, &tap{}
		feed := func(c *tap, b []byte) {
			if !c.full {
				c.got.Write(b)
				c.cut()
			}
		}
		feed(whole, stream)
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), int(piece)+1)
			feed(parts, rest[:n])
			rest = rest[n:]
		}
		_, one := whole.messages()
		_, two := parts.messages()
		if !bytes.Equal(one, two) || whole.full != parts.full {
			t.Fatalf("in one piece %q, in many %q", one, two)
		}
		if whole.full && (headEnd(one) != len(one) || !bytes.Contains(stream, one)) {
			t.Fatalf("head %q of %q", one, stream)
		}
	})
}
