package objects_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

// gateway is the S3 server's program, or the test is skipped.
func gateway(t *testing.T) string {
	t.Helper()
	if os.Getenv("PROBITY_TEST_S3") == "" {
		t.Skip("not here: PROBITY_TEST_S3 names no S3 server; make fleet-up starts one")
	}
	program := os.Getenv("PROBITY_TEST_S3_SERVER")
	if program == "" {
		program = "versitygw"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("not here: no program of an S3 server to start with TLS: PROBITY_TEST_S3_SERVER is not set and %v", err)
	}
	return path
}

// secured starts an S3 server of the test's own that speaks TLS under a
// certificate for 127.0.0.1, and returns its address.
func secured(t *testing.T, cert, key string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	dir := t.TempDir()
	for _, sub := range []string{"data", "meta"} {
		must(t, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), gateway(t), "--access", "me", "--secret", "pass", "--port", address, "--quiet",
		"--cert", cert, "--key", key, "posix", "--sidecar", filepath.Join(dir, "meta"), filepath.Join(dir, "data"))
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return address
}

// certify writes a certificate of its own authority for 127.0.0.1.
func certify(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, key
}

// Issue 4: TLS to the object store, against a real server: the authority that
// is named is trusted, and nobody else.
func TestS3SpeaksTLSUnderAnAuthorityOfOurOwn(t *testing.T) {
	cert, key := certify(t, "ours")
	other, _ := certify(t, "others")
	address := secured(t, cert, key)
	good := objects.Settings{Endpoint: "https://" + address, Bucket: "secured", Key: "me", Secret: "pass", Region: "us-east-1", CA: cert, PathStyle: true}
	store := openS3(t, good)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	err := store.EnsureBucket(ctx)
	for errors.Is(err, evidence.ErrUnavailable) && ctx.Err() == nil { // it is starting
		err = store.EnsureBucket(ctx)
	}
	must(t, errors.Join(err, store.Prove(ctx), store.PutNew(ctx, "a/b", []byte("凭证"))))
	if b, err := store.Get(ctx, "a/b"); err != nil || string(b) != "凭证" {
		t.Errorf("read %q, %v", b, err)
	}
	for sentence, change := range map[string]func(*objects.Settings){
		"an authority that nobody named is not trusted": func(s *objects.Settings) { s.CA = "" },
		"another authority is not trusted":              func(s *objects.Settings) { s.CA = other },
		"no TLS where it is wanted is no answer":        func(s *objects.Settings) { s.Endpoint = "http://" + address },
		"another secret opens nothing":                  func(s *objects.Settings) { s.Secret = "guessed" },
	} {
		s := good
		change(&s)
		short, end := context.WithTimeout(ctx, 20*time.Second)
		if b, err := openS3(t, s).Get(short, "a/b"); err == nil {
			t.Errorf("%s: read %q", sentence, b)
		} else if s.Secret != good.Secret && !errors.Is(err, evidence.ErrForbidden) {
			t.Errorf("%s: %v", sentence, err)
		}
		end()
	}
}
