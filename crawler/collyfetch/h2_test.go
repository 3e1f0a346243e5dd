package collyfetch

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"probity/pipeline/evidence"
)

// only returns a server that speaks no HTTP/1.1, and a fetcher that knows it.
func only(t *testing.T, h http.HandlerFunc) *Fetcher {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	none := &tls.Config{NextProtos: []string{"none"}}
	srv.TLS = &tls.Config{NextProtos: []string{"h2"}, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.SupportedProtos[0] == "h2" {
			return nil, nil
		}
		none.Certificates = srv.TLS.Certificates
		return none, nil
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return open(t, Options{Pins: []Pin{{Host: "example.com", Address: at(t, srv.Listener.Addr().String())}}, Roots: roots})
}

func TestHTTP2IsSpokenWhereNothingElseIs(t *testing.T) {
	f := only(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Odd", "yes")
		say(w, r.Method+" "+r.Proto+" "+string(b))
		if r.URL.Path == "/endless" {
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}
	})
	e := fetch(t, f, get("https://example.com/a?b=%E4%BF%A1"))
	if string(e.Body) != "GET HTTP/2.0 " || e.Capture.Protocol != "h2" || e.Capture.TLSCert == "" || !strings.HasPrefix(e.Capture.Address, "127.0.0.1:") {
		t.Errorf("%q, %+v", e.Body, e.Capture)
	}
	if !strings.HasPrefix(string(e.Request), "GET /a?b=%E4%BF%A1 HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: gzip") || !bytes.HasSuffix(e.Request, []byte("\r\n\r\n")) {
		t.Errorf("request %q", e.Request)
	}
	if !strings.HasPrefix(string(e.Response), "HTTP/1.1 200 OK\r\n") || !strings.Contains(string(e.Response), "X-Odd: yes\r\n") || headEnd(e.Response) != len(e.Response) {
		t.Errorf("head %q", e.Response)
	}
	r := get("https://example.com/")
	r.Lead.Method, r.Lead.Body = http.MethodPost, "page=2"
	if e := fetch(t, f, r); string(e.Body) != "POST HTTP/2.0 page=2" || !bytes.HasSuffix(e.Request, []byte("\r\n\r\npage=2")) {
		t.Errorf("%q after %q", e.Body, e.Request)
	}
	r = get("https://example.com/endless")
	r.MaxSize = 1 << 20
	fails(t, f, r, "too_large", evidence.ErrInvalid)
}
