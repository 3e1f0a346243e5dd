// Package flowmeter counts and traces what flows over the ground: names through
// queues, exchanges through the archive, requests through the api, by standing
// around their contracts. It changes nothing of what passes, and refuses to
// know a backend or a room.
package flowmeter

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"probity/pipeline"
	"probity/pipeline/archive"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/trace"
)

var _ archive.Archive = (*Archive)(nil)

// An Archive counts and traces what is kept and opened.
type Archive struct {
	archive.Archive
	Meter *gauge.Meter
	Trace *trace.Tracer
}

// Keep implements archive.Archive.
func (a *Archive) Keep(ctx context.Context, e evidence.Exchange) (archive.Location, error) {
	ctx, span := a.Trace.Start(ctx, "keep", slog.String("capture", e.Capture.ID), slog.Int("bytes", len(e.Raw)))
	start := time.Now()
	at, err := a.Archive.Keep(ctx, e)
	a.Meter.Kept(time.Since(start), err)
	span.End(err)
	return at, err
}

// Open implements archive.Archive.
func (a *Archive) Open(ctx context.Context, id string) (evidence.Exchange, error) {
	ctx, span := a.Trace.Start(ctx, "open", slog.String("capture", id))
	start := time.Now()
	e, err := a.Archive.Open(ctx, id)
	a.Meter.Opened(time.Since(start), err)
	span.End(err)
	return e, err
}

// Do makes one span of each name worked on, called by the verb, below which
// all stands that is done for it.
func Do(t *trace.Tracer, verb string, do func(context.Context, pipeline.Lease) error) func(context.Context, pipeline.Lease) error {
	return func(ctx context.Context, l pipeline.Lease) error {
		ctx, span := t.Start(ctx, verb, slog.String("name", l.Name), slog.String("group", l.Group), slog.Int("attempt", l.Attempt))
		err := do(ctx, l)
		span.End(err)
		return err
	}
}

// Span does a step under a span called by its verb, as "close" or "evaluate".
func Span(ctx context.Context, t *trace.Tracer, verb string, do func(context.Context) error, about ...slog.Attr) error {
	ctx, span := t.Start(ctx, verb, about...)
	err := do(ctx)
	span.End(err)
	return err
}

// Requests counts and traces requests: the api's Around.
func Requests(m *gauge.Meter, t *trace.Tracer) func(r *http.Request, route string, stream bool) (*http.Request, func(status int)) {
	return func(r *http.Request, route string, stream bool) (*http.Request, func(int)) {
		start, method := time.Now(), r.Method
		ctx, span := t.Start(r.Context(), "request", slog.String("route", strings.TrimSpace(route)))
		return r.WithContext(ctx), func(status int) {
			m.Answered(method, route, status, time.Since(start), stream)
			span.Say(slog.Int("status", status))
			span.End(nil)
		}
	}
}
