package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// search notes what the run was worth for a source and judges absence: two
// complete runs in a row with one scope digest that lack a record make it
// absent, from the day of the first of them (MODEL 3).
func (f *folding) search(ctx context.Context, sc SourceClosing) error {
	src := sc.Declaration
	if err := started(ctx, f.tx, f.run.Run, src.ID, f.run.ClosedAt); err != nil {
		return err
	}
	_, err := f.tx.Exec(ctx, `UPDATE resolve_searches SET position = ?, closed = ?, result = ?, scope = ? WHERE source = ? AND run = ?`,
		f.run.Position, f.run.ClosedAt.UnixNano(), sc.Result, sc.ScopeDigest, src.ID, f.run.Run)
	if err != nil || sc.Result != evidence.Complete {
		return err
	}
	if err := f.register(ctx, src); err != nil {
		return err
	}
	if src.Missing != evidence.MissingEnds && src.Missing != evidence.MissingUnpublished {
		return nil
	}
	before, ok, err := f.completeBefore(ctx, sc)
	if err != nil || !ok {
		return err
	}
	return f.missing(ctx, src, before)
}

// A searched is a complete search: when it began and when it closed.
type searched struct{ started, closed time.Time }

// completeBefore returns the complete search before this one; not ok where
// there is none or it was over another scope.
func (f *folding) completeBefore(ctx context.Context, sc SourceClosing) (searched, bool, error) {
	var started, closed int64
	var scope string
	err := f.tx.QueryRow(ctx, `SELECT started, closed, scope FROM resolve_searches WHERE source = ? AND result = ? AND run <> ? AND position > 0
		ORDER BY position DESC LIMIT 1`, sc.Declaration.ID, evidence.Complete, f.run.Run).Scan(&started, &closed, &scope)
	if errors.Is(err, evidence.ErrNotFound) {
		return searched{}, false, nil
	}
	return searched{time.Unix(0, started).UTC(), time.Unix(0, closed).UTC()}, scope == sc.ScopeDigest, err
}

// missing marks the records that no run has seen since the earlier of the two
// searches began. Sightings of open runs count too, up to the moment of the
// closing: a rebuild, which knows later ones already, judges alike.
func (f *folding) missing(ctx context.Context, src evidence.Source, before searched) error {
	var ids []string
	err := f.tx.Each(ctx, `SELECT id FROM resolve_records r WHERE source = ? AND NOT absent AND last < ?
		AND NOT EXISTS (SELECT 1 FROM resolve_sights s WHERE s.record = r.id AND s.time BETWEEN ? AND ?)`,
		[]any{src.ID, before.started.UnixNano(), before.started.UnixNano(), f.run.ClosedAt.UnixNano()}, func(r *sqlitedb.Rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	if err != nil {
		return err
	}
	states, err := loadStates(ctx, f.tx, ids)
	for _, s := range states {
		shape := types[s.Latest().Record.Type].Shape
		if err != nil || shape == evidence.Snapshot {
			continue // a snapshot holds until the next
		}
		if !s.Miss(evidence.DateOf(before.closed), f.run.Position) {
			continue
		}
		f.count(src.ID, func(c *RecordChanges) { c.Gone++ })
		err = errors.Join(f.save(ctx, s), f.dirty(ctx, s.ID))
	}
	return err
}

// register notes a complete search of a register that tells former names.
// Names alone that were mentions may find their bearer now.
func (f *folding) register(ctx context.Context, src evidence.Source) error {
	if !src.Register || src.Each || !tellsFormerNames(src) {
		return nil
	}
	b, err := json.Marshal(RegisterLook{Source: src.ID, Date: evidence.DateOf(f.run.ClosedAt), MaxAge: src.Covers.MaxAge, Known: f.run.Position})
	if err != nil {
		return fmt.Errorf("write register look: %w", err)
	}
	if _, err := f.tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_registers (source, position, body) VALUES (?, ?, ?)`, src.ID, f.run.Position, b); err != nil {
		return err
	}
	_, err = f.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_dirty (record, cause) SELECT DISTINCT record, ? FROM resolve_loose WHERE state = ? AND name <> ''`, f.run.Run, mention)
	return err
}

// tellsFormerNames reports whether a declaration reads name history.
func tellsFormerNames(src evidence.Source) bool {
	return slices.ContainsFunc(src.Views, func(v evidence.View) bool {
		return slices.ContainsFunc(v.Fields, func(l evidence.Label) bool { return l.Field == "former_names" })
	})
}

// undecided touches the entities that rows of a source might concern which
// cannot be read since this run, or could not until it: their looks read
// otherwise now. The same rows once more touch nobody.
func (f *folding) undecided(ctx context.Context, source string) error {
	var before string
	err := f.tx.QueryRow(ctx, `SELECT run FROM resolve_searches WHERE source = ? AND run <> ? AND position > 0 ORDER BY position DESC LIMIT 1`, source, f.run.Run).Scan(&before)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	_, err = f.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_touched (cause, kind, id, how)
		SELECT DISTINCT ?1, 'entity', k.entity, 'undecided' FROM resolve_quarantine_names q JOIN resolve_known k ON k.key IN ('n:' || q.name, 'i:' || q.name)
		WHERE q.source = ?2 AND q.run IN (?1, ?3) AND NOT EXISTS (SELECT 1 FROM resolve_quarantine_names o
			WHERE o.name = q.name AND o.source = q.source AND o.run IN (?1, ?3) AND o.run <> q.run)`, f.run.Run, source, before)
	return err
}
