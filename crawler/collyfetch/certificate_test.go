package collyfetch

import (
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"probity/pipeline/evidence"
)

func TestTheCertificateIsChecked(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, "ok") }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it says what our side refuses
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	addr := at(t, srv.Listener.Addr().String())
	pins := []Pin{{Host: "example.com", Address: addr}, {Host: "other.example", Address: addr}} // the certificate is for example.com
	f := open(t, Options{Pins: pins, Roots: roots})

	e := fetch(t, f, get("https://example.com/"))
	if e.Capture.TLSCert != evidence.DigestBytes(srv.Certificate().Raw) || e.Capture.TLSFault != "" {
		t.Errorf("capture = %+v", e.Capture)
	}
	fails(t, f, get("https://other.example/"), "tls", evidence.ErrForbidden)
	fails(t, open(t, Options{Pins: pins, Roots: x509.NewCertPool()}), get("https://example.com/"), "tls", evidence.ErrForbidden)

	r := get("https://other.example/")
	r.AdmitTLS = true
	if e := fetch(t, f, r); e.Capture.TLSFault == "" || e.Capture.TLSCert == "" || string(e.Body) != "ok" {
		t.Errorf("capture = %+v", e.Capture)
	}
	fails(t, f, get("https://other.example/"), "tls", evidence.ErrForbidden) // the admitted connection is not reused
}
