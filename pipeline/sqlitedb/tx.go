package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
)

// A Tx is a transaction. It ends with the function it was given to, and is
// not safe for concurrent use.
type Tx struct {
	tx    *sql.Tx
	db    *DB
	after []func()
}

// OnCommit has f run after the transaction has been committed, and never if it
// is not. It is how a backend wakes those who wait for what it wrote.
func (t *Tx) OnCommit(f func()) { t.after = append(t.after, f) }

// Exec runs one statement (or, without arguments, several) and returns how
// many rows the last one changed. A generated key is had by RETURNING and
// QueryRow.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, t.db.fault("run statement", err)
	}
	return res.RowsAffected()
}

// Query runs a query; the caller closes the rows. Each is shorter.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	rows, err := t.tx.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // handed on
	if err != nil {
		return nil, t.db.fault("query", err)
	}
	return &Rows{rows: rows, db: t.db}, nil
}

// QueryRow runs a query of which the first row is wanted. Its error is
// Scan's; no row is evidence.ErrNotFound.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	return &Row{row: t.tx.QueryRowContext(ctx, query, args...), db: t.db}
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
	rows *sql.Rows
	db   *DB
}

// Next goes to the next row and reports whether there is one.
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan copies the row's columns to what dest points to.
func (r *Rows) Scan(dest ...any) error { return r.db.fault("scan row", r.rows.Scan(dest...)) }

// Err returns what ended Next, if not the end of the rows.
func (r *Rows) Err() error { return r.db.fault("read rows", r.rows.Err()) }

// Close ends the query. A second time it does nothing.
func (r *Rows) Close() error { return r.db.fault("close rows", r.rows.Close()) }

// A Row is one row of an answer, or the error that there is none.
type Row struct {
	row *sql.Row
	db  *DB
}

// Scan copies the row's columns to what dest points to.
func (r *Row) Scan(dest ...any) error { return r.db.fault("scan row", r.row.Scan(dest...)) }
