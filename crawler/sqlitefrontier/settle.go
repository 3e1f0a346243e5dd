package sqlitefrontier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A row is what a settlement has to know of a lead.
type row struct {
	id, state, fence    int64
	attempt             int
	run, key, host, grp string
	strikes             int // of the host
}

const rowColumns = `l.id, l.state, l.fence, l.attempt, l.run, l.key, l.host, l.grp, h.strikes`

func (r *row) fields() []any {
	return []any{&r.id, &r.state, &r.fence, &r.attempt, &r.run, &r.key, &r.host, &r.grp, &r.strikes}
}

// Settle implements crawler.Frontier.
func (f *Frontier) Settle(ctx context.Context, l crawler.Lease, o crawler.Outcome) error {
	return f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		return f.SettleTx(ctx, tx, crawler.Settlement{Lease: l, Outcome: o})
	})
}

// SettleTx is Settle within a transaction, for several leases at once. After
// evidence.ErrConflict the transaction should be given up, so that nothing
// comes of a lost lease.
func (f *Frontier) SettleTx(ctx context.Context, tx *sqlitedb.Tx, visits ...crawler.Settlement) error {
	b := f.book(tx)
	for _, v := range visits {
		l := v.Lease
		r, err := find(ctx, tx, l.Run, l.Lead.Key())
		if err != nil {
			return fmt.Errorf("settle %s: %w", l.Lead.URL, err)
		}
		if r.state != leased || r.fence != l.Fence {
			return fmt.Errorf("settle %s: %w: the lease is lost, drop the answer", l.Lead.URL, evidence.ErrConflict)
		}
		if err := b.apply(ctx, r, v.Outcome); err != nil {
			return fmt.Errorf("settle %s: %w", l.Lead.URL, err)
		}
	}
	return wrap("settle visits", b.close(ctx))
}

// Adopt implements crawler.Frontier.
func (f *Frontier) Adopt(ctx context.Context, run string, l evidence.Lead, o crawler.Outcome) (bool, error) {
	var adopted bool
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		adopted, err = f.AdoptTx(ctx, tx, run, l, o)
		return err
	})
	return adopted && err == nil, err
}

// AdoptTx is Adopt within a transaction.
func (f *Frontier) AdoptTx(ctx context.Context, tx *sqlitedb.Tx, run string, l evidence.Lead, o crawler.Outcome) (bool, error) {
	r, err := find(ctx, tx, run, l.Key())
	if errors.Is(err, evidence.ErrNotFound) || err == nil && r.state != open && r.state != leased {
		return false, nil
	}
	if err == nil {
		err = f.apply(ctx, tx, r, o)
	}
	if err != nil {
		return false, fmt.Errorf("adopt %s: %w", l.URL, err)
	}
	return true, nil
}

func find(ctx context.Context, tx *sqlitedb.Tx, run, key string) (row, error) {
	var r row
	err := tx.QueryRow(ctx, `SELECT `+rowColumns+` FROM frontier_lead l JOIN frontier_host h USING (host) WHERE l.run = ? AND l.key = ?`, run, key).
		Scan(r.fields()...)
	return r, err
}

// write puts the lead into its next state.
func (f *Frontier) write(ctx context.Context, tx *sqlitedb.Tx, r row, o crawler.Outcome, spent bool) error {
	now := f.stamp()
	state, due := open, now+int64(o.After)
	switch o.Result {
	case crawler.Done:
		state = done
	case crawler.Failed:
		state = failed
	case crawler.Refused:
		state = refused
	case crawler.Retry:
		if o.Busy == nil {
			r.attempt++
		}
		if spent || r.attempt >= f.policy.Attempts {
			state = failed
		}
	case crawler.Returned:
	default:
		return fmt.Errorf("outcome %q: %w", o.Result, evidence.ErrInvalid)
	}
	reason, detail := o.Reason, o.Detail
	if state == open || state == done {
		reason, detail = "", ""
	}
	if state == open {
		killed, err := f.killed(ctx, tx, r)
		if err != nil {
			return err
		}
		if killed != "" {
			state, reason = failed, killed
		}
	}
	_, err := tx.Exec(ctx, `UPDATE frontier_lead SET state = ?, due = ?, attempt = ?, fence = 0, expires = 0, worker = '', reason = ?, detail = ?, changed = ?
		WHERE id = ?`, state, due, r.attempt, reason, detail, now, r.id)
	return err
}

// killed is why a lead may not wait for another visit; empty: it may.
func (f *Frontier) killed(ctx context.Context, tx *sqlitedb.Tx, r row) (string, error) {
	var reason string
	err := tx.QueryRow(ctx, `SELECT reason FROM frontier_run WHERE run = ?1 AND state = 'killed'
		UNION ALL SELECT reason FROM frontier_host WHERE host = ?2 AND state = 'killed'`, r.run, r.host).Scan(&reason)
	if errors.Is(err, evidence.ErrNotFound) {
		return "", nil
	}
	return reason, err
}

// strike lets the host rest that wants it, and reports whether it has been
// busy so often in a row that the run gives it up.
func (f *Frontier) strike(ctx context.Context, tx *sqlitedb.Tx, r row, o crawler.Outcome) (bool, error) {
	if o.Busy == nil {
		if o.Requests == 0 || r.strikes == 0 {
			return false, nil
		}
		_, err := tx.Exec(ctx, `UPDATE frontier_host SET strikes = 0 WHERE host = ?`, r.host)
		return false, err
	}
	var until, level int64
	if err := tx.QueryRow(ctx, `SELECT until, level FROM frontier_group WHERE grp = ?`, r.grp).Scan(&until, &level); err != nil {
		return false, err
	}
	now := f.stamp()
	if now-until >= int64(f.policy.Forget) {
		level = 0
	}
	rest := f.policy.Rest(int(level), *o.Busy)
	if _, err := tx.Exec(ctx, `UPDATE frontier_group SET until = max(until, ?), level = ? WHERE grp = ?`, now+int64(rest), level+1, r.grp); err != nil {
		return false, err
	}
	var strikes int
	if err := tx.QueryRow(ctx, `UPDATE frontier_host SET strikes = strikes + 1 WHERE host = ? RETURNING strikes`, r.host).Scan(&strikes); err != nil {
		return false, err
	}
	if strikes < f.policy.Strikes {
		return false, nil
	}
	_, err := tx.Exec(ctx, `UPDATE frontier_host SET strikes = 0 WHERE host = ?`, r.host)
	return true, err
}

// Reap implements crawler.Frontier, a hundred leases at a time.
func (f *Frontier) Reap(ctx context.Context) (int, error) {
	var n int
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := leasesBefore(ctx, tx, f.stamp(), 100)
		if err != nil {
			return err
		}
		n = len(rows)
		for _, r := range rows {
			o := crawler.Outcome{Result: crawler.Retry, Reason: "lease_expired", Detail: "its worker did not come back in time"}
			if err := f.apply(ctx, tx, r, o); err != nil {
				return err
			}
			if err := f.touch(ctx, tx, r.grp); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("reap leases: %w", err)
	}
	return n, nil
}

// leasesBefore returns leases that end at or before a moment.
func leasesBefore(ctx context.Context, tx *sqlitedb.Tx, at int64, limit int) ([]row, error) {
	var rows []row
	err := tx.Each(ctx, `SELECT `+rowColumns+` FROM frontier_lead l INDEXED BY frontier_lead_expires
		JOIN frontier_host h USING (host) WHERE l.state = 1 AND l.expires <= ? ORDER BY l.expires LIMIT ?`, []any{at, limit},
		func(rs *sqlitedb.Rows) error {
			var r row
			if err := rs.Scan(r.fields()...); err != nil {
				return err
			}
			rows = append(rows, r)
			return nil
		})
	return rows, err
}

func at(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}
