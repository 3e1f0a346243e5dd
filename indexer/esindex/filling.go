package esindex

import (
	"context"
	"errors"
	"fmt"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

var _ Writer = (*filling)(nil)

// Bring implements Writer.
func (f *filling) Bring(ctx context.Context, docs []indexer.Doc) (poisoned []Poisoned, err error) {
	var ops []elastic.Op
	var sent []indexer.Doc
	for _, d := range docs {
		err := check(d)
		var o elastic.Op
		if err == nil {
			o, err = op(f.to, d, version(d.Rev))
		}
		if err != nil {
			poisoned = append(poisoned, Poisoned{d.Kind, d.ID, err})
			continue
		}
		ops, sent = append(ops, o), append(sent, d)
	}
	results, err := f.x.c.Bulk(ctx, ops, elastic.Limits{})
	if err != nil {
		return nil, fmt.Errorf("bring: %w", err)
	}
	for i, r := range results {
		switch {
		case r != nil && !errors.Is(r, evidence.ErrConflict):
			poisoned = append(poisoned, Poisoned{sent[i].Kind, sent[i].ID, r})
		default:
			f.given[digest(ops[i].ID)] = struct{}{}
			f.remember(sent[i])
		}
	}
	return poisoned, nil
}

// LabelAll implements Writer.
func (f *filling) LabelAll(ctx context.Context, all []Label) (missing []Label, err error) {
	for at := 0; at < len(all); at += page {
		some := all[at:min(at+page, len(all))]
		ids := make([]string, len(some))
		for i, l := range some {
			ids[i] = key(l.Kind, l.ID)
		}
		found, err := f.x.c.MGet(ctx, f.index, ids)
		if err != nil {
			return nil, err
		}
		var ops []elastic.Op
		for i, there := range found {
			if !there.Found {
				missing = append(missing, some[i])
				continue
			}
			d, err := doc(there.Source)
			if err != nil {
				return nil, err
			}
			d.Facets = some[i].Facets
			o, err := op(f.to, d, there.Version+1)
			if err != nil {
				return nil, fmt.Errorf("label %s: %w", ids[i], err)
			}
			ops = append(ops, o)
		}
		if err := f.send(ctx, ops); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// remember keeps some of the documents whole.
func (f *filling) remember(d indexer.Doc) {
	id := key(d.Kind, d.ID)
	before, again := f.sample[id]
	if again && d.Rev > before.Rev || !again && len(f.sample) < samples && digest(id)%sampled == 0 {
		f.sample[id] = d
	}
}
