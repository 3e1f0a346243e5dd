package collyfetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// transport speaks HTTP/1.1, since a WARC record is a message of it byte for
// byte, and keeps one idle connection a host, since a host has one visitor.
// Where a server speaks HTTP/2 only, overH2 does.
func (f *Fetcher) transport(lenient bool) *http.Transport {
	return &http.Transport{
		Proxy: nil, DisableCompression: true, ForceAttemptHTTP2: false, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConnsPerHost: 1, MaxIdleConns: 256, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: f.o.MaxHeader,
		ReadBufferSize: 16 << 10, // a page is some 25 KB: two reads and not seven
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			ctx, cancel := inTime(ctx)
			defer cancel()
			c, err := f.dial(ctx, addr)
			if err != nil {
				return nil, err
			}
			return &tap{Conn: c}, nil
		},
		DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) { return f.dialTLS(ctx, addr, lenient) },
	}
}

type deadlineKey struct{}

// until lets what net/http does for a request beyond its context's end, as it
// does dialling, know when the request has to be over.
func until(ctx context.Context) context.Context {
	at, _ := ctx.Deadline()
	return context.WithValue(ctx, deadlineKey{}, at)
}

// inTime ends ctx at the deadline of the request that it was made for: a server
// that takes a connection and says nothing would hold it for ever.
func inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if at, ok := ctx.Value(deadlineKey{}).(time.Time); ok {
		return context.WithDeadline(ctx, at)
	}
	return context.WithCancel(ctx)
}

func tcp(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", at.String())
}

// dial tries the admitted addresses in turn, within the request's deadline,
// of which the first may use half.
func (f *Fetcher) dial(ctx context.Context, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	open, err := f.addresses(ctx, host, port)
	if err != nil {
		return nil, err
	}
	var all error
	for _, at := range open[:min(len(open), 4)] {
		half, cancel := context.WithTimeout(ctx, f.o.Timeout/2)
		conn, err := f.o.Dial(half, at)
		cancel()
		if err == nil {
			return conn, nil
		}
		all = errors.Join(all, err)
	}
	return nil, &crawler.FaultError{Reason: "connect", Host: true, Err: fmt.Errorf("connect to %s: %w: %w", host, evidence.ErrUnavailable, all)}
}

func (f *Fetcher) dialTLS(ctx context.Context, addr string, lenient bool) (net.Conn, error) {
	conn, seen, err := f.shake(ctx, addr, "http/1.1", lenient)
	if err != nil {
		return nil, err
	}
	return &tap{Conn: conn, identity: *seen}, nil
}

// identity is who answered, and what was wrong with that.
type identity struct{ cert, tlsFault string }

// shake opens a TLS connection on which that protocol is spoken.
func (f *Fetcher) shake(ctx context.Context, addr, protocol string, lenient bool) (*tls.Conn, *identity, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	raw, err := f.dial(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	seen := &identity{}
	cfg := &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS12, NextProtos: []string{protocol},
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies, and keeps what it finds
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) > 0 {
				sum := sha256.Sum256(s.PeerCertificates[0].Raw)
				seen.cert = hex.EncodeToString(sum[:])
			}
			err := f.verify(s, host)
			if err == nil || !lenient {
				return err
			}
			seen.tlsFault = err.Error()
			return nil
		},
	}
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, nil, tlsFault(host, seen.cert, err)
	}
	return conn, seen, nil
}

// verify checks chain, dates and name against the roots.
func (f *Fetcher) verify(s tls.ConnectionState, host string) error {
	if len(s.PeerCertificates) == 0 {
		return &tls.CertificateVerificationError{Err: errors.New("no certificate")}
	}
	o := x509.VerifyOptions{Roots: f.o.Roots, DNSName: host, Intermediates: x509.NewCertPool(), CurrentTime: f.o.Now()}
	for _, c := range s.PeerCertificates[1:] {
		o.Intermediates.AddCert(c)
	}
	if _, err := s.PeerCertificates[0].Verify(o); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
	}
	return nil
}

// tlsFault tells a certificate that is not valid, or a version that is too old,
// which another try does not change, from a handshake that broke. The digest of
// the certificate that was shown goes with it: it is all that will be known of
// who answered.
func tlsFault(host, cert string, err error) error {
	_, bad := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case bad:
		return forbidden("tls", "verify certificate of %s: %w: %w (certificate sha256:%s); it is not read over a connection that anybody could have answered", host, evidence.ErrForbidden, err, cert)
	case strings.Contains(err.Error(), "protocol version"):
		return forbidden("tls", "shake hands with %s: %w: %w; TLS 1.2 is the oldest that is spoken", host, evidence.ErrForbidden, err)
	case strings.Contains(err.Error(), "no application protocol"):
		return fmt.Errorf("%w: %w", errOtherTongue, err)
	case errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return &crawler.FaultError{Reason: "tls", Err: fmt.Errorf("shake hands with %s: %w: %w", host, evidence.ErrUnavailable, err)}
}

// A tap is a connection that remembers what went over it for one exchange:
// what was sent, and what came up to the end of the response head.
type tap struct {
	net.Conn
	identity

	mu   sync.Mutex
	sent bytes.Buffer
	got  bytes.Buffer
	full bool // got holds a whole head
	shut bool // nothing more may be sent
}

// refuse lets nothing more be sent.
func (t *tap) refuse() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shut = true
}

// begin forgets the exchange before.
func (t *tap) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.Reset()
	t.got.Reset()
	t.full = false
}

func (t *tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	shut := t.shut
	t.sent.Write(p) // before it goes out: the answer may be faster than this line
	t.mu.Unlock()
	if shut {
		return 0, errBroke
	}
	return t.Conn.Write(p)
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.full {
		t.got.Write(p[:n])
		t.cut()
	}
	return n, err
}

// cut drops interim responses (RFC 9110, 15.2) and all that follows the head
// of the final one.
func (t *tap) cut() {
	for {
		b := t.got.Bytes()
		end := headEnd(b)
		if end < 0 {
			return
		}
		if bytes.HasPrefix(b, []byte("HTTP/1.1 1")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 101")) {
			t.got.Next(end)
			continue
		}
		t.got.Truncate(end)
		t.full = true
		return
	}
}

// headEnd is where a head with its empty line ends; negative: not yet.
func headEnd(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		if rest := b[i:]; bytes.HasPrefix(rest, []byte("\n")) {
			return i + 1
		} else if bytes.HasPrefix(rest, []byte("\r\n")) {
			return i + 2
		}
	}
}

// messages returns what was sent, and the head of what came.
func (t *tap) messages() (sent, head []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.sent.Bytes()), bytes.Clone(t.got.Bytes())
}
