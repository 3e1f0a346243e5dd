package redisdb_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
)

const secret = "pass-word-of-the-test"

func TestScriptsAndCommands(t *testing.T) {
	db := redistest.Shared(t)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := redisdb.NewScript("count", "return redis.call('INCRBY', KEYS[1], ARGV[1]) -- "+rand.Text())
	var calls []redisdb.Call
	for _, k := range []string{"{1}", "{2}", "{3}", "{1}"} {
		calls = append(calls, redisdb.Call{Script: s, Keys: []string{db.Key(k)}, Args: []any{2}})
	}
	for i, r := range db.RunAll(t.Context(), calls...) {
		n, err := redisdb.Int(r.Value)
		if want := int64(2); r.Err != nil || err != nil || n != want && i < 3 || i == 3 && n != 4 {
			t.Errorf("script %d answered %v, %v", i, r.Value, r.Err)
		}
	}
	if _, err := db.Do(t.Context(), "GET", db.Key("none")); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("error = %v, want not found", err)
	}
	rs, err := db.DoAll(t.Context(), []any{"HSET", db.Key("{1}h"), "a", "b"}, []any{"HGETALL", db.Key("{1}h")}, []any{"GET", db.Key("none")})
	if err != nil || !errors.Is(rs[2].Err, evidence.ErrNotFound) {
		t.Errorf("replies = %+v, %v", rs, err)
	}
	if m, err := redisdb.Fields(rs[1].Value); err != nil || m["a"] != "b" {
		t.Errorf("fields = %v, %v", m, err)
	}
}

// Issue 4: TLS and an ACL user, against a server of the test's own.
func TestTLSAndACLUser(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir, "redis.example")
	port := redistest.Port(t)
	users := filepath.Join(dir, "users.acl")
	if err := os.WriteFile(users, []byte("user default off\nuser probity on >"+secret+" ~p:* +@all -@admin\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := redistest.Start(t, "--port", "0", "--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-ca-cert-file", cert, "--tls-auth-clients", "no", "--aclfile", users)
	at := []string{"127.0.0.1:" + port}
	good := redisdb.Settings{Addresses: at, User: "probity", Password: secret, CAFile: cert, ServerName: "redis.example", Prefix: "p"}

	db := s.Open(good)
	if _, err := db.Do(t.Context(), "SET", db.Key("a"), "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Do(t.Context(), "SET", "elsewhere", "b"); !errors.Is(err, evidence.ErrForbidden) {
		t.Errorf("a key beyond its rights: %v", err)
	}
	for what, c := range map[string]struct {
		change func(*redisdb.Settings)
		want   error
	}{
		"a wrong password":          {func(s *redisdb.Settings) { s.Password = "wrong-" + secret }, evidence.ErrForbidden},
		"no user":                   {func(s *redisdb.Settings) { s.User, s.Password = "", "" }, evidence.ErrForbidden},
		"another server's name":     {func(s *redisdb.Settings) { s.ServerName = "other.example" }, evidence.ErrUnavailable},
		"an authority of our own":   {func(s *redisdb.Settings) { s.CAFile, s.TLS = "", true }, evidence.ErrUnavailable},
		"no TLS where it is wanted": {func(s *redisdb.Settings) { s.CAFile, s.ServerName = "", "" }, evidence.ErrUnavailable},
	} {
		set := good
		c.change(&set)
		err := s.Open(set).Ping(t.Context())
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error = %v, want %v", what, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error says the password: %v", what, err)
		}
	}
	set := good
	set.CAFile = key
	if _, err := redisdb.Open(set); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error = %v, want invalid", err)
	}
}

func TestAFullServerRefusesWhatAddsAndRunsWhatMaySo(t *testing.T) {
	s := redistest.Start(t, "--maxmemory", "3mb")
	db := s.Open(redisdb.Settings{})
	add := redisdb.NewScript("add", "return redis.call('RPUSH', KEYS[1], ARGV[1])")
	take := redisdb.NewScript("take", "#!lua flags=allow-oom\nredis.call('SET', KEYS[1]..'x', 'y'); return redis.call('LPOP', KEYS[1])")
	var err error
	for range 1000 {
		if _, err = db.Run(t.Context(), add, []string{"{k}"}, strings.Repeat("x", 10_000)); err != nil {
			break
		}
	}
	full, ok := errors.AsType[*redisdb.FullError](err)
	if !ok || !errors.Is(err, evidence.ErrUnavailable) || !strings.Contains(full.Error(), "full") {
		t.Fatalf("error = %v, want that it is full", err)
	}
	if _, err := db.Run(t.Context(), take, []string{"{k}"}); err != nil {
		t.Errorf("took nothing from a full server: %v", err)
	}
}

func TestAwayAndBack(t *testing.T) {
	s := redistest.Start(t)
	db := s.Open(redisdb.Settings{Timeout: 500 * time.Millisecond})
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := db.Ping(ctx); !errors.Is(err, evidence.ErrUnavailable) || ctx.Err() != nil {
		t.Errorf("error = %v, want unavailable in time", err)
	}
	s.Up()
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("it is back: %v", err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	s := redistest.Start(t)
	db := s.Open(redisdb.Settings{})
	for said, want := range map[string]error{
		"LOADING Redis is loading":          evidence.ErrUnavailable,
		"READONLY You can't write":          evidence.ErrUnavailable,
		"CLUSTERDOWN The cluster is down":   evidence.ErrUnavailable,
		"NOPERM no rights":                  evidence.ErrForbidden,
		"OOM command not allowed when used": evidence.ErrUnavailable,
	} {
		sc := redisdb.NewScript("say", "return redis.error_reply(ARGV[1])")
		if _, err := db.Run(t.Context(), sc, []string{"k"}, said); !errors.Is(err, want) {
			t.Errorf("%s: error = %v, want %v", said, err, want)
		}
	}
	sc := redisdb.NewScript("say", "return redis.error_reply('ERR something else')")
	if _, err := db.Run(t.Context(), sc, []string{"k"}); err == nil || evidence.Final(err) || errors.Is(err, evidence.ErrUnavailable) {
		t.Errorf("error = %v, want a fault", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Do(ctx, "PING"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want canceled", err)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for _, s := range []redisdb.Settings{{}, {Addresses: []string{"nowhere"}}, {Addresses: []string{"a:1"}, CAFile: "/does/not/exist"}} {
		if _, err := redisdb.Open(s); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%+v: error = %v, want invalid", s, err)
		}
	}
}

// certificate makes one that signs itself.
func certificate(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
