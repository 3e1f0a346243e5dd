package esindex

import (
	"context"
	"fmt"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// Get implements indexer.Index. It sees every write that was acknowledged,
// also those that no search finds yet.
func (x *Index) Get(ctx context.Context, kind, id string) (indexer.Doc, error) {
	if elastic.CheckID(key(kind, id)) != nil {
		return indexer.Doc{}, fmt.Errorf("get %s %q: %w", kind, id, evidence.ErrNotFound)
	}
	found, err := x.c.Get(ctx, x.read(), key(kind, id))
	if err != nil {
		return indexer.Doc{}, err
	}
	return doc(found.Source)
}

// Facets returns the labels of a document; evidence.ErrNotFound if there is
// none.
func (x *Index) Facets(ctx context.Context, kind, id string) (map[string][]string, error) {
	found, err := x.c.MGet(ctx, x.read(), []string{key(kind, id)}, "facets")
	if err != nil {
		return nil, err
	}
	if !found[0].Found {
		return nil, fmt.Errorf("facets of %s %s: %w", kind, id, evidence.ErrNotFound)
	}
	d, err := doc(found[0].Source)
	return d.Facets, err
}

// Scan implements indexer.Index. It sees every write acknowledged before it
// began and none that came after.
func (x *Index) Scan(ctx context.Context, kind string, each func(indexer.Doc) error) error {
	return x.walk(ctx, elastic.Walk{Query: ofKind(kind), Sort: "id"}, each)
}

// ScanSlice is a part of a scan, in no order: n calls with slice from 0 to n-1
// see every document once, and may go on side by side.
func (x *Index) ScanSlice(ctx context.Context, kind string, slice, n int, each func(indexer.Doc) error) error {
	return x.walk(ctx, elastic.Walk{Query: ofKind(kind), Slice: slice, Slices: n}, each)
}

func (x *Index) walk(ctx context.Context, w elastic.Walk, each func(indexer.Doc) error) error {
	if err := x.Refresh(ctx); err != nil {
		return err
	}
	w.Index = x.read()
	return x.c.Scan(ctx, w, func(h elastic.Hit) error {
		d, err := doc(h.Source)
		if err != nil {
			return err
		}
		return each(d)
	})
}

func ofKind(kind string) any { return map[string]any{"term": map[string]string{"kind": kind}} }

// Refresh makes all that was written so far searchable, now.
func (x *Index) Refresh(ctx context.Context) error { return x.c.Refresh(ctx, x.read()) }
