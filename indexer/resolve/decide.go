package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Decide takes in a person's decision, as the ledger has it at a position, and
// resolves what it touches as of a day. The same decision again changes
// nothing; another one with its id is evidence.ErrConflict.
func (s *Store) Decide(ctx context.Context, d Decision, position int64, today evidence.Date) (Changes, error) {
	if err := d.check(); err != nil {
		return Changes{}, err
	}
	cause := "decision:" + d.ID
	b, err := json.Marshal(d)
	if err != nil {
		return Changes{}, fmt.Errorf("write decision: %w", err)
	}
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		var old []byte
		err := tx.QueryRow(ctx, `SELECT body FROM resolve_decisions WHERE id = ?`, d.ID).Scan(&old)
		switch {
		case err == nil && string(old) != string(b):
			return fmt.Errorf("decision %s: %w: another one has this id", d.ID, evidence.ErrConflict)
		case err == nil || !errors.Is(err, evidence.ErrNotFound):
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO resolve_decisions (id, position, body) VALUES (?, ?, ?)`, d.ID, position, b); err != nil {
			return err
		}
		all, err := decisions(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_dirty (record, cause) SELECT DISTINCT record, ? FROM resolve_tokens WHERE token IN (SELECT value FROM json_each(?))`,
			cause, list(d.touches(all, s.rules)))
		return err
	})
	if err != nil {
		return Changes{}, err
	}
	return s.settle(ctx, cause, today)
}

func (d Decision) check() error {
	verbs := []string{Same, NotSame, Repair, RepairRevoked, Annul, Correct, Hold, Dispute, Reverse}
	switch {
	case d.ID == "" || !slices.Contains(verbs, d.Verb):
		return fmt.Errorf("decision %q: %w: want an id and one of the verbs %v, not %q", d.ID, evidence.ErrInvalid, verbs, d.Verb)
	case (d.Verb == Same || d.Verb == NotSame) && (d.A == "" || d.B == ""):
		return fmt.Errorf("decision %s: %w: want two identifiers or records that are %s", d.ID, evidence.ErrInvalid, d.Verb)
	case d.Verb == Reverse && d.A == "":
		return fmt.Errorf("decision %s: %w: want the id of the decision that it reverses", d.ID, evidence.ErrInvalid)
	case d.Number == "" && !slices.Contains([]string{Same, NotSame, Reverse}, d.Verb):
		return fmt.Errorf("decision %s: %w: want the number of the document", d.ID, evidence.ErrInvalid)
	}
	return nil
}

// touches are the tokens that change with a decision: its own, or those of
// what it reverses.
func (d Decision) touches(all []Decision, rules Rules) []string {
	out := d.Tokens(rules)
	for range all {
		if d.Verb != Reverse {
			break
		}
		i := slices.IndexFunc(all, func(x Decision) bool { return x.ID == d.A })
		if i < 0 {
			break
		}
		d = all[i]
		out = append(out, d.Tokens(rules)...)
	}
	return out
}

func decisions(ctx context.Context, tx *sqlitedb.Tx) ([]Decision, error) {
	var out []Decision
	err := tx.Each(ctx, `SELECT position, body FROM resolve_decisions ORDER BY position, id`, nil, func(r *sqlitedb.Rows) error {
		var d Decision
		var b []byte
		var position int64
		if err := r.Scan(&position, &b); err != nil {
			return err
		}
		err := json.Unmarshal(b, &d)
		d.Known = position
		out = append(out, d)
		return err
	})
	return out, err
}
