package sqlitefrontier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"probity/crawler"
	"probity/pipeline/sqlitedb"
)

// A row is what a settlement has to know of a lead.
type row struct {
	id, state           int64
	attempt             int
	run, key, host, grp string
	strikes             int // of the host
}

const rowColumns = `l.id, l.state, l.attempt, l.run, l.key, l.host, l.grp, h.strikes`

func (r *row) fields() []any {
	return []any{&r.id, &r.state, &r.attempt, &r.run, &r.key, &r.host, &r.grp, &r.strikes}
}

// lease writes that a lead is out.
func lease(ctx context.Context, tx *sqlitedb.Tx, l *crawler.Lease, r row, worker string) error {
	_, err := tx.Exec(ctx, `INSERT INTO frontier_lease (grp, id, run, fence, expires, worker, attempt, strikes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.grp, r.id, r.run, l.Fence, l.Expires.UnixNano(), worker, r.attempt, r.strikes)
	return err
}

// end ends the leases of visits and returns their leads, by fence. One that is
// lost is not among them. What is returned of a host was read when the lease
// was given: nobody else has visited it since.
func end(ctx context.Context, tx *sqlitedb.Tx, visits []crawler.Settlement) (map[int64]row, error) {
	fences := make([]int64, len(visits))
	for i, v := range visits {
		fences[i] = v.Lease.Fence
	}
	list, err := json.Marshal(fences)
	if err != nil {
		return nil, err
	}
	rows := make(map[int64]row, len(visits))
	err = tx.Each(ctx, `DELETE FROM frontier_lease WHERE fence IN (SELECT value FROM json_each(?)) RETURNING fence, id, grp, run, attempt, strikes`,
		[]any{string(list)}, func(rs *sqlitedb.Rows) error {
			r := row{state: open}
			var fence int64
			err := rs.Scan(&fence, &r.id, &r.grp, &r.run, &r.attempt, &r.strikes)
			rows[fence] = r
			return err
		})
	return rows, err
}

// find returns a lead, whether somebody holds a lease on it or not.
func find(ctx context.Context, tx *sqlitedb.Tx, run, key string) (row, error) {
	var r row
	err := tx.QueryRow(ctx, `SELECT `+rowColumns+` FROM frontier_lead l JOIN frontier_host h USING (host) WHERE l.run = ? AND l.key = ?`, run, key).
		Scan(r.fields()...)
	return r, err
}

// take ends whatever lease there is on a lead.
func take(ctx context.Context, tx *sqlitedb.Tx, r row) error {
	_, err := tx.Exec(ctx, `DELETE FROM frontier_lease WHERE grp = ? AND id = ?`, r.grp, r.id)
	return err
}

// Extend implements crawler.Frontier.
func (f *Frontier) Extend(ctx context.Context, ttl time.Duration, leases ...crawler.Lease) ([]crawler.Lease, error) {
	var lost []crawler.Lease
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		lost = nil
		now := f.stamp()
		for _, l := range leases {
			n, err := tx.Exec(ctx, `UPDATE frontier_lease SET expires = ? WHERE fence = ? AND expires > ?`, now+int64(ttl), l.Fence, now)
			if err != nil {
				return err
			}
			if n == 0 {
				lost = append(lost, l)
			}
		}
		return nil
	})
	return lost, wrap("extend leases", err)
}

// Reap implements crawler.Frontier, a hundred leases at a time.
func (f *Frontier) Reap(ctx context.Context) (int, error) {
	o := crawler.Outcome{Result: crawler.Retry, Reason: "lease_expired", Detail: "its worker did not come back in time"}
	n, err := f.takeBack(ctx, f.stamp(), 100, o)
	if err != nil {
		return 0, fmt.Errorf("reap leases: %w", err)
	}
	return n, nil
}

// Recover gives back, uncounted, every lease there is, and returns how many.
// It is for the start of the one process that works on a data directory:
// whoever held them is gone. Their hosts are due a gap later, since a request
// may just have been answered.
func (f *Frontier) Recover(ctx context.Context) (int, error) {
	n, err := f.takeBack(ctx, 1<<62, 1<<30, crawler.Outcome{Result: crawler.Returned})
	if err != nil {
		return 0, fmt.Errorf("recover leases: %w", err)
	}
	return n, nil
}

// takeBack ends leases that run out at or before a moment.
func (f *Frontier) takeBack(ctx context.Context, before int64, limit int, o crawler.Outcome) (n int, err error) {
	err = f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		var rows []row
		err := tx.Each(ctx, `SELECT `+rowColumns+` FROM frontier_lease e JOIN frontier_lead l ON l.id = e.id JOIN frontier_host h USING (host)
			WHERE e.expires <= ? ORDER BY e.expires LIMIT ?`, []any{before, limit}, func(rs *sqlitedb.Rows) error {
			var r row
			err := rs.Scan(r.fields()...)
			rows = append(rows, r)
			return err
		})
		if err != nil {
			return err
		}
		n = len(rows)
		for _, r := range rows {
			if err := errors.Join(take(ctx, tx, r), f.apply(ctx, tx, r, o), f.touch(ctx, tx, r.grp)); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
