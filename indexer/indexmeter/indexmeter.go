// Package indexmeter counts and traces what is asked of an index, by standing
// around its contract, so that every backend is counted alike. It changes
// nothing of what passes, and refuses to know a backend.
package indexmeter

import (
	"context"
	"log/slog"
	"time"

	"probity/indexer"
	"probity/pipeline/gauge"
	"probity/pipeline/trace"
)

var _ indexer.Index = (*Index)(nil)

// An Index counts writes and searches.
type Index struct {
	indexer.Index
	Meter *gauge.Meter
	Trace *trace.Tracer
}

// Put implements indexer.Index.
func (x *Index) Put(ctx context.Context, docs ...indexer.Doc) error {
	ctx, span := x.Trace.Start(ctx, "index", slog.Int("documents", len(docs)))
	start := time.Now()
	err := x.Index.Put(ctx, docs...)
	kinds := map[string]int{}
	for _, d := range docs {
		kinds[d.Kind]++
	}
	x.Meter.Wrote(kinds, time.Since(start), err)
	span.End(err)
	return err
}

// Search implements indexer.Index.
func (x *Index) Search(ctx context.Context, q indexer.Query) (indexer.Page, error) {
	ctx, span := x.Trace.Start(ctx, "search")
	start := time.Now()
	page, err := x.Index.Search(ctx, q)
	x.Meter.Searched(time.Since(start), err)
	span.Say(slog.Int("total", page.Total), slog.Int("hits", len(page.Hits)))
	span.End(err)
	return page, err
}

// Label implements indexer.Index.
func (x *Index) Label(ctx context.Context, kind, id string, facets map[string][]string) error {
	start := time.Now()
	err := x.Index.Label(ctx, kind, id, facets)
	x.Meter.Wrote(map[string]int{kind: 1}, time.Since(start), err)
	return err
}
