package indextest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"probity/indexer"
)

// pieces are what texts are made of: common and rare words, punctuation,
// Latin, digits, full width, traditional characters, runes beyond the BMP,
// numbers of documents, and what tempts an index to split.
func pieces() []string {
	return []string{
		"深圳市", "电子商务", "有限公司", "行政处罚", "罚款", "決定書", "電子商務", "的", "一", "，", "。", "（", "）", "《", "》", "——", " ", "\n", "\t",
		"ABC", "abc123", "ＷＩＦＩ", "2026-11-02", "3.14%", "C++", "a_b", "'", "\"", "*", "-", "^", "\x00", "𠀀", "𪜀", "😀", "ß", "İ", "é", "\uE041", "\uE020",
		"深市监罚字〔2018〕12号", "（2016）粤0304民初18775号", "消费者", "协会", "網絡", "网络", "罚", "款", "市场", "监督", "管理局", "OR", "AND", "NEAR", "退货",
	}
}

// Corpus makes n documents of seeded random text.
func Corpus(rng *rand.Rand, n int) []indexer.Doc {
	words := pieces()
	docs := make([]indexer.Doc, n)
	for i := range docs {
		var text strings.Builder
		for range rng.IntN(40) {
			text.WriteString(words[min(rng.IntN(len(words)), rng.IntN(len(words)))])
		}
		docs[i] = indexer.Doc{
			Kind: indexer.ContentDoc, ID: fmt.Sprintf("%06d", i), Rev: 1, Title: words[rng.IntN(len(words))], Text: text.String(),
			Date: fmt.Sprintf("2026-%02d-%02d", rng.IntN(12)+1, rng.IntN(28)+1), Body: []byte(`{}`),
		}
	}
	return docs
}

// Phrase picks a phrase: a window of a document, or one that may be nowhere.
func Phrase(rng *rand.Rand, docs []indexer.Doc) string {
	words := pieces()
	if rng.IntN(3) > 0 {
		runes := []rune(docs[rng.IntN(len(docs))].Text)
		if len(runes) > 0 {
			start := rng.IntN(len(runes))
			return string(runes[start:min(len(runes), start+1+rng.IntN(8))])
		}
	}
	return words[rng.IntN(len(words))] + words[rng.IntN(len(words))]
}

// Compare searches for every phrase, as typed and in quotation marks, and
// reports each difference to reading all documents one by one. It compares
// the sets, not the counts.
func Compare(t *testing.T, x indexer.Index, docs []indexer.Doc, phrases []string) {
	t.Helper()
	differences := 0
	folded := make([]indexer.Folded, len(docs))
	for i, d := range docs {
		folded[i] = indexer.Fold(d)
	}
	for i, phrase := range phrases {
		query := phrase
		if i%2 == 1 && !strings.Contains(phrase, `"`) {
			query = `"` + phrase + `"`
		}
		terms := indexer.Terms(query)
		var want []string
		for i, d := range docs {
			if !d.Gone && folded[i].Matches(terms) {
				want = append(want, d.ID)
			}
		}
		slices.Sort(want)
		if got := found(t, x, query, len(want)); !slices.Equal(got, want) {
			if differences++; differences < 10 {
				t.Errorf("%q: found %v, want %v", query, got, want)
			}
		}
	}
}

// found pages through all hits of a query and returns their ids, sorted.
func found(t *testing.T, x indexer.Index, query string, total int) []string {
	t.Helper()
	var got []string
	for q := (indexer.Query{Words: query, Size: 100}); ; {
		page, err := x.Search(t.Context(), q)
		if err != nil {
			t.Fatalf("search %q: %v", query, err)
		}
		for _, h := range page.Hits {
			got = append(got, h.Doc.ID)
		}
		if page.Total != total {
			t.Errorf("%q: total %d, want %d", query, page.Total, total)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			slices.Sort(got)
			return got
		}
	}
}
