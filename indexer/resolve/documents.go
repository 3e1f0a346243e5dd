package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"probity/indexer"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A document is one in the making. Its sum tells whether it has to be put
// again; its body is made only then. Where only facets changed it is labelled
// anew, and keeps its revision.
type document struct {
	doc    indexer.Doc
	sum    string
	labels string
	body   any
}

// tags are what a record's document is found by besides its words.
type tags struct {
	entities, facts []string
	state           string
}

// recordDoc is the document of a record's current version.
func recordDoc(id, digest string, r evidence.Record, t tags) document {
	typ := types[r.Type]
	d := indexer.Doc{Kind: indexer.RecordDoc, ID: id, Date: string(ownDate(r)), Facets: map[string][]string{
		indexer.FacetSource: {r.Source}, indexer.FacetType: {r.Type}, indexer.FacetClass: {strconv.Itoa(typ.Class)},
		indexer.FacetEntity: t.entities, indexer.FacetFact: t.facts, indexer.FacetState: {t.state},
	}}
	var names []string
	for _, p := range r.Parties {
		if p.Name != "" && p.Role == evidence.RoleSubject && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	d.Title = title(typ, r.Fields["number"], names)
	d.Text = said(typ, r.Fields, r.Parties)
	clean(&d)
	labels := evidence.Digest("labels", strings.Join(t.entities, ","), strings.Join(t.facts, ","), t.state)
	return document{doc: d, sum: evidence.Digest("record-doc", digest), labels: labels, body: r}
}

// Provisional are the documents of records that were read in an open run, for
// an index that is not in the store's own transaction: stand-ins of revision 0,
// until the run closes and the store puts its own.
func Provisional(records []evidence.Record) ([]indexer.Doc, error) {
	docs := make([]indexer.Doc, 0, len(records))
	for _, r := range records {
		body, err := canon.JSON(r)
		if err != nil {
			return nil, fmt.Errorf("document of record %s: %w", r.Key, err)
		}
		d := recordDoc(r.ID(), evidence.DigestBytes(body), r, tags{state: "provisional"})
		d.doc.Body = body
		docs = append(docs, d.doc)
	}
	return docs, nil
}

// factDoc is the document of a fact, as its entity is called today.
func factDoc(f evidence.Fact, name string, today evidence.Date, plain []byte) document {
	typ := types[f.Type]
	state := f.State(today)
	d := indexer.Doc{Kind: indexer.FactDoc, ID: f.ID, Date: string(f.Date), Facets: map[string][]string{
		indexer.FacetSource: f.Sources, indexer.FacetType: {f.Type}, indexer.FacetClass: {strconv.Itoa(typ.Class)},
		indexer.FacetEntity: {f.Entity}, indexer.FacetFact: {f.ID}, indexer.FacetState: {state},
	}}
	d.Title = title(typ, f.Fields["number"], []string{name})
	d.Text = said(typ, f.Fields, nil)
	clean(&d)
	return document{doc: d, sum: evidence.Digest("fact-doc", string(plain), name), labels: state, body: f}
}

// entityDoc is the document of an entity.
func entityDoc(e evidence.Entity, plain []byte) document {
	d := indexer.Doc{Kind: indexer.EntityDoc, ID: e.ID, Title: nameOf(e, ""), Facets: map[string][]string{indexer.FacetEntity: {e.ID}}}
	if d.Title == "" {
		d.Title = e.Anchor.Value
	}
	var lines []string
	for _, n := range e.Names {
		lines = append(lines, n.Name)
	}
	for _, id := range e.Identifiers {
		lines = append(lines, id.Value)
	}
	for _, r := range e.Relations {
		lines = append(lines, r.To.Value)
	}
	d.Text = strings.Join(lines, "\n")
	return document{doc: d, sum: evidence.Digest("entity-doc", string(plain)), body: e}
}

func clean(d *indexer.Doc) {
	for k, v := range d.Facets {
		if len(v) == 0 || len(v) == 1 && (v[0] == "" || v[0] == "0") {
			delete(d.Facets, k)
		}
	}
}

func title(typ evidence.RecordType, number string, names []string) string {
	return strings.Join(slices.DeleteFunc([]string{or(typ.Title, typ.Name), number, strings.Join(names, "、")}, func(s string) bool { return s == "" }), " ")
}

// said writes fields as lines, label and value, in the vocabulary's order, and
// then who is named.
func said(typ evidence.RecordType, fields map[string]string, parties []evidence.Party) string {
	var b strings.Builder
	for _, f := range typ.Fields {
		if v := fields[f.Name]; v != "" {
			b.WriteString(f.Title + "：" + v + "\n")
		}
	}
	for _, p := range parties {
		b.WriteString("当事人：" + p.Name)
		for _, id := range p.Identifiers {
			b.WriteString(" " + id.Value)
		}
		for _, u := range p.Unchecked {
			b.WriteString(" " + u)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// put puts a document one revision on, if it changed.
func (s *Store) put(ctx context.Context, tx *sqlitedb.Tx, d document) error {
	var rev int64
	var sum, labels string
	err := tx.QueryRow(ctx, `SELECT rev, sum, labels FROM resolve_docs WHERE kind = ? AND id = ?`, d.doc.Kind, d.doc.ID).Scan(&rev, &sum, &labels)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	if d.doc.Gone {
		d.sum = "gone"
	}
	switch {
	case sum == d.sum && labels == d.labels:
		return nil
	case sum == d.sum:
		d.doc.Rev = rev
		err = s.docs.LabelTx(ctx, tx, d.doc.Kind, d.doc.ID, d.doc.Facets)
	default:
		d.doc.Rev = rev + 1
		err = s.replace(ctx, tx, &d)
	}
	if err != nil {
		return fmt.Errorf("put %s %s: %w", d.doc.Kind, d.doc.ID, err)
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_docs (kind, id, rev, sum, labels) VALUES (?, ?, ?, ?, ?)`, d.doc.Kind, d.doc.ID, d.doc.Rev, d.sum, d.labels)
	return err
}

// replace makes the body and puts the document, on top of whatever an index
// that was not emptied for a rebuild still holds.
func (s *Store) replace(ctx context.Context, tx *sqlitedb.Tx, d *document) (err error) {
	if d.doc.Body == nil {
		if d.doc.Body, err = canon.JSON(d.body); err != nil {
			return err
		}
	}
	err = s.docs.PutTx(ctx, tx, d.doc)
	if !errors.Is(err, evidence.ErrConflict) {
		return err
	}
	old, missing := s.docs.Get(ctx, d.doc.Kind, d.doc.ID)
	if missing != nil {
		return errors.Join(err, missing)
	}
	d.doc.Rev = old.Rev + 1
	return s.docs.PutTx(ctx, tx, d.doc)
}

// nameOf is what an entity is called on a day; an empty day is the latest.
func nameOf(e evidence.Entity, day evidence.Date) string {
	for _, n := range slices.Backward(e.Names) {
		if n.Registered && (day == "" && n.To == "" || day != "" && borne(n, day)) {
			return n.Name
		}
	}
	if len(e.Names) == 0 {
		return ""
	}
	if e.Names[0].Registered {
		return e.Names[len(e.Names)-1].Name
	}
	return e.Names[0].Name
}
