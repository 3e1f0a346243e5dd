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
	rows, err := end(ctx, tx, visits)
	if err != nil {
		return fmt.Errorf("settle visits: %w", err)
	}
	for _, v := range visits {
		l := v.Lease
		r, held := rows[l.Fence]
		if !held {
			return fmt.Errorf("settle %s: %w: the lease is lost, drop the answer", l.Lead.URL, evidence.ErrConflict)
		}
		r.host = l.Lead.Host()
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
	if errors.Is(err, evidence.ErrNotFound) || err == nil && r.state != open {
		return false, nil
	}
	if err == nil {
		err = take(ctx, tx, r)
	}
	if err == nil {
		err = f.apply(ctx, tx, r, o)
	}
	if err != nil {
		return false, fmt.Errorf("adopt %s: %w", l.URL, err)
	}
	return true, nil
}

// write puts the lead into its next state.
func (f *Frontier) write(ctx context.Context, tx *sqlitedb.Tx, r row, o crawler.Outcome, spent bool) error {
	now := f.stamp()
	state, due := open, now+int64(o.After)
	switch o.Result {
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
	if state == open {
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
	_, err := tx.Exec(ctx, `UPDATE frontier_lead SET state = ?, due = ?, attempt = ?, reason = ?, detail = ?, changed = ? WHERE id = ?`, state, due, r.attempt, reason, detail, now, r.id)
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

func at(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}
