package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"probity/deploy/world"
	"probity/pipeline/evidence"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"probity": main})
}

// The walkthrough scripts are the manual, and hold.
func TestWalkthrough(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "deploy/walkthrough",
		Setup: func(e *testscript.Env) error {
			s := newSite()
			e.Values[siteKey{}] = s
			e.Defer(s.close)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve": cmdServe, "hold": cmdHold, "held": cmdHeld, "exits": cmdExits, "shut": cmdShut,
			"down": cmdDown, "tear": cmdTear, "kept": cmdKept, "torn": cmdTorn, "noise": cmdNoise, "spoil": cmdSpoil, "damage": cmdDamage,
		},
	})
}

// The source that the README shows can be read as it stands there.
func TestTheReadmesSource(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	snippet, _, _ := strings.Cut(rest, "```")
	file := filepath.Join(t.TempDir(), "source.yaml")
	if err := os.WriteFile(file, []byte(snippet), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := readSource(DefaultConfig(), file)
	if err != nil || len(src.Start) != 1 {
		t.Errorf("%+v, %v", src, err)
	}
}

type siteKey struct{}

// A site serves folders, or the simulated web, on loopback, and holds its
// answers back when it is told to.
type site struct {
	server *http.Server
	mu     sync.Mutex
	left   int           // answers that are still let through; negative: all
	waits  chan struct{} // one for each request that is held back
	free   chan struct{} // closed when it lets go
}

func newSite() *site {
	return &site{left: -1, waits: make(chan struct{}, 100), free: make(chan struct{})}
}

func (s *site) close() {
	if s.server != nil {
		_ = s.server.Close()
	}
}

// gate answers by next while it may.
func (s *site) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		free, shut := s.free, s.left == 0
		s.left = max(-1, s.left-1)
		if shut {
			s.left = 0
		}
		s.mu.Unlock()
		if shut {
			s.waits <- struct{}{}
			select {
			case <-free:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// hold lets n more answers through, a negative n all.
func (s *site) hold(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = n
	close(s.free)
	s.free = make(chan struct{})
}

// folders serves DIR/HOST/PATH as http://HOST/PATH.
func folders(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		http.FileServer(http.Dir(filepath.Join(dir, host))).ServeHTTP(w, r)
	})
}

// listen serves on loopback and returns the settings by which a house finds
// every host there, and nothing else.
func (s *site) listen(handler http.Handler, hosts []string) (map[string]any, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.server = &http.Server{Handler: s.gate(handler), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(l) }()
	var pins []map[string]any
	for _, h := range hosts {
		pins = append(pins, map[string]any{"host": h, "address": "127.0.0.1", "port": l.Addr().(*net.TCPAddr).Port})
	}
	return map[string]any{
		"areas": []string{},
		"crawl": map[string]any{"pins": pins, "manners": map[string]any{"gap": "1ms", "backoff": "1ms"}},
	}, nil
}

// serve DIR|world writes probity.yaml, by which the house finds what is
// served. The world brings its declarations along.
func cmdServe(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value(siteKey{}).(*site)
	var handler http.Handler
	var hosts []string
	if args[0] == "world" {
		w := world.New(1)
		handler, hosts = w.Handler(func() int { return 0 }), w.Hosts()
		ts.Check(os.CopyFS(ts.MkAbs("."), world.Declarations()))
	} else {
		handler = folders(ts.MkAbs(args[0]))
		entries, err := os.ReadDir(ts.MkAbs(args[0]))
		ts.Check(err)
		for _, e := range entries {
			hosts = append(hosts, e.Name())
		}
	}
	settings, err := s.listen(handler, hosts)
	ts.Check(err)
	b, err := yaml.Marshal(settings)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("probity.yaml"), b, 0o600))
}

// hold N lets the site answer N more times and no more; hold off ends that.
func cmdHold(ts *testscript.TestScript, _ bool, args []string) {
	n := -1
	if args[0] != "off" {
		var err error
		n, err = strconv.Atoi(args[0])
		ts.Check(err)
	}
	ts.Value(siteKey{}).(*site).hold(n)
}

// held waits until the site holds an answer back.
func cmdHeld(ts *testscript.TestScript, _ bool, _ []string) {
	select {
	case <-ts.Value(siteKey{}).(*site).waits:
	case <-time.After(20 * time.Second):
		ts.Fatalf("the site was not asked so often")
	}
}

// shut FILE gives a campaign a window that is closed just now.
func cmdShut(ts *testscript.TestScript, _ bool, args []string) {
	now := time.Now().In(evidence.Shanghai)
	line := fmt.Sprintf("window: {from: %q, to: %q}\n", now.Add(2*time.Hour).Format("15:04"), now.Add(3*time.Hour).Format("15:04"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+line), 0o600))
}

// exits CODE COMMAND... runs a command that must end with that code.
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}
