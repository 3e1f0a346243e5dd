package sqlitefrontier

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Known leads are remembered in a table of fixed size, since nearly every link
// of nearly every page has been seen, and to ask SQLite about one costs a
// hundred times as much. A slot holds 64 bits of a lead's key, mixed with its
// run: two of a million leads fall together once in some ten million such
// crawls. What does not fit is forgotten; then SQLite is asked.
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

// print is what is remembered of a lead; never 0.
func (k *known) print(run string, key [sha256.Size]byte) uint64 {
	return binary.LittleEndian.Uint64(key[:8]) ^ maphash.String(k.seed, run) | 1<<63
}

func (k *known) has(run string, key [sha256.Size]byte) bool {
	if !k.ready.Load() {
		return false
	}
	p := k.print(run, key)
	at := p % (knownSlots / ways) * ways
	for i := range uint64(ways) {
		if k.slots[at+i].Load() == p {
			return true
		}
	}
	return false
}

// add is called once a lead's row has been committed.
func (k *known) add(run string, key [sha256.Size]byte) {
	k.once.Do(func() {
		k.slots = make([]atomic.Uint64, knownSlots)
		k.ready.Store(true)
	})
	p := k.print(run, key)
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

// Knows reports whether this process has seen a lead with that key
// (evidence.Lead.Key, as bytes) enter the run. False says nothing.
func (f *Frontier) Knows(run string, key [sha256.Size]byte) bool { return f.known.has(run, key) }

func keyBytes(key string) (b [sha256.Size]byte, ok bool) {
	n, err := hex.Decode(b[:], []byte(key))
	return b, err == nil && n == len(b)
}
