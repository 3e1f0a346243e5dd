package sqliteindex

import (
	"context"
	"errors"
	"maps"
	"sync"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Values of facets are numbered in table index_values. A number is given once
// and never taken back, not by a reset either: so it means the same in every
// line, and what a process has read of them stays true whoever writes the file.

// A value is one of a facet.
type value struct{ facet, value string }

// Kinds, and names of facets, are numbered like the values of a facet of these
// names, which no document has.
const (
	kinds = "\x00kind"
	names = "\x00facet"
)

// remembered is how many numbers a process keeps in mind, a megabyte or two.
const remembered = 10_000

// A known are numbers that are committed.
type known struct {
	mu sync.RWMutex
	m  map[value]uint64
}

func (k *known) get(v value) (uint64, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	n, ok := k.m[v]
	return n, ok
}

func (k *known) keep(found map[value]uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.m) > remembered {
		clear(k.m)
	}
	maps.Copy(k.m, found)
}

// number is the number of a value, a new one if it has none.
func (c *columns) number(ctx context.Context, v value) (n uint64, err error) {
	if n, ok := c.known.get(v); ok {
		return n, nil
	}
	if n, ok := c.found[v]; ok {
		return n, nil
	}
	if n, err = number(ctx, c.tx, v); err == nil && n == 0 {
		err = c.tx.QueryRow(ctx, `INSERT INTO index_values (facet, value) VALUES (?, ?) RETURNING v`, v.facet, v.value).Scan(&n)
	}
	c.found[v] = n
	return n, err
}

// number is the number of a value, 0 if no document ever had it.
func number(ctx context.Context, tx *sqlitedb.Tx, v value) (n uint64, err error) {
	err = tx.QueryRow(ctx, `SELECT v FROM index_values WHERE facet = ? AND value = ?`, v.facet, v.value).Scan(&n)
	if errors.Is(err, evidence.ErrNotFound) {
		return 0, nil
	}
	return n, err
}
