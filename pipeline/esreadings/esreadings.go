// Package esreadings keeps what was read in the runs of a fleet, one reading a
// capture, in Elasticsearch: an extractor writes it once, and whoever has a
// view of the house takes it in when the run closes.
//
// A reading is named by run, lead and content, so that a page fetched twice
// after a crash is read once. It holds what a view needs (records with their
// citations, rows put aside, leads, counts), not the page's text: that is a
// document of the index. It is a view too: `probity rebuild` makes it again
// from the archive.
//
// It refuses to change a reading: another one of the same name is the same.
package esreadings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/pipeline/campaign"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A Reading is a capture as it was read.
type Reading struct {
	Capture evidence.Capture
	Reading evidence.Reading // without title and text
	Sum     campaign.Sum
	Text    bool // there was text: the content has a document
}

// ID names a reading: an ASCII digest.
func (r Reading) ID() string {
	return evidence.Digest("reading", r.Capture.Run, r.Capture.Lead.Key(), r.Capture.Content)
}

// Readings are those of one fleet.
type Readings struct {
	client *elastic.Client
	index  string
}

// Open makes the index if it is not there.
func Open(ctx context.Context, c *elastic.Client) (*Readings, error) {
	r := &Readings{client: c, index: c.Name("readings")}
	template, err := json.Marshal(map[string]any{
		"index_patterns": []string{r.index + "-v1-*"},
		"template": map[string]any{
			"settings": map[string]any{"number_of_shards": 1, "codec": "best_compression"},
			"mappings": map[string]any{"dynamic": "strict", "properties": map[string]any{
				"run": keyword(), "source": keyword(), "lead": keyword(), "content": keyword(), "capture": keyword(),
				"records": map[string]string{"type": "integer"}, "bytes": map[string]string{"type": "long"},
				"body": map[string]any{"type": "object", "enabled": false},
			}},
		},
	})
	if err != nil {
		return nil, err
	}
	if err := c.Ensure(ctx, r.index, template, r.index+"-v1-001", r.index, r.index+"-w"); err != nil {
		return nil, fmt.Errorf("open readings: %w", err)
	}
	return r, nil
}

func keyword() map[string]any { return map[string]any{"type": "keyword", "ignore_above": 1024} }

// A stored reading, as it stands in a document.
type stored struct {
	Run     string `json:"run"`
	Source  string `json:"source"`
	Lead    string `json:"lead"`
	Content string `json:"content"`
	Capture string `json:"capture"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
	Body    body   `json:"body"`
}

type body struct {
	Capture evidence.Capture `json:"capture"`
	Reading evidence.Reading `json:"reading"`
	Cites   [][]cite         `json:"cites"` // of each record
	Sum     campaign.Sum     `json:"sum"`
	Text    bool             `json:"text"`
}

type cite = evidence.Citation

// Put keeps readings, durably. One that is there already is no error. What
// can never be kept is evidence.ErrInvalid, and the others are kept.
func (r *Readings) Put(ctx context.Context, all ...Reading) error { return r.put(ctx, true, all) }

// Replace keeps readings, those that are there already too: what is read again
// takes the place of what was read before.
func (r *Readings) Replace(ctx context.Context, all ...Reading) error { return r.put(ctx, false, all) }

func (r *Readings) put(ctx context.Context, once bool, all []Reading) error {
	ops := make([]elastic.Op, len(all))
	for i, g := range all {
		g.Reading.Title, g.Reading.Text = "", ""
		s := stored{
			Run: g.Capture.Run, Source: g.Capture.Lead.Source, Lead: g.Capture.Lead.Key(), Content: g.Capture.Content, Capture: g.Capture.ID,
			Records: len(g.Reading.Records), Bytes: g.Sum.Bytes, Body: body{Capture: g.Capture, Reading: g.Reading, Sum: g.Sum, Text: g.Text},
		}
		for _, rec := range g.Reading.Records {
			s.Body.Cites = append(s.Body.Cites, rec.Citations)
		}
		b, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("keep reading of %s: %w", g.Capture.ID, err)
		}
		ops[i] = elastic.Op{Index: r.index + "-w", ID: g.ID(), Body: b, Once: once}
	}
	results, err := r.client.Bulk(ctx, ops, elastic.Limits{})
	if err != nil {
		return fmt.Errorf("keep readings: %w", err)
	}
	for i, err := range results {
		if err != nil && !errors.Is(err, evidence.ErrConflict) {
			return fmt.Errorf("keep reading of %s: %w", all[i].Capture.ID, err)
		}
	}
	return nil
}

// OfRun calls each with every reading of a run that was kept before, in no
// order.
func (r *Readings) OfRun(ctx context.Context, run string, each func(id string, g Reading) error) error {
	if err := r.client.Refresh(ctx, r.index); err != nil {
		return err
	}
	w := elastic.Walk{Index: r.index, Query: term("run", run), Page: 200}
	return r.client.Scan(ctx, w, func(h elastic.Hit) error {
		g, err := decode(h.Source)
		if err != nil {
			return fmt.Errorf("reading %s: %w", h.ID, err)
		}
		return each(h.ID, g)
	})
}

// Of returns the readings of ids, in their order; evidence.ErrNotFound if one
// is missing.
func (r *Readings) Of(ctx context.Context, ids []string) ([]Reading, error) {
	var out []Reading
	for some := range slices.Chunk(ids, 200) {
		docs, err := r.client.MGet(ctx, r.index, some)
		if err != nil {
			return nil, err
		}
		for i, d := range docs {
			if !d.Found {
				return nil, fmt.Errorf("reading %s: %w: make it again with `probity rebuild`", some[i], evidence.ErrNotFound)
			}
			g, err := decode(d.Source)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", some[i], err)
			}
			out = append(out, g)
		}
	}
	return out, nil
}

func decode(source json.RawMessage) (Reading, error) {
	var s stored
	if err := json.Unmarshal(source, &s); err != nil {
		return Reading{}, err
	}
	g := Reading{Capture: s.Body.Capture, Reading: s.Body.Reading, Sum: s.Body.Sum, Text: s.Body.Text}
	if len(s.Body.Cites) != len(g.Reading.Records) {
		return g, fmt.Errorf("%w: it has %d records and citations of %d", evidence.ErrInvalid, len(g.Reading.Records), len(s.Body.Cites))
	}
	for i, c := range s.Body.Cites {
		g.Reading.Records[i].Citations = c
	}
	return g, nil
}

// Totals are what a run has read so far, as far as it can be searched: a
// second or so behind.
type Totals struct {
	Captures, Records int
	Bytes             int64
}

// Totals adds up the readings of a run.
func (r *Readings) Totals(ctx context.Context, run string) (Totals, error) {
	sum := func(field string) map[string]any { return map[string]any{"sum": map[string]string{"field": field}} }
	found, err := r.client.Search(ctx, r.index, map[string]any{
		"size": 0, "track_total_hits": true, "query": term("run", run), "aggs": map[string]any{"records": sum("records"), "bytes": sum("bytes")},
	})
	if err != nil {
		return Totals{}, err
	}
	t := Totals{Captures: found.Hits.Total.Value}
	var v struct{ Value float64 }
	if err := json.Unmarshal(found.Aggregations["records"], &v); err != nil {
		return t, err
	}
	t.Records = int(v.Value)
	err = json.Unmarshal(found.Aggregations["bytes"], &v)
	t.Bytes = int64(v.Value)
	return t, err
}

// Reset removes all readings, before a rebuild.
func (r *Readings) Reset(ctx context.Context) error {
	names, err := r.client.Behind(ctx, r.index)
	if err != nil {
		return err
	}
	if err := r.client.DeleteIndex(ctx, names...); err != nil {
		return err
	}
	_, err = Open(ctx, r.client)
	return err
}

func term(field, value string) map[string]any {
	return map[string]any{"term": map[string]string{field: value}}
}
