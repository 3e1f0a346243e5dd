package attack_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A speaker is a server of HTTP/2 frame by frame. Answer is called for each
// page that is asked for, until it returns false.
type speaker struct {
	*http2.Framer
	asked  atomic.Int32
	answer func(s *speaker, stream uint32) bool
}

// onlyH2 makes a server refuse every protocol but HTTP/2.
func onlyH2(cert tls.Certificate) *tls.Config {
	with := func(protocol string) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{protocol}}
	}
	c := with("h2")
	c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Contains(hello.SupportedProtos, "h2") {
			return nil, nil
		}
		return with("none"), nil
	}
	return c
}

// wrap serves one connection.
func (s *speaker) wrap(cfg *tls.Config) func(net.Conn) net.Conn {
	return func(raw net.Conn) net.Conn {
		c := tls.Server(raw, cfg)
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(c, preface); err != nil || c.ConnectionState().NegotiatedProtocol != "h2" {
			return c
		}
		one := &speaker{Framer: http2.NewFramer(c, c), answer: s.answer}
		one.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		_ = one.WriteSettings()
		for {
			f, err := one.ReadFrame()
			if err != nil {
				break
			}
			h, ok := f.(*http2.MetaHeadersFrame)
			if !ok {
				continue
			}
			if h.PseudoValue("path") == "/robots.txt" {
				_ = one.head(h.StreamID, true, ":status", "404")
				continue
			}
			s.asked.Add(1)
			if !s.answer(one, h.StreamID) {
				break
			}
		}
		_ = c.Close()
		return c
	}
}

func block(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

func (s *speaker) head(stream uint32, last bool, fields ...string) error {
	return s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block(fields...), EndHeaders: true, EndStream: last})
}

// forever does it for as long as it is listened to, after a head.
func forever(do func(s *speaker, stream uint32) error) func(*speaker, uint32) bool {
	return func(s *speaker, stream uint32) bool {
		go func() { _, _ = io.Copy(io.Discard, readers{s}) }()
		for do(s, stream) == nil {
			continue
		}
		return false
	}
}

// readers lets what the client says run off.
type readers struct{ s *speaker }

func (r readers) Read([]byte) (int, error) {
	_, err := r.s.ReadFrame()
	return 0, err
}

// h2Floods are answers with the reason that is due; * for any of those of an
// answer that came to nothing, none for one that is a page.
func h2Floods() map[string]struct {
	answer func(*speaker, uint32) bool
	reason string
} {
	long := strings.Repeat("x", 16000)
	okay := func(s *speaker, stream uint32) error {
		return s.head(stream, false, ":status", "200", "content-type", "text/html")
	}
	return map[string]struct {
		answer func(*speaker, uint32) bool
		reason string
	}{
		"a page": {func(s *speaker, stream uint32) bool {
			_ = okay(s, stream)
			return s.WriteData(stream, true, []byte("page")) == nil
		}, ""},
		"pings without end":    {forever(func(s *speaker, _ uint32) error { return s.WritePing(false, [8]byte{}) }), "timeout"},
		"settings without end": {forever(func(s *speaker, _ uint32) error { return s.WriteSettings() }), "timeout"},
		"priorities without end": {forever(func(s *speaker, stream uint32) error {
			return s.WritePriority(stream, http2.PriorityParam{StreamDep: 1})
		}), "timeout"},
		"window updates without end": {forever(func(s *speaker, _ uint32) error { return s.WriteWindowUpdate(0, 1) }), "*"},
		"empty data without end": {func(s *speaker, stream uint32) bool {
			_ = okay(s, stream)
			return forever(func(s *speaker, stream uint32) error { return s.WriteData(stream, false, nil) })(s, stream)
		}, "*"},
		"data beyond its window": {func(s *speaker, stream uint32) bool {
			_ = okay(s, stream)
			return forever(func(s *speaker, stream uint32) error { return s.WriteData(stream, false, []byte(long)) })(s, stream)
		}, "*"},
		"a head without end": {func(s *speaker, stream uint32) bool {
			_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block(":status", "200")})
			return forever(func(s *speaker, stream uint32) error { return s.WriteContinuation(stream, false, block("x", long)) })(s, stream)
		}, "*"},
		"a head of a thousand fields": {func(s *speaker, stream uint32) bool {
			fields := []string{":status", "200"}
			for range 1000 {
				fields = append(fields, "a", "b")
			}
			return s.head(stream, true, fields...) == nil
		}, "headers"},
		"interim heads without end": {forever(func(s *speaker, stream uint32) error { return s.head(stream, false, ":status", "103", "link", long) }), "headers"},
		"a stream that is refused": {func(s *speaker, stream uint32) bool {
			return s.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
		}, "*"},
		"a connection that ends": {func(s *speaker, _ uint32) bool { _ = s.WriteGoAway(0, http2.ErrCodeNo, nil); return false }, "*"},
		"a body that ends early": {func(s *speaker, stream uint32) bool {
			_ = s.head(stream, false, ":status", "200", "content-length", "100")
			return s.WriteData(stream, true, []byte("page")) == nil
		}, "*"},
		"a push": {func(s *speaker, stream uint32) bool {
			return s.WritePushPromise(http2.PushPromiseParam{StreamID: stream, PromiseID: 2, BlockFragment: block(":method", "GET", ":path", "/forged"), EndHeaders: true}) == nil
		}, "*"},
	}
}

func TestHTTP2IsSpokenWhereNothingElseIsAndItsFloodsAreEnded(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	cfg := onlyH2(ca.host("a.example", nil))
	for name, c := range h2Floods() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &speaker{answer: c.answer}
			a := attack{plan: plan{Roots: ca.pem()}, wrap: s.wrap(cfg)}
			r := a.run(t, "https://a.example/")
			switch c.reason {
			case "":
				if len(r.Captures) != 1 || r.Captures[0].Protocol != "h2" || r.Captures[0].Size != 4 || r.Captures[0].TLSCert == "" {
					t.Errorf("captures = %+v, %+v", r.Captures, r.Outcomes)
				}
			case "*":
				r.wantNoPage(t, "https://a.example/")
				if len(r.Letters) != 1 || r.Letters[0].Reason == "" || !says(r.Letters[0].Detail, nil) {
					t.Errorf("letters = %+v", r.Letters)
				} else {
					t.Logf("%s: %s", r.Letters[0].Reason, r.Letters[0].Detail)
				}
			default:
				r.wantLetter(t, "https://a.example/", c.reason)
			}
			if n := s.asked.Load(); n != 1 {
				t.Errorf("asked %d times, want once", n)
			}
		})
	}
}
