package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// visit takes one lead from its lease to its settlement. What it returns ends
// the whole round; all else is in the settlement.
func (v *Visitor) visit(ctx context.Context, l Lease) error {
	v.progress.underWay.Add(1)
	defer v.progress.underWay.Add(-1)
	ctx, over := v.Around(ctx, l)
	held, release := v.hold(ctx, l)
	defer release()
	s, err := v.attend(held, l)
	defer func() { over(s.Outcome) }()
	if lost(held) && s.Capture == nil {
		v.Log.WarnContext(ctx, "lease lost, answer dropped", slog.String("url", l.Lead.URL))
		return nil
	}
	if o, killed := cut(held); killed && s.Capture == nil && ctx.Err() == nil {
		o.Requests, o.Delay = max(1, s.Outcome.Requests), s.Outcome.Delay // one may have been on its way
		s.Outcome, s.Follow, err = o, nil, nil
	} else if err != nil || ctx.Err() != nil && s.Capture == nil {
		s.Outcome = Outcome{Result: Returned, Requests: s.Outcome.Requests, Delay: s.Outcome.Delay}
		s.Capture, s.Follow = nil, nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, evidence.ErrUnavailable) && v.lack() != nil {
		err = nil // we were told to stop, or the next claim waits for room
	}
	return errors.Join(err, v.settle(ctx, held, s))
}

// settle writes what came of a visit, also when we have been told to stop. A
// store that is away is asked again as long as the lease is held: what is lost
// then is the settlement, not the answer, and the visit will be repeated.
func (v *Visitor) settle(ctx, held context.Context, s Settlement) error {
	wctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { // told to stop: the grace runs from now
		late := time.AfterFunc(v.Grace, cancel)
		context.AfterFunc(wctx, func() { late.Stop() })
	})()
	context.AfterFunc(held, func() {
		if lost(held) {
			cancel()
		}
	})
	v.Mark("settle")
	end := func() error {
		if err := v.pay(wctx, &s); err != nil {
			return err
		}
		return v.Desk.Settle(wctx, s)
	}
	err := end()
	for pause := firstPause; errors.Is(err, evidence.ErrUnavailable) && wctx.Err() == nil; pause = min(2*pause, v.Obey) {
		v.Log.WarnContext(ctx, "settlement waits", slog.String("url", s.Lease.Lead.URL), slog.Any("error", err))
		wait(wctx, pause)
		err = end()
	}
	switch {
	case errors.Is(err, evidence.ErrConflict):
		v.Log.WarnContext(ctx, "lease lost, answer dropped", slog.String("url", s.Lease.Lead.URL))
		return nil
	case err != nil && wctx.Err() != nil && (lost(held) || errors.Is(err, evidence.ErrUnavailable)):
		v.Log.WarnContext(ctx, "not settled in time, the lease will expire", slog.String("url", s.Lease.Lead.URL), slog.Any("error", err))
		return nil
	case err != nil:
		return fmt.Errorf("settle %s: %w", s.Lease.Lead.URL, err)
	}
	v.Mark("settled")
	v.progress.settled(s)
	return nil
}

// firstPause is before a settlement is tried once more; it doubles up to the
// time within which orders are obeyed.
const firstPause = 50 * time.Millisecond

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// attend asks, fetches and archives. The error is one that ends the round; the
// settlement then says only how many requests were sent.
func (v *Visitor) attend(ctx context.Context, l Lease) (s Settlement, err error) {
	defer func() {
		if r := recover(); r != nil {
			v.Log.ErrorContext(ctx, "visit panicked", slog.String("url", l.Lead.URL), slog.Any("panic", r))
			s = Settlement{Lease: l, Outcome: Outcome{Result: Failed, Reason: "panic", Detail: fmt.Sprint(r), Requests: 1}}
		}
	}()
	s.Lease = l
	src, err := v.Sources.Source(l.Lead.Source)
	if err != nil {
		s.Outcome = Outcome{Result: Refused, Reason: "source_unknown", Detail: err.Error()}
		return s, nil
	}
	admitted, err := v.Scope.Admit(l.Lead)
	if err != nil {
		s.Outcome = Outcome{Result: Refused, Reason: reasonOf(err).Reason, Detail: err.Error()}
		return s, nil
	}
	if s.Outcome = v.afford(ctx, src, &s); s.Outcome.Result != "" {
		return s, nil
	}
	order, stop := v.may(ctx, src.ID)
	if stop.Result != "" {
		s.Outcome = stop
		return s, nil
	}
	m := v.manners(src)
	if order.Gap > 0 {
		m.Gap = order.Gap
	}
	req := v.request(l, src, admitted.View, m)
	p, err := v.Robots.Ask(ctx, req)
	if err != nil {
		return s, context.Canceled
	}
	for _, e := range p.Asked {
		if _, err := v.keep(ctx, e); err != nil {
			s.Outcome.Requests = p.Requests
			return s, err
		}
		s.Kept = append(s.Kept, e.Capture.ID)
	}
	if p.Decision.Flag != "" && p.Requests > 0 {
		v.Log.WarnContext(ctx, "robots.txt wants attention", slog.String("url", l.Lead.URL), slog.String("flag", p.Decision.Flag))
	}
	s.spend(p.Requests, 0)
	v.sitemaps(&s, src, p)
	v.probe(&s, src)
	if s.Outcome = v.permitted(p, l, m); s.Outcome.Result != "" {
		return s, nil
	}
	if _, stop = v.may(ctx, src.ID); stop.Result != "" { // asking robots.txt may have taken its time
		s.Outcome = stop
		return s, nil
	}
	req.Robots = p.Decision
	s.Outcome.Delay = max(p.Delay, order.Gap)
	began := v.Now()
	past := v.again(ctx, &req, src)
	var leads []evidence.Lead
	s, err = v.fetch(ctx, req, s, m, func(e *evidence.Exchange) {
		*e = unchanged(*e, past)
		leads = v.regard(e, src)
	})
	if s.Outcome.Result == Done {
		s.Follow = append(s.Follow, leads...)
	}
	s.spend(s.Outcome.Requests, v.Now().Sub(began))
	return s, err
}

// sitemaps adds what robots.txt leads to: when the file was asked for just now,
// and at every start page, since a later run may find the file at hand.
func (v *Visitor) sitemaps(s *Settlement, src evidence.Source, p Permission) {
	if v.Leads == nil || !src.Discovers(evidence.DiscoverSitemap) {
		return
	}
	if len(p.Asked) > 0 {
		v.Leads.Learn(p.Asked)
	}
	if len(p.Asked) > 0 || s.Lease.Lead.Depth == 0 {
		s.Follow = v.Leads.Sitemaps(src, s.Lease.Lead)
	}
}

// regard says of an answer whether it is an error page, and what it leads to.
func (v *Visitor) regard(e *evidence.Exchange, src evidence.Source) []evidence.Lead {
	read := asRead(*e)
	v.unmask(&read, src)
	e.Capture.SoftError, e.Capture.Alike = read.Capture.SoftError, read.Capture.Alike
	return v.found(src, read)
}

// found is what a page leads to, as far as its source declares to be led by it.
// Who reads the page finds the same once more, so nothing is lost with what
// comes of a visit but is never settled.
func (v *Visitor) found(src evidence.Source, e evidence.Exchange) []evidence.Lead {
	if v.Pages == nil || len(src.Discover) == 0 {
		return nil
	}
	return v.Pages.Page(src, e)
}

// permitted is the outcome that robots.txt leaves no choice about; with an
// empty result the page may be fetched. If the file itself was asked for just
// now the lead is given back, since the host's gap has to pass first.
func (v *Visitor) permitted(p Permission, l Lease, m evidence.Manners) Outcome {
	o := Outcome{Requests: p.Requests, Delay: p.Delay}
	switch {
	case p.Decision.Allowed && p.Requests == 0:
	case p.Decision.Allowed:
		o.Result = Returned
	case p.Decision.Reason == "unavailable":
		o = v.judgeFault(p.Fault, l, m)
		o.Requests = p.Requests
	default:
		o.Result, o.Reason = Refused, "robots_"+p.Decision.Reason
		o.Detail = "robots.txt: " + p.Decision.Reason + " " + p.Decision.Rule
		if p.Fault != nil {
			o.Detail += p.Fault.Error()
		}
	}
	return o
}

// fetch does the exchange and keeps it, after see has said what it is.
func (v *Visitor) fetch(ctx context.Context, req Request, s Settlement, m evidence.Manners, see func(*evidence.Exchange)) (Settlement, error) {
	delay := s.Outcome.Delay
	v.Mark("fetch")
	begun := v.Now()
	e, err := v.Fetcher.Fetch(ctx, req)
	ended := v.Now()
	delay = max(delay, m.Adapted(ended.Sub(begun), err != nil || troubled(e.Capture.Status)))
	requests := 1
	if err == nil && renders(req, e) {
		var parts int
		parts, err = v.render(ctx, req, &s, &e)
		requests, ended = 1+parts, v.Now()
	}
	s.Outcome.Requests = requests
	if err != nil {
		if ctx.Err() != nil {
			return s, context.Canceled
		}
		s.Outcome = v.judgeFault(err, s.Lease, m)
		s.Outcome.Requests, s.Outcome.Delay = requests, delay
		return s, nil
	}
	see(&e)
	v.Mark("keep")
	loc, err := v.keep(ctx, e)
	if errors.Is(err, evidence.ErrInvalid) {
		if e.Capture.Unchanged != "" {
			s.Outcome = Outcome{Result: Retry, Reason: "archive", Detail: err.Error(), Requests: requests, Delay: delay}
			return s, nil
		}
		s.Outcome = Outcome{Result: Failed, Reason: "archive", Detail: err.Error(), Requests: requests, Delay: delay}
		return s, nil
	}
	if err != nil {
		return s, err
	}
	v.Mark("kept")
	s = v.judge(s, e, m)
	s.Capture, s.Location, s.Kept = &e.Capture, loc, append(s.Kept, e.Capture.ID)
	s.Outcome.Requests, s.Outcome.Delay, s.Outcome.Quiet = requests, delay, v.Now().Sub(ended)
	return s, nil
}

// keep archives an exchange. What has come is kept even if we were told to
// stop meanwhile.
func (v *Visitor) keep(ctx context.Context, e evidence.Exchange) (archive.Location, error) {
	wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.TTL)
	defer cancel()
	loc, err := v.Archive.Keep(wctx, e)
	if err != nil {
		return loc, fmt.Errorf("keep answer of %s: %w", e.Capture.Lead.URL, err)
	}
	v.progress.captures.Add(1)
	if e.Capture.Unchanged == "" {
		v.progress.bytes.Add(int64(len(e.Raw)))
	}
	return loc, nil
}

// manners are a source's, over the configured ones.
func (v *Visitor) manners(s evidence.Source) evidence.Manners {
	m := v.Manners
	over := func(to *time.Duration, from time.Duration) {
		if from > 0 {
			*to = from
		}
	}
	over(&m.Gap, s.Manners.Gap)
	over(&m.Timeout, s.Manners.Timeout)
	over(&m.Backoff, s.Manners.Backoff)
	if s.Manners.MaxSize > 0 {
		m.MaxSize = s.Manners.MaxSize
	}
	if s.Manners.Latency > 0 {
		m.Latency = s.Manners.Latency
	}
	return m
}

// OptionTLS is the option of a view that admits answers whose certificate is
// not valid ("admit"), the fault being what it looks for.
const OptionTLS = "tls_fault"

func (v *Visitor) request(l Lease, src evidence.Source, view string, m evidence.Manners) Request {
	r := Request{Run: l.Run, Lead: l.Lead, Attempt: l.Attempt, Timeout: m.Timeout, Gap: m.Gap, MaxSize: m.MaxSize, Charset: src.Charset}
	if r.Lead.View == "" {
		r.Lead.View = view
	}
	for _, it := range src.Views {
		if it.Name == r.Lead.View {
			r.Render = it.Render
		}
		r.AdmitTLS = r.AdmitTLS || it.Name == r.Lead.View && it.Options[OptionTLS] == "admit"
	}
	if r.Lead.View == evidence.SitemapView { // 50 MB are allowed (sitemaps.org, protocol)
		r.MaxSize = max(r.MaxSize, 50<<20)
	}
	// A request cannot be called back by a fence, so it has to end before the
	// lease does (MODEL 7).
	if limit := v.remainder(); r.Timeout <= 0 || r.Timeout > limit {
		r.Timeout = limit
	}
	return r
}
