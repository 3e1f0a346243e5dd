package esindex_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"probity/indexer"
)

// A phrase is decided on every rune of it, however it is cut into windows.
func TestEveryRuneOfAPhraseDecides(t *testing.T) {
	t.Parallel()
	x := open(t)
	text := []rune("甲乙丙丁戊己庚辛壬癸子丑\uFDD0寅\uFDD1卯辰巳午未申酉")
	for n := 4; n <= len(text); n++ {
		docs := []indexer.Doc{{Kind: indexer.ContentDoc, ID: fmt.Sprintf("whole-%d", n), Text: string(text[:n])}}
		for i := range n {
			other := slices.Clone(text[:n])
			other[i] = '亥'
			docs = append(docs, indexer.Doc{Kind: indexer.FactDoc, ID: fmt.Sprintf("%d-%d", n, i), Text: string(other)})
		}
		put(t, x, docs...)
	}
	for n := 4; n <= len(text); n++ {
		want := 0 // longer texts hold it too, unless what was changed is in it
		for longer := n; longer <= len(text); longer++ {
			want += 1 + longer - n
		}
		page, err := x.Search(t.Context(), indexer.Query{Words: string(text[:n])})
		if err != nil || page.Total != want {
			t.Errorf("%d runes: %d, want %d: %v", n, page.Total, want, err)
		}
	}
}

// No limit of Elasticsearch on terms, clauses or fields shows through.
func TestLongTextsAndLongPhrasesAreFoundToo(t *testing.T) {
	t.Parallel()
	x := open(t)
	long := strings.Repeat("深圳市电子商务有限公司行政处罚决定书，", 20_000)
	put(t, x, indexer.Doc{Kind: indexer.ContentDoc, ID: "long", Text: long + "末尾", Title: strings.Repeat("x", 40_000), Date: "2026-01-01"})
	runes := []rune(long)
	for _, n := range []int{1, 2, 3, 4, 1000, 5000} {
		q := indexer.Query{Words: string(runes[len(runes)-n:]) + "末尾"}
		if page, err := x.Search(t.Context(), q); err != nil || page.Total != 1 {
			t.Errorf("a phrase of %d runes: %d %v", n+2, page.Total, err)
		}
	}
}
