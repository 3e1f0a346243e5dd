package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/objects"
	"probity/pipeline/pulse"
	"probity/pipeline/trace"
)

// vitals are how a process is watched from outside: what it counts, whether it
// is alive and ready, and what it traces. They begin before any store is
// opened, so that a process that waits for one says which.
type vitals struct {
	meter *gauge.Meter
	pulse *pulse.Pulse
	trace *trace.Tracer // nil: off
	roles []string
	open  atomic.Bool // the stores are
	view  atomic.Bool // is up to the ledger, or was once
}

const (
	loopBound = 2 * time.Minute  // how long a loop of the house may stand still
	askEvery  = 15 * time.Second // how often dependencies are asked where nobody probes
)

// attended does something while this process can be watched from outside. When
// ctx ends it is not ready any more, and answers until what was begun is done.
func attended(ctx context.Context, sh shell, c Config, roles []string, do func(ctx context.Context, sh shell) error) error {
	v, err := newVitals(ctx, sh, c, roles)
	if err != nil {
		return err
	}
	sh.vitals = v
	defer context.AfterFunc(ctx, v.pulse.Stop)()
	seen, unseen := context.WithCancel(context.WithoutCancel(ctx))
	defer unseen()
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error { return v.answer(seen, c.Metrics.Listen) })
	g.Go(func() error { v.pulse.Watch(seen, askEvery); return nil })
	g.Go(func() error {
		defer unseen()
		return do(working, sh)
	})
	err = g.Wait()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, v.trace.Close(late))
}

func newVitals(ctx context.Context, sh shell, c Config, roles []string) (*vitals, error) {
	tracer, err := trace.Open(ctx, trace.Options{
		Endpoint: c.Trace.Endpoint, Sample: c.Trace.Sample, Version: version, Role: strings.Join(roles, "+"), Worker: workerOf(c), Log: sh.log,
	})
	if err != nil {
		return nil, err
	}
	v := &vitals{meter: gauge.New(gauge.Options{Version: version, Roles: roles, Now: sh.now}), trace: tracer, roles: roles}
	v.pulse = pulse.New(pulse.Options{Checked: v.meter.Checked})
	v.pulse.Need(pulse.Check{Name: "start", Ask: func(context.Context) error { return yet(&v.open, "the stores are being opened") }})
	return v, nil
}

// yet is nil once something is so.
func yet(so *atomic.Bool, otherwise string) error {
	if so.Load() {
		return nil
	}
	return fmt.Errorf("%w: %s", evidence.ErrUnavailable, otherwise)
}

// answer answers probes and Prometheus until ctx ends, where it is asked to.
func (v *vitals) answer(ctx context.Context, listen string) error {
	if listen == "" {
		return nil
	}
	return v.pulse.Serve(ctx, listen, v.meter.Handler(), nil)
}

// measure counts something, where somebody watches.
func (h *house) measure(do func(m *gauge.Meter)) {
	if h.vitals != nil {
		do(h.vitals.meter)
	}
}

// need declares what the process cannot do without, as soon as it can be asked.
func (h *house) need() {
	if h.vitals == nil {
		return
	}
	h.vitals.pulse.Need(pulse.Check{Name: "disk", Ask: func(context.Context) error {
		free, err := datadir.Free(h.dir.Path())
		if err == nil && free < uint64(h.config.Crawl.Free) {
			err = fmt.Errorf("%w: %d bytes are free at %s, crawl.free wants %d", evidence.ErrUnavailable, free, h.dir.Path(), h.config.Crawl.Free)
		}
		return err
	}})
	h.needBrowser()
	f := h.fleet
	if f == nil {
		h.vitals.pulse.Need(pulse.Check{Name: "database", Ask: func(ctx context.Context) error { _, err := h.runs.Told(ctx); return err }})
		return
	}
	h.vitals.pulse.Need(
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
	if f.viewing() {
		h.vitals.pulse.Need(pulse.Check{Name: "view", Ask: func(context.Context) error {
			return yet(&h.vitals.view, "the view of this member is not up to the ledger yet")
		}})
	}
}
