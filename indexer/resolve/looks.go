package resolve

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// AddLook takes in a look, as the ledger has it at a position. The same look
// again changes nothing.
func (s *Store) AddLook(ctx context.Context, l evidence.Look, position int64) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error { return s.AddLookTx(ctx, tx, l, position) })
}

// AddLookTx is AddLook within somebody's transaction.
func (s *Store) AddLookTx(ctx context.Context, tx *sqlitedb.Tx, l evidence.Look, position int64) error {
	l.Undecided = 0 // of the entity that it is handed out for
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write look: %w", err)
	}
	scope, err := json.Marshal([]any{l.Kind, l.Scope, l.Indicators, l.MaxAgeDays})
	if err != nil {
		return fmt.Errorf("write scope: %w", err)
	}
	fresh, err := tx.Exec(ctx, `INSERT INTO resolve_looks (id, position, source, result, scope, whole, day, time, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		l.ID, position, l.Source, l.Result, evidence.DigestBytes(scope), len(l.Scope.Subjects) == 0, string(l.Date()), l.Time.UnixNano(), b)
	if err != nil || fresh == 0 {
		return err
	}
	for _, subject := range l.Scope.Subjects {
		if _, err := tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_look_subjects (subject, look) VALUES (?, ?)`, subject, l.ID); err != nil {
			return err
		}
	}
	return nil
}

// looks returns the looks that contain an entity on their own date, whatever
// came of them. Of each search (source, scope, result) the newest until the
// day asked for, which decides, and the first one after it: for events a later
// look speaks for the time before it too (MODEL 2).
func looks(ctx context.Context, tx *sqlitedb.Tx, e evidence.Entity, asOf evidence.Date, known int64) ([]evidence.Look, error) {
	var out []evidence.Look
	var subjects []string
	for _, id := range e.Identifiers {
		subjects = append(subjects, id.String())
	}
	for _, r := range e.Relations {
		if r.Kind == "shop" || r.Kind == "site" {
			subjects = append(subjects, r.To.String())
		}
	}
	add := func(r *sqlitedb.Rows) error {
		var b []byte
		var at int64
		if err := r.Scan(&b, &at); err != nil {
			return err
		}
		var l evidence.Look
		if err := json.Unmarshal(b, &l); err != nil {
			return err
		}
		area, _ := areaOn(e, l.Date())
		if l.Scope.Contains(e.Kind, area, namesOn(e, l.Date())) {
			out = append(out, l)
		}
		return nil
	}
	for _, side := range []string{`max(l.time) FROM %s WHERE l.day <= ?`, `min(l.time) FROM %s WHERE l.day > ?`} {
		for _, from := range []string{`resolve_looks l`, `resolve_look_subjects s JOIN resolve_looks l ON l.id = s.look`} {
			q, args := `SELECT l.body, `+fmt.Sprintf(side, from)+` AND (? = 0 OR l.position <= ?)`, []any{string(asOf), known, known}
			if from == `resolve_looks l` {
				q += ` AND l.whole`
			} else {
				q, args = q+` AND s.subject IN (SELECT value FROM json_each(?))`, append(args, list(subjects))
			}
			if err := tx.Each(ctx, q+` GROUP BY l.source, l.result, l.scope`, args, add); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(out, compareLooks)
	return out, nil
}

func compareLooks(a, b evidence.Look) int {
	if c := a.Time.Compare(b.Time); c != 0 {
		return c
	}
	if a.ID < b.ID {
		return -1
	}
	return 1
}

// areaOn is the registered area on a day, else the USCC's, marked inferred.
func areaOn(e evidence.Entity, day evidence.Date) (area string, inferred bool) {
	for i, a := range e.Areas {
		if i == 0 || a.From <= day {
			area, inferred = a.Area, a.Inferred
		}
	}
	return area, inferred
}

// namesOn are the identifiers that a look may have been made for: the codes,
// and the shops and sites of the day.
func namesOn(e evidence.Entity, day evidence.Date) []string {
	var out []string
	for _, id := range e.Identifiers {
		out = append(out, id.String())
	}
	for _, r := range e.Relations {
		if (r.Kind == "shop" || r.Kind == "site") && holdsOn(r, day) {
			out = append(out, r.To.String())
		}
	}
	return out
}

func holdsOn(r evidence.Relation, day evidence.Date) bool {
	return r.From <= day && (r.Until == "" || day < r.Until)
}
