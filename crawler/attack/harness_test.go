package attack_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"probity/crawler"
)

// What an attack may cost.
const (
	memory   = 64 << 20
	deadline = time.Second // of a visit
	grace    = time.Second // beyond it
)

// An attack is a server's answers by path; what it does not answer is 404.
type attack struct {
	answers map[string]func(c net.Conn, r *http.Request)
	plan    plan
	wrap    func(net.Conn) net.Conn // of TLS
}

// run starts the server, sends a crawler to it, and holds it to what is wanted
// of all attacks.
func (a attack) run(t *testing.T, leads ...string) report {
	t.Helper()
	if raced {
		t.Skip("not here: memory and time are the race detector's; the same tests without it hold the crawler to its own")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go a.serve(c)
		}
	}()
	p := a.plan
	p.Dir, p.Server, p.Leads = t.TempDir(), l.Addr().String(), leads
	if p.Timeout == 0 {
		p.Timeout = deadline
	}
	if p.Source == "" {
		p.Source = "wide"
	}
	r := send(t, p)
	if cost := r.Peak - r.Base; cost > memory {
		t.Errorf("cost %d MiB above the base of %d MiB", cost>>20, r.Base>>20)
	}
	if r.Longest > p.Timeout+grace {
		t.Errorf("a visit took %s of %s", r.Longest, p.Timeout)
	}
	t.Logf("%d KiB above the base, longest visit %s", (r.Peak-r.Base)>>10, r.Longest.Round(time.Millisecond))
	return r
}

func (a attack) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	if first, err := in.Peek(1); err != nil {
		return
	} else if first[0] == 0x16 && a.wrap != nil { // a TLS handshake
		c = a.wrap(&peeked{c, in})
		in = bufio.NewReader(c)
	}
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if r.URL.Path == "/ordinary" {
			say(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26006\r\n\r\n<html>"+strings.Repeat("ordinary text", 2000))
			continue
		}
		answer, ok := a.answers[r.URL.Path]
		if !ok {
			say(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
			continue
		}
		answer(c, r)
		return
	}
}

type peeked struct {
	net.Conn
	in io.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

func say(w io.Writer, s string) bool {
	_, err := io.WriteString(w, s)
	return err == nil
}

// send starts a crawler in a process of its own and waits for what it says.
func send(t *testing.T, p plan) (r report) {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), planned+"="+string(text))
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, words.String())
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return r
}

// victim listens on loopback, where nothing may ever come from.
func victim(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var hits atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		if n := hits.Load(); n > 0 {
			t.Errorf("%d connections reached what listens on loopback", n)
		}
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// wantLetter wants that URL to be a dead letter with this reason, in words.
func (r report) wantLetter(t *testing.T, url, reason string, words ...string) {
	t.Helper()
	i := slices.IndexFunc(r.Letters, func(d crawler.DeadLetter) bool { return d.Lead.URL == url })
	if i < 0 {
		t.Errorf("%s is no dead letter: %+v", url, r.Outcomes)
		return
	}
	if d := r.Letters[i]; d.Reason != reason || !says(d.Detail, words) {
		t.Errorf("%s: %s, %q, want %s with %q", url, d.Reason, d.Detail, reason, words)
	}
	r.wantNoPage(t, url)
}

// wantRefused wants the same of a lead that robots.txt or the scope refused.
func (r report) wantRefused(t *testing.T, url, reason string, words ...string) {
	t.Helper()
	i := slices.IndexFunc(r.Outcomes, func(o outcome) bool { return o.URL == url && o.Result == crawler.Refused })
	if i < 0 {
		t.Errorf("%s is not refused: %+v", url, r.Outcomes)
		return
	}
	if o := r.Outcomes[i]; o.Reason != reason || !says(o.Detail, words) {
		t.Errorf("%s: %s, %q, want %s with %q", url, o.Reason, o.Detail, reason, words)
	}
}

func says(text string, words []string) bool {
	return len(text) > 20 && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// wantNoPage wants that nothing of it was kept as a page.
func (r report) wantNoPage(t *testing.T, url string) {
	t.Helper()
	for _, c := range r.Captures {
		if c.Lead.URL == url && c.OK() {
			t.Errorf("%s was kept: %+v", url, c)
		}
	}
}
