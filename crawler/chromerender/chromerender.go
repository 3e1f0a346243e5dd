// Package chromerender runs the scripts of pages in headless Chromium, and is
// the one door to chromedp and its protocol.
//
// The browser is a reader without a network. Every request it makes is stopped
// (Fetch domain) and answered with what crawler.Live.Get brought, which goes
// the crawler's own way: guards, robots, the host's gap, the archive. Beside
// that its proxy is a dead address and its resolver knows no name, so that what
// does not pass there (websockets, WebRTC, prefetches, popups, the browser's
// own errands) reaches nobody; workers and other targets are stopped as they
// begin and never go on. It is told nothing of our environment.
//
// Each page has a process group and an empty profile of its own, since pages
// must learn nothing of each other, and since what one of them holds can be
// weighed and ended without asking it: the group is killed when the page is
// over, however that came, and dies with us. That costs about one core-second a
// page, less than the gap that its host is owed. The clock, the requests, the
// memory and the sizes of what comes out are bounded; so is each message of the
// browser, which a page can make as long as it likes. Dialogs are dismissed,
// windows closed, downloads and service workers refused.
//
// A page is finished when it has what its source says (until), or, without
// that, when it has loaded, has all it asked for, has asked for nothing for half
// a second and says itself that it has nothing to do. Without
// until a script or a list that was not to be had fails the page, as does one
// that leads elsewhere: half of a page must never pass for the whole.
//
// Document and picture are taken in a world of scripts apart from the page's,
// whose functions the page cannot change. Shadow trees and frames are no part
// of the document. As root the browser runs without its own sandbox, which
// needs another user: run crawlers as none.
//
// It does not log in, send cookies or headers of the page's making, or ask by
// any method but GET and, where the source declares it, forms and JSON by POST; fonts,
// media, frames and tracking beacons are not asked for.
package chromerender

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// Limits of one page.
const (
	MaxDOM        = 16 << 20 // UTF-16 units of the document
	MaxScreenshot = 32 << 20 // bytes of the image
	MaxHeight     = 16_000   // pixels of the page that are shown
	MaxMemory     = 2 << 30  // bytes of all processes of a browser, shared ones counted in each
	maxMessage    = 64 << 20 // bytes that the browser says at once
)

// Options of a Chrome. Zero values take the default in brackets.
type Options struct {
	Path  string // of the browser [chromium, chromium-browser or google-chrome, where the PATH has it]
	Agent string // User-Agent
	Pages int    // at once [1]
	Dir   string // for profiles; of a short name, since sockets stand in them [the system's for temporary files]
}

// A Chrome implements crawler.Renderer. It is safe for concurrent use.
type Chrome struct {
	o     Options
	slots chan struct{}
	clean sync.Once
}

var _ crawler.Renderer = (*Chrome)(nil)

// New returns one. It looks for the browser when a page is rendered.
func New(o Options) *Chrome {
	if o.Pages <= 0 {
		o.Pages = 1
	}
	return &Chrome{o: o, slots: make(chan struct{}, o.Pages)}
}

// Ready says whether there is a browser. evidence.ErrInvalid: no, and what to
// install.
func (c *Chrome) Ready() error {
	_, err := c.find()
	return err
}

// find is the path of the browser.
func (c *Chrome) find() (string, error) {
	names := []string{c.o.Path}
	if c.o.Path == "" {
		names = []string{"chromium", "chromium-browser", "google-chrome"}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fault("browser_missing", "%w: no Chromium (%v) is here: install it (Debian: apt-get install chromium fonts-noto-cjk) or name it in crawl.browser", evidence.ErrInvalid, names)
}

func fault(reason, format string, args ...any) error {
	return &crawler.FaultError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// Render implements crawler.Renderer.
func (c *Chrome) Render(ctx context.Context, p crawler.Live) (crawler.Rendered, error) {
	path, err := c.find()
	if err != nil {
		return crawler.Rendered{}, err
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return crawler.Rendered{}, fmt.Errorf("render %s: %w", p.Document.Capture.Lead.URL, context.Cause(ctx))
	}
	dir, err := c.profile()
	if err != nil {
		return crawler.Rendered{}, fault("browser", "render: %w: %w", evidence.ErrUnavailable, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	limited, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	within, fail := context.WithCancelCause(limited)
	defer fail(nil)
	s := newSession(p, fail)
	out, err := s.within(within, path, dir, c.o.Agent)
	if err == nil {
		return out, nil
	}
	return crawler.Rendered{}, s.because(ctx, limited, within, err)
}

// profile is an empty folder for a browser. It bears our process id, so that
// the next one knows which were left by a kill.
func (c *Chrome) profile() (string, error) {
	c.clean.Do(func() {
		old, _ := filepath.Glob(filepath.Join(cmp.Or(c.o.Dir, os.TempDir()), profiles+"*"))
		for _, dir := range old {
			pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), profiles), "-")
			if n, err := strconv.Atoi(pid); err == nil && n > 0 && errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
				_ = os.RemoveAll(dir)
			}
		}
	})
	return os.MkdirTemp(c.o.Dir, fmt.Sprintf("%s%d-", profiles, os.Getpid()))
}

const profiles = "probity-page-"

// because says why a page came to nothing.
func (s *session) because(ctx, limited, within context.Context, err error) error {
	known, ok := errors.AsType[*crawler.FaultError](context.Cause(within))
	if !ok {
		known, ok = errors.AsType[*crawler.FaultError](err)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("render %s: stopped: %w", s.url, context.Cause(ctx))
	case ok:
		return &crawler.FaultError{Reason: known.Reason, Err: fmt.Errorf("render %s: %w%s", s.url, known.Err, s.vain())}
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return fault("render_timeout", "render %s: %w: it was not finished within %s%s", s.url, evidence.ErrInvalid, s.page.Timeout, s.vain())
	}
	return fault("browser", "render %s: %w: the browser failed: %w", s.url, evidence.ErrUnavailable, err)
}
