// Package indexer turns records into facts and entities, keeps them as
// documents, and finds them again.
//
//	resolve      records -> entities and facts, in whatever order they came
//	fold         how text is folded for search, rune by rune
//	sqliteindex  documents and search in the laptop's SQLite file
//	indextest    the promise of an [Index], in sentences
//
// The index is a view: whatever is in it can be made again from the archive
// and the ledger. It never decides what is true, and an evaluator's search
// never uses a dictionary: a phrase finds exactly the documents that contain it.
package indexer

import (
	"bytes"
	"context"
	"encoding/json"
)

// Kinds of documents.
const (
	ContentDoc    = "content" // the text of one content, as decoded and masked
	RecordDoc     = "record"  // a record's current version
	FactDoc       = "fact"
	EntityDoc     = "entity"
	EvaluationDoc = "evaluation" // an issue, append-only
)

// A Doc is one document. Body is canonical JSON and is what two indexes are
// compared by; the rest can be made from it and from what stands around it.
type Doc struct {
	Kind string
	ID   string // an ASCII digest
	// Rev is 0 for append-only documents, which are created once: putting
	// them again is success. Others start at 1 and are replaced only from
	// Rev-1; anything else is evidence.ErrConflict, but for the very same
	// document again.
	Rev      int64
	Body     json.RawMessage
	Envelope json.RawMessage     // not compared: locations, first and last seen, look times
	Title    string              // shown, and searched
	Text     string              // searched; original runes, so that highlights land
	Date     string              // 2006-01-02: the thing's own date, for ranges and order
	Facets   map[string][]string // see the Facet constants
	Gone     bool                // withdrawn: kept, found by id, not by search
}

// Same reports whether two documents are the same in all but their facets,
// which are replaced by labels and have no revision.
func Same(a, b Doc) bool {
	return a.Kind == b.Kind && a.ID == b.ID && a.Rev == b.Rev && a.Gone == b.Gone && a.Date == b.Date && a.Title == b.Title &&
		a.Text == b.Text && bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Envelope, b.Envelope)
}

// Facets of documents.
const (
	FacetSource = "source"
	FacetClass  = "class"  // 1-5 of Article 10
	FacetType   = "type"   // record type
	FacetEntity = "entity" // entity id
	FacetGrade  = "grade"  // of the entities concerned, now
	FacetFact   = "fact"   // fact id, for grouping hits
	FacetState  = "state"  // provisional, in force …
)

// An Index keeps documents and finds them. Every implementation must pass
// indextest.Run.
type Index interface {
	// Put stores documents, all or none: each is checked before any is
	// written. A wrong Rev is evidence.ErrConflict; a document that is there
	// just so already, labels aside, is success. After evidence.ErrUnavailable,
	// or a conflict with somebody who wrote at the same moment, an index
	// without transactions may hold some of them; putting the same again makes
	// it whole.
	Put(ctx context.Context, docs ...Doc) error
	// Get returns a document, evidence.ErrNotFound if there is none.
	Get(ctx context.Context, kind, id string) (Doc, error)
	// Search finds documents that contain the query's words.
	Search(ctx context.Context, q Query) (Page, error)
	// Scan calls each with every document of a kind, in order of id.
	Scan(ctx context.Context, kind string, each func(Doc) error) error
	// Label replaces the facets of a document, which are no part of its body;
	// evidence.ErrNotFound if there is none.
	Label(ctx context.Context, kind, id string, facets map[string][]string) error
}

// A Query asks for documents. Words are split at white space, "quoted words"
// are kept together; every one is a phrase that must occur, folded, as a
// substring of Title or Text. A query that is a document or case number finds
// it in any of its bracket, width and spacing forms too (MODEL 8).
type Query struct {
	Words  string
	Kinds  []string            // empty: all
	Filter map[string][]string // facet -> any of these values
	From   string              // Date >= From
	To     string              // Date <= To
	Facets []string            // facets to count
	Sort   string              // "" newest first, "oldest"
	Size   int                 // hits a page, 20 if 0, at most 100
	Cursor string              // opaque, from Page.Next
}

// A Page is one page of hits. Total and Facets are exact.
type Page struct {
	Hits   []Hit
	Total  int
	Facets map[string][]Count
	Next   string // empty: no more
}

// A Hit is a document with where the words stand in it.
type Hit struct {
	Doc      Doc
	Passages []Passage
}

// A Passage is a piece of a document's text with the words marked.
type Passage struct {
	Start, End int      // runes of Text (Field "text") or Title
	Field      string   // text or title
	Text       string   // those runes
	Marks      [][2]int // runes of the whole field, each [start,end)
}

// A Count is how many documents have a facet's value.
type Count struct {
	Value string
	Docs  int
}
