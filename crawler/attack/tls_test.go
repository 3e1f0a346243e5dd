package attack_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"probity/pipeline/evidence"
)

// An authority signs certificates of hosts.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	c := a.sign(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, true)
	a.cert, a.key = c.Leaf, c.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

func (a *authority) pem() []byte {
	var b bytes.Buffer
	_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	return b.Bytes()
}

// sign makes a certificate, by itself or by the authority.
func (a *authority) sign(c *x509.Certificate, self bool) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, by := a.cert, a.key
	if self {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) host(name string, change func(*x509.Certificate)) tls.Certificate {
	c := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if change != nil {
		change(c)
	}
	return a.sign(c, false)
}

// faulty are TLS servers that must not be believed, with what is said of each.
func faulty(a *authority) map[string]struct {
	config *tls.Config
	words  string
	shown  bool // a certificate, whose digest is evidence
} {
	with := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	old := with(a.host("a.example", nil))
	old.MaxVersion = tls.VersionTLS11
	return map[string]struct {
		config *tls.Config
		words  string
		shown  bool
	}{
		"expired": {with(a.host("a.example", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		})), "expired", true},
		"not valid yet": {with(a.host("a.example", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
		})), "not yet valid", true},
		"of another host":  {with(a.host("b.example", nil)), "b.example", true},
		"signed by itself": {with(a.sign(&x509.Certificate{SerialNumber: big.NewInt(3), DNSNames: []string{"a.example"}}, true)), "unknown authority", true},
		"made for clients": {with(a.host("a.example", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })), "usage", true},
		"TLS 1.1":          {old, "TLS 1.2 is the oldest", false},
	}
}

func TestFaultyTLSIsRefusedAndItsCertificateNamed(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	for name, f := range faulty(ca) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attack{
				plan:    plan{Roots: ca.pem()},
				wrap:    func(c net.Conn) net.Conn { return tls.Server(c, f.config) },
				answers: map[string]func(net.Conn, *http.Request){"/": once(okay + "Content-Length: 6\r\n\r\nforged")},
			}
			words := []string{f.words}
			digest := evidence.DigestBytes(f.config.Certificates[0].Leaf.Raw)
			if f.shown {
				words = append(words, digest)
			}
			a.run(t, "https://a.example/").wantLetter(t, "https://a.example/", "tls", words...)
			if !f.shown {
				return
			}
			a.plan.Source = "probe" // which looks for just that
			r := a.run(t, "https://a.example/")
			if len(r.Captures) != 1 || r.Captures[0].TLSCert != digest || r.Captures[0].TLSFault == "" {
				t.Errorf("captures = %+v", r.Captures)
			}
		})
	}
}

func TestATLSServerThatSaysNothingOrNonsenseIsEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(net.Conn, *http.Request)
		reason string
	}{
		"silence":               {func(c net.Conn, _ *http.Request) { <-time.After(5 * time.Second); _ = c.Close() }, "timeout"},
		"drips":                 {drip("\x16\x03\x03\x3f\xff", "\x02"), "timeout"},
		"alerts without end":    {always("", "\x15\x03\x03\x00\x02\x01\x00"), "tls"},
		"a handshake of 16 MiB": {always("", "\x16\x03\x03\x3f\xff\x0b\xff\xff\xff"+string(make([]byte, 16379))), "tls"},
		"no TLS":                {once("HTTP/1.1 400 Bad Request\r\n\r\n"), "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attack{wrap: func(conn net.Conn) net.Conn { c.answer(conn, nil); return conn }}
			a.run(t, "https://a.example/").wantLetter(t, "https://a.example/", c.reason)
		})
	}
}

// A source that has declared https only is not led away from it.
func TestARedirectThatGivesUpHTTPSIsRefused(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	cfg := &tls.Config{Certificates: []tls.Certificate{ca.host("a.example", nil)}}
	a := attack{
		plan: plan{Roots: ca.pem(), Source: "bound"}, wrap: func(c net.Conn) net.Conn { return tls.Server(c, cfg) },
		answers: map[string]func(net.Conn, *http.Request){"/": moved("http://a.example/plain"), "/plain": once(okay + "Content-Length: 6\r\n\r\nforged")},
	}
	r := a.run(t, "https://a.example/")
	r.wantRefused(t, "https://a.example/", "hop_scope_downgrade", "gives up https")
	r.wantNoPage(t, "http://a.example/plain")
}
