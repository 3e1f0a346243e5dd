package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowser walks through the pages in real Chromium as an evaluator does:
// by keyboard, and once more with JavaScript off. Screenshots go to
// PROBITY_TEST_SHOTS, if that names a folder.
func TestBrowser(t *testing.T) {
	if os.Getenv("PROBITY_BROWSER") == "" {
		t.Skip("not here: the pages in real Chromium are make browser")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: apt-get install chromium fonts-noto-cjk")
	}
	address := serveDemo(t)
	for _, mode := range []struct {
		name   string
		script bool
		width  int64
	}{{"by keyboard", true, 1200}, {"with JavaScript off", false, 1200}, {"on a phone", false, 390}} {
		t.Run(mode.name, func(t *testing.T) {
			w := walk(t, browser, mode.script, mode.width)
			w.login(address)
			w.whyInThreeClicks()
			w.evidence(mode.script)
			w.campaigns()
			w.operations()
		})
	}
}

// serveDemo runs the demo until the test ends and returns the address it
// prints, with its token.
func serveDemo(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	data := t.TempDir()
	go func() {
		sh := shell{in: strings.NewReader(""), out: in, err: io.Discard, now: time.Now}
		ended <- run(ctx, []string{"-set", "serve.listen=127.0.0.1:0", "demo", "-campaign", "small", "-data", filepath.Join(data, "demo")}, sh)
		_ = in.Close()
	}()
	t.Cleanup(func() {
		stop()
		_ = out.Close()
		<-ended
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := regexp.MustCompile(`http://\S+`).FindString(lines.Text()); m != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return m
		}
	}
	t.Fatal("the demo ended without an address")
	return ""
}

// A walker is one window of the browser.
type walker struct {
	*testing.T
	ctx   context.Context //nolint:containedctx // chromedp keeps the window in it
	shots int
}

func walk(t *testing.T, browser string, script bool, width int64) *walker {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stopAll := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() { late(); stop(); stopAll() })
	w := &walker{T: t, ctx: ctx}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script}); err != nil {
		t.Fatal(err)
	}
	w.do(chromedp.EmulateViewport(width, 900))
	return w
}

func (w *walker) do(steps ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.Fatal(err)
	}
}

func ask[T any](w *walker, a chromedp.Action[T]) T {
	w.Helper()
	v, err := chromedp.Run(w.ctx, a)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// shot keeps what a person would see now.
func (w *walker) shot(name string) {
	w.Helper()
	dir := os.Getenv("PROBITY_TEST_SHOTS")
	png := ask(w, chromedp.CaptureScreenshot())
	if dir == "" {
		return
	}
	w.shots++
	file := filepath.Join(dir, strings.ReplaceAll(filepath.Base(w.Name()), " ", "-")+"-"+name+".png")
	if err := os.WriteFile(file, png, 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *walker) text(selector string) string {
	w.Helper()
	return ask(w, chromedp.Text(chromedp.CSS(selector)))
}

func (w *walker) where() string {
	w.Helper()
	return ask(w, chromedp.Location())
}

// login opens the printed address: the token moves to a cookie and leaves
// the address bar.
func (w *walker) login(address string) {
	w.Helper()
	w.do(chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("main")))
	if strings.Contains(w.where(), "token") {
		w.Errorf("the token stays in the address bar: %s", w.where())
	}
	w.shot("home")
}

// whyInThreeClicks finds an operator with a penalty and walks from its grade
// to the highlighted passage, and back up.
func (w *walker) whyInThreeClicks() {
	w.Helper()
	w.do(chromedp.Navigate(w.home()+w.penalised()), chromedp.WaitReady(chromedp.CSS("main")))
	if grade := w.text("main"); !strings.Contains(grade, "覆盖率") || !strings.Contains(grade, "从未查询") {
		w.Errorf("the entity page tells no coverage, or not what was never looked at: %.300s", grade)
	}
	w.shot("entity")
	w.press(`a[href$="/why"]`) // one
	w.shot("why")
	w.press(`details[open] a[href*="/captures/"]`) // two
	w.do(chromedp.WaitReady(chromedp.CSS("mark#passage")))
	if passage := w.text("mark#passage"); strings.TrimSpace(passage) == "" {
		w.Error("the passage is empty")
	}
	w.shot("capture")
	w.press(`main a[href^="/entities/"]`) // and back up to the grade it touches
	if !strings.Contains(w.where(), "/entities/") {
		w.Errorf("the way back up led to %s", w.where())
	}
}

func (w *walker) home() string {
	w.Helper()
	host, _, _ := strings.Cut(strings.TrimPrefix(w.where(), "http://"), "/")
	return "http://" + host
}

// penalised is the page of an operator whose grade a penalty touches.
func (w *walker) penalised() string {
	w.Helper()
	link := regexp.MustCompile(`href="(/entities/[0-9a-f]+)"`)
	cited := regexp.MustCompile(`<details[^>]* open>[^§]*?/captures/`)
	for _, m := range link.FindAllStringSubmatch(w.page("/evidence?q=%E7%BD%9A%E6%AC%BE"), 40) {
		if cited.MatchString(w.page(m[1] + "/why")) {
			return m[1]
		}
	}
	w.Fatal("no operator has a penalty that its grade rests on")
	return ""
}

// page fetches a page as a program would.
func (w *walker) page(path string) string {
	w.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.home()+path, http.NoBody)
	if err != nil {
		w.Fatal(err)
	}
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.Fatalf("%s: %d %v", path, res.StatusCode, err)
	}
	return string(body)
}

// press follows a link by keyboard: focus and Enter, as after Tab.
func (w *walker) press(selector string) {
	w.Helper()
	before := w.where()
	w.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(kb.Enter))
	deadline := time.Now().Add(20 * time.Second)
	for w.where() == before {
		if time.Now().After(deadline) {
			w.Fatalf("Enter on %s led nowhere from %s", selector, before)
		}
	}
	w.do(chromedp.WaitReady(chromedp.CSS("main")))
}

// evidence filters, reads hits in context, and steps to the next by keyboard.
func (w *walker) evidence(script bool) {
	w.Helper()
	w.do(chromedp.Navigate(w.home()+"/evidence"), chromedp.SetValue(chromedp.CSS(`main input[name="q"]`), "处罚"),
		chromedp.Focus(chromedp.CSS(`main input[name="q"]`)), chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS(".hit mark")))
	w.shot("evidence")
	if !script {
		return
	}
	ask(w, chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	w.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	if at := ask(w, chromedp.Evaluate[int](`[...document.querySelectorAll(".hit")].indexOf(document.activeElement.closest(".hit"))`)); at != 1 {
		w.Errorf("after j j the focus is on hit %d, want the second", at)
	}
	w.do(chromedp.KeyEvent("/"))
	if name := ask(w, chromedp.Evaluate[string](`document.activeElement.name`)); name != "q" {
		w.Errorf("/ focuses %q, want the search field", name)
	}
}

// campaigns reads the report of the run.
func (w *walker) campaigns() {
	w.Helper()
	w.do(chromedp.Navigate(w.home()+"/campaigns"), chromedp.WaitReady(chromedp.CSS("main")))
	if s := w.text("main"); !strings.Contains(s, "small") && !strings.Contains(s, "已结束") {
		w.Errorf("the campaigns page: %.300s", s)
	}
	w.shot("campaigns")
	if ask(w, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth + 1`)) {
		w.Error("the page scrolls sideways")
	}
}
