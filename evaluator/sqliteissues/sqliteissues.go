// Package sqliteissues keeps the issues of evaluations in the laptop's SQLite
// file: which result each entity was given, when, and which stands now.
//
// It is a view of the ledger, which holds every issue by digest; a rebuild
// makes it again from there. It refuses to change an issue: a later one
// supersedes it and says so by naming it.
package sqliteissues

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// An Issue is one evaluation as it was issued.
type Issue struct {
	ID         string              `json:"id"` // Digest("issue", entity, date, digest of the evaluation)
	Entity     string              `json:"entity"`
	Date       evidence.Date       `json:"date"`
	Previous   string              `json:"previous,omitempty"` // the issue that it supersedes
	First      bool                `json:"first,omitempty"`
	Until      evidence.Date       `json:"until,omitempty"`       // last day of publicity
	Soft       bool                `json:"provisional,omitempty"` // Until rests on a year without a table of working days
	Body       string              `json:"body"`                  // digest of the evaluation
	Seal       string              `json:"seal"`                  // digest of the sealed inputs
	Evaluation evidence.Evaluation `json:"evaluation"`
	Position   int64               `json:"position"` // in the ledger
}

// Issues keeps issues in table evaluator_issues.
type Issues struct{ db *sqlitedb.DB }

// Open returns the issues of a file.
func Open(ctx context.Context, db *sqlitedb.DB) (*Issues, error) {
	err := db.Define(ctx, `
		CREATE TABLE IF NOT EXISTS evaluator_issues (
			id TEXT PRIMARY KEY, entity TEXT NOT NULL, position INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS evaluator_issues_entity ON evaluator_issues (entity, position);
		CREATE TABLE IF NOT EXISTS evaluator_due (entity TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS evaluator_due_day ON evaluator_due (day);`)
	if err != nil {
		return nil, fmt.Errorf("open issues: %w", err)
	}
	return &Issues{db}, nil
}

// PutTx keeps an issue; a second time changes nothing.
func (s *Issues) PutTx(ctx context.Context, tx *sqlitedb.Tx, i Issue) error {
	body, err := json.Marshal(i)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR IGNORE INTO evaluator_issues (id, entity, position, body) VALUES (?, ?, ?, ?)`, i.ID, i.Entity, i.Position, body)
	return err
}

// Last returns the newest issue of an entity that was known at a position of
// the ledger (0: now); evidence.ErrNotFound if there is none.
func (s *Issues) Last(ctx context.Context, entity string, known int64) (i Issue, err error) {
	if known == 0 {
		known = 1 << 62
	}
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		var body []byte
		q := `SELECT body FROM evaluator_issues WHERE entity = ? AND position <= ? ORDER BY position DESC LIMIT 1`
		if err := tx.QueryRow(ctx, q, entity, known).Scan(&body); err != nil {
			return err
		}
		return json.Unmarshal(body, &i)
	})
	return i, err
}

// Grade returns the grade of an entity's newest issue without reading all of
// it; empty if there is none.
func (s *Issues) Grade(ctx context.Context, entity string) (grade string, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		q := `SELECT coalesce(CAST(body AS TEXT) ->> '$.evaluation.grade', '') FROM evaluator_issues WHERE entity = ? ORDER BY position DESC LIMIT 1`
		return tx.QueryRow(ctx, q, entity).Scan(&grade)
	})
	if errors.Is(err, evidence.ErrNotFound) {
		return "", nil
	}
	return grade, err
}

// All returns the issues of an entity, oldest first; of all entities where it
// is empty.
func (s *Issues) All(ctx context.Context, entity string) (all []Issue, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		q := `SELECT body FROM evaluator_issues WHERE ? IN ('', entity) ORDER BY position, id`
		return tx.Each(ctx, q, []any{entity}, func(r *sqlitedb.Rows) error {
			var body []byte
			if err := r.Scan(&body); err != nil {
				return err
			}
			var i Issue
			err := json.Unmarshal(body, &i)
			all = append(all, i)
			return err
		})
	})
	return all, err
}

// DueTx notes the first day on which an entity's result changes by itself;
// the empty day takes the note away.
func (s *Issues) DueTx(ctx context.Context, tx *sqlitedb.Tx, entity string, day evidence.Date) error {
	if day == "" {
		_, err := tx.Exec(ctx, `DELETE FROM evaluator_due WHERE entity = ?`, entity)
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO evaluator_due (entity, day) VALUES (?, ?) ON CONFLICT (entity) DO UPDATE SET day = excluded.day`, entity, string(day))
	return err
}

// Due returns the entities whose result changes by itself on or before a day.
func (s *Issues) Due(ctx context.Context, on evidence.Date) (ids []string, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT entity FROM evaluator_due WHERE day <= ? ORDER BY entity`, []any{string(on)}, func(r *sqlitedb.Rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}

// Reset forgets everything, before a rebuild.
func (s *Issues) Reset(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM evaluator_issues; DELETE FROM evaluator_due;`)
		return err
	})
}

// Count counts all issues.
func (s *Issues) Count(ctx context.Context) (n int, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM evaluator_issues`).Scan(&n)
	})
	return n, err
}
