package sqlitedb

import (
	"context"
	"database/sql"
	"errors"

	"probity/pipeline/evidence"
)

// A Tx is a transaction. It ends with the function it was given to, and is
// not safe for concurrent use.
type Tx struct {
	session *session
	db      *DB
	after   []func()
}

// OnCommit has f run after the transaction has been committed, and never if it
// is not. It is how a backend wakes those who wait for what it wrote.
func (t *Tx) OnCommit(f func()) { t.after = append(t.after, f) }

// Exec runs one statement (or, without arguments, several) and returns how
// many rows the last one changed. A generated key is had by RETURNING and
// QueryRow.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	p, err := t.session.prepare(ctx, query, args)
	if err != nil {
		return 0, t.db.fault("prepare statement", err)
	}
	defer p.release()
	var res sql.Result
	if p.stmt != nil {
		res, err = p.stmt.ExecContext(ctx, args...)
	} else {
		res, err = t.session.conn.ExecContext(ctx, query, args...)
	}
	if err != nil {
		return 0, t.db.fault("run statement", err)
	}
	return res.RowsAffected()
}

// Query runs a query; the caller closes the rows. Each is shorter.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	p, err := t.session.prepare(ctx, query, args)
	if err != nil {
		return nil, t.db.fault("prepare query", err)
	}
	var rows *sql.Rows
	if p.stmt != nil {
		rows, err = p.stmt.QueryContext(ctx, args...) //nolint:rowserrcheck,sqlclosecheck // handed on
	} else {
		rows, err = t.session.conn.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // handed on
	}
	if err != nil {
		p.release()
		return nil, t.db.fault("query", err)
	}
	return &Rows{rows: rows, db: t.db, prepared: p}, nil
}

// QueryRow runs a query of which the first row is wanted. Its error is
// Scan's; no row is evidence.ErrNotFound.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := t.Query(ctx, query, args...)
	return &Row{rows: rows, err: err, db: t.db}
}

// Each runs a query and calls do at each row, until one fails. The
// transaction may be used inside do.
func (t *Tx) Each(ctx context.Context, query string, args []any, do func(*Rows) error) (err error) {
	rows, err := t.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Rows is the answer to a query, read by Next and Scan.
type Rows struct {
	rows     *sql.Rows
	db       *DB
	prepared *prepared
}

// Next goes to the next row and reports whether there is one.
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan copies the row's columns to what dest points to.
func (r *Rows) Scan(dest ...any) error { return r.db.fault("scan row", r.rows.Scan(dest...)) }

// Err returns what ended Next, if not the end of the rows.
func (r *Rows) Err() error { return r.db.fault("read rows", r.rows.Err()) }

// Close ends the query. A second time it does nothing.
func (r *Rows) Close() error {
	err := r.rows.Close()
	r.prepared.release()
	r.prepared = &prepared{}
	return r.db.fault("close rows", err)
}

// A Row is one row of an answer, or the error that there is none.
type Row struct {
	rows *Rows
	err  error
	db   *DB
}

// Scan copies the row's columns to what dest points to, and ends the query.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.scan(dest)
	return errors.Join(err, r.rows.Close())
}

func (r *Row) scan(dest []any) error {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return evidence.ErrNotFound
	}
	for _, d := range dest {
		if _, ok := d.(*sql.RawBytes); ok {
			return r.db.fault("scan row", errors.New("the bytes of a row end with it: scan into []byte"))
		}
	}
	return r.rows.Scan(dest...)
}
