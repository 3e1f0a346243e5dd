package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/pipeline/evidence"
)

// Grace is how long work that is going on when the loop is told to stop may
// still take; then its context is cancelled and its name given back uncounted.
const Grace = time.Second

// firstWait is how long the loop waits at first for a queue that is away.
const firstWait = 100 * time.Millisecond

// A Loop is what Work needs beside a queue and the work itself.
type Loop struct {
	Log     *slog.Logger
	Policy  Policy // the queue's
	Workers int    // how many names are worked on at once

	// Away is the longest wait between two tries while the queue itself is
	// evidence.ErrUnavailable: a server that restarts or fails over, for which
	// work waits and then goes on. At zero a queue that is away ends the loop,
	// as a full disk should, of which somebody has to know.
	Away time.Duration
}

// Work runs do on everything that q delivers until ctx ends, and returns nil
// then. An error of do never ends the loop: it settles the lease, and the
// policy decides. An error of the queue does, unless it is away and the loop
// waits for it. While do runs, its lease is extended; when it was lost all the
// same, do's context is cancelled.
func Work(ctx context.Context, loop Loop, q Queue, do func(context.Context, Lease) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for range max(1, loop.Workers) {
		g.Go(func() error {
			for ctx.Err() == nil {
				if err := loop.once(ctx, q, do); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (l Loop) once(ctx context.Context, q Queue, do func(context.Context, Lease) error) error {
	var leases []Lease
	err := l.patiently(ctx, "take", func(ctx context.Context) (err error) {
		leases, err = q.Take(ctx, 1)
		return err
	})
	switch {
	case ctx.Err() != nil && len(leases) == 0:
		return nil // time to go home
	case err != nil:
		return fmt.Errorf("take: %w", err)
	}
	for _, lease := range leases {
		fault := l.guard(ctx, q, lease, do)
		if err := l.settle(ctx, q, lease, fault); err != nil {
			return err
		}
	}
	return nil
}

// guard runs do in a context that outlives ctx by the grace, and keeps the
// lease alive meanwhile.
func (l Loop) guard(ctx context.Context, q Queue, lease Lease, do func(context.Context, Lease) error) error {
	inner, cancel := outlive(ctx)
	beat := make(chan struct{})
	go func() {
		defer close(beat)
		l.heartbeat(inner, q, lease, cancel)
	}()
	defer func() {
		cancel()
		<-beat
	}()
	return do(inner, lease)
}

// outlive returns a context that ends by cancel, or the grace after ctx.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(Grace, cancel)
		context.AfterFunc(inner, func() { late.Stop() })
	})
	return inner, func() {
		stop()
		cancel()
	}
}

// patiently calls op again while the queue is away, with waits that double up
// to l.Away, each shortened by chance so that not all workers come at once.
func (l Loop) patiently(ctx context.Context, verb string, op func(context.Context) error) error {
	wait := min(firstWait, l.Away)
	for tries := 1; ; tries++ {
		err := op(ctx)
		if l.Away <= 0 || ctx.Err() != nil || !errors.Is(err, evidence.ErrUnavailable) {
			if err == nil && tries > 1 {
				l.Log.InfoContext(ctx, "the queue is back", slog.String("verb", verb), slog.Int("tries", tries))
			}
			return err
		}
		if tries == 1 {
			l.Log.WarnContext(ctx, "the queue is away, waiting for it", slog.String("verb", verb), slog.Any("error", err))
		}
		timer := time.NewTimer(wait/2 + rand.N(wait/2+1))
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		wait = min(2*wait, l.Away)
	}
}

func (l Loop) heartbeat(ctx context.Context, q Queue, lease Lease, lost func()) {
	tick := time.NewTicker(max(l.Policy.Patience/3, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch err := q.Extend(ctx, lease); {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, evidence.ErrConflict):
			l.Log.WarnContext(ctx, "lease lost while working", slog.String("name", lease.Name), slog.Int64("fence", lease.Fence))
			lost()
			return
		default:
			l.Log.WarnContext(ctx, "lease not extended", slog.String("name", lease.Name), slog.Any("error", err))
		}
	}
}

func (l Loop) settle(ctx context.Context, q Queue, lease Lease, fault error) error {
	verdict, wait := l.Policy.Judge(fault, lease.Attempt)
	at := []slog.Attr{
		slog.String("name", lease.Name), slog.String("group", lease.Group),
		slog.Int("attempt", lease.Attempt), slog.Any("error", fault),
	}
	switch verdict {
	case Again:
		l.Log.LogAttrs(ctx, slog.LevelWarn, "work failed, will be tried again", append(at, slog.Duration("wait", wait))...)
	case Dead:
		l.Log.LogAttrs(ctx, slog.LevelError, "work given up, now a dead letter", at...)
	case GiveBack:
		l.Log.LogAttrs(ctx, slog.LevelDebug, "work given back", append(at, slog.Duration("wait", wait))...)
	case Done:
	}
	// what is done is settled also when the loop was told to stop; only for a
	// queue that is away it then waits no longer than the grace
	inner, cancel := context.WithoutCancel(ctx), func() {}
	if l.Away > 0 {
		inner, cancel = outlive(ctx)
	}
	defer cancel()
	err := l.patiently(inner, "settle", func(ctx context.Context) error { return q.Settle(ctx, lease, fault) })
	switch {
	case errors.Is(err, evidence.ErrConflict):
		l.Log.LogAttrs(ctx, slog.LevelWarn, "lease went to another, its work counts", at...)
	case err != nil && inner.Err() != nil:
		l.Log.LogAttrs(ctx, slog.LevelWarn, "lease left to end by itself: the queue is away and the loop was told to stop", at...)
	case err != nil:
		return fmt.Errorf("settle %s: %w", lease.Name, err)
	}
	return nil
}
