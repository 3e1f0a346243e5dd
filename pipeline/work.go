package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/pipeline/evidence"
)

// Grace is how long work that is going on when the loop is told to stop may
// still take; then its context is cancelled and its name given back uncounted.
const Grace = time.Second

// A Loop is what Work needs beside a queue and the work itself.
type Loop struct {
	Log     *slog.Logger
	Policy  Policy // the queue's
	Workers int    // how many names are worked on at once
}

// Work runs do on everything that q delivers until ctx ends, and returns nil
// then. An error of do never ends the loop: it settles the lease, and the
// policy decides. An error of the queue does. While do runs, its lease is
// extended; when it was lost all the same, do's context is cancelled.
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
	leases, err := q.Take(ctx, 1)
	switch {
	case ctx.Err() != nil && len(leases) == 0:
		return nil // time to go home
	case err != nil:
		return fmt.Errorf("take: %w", err)
	}
	for _, lease := range leases {
		fault := l.guard(ctx, q, lease, do)
		if err := l.settle(context.WithoutCancel(ctx), q, lease, fault); err != nil {
			return err
		}
	}
	return nil
}

// guard runs do in a context that outlives ctx by the grace, and keeps the
// lease alive meanwhile.
func (l Loop) guard(ctx context.Context, q Queue, lease Lease, do func(context.Context, Lease) error) error {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(Grace, cancel)
		context.AfterFunc(inner, func() { late.Stop() })
	})
	beat := make(chan struct{})
	go func() {
		defer close(beat)
		l.heartbeat(inner, q, lease, cancel)
	}()
	defer func() {
		stop()
		cancel()
		<-beat
	}()
	return do(inner, lease)
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
	case Done, GiveBack:
	}
	err := q.Settle(ctx, lease, fault)
	if errors.Is(err, evidence.ErrConflict) {
		l.Log.LogAttrs(ctx, slog.LevelWarn, "lease went to another, its work counts", at...)
		return nil
	}
	if err != nil {
		return fmt.Errorf("settle %s: %w", lease.Name, err)
	}
	return nil
}
