package sqlitefrontier

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Leads implements crawler.Ledger: all leads in the order they came, those
// that are done too.
func (f *Frontier) Leads(ctx context.Context, run string, each func(l evidence.Lead, state, reason string)) error {
	states := [...]string{open: "open", done: "done", failed: "failed", refused: "refused"}
	err := f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT lead, state, reason FROM frontier_lead WHERE run = ? ORDER BY id`, []any{run}, func(r *sqlitedb.Rows) error {
			var body []byte
			var state int
			var reason string
			if err := r.Scan(&body, &state, &reason); err != nil {
				return err
			}
			var l evidence.Lead
			if err := json.Unmarshal(body, &l); err != nil {
				return err
			}
			each(l, states[state], reason)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("leads of %s: %w", run, err)
	}
	return nil
}
