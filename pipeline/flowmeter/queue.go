package flowmeter

import (
	"context"
	"sync"
	"time"

	"probity/pipeline"
	"probity/pipeline/gauge"
)

var _ pipeline.Queue = (*Queue)(nil)

// A Queue counts names put, taken and settled. Made by NewQueue.
type Queue struct {
	pipeline.Queue
	name  string
	meter *gauge.Meter
	hold  Hold

	mu    sync.Mutex
	taken map[int64]taken // by fence
}

type taken struct {
	at      time.Time
	release func()
}

// A Hold is told that work on a name began, and returns what is called when it
// ended, however it did.
type Hold func(name string) (release func())

// NewQueue counts what passes q under a name, as "captures". hold may be nil.
func NewQueue(q pipeline.Queue, name string, m *gauge.Meter, hold Hold) *Queue {
	if hold == nil {
		hold = func(string) func() { return func() {} }
	}
	return &Queue{Queue: q, name: name, meter: m, hold: hold, taken: map[int64]taken{}}
}

// Put implements pipeline.Queue.
func (q *Queue) Put(ctx context.Context, group string, names ...string) error {
	err := q.Queue.Put(ctx, group, names...)
	if err == nil {
		q.meter.Put(q.name, len(names))
	}
	return err
}

// Take implements pipeline.Queue.
func (q *Queue) Take(ctx context.Context, n int) ([]pipeline.Lease, error) {
	leases, err := q.Queue.Take(ctx, n)
	q.meter.Taken(q.name, len(leases))
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range leases {
		q.taken[l.Fence] = taken{at: time.Now(), release: q.hold(l.Name)}
	}
	return leases, err
}

// Settle implements pipeline.Queue.
func (q *Queue) Settle(ctx context.Context, l pipeline.Lease, fault error) error {
	err := q.Queue.Settle(ctx, l, fault)
	q.mu.Lock()
	t, ok := q.taken[l.Fence]
	delete(q.taken, l.Fence)
	q.mu.Unlock()
	if ok {
		t.release()
		q.meter.Worked(q.name, time.Since(t.at), fault, err)
	}
	return err
}
