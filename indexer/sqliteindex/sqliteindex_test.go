package sqliteindex_test

import (
	"math/rand/v2"
	"path/filepath"
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
