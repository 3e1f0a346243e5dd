package esindex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"probity/indexer"
	"probity/indexer/fold"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
)

// A stored is a document as Elasticsearch keeps it. Body and Envelope are
// strings, so that they come back byte for byte.
type stored struct {
	shown
	Folded  []string `json:"folded,omitempty"`  // title and text, each a value: no phrase reaches over
	Numbers []string `json:"numbers,omitempty"` // canonical, one by one
}

// What is shown of it is all that is read back.
type shown struct {
	Kind     string              `json:"kind"`
	ID       string              `json:"id"`
	Rev      int64               `json:"rev"`
	Gone     bool                `json:"gone"`
	Date     string              `json:"date"`
	Title    string              `json:"title"`
	Text     string              `json:"text"`
	Body     string              `json:"body"`
	Envelope string              `json:"envelope"`
	Facets   map[string][]string `json:"facets"`
}

// labels is how many bits of a version count the labels of one revision.
const labels = 20

// version is the external version of a revision just put. Append-only
// documents begin at 1, since Elasticsearch counts from there.
func version(rev int64) int64 { return max(1, rev<<labels) }

func key(kind, id string) string { return kind + ":" + id }

// longest is how long a value that is looked up whole may be, in bytes: a
// term of Lucene.
const longest = 32_766

// check reports evidence.ErrInvalid for what can never be kept, so that
// nothing is written of a batch that holds it.
func check(d indexer.Doc) error {
	if err := elastic.CheckID(key(d.Kind, d.ID)); err != nil {
		return err
	}
	if d.Kind == "" || d.ID == "" || d.Rev < 0 || d.Rev >= 1<<(62-labels) {
		return fmt.Errorf("%w: kind %q, id %q, revision %d", evidence.ErrInvalid, d.Kind, d.ID, d.Rev)
	}
	if len(d.Date) > longest {
		return fmt.Errorf("%w: a date of %d bytes", evidence.ErrInvalid, len(d.Date))
	}
	return checkFacets(d.Facets)
}

func checkFacets(facets map[string][]string) error {
	for f, values := range facets {
		if !slices.Contains(facetNames(), f) {
			return fmt.Errorf("%w: no facet is called %q", evidence.ErrInvalid, f)
		}
		for _, v := range values {
			if len(v) > longest {
				return fmt.Errorf("%w: a value of facet %s of %d bytes: at most %d", evidence.ErrInvalid, f, len(v), longest)
			}
		}
	}
	return nil
}

// op is the write of a document under a version.
func op(index string, d indexer.Doc, version int64) (elastic.Op, error) {
	s := stored{shown: shown{
		Kind: d.Kind, ID: d.ID, Rev: d.Rev, Gone: d.Gone, Date: d.Date, Title: d.Title, Text: d.Text,
		Body: string(d.Body), Envelope: string(d.Envelope), Facets: d.Facets,
	}}
	if !d.Gone {
		s.Folded = []string{fold.String(d.Title), fold.String(d.Text)}
		s.Numbers = append(indexer.Numbers(d.Title), indexer.Numbers(d.Text)...)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return elastic.Op{}, fmt.Errorf("%w: %w", evidence.ErrInvalid, err)
	}
	return elastic.Op{Index: index, ID: key(d.Kind, d.ID), Version: version, Body: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}, nil
}

// doc reads a document back.
func doc(source json.RawMessage) (indexer.Doc, error) {
	var s shown
	if err := json.Unmarshal(source, &s); err != nil {
		return indexer.Doc{}, fmt.Errorf("read document: %w", err)
	}
	return indexer.Doc{
		Kind: s.Kind, ID: s.ID, Rev: s.Rev, Gone: s.Gone, Date: s.Date, Title: s.Title, Text: s.Text,
		Body: json.RawMessage(s.Body), Envelope: json.RawMessage(s.Envelope), Facets: s.Facets,
	}, nil
}
