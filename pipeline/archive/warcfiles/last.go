package warcfiles

import (
	"context"
	"errors"
	"fmt"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// recent is how many captures of a lead are looked through for a good one.
const recent = 5

// Last returns the exchange of the last committed capture of a lead (its key)
// that brought a page, or of the one to which that one refers as unchanged:
// always one whose head is that of the page. evidence.ErrNotFound: there is
// none among the last few.
func (a *Files) Last(ctx context.Context, key string) (evidence.Exchange, error) {
	var list []archive.Entry
	err := a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT `+columns+` FROM archive_captures WHERE target = ? ORDER BY date DESC LIMIT ?`, []any{key, recent}, func(r *sqlitedb.Rows) error {
			var e archive.Entry
			if err := r.Scan(dest(&e)...); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
	})
	if err != nil {
		return evidence.Exchange{}, fmt.Errorf("last capture of lead %s: %w", key, err)
	}
	for _, e := range list {
		c, _, err := a.Capture(ctx, e.ID)
		if err != nil {
			return evidence.Exchange{}, err
		}
		if c.Status == 0 || !c.OK() || c.Size == 0 {
			continue
		}
		id := c.ID
		if c.Unchanged != "" {
			id = c.Unchanged
		}
		x, err := a.Open(ctx, id)
		if errors.Is(err, evidence.ErrNotFound) {
			continue
		}
		return x, err
	}
	return evidence.Exchange{}, fmt.Errorf("last capture of lead %s: %w", key, evidence.ErrNotFound)
}
