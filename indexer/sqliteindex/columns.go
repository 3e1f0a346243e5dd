package sqliteindex

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// What a search must know of every hit, its order and its facets, stands
// together in table index_columns: a line a document, the lines of a block of
// documents in one row. To count ten thousand hits is then to read some
// hundred rows of a few kilobytes, where tables of single values would be
// looked up seventy thousand times. All of it follows from index_docs.

// block is how many documents share a row of index_columns: as many as fit a
// page of the file, since one that changes rewrites them all.
const block = 64

// prefix is how much of an id stands in a line. Ids are digests, so documents
// of one date with the same beginning are few, and are told apart by reading
// them.
const prefix = 8

// A line is what a search must know of a document that is not gone.
type line struct {
	date   []byte
	id     []byte // how it begins
	kind   uint64 // number of a value
	facets []byte // groups of numbers: facet, how many values, values
}

// A lines is a block in the making: each line as it is stored, by its place in
// the block; nil where no document stands.
type lines [block][]byte

// each calls do with every line of a stored block and its place, in order.
func each(stored []byte, do func(place int, raw []byte) error) error {
	for len(stored) > 0 {
		n, size := binary.Uvarint(stored[1:])
		if size <= 0 || n > uint64(len(stored)-1-size) {
			return errDamaged
		}
		end := 1 + size + int(n)
		if err := do(int(stored[0]), stored[1+size:end]); err != nil {
			return err
		}
		stored = stored[end:]
	}
	return nil
}

var errDamaged = fmt.Errorf("%w: the columns of the index are damaged; `probity rebuild` makes them again", evidence.ErrInvalid)

func (ls *lines) store() []byte {
	out := []byte{}
	for place, raw := range ls {
		if raw != nil {
			out = append(binary.AppendUvarint(append(out, byte(place)), uint64(len(raw))), raw...)
		}
	}
	return out
}

func (l line) store() []byte {
	out := append(binary.AppendUvarint(nil, uint64(len(l.date))), l.date...)
	out = append(binary.AppendUvarint(out, uint64(len(l.id))), l.id...)
	return append(binary.AppendUvarint(out, l.kind), l.facets...)
}

// readLine reads a stored line; it holds on to raw.
func readLine(raw []byte) (l line, err error) {
	for _, to := range []*[]byte{&l.date, &l.id} {
		n, size := binary.Uvarint(raw)
		if size <= 0 || n > uint64(len(raw)-size) {
			return l, errDamaged
		}
		*to, raw = raw[size:size+int(n)], raw[size+int(n):]
	}
	kind, size := binary.Uvarint(raw)
	if size <= 0 {
		return l, errDamaged
	}
	l.kind, l.facets = kind, raw[size:]
	return l, nil
}

// groups calls do with every facet of a line and its values.
func (l line) groups(values []uint64, do func(facet uint64, values []uint64)) error {
	for rest := l.facets; len(rest) > 0; {
		facet, size := binary.Uvarint(rest)
		if size <= 0 {
			return errDamaged
		}
		n, more := binary.Uvarint(rest[size:])
		if more <= 0 {
			return errDamaged
		}
		rest, values = rest[size+more:], values[:0]
		for range n {
			v, size := binary.Uvarint(rest)
			if size <= 0 {
				return errDamaged
			}
			values, rest = append(values, v), rest[size:]
		}
		do(facet, values)
	}
	return nil
}

// A columns writes lines within one transaction, a block at a time.
type columns struct {
	tx    *sqlitedb.Tx
	known *known
	found map[value]uint64 // in this transaction
	at    int64            // the block that is open, -1 if none
	open  lines
}

func (x *Index) columns(tx *sqlitedb.Tx) *columns {
	return &columns{tx: tx, known: x.known, found: map[value]uint64{}, at: -1}
}

// set puts the line of document n; a document that is gone has none.
func (c *columns) set(ctx context.Context, n int64, d indexer.Doc) error {
	if err := c.turn(ctx, n/block); err != nil {
		return err
	}
	if d.Gone {
		c.open[n%block] = nil
		return nil
	}
	kind, err := c.number(ctx, value{kinds, d.Kind})
	if err != nil {
		return err
	}
	l := line{date: []byte(d.Date), id: []byte(d.ID[:min(prefix, len(d.ID))]), kind: kind}
	for facet, values := range d.Facets {
		f, err := c.number(ctx, value{names, facet})
		if err != nil {
			return err
		}
		values = slices.Compact(slices.Sorted(slices.Values(values)))
		l.facets = binary.AppendUvarint(binary.AppendUvarint(l.facets, f), uint64(len(values)))
		for _, v := range values {
			number, err := c.number(ctx, value{facet, v})
			if err != nil {
				return err
			}
			l.facets = binary.AppendUvarint(l.facets, number)
		}
	}
	c.open[n%block] = l.store()
	return nil
}

// turn opens a block, and closes the one before.
func (c *columns) turn(ctx context.Context, to int64) error {
	if to == c.at {
		return nil
	}
	if err := c.close(ctx); err != nil {
		return err
	}
	var stored []byte
	err := c.tx.QueryRow(ctx, `SELECT lines FROM index_columns WHERE block = ?`, to).Scan(&stored)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	c.at, c.open = to, lines{}
	return each(stored, func(place int, raw []byte) error {
		c.open[place%block] = raw
		return nil
	})
}

// close writes the open block.
func (c *columns) close(ctx context.Context) error {
	if c.at < 0 {
		return nil
	}
	_, err := c.tx.Exec(ctx, `INSERT OR REPLACE INTO index_columns (block, lines) VALUES (?, ?)`, c.at, c.open.store())
	c.at = -1
	if len(c.found) > 0 {
		found := c.found
		c.found = map[value]uint64{}
		c.tx.OnCommit(func() { c.known.keep(found) })
	}
	return err
}

// fillColumns makes the columns of the documents that are there.
func (x *Index) fillColumns(ctx context.Context, tx *sqlitedb.Tx) error {
	c := x.columns(tx)
	err := tx.Each(ctx, `SELECT n, kind, id, date, facets FROM index_docs WHERE NOT gone ORDER BY n`, nil, func(r *sqlitedb.Rows) error {
		var n int64
		var d indexer.Doc
		var facets []byte
		if err := r.Scan(&n, &d.Kind, &d.ID, &d.Date, &facets); err != nil {
			return err
		}
		if err := json.Unmarshal(facets, &d.Facets); err != nil {
			return err
		}
		return c.set(ctx, n, d)
	})
	if err != nil {
		return err
	}
	return c.close(ctx)
}
