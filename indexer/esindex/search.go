package esindex

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"probity/indexer"
	"probity/pipeline/evidence"
)

type object = map[string]any

// A cursor is the last hit of a page; documents have one order for ever, so
// it needs no state in the cluster.
type cursor struct{ Date, ID, Kind string }

// Search implements indexer.Index: page, exact count and facets in one
// request. Nothing is ranked, so everything is a filter.
func (x *Index) Search(ctx context.Context, q indexer.Query) (indexer.Page, error) {
	var page indexer.Page
	if q.Size == 0 {
		q.Size = 20
	}
	if q.Size < 0 || q.Size > 100 {
		return page, fmt.Errorf("search: %w: size %d: want 1 to 100", evidence.ErrInvalid, q.Size)
	}
	terms := indexer.Terms(q.Words)
	body, err := request(q, terms)
	if err != nil {
		return page, fmt.Errorf("search %q: %w", q.Words, err)
	}
	found, err := x.c.Search(ctx, x.read(), body)
	if err != nil {
		return page, fmt.Errorf("search %q: %w", q.Words, err)
	}
	page.Total = found.Hits.Total.Value
	for _, h := range found.Hits.Hits[:min(q.Size, len(found.Hits.Hits))] {
		d, err := doc(h.Source)
		if err != nil {
			return page, fmt.Errorf("search %q: %w", q.Words, err)
		}
		page.Hits = append(page.Hits, indexer.Hit{Doc: d, Passages: indexer.Passages(d, terms)})
	}
	if len(found.Hits.Hits) > q.Size {
		last := page.Hits[q.Size-1].Doc
		raw, _ := json.Marshal(cursor{last.Date, last.ID, last.Kind})
		page.Next = base64.RawURLEncoding.EncodeToString(raw)
	}
	page.Facets, err = x.counts(ctx, q, body, found)
	if err != nil {
		return page, fmt.Errorf("search %q: %w", q.Words, err)
	}
	return page, nil
}

// request is the body of a search: one hit more than the page, to know
// whether another follows.
func request(q indexer.Query, terms []indexer.Term) (object, error) {
	body := object{
		"query": matching(q, terms), "size": q.Size + 1, "track_total_hits": true,
		"sort": []object{{"date": "desc"}, {"id": "asc"}, {"kind": "asc"}},
	}
	if q.Sort == "oldest" {
		body["sort"] = []object{{"date": "asc"}, {"id": "asc"}, {"kind": "asc"}}
	}
	if q.Cursor != "" {
		c, err := readCursor(q.Cursor)
		if err != nil {
			return nil, err
		}
		body["search_after"] = []string{c.Date, c.ID, c.Kind}
	}
	if aggs := countings(q.Facets); len(aggs) > 0 {
		body["aggs"] = aggs
	}
	return body, nil
}

// matching is everything that answers the query. What is withdrawn has no
// folded text, so only a query without words has to leave it out.
func matching(q indexer.Query, terms []indexer.Term) object {
	var all []object
	for _, t := range terms {
		one := phrase("folded", t.Phrase)
		if t.Number != "" {
			one = object{"bool": object{"should": []object{one, phrase("numbers", []rune(t.Number))}}}
		}
		all = append(all, one)
	}
	if len(terms) == 0 {
		all = append(all, object{"term": object{"gone": false}})
	}
	if len(q.Kinds) > 0 {
		all = append(all, object{"terms": object{"kind": q.Kinds}})
	}
	for facet, values := range q.Filter {
		if len(values) > 0 {
			all = append(all, object{"terms": object{"facets." + facet: values}})
		}
	}
	dates := object{}
	if q.From != "" {
		dates["gte"] = q.From
	}
	if q.To != "" {
		dates["lte"] = q.To
		if q.From == "" {
			dates["gt"] = "" // a document without a date is in no range that ends
		}
	}
	if len(dates) > 0 {
		all = append(all, object{"range": object{"date": dates}})
	}
	return object{"bool": object{"filter": all}}
}

// phrase finds runes in a row. Up to three are one window, looked up as they
// are; more are windows of three one rune apart.
func phrase(field string, runes []rune) object {
	if field == "numbers" || len(runes) > 3 {
		if field == "folded" {
			field = "folded.three"
		}
		return object{"match_phrase": object{field: string(runes)}}
	}
	field += []string{".one", "", ".three"}[len(runes)-1]
	return object{"term": object{field: string(runes)}}
}

func readCursor(s string) (c cursor, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return c, fmt.Errorf("%w: the cursor is none of ours: start again without it", evidence.ErrInvalid)
	}
	return c, nil
}
