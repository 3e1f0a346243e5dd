package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"probity/indexer"
	"probity/indexer/indextest"
	"probity/indexer/sqliteindex"
	"probity/pipeline/sqlitedb"
)

// batch is how many documents are put in one transaction.
const batch = 500

// embedded measures the index in the laptop's SQLite file.
func embedded(ctx context.Context, p *printer, s settings) (err error) {
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "searchbench"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	}
	db, err := sqlitedb.Open(ctx, filepath.Join(s.dir, "index.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	x, err := sqliteindex.New(ctx, db)
	if err != nil {
		return err
	}
	prose, phrases := corpus(s, s.embedded)
	p.line("\nembedded index (SQLite), %d documents of about 500 characters", s.embedded)
	if err := fill(ctx, p, x, prose, s.embedded); err != nil {
		return err
	}
	if info, err := os.Stat(db.Path()); err == nil {
		p.line("file: %.0f MiB, %.1f KiB a document", float64(info.Size())/(1<<20), float64(info.Size())/1024/float64(s.embedded))
	}
	p.head()
	for _, band := range indextest.Bands() {
		m, err := measure(phrases[band], func(phrase string) (int, error) {
			page, err := x.Search(ctx, question(phrase))
			return page.Total, err
		})
		if err != nil {
			return err
		}
		limit, _ := limits(band)
		p.row(string(band), m, limit)
	}
	return p.err
}

// question is what a page of evidence asks.
func question(phrase string) indexer.Query {
	return indexer.Query{
		Words: phrase, Kinds: []string{indexer.ContentDoc, indexer.RecordDoc}, Size: 20,
		Facets: []string{indexer.FacetSource, indexer.FacetClass, indexer.FacetType, indexer.FacetGrade},
	}
}

// fill puts the documents that are not there yet and says how long it took:
// how long putting took, without making the documents.
func fill(ctx context.Context, p *printer, x indexer.Index, prose *indextest.Prose, documents int) error {
	page, err := x.Search(ctx, indexer.Query{Size: 1})
	if err != nil || page.Total >= documents {
		return err
	}
	var took time.Duration
	cpu := processor()
	var making time.Duration
	for from := page.Total; from < documents; from += batch {
		start := processor()
		docs := make([]indexer.Doc, 0, batch)
		for i := from; i < min(from+batch, documents); i++ {
			docs = append(docs, prose.Doc(i))
		}
		making += processor() - start
		begun := time.Now()
		if err := x.Put(ctx, docs...); err != nil {
			return fmt.Errorf("put documents from %d: %w", from, err)
		}
		took += time.Since(begun)
	}
	n := time.Duration(documents - page.Total)
	p.line("indexing: %.1f s, %.0f documents/s, CPU %d µs a document", took.Seconds(), float64(n)/took.Seconds(), ((processor() - cpu - making) / n).Microseconds())
	return nil
}
