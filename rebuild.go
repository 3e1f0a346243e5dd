package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"time"

	"probity/crawler"
	"probity/evaluator/sqliteissues"
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
	if _, err := parse(sh, flags, args); err != nil {
		return err
	}
	clock := sh.now
	sh.now = func() time.Time { return clock() }
	h, err := openHouse(ctx, sh, c, datadir.Work)
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	// What is done again is done at its own time: the ledger's, not ours.
	err = h.ledger.Scan(ctx, 1, func(e ledger.Entry) error { clock = func() time.Time { return e.Time }; return nil })
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	n, err := h.rebuild(ctx)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	_, err = fmt.Fprintf(sh.out, "重建完成 rebuilt: %d 次采集 runs, %d 份存档 captures, %d 次评价 issues\n", n.runs, n.captures, n.issues)
	return err
}

// A rebuilding goes through the ledger once, in order, and does at each entry
// what was done then. Captures are read by the declarations of their run.
type rebuilding struct {
	*house
	captures map[string][]string // run -> capture ids, as archived
	opened   map[string]campaign.Run
	looks    map[string][]evidence.Look
	issues   map[string]sqliteissues.Issue // said, and waiting for their publication
	unlabel  []string                      // closed runs whose contents have no labels yet
	touched  map[string][]string           // of those, the entities
	done     struct{ runs, captures, issues int }
}

func (h *house) rebuild(ctx context.Context) (struct{ runs, captures, issues int }, error) {
	r := &rebuilding{
		house: h, captures: map[string][]string{}, opened: map[string]campaign.Run{}, looks: map[string][]evidence.Look{},
		issues: map[string]sqliteissues.Issue{}, touched: map[string][]string{},
	}
	for _, reset := range []func(context.Context) error{h.index.Reset, h.store.Reset, h.runs.Reset, h.issues.Reset, h.archive.Reindex} {
		if err := reset(ctx); err != nil {
			return r.done, err
		}
	}
	err := h.archive.Scan(ctx, func(c evidence.Capture, _ archive.Location) error {
		if c.Lead.View != crawler.RobotsView {
			r.captures[c.Run] = append(r.captures[c.Run], c.ID)
		}
		return nil
	})
	if err != nil {
		return r.done, err
	}
	if err := h.ledger.Scan(ctx, 1, func(e ledger.Entry) error { return r.entry(ctx, e) }); err != nil {
		return r.done, err
	}
	for _, id := range sortedKeys(r.opened) { // what was never closed stays provisional
		if err := r.goOn(ctx, r.opened[id]); err != nil {
			return r.done, err
		}
	}
	return r.done, r.label(ctx)
}

// entry does what an entry of the ledger says.
func (r *rebuilding) entry(ctx context.Context, e ledger.Entry) (err error) {
	key, err := entryKey(e.Kind, e.Body)
	if err != nil {
		return err
	}
	if key != "" {
		if err := r.runs.Recall(ctx, key, e.Seq); err != nil {
			return err
		}
	}
	switch e.Kind {
	case "run_opened":
		var run campaign.Run
		if err := json.Unmarshal(e.Body, &run); err != nil {
			return err
		}
		run.State = campaign.Running
		r.opened[run.ID] = run
		return r.runs.Keep(ctx, run)
	case "look":
		var l evidence.Look
		if err := json.Unmarshal(e.Body, &l); err != nil {
			return err
		}
		r.looks[l.Run] = append(r.looks[l.Run], l)
	case "run_closed":
		return r.close(ctx, e)
	case "issue":
		return r.issue(e)
	case "publication":
		return r.publication(ctx, e)
	}
	return nil
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
	visitor, err := r.visitor()
	if err != nil {
		return err
	}
	return r.read(ctx, run, func(tx *sqlitedb.Tx, c evidence.Capture, leads []evidence.Lead) error {
		if c.Status == 0 {
			return nil // a file handed in is nobody's lead
		}
		s := visitor.Adopt(c, nil)
		if err := r.leave(ctx, tx, run.ID, slices.Concat([]evidence.Lead{c.Lead}, leads, s.Follow)); err != nil {
			return err
		}
		_, err := r.frontier.AdoptTx(ctx, tx, run.ID, c.Lead, s.Outcome)
		return err
	})
}

// read sights a run's captures, under the declarations it was opened with;
// then is done in the transaction of each.
func (r *rebuilding) read(ctx context.Context, run campaign.Run, then func(*sqlitedb.Tx, evidence.Capture, []evidence.Lead) error) error {
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
		if err := r.note(ctx, src, x, func(tx *sqlitedb.Tx, leads []evidence.Lead) error { return then(tx, x.Capture, leads) }); err != nil {
			return err
		}
		r.done.captures++
	}
	return nil
}

func (r *rebuilding) declared(run campaign.Run) (map[string]evidence.Source, error) {
	sources := map[string]evidence.Source{}
	for id, digest := range run.Sources {
		b, err := r.ledger.Blob(digest)
		if err != nil {
			return nil, fmt.Errorf("declaration of %s: %w", id, err)
		}
		var src evidence.Source
		if err := json.Unmarshal(b, &src); err != nil {
			return nil, fmt.Errorf("declaration of %s: %w", id, err)
		}
		sources[id] = src
	}
	return sources, nil
}

func (r *rebuilding) close(ctx context.Context, e ledger.Entry) error {
	var said closing
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return err
	}
	run, ok := r.opened[said.Run]
	if !ok {
		return fmt.Errorf("ledger entry %d: %w: run %s was closed and never opened", e.Seq, evidence.ErrInvalid, said.Run)
	}
	delete(r.opened, said.Run)
	if err := r.label(ctx); err != nil {
		return err
	}
	if err := r.read(ctx, run, func(*sqlitedb.Tx, evidence.Capture, []evidence.Lead) error { return nil }); err != nil {
		return err
	}
	run.State, run.Closed, run.Position = campaign.Closed, said.Closed, e.Seq
	sources, err := r.declared(run)
	if err != nil {
		return err
	}
	changes, err := r.settle(ctx, run, sources, said.Results, r.looks[run.ID])
	if err != nil {
		return err
	}
	r.unlabel, r.touched[run.ID] = append(r.unlabel, run.ID), changes.Entities
	r.done.runs++
	return r.runs.Keep(ctx, run)
}

// label labels the contents of closed runs, after their issues were shown.
func (r *rebuilding) label(ctx context.Context) error {
	for _, run := range r.unlabel {
		if err := r.house.label(ctx, run, r.touched[run]); err != nil {
			return err
		}
	}
	r.unlabel = nil
	return nil
}

// issue takes up an issue as it was sealed; nothing is graded anew.
func (r *rebuilding) issue(e ledger.Entry) error {
	var said struct {
		ID, Entity, Previous, Evaluation, Inputs string
		Date                                     evidence.Date
		First                                    bool
		Position                                 int64
	}
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return err
	}
	i := sqliteissues.Issue{
		ID: said.ID, Entity: said.Entity, Date: said.Date, Previous: said.Previous, First: said.First,
		Body: said.Evaluation, Seal: said.Inputs, Position: said.Position,
	}
	b, err := r.ledger.Blob(said.Evaluation)
	if err == nil {
		err = json.Unmarshal(b, &i.Evaluation)
	}
	r.issues[i.ID] = i
	return err
}

func (r *rebuilding) publication(ctx context.Context, e ledger.Entry) error {
	var said struct {
		ID          string
		Until       evidence.Date
		Provisional bool
	}
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return err
	}
	i, ok := r.issues[said.ID]
	if !ok {
		return fmt.Errorf("ledger entry %d: %w: publication of %s, which was never issued", e.Seq, evidence.ErrInvalid, said.ID)
	}
	delete(r.issues, said.ID)
	i.Until, i.Soft = said.Until, said.Provisional
	r.done.issues++
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := r.house.issues.DueTx(ctx, tx, i.Entity, i.Evaluation.NextChange); err != nil {
			return err
		}
		return r.show(ctx, tx, i)
	})
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
