package warcfiles

import (
	"context"
	"fmt"
	"math"
	"slices"

	"probity/pipeline/archive"
	"probity/pipeline/sqlitedb"
)

// The index holds committed captures only. scan_from is the offset from which
// a file may hold others; it never goes back.
func define(ctx context.Context, db *sqlitedb.DB) error {
	return db.Define(ctx, `
		CREATE TABLE IF NOT EXISTS archive_captures (
			id       TEXT PRIMARY KEY,
			file     TEXT NOT NULL,
			start    INTEGER NOT NULL,
			body     INTEGER NOT NULL,  -- of the response record, from start
			meta     INTEGER NOT NULL,  -- of the metadata record, from start
			length   INTEGER NOT NULL,
			target   TEXT NOT NULL,     -- key of the lead
			payload  TEXT NOT NULL,     -- digest of the body as received
			date     TEXT NOT NULL,     -- WARC-Date
			original TEXT NOT NULL      -- id of the capture that holds the payload; empty: this one
		) STRICT, WITHOUT ROWID;
		DROP INDEX IF EXISTS archive_targets;  -- of earlier versions: leads come in no order, so each index
		DROP INDEX IF EXISTS archive_payloads; -- by lead costs a page of the file a capture
		CREATE INDEX IF NOT EXISTS archive_leads ON archive_captures (target, date, payload, original);
		CREATE TABLE IF NOT EXISTS archive_visits (
			host TEXT NOT NULL,
			time INTEGER NOT NULL,      -- WARC-Date, nanoseconds
			id   TEXT NOT NULL,
			PRIMARY KEY (host, time, id)
		) STRICT, WITHOUT ROWID;
		CREATE TABLE IF NOT EXISTS archive_files (
			file      TEXT PRIMARY KEY,
			scan_from INTEGER NOT NULL
		) STRICT, WITHOUT ROWID;
		CREATE TABLE IF NOT EXISTS archive_dropped (
			one    INTEGER PRIMARY KEY CHECK (one = 1),
			serial INTEGER NOT NULL     -- highest of the files that were dropped: no number is given twice
		) STRICT;`)
}

const columns = `id, file, start, body, meta, length, target, payload, date, original`

func dest(e *archive.Entry) []any {
	return []any{&e.ID, &e.File, &e.Start, &e.Body, &e.Meta, &e.Length, &e.Target, &e.Payload, &e.Date, &e.Original}
}

// Find returns the entry of a capture, pending or committed;
// evidence.ErrNotFound if there is none.
func (a *Files) Find(ctx context.Context, id string) (e archive.Entry, err error) {
	a.mu.Lock()
	pending, ok := a.pending[id]
	a.mu.Unlock()
	if ok {
		return pending.Entry, nil
	}
	err = a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT `+columns+` FROM archive_captures WHERE id = ?`, id).Scan(dest(&e)...)
	})
	if err != nil {
		return e, fmt.Errorf("find capture %s: %w", id, err)
	}
	return e, nil
}

// look reports whether an id is taken here, and returns the entry that holds
// that payload of that lead; zero if none does. An empty payload nobody holds.
func (a *Files) look(ctx context.Context, id, target, payload string) (taken bool, original archive.Entry, err error) {
	a.mu.Lock()
	_, taken = a.pending[id]
	if payload != "" {
		original = a.pending[a.payloads[target+payload]].Entry
	}
	a.mu.Unlock()
	if taken || !a.held.may(id) && (payload == "" || original.ID != "" || !a.held.may(target)) {
		return taken, original, nil
	}
	err = a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT `+columns+` FROM archive_captures WHERE id = ?1
			UNION ALL SELECT * FROM (SELECT `+columns+` FROM archive_captures WHERE target = ?2 AND payload = ?3 AND original = '' LIMIT 1)`,
			[]any{id, target, payload}, func(r *sqlitedb.Rows) error {
				var e archive.Entry
				if err := r.Scan(dest(&e)...); err != nil {
					return err
				}
				switch {
				case e.ID == id:
					taken = true
				case original.ID == "" && payload != "":
					original = e
				}
				return nil
			})
	})
	return taken, original, err
}

// CommitTx ends the pending state of kept captures, within the transaction
// that settles their leads. A capture that is committed already is left as it
// is; an unknown one is evidence.ErrNotFound.
func (a *Files) CommitTx(ctx context.Context, tx *sqlitedb.Tx, ids ...string) error {
	entries := make([]kept, 0, len(ids))
	for _, id := range ids {
		a.mu.Lock()
		e, ok := a.pending[id]
		a.mu.Unlock()
		if ok {
			entries = append(entries, e)
			continue
		}
		var file string
		if err := tx.QueryRow(ctx, `SELECT file FROM archive_captures WHERE id = ?`, id).Scan(&file); err != nil {
			return fmt.Errorf("commit capture %s: %w", id, err)
		}
	}
	if err := a.insert(ctx, tx, entries); err != nil {
		return fmt.Errorf("commit captures: %w", err)
	}
	tx.OnCommit(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, id := range ids {
			e := a.pending[id]
			delete(a.pending, id)
			if key := e.Target + e.Payload; a.payloads[key] == id {
				delete(a.payloads, key)
			}
		}
	})
	return nil
}

// A kept capture is an entry with the host that was visited; empty: nobody was.
type kept struct {
	archive.Entry
	host string
}

func keptOf(l archive.Listed) kept {
	k := kept{Entry: l.Entry}
	if l.Visited() {
		k.host = l.Capture.Lead.Host()
	}
	return k
}

// await makes an entry pending. The caller holds mu.
func (a *Files) await(e kept) {
	a.pending[e.ID] = e
	if e.Original == "" {
		a.payloads[e.Target+e.Payload] = e.ID
	}
}

// Commit is CommitTx in a transaction of its own, for captures that settle no
// lead, such as robots.txt.
func (a *Files) Commit(ctx context.Context, ids ...string) error {
	return a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error { return a.CommitTx(ctx, tx, ids...) })
}

// insert writes entries into the index.
func (a *Files) insert(ctx context.Context, tx *sqlitedb.Tx, entries []kept) error {
	last := map[string]int64{} // ends by file
	for _, e := range entries {
		a.held.add(e.ID, e.Target) // before it can be seen there; if the transaction fails it is a name too many
		_, err := tx.Exec(ctx, `INSERT INTO archive_captures (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			e.ID, e.File, e.Start, e.Body, e.Meta, e.Length, e.Target, e.Payload, e.Date, e.Original)
		if err == nil {
			err = note(ctx, tx, e)
		}
		if err != nil {
			return err
		}
		last[e.File] = max(last[e.File], e.End())
	}
	for file, end := range last {
		_, err := tx.Exec(ctx, `INSERT INTO archive_files (file, scan_from) VALUES (?1, ?2)
			ON CONFLICT DO UPDATE SET scan_from = max(scan_from, excluded.scan_from)`, file, min(end, a.firstPending(file, entries)))
		if err != nil {
			return err
		}
	}
	return nil
}

// firstPending is where the first exchange of a file begins that is pending
// and not one of these.
func (a *Files) firstPending(file string, but []kept) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := int64(math.MaxInt64)
	for _, p := range a.pending {
		if p.File == file && p.Start < first && !slices.ContainsFunc(but, func(e kept) bool { return e.ID == p.ID }) {
			first = p.Start
		}
	}
	return first
}
