package sqlitefrontier

import (
	"context"
	"errors"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// carry makes leases of what earlier versions wrote into the lead itself.
// There every lead that was out was in an index of its own.
func carry(ctx context.Context, tx *sqlitedb.Tx) error {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'frontier_lead_expires'`).Scan(&one)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT OR IGNORE INTO frontier_lease (grp, id, run, fence, expires, worker, attempt, strikes)
			SELECT l.grp, l.id, l.run, l.fence, l.expires, l.worker, l.attempt, h.strikes
			FROM frontier_lead l INDEXED BY frontier_lead_expires JOIN frontier_host h USING (host) WHERE l.state = 1;
		UPDATE frontier_lead SET state = 0 WHERE id IN (SELECT id FROM frontier_lease);
		DROP INDEX frontier_lead_expires;
		DROP INDEX frontier_lead_leased;`)
	return err
}

// tally counts the leads of runs for which earlier versions kept no count.
func tally(ctx context.Context, tx *sqlitedb.Tx) error {
	var kept bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pragma_table_info('frontier_run') WHERE name = 'done')`).Scan(&kept)
	if err != nil || kept {
		return err
	}
	_, err = tx.Exec(ctx, `
		ALTER TABLE frontier_run ADD COLUMN leads INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE frontier_run ADD COLUMN done INTEGER NOT NULL DEFAULT 0;
		UPDATE frontier_run SET leads = n, done = d FROM
			(SELECT run AS name, count(*) AS n, sum(state = 2) AS d FROM frontier_lead GROUP BY run) WHERE run = name;`)
	return err
}
