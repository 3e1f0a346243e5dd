// Package trace tells where the time of one lead, capture, run or request
// went, by OpenTelemetry. It is the one door to that library.
//
//	Open    a tracer that sends spans to a collector, or one that is off
//	Start   a span at a verb: claim, fetch, keep, settle, read, close …
//	End     the span is over, with or without an error
//
// Why so: spans stand where metrics stand, so the same wrappers make both. A
// tracer that is off costs a nil check. Spans leave in the background, in
// batches, over OTLP by HTTP; a collector that is away costs spans and nothing
// else. The sender is our own, on the library's exporter: the one that comes
// with it links all of gRPC for a plain POST.
//
// It refuses a trace that a stranger begins: what a caller says of sampling is
// not heard, or anybody could have everything recorded. It puts no page text,
// name or identifier of a person into a span: sources, run ids, digests, hosts
// and statuses only.
package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
)

// Options are what a tracer is made of.
type Options struct {
	Endpoint string  // of the collector, as http://collector:4318; empty: off
	Sample   float64 // share of traces that are kept
	Version  string
	Role     string
	Worker   string // name of this process
	Log      *slog.Logger
}

// A Tracer makes spans. The nil tracer is one that is off.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
}

// Open makes a tracer; with an empty endpoint it is nil, which is off. Sample
// is the share of traces that are kept, from 0 to 1. An endpoint or share that
// means nothing is evidence.ErrInvalid; whether a collector is there is not
// asked.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	if o.Endpoint == "" {
		return nil, nil
	}
	if math.IsNaN(o.Sample) || o.Sample < 0 || o.Sample > 1 {
		return nil, fmt.Errorf("trace.sample %v: %w: want a share from 0 to 1", o.Sample, evidence.ErrInvalid)
	}
	to, err := newSender(o.Endpoint, o.Log)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("open traces: %w", err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter, sdk.WithExportTimeout(10*time.Second)),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Sample))),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "probity"), attribute.String("service.version", o.Version),
			attribute.String("service.instance.id", o.Worker), attribute.String("probity.role", o.Role))),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("probity")}, nil
}

// Close sends what is left, as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("close traces: %w", err)
	}
	return nil
}

// A Span is one verb being done. The zero span is one that nobody records.
type Span struct{ span api.Span }

// Start begins a span below the one that ctx carries, if any.
func (t *Tracer) Start(ctx context.Context, verb string, about ...slog.Attr) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, verb)
	s := Span{span}
	s.Say(about...)
	return ctx, s
}

// Say adds what became known meanwhile.
func (s Span) Say(about ...slog.Attr) {
	if s.span == nil || !s.span.IsRecording() {
		return
	}
	for _, a := range about {
		s.span.SetAttributes(said(a))
	}
}

// End ends the span. Of an error it tells the kind, since its words can hold
// what pages say. A cancelled context is nobody's failure.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.span.SetStatus(codes.Error, gauge.Kind(err))
	}
	s.span.End()
}

// said is an attribute in the library's form.
func said(a slog.Attr) attribute.KeyValue {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindInt64:
		return attribute.Int64(a.Key, v.Int64())
	case slog.KindUint64:
		return attribute.Int64(a.Key, int64(v.Uint64()))
	case slog.KindFloat64:
		return attribute.Float64(a.Key, v.Float64())
	case slog.KindBool:
		return attribute.Bool(a.Key, v.Bool())
	default:
		return attribute.String(a.Key, v.String())
	}
}
