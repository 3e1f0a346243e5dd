package sqliteindex

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A cursor is the last hit of a page; documents have one order for ever, so
// it needs no state here.
type cursor struct{ Date, ID, Kind string }

func readCursor(s string) (c cursor, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return c, fmt.Errorf("%w: the cursor is none of ours: start again without it", evidence.ErrInvalid)
	}
	return c, nil
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c) //nolint:errchkjson // strings only
	return base64.RawURLEncoding.EncodeToString(raw)
}

// A pick finds the hits of one page among all that are offered, without
// sorting them: it keeps the first by date and beginning of the id, and all
// that these two cannot tell from the last one kept or from the cursor.
type pick struct {
	oldest bool
	size   int // of a page
	after  *cursor
	from   candidate // the cursor's
	first  []candidate
	ties   []candidate // with the cursor
}

type candidate struct {
	n        int64
	date, id string // of the id, the beginning
}

func newPick(q indexer.Query) (*pick, error) {
	p := &pick{oldest: q.Sort == "oldest", size: q.Size}
	if q.Cursor != "" {
		c, err := readCursor(q.Cursor)
		if err != nil {
			return nil, err
		}
		p.after, p.from = &c, candidate{date: c.Date, id: c.ID[:min(prefix, len(c.ID))]}
	}
	return p, nil
}

func (p *pick) byDate(a, b string) int {
	if p.oldest {
		return strings.Compare(a, b)
	}
	return strings.Compare(b, a)
}

func (p *pick) compare(a, b candidate) int {
	return cmp.Or(p.byDate(a.date, b.date), strings.Compare(a.id, b.id))
}

// offer considers a hit.
func (p *pick) offer(n int64, l line) {
	if len(p.first) > p.size && p.behind(l, p.first[len(p.first)-1]) {
		return
	}
	c := candidate{n, string(l.date), string(l.id)}
	if p.after != nil {
		switch place := p.compare(c, p.from); {
		case place < 0:
			return
		case place == 0:
			p.ties = append(p.ties, c)
			return
		}
	}
	// One more than a page, since there may be a next one.
	at, _ := slices.BinarySearchFunc(p.first, c, func(a, b candidate) int { return cmp.Or(p.compare(a, b), -1) })
	p.first = slices.Insert(p.first, at, c)
	if last := p.size; len(p.first) > last+1 && p.compare(p.first[last], p.first[len(p.first)-1]) < 0 {
		end := last + 1
		for p.compare(p.first[last], p.first[end]) == 0 {
			end++
		}
		p.first = p.first[:end]
	}
}

// behind reports whether a line comes after a candidate, without making one.
func (p *pick) behind(l line, c candidate) bool {
	by := cmp.Compare(string(l.date), c.date)
	if !p.oldest {
		by = -by
	}
	return by > 0 || by == 0 && string(l.id) > c.id
}

// A place is where a document stands in the order of all.
type place struct {
	n int64
	cursor
}

// page reads the hits of the page, and returns the cursor of the next.
func (p *pick) page(ctx context.Context, tx *sqlitedb.Tx) (hits []indexer.Hit, next string, err error) {
	var places []place
	for _, c := range slices.Concat(p.ties, p.first) {
		at := place{c.n, cursor{Date: c.date}}
		if err := tx.QueryRow(ctx, `SELECT id, kind FROM index_docs WHERE n = ?`, c.n).Scan(&at.ID, &at.Kind); err != nil {
			return nil, "", err
		}
		if p.after == nil || p.order(*p.after, at.cursor) < 0 {
			places = append(places, at)
		}
	}
	slices.SortFunc(places, func(a, b place) int { return p.order(a.cursor, b.cursor) })
	if len(places) > p.size {
		places = places[:p.size]
		next = places[p.size-1].String()
	}
	for _, at := range places {
		d, err := scan(tx.QueryRow(ctx, `SELECT `+fields+` FROM index_docs WHERE n = ?`, at.n))
		if err != nil {
			return nil, "", err
		}
		hits = append(hits, indexer.Hit{Doc: d})
	}
	return hits, next, nil
}

// order is the order of documents for ever.
func (p *pick) order(a, b cursor) int {
	return cmp.Or(p.byDate(a.Date, b.Date), strings.Compare(a.ID, b.ID), strings.Compare(a.Kind, b.Kind))
}
