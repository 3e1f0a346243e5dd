// Package sqliteregistry keeps the registry of captures in the house's SQLite
// file: for tests and for a fleet of one machine. It holds what
// archive.Registry promises and nothing more; whoever loses the file makes it
// again from the indexes beside the segments.
package sqliteregistry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

var _ archive.Registry = (*Registry)(nil)

// Registry is a registry in tables registry_* of a database. It is safe for
// concurrent use.
type Registry struct{ db *sqlitedb.DB }

// Open makes the tables if need be.
func Open(ctx context.Context, db *sqlitedb.DB) (*Registry, error) {
	err := db.Define(ctx, `
		CREATE TABLE IF NOT EXISTS registry_captures (
			id      TEXT PRIMARY KEY,
			run     TEXT NOT NULL,
			sort    TEXT NOT NULL,  -- time and id
			content TEXT NOT NULL,
			holds   TEXT NOT NULL,  -- lead key and payload digest; empty: can be nobody's original
			listed  TEXT NOT NULL   -- JSON
		) STRICT, WITHOUT ROWID;
		CREATE TABLE IF NOT EXISTS registry_last (
			target TEXT PRIMARY KEY, -- key of a lead
			sort   TEXT NOT NULL,
			listed TEXT NOT NULL     -- JSON
		) STRICT, WITHOUT ROWID;
		CREATE TABLE IF NOT EXISTS registry_visits (
			whose TEXT NOT NULL,     -- "host:" and a host, "lead:" and the key of a lead
			sort  TEXT NOT NULL,
			id    TEXT NOT NULL,
			PRIMARY KEY (whose, sort)
		) STRICT, WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS registry_runs ON registry_captures (run, sort);
		CREATE INDEX IF NOT EXISTS registry_contents ON registry_captures (content, sort);
		CREATE INDEX IF NOT EXISTS registry_payloads ON registry_captures (holds) WHERE holds <> '';`)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	return &Registry{db}, nil
}

// Register implements [archive.Registry].
func (r *Registry) Register(ctx context.Context, list []archive.Listed) error {
	err := r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, l := range list {
			b, err := json.Marshal(l)
			if err != nil {
				return fmt.Errorf("%w: %w", evidence.ErrInvalid, err)
			}
			holds := ""
			if l.Holds() {
				holds = l.Target + l.Payload
			}
			_, err = tx.Exec(ctx, `INSERT INTO registry_captures (id, run, sort, content, holds, listed) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				l.ID, l.Capture.Run, l.Order(), l.Capture.Content, holds, string(b))
			if err == nil && l.Paged() {
				_, err = tx.Exec(ctx, `INSERT INTO registry_last (target, sort, listed) VALUES (?, ?, ?)
					ON CONFLICT DO UPDATE SET sort = excluded.sort, listed = excluded.listed WHERE excluded.sort > sort`, l.Target, l.Order(), string(b))
			}
			if err == nil && l.Visited() {
				_, err = tx.Exec(ctx, `INSERT INTO registry_visits (whose, sort, id) VALUES (?1, ?3, ?4), (?2, ?3, ?4) ON CONFLICT DO NOTHING`,
					"host:"+l.Capture.Lead.Host(), "lead:"+l.Target, l.Order(), l.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("register captures: %w", err)
	}
	return nil
}

// Visits implements [archive.Registry].
func (r *Registry) Visits(ctx context.Context, q archive.Visits) ([]archive.Listed, error) {
	if _, _, err := q.Check(); err != nil {
		return nil, err
	}
	whose, before := "host:"+q.Host, "~" // behind every moment
	if q.Lead != "" {
		whose = "lead:" + q.Lead
	}
	if q.Before != "" {
		before = q.Before
	}
	list, err := r.some(ctx, `SELECT listed FROM registry_visits AS v JOIN registry_captures AS c ON c.id = v.id
		WHERE v.whose = ? AND v.sort < ? ORDER BY v.sort DESC LIMIT ?`, whose, before, q.N)
	if err != nil {
		return nil, fmt.Errorf("visits of %s: %w", whose, err)
	}
	return list, nil
}

// Where implements [archive.Registry].
func (r *Registry) Where(ctx context.Context, id string) (l archive.Listed, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		l, err = scan(tx.QueryRow(ctx, `SELECT listed FROM registry_captures WHERE id = ?`, id).Scan)
		return err
	})
	if err != nil {
		return l, fmt.Errorf("where is capture %s: %w", id, err)
	}
	return l, nil
}

func scan(row func(dest ...any) error) (l archive.Listed, err error) {
	var b string
	if err = row(&b); err == nil {
		err = json.Unmarshal([]byte(b), &l)
	}
	return l, err
}

// Before implements [archive.Registry].
func (r *Registry) Before(ctx context.Context, id, target, payload string) (taken bool, original archive.Entry, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		_, err := scan(tx.QueryRow(ctx, `SELECT listed FROM registry_captures WHERE id = ?`, id).Scan)
		if taken = err == nil; err != nil && !errors.Is(err, evidence.ErrNotFound) || payload == "" {
			return err
		}
		l, err := scan(tx.QueryRow(ctx, `SELECT listed FROM registry_captures WHERE holds = ? LIMIT 1`, target+payload).Scan)
		original = l.Entry
		return err
	})
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return false, archive.Entry{}, fmt.Errorf("what was before capture %s: %w", id, err)
	}
	return taken, original, nil
}

// Last implements [archive.Registry].
func (r *Registry) Last(ctx context.Context, target string) (l archive.Listed, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		l, err = scan(tx.QueryRow(ctx, `SELECT listed FROM registry_last WHERE target = ?`, target).Scan)
		return err
	})
	if err != nil {
		return l, fmt.Errorf("last capture of lead %s: %w", target, err)
	}
	return l, nil
}

// OfRun implements [archive.Registry].
func (r *Registry) OfRun(ctx context.Context, run string, visit func(archive.Listed) error) error {
	const page = 500
	for after := ""; ; {
		list, err := r.some(ctx, `SELECT listed FROM registry_captures WHERE run = ? AND sort > ? ORDER BY sort LIMIT ?`, run, after, page)
		if err != nil {
			return fmt.Errorf("captures of run %s: %w", run, err)
		}
		for _, l := range list {
			if err := visit(l); err != nil {
				return err
			}
			after = l.Order()
		}
		if len(list) < page {
			return nil
		}
	}
}

// OfContent implements [archive.Registry].
func (r *Registry) OfContent(ctx context.Context, content string) ([]archive.Listed, error) {
	list, err := r.some(ctx, `SELECT listed FROM registry_captures WHERE content = ? ORDER BY sort`, content)
	if err != nil {
		return nil, fmt.Errorf("captures of content %s: %w", content, err)
	}
	return list, nil
}

func (r *Registry) some(ctx context.Context, query string, args ...any) (list []archive.Listed, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, query, args, func(rows *sqlitedb.Rows) error {
			l, err := scan(rows.Scan)
			list = append(list, l)
			return err
		})
	})
	return list, err
}

// Reset implements [archive.Registry].
func (r *Registry) Reset(ctx context.Context) error {
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM registry_captures; DELETE FROM registry_last; DELETE FROM registry_visits`)
		return err
	})
}
