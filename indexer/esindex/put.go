package esindex

import (
	"context"
	"errors"
	"fmt"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A Poisoned document can not be kept as it is; Err says why: ErrInvalid, or
// ErrConflict if it stands on another revision than it thinks.
type Poisoned struct {
	Kind, ID string
	Err      error
}

// Put implements indexer.Index. Elasticsearch has no transactions: all
// documents are checked, their revisions too, before any is written. What
// breaks off in between (evidence.ErrUnavailable), or meets another writer at
// that very moment, may be put again as it is and is then whole.
func (x *Index) Put(ctx context.Context, docs ...indexer.Doc) error {
	for _, d := range docs {
		if err := check(d); err != nil {
			return fmt.Errorf("put %s %s: %w", d.Kind, d.ID, err)
		}
	}
	due, bad, err := x.due(ctx, docs, true)
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	if len(bad) == 0 {
		bad, err = x.send(ctx, docs, due)
	}
	for _, p := range bad {
		return fmt.Errorf("put %s %s: %w", p.Kind, p.ID, p.Err)
	}
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	return nil
}

// PutAll stores documents in bulk, each for itself: what can not be kept is
// returned with its reason and holds up nobody else. An error means that some
// may be missing and all are to be put again; what is there already does no
// harm.
func (x *Index) PutAll(ctx context.Context, docs []indexer.Doc) ([]Poisoned, error) {
	var poisoned []Poisoned
	good := make([]indexer.Doc, 0, len(docs))
	for _, d := range docs {
		if err := check(d); err != nil {
			poisoned = append(poisoned, Poisoned{d.Kind, d.ID, err})
			continue
		}
		good = append(good, d)
	}
	due, bad, err := x.due(ctx, good, false)
	if err != nil {
		return nil, fmt.Errorf("put: %w", err)
	}
	poisoned = append(poisoned, bad...)
	bad, err = x.send(ctx, good, due)
	if err != nil {
		return nil, fmt.Errorf("put: %w", err)
	}
	return append(poisoned, bad...), nil
}

// due decides which documents, by their places, have to be written, and which
// stand on a wrong revision. Append-only documents are looked up beforehand
// only if all is set: the write itself finds out.
func (x *Index) due(ctx context.Context, docs []indexer.Doc, all bool) (due []int, bad []Poisoned, err error) {
	var ids []string
	for _, d := range docs {
		if all || d.Rev > 0 {
			ids = append(ids, key(d.Kind, d.ID))
		}
	}
	revs, err := x.revisions(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for i, d := range docs {
		id := key(d.Kind, d.ID)
		rev, there := revs[id]
		switch {
		case !all && d.Rev == 0:
			due = append(due, i)
			continue
		case !there && d.Rev > 1:
			bad = append(bad, Poisoned{d.Kind, d.ID, fmt.Errorf("%w: revision %d of a document that is not there", evidence.ErrConflict, d.Rev)})
			continue
		case there && (d.Rev != rev+1 || rev == 0):
			if err := x.same(ctx, d); errors.Is(err, evidence.ErrConflict) {
				bad = append(bad, Poisoned{d.Kind, d.ID, err})
			} else if err != nil {
				return nil, nil, err
			}
			continue
		}
		revs[id] = d.Rev
		due = append(due, i)
	}
	return due, bad, nil
}

// page is how many documents are looked up at once.
const page = 1000

// revisions returns those of the documents that are there.
func (x *Index) revisions(ctx context.Context, ids []string) (map[string]int64, error) {
	revs := make(map[string]int64, len(ids))
	for at := 0; at < len(ids); at += page {
		found, err := x.c.MGet(ctx, x.read(), ids[at:min(at+page, len(ids))], "rev")
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !f.Found {
				continue
			}
			d, err := doc(f.Source)
			if err != nil {
				return nil, err
			}
			revs[f.ID] = d.Rev
		}
	}
	return revs, nil
}

// same is nil if d is already there just so, or is append-only and there at
// all; else evidence.ErrConflict.
func (x *Index) same(ctx context.Context, d indexer.Doc) error {
	there, err := x.Get(ctx, d.Kind, d.ID)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return fmt.Errorf("%w: revision %d: somebody else is writing: read it again", evidence.ErrConflict, d.Rev)
	case err != nil:
		return err
	case d.Rev == 0 && there.Rev == 0, indexer.Same(d, there):
		return nil
	}
	return fmt.Errorf("%w: revision %d on top of %d: read it again", evidence.ErrConflict, d.Rev, there.Rev)
}

// send writes the documents at the places due, in as many rounds as one of
// them comes again, since a bulk request promises no order.
func (x *Index) send(ctx context.Context, docs []indexer.Doc, due []int) (bad []Poisoned, err error) {
	for len(due) > 0 {
		var now []indexer.Doc
		var later []int
		taken := make(map[string]bool, len(due))
		for _, i := range due {
			if id := key(docs[i].Kind, docs[i].ID); taken[id] {
				later = append(later, i)
			} else {
				taken[id], now = true, append(now, docs[i])
			}
		}
		some, err := x.round(ctx, now)
		if err != nil {
			return bad, err
		}
		bad, due = append(bad, some...), later
	}
	return bad, nil
}

// round writes documents of which none comes twice.
func (x *Index) round(ctx context.Context, docs []indexer.Doc) (bad []Poisoned, err error) {
	ops := make([]elastic.Op, len(docs))
	for i, d := range docs {
		if ops[i], err = op(x.write(), d, version(d.Rev)); err != nil {
			return nil, err
		}
	}
	results, err := x.c.Bulk(ctx, ops, elastic.Limits{Wait: x.wait})
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		if errors.Is(r, evidence.ErrConflict) { // somebody's, or our own that was sent again
			if r = x.same(ctx, docs[i]); r != nil && !errors.Is(r, evidence.ErrConflict) {
				return nil, r
			}
		}
		if r != nil {
			bad = append(bad, Poisoned{docs[i].Kind, docs[i].ID, r})
		}
	}
	return bad, nil
}
