package esindex

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"probity/indexer"
	"probity/pipeline/elastic"
)

// values is how many values of a facet are counted with the page. A facet
// that has more among the hits is counted to its end by further requests.
const values = 1000

type bucket struct {
	Key   json.RawMessage `json:"key"`
	Count int             `json:"doc_count"`
}

type counting struct {
	After   json.RawMessage `json:"after_key"`
	Buckets []bucket        `json:"buckets"`
	Error   int             `json:"doc_count_error_upper_bound"`
	Others  int             `json:"sum_other_doc_count"`
}

func countings(facets []string) object {
	aggs := object{}
	for _, f := range facets {
		if slices.Contains(facetNames(), f) { // another has no values
			aggs[f] = object{"terms": object{"field": "facets." + f, "size": values}}
		}
	}
	return aggs
}

// counts reads how many hits have each value, most first, then by value.
func (x *Index) counts(ctx context.Context, q indexer.Query, body object, found elastic.Found) (map[string][]indexer.Count, error) {
	if len(q.Facets) == 0 {
		return nil, nil
	}
	out := map[string][]indexer.Count{}
	for _, facet := range slices.Sorted(maps.Keys(found.Aggregations)) {
		var a counting
		if err := json.Unmarshal(found.Aggregations[facet], &a); err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		var counts []indexer.Count
		var err error
		if a.Error > 0 || a.Others > 0 {
			counts, err = x.countAll(ctx, facet, body["query"])
		} else {
			counts, err = add(nil, a.Buckets, text)
		}
		if err != nil {
			return nil, err
		}
		slices.SortFunc(counts, func(a, b indexer.Count) int {
			return cmp.Or(b.Docs-a.Docs, strings.Compare(a.Value, b.Value))
		})
		if len(counts) > 0 {
			out[facet] = counts
		}
	}
	return out, nil
}

func text(key json.RawMessage) (s string, err error) {
	err = json.Unmarshal(key, &s)
	return s, err
}

func add(counts []indexer.Count, buckets []bucket, read func(json.RawMessage) (string, error)) ([]indexer.Count, error) {
	for _, b := range buckets {
		value, err := read(b.Key)
		if err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		counts = append(counts, indexer.Count{Value: value, Docs: b.Count})
	}
	return counts, nil
}

// countAll counts every value of a facet, however many there are.
func (x *Index) countAll(ctx context.Context, facet string, query any) (counts []indexer.Count, err error) {
	source := []object{{"v": object{"terms": object{"field": "facets." + facet}}}}
	composite := object{"size": 10 * values, "sources": source}
	for {
		found, err := x.c.Search(ctx, x.read(), object{"size": 0, "track_total_hits": false, "query": query, "aggs": object{"all": object{"composite": composite}}})
		if err != nil {
			return nil, err
		}
		var a counting
		if err := json.Unmarshal(found.Aggregations["all"], &a); err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		counts, err = add(counts, a.Buckets, func(key json.RawMessage) (string, error) {
			var k map[string]json.RawMessage
			if err := json.Unmarshal(key, &k); err != nil {
				return "", err
			}
			return text(k["v"])
		})
		if err != nil || len(a.After) == 0 {
			return counts, err
		}
		composite["after"] = a.After
	}
}
