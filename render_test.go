package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// emptyShell is a page that says nothing before its scripts have run.
const emptyShell = `<!doctype html><meta charset=utf-8><title>名单</title><body><p>加载中</p><script src="/app.js"></script>`

// app makes the table of what it is given, and asks for what it may not have.
const app = `fetch('/rows.json').then(r => r.json()).then(rows => {
  const t = document.createElement('table');
  rows.forEach((row, i) => { const tr = t.insertRow(); row.forEach(v => { const c = document.createElement(i ? 'td' : 'th'); c.textContent = v; tr.append(c) }) });
  document.body.replaceChildren(t);
  new Image().src = 'http://tracker.example/pixel.png'; new Image().src = '/logo.png';
});`

// A scriptedSite serves a list whose rows exist only after its scripts have
// run, and counts who is asked for what.
type scriptedSite struct {
	http.Handler
	mu    sync.Mutex
	asked map[string]int
}

func newScriptedSite(t *testing.T, rows [][]string) *scriptedSite {
	t.Helper()
	list, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	s := &scriptedSite{asked: map[string]int{}}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.Host+r.URL.Path]++
		s.mu.Unlock()
		var kind, body string
		switch r.URL.Path {
		case "/list.html":
			kind, body = "text/html", emptyShell
		case "/app.js":
			kind, body = "text/javascript", app
		case "/rows.json":
			kind, body = "application/json", string(list)
		default:
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	})
	return s
}

// scriptedSettings declare the list as one whose pages need their scripts.
func scriptedSettings(t *testing.T, address, browser string) (c Config, file string) {
	t.Helper()
	dir := t.TempDir()
	declare := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	profile, err := os.ReadFile("deploy/profiles/sources/ecommerce-blacklist.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(profile), "source: ecommerce-blacklist", "source: scripted-blacklist", 1)
	text = strings.Replace(text, "    name: list\n", "    name: list\n    render: {until: 'table td', requests: 10, timeout: 50s, together: 10}\n", 1)
	if !strings.Contains(text, "render:") {
		t.Fatal("the profile's view is not where it was")
	}
	declare("sources/scripted-blacklist.yaml", text)
	declareForm(t, dir, "scripted", `[{url: "http://list.example/list.html", view: list}]`)
	b, err := os.ReadFile(filepath.Join(dir, "sources/scripted.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	declare("sources/scripted.yaml", strings.Replace(string(b), "extends: ecommerce-blacklist", "extends: scripted-blacklist", 1))
	declare("campaigns/c.yaml", "campaign: c\ntitle: 名单\nsources: [scripted]\n")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	c = DefaultConfig()
	c.Data, c.Declarations, c.Areas, c.PersonKey = filepath.Join(t.TempDir(), "data"), []string{dir}, nil, "k"
	c.Crawl.Pins = []Pin{{Host: "list.example", Address: u.Hostname(), Port: port}}
	c.Crawl.Manners.Gap, c.Crawl.Browser, c.Serve.Listen = time.Millisecond, browser, "127.0.0.1:0"
	return c, settingsFile(t, c)
}

// A list whose rows exist only after its scripts have run is read as another
// one is, by the built binary and a real browser: facts, search, evidence.
func TestAPageThatNeedsItsScriptsIsEvidenceAsAnyOther(t *testing.T) {
	needsChromium(t)
	t.Parallel()
	rows := inventedList(rand.New(rand.NewPCG(7, 5)))
	site := newScriptedSite(t, rows)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	c, file := scriptedSettings(t, server.URL, "")
	bin := buildBinary(t)
	if out, err := binary(t.Context(), bin, "-config", file, "campaign", "run", "c"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for asked, n := range map[string]int{"list.example/list.html": 1, "list.example/app.js": 1, "list.example/rows.json": 1, "list.example/logo.png": 1, "tracker.example/pixel.png": 0} {
		if site.asked[asked] != n {
			t.Errorf("%s was asked for %d times, want %d: %v", asked, site.asked[asked], n, site.asked)
		}
	}
	out, err := binary(t.Context(), bin, "-config", file, "search", rows[1][0])
	if err != nil || !bytes.Contains(out, []byte(rows[1][0])) {
		t.Errorf("search %s: %v\n%s", rows[1][0], err, out)
	}
	if out, err = binary(t.Context(), bin, "-config", file, "archive", "check"); err != nil || !bytes.Contains(out, []byte("attachments 2")) {
		t.Errorf("archive check: %v\n%s", err, out)
	}
	seenByABrowser(t, c, len(rows)-1)
	wacz := filepath.Join(t.TempDir(), "c.wacz")
	if out, err = binary(t.Context(), bin, "-config", file, "export", "-wacz", wacz, "-source", "scripted"); err != nil {
		t.Errorf("export: %v\n%s", err, out)
	}
	before, err := binary(t.Context(), bin, "-config", file, "bodies")
	if err == nil {
		_, err = binary(t.Context(), bin, "-config", file, "rebuild")
	}
	if after, fault := binary(t.Context(), bin, "-config", file, "bodies"); err != nil || fault != nil || !bytes.Equal(before, after) {
		t.Errorf("rebuild made other documents: %v, %v", err, fault)
	}
}

func needsChromium(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not here: a real browser is slow beside the race detector")
	}
	if DefaultConfig().chrome().Ready() != nil {
		t.Skip("not here: a real Chromium: apt-get install chromium fonts-noto-cjk")
	}
}

// A kill between the parts of a page and the page itself loses nothing: the
// page is asked for again, and its parts are not taken for pages.
func TestAKillBetweenAPageAndItsPartsLosesNothing(t *testing.T) {
	needsChromium(t)
	t.Parallel()
	rows := inventedList(rand.New(rand.NewPCG(7, 6)))
	server := httptest.NewServer(newScriptedSite(t, rows))
	t.Cleanup(server.Close)
	c, file := scriptedSettings(t, server.URL, "")
	bin := buildBinary(t)
	first := exec.CommandContext(t.Context(), bin, "-config", file, "campaign", "run", "c")
	first.Env = append(os.Environ(), "PROBITY_MARK=keep:1")
	if err := first.Run(); err == nil || first.ProcessState.ExitCode() != -1 {
		t.Fatalf("it was not killed: %v", err)
	}
	out, err := binary(t.Context(), bin, "-config", file, "campaign", "run", "c")
	if err != nil || !bytes.Contains(out, []byte("complete")) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = binary(t.Context(), bin, "-config", file, "archive", "check"); err != nil {
		t.Errorf("archive check: %v\n%s", err, out)
	}
	kept := keptViews(t, c)
	if kept["list"] != 1 || kept[evidence.PartView] < 4 {
		t.Errorf("kept %v", kept)
	}
}

// A fleet reads such pages as a laptop does, byte for byte.
func TestAFleetRunsScriptsAsALaptopDoes(t *testing.T) {
	needsChromium(t)
	fleet := fleetConfig(t)
	rows := inventedList(rand.New(rand.NewPCG(7, 5)))
	server := httptest.NewServer(newScriptedSite(t, rows))
	t.Cleanup(server.Close)
	lap, file := scriptedSettings(t, server.URL, "")
	bin := buildBinary(t)
	if out, err := binary(t.Context(), bin, "-config", file, "campaign", "run", "c"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fleet.Declarations, fleet.Areas, fleet.PersonKey, fleet.Crawl, fleet.Serve = lap.Declarations, lap.Areas, lap.PersonKey, lap.Crawl, lap.Serve
	fleet.Data, fleet.Worker = filepath.Join(t.TempDir(), "member"), "member"
	member := exec.CommandContext(t.Context(), bin, "-config", settingsFile(t, fleet), "run", roleCrawl, roleExtract, roleEvaluate)
	member.Cancel = func() error { return member.Process.Signal(os.Interrupt) }
	if err := member.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = member.Process.Signal(os.Interrupt)
		_ = member.Wait()
	}()
	fleet.Data, fleet.Worker = filepath.Join(t.TempDir(), "desk"), "desk"
	desk := settingsFile(t, fleet)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	if out, err := binary(ctx, bin, "-config", desk, "campaign", "run", "c"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := binary(ctx, bin, "-config", file, "bodies")
	if err != nil {
		t.Fatal(err)
	}
	got, err := binary(ctx, bin, "-config", desk, "bodies")
	if err != nil || len(want) == 0 || !bytes.Equal(got, want) {
		t.Errorf("other bodies than a laptop's: %v, %s", err, firstDifference(got, want))
	}
}

// keptViews counts the captures of a house by view.
func keptViews(t *testing.T, c Config) map[string]int {
	t.Helper()
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Command)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
	kept := map[string]int{}
	err = h.archive.Scan(t.Context(), func(c evidence.Capture, _ archive.Location) error { kept[c.Lead.View]++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// seenByABrowser holds what is kept of the page to the page.
func seenByABrowser(t *testing.T, c Config, rows int) {
	t.Helper()
	h, err := openHouse(t.Context(), quiet(io.Discard), c, datadir.Command)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
	kept := map[string]int{}
	err = h.archive.Scan(t.Context(), func(c evidence.Capture, _ archive.Location) error {
		kept[c.Lead.View]++
		if c.Lead.View != "list" {
			return nil
		}
		x, err := h.archive.Open(t.Context(), c.ID)
		dom, _ := x.Attachment(evidence.AttachedDOM)
		shot, _ := x.Attachment(evidence.AttachedScreenshot)
		if string(x.Body) != emptyShell || bytes.Count(dom, []byte("<tr>")) != rows+1 || !bytes.HasPrefix(shot, []byte("\x89PNG")) {
			t.Errorf("kept %.80q, %d rows of %d, picture %.8q", x.Body, bytes.Count(dom, []byte("<tr>")), rows, shot)
		}
		return err
	})
	if err != nil || kept["list"] != 1 || kept[evidence.PartView] != 3 {
		t.Errorf("kept %v: %v", kept, err)
	}
}

// Where no browser is, nothing is said of what such a page holds: its look
// failed, and says what to install.
func TestWithoutABrowserAPageThatNeedsItIsNotLookedAt(t *testing.T) {
	t.Parallel()
	site := newScriptedSite(t, [][]string{{"企业名称"}})
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	c, file := scriptedSettings(t, server.URL, filepath.Join(t.TempDir(), "none"))
	out, err := probity(t, "-config", file, "campaign", "run", "-json", "c")
	if bytes.Contains(out, []byte(`"result": "complete"`)) || !bytes.Contains(out, []byte("browser_missing")) {
		t.Errorf("run: %v\n%s", err, out)
	}
	if site.asked["list.example/app.js"] != 0 {
		t.Error("a script was asked for that nobody can run")
	}
	for _, command := range [][]string{{"explain", "http://list.example/list.html"}, {"source", "check", filepath.Join(c.Declarations[0], "sources/scripted.yaml")}} {
		if out, err = probity(t, append([]string{"-config", file}, command...)...); err != nil || !bytes.Contains(out, []byte("apt-get install chromium")) {
			t.Errorf("%v does not say what is missing: %v\n%s", command, err, out)
		}
	}
}
