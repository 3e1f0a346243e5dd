// Package robots asks publishers for permission, by RFC 9309.
//
// A file holds for its origin (scheme, host, port). It is fetched by the same
// fetcher as the pages, within the caller's lease on the host, and its exchange
// is handed back to be archived, so that every decision can be walked back to
// the bytes it rests on: the decision names the line and the file's digest.
//
//	2xx                      the rules hold
//	3xx                      followed, five times at most, the gap between; also
//	                         to another host, as RFC 9309, 2.3.1.2 demands: that
//	                         one small request is made without that host's lease
//	4xx but 429              no file: allowed
//	429, 5xx, no answer,
//	a sixth redirect         unavailable: refused, ask again later
//	too large, a bomb, coded
//	in an unknown way        unreadable: refused
//
// A file is kept for as long as Cache-Control or Expires say, a day at most.
// Where it cannot be asked for again, the last good copy serves until a day has
// passed since it came, and then nothing is fetched any more: the RFC (2.3.1.4)
// would let a crawler take everything once a site has been failing for a month,
// but that a publisher is ill is no permission.
//
// What a file means is package rfc9309's to say. Only that decides:
// temoto/robotstxt is asked in tests and for people (Consult).
package robots

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

const (
	maxAge       = 24 * time.Hour
	minAge       = time.Minute
	pause        = 5 * time.Minute // before a file that is unavailable is asked for again, while a copy serves
	maxRedirects = 5
	maxOrigins   = 20_000
	maxBytes     = 64 << 20 // of all files kept
)

// Robots implements crawler.Robots. It is safe for concurrent use.
type Robots struct {
	fetcher crawler.Fetcher
	agent   string
	now     func() time.Time

	mu    sync.Mutex
	files map[string]kept // by origin
	bytes int
}

type kept struct {
	file
	came  time.Time
	until time.Time // then it is asked for again
}

var _ crawler.Robots = (*Robots)(nil)

// New returns one that goes by the first product of agent: "probity" of
// "probity/0.1 (+https://…)".
func New(f crawler.Fetcher, agent string, now func() time.Time) *Robots {
	return &Robots{fetcher: f, agent: agent, now: now, files: map[string]kept{}}
}

// Ask implements crawler.Robots.
func (r *Robots) Ask(ctx context.Context, req crawler.Request) (crawler.Permission, error) {
	u, err := url.Parse(req.Lead.URL)
	if err != nil {
		fault := &crawler.FaultError{Reason: "invalid", Err: fmt.Errorf("ask robots.txt for %s: %w: %w", req.Lead.URL, evidence.ErrInvalid, err)}
		return crawler.Permission{Decision: evidence.RobotsDecision{Reason: "unavailable"}, Fault: fault}, nil
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	old, fresh := r.recall(origin)
	if fresh {
		return old.answer(req.Lead.URL), nil
	}
	v := visit{robots: r, request: req}
	f, fault := v.file(ctx, origin)
	if ctx.Err() != nil {
		return crawler.Permission{}, fmt.Errorf("ask robots.txt for %s: %w", req.Lead.URL, context.Cause(ctx))
	}
	p := crawler.Permission{Decision: evidence.RobotsDecision{Reason: "unavailable"}, Fault: fault}
	switch now := r.now(); {
	case fault == nil:
		r.keep(origin, kept{file: f, came: now, until: now.Add(f.fresh)})
		p = f.answer(req.Lead.URL)
	case old.digest != "" && now.Before(old.came.Add(maxAge)): // a copy that may still serve
		wait, _ := evidence.Delay(fault)
		old.until = earlier(now.Add(max(wait, pause)), old.came.Add(maxAge))
		r.keep(origin, old)
		p = old.answer(req.Lead.URL)
	}
	p.Asked, p.Requests = v.asked, v.requests
	return p, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// recall returns the copy of an origin's file, and whether it is fresh.
func (r *Robots) recall(origin string) (kept, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.files[origin]
	return k, ok && r.now().Before(k.until)
}

// keep remembers a copy. Where there are too many, those go first that have to
// be asked for again anyhow.
func (r *Robots) keep(origin string, k kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(origin)
	size, now := k.size(), r.now()
	full := func() bool { return len(r.files) >= maxOrigins || r.bytes+size > maxBytes }
	if full() {
		for o, old := range r.files {
			if !now.Before(old.until) {
				r.drop(o)
			}
		}
	}
	for o := range r.files {
		if !full() {
			break
		}
		r.drop(o)
	}
	r.files[origin] = k
	r.bytes += size
}

func (r *Robots) drop(origin string) {
	if k, ok := r.files[origin]; ok {
		r.bytes -= k.size()
		delete(r.files, origin)
	}
}

// A visit fetches one file.
type visit struct {
	robots   *Robots
	request  crawler.Request
	asked    []evidence.Exchange
	requests int
}

func (v *visit) file(ctx context.Context, origin string) (file, error) {
	next := origin + "/robots.txt"
	for hop := range maxRedirects + 1 {
		if hop > 0 && !wait(ctx, v.request.Gap) {
			return file{}, ctx.Err()
		}
		e, err := v.fetch(ctx, next, hop)
		if err != nil {
			if reason, ok := errors.AsType[*crawler.FaultError](err); ok && unreadable(reason.Reason) {
				return file{broken: err, fresh: maxAge}, nil
			}
			return file{}, err
		}
		v.asked = append(v.asked, e)
		switch c := e.Capture; {
		case c.Status >= 200 && c.Status < 300:
			f := parse(e.Body, v.robots.agent)
			f.fresh = freshness(e.Header, v.robots.now())
			return f, nil
		case c.Status == http.StatusTooManyRequests || c.Status >= 500:
			return file{}, v.unavailable(e, fmt.Sprintf("answered %d", c.Status))
		case c.Status >= 400:
			return file{missing: true, fresh: freshness(e.Header, v.robots.now())}, nil
		default:
			if next, err = target(next, c.Location); err != nil {
				return file{}, v.unavailable(e, err.Error())
			}
		}
	}
	return file{}, v.unavailable(v.asked[len(v.asked)-1], "was redirected more than five times")
}

// unreadable holds for faults of an answer that would be the same another time.
func unreadable(reason string) bool {
	return reason == "too_large" || reason == "bomb" || reason == "encoding" || reason == "headers"
}

func (v *visit) fetch(ctx context.Context, at string, hop int) (evidence.Exchange, error) {
	v.requests++
	req := v.request
	req.Lead = evidence.Lead{Method: http.MethodGet, URL: at, Source: req.Lead.Source, View: crawler.RobotsView, Hop: hop}
	req.Attempt, req.MaxSize, req.Charset = 1, 0, ""
	req.Robots = evidence.RobotsDecision{Allowed: true, Reason: "not asked"}
	return v.robots.fetcher.Fetch(ctx, req)
}

func (v *visit) unavailable(e evidence.Exchange, why string) error {
	err := error(&crawler.FaultError{Reason: "robots_unavailable", Host: true, Err: fmt.Errorf("%w: %s %s: without it nothing is fetched there", evidence.ErrUnavailable, e.Capture.Lead.URL, why)})
	if d := crawler.RetryAfter(e, v.robots.now()); d > 0 {
		err = evidence.RetryAfter(err, d)
	}
	return err
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
