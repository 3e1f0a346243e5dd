package sqliteindex_test

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"probity/indexer"
	"probity/indexer/indextest"
	"probity/indexer/sqliteindex"
	"probity/pipeline/sqlitedb"
)

func open(t testing.TB) *sqliteindex.Index {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	x, err := sqliteindex.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestIndex(t *testing.T) {
	t.Parallel()
	indextest.Run(t, func(t *testing.T) indexer.Index { return open(t) })
}

// Ten thousand phrases against reading every document, before and after
// updates and withdrawals: zero differences.
func TestSearchAgainstBruteForce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not here: the long comparison is left out of -short")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	docs := indextest.Corpus(rng, 120)
	x := open(t)
	if err := x.Put(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
	phrases := make([]string, 5000)
	for i := range phrases {
		phrases[i] = indextest.Phrase(rng, docs)
	}
	indextest.Compare(t, x, docs, phrases)
	for i := range docs {
		docs[i].Rev++
		docs[i].Gone = i%5 == 0
		docs[i].Text = indextest.Phrase(rng, docs) + docs[i].Text
	}
	if err := x.Put(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
	indextest.Compare(t, x, docs, phrases)
}

// before are the tables of facets of format 1 of a data directory.
const before = `
DROP TABLE index_columns; DROP TABLE index_values;
CREATE TABLE index_facets (facet TEXT NOT NULL, value TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (facet, value, n)) WITHOUT ROWID;
CREATE INDEX index_facets_n ON index_facets (n);
CREATE INDEX index_docs_date ON index_docs (date DESC, id, kind);`

func TestAFileOfTheFormatBeforeIsBroughtUpToDateAtOpening(t *testing.T) {
	t.Parallel()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	prose := indextest.NewProse(1, 50)
	q := indexer.Query{Words: "深圳市", Facets: []string{indexer.FacetSource, indexer.FacetClass, indexer.FacetEntity}, Filter: map[string][]string{indexer.FacetState: {"repaired"}}}
	var want, got indexer.Page
	for _, page := range []*indexer.Page{&want, &got} {
		x, err := sqliteindex.New(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			d := prose.Doc(i)
			d.Gone = i%10 == 9 && d.Rev == 1
			if err := x.Put(t.Context(), d); err != nil && page == &want {
				t.Fatal(err)
			}
		}
		if *page, err = x.Search(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if page == &want {
			if err := db.Define(t.Context(), before); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got.Total == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("after the upgrade %d hits and facets %v, want %d and %v", got.Total, got.Facets, want.Total, want.Facets)
	}
}

func BenchmarkSearchPhrase(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	docs := indextest.Corpus(rng, 5000)
	x := open(b)
	if err := x.Put(b.Context(), docs...); err != nil {
		b.Fatal(err)
	}
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			if _, err := x.Search(b.Context(), indexer.Query{Words: "退货消费者", Facets: []string{"class"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("yardstick reading all", func(b *testing.B) {
		terms := indexer.Terms("退货消费者")
		folded := make([]indexer.Folded, len(docs))
		for i, d := range docs {
			folded[i] = indexer.Fold(d)
		}
		for b.Loop() {
			for _, f := range folded {
				f.Matches(terms)
			}
		}
	})
}
