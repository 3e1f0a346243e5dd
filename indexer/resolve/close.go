package resolve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A Closing is the end of a run as the ledger has it.
type Closing struct {
	Run      string
	ClosedAt time.Time
	Position int64           // of the entry that says so in the ledger, from 1
	Sources  []SourceClosing // what the run was worth, source by source
}

// A SourceClosing is what a run was worth for one source.
type SourceClosing struct {
	Declaration evidence.Source
	Result      string // evidence.Complete, Partial, Refused or Failed
	// ScopeDigest says what was searched: two complete runs judge an absence
	// only where it is the same. A run over a cohort has no complete result.
	ScopeDigest string
}

// Close ends a run: its records are no longer provisional, absence is judged,
// the anchors named before and after are resolved and their documents put.
// Closing a run again gives the same bodies and the same changes, also after a
// crash in the middle.
func (s *Store) Close(ctx context.Context, c Closing) (Changes, error) {
	if c.Run == "" || c.Position <= 0 {
		return Changes{}, fmt.Errorf("close run %q: %w: want a run and its position in the ledger", c.Run, evidence.ErrInvalid)
	}
	err := s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err := count(ctx, tx, `SELECT count(*) FROM resolve_runs WHERE run = ?`, c.Run)
		if err != nil || n > 0 {
			return err
		}
		return s.closeTx(ctx, tx, c)
	})
	if err != nil {
		return Changes{}, fmt.Errorf("close run %s: %w", c.Run, err)
	}
	return s.settle(ctx, c.Run, evidence.DateOf(c.ClosedAt))
}

func (s *Store) closeTx(ctx context.Context, tx *sqlitedb.Tx, c Closing) error {
	f := &folding{tx: tx, run: c, rules: s.rules, changes: Changes{Run: c.Run, Sources: map[string]RecordChanges{}}}
	for _, sc := range c.Sources {
		f.changes.Sources[sc.Declaration.ID] = RecordChanges{}
		if err := f.declare(ctx, sc); err != nil {
			return err
		}
	}
	var err error
	if f.sources, err = sources(ctx, tx); err != nil {
		return err
	}
	if err := f.sights(ctx); err != nil {
		return err
	}
	for _, sc := range c.Sources {
		if err := errors.Join(f.search(ctx, sc), f.undecided(ctx, sc.Declaration.ID)); err != nil {
			return err
		}
	}
	b, err := json.Marshal(f.changes)
	if err != nil {
		return fmt.Errorf("write changes: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO resolve_runs (run, position, closed, changes, settled) VALUES (?, ?, ?, ?, 0)`, c.Run, c.Position, c.ClosedAt.UnixNano(), b)
	return err
}

// A folding is a run that becomes known.
type folding struct {
	tx      *sqlitedb.Tx
	run     Closing
	rules   Rules
	sources map[string]evidence.Source
	changes Changes
}

// declare keeps the declaration. One whose rank or office changed has all its
// records resolved again.
func (f *folding) declare(ctx context.Context, sc SourceClosing) error {
	src := sc.Declaration
	var old evidence.Source
	err := scanJSON(f.tx.QueryRow(ctx, `SELECT body FROM resolve_sources WHERE id = ?`, src.ID), &old)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	if err == nil && (old.Precedence != src.Precedence || old.Register != src.Register) {
		if _, err := f.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_dirty (record, cause) SELECT id, ? FROM resolve_records WHERE source = ?`, f.run.Run, src.ID); err != nil {
			return err
		}
	}
	b, err := json.Marshal(src)
	if err != nil {
		return fmt.Errorf("write declaration: %w", err)
	}
	_, err = f.tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_sources (id, body) VALUES (?, ?)`, src.ID, b)
	return err
}

// sights takes the run's sightings into the histories. Most are of an
// unchanged record, and are told by their digest alone.
func (f *folding) sights(ctx context.Context) error {
	const same = ` FROM resolve_sights s JOIN resolve_records r ON r.id = s.record WHERE s.run = ?1 AND s.digest = r.digest AND NOT r.absent AND s.time >= r.last`
	err := f.tx.Each(ctx, `SELECT s.source, count(*)`+same+` GROUP BY s.source`, []any{f.run.Run}, func(r *sqlitedb.Rows) error {
		var source string
		var n int
		err := r.Scan(&source, &n)
		f.count(source, func(c *RecordChanges) { c.Unchanged += n })
		return err
	})
	if err != nil {
		return err
	}
	if _, err := f.tx.Exec(ctx, `UPDATE resolve_records SET last = s.time FROM (SELECT s.record, s.time`+same+`) s WHERE id = s.record`, f.run.Run); err != nil {
		return err
	}
	type seen struct {
		id string
		Sight
	}
	var rest []seen
	err = f.tx.Each(ctx, `SELECT s.record, s.time, s.page, s.digest, s.body FROM resolve_sights s LEFT JOIN resolve_records r ON r.id = s.record
		WHERE s.run = ?1 AND NOT (r.id IS NOT NULL AND s.digest = r.digest AND NOT r.absent AND s.time = r.last) ORDER BY s.record`, []any{f.run.Run}, func(r *sqlitedb.Rows) error {
		var x seen
		var at int64
		var body []byte
		if err := r.Scan(&x.id, &at, &x.Page, &x.Digest, &body); err != nil {
			return err
		}
		x.Run, x.Time, x.Known = f.run.Run, time.Unix(0, at).UTC(), f.run.Position
		rest = append(rest, x)
		return json.Unmarshal(body, &rest[len(rest)-1].Record)
	})
	for _, x := range rest {
		if err == nil {
			err = f.see(ctx, x.id, x.Sight)
		}
	}
	if err == nil {
		_, err = f.tx.Exec(ctx, `DELETE FROM resolve_sights WHERE run = ?`, f.run.Run)
	}
	return err
}

func (f *folding) count(source string, add func(*RecordChanges)) {
	c := f.changes.Sources[source]
	add(&c)
	f.changes.Sources[source] = c
}

func (f *folding) see(ctx context.Context, id string, g Sight) error {
	state, err := loadState(ctx, f.tx, id)
	if errors.Is(err, evidence.ErrNotFound) {
		state, err = &State{ID: id}, nil
	}
	if err != nil {
		return err
	}
	absent := state.Absent()
	isNew, changed := state.See(g)
	back := absent && !state.Absent()
	f.count(g.Record.Source, func(c *RecordChanges) {
		switch {
		case isNew:
			c.New++
		case back:
			c.Back++
		case changed:
			c.Changed++
		default:
			c.Unchanged++
		}
	})
	if err := f.save(ctx, state); err != nil {
		return err
	}
	return f.dirty(ctx, id)
}

// save writes a history and its tokens.
func (f *folding) save(ctx context.Context, s *State) error {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	last := s.Latest()
	_, err = f.tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_records (id, source, type, digest, first, last, absent, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		s.ID, last.Record.Source, last.Record.Type, last.Digest, s.Versions[0].First.UnixNano(), s.LastSeen().UnixNano(), s.Absent(), b)
	for _, t := range s.Tokens(f.sources, f.rules) {
		if err == nil {
			_, err = f.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_tokens (token, record) VALUES (?, ?)`, t, s.ID)
		}
	}
	return err
}

func (f *folding) dirty(ctx context.Context, record string) error {
	_, err := f.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_dirty (record, cause) VALUES (?, ?)`, record, f.run.Run)
	return err
}

// loadState reads one history.
func loadState(ctx context.Context, tx *sqlitedb.Tx, id string) (*State, error) {
	all, err := loadStates(ctx, tx, []string{id})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("record %s: %w", id, evidence.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func loadStates(ctx context.Context, tx *sqlitedb.Tx, ids []string) ([]*State, error) {
	var out []*State
	err := tx.Each(ctx, `SELECT state, last FROM resolve_records WHERE id IN (SELECT value FROM json_each(?))`, []any{list(ids)}, func(r *sqlitedb.Rows) error {
		var b []byte
		var last int64
		if err := r.Scan(&b, &last); err != nil {
			return err
		}
		s := &State{}
		if err := json.Unmarshal(b, s); err != nil {
			return fmt.Errorf("read history: %w", err)
		}
		// The time of the last sighting of an unchanged record stands beside.
		i := len(s.Versions) - 1
		s.Versions[i].Last = later(s.Versions[i].Last, time.Unix(0, last).UTC())
		out = append(out, s)
		return nil
	})
	slices.SortFunc(out, func(a, b *State) int { return cmp.Compare(a.ID, b.ID) })
	return out, err
}
