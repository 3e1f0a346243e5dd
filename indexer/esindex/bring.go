package esindex

import (
	"context"
	"errors"
	"fmt"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// Bring stores documents as the one who makes their revisions has them now:
// whatever is there in a lower revision, in the same one with other facets or
// as a stand-in of revision 0, gives way; what is there in a higher one stays.
// So what was sent before may be sent again, and revisions in between may be
// left out. What can not be kept is returned with its reason and holds up
// nobody else; an error means that all are to be brought again.
func (x *Index) Bring(ctx context.Context, docs []indexer.Doc) (poisoned []Poisoned, err error) {
	due := make([]indexer.Doc, 0, len(docs))
	for _, d := range docs {
		if err := check(d); err != nil {
			poisoned = append(poisoned, Poisoned{d.Kind, d.ID, err})
			continue
		}
		due = append(due, d)
	}
	for range rounds {
		if len(due) == 0 {
			return poisoned, nil
		}
		some := due[:min(page, len(due))]
		again, bad, err := x.bringPage(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("bring: %w", err)
		}
		poisoned, due = append(poisoned, bad...), append(again, due[len(some):]...)
	}
	return nil, fmt.Errorf("bring: %w: others write the same documents without a pause", evidence.ErrUnavailable)
}

func (x *Index) bringPage(ctx context.Context, docs []indexer.Doc) (again []indexer.Doc, bad []Poisoned, err error) {
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = key(d.Kind, d.ID)
	}
	found, err := x.c.MGet(ctx, x.read(), ids)
	if err != nil {
		return nil, nil, err
	}
	var ops []elastic.Op
	var sent []indexer.Doc
	for i, d := range docs {
		v, write, err := over(found[i], d)
		if err != nil {
			return nil, nil, err
		}
		if !write {
			continue
		}
		o, err := op(x.write(), d, v)
		if err != nil {
			bad = append(bad, Poisoned{d.Kind, d.ID, err})
			continue
		}
		ops, sent = append(ops, o), append(sent, d)
	}
	results, err := x.c.Bulk(ctx, ops, elastic.Limits{Wait: x.wait})
	if err != nil {
		return nil, nil, err
	}
	for i, r := range results {
		switch {
		case errors.Is(r, evidence.ErrConflict):
			again = append(again, sent[i])
		case r != nil:
			bad = append(bad, Poisoned{sent[i].Kind, sent[i].ID, r})
		}
	}
	return again, bad, nil
}

// over is the version under which d takes the place of what is there, and
// whether it has to.
func over(f elastic.Document, d indexer.Doc) (v int64, write bool, err error) {
	if !f.Found {
		return version(d.Rev), true, nil
	}
	there, err := doc(f.Source)
	switch {
	case err != nil:
		return 0, false, err
	case there.Rev < d.Rev:
		return version(d.Rev), true, nil
	case there.Rev > d.Rev || d.Rev == 0:
		return 0, false, nil
	case indexer.Same(d, there) && sameFacets(d.Facets, there.Facets):
		return 0, false, nil
	case (f.Version+1)>>labels != d.Rev:
		return 0, false, fmt.Errorf("%w: %s was labelled too often: put its next revision", evidence.ErrInvalid, f.ID)
	}
	return f.Version + 1, true, nil
}
