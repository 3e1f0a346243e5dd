package crawler

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// holds are the leases that are out, by fence.
type holds struct {
	mu  sync.Mutex
	all map[int64]*hold
}

// A hold is a lease with what ends its visit in time.
type hold struct {
	lease  Lease
	cancel context.CancelCauseFunc
	limit  *time.Timer // fires before the lease expires, by our own clock
}

// remainder is how much of a lease a visit may use before it is extended: a
// margin stays for keeping the answer.
func (v *Visitor) remainder() time.Duration { return v.TTL * 8 / 10 }

// hold returns a context that ends when the lease can no longer be relied on.
func (v *Visitor) hold(ctx context.Context, l Lease) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	h := &hold{lease: l, cancel: cancel, limit: time.AfterFunc(v.TTL*9/10, func() { cancel(errLost) })}
	v.held.mu.Lock()
	defer v.held.mu.Unlock()
	if v.held.all == nil {
		v.held.all = map[int64]*hold{}
	}
	v.held.all[l.Fence] = h
	return ctx, func() {
		v.held.mu.Lock()
		delete(v.held.all, l.Fence)
		v.held.mu.Unlock()
		h.limit.Stop()
		cancel(nil)
	}
}

// lost reports whether a visit ended since its lease did.
func lost(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errLost) }

// beat extends what is held and takes back what others let expire.
func (v *Visitor) beat(ctx context.Context) {
	tick := time.NewTicker(v.TTL / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		v.extend(ctx)
		if n, err := v.Frontier.Reap(ctx); err != nil && ctx.Err() == nil {
			v.Log.WarnContext(ctx, "expired leases not taken back", slog.Any("error", err))
		} else if n > 0 {
			v.Log.WarnContext(ctx, "took back leases that others let expire", slog.Int("leases", n))
		}
	}
}

func (h *holds) list() []*hold {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.all))
}

func (v *Visitor) extend(ctx context.Context) {
	held := v.held.list()
	if len(held) == 0 {
		return
	}
	leases := make([]Lease, len(held))
	for i, h := range held {
		leases[i] = h.lease
	}
	asked := time.Now() // a lease runs from when the frontier was asked at the latest
	gone, err := v.Frontier.Extend(ctx, v.TTL, leases...)
	if err != nil {
		if ctx.Err() == nil {
			v.Log.WarnContext(ctx, "leases not extended", slog.Any("error", err))
		}
		return // their limits stay
	}
	for _, h := range held {
		if slices.ContainsFunc(gone, func(l Lease) bool { return l.Fence == h.lease.Fence }) {
			h.cancel(errLost)
			continue
		}
		h.limit.Reset(v.TTL*9/10 - time.Since(asked))
	}
}
