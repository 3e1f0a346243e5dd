// Package sqliteindex keeps documents and finds them in the laptop's SQLite
// file: tables index_*, full text in FTS5 over bigrams made in Go.
//
// Bigrams overlap rune by rune over everything, punctuation and spaces too,
// so a phrase query is exactly a substring search; no dictionary decides what
// a word is. It is the embedded default and the double of the index of a
// fleet; it keeps no copy of raw pages.
package sqliteindex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

var _ indexer.Index = (*Index)(nil)

// An Index is an indexer.Index in an open SQLite file.
type Index struct {
	db    *sqlitedb.DB
	known *known
}

const ddl = `
CREATE TABLE IF NOT EXISTS index_docs (
	n INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL, gone INTEGER NOT NULL,
	date TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, body BLOB NOT NULL, envelope BLOB NOT NULL, facets BLOB NOT NULL,
	UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS index_values (
	v INTEGER PRIMARY KEY, facet TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (facet, value));
CREATE TABLE IF NOT EXISTS index_columns (block INTEGER PRIMARY KEY, lines BLOB NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS index_fts USING fts5 (grams, numbers, content='', contentless_delete=1, tokenize='ascii');
`

// New returns the index of a file, and makes its tables if need be. Tables of
// format 1 of a data directory, which kept facets one by one, are brought up
// to date.
func New(ctx context.Context, db *sqlitedb.DB) (*Index, error) {
	x := &Index{db, &known{m: map[value]uint64{}}}
	err := db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(ctx, ddl); err != nil {
			return err
		}
		var old bool
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'index_facets'`).Scan(&old); err != nil || !old {
			return err
		}
		if err := x.fillColumns(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DROP TABLE index_facets; DROP INDEX IF EXISTS index_docs_date;`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	return x, nil
}

// Put implements indexer.Index.
func (x *Index) Put(ctx context.Context, docs ...indexer.Doc) error {
	return x.db.Write(ctx, func(tx *sqlitedb.Tx) error { return x.PutTx(ctx, tx, docs...) })
}

// PutTx is Put within somebody's transaction.
func (x *Index) PutTx(ctx context.Context, tx *sqlitedb.Tx, docs ...indexer.Doc) error {
	c := x.columns(tx)
	for _, d := range docs {
		if err := put(ctx, tx, c, d); err != nil {
			return errors.Join(fmt.Errorf("put %s %s: %w", d.Kind, d.ID, err), c.close(ctx)) // the caller may go on
		}
	}
	return c.close(ctx)
}

func put(ctx context.Context, tx *sqlitedb.Tx, c *columns, d indexer.Doc) error {
	facets, err := json.Marshal(d.Facets)
	if err != nil {
		return err
	}
	var n, rev int64
	err = tx.QueryRow(ctx, `SELECT n, rev FROM index_docs WHERE kind = ? AND id = ?`, d.Kind, d.ID).Scan(&n, &rev)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		if d.Rev > 1 {
			return fmt.Errorf("%w: revision %d of a document that is not there", evidence.ErrConflict, d.Rev)
		}
		err = tx.QueryRow(ctx, `INSERT INTO index_docs (kind, id, rev, gone, date, title, text, body, envelope, facets)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n`, d.Kind, d.ID, d.Rev, d.Gone, d.Date, d.Title, d.Text,
			nonNil(d.Body), nonNil(d.Envelope), facets).Scan(&n)
	case err != nil:
		return err
	case d.Rev == 0 && rev == 0:
		return nil // created once: a second time is success
	case d.Rev == rev:
		there, err := get(ctx, tx, d.Kind, d.ID)
		if err != nil || indexer.Same(d, there) {
			return err
		}
		return fmt.Errorf("%w: another revision %d is there: read it again", evidence.ErrConflict, rev)
	case d.Rev != rev+1 || rev == 0:
		return fmt.Errorf("%w: revision %d on top of %d: read it again", evidence.ErrConflict, d.Rev, rev)
	default:
		_, err = tx.Exec(ctx, `UPDATE index_docs SET rev = ?, gone = ?, date = ?, title = ?, text = ?, body = ?, envelope = ?, facets = ? WHERE n = ?`,
			d.Rev, d.Gone, d.Date, d.Title, d.Text, nonNil(d.Body), nonNil(d.Envelope), facets, n)
	}
	if err != nil {
		return err
	}
	if err := write(ctx, tx, n, d); err != nil {
		return err
	}
	return c.set(ctx, n, d)
}

// write makes document n findable by its words, or not if it is gone.
func write(ctx context.Context, tx *sqlitedb.Tx, n int64, d indexer.Doc) error {
	query, args := `DELETE FROM index_fts WHERE rowid = ?`, []any{n}
	if !d.Gone {
		query = `INSERT OR REPLACE INTO index_fts (rowid, grams, numbers) VALUES (?, ?, ?)`
		args = append(args, grams(d.Title, d.Text), grams(append(indexer.Numbers(d.Title), indexer.Numbers(d.Text)...)...))
	}
	_, err := tx.Exec(ctx, query, args...)
	return err
}

func nonNil(b json.RawMessage) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Label implements indexer.Index.
func (x *Index) Label(ctx context.Context, kind, id string, facets map[string][]string) error {
	return x.db.Write(ctx, func(tx *sqlitedb.Tx) error { return x.LabelTx(ctx, tx, kind, id, facets) })
}

// LabelTx is Label within somebody's transaction.
func (x *Index) LabelTx(ctx context.Context, tx *sqlitedb.Tx, kind, id string, facets map[string][]string) error {
	raw, err := json.Marshal(facets)
	if err != nil {
		return err
	}
	var n int64
	d := indexer.Doc{Kind: kind, ID: id, Facets: facets}
	err = tx.QueryRow(ctx, `UPDATE index_docs SET facets = ? WHERE kind = ? AND id = ? RETURNING n, gone, date`, raw, kind, id).Scan(&n, &d.Gone, &d.Date)
	if err != nil {
		return fmt.Errorf("label %s %s: %w", kind, id, err)
	}
	c := x.columns(tx)
	if err := c.set(ctx, n, d); err != nil {
		return fmt.Errorf("label %s %s: %w", kind, id, err)
	}
	return c.close(ctx)
}

const fields = `kind, id, rev, gone, date, title, text, body, envelope, facets`

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (indexer.Doc, error) {
	var d indexer.Doc
	var body, envelope, facets []byte
	if err := row.Scan(&d.Kind, &d.ID, &d.Rev, &d.Gone, &d.Date, &d.Title, &d.Text, &body, &envelope, &facets); err != nil {
		return d, err
	}
	d.Body, d.Envelope = slices.Clone(body), slices.Clone(envelope)
	return d, json.Unmarshal(facets, &d.Facets)
}

// Get implements indexer.Index.
func (x *Index) Get(ctx context.Context, kind, id string) (d indexer.Doc, err error) {
	err = x.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		d, err = get(ctx, tx, kind, id)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("get %s %s: %w", kind, id, err)
	}
	return d, nil
}

func get(ctx context.Context, tx *sqlitedb.Tx, kind, id string) (indexer.Doc, error) {
	return scan(tx.QueryRow(ctx, `SELECT `+fields+` FROM index_docs WHERE kind = ? AND id = ?`, kind, id))
}

// Scan implements indexer.Index. It reads in slices, so each may write.
func (x *Index) Scan(ctx context.Context, kind string, each func(indexer.Doc) error) error {
	for after := ""; ; {
		var docs []indexer.Doc
		err := x.db.Read(ctx, func(tx *sqlitedb.Tx) error {
			q := `SELECT ` + fields + ` FROM index_docs WHERE kind = ? AND id > ? ORDER BY id LIMIT 500`
			return tx.Each(ctx, q, []any{kind, after}, func(r *sqlitedb.Rows) error {
				d, err := scan(r)
				docs = append(docs, d)
				return err
			})
		})
		if err != nil {
			return fmt.Errorf("scan %s: %w", kind, err)
		}
		for _, d := range docs {
			if err := each(d); err != nil {
				return err
			}
			after = d.ID
		}
		if len(docs) < 500 {
			return nil
		}
	}
}

// Reset empties the index, before it is made again. Numbers of values stay.
func (x *Index) Reset(ctx context.Context) error {
	return x.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM index_docs; DELETE FROM index_columns; DELETE FROM index_fts;`)
		return err
	})
}

// FacetsTx returns the facets of a document within somebody's transaction.
func (x *Index) FacetsTx(ctx context.Context, tx *sqlitedb.Tx, kind, id string) (map[string][]string, error) {
	var raw []byte
	if err := tx.QueryRow(ctx, `SELECT facets FROM index_docs WHERE kind = ? AND id = ?`, kind, id).Scan(&raw); err != nil {
		return nil, err
	}
	var facets map[string][]string
	return facets, json.Unmarshal(raw, &facets)
}
