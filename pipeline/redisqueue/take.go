package redisqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"probity/pipeline"
	"probity/pipeline/redisdb"
)

// A taker that finds nothing looks again after the shortest wait, and then
// after twice as long each time, up to the longest.
const (
	shortest = 5 * time.Millisecond
	longest  = 500 * time.Millisecond
)

// rouse wakes the takers of this process.
func (q *Queue) rouse() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.wake)
	q.wake = make(chan struct{})
}

func (q *Queue) sleeper() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wake
}

// Take implements [pipeline.Queue].
func (q *Queue) Take(ctx context.Context, n int) ([]pipeline.Lease, error) {
	for idle := shortest; ; idle = min(2*idle, longest) {
		woken := q.sleeper() // before the look, so that nothing is missed between
		leases, next, err := q.tryTake(ctx, min(max(1, n), batch))
		if err != nil || len(leases) > 0 {
			return leases, err
		}
		// by chance a little earlier, so that not all workers look at once
		timer := time.NewTimer(min(next, idle/2+rand.N(idle/2+1)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-woken:
			idle = shortest
		case <-timer.C:
		}
		timer.Stop()
	}
}

// finishing returns a context that ends the loop's grace after ctx: what the
// server hands out has to arrive, since a call that is cut off leaves its
// leases to end by themselves; but a server that is away holds nobody up.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(pipeline.Grace, cancel)
		context.AfterFunc(inner, func() { late.Stop() })
	})
	return inner, func() {
		stop()
		cancel()
	}
}

// tryTake takes what is ready, and says how long it is until something may be.
func (q *Queue) tryTake(ctx context.Context, n int) ([]pipeline.Lease, time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	until := q.now().Add(q.policy.Patience) // before the server begins to count
	ctx, cancel := finishing(ctx)
	defer cancel()
	v, err := q.db.Run(ctx, q.scripts.take, q.keys,
		n, q.policy.Patience.Microseconds(), lostTries*max(1, q.policy.Tries),
		"its lease ended unsettled too often: whoever worked on it hung or died")
	if err != nil {
		return nil, 0, err
	}
	out, err := redisdb.Texts(v)
	if err != nil || len(out)%3 != 1 {
		return nil, 0, fmt.Errorf("queue take: answered %d values: %w", len(out), err)
	}
	next, err := strconv.ParseInt(out[0], 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("queue take: %w", err)
	}
	leases := make([]pipeline.Lease, 0, len(out)/3)
	for i := 1; i < len(out); i += 3 {
		l := pipeline.Lease{Until: until}
		l.Group, l.Name, _ = strings.Cut(out[i], "\x00")
		if l.Attempt, err = strconv.Atoi(out[i+1]); err != nil {
			return nil, 0, fmt.Errorf("queue take: attempt: %w", err)
		}
		if l.Fence, err = strconv.ParseInt(out[i+2], 10, 64); err != nil {
			return nil, 0, fmt.Errorf("queue take: fence: %w", err)
		}
		leases = append(leases, l)
	}
	if next < 0 {
		return leases, longest, nil
	}
	return leases, max(time.Duration(next)*time.Microsecond, time.Millisecond), nil
}
