// Package esindex keeps documents and finds them in Elasticsearch: the index
// of a fleet, and the double of the laptop's.
//
// All kinds stand in one index, `<prefix>-evidence-v<schema>-<nnn>`, behind a
// read alias and a write alias, so that a search over kinds is one query and
// a new version takes over at one moment, see [Index.Rebuild]. Text is folded
// in Go, rune by rune, into a field beside the original, and Elasticsearch
// only cuts it into every window of one, two and three runes, punctuation and
// spaces too: a phrase is then exactly a substring, and no dictionary decides
// what a word is. Numbers and highlights are made in Go, as everywhere.
//
// A document's revision is Elasticsearch's external version, shifted to leave
// room for labels: the second of two writers of one revision gets a conflict,
// and a label never overwrites a newer body. It keeps nothing that cannot be
// made again, and it refuses facets that are not declared.
package esindex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"probity/indexer"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

var _ indexer.Index = (*Index)(nil)

// schema is the version of the mapping: one more whenever it changes, and a
// rebuild is due.
const schema = 1

// Settings of the index that are not those of the client.
type Settings struct {
	// Shards of an index made from now on, 1 if zero: one holds some ten
	// million pages, and counts of facets are cheapest there.
	Shards int
	// Refresh is how soon what was written can be searched, as Elasticsearch
	// writes it. Empty: within a second while somebody searches; a shard that
	// nobody searches does no such work while a crawl fills it.
	Refresh string
	// Any schema is opened, to be rebuilt. Else one that is not this program's
	// is evidence.ErrInvalid.
	Any bool
}

// An Index is an indexer.Index in Elasticsearch. It is safe for concurrent
// use, by any number of processes.
type Index struct {
	c        *elastic.Client
	settings Settings
	wait     bool
}

// New returns the index and makes it if need be. evidence.ErrInvalid: it is of
// another schema than this program's and has to be rebuilt.
func New(ctx context.Context, c *elastic.Client, s Settings) (*Index, error) {
	if s.Shards == 0 {
		s.Shards = 1
	}
	x := &Index{c: c, settings: s}
	template, err := x.template()
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	if err := c.Ensure(ctx, c.Name("evidence"), template, x.name(1), x.read(), x.write()); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	current, err := x.current(ctx)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	if version, _, err := x.parse(current); err != nil || version != schema && !s.Any {
		return nil, fmt.Errorf("open index: %w: %s is not of schema %d: run `probity rebuild`", evidence.ErrInvalid, current, schema)
	}
	return x, nil
}

// Waiting is the same index for a person's own writes: a write returns when a
// search finds it, which takes a second or so, and holds up nobody else.
func (x *Index) Waiting() *Index {
	w := *x
	w.wait = true
	return &w
}

func (x *Index) read() string  { return x.c.Name("evidence") }
func (x *Index) write() string { return x.c.Name("evidence-w") }
func (x *Index) next() string  { return x.c.Name("evidence-next") } // of a rebuild
func (x *Index) name(n int) string {
	return x.c.Name(fmt.Sprintf("evidence-v%d-%03d", schema, n))
}

// parse takes an index's name apart.
func (x *Index) parse(name string) (version, n int, err error) {
	v, number, ok := strings.Cut(strings.TrimPrefix(name, x.c.Name("evidence-v")), "-")
	if !ok {
		return 0, 0, fmt.Errorf("%w: %s is no index of ours", evidence.ErrInvalid, name)
	}
	version, err = strconv.Atoi(v)
	n, err2 := strconv.Atoi(number)
	return version, n, errors.Join(err, err2)
}

// current is the index behind the write alias.
func (x *Index) current(ctx context.Context) (string, error) {
	behind, err := x.c.Behind(ctx, x.write())
	if err != nil {
		return "", err
	}
	if len(behind) != 1 {
		return "", fmt.Errorf("%w: %d indices behind %s: want one", evidence.ErrInvalid, len(behind), x.write())
	}
	return behind[0], nil
}

// facetNames are the facets that there are.
func facetNames() []string {
	return []string{
		indexer.FacetSource, indexer.FacetClass, indexer.FacetType, indexer.FacetEntity,
		indexer.FacetGrade, indexer.FacetFact, indexer.FacetState,
	}
}

// template is how an index is made. What is only shown is kept in the source
// and nowhere else. The source is kept whole: without the folded text, which
// compresses well beside the text, Elasticsearch would keep a second source
// for its recovery, and filter each document twice.
//
// Windows of three with their positions make most of the cost of indexing,
// twice that of two, and pay for it: a phrase in a tenth of all documents is
// decided on a few rare windows instead of many frequent ones.
func (x *Index) template() (json.RawMessage, error) {
	type object = map[string]any
	shown := object{"type": "text", "index": false, "norms": false}
	sought := func(analyzer, options string) object {
		return object{"type": "text", "analyzer": analyzer, "index_options": options, "norms": false}
	}
	folded := sought("two", "docs")
	folded["fields"] = object{"one": sought("one", "docs"), "three": sought("three", "positions")}
	facets := object{}
	for _, f := range facetNames() {
		// Few values: their common numbering is made at refresh, not in a search.
		few := f != indexer.FacetEntity && f != indexer.FacetFact
		facets[f] = object{"type": "keyword", "eager_global_ordinals": few}
	}
	windows := object{}
	analyzers := object{}
	for n, name := range []string{"one", "two", "three"} {
		windows[name] = object{"type": "ngram", "min_gram": n + 1, "max_gram": n + 1}
		analyzers[name] = object{"type": "custom", "tokenizer": name}
	}
	index := object{"number_of_shards": x.settings.Shards, "auto_expand_replicas": "0-1"}
	if x.settings.Refresh != "" {
		index["refresh_interval"] = x.settings.Refresh
	}
	return json.Marshal(object{
		"index_patterns": []string{x.c.Name(fmt.Sprintf("evidence-v%d-*", schema))},
		"template": object{
			"settings": object{"index": index, "analysis": object{"tokenizer": windows, "analyzer": analyzers}},
			"mappings": object{
				"dynamic": "strict",
				"properties": object{
					"kind": object{"type": "keyword"}, "id": object{"type": "keyword"}, "date": object{"type": "keyword"},
					"rev": object{"type": "long", "index": false, "doc_values": false}, "gone": object{"type": "boolean"},
					"title": shown, "text": shown, "body": shown, "envelope": shown,
					"facets": object{"dynamic": "strict", "properties": facets},
					"folded": folded, "numbers": sought("three", "positions"),
				},
			},
		},
	})
}
