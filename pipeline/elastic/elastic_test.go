package elastic_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/pipeline/elastic"
	"probity/pipeline/elastic/elastictest"
	"probity/pipeline/evidence"
)

const write = "things-w"

// open returns a client with an index of things behind aliases.
func open(t *testing.T) *elastic.Client {
	t.Helper()
	c := elastictest.Open(t)
	ensure(t, c)
	return c
}

func ensure(t *testing.T, c *elastic.Client) {
	t.Helper()
	template := fmt.Appendf(nil, `{"index_patterns":[%q],"template":{"settings":{"number_of_shards":2,"auto_expand_replicas":"0-1"},
		"mappings":{"dynamic":"strict","properties":{"n":{"type":"integer"}}}}}`, c.Name("things-v*"))
	if err := c.Ensure(t.Context(), c.Name("things"), template, c.Name("things-v1-001"), c.Name("things"), c.Name(write)); err != nil {
		t.Fatal(err)
	}
}

func thing(n int) json.RawMessage { return fmt.Appendf(nil, `{"n":%d}`, n) }

func TestADocumentIsCreatedOnceAndReplacedByAHigherVersionOnly(t *testing.T) {
	t.Parallel()
	c, ctx := open(t), t.Context()
	ensure(t, c) // a second time changes nothing
	if err := c.Create(ctx, c.Name(write), "a", thing(1)); err != nil {
		t.Fatal(err)
	}
	if err := c.Create(ctx, c.Name(write), "a", thing(2)); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("created twice: %v", err)
	}
	for _, step := range []struct {
		version int64
		word    error
	}{{5, nil}, {5, evidence.ErrConflict}, {4, evidence.ErrConflict}, {6, nil}} {
		if err := c.Put(ctx, c.Name(write), "b", step.version, thing(int(step.version))); !errors.Is(err, step.word) {
			t.Errorf("version %d: %v, want %v", step.version, err, step.word)
		}
	}
	if d, err := c.Get(ctx, c.Name("things"), "b"); err != nil || d.Version != 6 || string(d.Source) != `{"n":6}` {
		t.Errorf("%+v %v", d, err)
	}
	docs, err := c.MGet(ctx, c.Name("things"), []string{"nobody", "a"})
	if err != nil || docs[0].Found || !docs[1].Found {
		t.Errorf("%+v %v", docs, err)
	}
	if err := errors.Join(c.Delete(ctx, c.Name(write), "a"), c.Delete(ctx, c.Name(write), "a")); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(ctx, c.Name("things"), "a"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
}

func TestAPoisonedDocumentHoldsUpNobody(t *testing.T) {
	t.Parallel()
	c := open(t)
	ops := make([]elastic.Op, 100)
	for i := range ops {
		ops[i] = elastic.Op{Index: c.Name(write), ID: fmt.Sprint("d", i), Body: thing(i), Once: true}
	}
	ops[7].Body = json.RawMessage(`{"n":"seven"}`)
	ops[20].Body = json.RawMessage(`{"unknown":1}`)
	ops[31].ID = "深圳"
	ops[40].Body = json.RawMessage(`{"n":`)
	ops[50].Body = json.RawMessage("{\n \"n\": 50\n}")
	results, err := c.Bulk(t.Context(), ops, elastic.Limits{Docs: 9, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range results {
		bad := slices.Contains([]int{7, 20, 31, 40}, i)
		if bad != errors.Is(err, evidence.ErrInvalid) || !bad && err != nil {
			t.Errorf("document %d: %v", i, err)
		}
	}
	if s := results[7].Error(); !strings.Contains(s, "failed to parse field [n]") || !strings.Contains(s, "seven") {
		t.Errorf("no reason: %s", s)
	}
	if n, err := c.Count(t.Context(), c.Name("things"), nil); n != 96 || err != nil {
		t.Errorf("%d documents can be searched after waiting: %v", n, err)
	}
}

func TestAWriteMakesNoIndex(t *testing.T) {
	t.Parallel()
	c := elastictest.Open(t)
	err := c.Create(t.Context(), c.Name("nowhere"), "a", thing(1))
	if !elastic.NoIndex(err) || !errors.Is(err, evidence.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if _, err := c.Search(t.Context(), c.Name("nowhere"), map[string]any{}); !elastic.NoIndex(err) {
		t.Errorf("%v", err)
	}
	if h, err := c.Health(t.Context()); err != nil || !strings.HasPrefix(h.Version, "8.") {
		t.Errorf("%+v %v", h, err)
	}
}

func TestASearchThatCannotBeReadSaysWhy(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, err := c.Search(t.Context(), c.Name("things"), map[string]any{"query": map[string]any{"no_such_query": 1}})
	if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "no_such_query") {
		t.Errorf("%v", err)
	}
}

func TestSlicesTogetherSeeEveryDocumentOnce(t *testing.T) {
	t.Parallel()
	c, ctx := open(t), t.Context()
	ops := make([]elastic.Op, 250)
	for i := range ops {
		ops[i] = elastic.Op{Index: c.Name(write), ID: fmt.Sprintf("d%03d", i), Body: thing(i), Version: int64(i + 1)}
	}
	if _, err := c.Bulk(ctx, ops, elastic.Limits{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Refresh(ctx, c.Name("things")); err != nil {
		t.Fatal(err)
	}
	for _, w := range []elastic.Walk{{Page: 17, Slices: 3}, {Page: 25, Sort: "n"}, {Page: 250}} {
		w.Index = c.Name("things")
		seen, ids := map[string]int64{}, []string{}
		for w.Slice = 0; w.Slice < max(w.Slices, 1); w.Slice++ {
			if err := c.Scan(ctx, w, func(h elastic.Hit) error {
				seen[h.ID] = h.Version
				ids = append(ids, h.ID)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if len(ids) != 250 || len(seen) != 250 || seen["d007"] != 8 || w.Sort != "" && !slices.IsSorted(ids) {
			t.Errorf("%+v: %d hits of %d documents", w, len(ids), len(seen))
		}
	}
}

func TestAnAliasMovesAtOneMoment(t *testing.T) {
	t.Parallel()
	c, ctx := open(t), t.Context()
	old, fresh := c.Name("things-v1-001"), c.Name("things-v1-002")
	if err := c.CreateIndex(ctx, fresh, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateIndex(ctx, fresh, nil); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("made twice: %v", err)
	}
	if err := c.ChangeAliases(ctx, elastic.AliasChange{Alias: c.Name(write), Index: old, Remove: true},
		elastic.AliasChange{Alias: c.Name(write), Index: fresh, Write: true}); err != nil {
		t.Fatal(err)
	}
	behind, err := c.Behind(ctx, c.Name(write))
	if err != nil || !slices.Equal(behind, []string{fresh}) {
		t.Errorf("%v %v", behind, err)
	}
	all, err := c.Indices(ctx, c.Name("things-v*"))
	if err != nil || !slices.Equal(all, []string{old, fresh}) {
		t.Errorf("%v %v", all, err)
	}
	if none, err := c.Behind(ctx, c.Name("nothing")); err != nil || len(none) > 0 {
		t.Errorf("%v %v", none, err)
	}
}

func TestNobodyThereIsUnavailable(t *testing.T) {
	t.Parallel()
	c, err := elastic.Open(elastic.Settings{Addresses: []string{"http://somebody:hidden@127.0.0.1:1"}, Patience: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, health := c.Health(t.Context())
	_, search := c.Search(t.Context(), "x", map[string]any{})
	_, get := c.Get(t.Context(), "x", "a")
	for verb, err := range map[string]error{"health": health, "search": search, "get": get, "create": c.Create(t.Context(), "x", "a", thing(1))} {
		if !errors.Is(err, evidence.ErrUnavailable) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", verb, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Search(ctx, "x", nil); !errors.Is(err, context.Canceled) || errors.Is(err, evidence.ErrUnavailable) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSettingsThatContradictThemselvesAreRefused(t *testing.T) {
	t.Parallel()
	for sentence, s := range map[string]elastic.Settings{
		"no address":          {},
		"an address is none":  {Addresses: []string{"localhost:9200"}},
		"a user and a key":    {Addresses: []string{"http://h:1"}, User: "u", APIKey: "k"},
		"no such certificate": {Addresses: []string{"https://h:1"}, CA: "elastic_test.go"},
	} {
		if _, err := elastic.Open(s); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}
