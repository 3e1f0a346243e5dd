// Package redisqueue keeps a queue of the house in Redis, for a fleet.
//
// All keys of a queue share one hash tag, so that each verb is one script on
// one slot, and happens at once or not at all. Time is the server's; no clock
// of a worker decides when a lease ends. A lease that has ended is taken again
// by whoever takes next, so nobody has to sweep. Counts are kept as names move,
// so a group of a million is counted as fast as one of ten.
//
// Takers of this process are woken by its own puts; for what others put, and
// for leases that end, they look with waits that double up to half a second.
//
// A server that is full refuses Put and Retry (redisdb.FullError) and goes on
// with Take, Settle and Extend. A failover may lose the last moments: a lease
// that was lost with them is a conflict to its holder and its name is
// delivered again; a name that was lost is put again by whoever derives what
// there is to do (MODEL section 3). No fence is given out twice.
package redisqueue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

var (
	_ pipeline.Queue   = (*Queue)(nil)
	_ pipeline.Letters = (*Queue)(nil)
	_ pipeline.Ages    = (*Queue)(nil)
)

// lostTries times the policy's tries is how often a lease of a name may end
// unsettled: more often than a failure, since a machine that is switched off
// is not the name's fault, but not for ever, since the name may be what kills.
const lostTries = 3

// batch is how many names one script handles: few enough that the server
// answers others meanwhile.
const batch = 500

// A Queue is a [pipeline.Queue] in Redis.
type Queue struct {
	db      *redisdb.DB
	keys    []string
	scripts scripts
	policy  pipeline.Policy
	now     func() time.Time

	mu   sync.Mutex
	wake chan struct{} // closed when there may be something to take
}

// Open returns the queue of that name in db. It asks the server nothing yet.
// now is the clock by which a taker sees how long its lease still lasts.
func Open(db *redisdb.DB, name string, policy pipeline.Policy, now func() time.Time) *Queue {
	q := &Queue{db: db, scripts: newScripts(), policy: policy, now: now, wake: make(chan struct{})}
	for _, part := range []string{"wait", "lease", "held", "tries", "again", "dead", "why", "n"} {
		q.keys = append(q.keys, db.Key("queue", "{"+name+"}", part))
	}
	return q
}

// id is a name with its group. A NUL parts them, so neither may hold one.
func id(group, name string) (string, error) {
	if strings.Contains(group, "\x00") || strings.Contains(name, "\x00") {
		return "", fmt.Errorf("queue: %w: a NUL in group %q or name %q", evidence.ErrInvalid, group, name)
	}
	return group + "\x00" + name, nil
}

// Put implements [pipeline.Queue]. Many names go in parts: a failure in
// between leaves those before it put, and to put all again is harmless.
func (q *Queue) Put(ctx context.Context, group string, names ...string) error {
	for len(names) > 0 {
		part := names[:min(batch, len(names))]
		names = names[len(part):]
		ids := make([]any, len(part))
		for i, name := range part {
			id, err := id(group, name)
			if err != nil {
				return err
			}
			ids[i] = id
		}
		if _, err := q.db.Run(ctx, q.scripts.put, q.keys, ids...); err != nil {
			return err
		}
	}
	q.rouse()
	return nil
}

// Settle implements [pipeline.Queue].
func (q *Queue) Settle(ctx context.Context, lease pipeline.Lease, fault error) error {
	verdict, wait := q.policy.Judge(fault, lease.Attempt)
	word, tries, reason := "again", lease.Attempt, ""
	switch verdict {
	case pipeline.Done:
		word = "done"
	case pipeline.Dead:
		word = "dead"
	case pipeline.GiveBack:
		tries--
	case pipeline.Again:
	}
	if fault != nil {
		reason = fault.Error()
	}
	v, err := q.db.Run(ctx, q.scripts.settle, q.keys,
		lease.Group+"\x00"+lease.Name, strconv.FormatInt(lease.Fence, 10), word, wait.Microseconds(), tries, reason)
	if err != nil {
		return err
	}
	switch n, err := redisdb.Int(v); {
	case err != nil:
		return fmt.Errorf("settle %s: %w", lease.Name, err)
	case n == 1:
		q.rouse()
		return nil
	case n == 0 && verdict == pipeline.Done:
		return nil
	}
	return fmt.Errorf("settle %s: lease: %w: fence %d has ended", lease.Name, evidence.ErrConflict, lease.Fence)
}

// Extend implements [pipeline.Queue]. All are extended or none.
func (q *Queue) Extend(ctx context.Context, leases ...pipeline.Lease) error {
	if len(leases) == 0 {
		return nil
	}
	args := make([]any, 0, 1+2*len(leases))
	args = append(args, q.policy.Patience.Microseconds())
	for _, l := range leases {
		args = append(args, l.Group+"\x00"+l.Name, strconv.FormatInt(l.Fence, 10))
	}
	v, err := q.db.Run(ctx, q.scripts.extend, q.keys, args...)
	if err != nil {
		return err
	}
	n, err := redisdb.Int(v)
	if err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	if n > 0 {
		l := leases[n-1]
		return fmt.Errorf("extend: lease of %s: %w: fence %d has ended", l.Name, evidence.ErrConflict, l.Fence)
	}
	return nil
}

// Len implements [pipeline.Queue]. A lease that has ended counts as waiting;
// where more than a thousand end at once, some count as leased a moment longer.
func (q *Queue) Len(ctx context.Context, group string) (c pipeline.Counts, err error) {
	if group != "" {
		group = "\x00" + group
	}
	v, err := q.db.Run(ctx, q.scripts.count, q.keys, group)
	if err != nil {
		return c, err
	}
	numbers, err := redisdb.Texts(v)
	if err != nil || len(numbers) != 3 {
		return c, fmt.Errorf("queue count: answered %v: %w", numbers, err)
	}
	for i, to := range []*int{&c.Waiting, &c.Leased, &c.Dead} {
		if numbers[i] == "" {
			continue
		}
		if *to, err = strconv.Atoi(numbers[i]); err != nil {
			return c, fmt.Errorf("queue count: %w", err)
		}
	}
	return c, nil
}

// Oldest implements [pipeline.Ages].
func (q *Queue) Oldest(ctx context.Context) (time.Duration, error) {
	v, err := q.db.Run(ctx, q.scripts.oldest, q.keys)
	if err != nil {
		return 0, err
	}
	text, err := redisdb.Text(v)
	if err != nil {
		return 0, fmt.Errorf("age of the queue: %w", err)
	}
	micro, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("age of the queue: %w", err)
	}
	return time.Duration(micro) * time.Microsecond, nil
}
