package sqlitefrontier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Add implements crawler.Frontier.
func (f *Frontier) Add(ctx context.Context, run string, m evidence.Manners, leads ...evidence.Lead) (crawler.Added, error) {
	var added crawler.Added
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		added, err = f.AddTx(ctx, tx, run, m, leads...)
		return err
	})
	return added, err
}

// AddTx is Add within a transaction. A lead without a host is
// evidence.ErrInvalid, and then nothing is added.
func (f *Frontier) AddTx(ctx context.Context, tx *sqlitedb.Tx, run string, m evidence.Manners, leads ...evidence.Lead) (crawler.Added, error) {
	a := adder{f: f, ctx: ctx, tx: tx, run: run, manners: m, now: f.stamp(), lanes: map[string]*lane{}, hosts: map[string]host{}}
	if len(leads) > 0 {
		if leads = a.unknown(leads); len(leads) == 0 {
			return a.added, nil
		}
	}
	if err := a.open(); err != nil {
		return crawler.Added{}, fmt.Errorf("add leads to run %s: %w", run, err)
	}
	if a.over {
		a.added.Seen += len(leads)
		return a.added, nil
	}
	for _, l := range leads {
		if err := a.add(l); err != nil {
			return crawler.Added{}, fmt.Errorf("add lead %s to run %s: %w", l.URL, run, err)
		}
	}
	if err := a.close(); err != nil {
		return crawler.Added{}, fmt.Errorf("add leads to run %s: %w", run, err)
	}
	return a.added, nil
}

// unknown leaves out, and counts, the leads that are known to stand in the run.
func (a *adder) unknown(leads []evidence.Lead) []evidence.Lead {
	if !a.f.known.ready.Load() {
		return leads
	}
	return slices.DeleteFunc(slices.Clone(leads), func(l evidence.Lead) bool {
		seen := a.f.known.has(a.run, l)
		if seen {
			a.added.Seen++
		}
		return seen
	})
}

// An adder adds the leads of one call.
type adder struct {
	f       *Frontier
	ctx     context.Context //nolint:containedctx // lives for one call of AddTx
	tx      *sqlitedb.Tx
	run     string
	killed  string // why the run takes no leads
	over    bool   // it is closed
	manners evidence.Manners
	now     int64
	lanes   map[string]*lane
	hosts   map[string]host
	added   crawler.Added
}

type lane struct {
	turn  int64 // of the run's last lead at the group
	idle  bool  // nothing was open or leased there before
	gap   int64 // that held before
	calm  bool  // what is added moves nothing: something is leased or due already
	added bool
}

type host struct{ grp, killed string }

func (a *adder) open() error {
	if a.run == "" {
		return fmt.Errorf("%w: the run has no name", evidence.ErrInvalid)
	}
	if _, err := a.tx.Exec(a.ctx, `INSERT OR IGNORE INTO frontier_run (run) VALUES (?)`, a.run); err != nil {
		return err
	}
	var state, reason string
	if err := a.tx.QueryRow(a.ctx, `SELECT state, reason FROM frontier_run WHERE run = ?`, a.run).Scan(&state, &reason); err != nil {
		return err
	}
	if state == crawler.Killed {
		a.killed = reason
	}
	a.over = state == crawler.Closed
	return nil
}

func (a *adder) add(l evidence.Lead) error {
	name := l.Host()
	if name == "" {
		return fmt.Errorf("%w: no host in it", evidence.ErrInvalid)
	}
	h, err := a.host(name)
	if err != nil {
		return err
	}
	ln, err := a.lane(h.grp)
	if err != nil {
		return err
	}
	doc, err := json.Marshal(l)
	if err != nil {
		return err
	}
	state, reason := open, ""
	if a.killed != "" || h.killed != "" {
		state, reason = failed, a.killed
		if reason == "" {
			reason = h.killed
		}
	}
	n, err := a.tx.Exec(a.ctx, `INSERT OR IGNORE INTO frontier_lead (run, key, host, grp, lead, state, turn, due, reason, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.run, l.Key(), name, h.grp, doc, state, ln.turn+1, a.now, reason, a.now)
	switch {
	case err != nil:
		return err
	case n == 0:
		a.added.Seen++
	case state == failed:
		ln.added = true
		a.added.Shut++
	default:
		ln.turn++
		ln.added = true
		a.added.New++
	}
	known := nameOf(l)
	a.tx.OnCommit(func() { a.f.known.add(a.run, known) })
	return nil
}

// host finds the group a host belongs to. A group declared now wins: the
// host moves there with its leads, so that at no time it has two visitors.
func (a *adder) host(name string) (host, error) {
	if h, ok := a.hosts[name]; ok {
		return h, nil
	}
	var h host
	var state, reason string
	err := a.tx.QueryRow(a.ctx, `SELECT grp, state, reason FROM frontier_host WHERE host = ?`, name).Scan(&h.grp, &state, &reason)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		h.grp = strings.ToLower(a.manners.Group)
		if h.grp == "" {
			h.grp = name
		}
		if _, err := a.tx.Exec(a.ctx, `INSERT INTO frontier_host (host, grp) VALUES (?, ?)`, name, h.grp); err != nil {
			return host{}, err
		}
	case err != nil:
		return host{}, err
	case a.manners.Group != "" && strings.ToLower(a.manners.Group) != h.grp:
		if err := a.move(name, h.grp, strings.ToLower(a.manners.Group)); err != nil {
			return host{}, err
		}
		h.grp = strings.ToLower(a.manners.Group)
	}
	if state == crawler.Killed {
		h.killed = reason
	}
	a.hosts[name] = h
	return h, nil
}

func (a *adder) move(name, from, to string) error {
	for _, q := range []string{
		`INSERT OR IGNORE INTO frontier_group (grp) VALUES (?2)`,
		`UPDATE frontier_group SET (ended, gap, delay, until, turn) = (SELECT max(g.ended, o.ended), max(g.gap, o.gap),
			max(g.delay, o.delay), max(g.until, o.until), max(g.turn, o.turn)
			FROM frontier_group g, frontier_group o WHERE g.grp = ?2 AND o.grp = ?1)
			WHERE grp = ?2 AND EXISTS (SELECT 1 FROM frontier_group WHERE grp = ?1)`,
		`INSERT OR IGNORE INTO frontier_lane (run, grp, turn) SELECT run, ?2, turn FROM frontier_lane WHERE grp = ?1`,
		`UPDATE frontier_lease SET grp = ?2 WHERE grp = ?1 AND id IN (SELECT id FROM frontier_lead WHERE host = ?3 AND grp = ?1)`,
		`UPDATE frontier_lead SET grp = ?2 WHERE host = ?3 AND grp = ?1`,
		`UPDATE frontier_host SET grp = ?2 WHERE host = ?3`,
	} {
		if _, err := a.tx.Exec(a.ctx, q, from, to, name); err != nil {
			return err
		}
	}
	if err := a.f.schedule(a.ctx, a.tx, from); err != nil {
		return err
	}
	return a.f.schedule(a.ctx, a.tx, to)
}

func (a *adder) lane(grp string) (*lane, error) {
	if ln, ok := a.lanes[grp]; ok {
		return ln, nil
	}
	ln := &lane{}
	err := a.standing(grp, ln)
	if errors.Is(err, evidence.ErrNotFound) {
		if _, err = a.tx.Exec(a.ctx, `INSERT INTO frontier_group (grp) VALUES (?)`, grp); err == nil {
			err = a.standing(grp, ln)
		}
	}
	if err != nil {
		return nil, err
	}
	a.lanes[grp] = ln
	return ln, nil
}

// standing reads how a group stands.
func (a *adder) standing(grp string, ln *lane) error {
	var leased bool
	var due *int64
	err := a.tx.QueryRow(a.ctx, `SELECT max(g.turn, coalesce((SELECT turn FROM frontier_lane WHERE run = ?1 AND grp = ?2), 0)), g.gap,
		EXISTS (SELECT 1 FROM frontier_lease WHERE grp = ?2), (SELECT min(due) FROM frontier_lead WHERE grp = ?2 AND state = 0)
		FROM frontier_group g WHERE g.grp = ?2`, a.run, grp).Scan(&ln.turn, &ln.gap, &leased, &due)
	ln.idle = !leased && due == nil
	ln.calm = leased || due != nil && *due <= a.now
	return err
}

// close writes what the groups have learnt. While a host has work, the
// longest declared gap holds; the first that comes to an idle host is taken
// at its word.
func (a *adder) close() error {
	gap := a.manners.Gap
	if gap <= 0 {
		gap = a.f.policy.Gap
	}
	for grp, ln := range a.lanes {
		if ln.added {
			if _, err := a.tx.Exec(a.ctx, `INSERT INTO frontier_lane (run, grp, turn) VALUES (?, ?, ?)
				ON CONFLICT DO UPDATE SET turn = excluded.turn`, a.run, grp, ln.turn); err != nil {
				return err
			}
		}
		if ln.calm && ln.gap >= int64(gap) {
			continue
		}
		holds := max(ln.gap, int64(gap))
		if ln.idle {
			holds = int64(gap)
		}
		if _, err := a.tx.Exec(a.ctx, `UPDATE frontier_group SET gap = ?2, ready = `+readyAt(`ended`, `?2`, `delay`)+` WHERE grp = ?1`, grp, holds); err != nil {
			return err
		}
	}
	if a.added.New > 0 {
		a.f.change(a.tx)
	}
	if n := a.added.New + a.added.Shut; n > 0 {
		_, err := a.tx.Exec(a.ctx, `UPDATE frontier_run SET leads = leads + ? WHERE run = ?`, n, a.run)
		return err
	}
	return nil
}
