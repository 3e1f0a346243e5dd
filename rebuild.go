package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"time"

	"probity/indexer"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// doRebuild makes the index again from archive and ledger alone.
func doRebuild(ctx context.Context, sh shell, c Config, args []string) error {
	flags := flag.NewFlagSet("rebuild", flag.ContinueOnError)
	flags.StringVar(&c.Data, "data", c.Data, "data `directory`")
	back := flags.Bool("back", false, "of a fleet: let the index before the last rebuild take over again")
	anyway := flags.Bool("anyway", false, "of a fleet: take over also with less than half of what there was")
	if _, err := parse(sh, flags, args); err != nil {
		return err
	}
	clock := sh.now
	sh.now = func() time.Time { return clock() }
	sh.rebuilds = true
	h, err := openHouse(ctx, sh, c, datadir.Work)
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	if *back {
		if h.fleet == nil {
			return invalid("-back 只用于集群 is for a fleet: a laptop's index is made anew in place")
		}
		return h.fleet.back(ctx, sh.out)
	}
	// What is done again is done at its own time: the ledger's, not ours.
	err = h.ledger.Scan(ctx, 1, func(e ledger.Entry) error { clock = func() time.Time { return e.Time }; return nil })
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if h.fleet != nil {
		n, err := h.fleet.rebuild(ctx, sh.out, *anyway)
		if err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
		_, err = fmt.Fprintf(sh.out, "重建完成 rebuilt: %d 份存档 captures, %d 次评价 issues\n", n, h.fleet.tale.issued)
		return err
	}
	r := &rebuilding{laptop: h.laptop, captures: map[string][]string{}}
	if err := r.rebuild(ctx); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	_, err = fmt.Fprintf(sh.out, "重建完成 rebuilt: %d 次采集 runs, %d 份存档 captures, %d 次评价 issues\n", r.runs, r.read, r.issues)
	return err
}

// A rebuilding tells the ledger again over an empty view, with every run's
// captures read again.
type rebuilding struct {
	*laptop
	captures           map[string][]string // run -> capture ids, as archived
	runs, read, issues int
}

func (r *rebuilding) rebuild(ctx context.Context) error {
	if err := r.reset(ctx); err != nil {
		return err
	}
	err := r.archive.Scan(ctx, func(c evidence.Capture, _ archive.Location) error {
		if readable(c) {
			r.captures[c.Run] = append(r.captures[c.Run], c.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	t := newRetelling(r.house, func(ctx context.Context, run campaign.Run, _ closing) error {
		return r.sightAll(ctx, run, func(*sqlitedb.Tx, evidence.Capture, []evidence.Lead) error { return nil })
	})
	if err := r.ledger.Scan(ctx, 1, func(e ledger.Entry) error { return t.entry(ctx, e) }); err != nil {
		return err
	}
	for _, id := range sortedKeys(t.opened) { // what was never closed stays provisional
		if err := r.goOn(ctx, t.opened[id]); err != nil {
			return err
		}
	}
	r.runs, r.issues = t.closed, t.issued
	return t.end(ctx)
}

// goOn reads what an open run has kept, and derives its leads again from its
// captures (MODEL 3): the next start goes on with it and asks nothing twice.
func (r *rebuilding) goOn(ctx context.Context, run campaign.Run) error {
	sources, err := r.declared(run)
	if err != nil {
		return err
	}
	maps.Copy(r.set.Sources, sources)
	if err := r.guard(); err != nil {
		return err
	}
	return r.sightAll(ctx, run, func(tx *sqlitedb.Tx, c evidence.Capture, leads []evidence.Lead) error {
		if c.Status == 0 {
			return nil // a file handed in is nobody's lead
		}
		s, err := r.adopted(c)
		if err != nil {
			return err
		}
		if err := r.leaveTx(ctx, tx, run.ID, slices.Concat([]evidence.Lead{c.Lead}, leads, s.Follow)); err != nil {
			return err
		}
		_, err = r.frontier.AdoptTx(ctx, tx, run.ID, c.Lead, s.Outcome)
		return err
	})
}

// sightAll sights a run's captures, under the declarations it was opened with;
// then is done in the transaction of each.
func (r *rebuilding) sightAll(ctx context.Context, run campaign.Run, then func(*sqlitedb.Tx, evidence.Capture, []evidence.Lead) error) error {
	sources, err := r.declared(run)
	if err != nil {
		return err
	}
	for _, id := range r.captures[run.ID] {
		x, err := r.archive.Open(ctx, id)
		if err != nil {
			return err
		}
		src, ok := sources[x.Capture.Lead.Source]
		if !ok {
			return fmt.Errorf("capture %s: %w: its source %q is not one of run %s", id, evidence.ErrInvalid, x.Capture.Lead.Source, run.ID)
		}
		n, err := r.noted(src, x)
		if err != nil {
			return err
		}
		err = r.noteThen(ctx, n, func(tx *sqlitedb.Tx) error { return then(tx, x.Capture, n.reading.Leads) })
		if err != nil {
			return err
		}
		r.read++
	}
	return nil
}

// doBodies prints the body of every document, one a line, in order: what two
// indexes are compared by.
func doBodies(ctx context.Context, sh shell, c Config, args []string) error {
	flags := flag.NewFlagSet("bodies", flag.ContinueOnError)
	flags.StringVar(&c.Data, "data", c.Data, "data `directory`")
	if _, err := parse(sh, flags, args); err != nil {
		return err
	}
	h, err := openHouse(ctx, sh, c, datadir.Command)
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	for _, kind := range []string{indexer.ContentDoc, indexer.RecordDoc, indexer.FactDoc, indexer.EntityDoc, indexer.EvaluationDoc} {
		err := h.index.Scan(ctx, kind, func(d indexer.Doc) error {
			_, err := fmt.Fprintf(sh.out, "%s %s gone=%t %s\n", d.Kind, d.ID, d.Gone, d.Body)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
