package sqlitefrontier

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Pause implements crawler.Control.
func (f *Frontier) Pause(ctx context.Context, t crawler.Target, reason string) error {
	return f.order(ctx, "pause", t, func(tx *sqlitedb.Tx, grp string) error {
		if t.Run != "" { // claims pass over its leads
			return f.state(ctx, tx, t, crawler.Paused, reason)
		}
		if err := f.state(ctx, tx, t, crawler.Paused, reason); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE frontier_group SET paused = 1, ready = NULL WHERE grp = ?`, grp)
		return err
	})
}

// Resume implements crawler.Control.
func (f *Frontier) Resume(ctx context.Context, t crawler.Target) error {
	return f.order(ctx, "resume", t, func(tx *sqlitedb.Tx, grp string) error {
		if err := f.state(ctx, tx, t, crawler.Running, ""); err != nil {
			return err
		}
		f.change(tx)
		if t.Run != "" {
			return f.scheduleRun(ctx, tx, t.Run)
		}
		if _, err := tx.Exec(ctx, `UPDATE frontier_group SET paused = EXISTS
			(SELECT 1 FROM frontier_host h WHERE h.grp = frontier_group.grp AND h.state = 'paused') WHERE grp = ?`, grp); err != nil {
			return err
		}
		return f.schedule(ctx, tx, grp)
	})
}

// Kill implements crawler.Control.
func (f *Frontier) Kill(ctx context.Context, t crawler.Target, reason string) error {
	return f.order(ctx, "kill", t, func(tx *sqlitedb.Tx, grp string) error {
		if reason == "" {
			reason = crawler.Killed
		}
		f.change(tx)
		if t.Run != "" {
			return f.killRun(ctx, tx, t.Run, reason)
		}
		if err := f.state(ctx, tx, t, crawler.Killed, reason); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE frontier_lead SET state = 3, reason = ?, changed = ? WHERE grp = ? AND host = ? AND `+waiting,
			reason, f.stamp(), grp, strings.ToLower(t.Host)); err != nil {
			return err
		}
		return f.schedule(ctx, tx, grp)
	})
}

// waiting holds for leads that are open and not leased.
const waiting = `state = 0 AND id NOT IN (SELECT id FROM frontier_lease)`

func (f *Frontier) killRun(ctx context.Context, tx *sqlitedb.Tx, run, reason string) error {
	if err := f.state(ctx, tx, crawler.Target{Run: run}, crawler.Killed, reason); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE frontier_lead SET state = 3, reason = ?, changed = ? WHERE run = ? AND `+waiting, reason, f.stamp(), run); err != nil {
		return err
	}
	return f.scheduleRun(ctx, tx, run)
}

// SetGap implements crawler.Control.
func (f *Frontier) SetGap(ctx context.Context, host string, gap time.Duration) error {
	if gap < 0 {
		return fmt.Errorf("set gap of %s: %w: %s is below zero", host, evidence.ErrInvalid, gap)
	}
	return f.order(ctx, "set gap of", crawler.Target{Host: host}, func(tx *sqlitedb.Tx, grp string) error {
		if _, err := tx.Exec(ctx, `UPDATE frontier_group SET ordered = ? WHERE grp = ?`, int64(gap), grp); err != nil {
			return err
		}
		f.change(tx)
		return f.schedule(ctx, tx, grp)
	})
}

// SetBudget implements crawler.Control. It may be set before the first lead.
func (f *Frontier) SetBudget(ctx context.Context, run string, requests int) error {
	if requests < 0 || run == "" {
		return fmt.Errorf("set budget of run %q: %w: %d requests", run, evidence.ErrInvalid, requests)
	}
	return f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		var over bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM frontier_run WHERE run = ? AND state = 'closed')`, run).Scan(&over); err != nil || over {
			return wrap("set budget of run "+run, cmp.Or(err, crawler.ErrClosed))
		}
		if _, err := tx.Exec(ctx, `INSERT INTO frontier_run (run, budget) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET budget = ?2`, run, requests); err != nil {
			return wrap("set budget of run "+run, err)
		}
		f.change(tx)
		return wrap("set budget of run "+run, f.book(tx).spend(ctx, run, &spent{given: true}))
	})
}

// order runs a command in a transaction. A run must be there; a host may be
// told before its first lead comes.
func (f *Frontier) order(ctx context.Context, verb string, t crawler.Target, do func(tx *sqlitedb.Tx, grp string) error) error {
	name := t.Run
	if name == "" {
		t.Host = strings.ToLower(t.Host)
		name = t.Host
	}
	if (t.Run == "") == (t.Host == "") {
		return fmt.Errorf("%s %+v: %w: name a run or a host", verb, t, evidence.ErrInvalid)
	}
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if t.Run != "" {
			var state string
			if err := tx.QueryRow(ctx, `SELECT state FROM frontier_run WHERE run = ?`, t.Run).Scan(&state); err != nil {
				return err
			}
			if state == crawler.Closed {
				return crawler.ErrClosed
			}
			return do(tx, "")
		}
		var grp string
		if _, err := tx.Exec(ctx, `INSERT OR IGNORE INTO frontier_host (host, grp) VALUES (?1, ?1)`, t.Host); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT grp FROM frontier_host WHERE host = ?`, t.Host).Scan(&grp); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT OR IGNORE INTO frontier_group (grp) VALUES (?)`, grp); err != nil {
			return err
		}
		return do(tx, grp)
	})
	return wrap(verb+" "+name, err)
}

func (f *Frontier) state(ctx context.Context, tx *sqlitedb.Tx, t crawler.Target, state, reason string) error {
	if t.Run != "" {
		_, err := tx.Exec(ctx, `UPDATE frontier_run SET state = ?, reason = ? WHERE run = ?`, state, reason, t.Run)
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE frontier_host SET state = ?, reason = ? WHERE host = ?`, state, reason, strings.ToLower(t.Host))
	return err
}
