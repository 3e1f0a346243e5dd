package warcfiles

import (
	"context"
	"hash/maphash"
	"sync/atomic"

	"probity/pipeline/sqlitedb"
)

// held remembers, of all captures of the index, that something of that id or
// of that lead is there. Nearly every page that is kept is one of which the
// index has never heard, and to ask SQLite about it cost more than to write it.
//
// It is a Bloom filter of fixed size (Bloom 1970), so it may say yes of what is
// not there, about once in four hundred with a million captures: then the
// index is asked. It never says no of what is.
type held struct {
	seed maphash.Seed
	bits []atomic.Uint64
}

const (
	heldBits   = 1 << 25 // 4 MiB
	heldHashes = 4
)

func newHeld() *held {
	return &held{seed: maphash.MakeSeed(), bits: make([]atomic.Uint64, heldBits/64)}
}

// places calls do with the bits of a name until it returns false.
func (h *held) places(name string, do func(word *atomic.Uint64, bit uint64) bool) bool {
	sum := maphash.String(h.seed, name)
	at, step := sum, sum>>32|1 // Kirsch and Mitzenmacher 2006: two hashes do for all
	for range heldHashes {
		n := at % heldBits
		if !do(&h.bits[n/64], 1<<(n%64)) {
			return false
		}
		at += step
	}
	return true
}

func (h *held) add(names ...string) {
	for _, name := range names {
		h.places(name, func(w *atomic.Uint64, bit uint64) bool { w.Or(bit); return true })
	}
}

// may reports whether a name may have been added.
func (h *held) may(name string) bool {
	return h.places(name, func(w *atomic.Uint64, bit uint64) bool { return w.Load()&bit != 0 })
}

// remember reads the names of the index.
func (a *Files) remember(ctx context.Context) error {
	return a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT id, target FROM archive_captures`, nil, func(r *sqlitedb.Rows) error {
			var id, target string
			if err := r.Scan(&id, &target); err != nil {
				return err
			}
			a.held.add(id, target)
			return nil
		})
	})
}
