// Package esregistry keeps the registry of captures on Elasticsearch: one
// document a capture, created once under the capture's id, one for each payload
// of a lead, under their digest, and one for each lead, of the capture that
// brought its page last. All are read by id, which shows what was written a
// moment ago without a refresh; only the captures of a run or a content are
// searched for, after one.
//
// The documents hold the capture without its bytes: URLs and request bodies as
// the archive has them. They are a view; Reset, and the indexes beside the
// segments, make them again.
package esregistry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"probity/pipeline/archive"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

var _ archive.Registry = (*Registry)(nil)

// Registry is a registry in one index. It is safe for concurrent use.
type Registry struct {
	c     *elastic.Client
	write string // alias
	read  string // alias
}

// A document is of a capture, of a payload (then without the capture), or of a
// lead's last page (then in no run and of no content).
type document struct {
	Run     string            `json:"run,omitempty"`
	Content string            `json:"content,omitempty"`
	Sort    string            `json:"sort,omitempty"` // time and id
	Host    string            `json:"host,omitempty"` // that was visited
	Lead    string            `json:"lead,omitempty"` // key, of a visit
	Entry   archive.Entry     `json:"entry"`
	Capture *evidence.Capture `json:"capture,omitempty"`
}

// template: what is not searched for is kept and not indexed.
const template = `{
	"index_patterns": [%q],
	"template": {
		"settings": {"number_of_shards": 3, "auto_expand_replicas": "0-1", "refresh_interval": "30s"},
		"mappings": {
			"dynamic": "strict",
			"properties": {
				"run": {"type": "keyword"},
				"content": {"type": "keyword"},
				"sort": {"type": "keyword"},
				"host": {"type": "keyword"},
				"lead": {"type": "keyword"},
				"entry": {"type": "object", "enabled": false},
				"capture": {"type": "object", "enabled": false}
			}
		}
	}
}`

// Open makes the index if need be.
func Open(ctx context.Context, c *elastic.Client) (*Registry, error) {
	r := &Registry{c: c, write: c.Name("captures-write"), read: c.Name("captures")}
	if err := r.ensure(ctx); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	return r, nil
}

func (r *Registry) ensure(ctx context.Context) error {
	err := r.c.Ensure(ctx, r.c.Name("captures"), fmt.Appendf(nil, template, r.c.Name("captures-v*")), r.c.Name("captures-v1"), r.read, r.write)
	if err != nil {
		return err
	}
	return r.c.AddFields(ctx, r.write, []byte(`{"host": {"type": "keyword"}, "lead": {"type": "keyword"}}`)) // of an index from before visits were asked for
}

func payloadID(target, payload string) string { return evidence.Digest("payload", target, payload) }

func lastID(target string) string { return evidence.Digest("last", target) }

// Register implements [archive.Registry].
func (r *Registry) Register(ctx context.Context, list []archive.Listed) error {
	var ops []elastic.Op
	put := func(id string, version int64, d document) error {
		body, err := json.Marshal(d)
		ops = append(ops, elastic.Op{Index: r.write, ID: id, Body: body, Once: version == 0, Version: version})
		return err
	}
	last := map[string]archive.Listed{}
	for _, l := range list {
		if l.Paged() && l.Order() > last[l.Target].Order() {
			last[l.Target] = l
		}
		d := document{Run: l.Capture.Run, Content: l.Capture.Content, Sort: l.Order(), Entry: l.Entry, Capture: &l.Capture}
		if l.Visited() {
			d.Host, d.Lead = l.Capture.Lead.Host(), l.Target
		}
		err := put(l.ID, 0, d)
		if err == nil && l.Holds() {
			err = put(payloadID(l.Target, l.Payload), 0, document{Entry: l.Entry})
		}
		if err != nil {
			return fmt.Errorf("register capture %s: %w: %w", l.ID, evidence.ErrInvalid, err)
		}
	}
	for target, l := range last {
		if err := put(lastID(target), max(1, l.Capture.Time.UnixNano()), document{Entry: l.Entry, Capture: &l.Capture}); err != nil {
			return fmt.Errorf("register capture %s: %w: %w", l.ID, evidence.ErrInvalid, err)
		}
	}
	results, err := r.c.Bulk(ctx, ops, elastic.Limits{})
	if err != nil {
		return fmt.Errorf("register captures: %w", err)
	}
	for i, err := range results {
		if err != nil && !errors.Is(err, evidence.ErrConflict) { // there already, which is what we want
			return fmt.Errorf("register capture %s: %w", ops[i].ID, err)
		}
	}
	return nil
}

// Where implements [archive.Registry].
func (r *Registry) Where(ctx context.Context, id string) (archive.Listed, error) {
	d, err := r.c.Get(ctx, r.read, id)
	if err == nil {
		var l archive.Listed
		if l, err = decode(d.Source); err == nil {
			return l, nil
		}
	}
	return archive.Listed{}, fmt.Errorf("where is capture %s: %w", id, err)
}

func decode(source json.RawMessage) (archive.Listed, error) {
	var d document
	if err := json.Unmarshal(source, &d); err != nil {
		return archive.Listed{}, fmt.Errorf("%w: the document is no capture's: %w", evidence.ErrInvalid, err)
	}
	if d.Capture == nil {
		return archive.Listed{}, fmt.Errorf("%w: the document is a payload's", evidence.ErrNotFound)
	}
	return archive.Listed{Entry: d.Entry, Capture: *d.Capture}, nil
}

// Before implements [archive.Registry].
func (r *Registry) Before(ctx context.Context, id, target, payload string) (taken bool, original archive.Entry, err error) {
	ids := []string{id}
	if payload != "" {
		ids = append(ids, payloadID(target, payload))
	}
	docs, err := r.c.MGet(ctx, r.read, ids)
	if err != nil {
		return false, original, fmt.Errorf("what was before capture %s: %w", id, err)
	}
	if len(docs) > 1 && docs[1].Found {
		var d document
		if err := json.Unmarshal(docs[1].Source, &d); err != nil {
			return false, original, fmt.Errorf("what was before capture %s: %w: %w", id, evidence.ErrInvalid, err)
		}
		original = d.Entry
	}
	return docs[0].Found, original, nil
}

// Last implements [archive.Registry].
func (r *Registry) Last(ctx context.Context, target string) (archive.Listed, error) {
	l, err := r.Where(ctx, lastID(target))
	if err != nil {
		return l, fmt.Errorf("last capture of lead %s: %w", target, err)
	}
	return l, nil
}

// OfRun implements [archive.Registry].
func (r *Registry) OfRun(ctx context.Context, run string, visit func(archive.Listed) error) error {
	return r.scan(ctx, "run", run, visit)
}

// OfContent implements [archive.Registry].
func (r *Registry) OfContent(ctx context.Context, content string) (list []archive.Listed, err error) {
	err = r.scan(ctx, "content", content, func(l archive.Listed) error { list = append(list, l); return nil })
	return list, err
}

func (r *Registry) scan(ctx context.Context, field, value string, visit func(archive.Listed) error) error {
	if err := r.c.Refresh(ctx, r.read); err != nil {
		return fmt.Errorf("captures of %s %s: %w", field, value, err)
	}
	w := elastic.Walk{Index: r.read, Query: map[string]any{"term": map[string]string{field: value}}, Sort: "sort"}
	return r.c.Scan(ctx, w, func(h elastic.Hit) error {
		l, err := decode(h.Source)
		if err != nil {
			return fmt.Errorf("captures of %s %s: %w", field, value, err)
		}
		return visit(l)
	})
}

// Visits implements [archive.Registry]. It shows what was registered before the
// last refresh, which is due every half minute: nobody waits for a page of
// visits as a run does for its captures.
func (r *Registry) Visits(ctx context.Context, q archive.Visits) ([]archive.Listed, error) {
	if _, _, err := q.Check(); err != nil {
		return nil, err
	}
	whose := map[string]string{"host": q.Host}
	if q.Lead != "" {
		whose = map[string]string{"lead": q.Lead}
	}
	body := map[string]any{
		"size": q.N, "track_total_hits": false, "query": map[string]any{"term": whose}, "sort": []any{map[string]string{"sort": "desc"}},
	}
	if q.Before != "" {
		body["search_after"] = []string{q.Before}
	}
	found, err := r.c.Search(ctx, r.read, body)
	if err != nil {
		return nil, fmt.Errorf("visits of %v: %w", whose, err)
	}
	list := make([]archive.Listed, len(found.Hits.Hits))
	for i, h := range found.Hits.Hits {
		if list[i], err = decode(h.Source); err != nil {
			return nil, fmt.Errorf("visits of %v: %w", whose, err)
		}
	}
	return list, nil
}

// Reset implements [archive.Registry].
func (r *Registry) Reset(ctx context.Context) error {
	behind, err := r.c.Behind(ctx, r.read)
	if err == nil {
		err = r.c.DeleteIndex(ctx, behind...)
	}
	if err == nil {
		err = r.ensure(ctx)
	}
	if err != nil {
		return fmt.Errorf("reset registry: %w", err)
	}
	return nil
}
