package sqlitefrontier

import (
	"hash/maphash"
	"net/http"
	"sync"
	"sync/atomic"

	"probity/pipeline/evidence"
)

// Known leads are remembered in a table of fixed size, since nearly every link
// of nearly every page has been seen, and to ask SQLite about one costs a
// hundred times as much. A slot holds 63 bits of a seeded hash of what names a
// lead, mixed with its run: two of a million leads fall together once in some
// ten million such crawls, and who makes pages cannot know which. What does not
// fit is forgotten; then SQLite is asked.
const (
	knownSlots = 1 << 20 // 8 MiB
	ways       = 8       // slots at which a lead may stand: one line of the cache
)

type known struct {
	once  sync.Once
	slots []atomic.Uint64 // nil until a lead is added
	ready atomic.Bool
	seed  maphash.Seed
	turn  atomic.Uint64
}

// nameOf is what a lead is remembered by: its address alone where that is all
// of its identity, as of nearly every lead, else its key.
func nameOf(l evidence.Lead) string {
	if l.Method == http.MethodGet && l.Body == "" && len(l.Volatile) == 0 {
		return l.URL
	}
	return l.Key()
}

// imprint is what is remembered of a lead, of whose name that is the hash; never 0.
func (k *known) imprint(run string, name uint64) uint64 {
	return name ^ maphash.String(k.seed, run) | 1<<63
}

func (k *known) has(run string, l evidence.Lead) bool {
	return k.ready.Load() && k.holds(k.imprint(run, maphash.String(k.seed, nameOf(l))))
}

func (k *known) holds(p uint64) bool {
	at := p % (knownSlots / ways) * ways
	for i := range uint64(ways) {
		if k.slots[at+i].Load() == p {
			return true
		}
	}
	return false
}

// add is called once a lead's row has been committed.
func (k *known) add(run, name string) {
	k.once.Do(func() {
		k.slots = make([]atomic.Uint64, knownSlots)
		k.ready.Store(true)
	})
	p := k.imprint(run, maphash.String(k.seed, name))
	at := p % (knownSlots / ways) * ways
	for i := range uint64(ways) {
		if k.slots[at+i].CompareAndSwap(0, p) || k.slots[at+i].Load() == p {
			return
		}
	}
	k.slots[at+k.turn.Add(1)%ways].Store(p)
}

// clear forgets everything.
func (k *known) clear() {
	if k.ready.Load() {
		for i := range k.slots {
			k.slots[i].Store(0)
		}
	}
}

// Knows reports whether this process has seen the lead enter the run that GETs
// an address and has no volatile fields. False says nothing.
func (f *Frontier) Knows(run string, address []byte) bool {
	return f.known.ready.Load() && f.known.holds(f.known.imprint(run, maphash.Bytes(f.known.seed, address)))
}
