package esindex

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A Label is the facets that a document is to have.
type Label struct {
	Kind, ID string
	Facets   map[string][]string
}

// Label implements indexer.Index.
func (x *Index) Label(ctx context.Context, kind, id string, facets map[string][]string) error {
	missing, err := x.LabelAll(ctx, []Label{{kind, id, facets}})
	if err == nil && len(missing) > 0 {
		err = evidence.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("label %s %s: %w", kind, id, err)
	}
	return nil
}

// LabelAll replaces the facets of many documents, and returns those that are
// not there. A document is written whole under the next version, so a body
// that is put meanwhile makes the label come again on top of it.
func (x *Index) LabelAll(ctx context.Context, all []Label) (missing []Label, err error) {
	for _, l := range all {
		if err := checkFacets(l.Facets); err != nil {
			return nil, fmt.Errorf("label %s %s: %w", l.Kind, l.ID, err)
		}
	}
	for at := 0; at < len(all); at += page {
		none, err := x.labelPage(ctx, all[at:min(at+page, len(all))])
		if err != nil {
			return nil, err
		}
		missing = append(missing, none...)
	}
	return missing, nil
}

// rounds is how often a label gives way to others before it gives up.
const rounds = 100

func (x *Index) labelPage(ctx context.Context, due []Label) (missing []Label, err error) {
	for range rounds {
		ops, sent, none, err := x.relabel(ctx, due)
		if err != nil {
			return nil, err
		}
		missing = append(missing, none...)
		results, err := x.c.Bulk(ctx, ops, elastic.Limits{Wait: x.wait})
		if err != nil {
			return nil, err
		}
		due = nil
		for i, r := range results {
			switch {
			case errors.Is(r, evidence.ErrConflict):
				due = append(due, sent[i])
			case r != nil:
				return nil, fmt.Errorf("label %s: %w", ops[i].ID, r)
			}
		}
		if len(due) == 0 {
			return missing, nil
		}
	}
	return nil, fmt.Errorf("%w: others write the same documents without a pause", evidence.ErrUnavailable)
}

// relabel reads documents and makes the writes that give them their labels.
func (x *Index) relabel(ctx context.Context, due []Label) (ops []elastic.Op, sent, missing []Label, err error) {
	ids := make([]string, len(due))
	for i, l := range due {
		ids[i] = key(l.Kind, l.ID)
	}
	found, err := x.c.MGet(ctx, x.read(), ids)
	if err != nil {
		return nil, nil, nil, err
	}
	for i, f := range found {
		if !f.Found {
			missing = append(missing, due[i])
			continue
		}
		d, err := doc(f.Source)
		if err != nil {
			return nil, nil, nil, err
		}
		if sameFacets(d.Facets, due[i].Facets) {
			continue
		}
		d.Facets = due[i].Facets
		if (f.Version+1)>>labels != d.Rev {
			return nil, nil, nil, fmt.Errorf("%w: %s was labelled too often: put its next revision", evidence.ErrInvalid, f.ID)
		}
		o, err := op(x.write(), d, f.Version+1)
		if err != nil {
			return nil, nil, nil, err
		}
		ops, sent = append(ops, o), append(sent, due[i])
	}
	return ops, sent, missing, nil
}

func sameFacets(a, b map[string][]string) bool {
	return maps.EqualFunc(a, b, func(a, b []string) bool { return slices.Equal(a, b) })
}
