package sqlitefrontier

import (
	"context"
	"fmt"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Again implements crawler.Frontier. Where the run or the host was killed
// nothing is opened.
func (f *Frontier) Again(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (int, error) {
	var n int
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		added, err := f.AddTx(ctx, tx, run, m, leads...)
		if err != nil {
			return err
		}
		n = added.New
		if added.Seen == 0 {
			return nil
		}
		reopened, err := f.reopen(ctx, tx, run, leads)
		n += reopened
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("open leads of run %s again: %w", run, err)
	}
	return n, nil
}

// reopen opens those of the leads that are done.
func (f *Frontier) reopen(ctx context.Context, tx *sqlitedb.Tx, run string, leads []evidence.Lead) (int, error) {
	n, now, groups := 0, f.stamp(), map[string]bool{}
	for _, l := range leads {
		changed, err := tx.Exec(ctx, `UPDATE frontier_lead SET state = 0, attempt = 0, due = ?1, changed = ?1
			WHERE run = ?2 AND key = ?3 AND state = 2
			AND NOT EXISTS (SELECT 1 FROM frontier_run r WHERE r.run = ?2 AND r.state IN ('killed', 'closed'))
			AND NOT EXISTS (SELECT 1 FROM frontier_host h WHERE h.host = frontier_lead.host AND h.state = 'killed')`, now, run, l.Key())
		if err != nil {
			return n, err
		}
		if changed == 0 {
			continue
		}
		n++
		r, err := find(ctx, tx, run, l.Key())
		if err != nil {
			return n, err
		}
		groups[r.grp] = true
	}
	for g := range groups {
		if err := f.schedule(ctx, tx, g); err != nil {
			return n, err
		}
	}
	if n == 0 {
		return 0, nil
	}
	f.change(tx)
	_, err := tx.Exec(ctx, `UPDATE frontier_run SET done = done - ? WHERE run = ?`, n, run)
	return n, err
}
