package sqlitefrontier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Counts implements crawler.Ledger: counted from the leads themselves. A run
// that has none is evidence.ErrNotFound.
func (f *Frontier) Counts(ctx context.Context, run string) (crawler.Counts, error) {
	var c crawler.Counts
	err := f.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		c, err = f.CountsTx(ctx, tx, run)
		return err
	})
	return c, err
}

// CountsTx is Counts within a transaction.
func (f *Frontier) CountsTx(ctx context.Context, tx *sqlitedb.Tx, run string) (crawler.Counts, error) {
	c := crawler.Counts{Failed: map[string]int{}, Refused: map[string]int{}}
	err := tx.QueryRow(ctx, `SELECT state, reason, requests, budget, leads - done, done,
		(SELECT count(*) FROM frontier_lease l WHERE l.run = frontier_run.run) FROM frontier_run WHERE run = ?`, run).
		Scan(&c.State, &c.Reason, &c.Requests, &c.Budget, &c.Open, &c.Done, &c.Leased)
	if err != nil {
		return c, fmt.Errorf("count leads of run %s: %w", run, err)
	}
	c.Open -= c.Leased
	err = tx.Each(ctx, `SELECT 3, reason, count(*) FROM frontier_lead WHERE run = ?1 AND state = 3 GROUP BY reason
		UNION ALL SELECT 4, reason, count(*) FROM frontier_lead WHERE run = ?1 AND state = 4 GROUP BY reason`, []any{run}, func(r *sqlitedb.Rows) error {
		var state, n int
		var reason string
		if err := r.Scan(&state, &reason, &n); err != nil {
			return err
		}
		c.Open -= n
		if state == failed {
			c.Failed[reason] = n
		} else {
			c.Refused[reason] = n
		}
		return nil
	})
	return c, wrap("count leads of run "+run, err)
}

// DeadLetters implements crawler.Ledger.
func (f *Frontier) DeadLetters(ctx context.Context, run, after string, limit int) ([]crawler.DeadLetter, string, error) {
	from := int64(0)
	if after != "" {
		var err error
		if from, err = strconv.ParseInt(after, 10, 64); err != nil {
			return nil, "", fmt.Errorf("list dead letters: cursor %q: %w: take it from the page before", after, evidence.ErrInvalid)
		}
	}
	var out []crawler.DeadLetter
	var last int64
	err := f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT id, lead, reason, detail, attempt, changed FROM frontier_lead
			WHERE run = ? AND state = 3 AND id > ? ORDER BY id LIMIT ?`, []any{run, from, limit + 1}, func(r *sqlitedb.Rows) error {
			var d crawler.DeadLetter
			var id, changed int64
			var doc []byte
			if err := r.Scan(&id, &doc, &d.Reason, &d.Detail, &d.Attempts, &changed); err != nil {
				return err
			}
			d.Time = at(changed)
			if len(out) < limit {
				last = id
			}
			out = append(out, d)
			return json.Unmarshal(doc, &out[len(out)-1].Lead)
		})
	})
	if err != nil || len(out) <= limit {
		return out, "", wrap("list dead letters", err)
	}
	return out[:limit], strconv.FormatInt(last, 10), nil
}

// Retry implements crawler.Ledger. A killed run is evidence.ErrConflict:
// resume it first.
func (f *Frontier) Retry(ctx context.Context, run string, keys ...string) (int, error) {
	var n int64
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		var state string
		if err := tx.QueryRow(ctx, `SELECT state FROM frontier_run WHERE run = ?`, run).Scan(&state); err != nil {
			return err
		}
		if state == crawler.Killed {
			return fmt.Errorf("%w: the run was killed; resume it first", evidence.ErrConflict)
		}
		if state == crawler.Closed {
			return crawler.ErrClosed
		}
		wanted, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		now := f.stamp()
		n, err = tx.Exec(ctx, `UPDATE frontier_lead SET state = 0, attempt = 0, due = ?1, reason = '', detail = '', changed = ?1
			WHERE run = ?2 AND state = 3 AND (?3 = 'null' OR key IN (SELECT value FROM json_each(?3)))
			AND host NOT IN (SELECT host FROM frontier_host WHERE state = 'killed')`, now, run, string(wanted))
		if err != nil {
			return err
		}
		f.change(tx)
		return f.scheduleRun(ctx, tx, run)
	})
	return int(n), wrap("retry dead letters of run "+run, err)
}

// Hosts implements crawler.Ledger.
func (f *Frontier) Hosts(ctx context.Context, names ...string) ([]crawler.HostState, error) {
	var out []crawler.HostState
	which, args := "", []any{}
	if len(names) > 0 {
		wanted, err := json.Marshal(names)
		if err != nil {
			return nil, wrap("list hosts", err)
		}
		which, args = "WHERE h.host IN (SELECT lower(value) FROM json_each(?))", append(args, string(wanted))
	}
	err := f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		out = nil
		now := f.stamp()
		return tx.Each(ctx, `SELECT h.host, h.grp, h.state, h.reason, max(CASE g.ordered WHEN 0 THEN g.gap ELSE g.ordered END, g.delay), g.until,
			(SELECT count(*) FROM frontier_lead l WHERE l.grp = h.grp AND l.state = 0 AND l.host = h.host),
			(SELECT count(*) FROM frontier_lease e JOIN frontier_lead l ON l.id = e.id WHERE e.grp = h.grp AND l.host = h.host),
			g.ordered, g.delay, g.ended, coalesce(g.ready, 0)
			FROM frontier_host h JOIN frontier_group g ON g.grp = h.grp `+which+` ORDER BY h.host`, args, func(r *sqlitedb.Rows) error {
			var s crawler.HostState
			var gap, until, ordered, delay, ended, ready int64
			if err := r.Scan(&s.Host, &s.Group, &s.State, &s.Reason, &gap, &until, &s.Open, &s.Leased, &ordered, &delay, &ended, &ready); err != nil {
				return err
			}
			s.Gap, s.Ordered, s.Delay = time.Duration(gap), time.Duration(ordered), time.Duration(delay)
			s.Ended = at(ended)
			if s.Open -= s.Leased; s.Open > 0 {
				s.Next = at(ready)
			}
			if until > now {
				s.Rests = at(until)
			}
			out = append(out, s)
			return nil
		})
	})
	return out, wrap("list hosts", err)
}

// Alarm implements crawler.Ledger: here what was seen is the leads themselves,
// which have one form only.
func (f *Frontier) Alarm(context.Context) (crawler.Alarm, error) { return crawler.Alarm{}, nil }

// Close implements crawler.Ledger. What was seen is the leads themselves, which
// stay: on one machine pages ask for them.
func (f *Frontier) Close(ctx context.Context, run string) error {
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		c, err := f.CountsTx(ctx, tx, run)
		if errors.Is(err, evidence.ErrNotFound) {
			return nil
		}
		if err == nil && !c.Empty() {
			err = fmt.Errorf("%w: %d leads are open and %d leased; kill it first", evidence.ErrConflict, c.Open, c.Leased)
		}
		if err != nil {
			return err
		}
		for _, table := range []string{"frontier_lane", "frontier_purse"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE run = ?`, run); err != nil {
				return err
			}
		}
		return f.state(ctx, tx, crawler.Target{Run: run}, crawler.Closed, "")
	})
	return wrap("close run "+run, err)
}

// Forget implements crawler.Ledger. A run that still has something to visit
// is evidence.ErrConflict.
func (f *Frontier) Forget(ctx context.Context, run string) error {
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		c, err := f.CountsTx(ctx, tx, run)
		if errors.Is(err, evidence.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if !c.Empty() {
			return fmt.Errorf("%w: %d leads are open and %d leased; kill it first", evidence.ErrConflict, c.Open, c.Leased)
		}
		for _, table := range []string{"frontier_lead", "frontier_lane", "frontier_purse", "frontier_run"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE run = ?`, run); err != nil {
				return err
			}
		}
		tx.OnCommit(f.known.clear)
		return nil
	})
	return wrap("forget run "+run, err)
}
