package resolve

import (
	"cmp"
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
	subjects := list(namesOn(e, ""))
	var out []evidence.Look
	for _, side := range []string{`max(l.time) FROM %s WHERE l.day <= ?`, `min(l.time) FROM %s WHERE l.day > ?`} {
		const when = ` AND (? = 0 OR l.position <= ?)`
		const each = ` GROUP BY l.source, l.result, l.scope`
		whole, err := readLooks(ctx, tx, `SELECT l.body, `+fmt.Sprintf(side, `resolve_looks l`)+when+` AND l.whole`+each, string(asOf), known, known)
		if err != nil {
			return nil, err
		}
		made, err := readLooks(ctx, tx, `SELECT l.body, `+fmt.Sprintf(side, `resolve_look_subjects s JOIN resolve_looks l ON l.id = s.look`)+when+
			` AND s.subject IN (SELECT value FROM json_each(?))`+each, string(asOf), known, known, subjects)
		if err != nil {
			return nil, err
		}
		out = append(append(out, whole...), made...)
	}
	out = slices.DeleteFunc(out, func(l evidence.Look) bool {
		area, _ := areaOn(e, l.Date())
		return !l.Scope.Contains(e.Kind, area, namesOn(e, l.Date()))
	})
	slices.SortFunc(out, compareLooks)
	return out, nil
}

// readLooks reads a query of bodies and times.
func readLooks(ctx context.Context, tx *sqlitedb.Tx, query string, args ...any) (out []evidence.Look, err error) {
	err = tx.Each(ctx, query, args, func(r *sqlitedb.Rows) error {
		var b []byte
		var at int64
		if err := r.Scan(&b, &at); err != nil {
			return err
		}
		out = append(out, evidence.Look{})
		return json.Unmarshal(b, &out[len(out)-1])
	})
	return out, err
}

func compareLooks(a, b evidence.Look) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
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
// and the shops and sites of the day (of all days where none is given).
func namesOn(e evidence.Entity, day evidence.Date) []string {
	var out []string
	for _, id := range e.Identifiers {
		out = append(out, id.String())
	}
	for _, r := range e.Relations {
		if (r.Kind == "shop" || r.Kind == "site") && (day == "" || holdsOn(r, day)) {
			out = append(out, r.To.String())
		}
	}
	return out
}

func holdsOn(r evidence.Relation, day evidence.Date) bool {
	return r.From <= day && (r.Until == "" || day < r.Until)
}
