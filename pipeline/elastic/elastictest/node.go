//go:build unix

package elastictest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"probity/pipeline/elastic"
)

// Home names the environment variable with the folder of an Elasticsearch 8,
// from which a test starts a node of its own.
const Home = "PROBITY_TEST_ELASTICSEARCH_HOME"

// The one user of a node that a test starts.
const (
	User     = "keeper"
	Password = "not-a-secret-at-all"
)

// A Node is an Elasticsearch of one node that a test started for itself, with
// TLS and users: it may be killed and started again.
type Node struct {
	Address string // https://127.0.0.1:port
	CA      string // file
	home    string
	dir     string
	command *exec.Cmd
	ended   chan struct{} // closed when the process is no more
}

// nobody runs it, since Elasticsearch refuses to run as root.
const nobody = 65534

// Start starts a node and waits until it answers. The test is skipped where no
// Elasticsearch is named. Its files go with the test.
func Start(t testing.TB) *Node {
	t.Helper()
	home := os.Getenv(Home)
	if home == "" {
		t.Skip("not here: " + Home + " names no folder of an Elasticsearch (make fleet-up fetches one)")
	}
	dir, err := os.MkdirTemp("", "elasticsearch") //nolint:usetesting // another user has to reach it, which t.TempDir forbids
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{home: home, dir: dir, CA: filepath.Join(dir, "config", "node.pem")}
	t.Cleanup(func() {
		n.Kill(t)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := n.configure(); err != nil {
		t.Fatal(err)
	}
	n.Up(t)
	return n
}

// Settings are those of a client that the node lets in.
func (n *Node) Settings() elastic.Settings {
	return elastic.Settings{Addresses: []string{n.Address}, User: User, Password: Password, CA: n.CA, Prefix: "test"}
}

func (n *Node) configure() error {
	var free [2]int
	for i := range free {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends at once
		if err != nil {
			return err
		}
		free[i] = l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
	}
	n.Address = "https://127.0.0.1:" + strconv.Itoa(free[0])
	config := filepath.Join(n.dir, "config")
	if err := os.Mkdir(filepath.Join(n.dir, "tmp"), 0o700); err != nil {
		return err
	}
	if err := os.CopyFS(config, os.DirFS(filepath.Join(n.home, "config"))); err != nil {
		return err
	}
	options, err := os.ReadFile(filepath.Join(config, "jvm.options"))
	if err != nil {
		return err
	}
	options = regexp.MustCompile(`(?m)^.*(Xlog:gc|HeapDump|ErrorFile).*$`).ReplaceAll(options, nil)
	key, certificate, err := certify()
	if err != nil {
		return err
	}
	hash, err := hashed(Password)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"jvm.options": options, "node.key": key, "node.pem": certificate,
		"users": []byte(User + ":" + hash + "\n"), "users_roles": []byte("superuser:" + User + "\n"),
		"elasticsearch.yml": fmt.Appendf(nil, `cluster.name: test
path: {data: %[1]s/data, logs: %[1]s/logs}
network.host: 127.0.0.1
http.port: %[2]d
transport.port: %[3]d
discovery.type: single-node
action.auto_create_index: false
cluster.routing.allocation.disk.threshold_enabled: false
node.store.allow_mmap: false
xpack.security:
  enabled: true
  authc.password_hashing.algorithm: pbkdf2
  http.ssl: {enabled: true, key: node.key, certificate: node.pem}
`, n.dir, free[0], free[1]),
	} {
		if err := os.WriteFile(filepath.Join(config, name), content, 0o600); err != nil {
			return err
		}
	}
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(n.dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody)) //nolint:gosec // a folder that we just made, and nobody else knows
	})
}

// hashed is how the file of users writes a password.
func hashed(password string) (string, error) {
	const rounds, size = 10_000, 32
	salt := make([]byte, size)
	_, _ = rand.Read(salt)
	sum, err := pbkdf2.Key(sha512.New, password, salt, rounds, size)
	e := base64.StdEncoding
	return fmt.Sprintf("{PBKDF2}%d$%s$%s", rounds, e.EncodeToString(salt), e.EncodeToString(sum)), err
}

// certify makes a certificate for this address that is its own authority.
func certify() (key, certificate []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), err
}

// Up starts the node on what data it has, and waits until it answers.
func (n *Node) Up(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute)
	defer cancel()
	n.command = exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(n.home, "bin", "elasticsearch")) //nolint:gosec // the tester's own choice
	n.command.Env = append(os.Environ(), "ES_PATH_CONF="+filepath.Join(n.dir, "config"), "ES_JAVA_OPTS=-Xms384m -Xmx384m", "ES_TMPDIR="+filepath.Join(n.dir, "tmp"))
	if homes, _ := filepath.Glob("/usr/lib/jvm/java-17-openjdk*"); len(homes) > 0 {
		n.command.Env = append(n.command.Env, "ES_JAVA_HOME="+homes[0])
	}
	n.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		n.command.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	log, err := os.Create(filepath.Join(n.dir, "out.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	n.command.Stdout, n.command.Stderr = log, log
	if err := n.command.Start(); err != nil {
		t.Fatal(err)
	}
	n.ended = make(chan struct{})
	go func(c *exec.Cmd, ended chan struct{}) {
		_ = c.Wait() // killed: that it says so is no news
		close(ended)
	}(n.command, n.ended)
	n.await(ctx, t)
}

func (n *Node) await(ctx context.Context, t testing.TB) {
	t.Helper()
	c, err := elastic.Open(n.Settings())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := c.Health(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		case <-n.ended:
		}
		out, _ := os.ReadFile(filepath.Join(n.dir, "out.log"))
		t.Fatalf("no node: %v\n%s", err, out[max(0, len(out)-4000):])
	}
}

// Kill kills the node as a power cut does.
func (n *Node) Kill(t testing.TB) {
	t.Helper()
	if n.command == nil {
		return
	}
	if err := syscall.Kill(-n.command.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Error(err)
	}
	<-n.ended
	n.command = nil
}

// Key makes an API key with roles, as Elasticsearch writes them.
func Key(t testing.TB, n *Node, roles string) string {
	t.Helper()
	authority, err := os.ReadFile(n.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}, Timeout: time.Minute}
	body := strings.NewReader(`{"name":"test","role_descriptors":` + roles + `}`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.Address+"/_security/api_key", body)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(User, Password)
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var a struct{ Encoded string }
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil || a.Encoded == "" {
		t.Fatalf("no API key: %s %v", res.Status, err)
	}
	return a.Encoded
}
