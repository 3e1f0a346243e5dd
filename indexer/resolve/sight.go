package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"probity/indexer"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A Sighting is one capture as it was read, in one run.
type Sighting struct {
	Run     string
	Capture evidence.Capture
	Reading evidence.Reading
}

// Sight notes what a capture says. Until its run closes this is provisional:
// findable, in no fact. The same content once more in the same run changes
// nothing.
func (s *Store) Sight(ctx context.Context, g Sighting) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error { return s.SightTx(ctx, tx, g) })
}

// SightTx is Sight within somebody's transaction.
func (s *Store) SightTx(ctx context.Context, tx *sqlitedb.Tx, g Sighting) error {
	content := g.Capture.Content
	closed, err := count(ctx, tx, `SELECT count(*) FROM resolve_runs WHERE run = ?`, g.Run)
	if err != nil {
		return err
	}
	if closed > 0 {
		return fmt.Errorf("note capture %s: %w: run %s is closed", g.Capture.ID, evidence.ErrConflict, g.Run)
	}
	fresh, err := tx.Exec(ctx, `INSERT INTO resolve_read (run, content) VALUES (?, ?) ON CONFLICT DO NOTHING`, g.Run, content)
	if err != nil || fresh == 0 {
		return err
	}
	if err := started(ctx, tx, g.Run, g.Capture.Lead.Source, g.Capture.Time); err != nil {
		return err
	}
	last := map[string]int{} // of a record stated twice on one page the later one speaks
	for i, r := range g.Reading.Records {
		last[r.ID()] = i
	}
	for i, r := range g.Reading.Records {
		if last[r.ID()] == i {
			if err := s.note(ctx, tx, g, r); err != nil {
				return fmt.Errorf("note record %s of %s: %w", r.Key, g.Capture.Lead.URL, err)
			}
		}
	}
	return quarantine(ctx, tx, g)
}

// started notes when the first page of a source was asked for in a run.
func started(ctx context.Context, tx *sqlitedb.Tx, run, source string, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO resolve_searches (source, run, started, position, closed, result, scope) VALUES (?, ?, ?, 0, 0, '', '')
		ON CONFLICT (source, run) DO UPDATE SET started = min(started, excluded.started)`, source, run, at.UnixNano())
	return err
}

// note keeps one record of a capture: what the run says of it, its citations,
// and a provisional document where there is none yet.
func (s *Store) note(ctx context.Context, tx *sqlitedb.Tx, g Sighting, r evidence.Record) error {
	body, err := canon.JSON(r)
	if err != nil {
		return err
	}
	id := r.ID()
	sight := Sight{Record: r, Digest: evidence.DigestBytes(body), Run: g.Run, Time: g.Capture.Time, Page: g.Capture.Lead.Key()}
	if err := cite(ctx, tx, id, sight.Digest, g.Capture.Content, r.Citations); err != nil {
		return err
	}
	before, err := sightOf(ctx, tx, g.Run, id)
	if err == nil && !better(sight, before) {
		return nil
	}
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_sights (run, record, source, time, page, digest, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		g.Run, id, r.Source, g.Capture.Time.UnixNano(), sight.Page, sight.Digest, body)
	if err != nil {
		return err
	}
	d := recordDoc(id, sight.Digest, r, tags{state: "provisional"})
	return s.create(ctx, tx, d, body)
}

func sightOf(ctx context.Context, tx *sqlitedb.Tx, run, record string) (Sight, error) {
	var g Sight
	var at int64
	err := tx.QueryRow(ctx, `SELECT time, page, digest FROM resolve_sights WHERE run = ? AND record = ?`, run, record).Scan(&at, &g.Page, &g.Digest)
	g.Run, g.Time = run, time.Unix(0, at).UTC()
	return g, err
}

func cite(ctx context.Context, tx *sqlitedb.Tx, record, digest, content string, cites []evidence.Citation) error {
	all := make([]evidence.Citation, len(cites))
	copy(all, cites)
	for i := range all {
		all[i].Content = content
	}
	b, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("write citations: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_cites (record, digest, content, body) VALUES (?, ?, ?, ?)`, record, digest, content, b)
	return err
}

func quarantine(ctx context.Context, tx *sqlitedb.Tx, g Sighting) error {
	source, content := g.Capture.Lead.Source, g.Capture.Content
	for i, q := range g.Reading.Quarantined {
		b, err := json.Marshal(q)
		if err != nil {
			return fmt.Errorf("write quarantined row: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_quarantine (run, source, content, row, body) VALUES (?, ?, ?, ?, ?)`, g.Run, source, content, i, b); err != nil {
			return err
		}
		for _, name := range q.Names {
			if _, err := tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_quarantine_names (name, run, source, content, row) VALUES (?, ?, ?, ?, ?)`, name, g.Run, source, content, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func count(ctx context.Context, tx *sqlitedb.Tx, query string, args ...any) (n int, err error) {
	err = tx.QueryRow(ctx, query, args...).Scan(&n)
	return n, err
}

// create puts a document that is not there yet.
func (s *Store) create(ctx context.Context, tx *sqlitedb.Tx, d document, body []byte) error {
	n, err := count(ctx, tx, `SELECT count(*) FROM resolve_docs WHERE kind = ? AND id = ?`, indexer.RecordDoc, d.doc.ID)
	if err != nil || n > 0 {
		return err
	}
	d.doc.Body = body
	return s.put(ctx, tx, d)
}
