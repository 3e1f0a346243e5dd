// Package sqlitefrontier is the laptop's frontier: tables frontier_* in the
// house's SQLite file. Since they stand beside the queues, settling a lead,
// queueing its capture and adding what was found are one transaction: see
// SettleTx, AdoptTx and AddTx.
//
// All of a worker's wishes are short write transactions, and SQLite admits
// one writer, so no two claims can see the same host free. An idle claim only
// reads.
package sqlitefrontier

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"probity/crawler"
	"probity/pipeline/sqlitedb"
)

// A Frontier is the embedded backend of crawler.Frontier. It is safe for
// concurrent use, also by several processes on one file.
type Frontier struct {
	db      *sqlitedb.DB
	policy  crawler.Policy
	now     func() time.Time
	changed chan struct{}
	known   known
}

var (
	_ crawler.Frontier = (*Frontier)(nil)
	_ crawler.Control  = (*Frontier)(nil)
	_ crawler.Ledger   = (*Frontier)(nil)
	_ crawler.Orders   = (*Frontier)(nil)
	_ crawler.Purse    = (*Frontier)(nil)
)

// Open makes the tables where they are missing.
func Open(ctx context.Context, db *sqlitedb.DB, p crawler.Policy, now func() time.Time) (*Frontier, error) {
	if err := db.Define(ctx, ddl); err != nil {
		return nil, fmt.Errorf("open frontier: %w", err)
	}
	f := &Frontier{db: db, policy: p, now: now, changed: make(chan struct{}, 1), known: known{seed: maphash.MakeSeed()}}
	if err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error { return errors.Join(tally(ctx, tx), carry(ctx, tx)) }); err != nil {
		return nil, fmt.Errorf("open frontier: %w", err)
	}
	return f, nil
}

// Changed receives after leads were added, resumed or retried in this process,
// so that one may be due now. Who settles knows that himself. It holds one
// signal, for one receiver.
func (f *Frontier) Changed() <-chan struct{} { return f.changed }

// change signals once tx has been committed.
func (f *Frontier) change(tx *sqlitedb.Tx) {
	tx.OnCommit(func() {
		select {
		case f.changed <- struct{}{}:
		default: // one is waiting to be seen
		}
	})
}

func (f *Frontier) stamp() int64 { return f.now().UnixNano() }

// touch takes a host as answered just now.
func (f *Frontier) touch(ctx context.Context, tx *sqlitedb.Tx, grp string) error {
	if _, err := tx.Exec(ctx, `UPDATE frontier_group SET ended = max(ended, ?) WHERE grp = ?`, f.stamp(), grp); err != nil {
		return err
	}
	return f.schedule(ctx, tx, grp)
}

// schedule computes a group's ready anew.
func (f *Frontier) schedule(ctx context.Context, tx *sqlitedb.Tx, grp string) error {
	_, err := tx.Exec(ctx, `UPDATE frontier_group SET ready = `+readyAt(`ended`, `gap`, `delay`)+` WHERE grp = ?`, grp)
	return err
}

// readyAt is the expression for when the next lead of a group may be claimed,
// with expressions for the end of its last answer, its gap and its crawl-delay.
func readyAt(ended, gap, delay string) string {
	return `CASE
		WHEN paused OR EXISTS (SELECT 1 FROM frontier_lease e WHERE e.grp = frontier_group.grp) THEN NULL
		ELSE max((SELECT min(due) FROM frontier_lead l WHERE l.state = 0 AND l.grp = frontier_group.grp), until,
			CASE ` + ended + ` WHEN 0 THEN 0 ELSE ` + ended + ` + max(CASE ordered WHEN 0 THEN ` + gap + ` ELSE ordered END, ` + delay + `) END)
		END`
}

// scheduleRun does so for every group that a run has leads at.
func (f *Frontier) scheduleRun(ctx context.Context, tx *sqlitedb.Tx, run string) error {
	var groups []string
	err := tx.Each(ctx, `SELECT grp FROM frontier_lane WHERE run = ?`, []any{run}, func(r *sqlitedb.Rows) error {
		var g string
		if err := r.Scan(&g); err != nil {
			return err
		}
		groups = append(groups, g)
		return nil
	})
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := f.schedule(ctx, tx, g); err != nil {
			return err
		}
	}
	return nil
}
