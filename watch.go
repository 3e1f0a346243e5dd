package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"probity/crawler"
	"probity/crawler/crawlmeter"
	"probity/indexer/indexmeter"
	"probity/pipeline"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/flowmeter"
	"probity/pipeline/gauge"
	"probity/pipeline/objects"
	"probity/pipeline/pulse"
	"probity/pipeline/trace"
)

// vitals are how a process is watched from outside: what it counts, whether it
// is alive and ready, and what it traces.
type vitals struct {
	meter *gauge.Meter
	pulse *pulse.Pulse
	trace *trace.Tracer // nil: off
}

// loopBound is how long a loop of the house may stand still.
const loopBound = 2 * time.Minute

// observe begins to watch this process, in the roles that it has.
func (h *house) observe(ctx context.Context, roles []string) error {
	role := strings.Join(roles, "+")
	tracer, err := trace.Open(ctx, trace.Options{
		Endpoint: h.config.Trace.Endpoint, Sample: h.config.Trace.Sample, Version: version, Role: role, Worker: h.worker(), Log: h.log,
	})
	if err != nil {
		return err
	}
	v := &vitals{meter: gauge.New(gauge.Options{Version: version, Role: role, Now: h.now}), trace: tracer}
	v.pulse = pulse.New(pulse.Options{Checks: h.checks(), Checked: v.meter.Checked})
	h.vitals = v
	h.closers = append(h.closers, func() error {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return tracer.Close(late)
	})
	h.index = &indexmeter.Index{Index: h.index, Meter: v.meter, Trace: v.trace}
	v.meter.WatchQueue("captures", h.queueState)
	v.meter.WatchDisk("data", func() (uint64, error) { return datadir.Free(h.dir.Path()) })
	if slices.Contains(roles, roleEvaluate) || slices.Contains(roles, roleServe) {
		v.meter.WatchSources(h.sourceStates)
		v.meter.WatchLedger(func(ctx context.Context) (int64, int64, error) {
			head, err := h.ledger.Head()
			if err != nil {
				return 0, 0, err
			}
			told := head.Size
			if h.fleet != nil {
				told, err = h.runs.Told(ctx)
			}
			return head.Size, told, err
		})
	}
	return nil
}

// checks are what the process cannot do without, by name.
func (h *house) checks() []pulse.Check {
	all := []pulse.Check{{Name: "disk", Ask: func(context.Context) error {
		free, err := datadir.Free(h.dir.Path())
		if err == nil && free < uint64(h.config.Crawl.Free) {
			err = fmt.Errorf("%w: %d bytes are free at %s, crawl.free wants %d", evidence.ErrUnavailable, free, h.dir.Path(), h.config.Crawl.Free)
		}
		return err
	}}}
	f := h.fleet
	if f == nil {
		return append(all, pulse.Check{Name: "database", Ask: func(ctx context.Context) error { _, err := h.runs.Told(ctx); return err }})
	}
	return append(all,
		pulse.Check{Name: "redis", Ask: func(ctx context.Context) error { _, err := f.captures.Len(ctx, ""); return err }},
		pulse.Check{Name: "elasticsearch", Ask: func(ctx context.Context) error {
			health, err := f.elastic.Health(ctx)
			if err == nil && health.Status == "red" {
				err = fmt.Errorf("%w: the cluster is red", evidence.ErrUnavailable)
			}
			return err
		}},
		pulse.Check{Name: "objects", Ask: func(ctx context.Context) error {
			return f.objects.List(ctx, "ready/", "", func(objects.Object) error { return nil })
		}})
}

func (h *house) queueState(ctx context.Context) (gauge.QueueState, error) {
	c, err := h.captures.Len(ctx, "")
	return gauge.QueueState{Waiting: c.Waiting, Leased: c.Leased, Dead: c.Dead, Oldest: -1}, err
}

// sourceStates are how far back each declared source was looked at whole.
func (h *house) sourceStates(ctx context.Context) (map[string]gauge.SourceState, error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]gauge.SourceState{}
	for id, src := range h.set.Sources {
		states[id] = gauge.SourceState{MaxAge: time.Duration(src.Covers.MaxAge) * 24 * time.Hour}
	}
	for _, run := range runs {
		var r Report
		if run.State != campaign.Closed || h.runs.Report(ctx, run.ID, &r) != nil {
			continue
		}
		for id, s := range r.Sources {
			if state, ok := states[id]; ok && s.Result == evidence.Complete && r.Closed.After(state.Last) {
				state.Last = r.Closed
				states[id] = state
			}
		}
	}
	return states, nil
}

// metered lets the crawler's parts be counted and traced; turn is called as
// long as it looks for leads, and may be nil.
func (h *house) metered(v *crawler.Visitor, turn func()) {
	w := h.vitals
	if w == nil {
		return
	}
	v.Frontier = &crawlmeter.Frontier{Frontier: v.Frontier, Meter: w.meter, Trace: w.trace, Turn: turn}
	v.Fetcher = &crawlmeter.Fetcher{Fetcher: v.Fetcher, Meter: w.meter, Trace: w.trace}
	v.Desk = &crawlmeter.Desk{Desk: v.Desk, Meter: w.meter, Trace: w.trace}
	v.Archive = &flowmeter.Archive{Archive: h.archive, Meter: w.meter, Trace: w.trace}
	v.Around = crawlmeter.Visits(w.trace)
}

// meteredQueue is the queue of captures, counted.
func (h *house) meteredQueue() pipeline.Queue {
	if h.vitals == nil {
		return h.captures
	}
	return flowmeter.NewQueue(h.captures, "captures", h.vitals.meter, func(name string) func() { return h.vitals.pulse.Hold(name, 10*time.Minute) })
}

// answer answers probes and Prometheus until ctx ends, where it is asked to.
func (h *house) answer(ctx context.Context) error {
	if h.vitals == nil || h.config.Metrics.Listen == "" {
		return nil
	}
	return h.vitals.pulse.Serve(ctx, h.config.Metrics.Listen, h.vitals.meter.Handler(), nil)
}

// traced makes one span of each name worked on.
func (h *house) traced(verb string, do func(context.Context, pipeline.Lease) error) func(context.Context, pipeline.Lease) error {
	if h.vitals == nil {
		return do
	}
	return flowmeter.Do(h.vitals.trace, verb, do)
}
