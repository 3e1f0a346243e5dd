package collyfetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// errOtherTongue is the error of a server that speaks no HTTP/1.1.
var errOtherTongue = errors.New("the server does not speak HTTP/1.1")

// overH2 does an exchange over HTTP/2 (RFC 9113), on a connection of its own
// that is closed behind it, so that nothing is sent twice and nobody floods a
// connection at rest. Frames are no message that could be kept byte for byte:
// request and head are written down as messages of HTTP/1.1, and the capture
// says by its protocol that they were not sent so.
func (f *Fetcher) overH2(j *job, req *http.Request) error {
	var seen *identity
	var address net.Addr
	t := &http.Transport{
		DisableCompression: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: f.o.MaxHeader,
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerConnection: 4 << 20, MaxReceiveBufferPerStream: 1 << 20, MaxReadFrameSize: 64 << 10},
		DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			conn, who, err := f.shake(ctx, addr, "h2", j.request.AdmitTLS)
			if err != nil {
				return nil, err
			}
			seen, address = who, conn.RemoteAddr()
			return conn, nil
		},
	}
	port := cmp.Or(req.URL.Port(), "443")
	cc, err := t.NewClientConn(req.Context(), "https", net.JoinHostPort(req.URL.Hostname(), port))
	if err != nil {
		return err
	}
	defer func() { _ = cc.Close() }()
	if body, err := bodyOf(req); err != nil {
		return err
	} else if body != nil {
		req.Body = io.NopCloser(bytes.NewReader(body))
		j.sent = body
	}
	res, err := cc.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.ProtoMajor != 2 {
		return fmt.Errorf("%s, and HTTP/2 was spoken", res.Proto)
	}
	j.address, j.identity, j.protocol = address.String(), *seen, "h2"
	j.sent = append(message(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s", req.Method, req.URL.RequestURI(), req.URL.Host), req.Header), j.sent...)
	j.head = message(fmt.Sprintf("HTTP/1.1 %03d %s", res.StatusCode, http.StatusText(res.StatusCode)), res.Header)
	return f.take(j, res)
}

// bodyOf is the body of a request, which another transport may have begun to
// read.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.GetBody == nil {
		return nil, nil
	}
	r, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// message is a head as HTTP/1.1 writes it, its fields by name.
func message(first string, h http.Header) []byte {
	var lines []string
	for name, values := range h {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(append(append([]string{first}, lines...), "", ""), "\r\n"))
}
