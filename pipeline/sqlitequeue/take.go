package sqlitequeue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func isGone(err error) bool { return errors.Is(err, evidence.ErrNotFound) }

// rouse wakes the takers of this process.
func (q *Queue) rouse() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.wake)
	q.wake = make(chan struct{})
}

func (q *Queue) sleeper() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wake
}

// Take implements [pipeline.Queue].
func (q *Queue) Take(ctx context.Context, n int) ([]pipeline.Lease, error) {
	for {
		woken := q.sleeper() // before the look, so that nothing is missed between
		wait, err := q.untilReady(ctx)
		if err != nil {
			return nil, fmt.Errorf("take: %w", err)
		}
		if wait <= 0 {
			leases, err := q.tryTake(ctx, max(1, n))
			if err != nil || len(leases) > 0 {
				return leases, err
			}
			continue // another taker was quicker
		}
		timer := time.NewTimer(min(wait, poll))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// untilReady is how long until the first name is ready; not above zero if one
// is. It only reads, so that an idle queue writes nothing.
func (q *Queue) untilReady(ctx context.Context) (wait time.Duration, err error) {
	err = q.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		var ready int64
		err := tx.QueryRow(ctx, `SELECT ready FROM queue_items WHERE queue = ? AND state < 3 ORDER BY ready, turn LIMIT 1`, q.name).Scan(&ready)
		if isGone(err) {
			wait = poll
			return nil
		}
		wait = time.Duration(ready - q.now().UnixNano())
		return err
	})
	return wait, err
}

func (q *Queue) tryTake(ctx context.Context, n int) (leases []pipeline.Lease, err error) {
	err = q.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		leases = nil
		ready, err := q.ready(ctx, tx, n)
		if err != nil || len(ready) == 0 {
			return err
		}
		fence, err := q.count(ctx, tx, "fence", len(ready))
		if err != nil {
			return err
		}
		for i, l := range ready {
			if l.Attempt >= lostTries*q.policy.Tries {
				if err := q.bury(ctx, tx, l, "its lease ended unsettled too often: whoever worked on it hung or died"); err != nil {
					return err
				}
				continue
			}
			l.Attempt++
			l.Fence = fence + int64(i)
			_, err := tx.Exec(ctx, `UPDATE queue_items SET state = 1, ready = ?, attempt = ?, fence = ? WHERE queue = ? AND grp = ? AND name = ?`,
				l.Until.UnixNano(), l.Attempt, l.Fence, q.name, l.Group, l.Name)
			if err != nil {
				return err
			}
			leases = append(leases, l)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take: %w", err)
	}
	return leases, nil
}

// ready lists what may be taken, with the attempts it has had.
func (q *Queue) ready(ctx context.Context, tx *sqlitedb.Tx, n int) (leases []pipeline.Lease, err error) {
	now := q.now()
	err = tx.Each(ctx, `SELECT grp, name, attempt FROM queue_items
		WHERE queue = ? AND state < 3 AND ready <= ? ORDER BY ready, turn LIMIT ?`,
		[]any{q.name, now.UnixNano(), n},
		func(r *sqlitedb.Rows) error {
			l := pipeline.Lease{Until: now.Add(q.policy.Patience)}
			err := r.Scan(&l.Group, &l.Name, &l.Attempt)
			leases = append(leases, l)
			return err
		})
	return leases, err
}

// Recover ends every lease, so that their names are ready now, and says how
// many there were. It is for the one worker of a data directory, at its
// start: whoever held a lease then is dead. The lost attempts count.
func (q *Queue) Recover(ctx context.Context) (n int, err error) {
	err = q.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		changed, err := tx.Exec(ctx, `UPDATE queue_items SET state = 0, ready = ? WHERE queue = ? AND state IN (1, 2)`,
			q.now().UnixNano(), q.name)
		n = int(changed)
		tx.OnCommit(q.rouse)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("recover queue %s: %w", q.name, err)
	}
	return n, nil
}

// Extend implements [pipeline.Queue].
func (q *Queue) Extend(ctx context.Context, leases ...pipeline.Lease) error {
	return q.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		until := q.now().Add(q.policy.Patience).UnixNano()
		for _, l := range leases {
			_, err := q.held(ctx, tx, l)
			if isGone(err) {
				err = fmt.Errorf("lease of %s: %w: the name is gone", l.Name, evidence.ErrConflict)
			}
			if err != nil {
				return fmt.Errorf("extend: %w", err)
			}
			_, err = tx.Exec(ctx, `UPDATE queue_items SET ready = ? WHERE queue = ? AND grp = ? AND name = ?`, until, q.name, l.Group, l.Name)
			if err != nil {
				return fmt.Errorf("extend %s: %w", l.Name, err)
			}
		}
		return nil
	})
}

// Len implements [pipeline.Queue]. A lease that has ended counts as waiting.
func (q *Queue) Len(ctx context.Context, group string) (c pipeline.Counts, err error) {
	err = q.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		c, err = q.LenTx(ctx, tx, group)
		return err
	})
	return c, err
}

// LenTx is Len within the caller's transaction.
func (q *Queue) LenTx(ctx context.Context, tx *sqlitedb.Tx, group string) (c pipeline.Counts, err error) {
	err = tx.QueryRow(ctx, `SELECT
			count(*) FILTER (WHERE state = 0 OR state IN (1, 2) AND ready <= ?1),
			count(*) FILTER (WHERE state IN (1, 2) AND ready > ?1),
			count(*) FILTER (WHERE state = 3)
		FROM queue_items WHERE queue = ?2 AND (?3 = '' OR grp = ?3)`,
		q.now().UnixNano(), q.name, group).Scan(&c.Waiting, &c.Leased, &c.Dead)
	if err != nil {
		return c, fmt.Errorf("count queue %s: %w", q.name, err)
	}
	return c, nil
}

// EmptyTx reports, within the caller's transaction, whether a group has
// nothing left to do: nothing waits, nobody works. Dead letters do not count.
func (q *Queue) EmptyTx(ctx context.Context, tx *sqlitedb.Tx, group string) (empty bool, err error) {
	err = tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM queue_items WHERE queue = ? AND grp = ? AND state < 3)`,
		q.name, group).Scan(&empty)
	if err != nil {
		return false, fmt.Errorf("look into queue %s: %w", q.name, err)
	}
	return empty, nil
}

// Oldest implements [pipeline.Ages].
func (q *Queue) Oldest(ctx context.Context) (age time.Duration, err error) {
	err = q.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		now := q.now().UnixNano()
		var ready int64
		err := tx.QueryRow(ctx, `SELECT coalesce(min(ready), ?2) FROM queue_items WHERE queue = ?1 AND state < 3`, q.name, now).Scan(&ready)
		age = max(0, time.Duration(now-ready))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("age of queue %s: %w", q.name, err)
	}
	return age, nil
}
