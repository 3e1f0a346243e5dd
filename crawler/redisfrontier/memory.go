package redisfrontier

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// fresh is how long a shard is taken to be as it was last seen.
const fresh = 400 * time.Millisecond

// A memory is what a worker knows of the shards, so that it asks those that
// have something due and not all of them. It may be wrong, since others add
// and claim too: what is older than fresh is looked up again.
type memory struct {
	mu     sync.Mutex
	shards []shardMemory
	looked time.Time // when all were looked up; zero: never
	dice   *rand.Rand
}

type shardMemory struct {
	at   time.Time // when something is due
	some bool      // whether anything is
}

func (m *memory) reset(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shards, m.looked = make([]shardMemory, n), time.Time{}
}

// forget lets everything be looked up at the next claim.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looked = time.Time{}
}

// stale reports whether the caller has to look everything up: one does, the
// others go on with what is known. Before the first look all do.
func (m *memory) stale() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.looked.IsZero() {
		return true
	}
	if time.Since(m.looked) <= fresh {
		return false
	}
	m.looked = time.Now()
	return true
}

// never is said by a shard that has nothing that waits for time.
const never = -1e15

// is notes what a shard just answered: microseconds to wait, below zero for
// as long as something has been due.
func (m *memory) is(shard int, wait int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shards[shard] = shardMemory{at: time.Now().Add(time.Duration(max(wait, never)) * time.Microsecond), some: wait > never}
}

// due notes that a shard has something due at the latest then.
func (m *memory) due(shard int, wait int64) {
	if wait <= never {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := time.Now().Add(time.Duration(wait) * time.Microsecond)
	if s := &m.shards[shard]; !s.some || at.Before(s.at) {
		*s = shardMemory{at: at, some: true}
	}
}

// saw notes that all were looked up, beginning at a moment.
func (m *memory) saw(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looked = at
}

// many due shards are drawn by lot, the first that will be asked, so that workers do not run after one
// another; of few the one that waits longest comes first.
const many = 16

// ready are the shards that have something due.
func (m *memory) ready() []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	out := make([]int, 0, len(m.shards))
	for i, s := range m.shards {
		if s.some && !s.at.After(now) {
			out = append(out, i)
		}
	}
	if len(out) > many {
		for i := range many {
			j := i + m.dice.IntN(len(out)-i)
			out[i], out[j] = out[j], out[i]
		}
		return out
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(m.shards[a].at.UnixNano(), m.shards[b].at.UnixNano()) })
	return out
}

// wait is how long until a shard has something due; below zero: none has.
func (m *memory) wait() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, least := time.Now(), time.Duration(-1)
	for _, s := range m.shards {
		if w := s.at.Sub(now); s.some && (least < 0 || w < least) {
			if w <= 0 {
				return 0
			}
			least = w
		}
	}
	return least
}
