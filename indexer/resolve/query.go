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

// Entity returns an entity by its id, or by an id that it had before or that
// is known to be its own. evidence.ErrNotFound if there is none.
func (s *Store) Entity(ctx context.Context, id string) (e evidence.Entity, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		e, _, err = readEntity(ctx, tx, id)
		return err
	})
	return e, err
}

// readEntity also returns the day since which its snapshots stand as they do.
func readEntity(ctx context.Context, tx *sqlitedb.Tx, id string) (evidence.Entity, evidence.Date, error) {
	var e evidence.Entity
	var fresh string
	var b []byte
	const read = `SELECT body, fresh FROM resolve_entities WHERE id = `
	err := tx.QueryRow(ctx, read+`?`, id).Scan(&b, &fresh)
	if errors.Is(err, evidence.ErrNotFound) {
		err = tx.QueryRow(ctx, read+`(SELECT min(entity) FROM resolve_known WHERE key = ? AND how = 'alias' HAVING count(*) = 1)`, id).Scan(&b, &fresh)
	}
	if err != nil {
		return e, "", fmt.Errorf("entity %s: %w", id, err)
	}
	return e, evidence.Date(fresh), json.Unmarshal(b, &e)
}

func factsOf(ctx context.Context, tx *sqlitedb.Tx, entity string) (out []evidence.Fact, err error) {
	err = tx.Each(ctx, `SELECT body FROM resolve_facts WHERE entity = ? ORDER BY id`, []any{entity}, func(r *sqlitedb.Rows) error {
		out = append(out, evidence.Fact{})
		return scanJSON(r, &out[len(out)-1])
	})
	return out, err
}

// Facts returns the facts of an entity, by id.
func (s *Store) Facts(ctx context.Context, entity string) (out []evidence.Fact, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		out, err = factsOf(ctx, tx, entity)
		return err
	})
	return out, err
}

// Fact returns a fact by its id.
func (s *Store) Fact(ctx context.Context, id string) (f evidence.Fact, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return scanJSON(tx.QueryRow(ctx, `SELECT body FROM resolve_facts WHERE id = ?`, id), &f)
	})
	if err != nil {
		return f, fmt.Errorf("fact %s: %w", id, err)
	}
	return f, nil
}

// A Seen is a record with its history, as a reader follows it to the bytes.
type Seen struct {
	ID       string
	Versions []Stretch
	Absences []Absence
	Facts    []string // ids of the facts that it states, sorted
	Entities []string // ids of the entities that it speaks of, sorted
	Loose    []Loose  // parties of it that are tied to nobody
	// Provisional: a run that is still open states it, or states it otherwise.
	Provisional *evidence.Record
}

// A Stretch is a version of a record and where it stood.
type Stretch struct {
	Record      evidence.Record
	First, Last time.Time
	Citations   []evidence.Citation // by content and place
}

// Record returns a record by its id, also one of an open run.
func (s *Store) Record(ctx context.Context, id string) (Seen, error) {
	out := Seen{ID: id}
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		states, err := loadStates(ctx, tx, []string{id})
		if err != nil {
			return err
		}
		for _, st := range states {
			out.Absences = st.Absences
			for _, v := range st.Versions {
				x := Stretch{Record: v.Record, First: v.First, Last: v.Last}
				if x.Citations, err = citations(ctx, tx, id, v.Digest); err != nil {
					return err
				}
				out.Versions = append(out.Versions, x)
			}
		}
		if out.Facts, err = column(ctx, tx, `SELECT fact FROM resolve_fact_records WHERE record = ? ORDER BY fact`, id); err != nil {
			return err
		}
		if out.Entities, err = column(ctx, tx, `SELECT entity FROM resolve_ties WHERE record = ? ORDER BY entity`, id); err != nil {
			return err
		}
		if err := tx.Each(ctx, `SELECT body FROM resolve_loose WHERE record = ? ORDER BY n`, []any{id}, func(r *sqlitedb.Rows) error {
			out.Loose = append(out.Loose, Loose{})
			return scanJSON(r, &out.Loose[len(out.Loose)-1])
		}); err != nil {
			return err
		}
		return provisional(ctx, tx, &out)
	})
	if err == nil && len(out.Versions) == 0 && out.Provisional == nil {
		err = evidence.ErrNotFound
	}
	if err != nil {
		return Seen{}, fmt.Errorf("record %s: %w", id, err)
	}
	return out, nil
}

// provisional reads the newest sighting of an open run.
func provisional(ctx context.Context, tx *sqlitedb.Tx, out *Seen) error {
	var r evidence.Record
	err := scanJSON(tx.QueryRow(ctx, `SELECT body FROM resolve_sights WHERE record = ? ORDER BY time DESC LIMIT 1`, out.ID), &r)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil
	}
	out.Provisional = &r
	return err
}

func citations(ctx context.Context, tx *sqlitedb.Tx, record, digest string) (out []evidence.Citation, err error) {
	err = tx.Each(ctx, `SELECT body FROM resolve_cites WHERE record = ? AND digest = ? ORDER BY content`, []any{record, digest}, func(r *sqlitedb.Rows) error {
		var some []evidence.Citation
		err := scanJSON(r, &some)
		out = append(out, some...)
		return err
	})
	return out, err
}

// A Mark is a passage of a content that a record was read from, and what it
// came to bear on.
type Mark struct {
	Record   string
	Citation evidence.Citation
	Facts    []string
	Entities []string
}

// Citing returns what was read from runes [start,end) of a content; an end of
// 0 asks for the whole of it. It is the way back up from a passage to facts.
func (s *Store) Citing(ctx context.Context, content string, start, end int) ([]Mark, error) {
	var out []Mark
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		err := tx.Each(ctx, `SELECT record, body FROM resolve_cites WHERE content = ? ORDER BY record`, []any{content}, func(r *sqlitedb.Rows) error {
			some, err := marks(r, start, end)
			out = append(out, some...)
			return err
		})
		for i := range out {
			if err == nil {
				err = out[i].lead(ctx, tx, out[:i])
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("citing content %s: %w", content, err)
	}
	return out, nil
}

// marks reads the citations of one record that overlap a passage.
func marks(r *sqlitedb.Rows, start, end int) (out []Mark, err error) {
	var record string
	var b []byte
	if err := r.Scan(&record, &b); err != nil {
		return nil, err
	}
	var all []evidence.Citation
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("read citations: %w", err)
	}
	for _, c := range all {
		if end == 0 || c.Place.Start < end && start < c.Place.End {
			out = append(out, Mark{Record: record, Citation: c})
		}
	}
	return out, nil
}

// lead finds what the mark's record bears on; the one before may know.
func (m *Mark) lead(ctx context.Context, tx *sqlitedb.Tx, before []Mark) (err error) {
	if n := len(before); n > 0 && before[n-1].Record == m.Record {
		m.Facts, m.Entities = before[n-1].Facts, before[n-1].Entities
		return nil
	}
	if m.Facts, err = column(ctx, tx, `SELECT fact FROM resolve_fact_records WHERE record = ? ORDER BY fact`, m.Record); err != nil {
		return err
	}
	m.Entities, err = column(ctx, tx, `SELECT entity FROM resolve_ties WHERE record = ? ORDER BY entity`, m.Record)
	return err
}

// Entities returns up to n entities in order of id, from the one after the
// cursor (an id; empty: from the beginning), and the next cursor, empty at the
// end.
func (s *Store) Entities(ctx context.Context, after string, n int) (out []evidence.Entity, next string, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT body FROM resolve_entities WHERE id > ? ORDER BY id LIMIT ?`, []any{after, n + 1}, func(r *sqlitedb.Rows) error {
			out = append(out, evidence.Entity{})
			return scanJSON(r, &out[len(out)-1])
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("list entities: %w", err)
	}
	if len(out) > n {
		out = slices.Clip(out[:n])
		next = out[n-1].ID
	}
	return out, next, nil
}

// Stats counts what there is.
type Stats struct {
	Records, Absent, Mentions, Held     int
	Facts, Entities, Looks, Quarantined int
	RecordsByType, FactsByType          map[string]int
}

// Stats counts closed runs' records by type, facts, entities and the rest.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{RecordsByType: map[string]int{}, FactsByType: map[string]int{}}
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for query, to := range map[string]*int{
			`SELECT count(*) FROM resolve_records`:                                                  &st.Records,
			`SELECT count(*) FROM resolve_records WHERE absent`:                                     &st.Absent,
			`SELECT count(DISTINCT record) FROM resolve_loose WHERE state = 'mention'`:              &st.Mentions,
			`SELECT count(DISTINCT record) FROM resolve_loose WHERE state IN ('held', 'contested')`: &st.Held,
			`SELECT count(*) FROM resolve_facts`:                                                    &st.Facts,
			`SELECT count(*) FROM resolve_entities`:                                                 &st.Entities,
			`SELECT count(*) FROM resolve_looks`:                                                    &st.Looks,
			`SELECT count(*) FROM resolve_quarantine`:                                               &st.Quarantined,
		} {
			var err error
			if *to, err = count(ctx, tx, query); err != nil {
				return err
			}
		}
		for query, to := range map[string]map[string]int{
			`SELECT type, count(*) FROM resolve_facts GROUP BY type`:   st.FactsByType,
			`SELECT type, count(*) FROM resolve_records GROUP BY type`: st.RecordsByType,
		} {
			err := tx.Each(ctx, query, nil, func(r *sqlitedb.Rows) error {
				var typ string
				var n int
				err := r.Scan(&typ, &n)
				to[typ] = n
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Stats{}, fmt.Errorf("count: %w", err)
	}
	return st, nil
}
