package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"probity/pipeline/evidence"
)

// Found is the answer to a search.
type Found struct {
	PIT  string `json:"pit_id"`
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []Hit `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]json.RawMessage `json:"aggregations"`
	TimedOut     bool                       `json:"timed_out"`
}

// A Hit is a found document; Sort is where a next page goes on after.
type Hit struct {
	Index   string          `json:"_index"`
	ID      string          `json:"_id"`
	Version int64           `json:"_version"`
	Source  json.RawMessage `json:"_source"`
	Sort    json.RawMessage `json:"sort"`
}

// Search sends a query as it is. An answer of some shards only is none:
// evidence.ErrUnavailable. An empty index is for a body with a point in time.
func (c *Client) Search(ctx context.Context, index string, body any) (Found, error) {
	var found Found
	raw, err := json.Marshal(body)
	if err != nil {
		return found, err
	}
	answer, err := c.do(ctx, "search "+index, func() request {
		r := esapi.SearchRequest{Body: bytes.NewReader(raw), AllowPartialSearchResults: new(false)}
		if index != "" {
			r.Index = []string{index}
		}
		return r
	})
	if err != nil {
		return found, err
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return found, fmt.Errorf("search %s: read answer: %w", index, err)
	}
	if found.TimedOut {
		return found, fmt.Errorf("search %s: %w: it took the cluster too long", index, evidence.ErrUnavailable)
	}
	return found, nil
}

// Count returns how many documents answer a query; nil: how many there are.
func (c *Client) Count(ctx context.Context, index string, query any) (int, error) {
	body := map[string]any{"size": 0, "track_total_hits": true}
	if query != nil {
		body["query"] = query
	}
	found, err := c.Search(ctx, index, body)
	return found.Hits.Total.Value, err
}

// A Walk is a reading of all documents that answer a query, as they stood
// when it began.
type Walk struct {
	Index  string
	Query  any    // nil: all
	Sort   string // field; empty: the order in which shards keep them, which is the fastest
	Source any    // as of a search; nil: whole
	Shards string // a preference, such as "_shards:0"
	// Slice i of n: n walks with i from 0 to n-1 see every document once.
	Slice, Slices int
	Page          int // documents an answer, 500 if zero
}

const keep = "5m" // a point in time between two pages

// Scan calls each with every hit of a walk. It stops at the first error of
// each and returns it.
func (c *Client) Scan(ctx context.Context, w Walk, each func(Hit) error) error {
	pit, err := c.openPIT(ctx, w)
	if err != nil {
		return err
	}
	defer func() { c.closePIT(context.WithoutCancel(ctx), pit) }()
	body := map[string]any{"size": orElse(w.Page, 500), "track_total_hits": false, "version": true}
	order := []any{map[string]string{"_shard_doc": "asc"}}
	if w.Sort != "" {
		order = []any{map[string]string{w.Sort: "asc"}, map[string]string{"_shard_doc": "asc"}}
	}
	body["sort"] = order
	if w.Query != nil {
		body["query"] = w.Query
	}
	if w.Source != nil {
		body["_source"] = w.Source
	}
	if w.Slices > 1 {
		body["slice"] = map[string]int{"id": w.Slice, "max": w.Slices}
	}
	for {
		body["pit"] = map[string]string{"id": pit, "keep_alive": keep}
		found, err := c.Search(ctx, "", body)
		if err != nil {
			return fmt.Errorf("scan %s: %w", w.Index, err)
		}
		if found.PIT != "" {
			pit = found.PIT
		}
		for _, h := range found.Hits.Hits {
			if err := each(h); err != nil {
				return err
			}
			body["search_after"] = h.Sort
		}
		if len(found.Hits.Hits) < body["size"].(int) {
			return nil
		}
	}
}

func (c *Client) openPIT(ctx context.Context, w Walk) (string, error) {
	answer, err := c.do(ctx, "scan "+w.Index, func() request {
		return esapi.OpenPointInTimeRequest{Index: []string{w.Index}, KeepAlive: keep, Preference: w.Shards}
	})
	if err != nil {
		return "", err
	}
	var a struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return "", fmt.Errorf("scan %s: read answer: %w", w.Index, err)
	}
	return a.ID, nil
}

// closePIT gives back what a point in time holds; if that fails it ends by
// itself.
func (c *Client) closePIT(ctx context.Context, pit string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body, _ := json.Marshal(map[string]string{"id": pit})
	_, _ = c.once(ctx, esapi.ClosePointInTimeRequest{Body: bytes.NewReader(body)})
}
