// Package robots asks publishers for permission, by RFC 9309.
//
// A file holds for its origin (scheme, host, port) and is kept for at most a
// day. It is fetched by the same fetcher as the pages, within the caller's
// lease on the host, and its exchange is handed back to be archived, so that
// every decision can be walked back to the bytes it rests on.
//
//	2xx                      the rules hold
//	3xx                      followed, five times at most, the gap between; also
//	                         to another host, as RFC 9309, 2.3.1.2 demands: that
//	                         one small request is made without that host's lease
//	4xx but 429              no file: allowed
//	429, 5xx, no answer      unavailable: refused, ask again later
//	what cannot be parsed    unreadable: refused
//
// For now a file is judged by temoto/robotstxt and by our own reading of the
// RFC, and both must allow: temoto reads some files too laxly and rejects
// others whole, and a page too few is better than a page that was forbidden.
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
	maxRedirects = 5
	maxOrigins   = 20_000
)

// Robots implements crawler.Robots. It is safe for concurrent use.
type Robots struct {
	fetcher crawler.Fetcher
	token   string
	now     func() time.Time

	mu    sync.Mutex
	files map[string]kept // by origin
}

type kept struct {
	file
	until time.Time
}

var _ crawler.Robots = (*Robots)(nil)

// New returns one that goes by the product token of agent: "probity" of
// "probity/0.1 (+https://…)".
func New(f crawler.Fetcher, agent string, now func() time.Time) *Robots {
	return &Robots{fetcher: f, token: productToken(agent), now: now, files: map[string]kept{}}
}

// Ask implements crawler.Robots.
func (r *Robots) Ask(ctx context.Context, req crawler.Request) (crawler.Permission, error) {
	u, err := url.Parse(req.Lead.URL)
	if err != nil {
		fault := &crawler.FaultError{Reason: "invalid", Err: fmt.Errorf("ask robots.txt for %s: %w: %w", req.Lead.URL, evidence.ErrInvalid, err)}
		return crawler.Permission{Decision: evidence.RobotsDecision{Reason: "unavailable"}, Fault: fault}, nil
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	if f, ok := r.recall(origin); ok {
		return answer(f, u), nil
	}
	v := visit{robots: r, request: req}
	f, fault := v.file(ctx, origin)
	if ctx.Err() != nil {
		return crawler.Permission{}, fmt.Errorf("ask robots.txt for %s: %w", req.Lead.URL, context.Cause(ctx))
	}
	p := crawler.Permission{Decision: evidence.RobotsDecision{Reason: "unavailable"}, Fault: fault}
	if fault == nil {
		r.keep(origin, f)
		p = answer(f, u)
	}
	p.Asked, p.Requests = v.asked, v.requests
	return p, nil
}

func answer(f file, u *url.URL) crawler.Permission {
	p := crawler.Permission{Decision: f.decide(u)}
	p.Delay, p.Flag = f.delay()
	return p
}

func (r *Robots) recall(origin string) (file, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.files[origin]
	return k.file, ok && r.now().Before(k.until)
}

func (r *Robots) keep(origin string, f file) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if len(r.files) >= maxOrigins {
		for o, k := range r.files {
			if !now.Before(k.until) || len(r.files) >= maxOrigins {
				delete(r.files, o)
			}
		}
	}
	r.files[origin] = kept{file: f, until: now.Add(maxAge)}
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
				return file{broken: err}, nil
			}
			return file{}, err
		}
		v.asked = append(v.asked, e)
		switch c := e.Capture; {
		case c.Status >= 200 && c.Status < 300:
			return parse(e.Body, v.robots.token), nil
		case c.Status == http.StatusTooManyRequests || c.Status >= 500:
			return file{}, v.unavailable(e, fmt.Sprintf("answered %d", c.Status))
		case c.Status >= 400:
			return file{missing: true}, nil
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

func target(from, location string) (string, error) {
	base, err := url.Parse(from)
	if err != nil {
		return "", err
	}
	u, err := base.Parse(location)
	if err != nil || location == "" {
		return "", fmt.Errorf("redirects to %q, which leads nowhere", location)
	}
	u.Fragment = ""
	return u.String(), nil
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
