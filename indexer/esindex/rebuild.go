package esindex

import (
	"context"
	"errors"
	"fmt"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A Writer takes the documents of a rebuild, each as it is to stand.
type Writer interface {
	Put(ctx context.Context, docs ...indexer.Doc) error
	// Bring puts documents of which some may be refused for good: these are
	// returned, and the others stand.
	Bring(ctx context.Context, docs []indexer.Doc) ([]Poisoned, error)
	// LabelAll replaces facets of documents that were put before, and returns
	// what is not there.
	LabelAll(ctx context.Context, all []Label) ([]Label, error)
}

// Rebuild makes the index again while the old one is searched and written.
//
// fill writes every document into a new version. Then what was written to the
// old one meanwhile, by whomever, is written to the new one too, pass by pass;
// both are compared, and agree, if not nil, decides whether the new one may
// take over. For the last pass writes are refused for a moment (their writers
// are told evidence.ErrUnavailable and try again), and the aliases move at
// once. The old version stays, for [Index.Back], until [Index.Prune].
//
// A rebuild that fails leaves everything as it was.
func (x *Index) Rebuild(ctx context.Context, fill func(Writer) error, agree func(Comparison) error) (Comparison, error) {
	old, err := x.current(ctx)
	if err != nil {
		return Comparison{}, fmt.Errorf("rebuild: %w", err)
	}
	since, err := x.c.Sequences(ctx, old)
	if err != nil {
		return Comparison{}, fmt.Errorf("rebuild: %w", err)
	}
	fresh, err := x.fresh(ctx, old, nil)
	if err != nil {
		return Comparison{}, fmt.Errorf("rebuild: %w", err)
	}
	comparison, err := x.rebuild(ctx, old, fresh, since, fill, agree)
	if err != nil {
		err = errors.Join(err, x.c.DeleteIndex(context.WithoutCancel(ctx), fresh))
		return comparison, fmt.Errorf("rebuild: %w", err)
	}
	return comparison, nil
}

func (x *Index) rebuild(ctx context.Context, old, fresh string, since map[string]int64, fill func(Writer) error, agree func(Comparison) error) (Comparison, error) {
	f := newFilling(x, fresh)
	if err := f.open(ctx); err != nil {
		return Comparison{}, err
	}
	if err := fill(f); err != nil {
		return Comparison{}, err
	}
	since, err := f.follow(ctx, old, since)
	if err != nil {
		return Comparison{}, err
	}
	comparison, err := f.compare(ctx, old)
	if err != nil {
		return comparison, err
	}
	if agree != nil {
		if err := agree(comparison); err != nil {
			return comparison, err
		}
	}
	return comparison, f.takeOver(ctx, old, since)
}

// passes is how often what was written meanwhile is carried over before the
// writers are stopped for the rest.
const passes = 3

// follow carries over what was written to old since; each pass takes less
// time than the last, so less is written during it.
func (f *filling) follow(ctx context.Context, old string, since map[string]int64) (map[string]int64, error) {
	for range passes {
		next, carried, err := f.carry(ctx, old, since)
		if err != nil {
			return nil, err
		}
		if since = next; carried == 0 {
			break
		}
	}
	return since, nil
}

// takeOver stops the writers, carries over the rest and moves the aliases.
func (f *filling) takeOver(ctx context.Context, old string, since map[string]int64) (err error) {
	if err := f.x.c.Block(ctx, old, true); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.x.c.Block(context.WithoutCancel(ctx), old, false))
		}
	}()
	if _, _, err := f.carry(ctx, old, since); err != nil {
		return err
	}
	if err := f.whole(ctx); err != nil {
		return err
	}
	here, err := f.x.c.Sequences(ctx, f.index)
	if err != nil {
		return err
	}
	if err := f.x.c.SetMeta(ctx, f.index, meta{From: old, Since: here}); err != nil {
		return err
	}
	return f.x.swap(ctx, old, f.index)
}

// A meta is noted beside an index that took over from another: what is
// written later than Since, the other lacks.
type meta struct {
	From  string           `json:"from"`
	Since map[string]int64 `json:"since"`
}

// Back lets the version before the current one take over again, with what was
// written to the current one since it did. evidence.ErrNotFound: there is
// none, or it was pruned.
func (x *Index) Back(ctx context.Context) error {
	current, err := x.current(ctx)
	if err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	var m meta
	if err := x.c.Meta(ctx, current, &m); err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	there, err := x.c.Indices(ctx, m.From)
	if err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	if len(there) == 0 {
		return fmt.Errorf("go back: %w: %s was pruned", evidence.ErrNotFound, m.From)
	}
	if err := x.back(ctx, current, m); err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	return nil
}

func (x *Index) back(ctx context.Context, current string, m meta) (err error) {
	if err := x.c.Block(ctx, m.From, false); err != nil {
		return err
	}
	f := newFilling(x, m.From)
	if err := f.open(ctx); err != nil {
		return err
	}
	since, err := f.follow(ctx, current, m.Since)
	if err != nil {
		return err
	}
	if err := x.c.Block(ctx, current, true); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.c.Block(context.WithoutCancel(ctx), current, false))
		}
	}()
	if _, _, err := f.carry(ctx, current, since); err != nil {
		return err
	}
	return x.swap(ctx, current, m.From)
}

// carry writes what was written to old since a number of each shard, under its
// own versions: what is there already is as new or newer. It returns the
// numbers to go on from, and how many documents it met.
func (f *filling) carry(ctx context.Context, old string, since map[string]int64) (next map[string]int64, met int, err error) {
	if next, err = f.x.c.Sequences(ctx, old); err != nil {
		return nil, 0, err
	}
	if err := f.x.c.Refresh(ctx, old); err != nil {
		return nil, 0, err
	}
	for shard := range next {
		var ops []elastic.Op
		w := elastic.Walk{Index: old, Shards: "_shards:" + shard}
		if from, ok := since[shard]; ok {
			w.Query = object{"range": object{"_seq_no": object{"gt": from}}}
		}
		err := f.x.c.Scan(ctx, w, func(h elastic.Hit) error {
			d, err := doc(h.Source)
			if err != nil {
				return err
			}
			o, err := op(f.to, d, h.Version)
			if err != nil {
				return err
			}
			met++
			delete(f.sample, h.ID) // is newer now than what is remembered
			if ops = append(ops, o); len(ops) < page {
				return nil
			}
			batch := ops
			ops = nil
			return f.send(ctx, batch)
		})
		if err == nil {
			err = f.send(ctx, ops)
		}
		if err != nil {
			return nil, 0, err
		}
	}
	return next, met, nil
}
