package main

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/evaluator/sqliteissues"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// A retelling goes through the ledger once, in order, and does to the view at
// each entry what was done then: the view is a function of the ledger and of
// what was read in the runs that it closed. It is how a laptop is rebuilt, and
// how every member of a fleet keeps up with the others.
type retelling struct {
	*house
	sights func(ctx context.Context, run campaign.Run, said closing) error // takes what a run has read into the view
	opened map[string]campaign.Run
	looks  map[string][]evidence.Look
	issues map[string]sqliteissues.Issue // said, and waiting for their publication
	bare   []bareRun                     // closed runs whose contents have no labels yet

	at             int64 // the last entry that was told
	closed, issued int
}

// A bareRun is a closed run with the entities that it touched.
type bareRun struct {
	campaign.Run
	touched []string
}

func newRetelling(h *house, sights func(context.Context, campaign.Run, closing) error) *retelling {
	return &retelling{house: h, sights: sights, opened: map[string]campaign.Run{}, looks: map[string][]evidence.Look{}, issues: map[string]sqliteissues.Issue{}}
}

// idle reports whether nothing waits for a later entry.
func (t *retelling) idle() bool { return len(t.looks) == 0 && len(t.issues) == 0 && len(t.bare) == 0 }

// entry does what an entry of the ledger says.
func (t *retelling) entry(ctx context.Context, e ledger.Entry) error {
	if err := t.runs.Recall(ctx, e); err != nil {
		return err
	}
	switch e.Kind {
	case ledger.RunOpened:
		var run campaign.Run
		if err := json.Unmarshal(e.Body, &run); err != nil {
			return err
		}
		run.State = campaign.Running
		t.opened[run.ID] = run
	case ledger.Look:
		var l evidence.Look
		if err := json.Unmarshal(e.Body, &l); err != nil {
			return err
		}
		t.looks[l.Run] = append(t.looks[l.Run], l)
	case ledger.RunClosed:
		return t.close(ctx, e)
	case ledger.Issue:
		return t.issue(e)
	case ledger.Publication:
		return t.publication(ctx, e)
	case ledger.RunReported:
		return t.reported(ctx, e)
	}
	return nil
}

func (t *retelling) close(ctx context.Context, e ledger.Entry) error {
	var said closing
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return err
	}
	run, err := t.runs.Get(ctx, said.Run)
	if err != nil {
		return fmt.Errorf("ledger entry %d: a run was closed and never opened: %w", e.Seq, err)
	}
	delete(t.opened, said.Run)
	if err := t.label(ctx); err != nil {
		return err
	}
	known, err := t.store.Closed(ctx, run.ID)
	if err == nil && !known {
		err = t.sights(ctx, run, said)
	}
	if err != nil {
		return err
	}
	sources, err := t.declared(run)
	if err != nil {
		return err
	}
	changes, err := t.settle(ctx, run, sources, said.Results, t.looks[run.ID])
	if err != nil {
		return err
	}
	delete(t.looks, run.ID)
	t.bare = append(t.bare, bareRun{run, changes.Entities})
	t.closed++
	return nil
}

// reported ends a run: all that follows from its close was said.
func (t *retelling) reported(ctx context.Context, e ledger.Entry) error {
	var said reporting
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return err
	}
	run, err := t.runs.Get(ctx, said.Run)
	if err != nil {
		return fmt.Errorf("ledger entry %d: a run was reported and never opened: %w", e.Seq, err)
	}
	if err := t.label(ctx); err != nil {
		return err
	}
	b, err := t.ledger.Blob(said.Report)
	if err != nil {
		return fmt.Errorf("report of run %s: %w", said.Run, err)
	}
	if err := t.runs.SetReport(ctx, said.Run, json.RawMessage(b)); err != nil {
		return err
	}
	run.State = campaign.Closed
	return t.runs.Keep(ctx, run)
}

// label labels the contents of closed runs, after their issues were shown.
func (t *retelling) label(ctx context.Context) error {
	for _, run := range t.bare {
		if err := t.house.label(ctx, run.ID, run.touched); err != nil {
			return err
		}
	}
	t.bare = nil
	return nil
}

// end closes the runs of a ledger that ends, or was written before reports
// were said.
func (t *retelling) end(ctx context.Context) error {
	if err := t.label(ctx); err != nil {
		return err
	}
	runs, err := t.runs.All(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.State != campaign.Closing {
			continue
		}
		run.State = campaign.Closed
		if err := t.runs.Keep(ctx, run); err != nil {
			return err
		}
	}
	return nil
}

// issue takes up an issue as it was sealed; nothing is graded anew.
func (t *retelling) issue(e ledger.Entry) error {
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
	b, err := t.ledger.Blob(said.Evaluation)
	if err == nil {
		err = json.Unmarshal(b, &i.Evaluation)
	}
	t.issues[i.ID] = i
	return err
}

func (t *retelling) publication(ctx context.Context, e ledger.Entry) error {
	var said struct {
		ID          string
		Until       evidence.Date
		Provisional bool
	}
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return err
	}
	i, ok := t.issues[said.ID]
	if !ok {
		return fmt.Errorf("ledger entry %d: %w: publication of %s, which was never issued", e.Seq, evidence.ErrInvalid, said.ID)
	}
	delete(t.issues, said.ID)
	i.Until, i.Soft = said.Until, said.Provisional
	t.issued++
	return t.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := t.house.issues.DueTx(ctx, tx, i.Entity, i.Evaluation.NextChange); err != nil {
			return err
		}
		return t.show(ctx, tx, i)
	})
}

// declared are the sources of a run as they were declared when it was opened.
func (h *house) declared(run campaign.Run) (map[string]evidence.Source, error) {
	sources := map[string]evidence.Source{}
	for id, digest := range run.Sources {
		b, err := h.ledger.Blob(digest)
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
