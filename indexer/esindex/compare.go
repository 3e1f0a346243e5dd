package esindex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A Comparison is what a rebuild found, for whoever decides on it. Where the
// extractors are better than those of the old version, it differs rightly.
type Comparison struct {
	From, To string         // names of the two versions
	Before   map[string]int // documents by kind
	After    map[string]int
	Sampled  int      // documents of the new version read back and held against the old
	Differ   []string // kind:id of those whose revision or body is another there, or that it lacks
}

// A filling is a new version that is being written. It remembers which
// documents it was given, and some of them whole.
type filling struct {
	x      *Index
	index  string
	to     string // alias under which it is written
	given  map[uint64]struct{}
	sample map[string]indexer.Doc
}

func newFilling(x *Index, index string) *filling {
	return &filling{x: x, index: index, to: x.next(), given: map[uint64]struct{}{}, sample: map[string]indexer.Doc{}}
}

// open lets the version be written under an alias of its own.
func (f *filling) open(ctx context.Context) error {
	behind, err := f.x.c.Behind(ctx, f.to)
	if err != nil {
		return err
	}
	changes := []elastic.AliasChange{{Alias: f.to, Index: f.index, Write: true}}
	for _, other := range behind {
		if other != f.index {
			changes = append(changes, elastic.AliasChange{Alias: f.to, Index: other, Remove: true})
		}
	}
	return f.x.c.ChangeAliases(ctx, changes...)
}

// Put implements Writer.
func (f *filling) Put(ctx context.Context, docs ...indexer.Doc) error {
	ops := make([]elastic.Op, len(docs))
	for i, d := range docs {
		err := check(d)
		if err == nil {
			ops[i], err = op(f.to, d, version(d.Rev))
		}
		if err != nil {
			return fmt.Errorf("put %s %s: %w", d.Kind, d.ID, err)
		}
	}
	if err := f.send(ctx, ops); err != nil {
		return err
	}
	for _, d := range docs {
		f.remember(d)
	}
	return nil
}

// One in sampled documents, by the digest of its name, is compared, and at
// most so many: enough that a mistake in a hundred is not missed.
const (
	sampled = 7
	samples = 1000
)

func digest(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

// send writes and remembers. A document that is there in a version as new or
// newer is no conflict.
func (f *filling) send(ctx context.Context, ops []elastic.Op) error {
	results, err := f.x.c.Bulk(ctx, ops, elastic.Limits{})
	if err != nil {
		return err
	}
	for i, r := range results {
		if r != nil && !errors.Is(r, evidence.ErrConflict) {
			return fmt.Errorf("put %s: %w", ops[i].ID, r)
		}
		f.given[digest(ops[i].ID)] = struct{}{}
	}
	return nil
}

// whole reports evidence.ErrUnavailable if the version does not hold just the
// documents that it was given.
func (f *filling) whole(ctx context.Context) error {
	if err := f.x.c.Refresh(ctx, f.index); err != nil {
		return err
	}
	n, err := f.x.c.Count(ctx, f.index, nil)
	if err == nil && n != len(f.given) {
		err = fmt.Errorf("%w: %s holds %d documents and was given %d", evidence.ErrUnavailable, f.index, n, len(f.given))
	}
	return err
}

// compare holds the new version against what it was given, and against old.
func (f *filling) compare(ctx context.Context, old string) (c Comparison, err error) {
	c = Comparison{From: old, To: f.index}
	if err := f.whole(ctx); err != nil {
		return c, err
	}
	if c.Before, err = f.kinds(ctx, old); err != nil {
		return c, err
	}
	if c.After, err = f.kinds(ctx, f.index); err != nil {
		return c, err
	}
	ids := make([]string, 0, len(f.sample))
	for id := range f.sample {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	is, err := f.x.c.MGet(ctx, f.index, ids)
	if err != nil {
		return c, err
	}
	was, err := f.x.c.MGet(ctx, old, ids)
	if err != nil {
		return c, err
	}
	c.Sampled = len(ids)
	for i, id := range ids {
		if !holds(is[i], f.sample[id]) {
			return c, fmt.Errorf("%w: %s of %s is not what was put there", evidence.ErrUnavailable, id, f.index)
		}
		if !holds(was[i], f.sample[id]) {
			c.Differ = append(c.Differ, id)
		}
	}
	return c, nil
}

func holds(there elastic.Document, d indexer.Doc) bool {
	if !there.Found {
		return false
	}
	is, err := doc(there.Source)
	return err == nil && indexer.Same(is, d)
}

func (f *filling) kinds(ctx context.Context, index string) (map[string]int, error) {
	if err := f.x.c.Refresh(ctx, index); err != nil {
		return nil, err
	}
	found, err := f.x.c.Search(ctx, index, object{"size": 0, "aggs": object{"kinds": object{"terms": object{"field": "kind", "size": values}}}})
	if err != nil {
		return nil, err
	}
	var a counting
	if err := json.Unmarshal(found.Aggregations["kinds"], &a); err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	counts, err := add(nil, a.Buckets, text)
	out := make(map[string]int, len(counts))
	for _, n := range counts {
		out[n.Value] = n.Docs
	}
	return out, err
}
