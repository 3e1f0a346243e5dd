package esindex_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/pipeline/evidence"
)

func page(i int, rev int64, text string) indexer.Doc {
	return indexer.Doc{Kind: indexer.FactDoc, ID: fmt.Sprintf("f%04d", i), Rev: rev, Text: text, Body: fmt.Appendf(nil, `{"text":%q}`, text)}
}

func put(t *testing.T, x *esindex.Index, docs ...indexer.Doc) {
	t.Helper()
	if err := x.Put(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
}

func total(t *testing.T, x *esindex.Index, words string) int {
	t.Helper()
	if err := x.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := x.Search(t.Context(), indexer.Query{Words: words})
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

func pages(n int, rev int64, text string) []indexer.Doc {
	docs := make([]indexer.Doc, n)
	for i := range docs {
		docs[i] = page(i, rev, text)
	}
	return docs
}

// A visitor goes on writing before, while and after the aliases move.
type visitor struct {
	written int
	started chan struct{}
	done    sync.WaitGroup
}

func (v *visitor) write(ctx context.Context, t *testing.T, x *esindex.Index) {
	for ; ctx.Err() == nil; v.written++ {
		if v.written == 3 {
			close(v.started)
		}
		if err := x.Put(context.WithoutCancel(ctx), page(1000+v.written, 1, "新来")); err != nil {
			t.Error(err)
			return
		}
	}
}

func expect(t *testing.T, x *esindex.Index, want map[string]int) {
	t.Helper()
	for words, want := range want {
		if n := total(t, x, words); n != want {
			t.Errorf("%s: %d, want %d", words, n, want)
		}
	}
}

func TestARebuildLosesNothingThatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	x, err := esindex.New(t.Context(), client(t), esindex.Settings{Shards: 2})
	if err != nil {
		t.Fatal(err)
	}
	docs := pages(300, 1, "旧")
	put(t, x, docs...)
	ctx, stop := context.WithCancel(t.Context())
	v := visitor{started: make(chan struct{})}
	fill := func(w esindex.Writer) error {
		v.done.Go(func() { v.write(ctx, t, x) })
		<-v.started
		err := errors.Join(x.Put(ctx, page(7, 2, "旧改")),
			x.Label(ctx, indexer.FactDoc, "f0008", map[string][]string{"state": {"in force"}}))
		better := pages(300, 1, "旧书")
		better[9] = docs[9]
		return errors.Join(err, w.Put(ctx, better...))
	}
	agree := func(c esindex.Comparison) error {
		if c.Before["fact"] < 303 || c.After["fact"] < 303 || c.Sampled < 10 || len(c.Differ) < 10 || slices.Contains(c.Differ, "fact:f0007") {
			t.Errorf("%+v", c)
		}
		return nil
	}
	comparison, err := x.Rebuild(t.Context(), fill, agree)
	stop()
	v.done.Wait()
	if err != nil {
		t.Fatalf("%v: %+v", err, comparison)
	}
	// Of f0008 the old body came back with its label, which was newer.
	expect(t, x, map[string]int{"新来": v.written, "旧书": 297, "旧改": 1, "旧": 300})
	put(t, x, page(7, 3, "三改"), page(5000, 1, "回"))
	if err := x.Back(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, x, map[string]int{"旧书": 0, "旧": 299, "三改": 1, "回": 1, "新来": v.written})
	put(t, x, page(7, 4, "四改"))
}

func TestARebuildThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	x := open(t)
	put(t, x, pages(20, 1, "旧")...)
	no := errors.New("no")
	for sentence, rebuild := range map[string]func() error{
		"filling fails": func() error {
			_, err := x.Rebuild(t.Context(), func(esindex.Writer) error { return no }, nil)
			return err
		},
		"nobody agrees": func() error {
			_, err := x.Rebuild(t.Context(), func(w esindex.Writer) error { return w.Put(t.Context(), page(1, 1, "新")) },
				func(c esindex.Comparison) error {
					if c.Before["fact"] != 20 || c.After["fact"] != 1 {
						t.Errorf("%+v", c)
					}
					return no
				})
			return err
		},
	} {
		if err := rebuild(); !errors.Is(err, no) {
			t.Errorf("%s: %v", sentence, err)
		}
		if n := total(t, x, "旧"); n != 20 {
			t.Errorf("%s: %d", sentence, n)
		}
	}
	if err := x.Back(t.Context()); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("back to nothing: %v", err)
	}
	put(t, x, page(1, 2, "旧二"))
	if err := x.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := total(t, x, ""); n != 0 {
		t.Errorf("after a reset %d", n)
	}
	put(t, x, page(1, 1, "一"))
}

func TestALabelNeverLosesAgainstAPut(t *testing.T) {
	t.Parallel()
	x := open(t)
	put(t, x, page(1, 1, "一"))
	var both sync.WaitGroup
	both.Go(func() {
		for rev := int64(2); rev < 12; rev++ {
			d := page(1, rev, fmt.Sprint("第", rev))
			d.Facets = map[string][]string{"state": {"put"}}
			if err := x.Put(t.Context(), d); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for i := range 20 {
			if err := x.Label(t.Context(), indexer.FactDoc, "f0001", map[string][]string{"grade": {strconv.Itoa(i)}}); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
	if err := x.Label(t.Context(), indexer.FactDoc, "f0001", map[string][]string{"grade": {"AAA"}}); err != nil {
		t.Fatal(err)
	}
	d, err := x.Get(t.Context(), indexer.FactDoc, "f0001")
	if err != nil || d.Rev != 11 || d.Text != "第11" || d.Facets["grade"][0] != "AAA" {
		t.Errorf("%+v %v", d, err)
	}
	put(t, x, page(1, 12, "十二"))
	if f, err := x.Facets(t.Context(), indexer.FactDoc, "f0001"); err != nil || len(f) != 0 {
		t.Errorf("%v %v", f, err)
	}
}

func TestWhatIsPoisonedHoldsUpNobody(t *testing.T) {
	t.Parallel()
	x := open(t)
	docs := pages(50, 1, "甲")
	docs[3].ID = "深圳"
	docs[5].Facets = map[string][]string{"colour": {"red"}}
	docs[8].Rev = 4
	poisoned, err := x.PutAll(t.Context(), docs)
	if err != nil || len(poisoned) != 3 {
		t.Fatalf("%v %v", poisoned, err)
	}
	for _, p := range poisoned {
		if want := errors.Is(p.Err, evidence.ErrConflict); p.ID == docs[8].ID != want {
			t.Errorf("%+v", p)
		}
	}
	if n := total(t, x, "甲"); n != 47 {
		t.Errorf("%d", n)
	}
	if poisoned, err = x.PutAll(t.Context(), docs); err != nil || len(poisoned) != 3 {
		t.Errorf("again: %v %v", poisoned, err)
	}
	if err := x.Put(t.Context(), page(100, 1, "乙"), docs[5]); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if n := total(t, x, "乙"); n != 0 {
		t.Errorf("half a batch was put")
	}
}

func TestSlicesSeeEveryDocumentOnce(t *testing.T) {
	t.Parallel()
	x := open(t)
	put(t, x, pages(100, 0, "甲")...)
	put(t, x, indexer.Doc{Kind: indexer.EntityDoc, ID: "e"})
	seen := map[string]int{}
	for i := range 3 {
		if err := x.ScanSlice(t.Context(), indexer.FactDoc, i, 3, func(d indexer.Doc) error { seen[d.ID]++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 100 || seen["f0007"] != 1 {
		t.Errorf("%d documents", len(seen))
	}
}

// A facet with more values than a page counts is counted to its end, over
// several shards too.
func TestCountsAreExactHoweverManyValues(t *testing.T) {
	t.Parallel()
	x, err := esindex.New(t.Context(), client(t), esindex.Settings{Shards: 3})
	if err != nil {
		t.Fatal(err)
	}
	docs := pages(2500, 0, "甲")
	for i := range docs {
		docs[i].Facets = map[string][]string{"entity": {fmt.Sprintf("e%04d", i/2)}, "class": {strconv.Itoa(i % 3)}}
	}
	if poisoned, err := x.PutAll(t.Context(), docs); err != nil || len(poisoned) > 0 {
		t.Fatal(poisoned, err)
	}
	if err := x.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := x.Search(t.Context(), indexer.Query{Words: "甲", Facets: []string{"entity", "class", "none"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := got.Facets["entity"]; len(e) != 1250 || e[0] != (indexer.Count{Value: "e0000", Docs: 2}) || e[1249].Value != "e1249" {
		t.Errorf("%d values", len(got.Facets["entity"]))
	}
	if c := got.Facets["class"]; !slices.Equal(c, []indexer.Count{{Value: "0", Docs: 834}, {Value: "1", Docs: 833}, {Value: "2", Docs: 833}}) {
		t.Errorf("%v", c)
	}
	if got.Total != 2500 || len(got.Facets) != 2 {
		t.Errorf("total %d of %d facets", got.Total, len(got.Facets))
	}
}

func TestAPersonsOwnWriteIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	x, err := esindex.New(t.Context(), client(t), esindex.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	put(t, x.Waiting(), page(1, 1, "甲"))
	found, err := x.Search(t.Context(), indexer.Query{Words: "甲"})
	if err != nil || found.Total != 1 {
		t.Errorf("%+v %v", found, err)
	}
	t.Logf("waited %v", time.Since(start))
}
