// Package sqlitequeue keeps queues in the house's SQLite file, so that a name
// can be put or settled in the same transaction as what it stands for.
//
// One row a name: when it is ready, which attempt, under which fence. A lease
// is a row whose ready time lies in the future, so an abandoned one comes
// back by the clock alone and nobody has to sweep. Takers of this process are
// woken by a commit; those of another process look once a second.
package sqlitequeue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"probity/pipeline"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

var (
	_ pipeline.Queue   = (*Queue)(nil)
	_ pipeline.Letters = (*Queue)(nil)
	_ pipeline.Ages    = (*Queue)(nil)
)

// poll is how often a taker looks for what other processes put.
const poll = time.Second

// lostTries times the policy's tries is how often a lease of a name may end
// unsettled: more often than a failure, since a machine that is switched off
// is not the name's fault, but not for ever, since the name may be what kills.
const lostTries = 3

// state of a row: waiting, leased, leased and put again meanwhile, or dead.
const (
	waiting = iota
	leased
	leasedAgain
	dead
)

// A Queue is a [pipeline.Queue] in a SQLite file.
type Queue struct {
	db     *sqlitedb.DB
	name   string
	policy pipeline.Policy
	now    func() time.Time

	mu   sync.Mutex
	wake chan struct{} // closed when there may be something to take
}

// Open returns the queue of that name in db.
func Open(ctx context.Context, db *sqlitedb.DB, name string, policy pipeline.Policy, now func() time.Time) (*Queue, error) {
	err := db.Define(ctx, `
		CREATE TABLE IF NOT EXISTS queue_items (
			queue   TEXT NOT NULL,
			grp     TEXT NOT NULL,
			name    TEXT NOT NULL,
			state   INTEGER NOT NULL,           -- 0 waiting, 1 leased, 2 leased and put again, 3 dead
			ready   INTEGER NOT NULL,           -- Unix nanoseconds: when it may be taken, or its lease ends; of a dead letter, when it died
			turn    INTEGER NOT NULL,           -- order among those ready at the same time
			attempt INTEGER NOT NULL DEFAULT 0,
			fence   INTEGER NOT NULL DEFAULT 0,
			reason  TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (queue, grp, name)
		) STRICT, WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS queue_items_ready ON queue_items (queue, ready, turn) WHERE state < 3;
		CREATE TABLE IF NOT EXISTS queue_counters (
			queue TEXT PRIMARY KEY,
			fence INTEGER NOT NULL DEFAULT 0,
			turn  INTEGER NOT NULL DEFAULT 0
		) STRICT;`)
	if err != nil {
		return nil, fmt.Errorf("open queue %s: %w", name, err)
	}
	err = db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO queue_counters (queue) VALUES (?) ON CONFLICT DO NOTHING`, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open queue %s: %w", name, err)
	}
	return &Queue{db: db, name: name, policy: policy, now: now, wake: make(chan struct{})}, nil
}

// Put implements [pipeline.Queue].
func (q *Queue) Put(ctx context.Context, group string, names ...string) error {
	return q.db.Write(ctx, func(tx *sqlitedb.Tx) error { return q.PutTx(ctx, tx, group, names...) })
}

// PutTx is Put within the caller's transaction.
func (q *Queue) PutTx(ctx context.Context, tx *sqlitedb.Tx, group string, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	turn, err := q.count(ctx, tx, "turn", len(names))
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	for i, name := range names {
		_, err := tx.Exec(ctx, `
			INSERT INTO queue_items (queue, grp, name, state, ready, turn) VALUES (?1, ?2, ?3, 0, ?4, ?5)
			ON CONFLICT DO UPDATE SET
				ready   = CASE state WHEN 3 THEN excluded.ready ELSE ready END,
				turn    = CASE state WHEN 3 THEN excluded.turn ELSE turn END,
				attempt = CASE state WHEN 3 THEN 0 ELSE attempt END,
				reason  = CASE state WHEN 3 THEN '' ELSE reason END,
				state   = CASE state WHEN 3 THEN 0 WHEN 1 THEN 2 ELSE state END`,
			q.name, group, name, q.now().UnixNano(), turn+int64(i))
		if err != nil {
			return fmt.Errorf("put %s: %w", name, err)
		}
	}
	tx.OnCommit(q.rouse)
	return nil
}

// count raises one of the queue's counters by n and returns the first new value.
func (q *Queue) count(ctx context.Context, tx *sqlitedb.Tx, counter string, n int) (int64, error) {
	query := `UPDATE queue_counters SET turn = turn + ?2 WHERE queue = ?1 RETURNING turn`
	if counter == "fence" {
		query = `UPDATE queue_counters SET fence = fence + ?2 WHERE queue = ?1 RETURNING fence`
	}
	var last int64
	err := tx.QueryRow(ctx, query, q.name, n).Scan(&last)
	return last - int64(n) + 1, err
}

// Settle implements [pipeline.Queue].
func (q *Queue) Settle(ctx context.Context, lease pipeline.Lease, fault error) error {
	return q.db.Write(ctx, func(tx *sqlitedb.Tx) error { return q.SettleTx(ctx, tx, lease, fault) })
}

// SettleTx is Settle within the caller's transaction.
func (q *Queue) SettleTx(ctx context.Context, tx *sqlitedb.Tx, lease pipeline.Lease, fault error) error {
	state, err := q.held(ctx, tx, lease)
	verdict, wait := q.policy.Judge(fault, lease.Attempt)
	switch {
	case isGone(err) && verdict == pipeline.Done:
		return nil
	case err != nil:
		return fmt.Errorf("settle: %w", err)
	case verdict == pipeline.Done && state == leased:
		_, err = tx.Exec(ctx, `DELETE FROM queue_items WHERE queue = ? AND grp = ? AND name = ?`, q.name, lease.Group, lease.Name)
	case verdict == pipeline.Done: // put again meanwhile: a new life
		err = q.wait(ctx, tx, lease, life{ready: q.now()})
	case verdict == pipeline.Dead && state == leased:
		err = q.bury(ctx, tx, lease, fault.Error())
	case verdict == pipeline.Dead:
		err = q.wait(ctx, tx, lease, life{ready: q.now(), reason: fault.Error()})
	case verdict == pipeline.GiveBack:
		err = q.wait(ctx, tx, lease, life{ready: q.now().Add(wait), attempt: lease.Attempt - 1})
	default:
		err = q.wait(ctx, tx, lease, life{ready: q.now().Add(wait), attempt: lease.Attempt, reason: fault.Error()})
	}
	if err != nil {
		return fmt.Errorf("settle %s: %w", lease.Name, err)
	}
	return nil
}

// held returns the state of the leased row; evidence.ErrNotFound where there
// is none, evidence.ErrConflict where the lease is another's by now.
func (q *Queue) held(ctx context.Context, tx *sqlitedb.Tx, lease pipeline.Lease) (state int, err error) {
	var fence int64
	err = tx.QueryRow(ctx, `SELECT state, fence FROM queue_items WHERE queue = ? AND grp = ? AND name = ?`,
		q.name, lease.Group, lease.Name).Scan(&state, &fence)
	if err != nil {
		return 0, fmt.Errorf("lease of %s: %w", lease.Name, err)
	}
	if fence != lease.Fence || state != leased && state != leasedAgain {
		return 0, fmt.Errorf("lease of %s: %w: fence %d has ended, the name is at fence %d", lease.Name, evidence.ErrConflict, lease.Fence, fence)
	}
	return state, nil
}

// life is how a name goes on waiting.
type life struct {
	ready   time.Time
	attempt int
	reason  string
}

func (q *Queue) wait(ctx context.Context, tx *sqlitedb.Tx, lease pipeline.Lease, l life) error {
	_, err := tx.Exec(ctx, `UPDATE queue_items SET state = 0, ready = ?, attempt = ?, reason = ? WHERE queue = ? AND grp = ? AND name = ?`,
		l.ready.UnixNano(), l.attempt, l.reason, q.name, lease.Group, lease.Name)
	tx.OnCommit(q.rouse)
	return err
}

func (q *Queue) bury(ctx context.Context, tx *sqlitedb.Tx, lease pipeline.Lease, reason string) error {
	_, err := tx.Exec(ctx, `UPDATE queue_items SET state = 3, ready = ?, attempt = ?, reason = ? WHERE queue = ? AND grp = ? AND name = ?`,
		q.now().UnixNano(), lease.Attempt, reason, q.name, lease.Group, lease.Name)
	return err
}
