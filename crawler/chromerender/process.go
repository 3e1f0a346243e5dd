package chromerender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"

	"probity/pipeline/evidence"
)

// A process is a browser that runs, with all that it began. It implements
// chromedp.Allocator: the protocol speaks through its pipes.
type process struct {
	cmd   *exec.Cmd
	said  *limitedReader // what the browser says
	to    io.WriteCloser
	gone  chan struct{} // closed when it has ended
	ended sync.Once
	moans lastWords
}

var (
	_ chromedp.Allocator = (*process)(nil)
	_ chromedp.Attacher  = (*process)(nil)
)

// start starts a browser in a process group of its own.
func start(path, dir, agent string) (*process, error) {
	toChild, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, fromChild, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, toChild.Close(), to.Close())
	}
	p := &process{said: &limitedReader{ReadCloser: from, limit: maxMessage}, to: to, gone: make(chan struct{})}
	p.cmd = exec.Command(path, flags(dir, agent)...) //nolint:gosec,noctx // the configured browser; ended by end, with its children
	p.cmd.Stderr, p.cmd.WaitDelay = &p.moans, time.Second
	p.cmd.ExtraFiles = []*os.File{toChild, fromChild}
	p.cmd.Dir = dir
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=zh_CN.UTF-8", "TZ=Asia/Shanghai", "HOME=" + dir, "TMPDIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir}
	apart(p.cmd)
	began := make(chan error)
	go func() {
		runtime.LockOSThread() // the kernel ends the child with the thread that began it (prctl(2), PR_SET_PDEATHSIG)
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		began <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
		close(p.gone)
	}()
	err = <-began
	_, _ = toChild.Close(), fromChild.Close()
	if err != nil {
		return nil, errors.Join(err, to.Close(), from.Close())
	}
	return p, nil
}

// end kills the browser and all that it began, and waits for it.
func (p *process) end() {
	p.ended.Do(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		_, _ = p.to.Close(), p.said.Close()
	})
	<-p.gone
}

// lastWords are the last lines of what a browser complains of. They are read
// when it is gone.
type lastWords struct{ b []byte }

// Write implements io.Writer.
func (l *lastWords) Write(b []byte) (int, error) {
	l.b = append(l.b, b...)
	l.b = l.b[max(0, len(l.b)-1000):]
	return len(b), nil
}

// String is in one line.
func (l *lastWords) String() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(l.b), "?")), " ")
}

// Allocate implements chromedp.Allocator.
func (p *process) Allocate(ctx context.Context, opts ...chromedp.BrowserOption) (*chromedp.Browser, error) {
	return chromedp.NewBrowserTransport(ctx, chromedp.NewPipeConn(p.said, p.to), opts...)
}

// Wait implements chromedp.Allocator.
func (p *process) Wait() { <-p.gone }

// Attaches implements chromedp.Attacher: the process is ours to end.
func (p *process) Attaches() bool { return true }

// flags are the browser's.
func flags(dir, agent string) []string {
	list := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + dir, "--no-first-run", "--no-default-browser-check", "--window-size=1280,1024",
		// Nothing goes out by itself: port 9 discards, and the resolver does not even find it.
		"--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND", "--dns-prefetch-disable",
		"--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic", "--no-pings",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-domain-reliability", "--disable-client-side-phishing-detection",
		"--disable-default-apps", "--disable-extensions", "--disable-breakpad", "--disable-crash-reporter", "--metrics-recording-only", "--safebrowsing-disable-auto-update",
		"--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,InterestFeedContentSuggestions,DialMediaRouteProvider,Prerender2,SpeculationRulesPrefetchProxy,NetworkPrediction",
		// A page is one page: no windows, no sound, a bounded heap.
		"--mute-audio", "--hide-scrollbars", "--disable-dev-shm-usage", "--disable-gpu", "--disable-hang-monitor", "--disable-prompt-on-repost",
		"--disable-notifications", "--disable-print-preview", "--js-flags=--max-old-space-size=512", "--password-store=basic", "--use-mock-keychain",
		"--lang=zh-CN", "--force-color-profile=srgb", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
	}
	if agent != "" {
		list = append(list, "--user-agent="+strings.Map(printable, agent))
	}
	if os.Geteuid() == 0 {
		list = append(list, "--no-sandbox")
	}
	return append(list, "about:blank")
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

// A limitedReader ends a browser that says too much at once: its messages end
// with a zero byte, and whoever reads one holds all of it.
type limitedReader struct {
	io.ReadCloser
	limit, held int
}

// Read implements io.Reader.
func (l *limitedReader) Read(b []byte) (int, error) {
	n, err := l.ReadCloser.Read(b)
	for _, c := range b[:n] {
		if l.held++; c == 0 {
			l.held = 0
		}
	}
	if l.held > l.limit {
		return 0, fmt.Errorf("%w: the browser says more than %d MiB at once", evidence.ErrInvalid, l.limit>>20)
	}
	return n, err
}
