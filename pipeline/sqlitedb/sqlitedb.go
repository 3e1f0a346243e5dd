// Package sqlitedb is the house's one door to SQLite (modernc.org/sqlite,
// without cgo): one file, one writer at a time, some readers beside it.
//
// Everything that the embedded backends keep stands in one file, so that one
// transaction can settle a lead, queue a capture and index it, or none of
// these. Journal WAL with synchronous NORMAL: what Write has returned survives
// the end of the process; a power cut may take the last transactions, never
// the order among them. That is enough, since archive and ledger are synced
// before and whatever stands here follows from these: what they hold beyond
// it is taken up at the next start. A write transaction begins IMMEDIATE, so
// it never finds out half way that somebody else was writing.
//
// Errors speak the house's language: no row is evidence.ErrNotFound, a unique
// key taken is evidence.ErrConflict, a full disk or a file that stays locked
// is evidence.ErrUnavailable, a damaged file is evidence.ErrInvalid.
package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// readers is how many read transactions run at once.
const readers = 4

// A DB is one open SQLite file. It is safe for concurrent use.
type DB struct {
	path        string
	write, read *pool
}

// Open opens the file at path and makes it if need be.
func Open(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d := &DB{path: path}
	if d.write, err = connect(path, "BEGIN IMMEDIATE", 1); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if d.read, err = connect(path, "BEGIN", readers); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, errors.Join(err, d.write.close()))
	}
	// The writer first: it makes the file and turns the journal to WAL.
	if err := d.Write(ctx, func(*Tx) error { return nil }); err != nil {
		return nil, errors.Join(d.fault("open", err), d.Close())
	}
	return d, nil
}

// connect opens n connections. The journal is folded in at 32 MiB: what a crawl
// writes comes in no order of the file, so most pages of it are written several
// times before that, and each time less is one less to carry over.
func connect(path, begin string, n int) (*pool, error) {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)",
		"cache_size(-16384)", "temp_store(MEMORY)", "journal_size_limit(67108864)",
		"wal_autocheckpoint(8192)",
	}}
	if begin == "BEGIN" {
		q.Add("_pragma", "query_only(1)")
	}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	return newPool(db, begin, n), nil
}

// Close closes the file.
func (d *DB) Close() error {
	err := d.read.close()
	return errors.Join(err, d.write.close()) // the writer last: it folds the journal in
}

// Path returns the path of the file.
func (d *DB) Path() string { return d.path }

// Define runs data definition, such as CREATE TABLE IF NOT EXISTS; several
// statements are one transaction.
func (d *DB) Define(ctx context.Context, ddl string) error {
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, ddl)
		return err
	})
}

// Write runs do in a write transaction, one at a time, and commits if it
// returns nil. Nothing of it stands if do returns an error or panics.
func (d *DB) Write(ctx context.Context, do func(*Tx) error) error {
	return d.run(ctx, d.write, "write", do)
}

// Read runs do in a read transaction: it sees one state of the database
// throughout, while writers go on. A statement that writes is refused.
func (d *DB) Read(ctx context.Context, do func(*Tx) error) error {
	return d.run(ctx, d.read, "read", do)
}

func (d *DB) run(ctx context.Context, pool *pool, verb string, do func(*Tx) error) (err error) {
	s, err := pool.take(ctx)
	if err != nil {
		return d.fault("begin "+verb, err)
	}
	defer pool.give(s)
	open := true
	defer func() {
		if open { // do failed or panicked, or ctx ended while the transaction began
			undo := s.run(context.WithoutCancel(ctx), "ROLLBACK")
			if undo != nil && !strings.Contains(undo.Error(), "no transaction is active") { // a full disk rolls back by itself
				err = errors.Join(err, d.fault("roll back "+verb, undo), s.discard())
			}
		}
	}()
	if err := s.run(ctx, pool.begin); err != nil {
		return d.fault("begin "+verb, err)
	}
	tx := &Tx{session: s, db: d}
	if err := do(tx); err != nil {
		return err
	}
	if err := s.run(ctx, "COMMIT"); err != nil {
		return d.fault("commit "+verb, err)
	}
	open = false
	for _, f := range tx.after {
		f()
	}
	return nil
}
