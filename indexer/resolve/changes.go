package resolve

import (
	"context"
	"errors"
	"slices"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Changes are what a closed run or a decision changed. An unchanged crawl
// changes nothing.
type Changes struct {
	Run          string                   `json:"run,omitempty"`
	Sources      map[string]RecordChanges `json:"sources,omitempty"`
	FactsNew     int                      `json:"facts_new"`
	FactsChanged int                      `json:"facts_changed"`
	FactsGone    int                      `json:"facts_gone"`              // joined into others, or of an entity that is no more
	Entities     []string                 `json:"entities"`                // ids to evaluate again, sorted
	EntitiesGone []string                 `json:"entities_gone,omitempty"` // ids that stand on another anchor now
}

// RecordChanges counts the records of one source in one run.
type RecordChanges struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Gone      int `json:"gone"` // absent now
	Back      int `json:"back"` // were absent
	Unchanged int `json:"unchanged"`
}

// Closed reports whether a run was closed here.
func (s *Store) Closed(ctx context.Context, run string) (bool, error) {
	var n int
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		n, err = count(ctx, tx, `SELECT count(*) FROM resolve_runs WHERE run = ?`, run)
		return err
	})
	return n > 0, err
}

// Changes says what a cause changed: a run, or a decision.
func (s *Store) Changes(ctx context.Context, cause string) (Changes, error) {
	c := Changes{}
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		err := scanJSON(tx.QueryRow(ctx, `SELECT changes FROM resolve_runs WHERE run = ?`, cause), &c)
		if err != nil && !errors.Is(err, evidence.ErrNotFound) {
			return err
		}
		return tx.Each(ctx, `SELECT kind, id, how FROM resolve_touched WHERE cause = ? ORDER BY id`, []any{cause}, func(r *sqlitedb.Rows) error {
			var kind, id, how string
			err := r.Scan(&kind, &id, &how)
			c.note(kind, id, how)
			return err
		})
	})
	c.Entities = slices.DeleteFunc(c.Entities, func(id string) bool { return slices.Contains(c.EntitiesGone, id) })
	return c, err
}

func (c *Changes) note(kind, id, how string) {
	switch kind + " " + how {
	case "fact new":
		c.FactsNew++
	case "fact changed":
		c.FactsChanged++
	case "fact gone":
		c.FactsGone++
	case "gone gone":
		c.EntitiesGone = append(c.EntitiesGone, id)
	default:
		c.Entities = append(c.Entities, id)
	}
}
