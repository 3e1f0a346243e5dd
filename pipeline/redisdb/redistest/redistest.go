// Package redistest gives tests a Redis: the one whose address stands in the
// environment, or one of their own to kill, fill and lock. Never a mock.
package redistest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"probity/pipeline/redisdb"
)

// Address names the variable of the Redis that tests share: one address is a
// single server, several are a Cluster.
const Address = "PROBITY_TEST_REDIS"

// Shared opens the shared Redis under a prefix of the test's own, which is
// swept afterwards; without an address the test is skipped.
func Shared(t testing.TB) *redisdb.DB {
	t.Helper()
	addresses := os.Getenv(Address)
	if addresses == "" {
		t.Skipf("not here: no Redis: set %s to host:port, or to several of a Cluster", Address)
	}
	db, err := redisdb.Open(redisdb.Settings{Addresses: strings.Split(addresses, ","), Prefix: "test-" + strings.ToLower(rand.Text()[:10])})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		Sweep(t, db)
		_ = db.Close()
	})
	return db
}

// Sweep deletes every key under the prefix of db.
func Sweep(t testing.TB, db *redisdb.DB) {
	t.Helper()
	if err := db.EachMaster(context.Background(), func(ctx context.Context, m *redisdb.Master) error { return sweep(ctx, db, m) }); err != nil {
		t.Logf("keys of the test stay in Redis: %v", err)
	}
}

func sweep(ctx context.Context, db *redisdb.DB, m *redisdb.Master) error {
	for cursor := ""; cursor != "0"; {
		v, err := m.Do(ctx, "SCAN", cmp.Or(cursor, "0"), "MATCH", db.Key("*"), "COUNT", 1000)
		if err != nil {
			return err
		}
		page, err := redisdb.List(v)
		if err != nil {
			return err
		}
		if cursor, err = redisdb.Text(page[0]); err != nil {
			return err
		}
		keys, err := redisdb.List(page[1])
		if err != nil {
			return err
		}
		for _, k := range keys {
			if _, err := m.Do(ctx, "UNLINK", k); err != nil {
				return err
			}
		}
	}
	return nil
}

// A Server is a redis-server of the test's own on a free port.
type Server struct {
	Address string
	Dir     string
	args    []string
	t       testing.TB
	mu      sync.Mutex
	cmd     *exec.Cmd
	log     bytes.Buffer
}

// Start starts one with further arguments, as "--maxmemory", "8mb"; without a
// redis-server the test is skipped. It is killed when the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("not here: no redis-server: apt-get install redis-server")
	}
	port := Port(t)
	s := &Server{Address: "127.0.0.1:" + port, Dir: t.TempDir(), t: t}
	s.args = append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", s.Dir, "--save", "", "--appendonly", "no",
		"--maxmemory-policy", "noeviction", "--set-max-intset-entries", "4096", "--hash-max-listpack-entries", "64",
	}, args...)
	s.Up()
	t.Cleanup(s.Kill)
	return s
}

// Up starts the server, after Kill on the same port and with the same files.
func (s *Server) Up() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd = exec.Command("redis-server", s.args...) //nolint:gosec,noctx // the test's own words; it outlives no test
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	address := s.Address
	for i, a := range s.args {
		if a == "--tls-port" { // the last named is the one that is open
			address = "127.0.0.1:" + s.args[i+1]
		}
	}
	if !Listens(address, 10*time.Second) {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.t.Fatalf("redis-server does not listen on %s: %s", address, s.log.String())
	}
}

// Kill ends the server at once, as a power cut would.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Pause stops the server where it is: it holds its connections and says nothing.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets it go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(what os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(what)
	}
}

// Open opens a client of it. Zero settings are filled in.
func (s *Server) Open(set redisdb.Settings) *redisdb.DB {
	s.t.Helper()
	if len(set.Addresses) == 0 {
		set.Addresses = []string{s.Address}
	}
	db, err := redisdb.Open(set)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	return db
}

// Write puts a file into the server's folder and returns its path.
func (s *Server) Write(name, text string) string { return write(s.t, s.Dir, name, text) }

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Port is one that is free just now.
func Port(t testing.TB) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Listens waits until somebody listens at an address.
func Listens(address string, within time.Duration) bool {
	deadline := time.Now().Add(within)
	for time.Now().Before(deadline) {
		d := net.Dialer{Timeout: time.Second}
		c, err := d.DialContext(context.Background(), "tcp", address)
		if err == nil {
			_ = c.Close()
			return true
		}
		<-time.After(10 * time.Millisecond)
	}
	return false
}

// String says where the server is.
func (s *Server) String() string { return "redis-server on " + s.Address }
