// Package indextest says what an [indexer.Index] must do, as tests.
package indextest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"probity/indexer"
	"probity/pipeline/evidence"
)

// Run holds the indexes that open makes to the contract.
func Run(t *testing.T, open func(*testing.T) indexer.Index) {
	t.Helper()
	for sentence, test := range map[string]func(*testing.T, indexer.Index){
		"what is created once stays as it was":           testCreateOnce,
		"a document is replaced only from its revision":  testRevisions,
		"all or none of a batch is put":                  testBatch,
		"what is withdrawn is found by id only":          testGone,
		"a phrase finds exactly what contains it":        testExact,
		"a number is found in any of its forms":          testNumbers,
		"filters, dates and facets count exactly":        testFacets,
		"pages follow each other without gap or overlap": testCursor,
		"a cursor of somebody else is refused":           testBadCursor,
		"highlights mark the raw runes":                  testHighlights,
		"labels change facets and nothing else":          testLabel,
		"a scan sees every document in order":            testScan,
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func doc(id, text string) indexer.Doc {
	return indexer.Doc{Kind: indexer.ContentDoc, ID: id, Text: text, Body: json.RawMessage(fmt.Sprintf(`{"text":%q}`, text))}
}

func put(t *testing.T, x indexer.Index, docs ...indexer.Doc) {
	t.Helper()
	if err := x.Put(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, x indexer.Index, q indexer.Query) indexer.Page {
	t.Helper()
	page, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func testCreateOnce(t *testing.T, x indexer.Index) {
	put(t, x, doc("a", "甲"))
	put(t, x, doc("a", "乙"))
	if got, err := x.Get(t.Context(), indexer.ContentDoc, "a"); err != nil || got.Text != "甲" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := x.Get(t.Context(), indexer.FactDoc, "a"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("another kind: %v", err)
	}
}

func testRevisions(t *testing.T, x indexer.Index) {
	d := doc("a", "一")
	for rev, ok := range map[int64]bool{2: false} {
		d.Rev = rev
		if err := x.Put(t.Context(), d); (err == nil) != ok {
			t.Errorf("revision %d on nothing: %v", rev, err)
		}
	}
	d.Rev = 1
	put(t, x, d)
	for _, step := range []struct {
		rev int64
		by  string
		ok  bool
	}{{1, "", false}, {3, "", false}, {0, "", false}, {2, "", true}, {2, "某人", false}, {2, "", true}, {1, "", false}, {3, "", true}} {
		d.Rev, d.Text = step.rev, fmt.Sprint("第", step.rev, "版", step.by)
		err := x.Put(t.Context(), d)
		if step.ok != (err == nil) || err != nil && !errors.Is(err, evidence.ErrConflict) {
			t.Errorf("revision %d: %v", step.rev, err)
		}
	}
	if n := search(t, x, indexer.Query{Words: "第3版"}).Total; n != 1 {
		t.Errorf("the last version is found %d times", n)
	}
	if n := search(t, x, indexer.Query{Words: "第2版"}).Total; n != 0 {
		t.Errorf("an old version is found %d times", n)
	}
}

func testBatch(t *testing.T, x indexer.Index) {
	bad := doc("b", "乙")
	bad.Rev = 7
	if err := x.Put(t.Context(), doc("a", "甲"), bad); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("%v", err)
	}
	if _, err := x.Get(t.Context(), indexer.ContentDoc, "a"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("half a batch was put: %v", err)
	}
}

func testGone(t *testing.T, x indexer.Index) {
	d := doc("a", "行政处罚")
	d.Rev = 1
	put(t, x, d)
	d.Rev, d.Gone = 2, true
	put(t, x, d)
	if n := search(t, x, indexer.Query{Words: "处罚"}).Total; n != 0 {
		t.Errorf("found %d", n)
	}
	if got, err := x.Get(t.Context(), indexer.ContentDoc, "a"); err != nil || !got.Gone {
		t.Errorf("%+v %v", got, err)
	}
	d.Rev, d.Gone = 3, false
	put(t, x, d)
	if n := search(t, x, indexer.Query{Words: "处罚"}).Total; n != 1 {
		t.Errorf("back again, found %d", n)
	}
}

func testExact(t *testing.T, x indexer.Index) {
	rng := rand.New(rand.NewPCG(1, 2))
	docs, phrases := Corpus(rng, 150), []string{}
	put(t, x, docs...)
	for range 600 {
		phrases = append(phrases, Phrase(rng, docs))
	}
	Compare(t, x, docs, phrases)
	for i := range docs {
		if i%3 == 0 {
			docs[i].Rev++
			docs[i].Text = Phrase(rng, docs) + docs[i].Text
			docs[i].Gone = i%2 == 0
			put(t, x, docs[i])
		}
	}
	Compare(t, x, docs, phrases)
}

func testNumbers(t *testing.T, x indexer.Index) {
	put(t, x, doc("a", "决定书文号：深市监罚字〔2018〕12号，已公示"), doc("b", "深市监罚字[2018] 120 号"), doc("c", "（2016）粤0304民初 18775号"))
	for query, want := range map[string]int{
		"深市监罚字〔2018〕12号": 1, "深市监罚字[2018]12号": 1, "深市监罚字（２０１８）12号": 1, "深市监罚字 【2018】 12 号": 1,
		"深市监罚字〔2018〕120号": 1, "(2016)粤0304民初18775号": 1, "〔2018〕12号": 1, "深市监罚字〔2018〕2号": 0,
	} {
		if n := search(t, x, indexer.Query{Words: query}).Total; n != want {
			t.Errorf("%s: %d hits, want %d", query, n, want)
		}
	}
}

func testFacets(t *testing.T, x indexer.Index) {
	for i := range 40 {
		d := doc(fmt.Sprintf("d%02d", i), "罚款")
		d.Date = fmt.Sprintf("2026-01-%02d", i%20+1)
		d.Facets = map[string][]string{"class": {strconv.Itoa(i%4 + 1)}, "source": {"s" + strconv.Itoa(i%2)}}
		if i%8 == 0 {
			d.Facets["class"] = append(d.Facets["class"], "5")
		}
		put(t, x, d)
	}
	page := search(t, x, indexer.Query{Words: "罚款", Filter: map[string][]string{"source": {"s0"}}, From: "2026-01-01", To: "2026-01-10", Facets: []string{"class"}})
	want := []indexer.Count{{Value: "1", Docs: 6}, {Value: "3", Docs: 4}, {Value: "5", Docs: 3}}
	if page.Total != 10 || !slices.Equal(page.Facets["class"], want) {
		t.Errorf("total %d facets %v, want 10 %v", page.Total, page.Facets, want)
	}
	if n := search(t, x, indexer.Query{Filter: map[string][]string{"class": {"5", "2"}}}).Total; n != 15 {
		t.Errorf("any of two classes: %d", n)
	}
	if n := search(t, x, indexer.Query{Kinds: []string{indexer.FactDoc}}).Total; n != 0 {
		t.Errorf("another kind: %d", n)
	}
}

func testCursor(t *testing.T, x indexer.Index) {
	for i := range 53 {
		d := doc(fmt.Sprintf("d%02d", i*7%53), "页")
		d.Date = fmt.Sprintf("2026-02-%02d", i%5+1)
		put(t, x, d)
	}
	for _, order := range []string{"", "oldest"} {
		var ids, dates []string
		for q := (indexer.Query{Words: "页", Size: 10, Sort: order}); ; {
			page := search(t, x, q)
			for _, h := range page.Hits {
				ids, dates = append(ids, h.Doc.ID), append(dates, h.Doc.Date)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if order == "" {
			slices.Reverse(dates)
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 53 || !slices.IsSorted(dates) {
			t.Errorf("order %q: %d documents, sorted %v", order, len(ids), slices.IsSorted(dates))
		}
	}
}

func testBadCursor(t *testing.T, x indexer.Index) {
	for _, q := range []indexer.Query{{Cursor: "?"}, {Size: 101}, {Size: -1}} {
		if _, err := x.Search(t.Context(), q); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func testHighlights(t *testing.T, x indexer.Index) {
	d := doc("a", "某電子商務公司（ＡＢＣ）被罚款")
	d.Title = "电子商务"
	put(t, x, d)
	hits := search(t, x, indexer.Query{Words: "电子商务 abc"}).Hits
	if len(hits) != 1 || len(hits[0].Passages) != 2 {
		t.Fatalf("%+v", hits)
	}
	if p := hits[0].Passages[1]; !slices.Equal(p.Marks, [][2]int{{1, 5}, {8, 11}}) || p.Text != d.Text {
		t.Errorf("%+v", p)
	}
}

func testLabel(t *testing.T, x indexer.Index) {
	d := doc("a", "甲")
	d.Facets = map[string][]string{"grade": {"AAA"}}
	put(t, x, d)
	if err := x.Label(t.Context(), d.Kind, "a", map[string][]string{"grade": {"D"}}); err != nil {
		t.Fatal(err)
	}
	if n := search(t, x, indexer.Query{Filter: map[string][]string{"grade": {"AAA"}}}).Total; n != 0 {
		t.Errorf("the old label is still found")
	}
	got, err := x.Get(t.Context(), d.Kind, "a")
	if err != nil || got.Facets["grade"][0] != "D" || string(got.Body) != string(d.Body) || got.Rev != 0 {
		t.Errorf("%+v %v", got, err)
	}
	if err := x.Label(t.Context(), d.Kind, "nobody", nil); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func testScan(t *testing.T, x indexer.Index) {
	for i := range 7 {
		put(t, x, doc(fmt.Sprint("d", 6-i), "甲"))
	}
	var ids []string
	err := x.Scan(t.Context(), indexer.ContentDoc, func(d indexer.Doc) error {
		ids = append(ids, d.ID)
		return nil
	})
	if err != nil || len(ids) != 7 || !slices.IsSorted(ids) {
		t.Errorf("%v %v", ids, err)
	}
	stop := errors.New("stop")
	if err := x.Scan(context.WithoutCancel(t.Context()), indexer.ContentDoc, func(indexer.Doc) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}
