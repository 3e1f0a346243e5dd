package sqlitefrontier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Claim implements crawler.Frontier: the hosts that have waited longest come
// first, and within a host the runs take turns.
func (f *Frontier) Claim(ctx context.Context, worker string, n int, ttl time.Duration) (crawler.Batch, error) {
	var b crawler.Batch
	var err error
	idle := f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		b.Wait, err = f.wait(ctx, tx)
		return err
	})
	if idle != nil || b.Wait != 0 || n < 1 {
		return b, wrap("claim leads", idle)
	}
	whole := context.WithoutCancel(ctx) // it takes a millisecond, and what each statement does to be interrupted took half of that
	err = f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		b.Leases, err = f.claims(whole, tx, worker, n, ttl)
		if err == nil {
			b.Wait, err = f.wait(whole, tx)
		}
		return err
	})
	if err != nil {
		return crawler.Batch{}, wrap("claim leads", err)
	}
	return b, nil
}

// claims leases up to n leads, each of another group.
func (f *Frontier) claims(ctx context.Context, tx *sqlitedb.Tx, worker string, n int, ttl time.Duration) ([]crawler.Lease, error) {
	var leases []crawler.Lease
	var fence int64
	if err := tx.QueryRow(ctx, `UPDATE frontier_fence SET n = n + ? RETURNING n`, n).Scan(&fence); err != nil {
		return nil, err
	}
	fence -= int64(n)
	for len(leases) < n {
		want := n - len(leases)
		groups, err := f.front(ctx, tx, want)
		if err != nil {
			return nil, err
		}
		for _, grp := range groups {
			l := crawler.Lease{Group: grp, Fence: fence + 1}
			ok, err := f.claim(ctx, tx, &l, worker, ttl)
			if err != nil {
				return nil, err
			}
			if ok {
				fence++
				leases = append(leases, l)
			}
		}
		if len(groups) < want { // and none of them can have come back
			break
		}
	}
	return leases, nil
}

func wrap(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", verb, err)
}

// wait is how long until a group can be ready: negative if none waits for time.
func (f *Frontier) wait(ctx context.Context, tx *sqlitedb.Tx) (time.Duration, error) {
	var at *int64
	if err := tx.QueryRow(ctx, `SELECT min(ready) FROM frontier_group WHERE ready IS NOT NULL`).Scan(&at); err != nil {
		return 0, err
	}
	if at == nil {
		return -1, nil
	}
	return time.Duration(max(0, *at-f.stamp())), nil
}

// front are the groups that are due, the one that has waited longest first.
func (f *Frontier) front(ctx context.Context, tx *sqlitedb.Tx, n int) (groups []string, err error) {
	err = tx.Each(ctx, `SELECT grp FROM frontier_group WHERE ready <= ? ORDER BY ready, grp LIMIT ?`, []any{f.stamp(), n}, func(r *sqlitedb.Rows) error {
		var grp string
		if err := r.Scan(&grp); err != nil {
			return err
		}
		groups = append(groups, grp)
		return nil
	})
	return groups, err
}

// claimable holds for leads of runs that go on and have budget left.
const claimable = `state = 0 AND grp = ?1 AND EXISTS (SELECT 1 FROM frontier_run r WHERE r.run = l.run AND r.state = 'running'
	AND (r.budget = 0 OR r.budget > r.requests + (SELECT count(*) FROM frontier_lease e WHERE e.run = r.run)))`

// claim leases a group's next lead, or, where there is none, puts the group
// off to when there may be one.
func (f *Frontier) claim(ctx context.Context, tx *sqlitedb.Tx, l *crawler.Lease, worker string, ttl time.Duration) (bool, error) {
	now, grp := f.stamp(), l.Group
	var turn int64
	var doc []byte
	r := row{grp: grp}
	// In the order of turns, so that it ends at the first that is due: by its
	// own choice SQLite would sort all that are.
	err := tx.QueryRow(ctx, `SELECT id, turn, run, lead, attempt, (SELECT strikes FROM frontier_host h WHERE h.host = l.host)
		FROM frontier_lead l INDEXED BY frontier_lead_turn
		WHERE `+claimable+` AND due <= ?2 ORDER BY turn, id LIMIT 1`, grp, now).Scan(&r.id, &turn, &r.run, &doc, &r.attempt, &r.strikes)
	if errors.Is(err, evidence.ErrNotFound) {
		_, err = tx.Exec(ctx, `UPDATE frontier_group SET ready = (SELECT min(due) FROM frontier_lead l WHERE `+claimable+`) WHERE grp = ?1`, grp)
		return false, err
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(doc, &l.Lead); err != nil {
		return false, fmt.Errorf("read lead of run %s: %w", r.run, err)
	}
	l.Run, l.Attempt, l.Expires = r.run, r.attempt+1, time.Unix(0, now+int64(ttl)).UTC()
	if err := lease(ctx, tx, l, r, worker); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `UPDATE frontier_group SET ready = NULL, turn = max(turn, ?) WHERE grp = ?`, turn, grp)
	return true, err
}
