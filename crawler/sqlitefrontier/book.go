package sqlitefrontier

import (
	"context"
	"encoding/json"
	"time"

	"probity/crawler"
	"probity/pipeline/sqlitedb"
)

// A book holds what a transaction has still to write of groups and runs: each
// once, however many of its leads are settled.
type book struct {
	f      *Frontier
	tx     *sqlitedb.Tx
	groups map[string]*answered
	runs   map[string]*spent
	done   []int64 // leads of which nothing more is to be said
}

// answered is what a group's settlements say of its host.
type answered struct {
	ended int64         // of the last answer; 0: there was none
	delay time.Duration // crawl-delay, where ended is set
}

type spent struct {
	requests, done int
	given          bool // a lease was given back without a request
}

func (f *Frontier) book(tx *sqlitedb.Tx) *book {
	return &book{f: f, tx: tx, groups: map[string]*answered{}, runs: map[string]*spent{}}
}

// apply writes one outcome and closes the book.
func (f *Frontier) apply(ctx context.Context, tx *sqlitedb.Tx, r row, o crawler.Outcome) error {
	b := f.book(tx)
	if err := b.apply(ctx, r, o); err != nil {
		return err
	}
	return b.close(ctx)
}

// apply writes an outcome: the host first, then the lead, then the run.
func (b *book) apply(ctx context.Context, r row, o crawler.Outcome) error {
	g := b.groups[r.grp]
	if g == nil {
		g = &answered{}
		b.groups[r.grp] = g
	}
	if o.Requests > 0 {
		g.ended, g.delay = max(g.ended, b.f.stamp()-int64(o.Quiet)), o.Delay
	}
	given, err := b.f.strike(ctx, b.tx, r, o)
	if err != nil {
		return err
	}
	s := b.runs[r.run]
	if s == nil {
		s = &spent{}
		b.runs[r.run] = s
	}
	if o.Result == crawler.Done {
		b.done = append(b.done, r.id)
		s.done++
	} else if err := b.f.write(ctx, b.tx, r, o, given); err != nil {
		return err
	}
	if given {
		if _, err := b.tx.Exec(ctx, `UPDATE frontier_lead SET state = 3, reason = ?, changed = ?, detail = 'the run gave the host up'
			WHERE grp = ? AND run = ? AND host = ? AND `+waiting, o.Reason, b.f.stamp(), r.grp, r.run, r.host); err != nil {
			return err
		}
	}
	s.requests += o.Requests
	s.given = s.given || o.Requests == 0
	return nil
}

func (b *book) close(ctx context.Context) error {
	if err := b.finish(ctx); err != nil {
		return err
	}
	for run, s := range b.runs {
		if err := b.spend(ctx, run, s); err != nil {
			return err
		}
	}
	for grp, g := range b.groups {
		if g.ended == 0 {
			if err := b.f.schedule(ctx, b.tx, grp); err != nil {
				return err
			}
			continue
		}
		if _, err := b.tx.Exec(ctx, `UPDATE frontier_group SET ended = max(ended, ?2), delay = ?3, ready = `+
			readyAt(`max(ended, ?2)`, `gap`, `?3`)+` WHERE grp = ?1`, grp, g.ended, int64(g.delay)); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the leads that are done, all by one statement.
func (b *book) finish(ctx context.Context) error {
	if len(b.done) == 0 {
		return nil
	}
	ids, err := json.Marshal(b.done)
	if err != nil {
		return err
	}
	_, err = b.tx.Exec(ctx, `UPDATE frontier_lead SET state = 2, due = ?1, reason = '', detail = '', changed = ?1
		WHERE id IN (SELECT value FROM json_each(?2))`, b.f.stamp(), string(ids))
	return err
}

// spend counts requests against the run's budget. A lease that was given
// back without one frees its share, for which other hosts may be waiting.
func (b *book) spend(ctx context.Context, run string, s *spent) error {
	var budget, sum int
	var state string
	err := b.tx.QueryRow(ctx, `UPDATE frontier_run SET requests = requests + ?, done = done + ? WHERE run = ? RETURNING budget, requests, state`, s.requests, s.done, run).
		Scan(&budget, &sum, &state)
	switch {
	case err != nil || budget == 0:
		return err
	case sum >= budget && state != crawler.Killed:
		return b.f.killRun(ctx, b.tx, run, "budget")
	case s.given:
		return b.f.scheduleRun(ctx, b.tx, run)
	}
	return nil
}
