package esindex_test

import (
	"math/rand/v2"
	"testing"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/indextest"
	"probity/pipeline/elastic"
	"probity/pipeline/elastic/elastictest"
)

func client(t testing.TB) *elastic.Client { return elastictest.Open(t) }

// open returns an empty index whose writes can be searched when they return.
func open(t testing.TB) *esindex.Index {
	t.Helper()
	x, err := esindex.New(t.Context(), client(t), esindex.Settings{Refresh: "50ms"})
	if err != nil {
		t.Fatal(err)
	}
	return x.Waiting()
}

func TestIndex(t *testing.T) {
	t.Parallel()
	indextest.Run(t, func(t *testing.T) indexer.Index { return open(t) })
}

// Phrases against reading every document, before and after updates and
// withdrawals: zero differences.
func TestSearchAgainstBruteForce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not here: the long comparison is left out of -short")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	docs := indextest.Corpus(rng, 400)
	x := open(t)
	put := func() {
		t.Helper()
		if poisoned, err := x.PutAll(t.Context(), docs); err != nil || len(poisoned) > 0 {
			t.Fatal(poisoned, err)
		}
	}
	put()
	phrases := make([]string, 1000)
	for i := range phrases {
		phrases[i] = indextest.Phrase(rng, docs)
	}
	indextest.Compare(t, x, docs, phrases)
	for i := range docs {
		docs[i].Rev++
		docs[i].Gone = i%5 == 0
		docs[i].Text = indextest.Phrase(rng, docs) + docs[i].Text
	}
	put()
	indextest.Compare(t, x, docs, phrases)
}
