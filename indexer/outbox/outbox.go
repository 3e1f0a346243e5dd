// Package outbox keeps the documents that a member of a fleet resolved, in its
// own SQLite file, until the one that leads has brought them to the index that
// all search.
//
// A view is made in transactions and the index has none, so what is to be
// written there stands in the view's transaction first. Every member makes the
// same documents, since the view is a function of the ledger; only one sends
// them. When the ledger says that what follows from a run was told, the others
// drop theirs ([Outbox.Drop]); a new leader sends what was not.
//
// It remembers the facets of every document, since labels are made of the ones
// before. It finds nothing and refuses to be searched.
package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/resolve"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

var _ resolve.Documents = (*Outbox)(nil)

// An Outbox keeps documents in tables outbox_*.
type Outbox struct{ db *sqlitedb.DB }

// Open makes the tables where they are missing.
func Open(ctx context.Context, db *sqlitedb.DB) (*Outbox, error) {
	err := db.Define(ctx, `
		CREATE TABLE IF NOT EXISTS outbox_docs (
			kind TEXT NOT NULL, id TEXT NOT NULL, facets BLOB NOT NULL,
			seq INTEGER NOT NULL, -- of the last change that was not sent; 0: all were
			doc BLOB,             -- where it has to be sent whole
			PRIMARY KEY (kind, id)) WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS outbox_docs_seq ON outbox_docs (seq) WHERE seq > 0;
		CREATE TABLE IF NOT EXISTS outbox_seq (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL);
		INSERT OR IGNORE INTO outbox_seq (id, n) VALUES (1, 0);`)
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	return &Outbox{db}, nil
}

// PutTx takes documents to be sent. Revisions are not compared: the view is
// the only writer of what it makes.
func (o *Outbox) PutTx(ctx context.Context, tx *sqlitedb.Tx, docs ...indexer.Doc) error {
	for _, d := range docs {
		var body bytes.Buffer
		e := json.NewEncoder(&body)
		e.SetEscapeHTML(false) // the body comes out byte for byte
		if err := e.Encode(d); err != nil {
			return fmt.Errorf("put %s %s: %w", d.Kind, d.ID, err)
		}
		if err := o.set(ctx, tx, d, body.Bytes()); err != nil {
			return fmt.Errorf("put %s %s: %w", d.Kind, d.ID, err)
		}
	}
	return nil
}

func (o *Outbox) set(ctx context.Context, tx *sqlitedb.Tx, d indexer.Doc, body []byte) error {
	facets, err := json.Marshal(d.Facets)
	if err != nil {
		return err
	}
	var seq int64
	if err := tx.QueryRow(ctx, `UPDATE outbox_seq SET n = n + 1 RETURNING n`).Scan(&seq); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO outbox_docs (kind, id, facets, seq, doc) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET facets = excluded.facets, seq = excluded.seq, doc = coalesce(excluded.doc, doc)`, d.Kind, d.ID, facets, seq, body)
	return err
}

// KnownTx notes a document that somebody else has put, with its facets, if it
// is not known yet.
func (o *Outbox) KnownTx(ctx context.Context, tx *sqlitedb.Tx, d indexer.Doc) error {
	facets, err := json.Marshal(d.Facets)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR IGNORE INTO outbox_docs (kind, id, facets, seq) VALUES (?, ?, ?, 0)`, d.Kind, d.ID, facets)
	return err
}

// LabelTx replaces the facets of a document; evidence.ErrNotFound if it is not
// known.
func (o *Outbox) LabelTx(ctx context.Context, tx *sqlitedb.Tx, kind, id string, facets map[string][]string) error {
	if _, err := o.FacetsTx(ctx, tx, kind, id); err != nil {
		return err
	}
	if err := o.set(ctx, tx, indexer.Doc{Kind: kind, ID: id, Facets: facets}, nil); err != nil {
		return fmt.Errorf("label %s %s: %w", kind, id, err)
	}
	return nil
}

// FacetsTx returns the facets of a document; evidence.ErrNotFound if it is not
// known.
func (o *Outbox) FacetsTx(ctx context.Context, tx *sqlitedb.Tx, kind, id string) (facets map[string][]string, err error) {
	var raw []byte
	if err := tx.QueryRow(ctx, `SELECT facets FROM outbox_docs WHERE kind = ? AND id = ?`, kind, id).Scan(&raw); err != nil {
		return nil, fmt.Errorf("facets of %s %s: %w", kind, id, err)
	}
	return facets, json.Unmarshal(raw, &facets)
}

// Get finds nothing: no document's revision is ever in doubt here.
func (o *Outbox) Get(_ context.Context, kind, id string) (indexer.Doc, error) {
	return indexer.Doc{}, fmt.Errorf("get %s %s: %w", kind, id, evidence.ErrNotFound)
}

// A Sink is the index as an outbox writes to it. An error means that all have
// to come again.
type Sink interface {
	// Bring puts documents whole; what is there in a higher revision stays.
	// What can never be kept is returned and holds up nobody else.
	Bring(ctx context.Context, docs []indexer.Doc) ([]esindex.Poisoned, error)
	// LabelAll replaces facets, and returns what is not there.
	LabelAll(ctx context.Context, all []esindex.Label) ([]esindex.Label, error)
}

var _ Sink = (*esindex.Index)(nil)

const portion = 500

// A Refused document is one that the index can never keep as it is, and why.
type Refused struct {
	Doc indexer.Doc
	Err error
}

// Flush sends everything that waits, oldest first. What the index refuses for
// good stops nobody else: bury is given it, whole, before it is forgotten here.
func (o *Outbox) Flush(ctx context.Context, to Sink, bury func(context.Context, Refused) error) error {
	for {
		some, err := o.waiting(ctx)
		if err != nil || len(some) == 0 {
			return err
		}
		refused, err := send(ctx, to, some)
		if err != nil {
			return fmt.Errorf("send documents: %w", err)
		}
		for _, r := range refused {
			if err := bury(ctx, r); err != nil {
				return err
			}
		}
		if err := o.sent(ctx, some); err != nil {
			return err
		}
	}
}

// A letter is a document that waits, as of a change.
type letter struct {
	doc   indexer.Doc
	whole bool
	seq   int64
}

func (o *Outbox) waiting(ctx context.Context) (some []letter, err error) {
	err = o.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT kind, id, facets, seq, doc FROM outbox_docs WHERE seq > 0 ORDER BY seq LIMIT ?`, []any{portion}, func(r *sqlitedb.Rows) error {
			var l letter
			var kind, id string
			var facets, doc []byte
			if err := r.Scan(&kind, &id, &facets, &l.seq, &doc); err != nil {
				return err
			}
			if l.whole = doc != nil; l.whole {
				if err := json.Unmarshal(doc, &l.doc); err != nil {
					return fmt.Errorf("read %s %s: %w", kind, id, err)
				}
			}
			l.doc.Kind, l.doc.ID, l.doc.Facets = kind, id, nil
			if err := json.Unmarshal(facets, &l.doc.Facets); err != nil {
				return fmt.Errorf("read %s %s: %w", kind, id, err)
			}
			some = append(some, l)
			return nil
		})
	})
	return some, err
}

func send(ctx context.Context, to Sink, some []letter) (refused []Refused, err error) {
	var docs []indexer.Doc
	var labels []esindex.Label
	for _, l := range some {
		if l.whole {
			docs = append(docs, l.doc)
			continue
		}
		labels = append(labels, esindex.Label{Kind: l.doc.Kind, ID: l.doc.ID, Facets: l.doc.Facets})
	}
	poisoned, err := to.Bring(ctx, docs)
	if err != nil {
		return nil, err
	}
	for _, p := range poisoned {
		for _, d := range docs {
			if d.Kind == p.Kind && d.ID == p.ID {
				refused = append(refused, Refused{d, p.Err})
				break
			}
		}
	}
	_, err = to.LabelAll(ctx, labels) // what is not there was refused before
	return refused, err
}

func (o *Outbox) sent(ctx context.Context, some []letter) error {
	return o.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, l := range some {
			if _, err := tx.Exec(ctx, `UPDATE outbox_docs SET seq = 0, doc = NULL WHERE kind = ? AND id = ? AND seq = ?`, l.doc.Kind, l.doc.ID, l.seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// Drop forgets what waits: somebody else has sent it.
func (o *Outbox) Drop(ctx context.Context) error {
	return o.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE outbox_docs SET seq = 0, doc = NULL WHERE seq > 0`)
		return err
	})
}

// Waiting counts what waits.
func (o *Outbox) Waiting(ctx context.Context) (n int, err error) {
	err = o.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM outbox_docs WHERE seq > 0`).Scan(&n)
	})
	return n, err
}

// Reset forgets everything, before the view is made again.
func (o *Outbox) Reset(ctx context.Context) error {
	return o.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM outbox_docs;`)
		return err
	})
}
