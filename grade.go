package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/evaluator"
	"probity/evaluator/sqliteissues"
	"probity/indexer"
	"probity/pipeline/campaign"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/sqlitedb"
)

// evaluate evaluates every entity as of a day and issues what differs from
// the last issue: sealed and said in the ledger first, shown then. It returns
// how many were issued.
func (h *house) evaluate(ctx context.Context, asOf evidence.Date, position int64) (_ int, err error) {
	start, all := time.Now(), 0
	defer func() { h.measure(func(m *gauge.Meter) { m.Evaluated(all, time.Since(start), err) }) }()
	var issues []sqliteissues.Issue
	due, why := map[string]evidence.Date{}, map[string]int{}
	for after := ""; ; {
		entities, next, err := h.store.Entities(ctx, after, 500)
		if err != nil {
			return 0, err
		}
		all += len(entities)
		results := make([]evaluated, len(entities))
		g, inner := errgroup.WithContext(ctx)
		g.SetLimit(runtime.GOMAXPROCS(0))
		for i, e := range entities {
			g.Go(func() (err error) {
				results[i], err = h.evaluateOne(inner, e.ID, asOf, position)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return 0, err
		}
		for i, r := range results {
			if due[entities[i].ID] = r.next; r.issue != nil {
				issues = append(issues, *r.issue)
				why[r.why]++
			}
		}
		if after = next; after == "" {
			if err := h.publish(ctx, issues, due); err != nil {
				return len(issues), err
			}
			h.measure(func(m *gauge.Meter) { issued(m, why) })
			return len(issues), nil
		}
	}
}

// evaluated is what the evaluation of an entity came to: the issue that it is
// due, or nil, and the next day on which its result changes by itself.
type evaluated struct {
	issue *sqliteissues.Issue
	why   string // in one word, it is due
	next  evidence.Date
}

func issued(m *gauge.Meter, why map[string]int) {
	for _, reason := range sortedKeys(why) {
		for range why[reason] {
			m.Issued(reason)
		}
	}
}

// calculate evaluates one entity as of a day and a position of the ledger (0:
// now), without issuing anything.
func (h *house) calculate(ctx context.Context, entity string, asOf evidence.Date, known int64) (evidence.Evaluation, evidence.Inputs, error) {
	in, err := h.store.Inputs(ctx, entity, asOf, known)
	if err != nil {
		return evidence.Evaluation{}, in, err
	}
	for i := range in.Looks { // to the day: the hour of a search changes no grade
		in.Looks[i].Time = in.Looks[i].Date().Time()
	}
	in.KnownAt = 0
	h.traits(&in)
	result, err := evaluator.Evaluate(h.standard, h.tables, in)
	return result, in, err
}

// traits says what makes indicators not applicable to a subject: the rules of
// that are the evaluator's, what they go by is the indexer's.
func (h *house) traits(in *evidence.Inputs) {
	scope := ""
	for _, f := range in.Facts {
		if f.Type == "registration" && f.State(in.AsOf) == evidence.InForce {
			scope = f.Fields["business_scope"]
		}
	}
	shop := slices.Contains(in.Subject.Traits, evaluator.TraitPlatformShop)
	in.Subject.Traits = evaluator.Traits(h.tables, in.Subject.Kind, scope, shop, !shop)
}

func (h *house) evaluateOne(ctx context.Context, entity string, asOf evidence.Date, position int64) (evaluated, error) {
	result, in, err := h.calculate(ctx, entity, asOf, 0)
	if err != nil {
		return evaluated{}, fmt.Errorf("evaluate %s: %w", entity, err)
	}
	out := evaluated{next: result.NextChange}
	last, err := h.issues.Last(ctx, entity, 0)
	first := errors.Is(err, evidence.ErrNotFound)
	if err != nil && !first {
		return out, err
	}
	if !first && !h.renew(last, result) {
		return out, nil
	}
	switch {
	case first:
		out.why = "first"
	case evaluator.Same(last.Evaluation, result):
		out.why = "half_year"
	default:
		out.why = "changed"
	}
	issue := &sqliteissues.Issue{Entity: entity, Date: asOf, First: first, Previous: last.ID, Evaluation: result, Position: position}
	issue.Until, issue.Soft = h.calendar.Publicity(asOf, h.standard.Workflow.PublicityDays)
	if issue.Body, err = h.seal(ctx, result); err != nil {
		return out, err
	}
	if issue.Seal, err = h.seal(ctx, in); err != nil {
		return out, err
	}
	issue.ID = evidence.Digest("issue", entity, string(asOf), issue.Body)
	out.issue = issue
	return out, nil
}

// renew reports whether a result must be issued: it differs from the last
// one, or that is older than the standard allows (Measures art. 13).
func (h *house) renew(last sqliteissues.Issue, now evidence.Evaluation) bool {
	return !evaluator.Same(last.Evaluation, now) || last.Date.AddMonths(h.standard.Workflow.UpdateMonths) <= now.AsOf
}

// publish says issues in the ledger, that and until when each is publicised,
// and only then shows them.
func (h *house) publish(ctx context.Context, issues []sqliteissues.Issue, due map[string]evidence.Date) error {
	var said []campaign.Saying
	for _, i := range issues {
		said = append(said, campaign.Saying{Key: "issue:" + i.ID, Kind: "issue", Body: map[string]any{
			"id": i.ID, "entity": i.Entity, "date": i.Date, "previous": i.Previous, "first": i.First, "evaluation": i.Body, "inputs": i.Seal,
			"standard": i.Evaluation.Standard, "grade": i.Evaluation.Grade, "score": i.Evaluation.Score, "position": i.Position,
		}}, campaign.Saying{Key: "publication:" + i.ID, Kind: "publication", Body: map[string]any{
			"id": i.ID, "from": i.Date, "until": i.Until, "provisional": i.Soft,
		}})
	}
	if _, err := h.runs.Once(ctx, said...); err != nil {
		return err
	}
	h.mark("issue")
	return h.joint.publish(ctx, issues, due)
}

// show puts an issue where it is found.
func (h *house) show(ctx context.Context, tx *sqlitedb.Tx, i sqliteissues.Issue) error {
	e := i.Evaluation
	body, err := canon.JSON(bare(e))
	if err != nil {
		return err
	}
	doc := indexer.Doc{
		Kind: indexer.EvaluationDoc, ID: evidence.Digest("evaluation", i.Entity, string(i.Date), evidence.DigestBytes(body)), Body: body,
		Title: e.Name, Text: strings.TrimSpace(e.Name + " " + e.Grade + " " + e.Score), Date: string(i.Date),
		Facets: map[string][]string{indexer.FacetEntity: {i.Entity}, indexer.FacetGrade: {e.Grade}},
	}
	if err := h.docs.PutTx(ctx, tx, doc); err != nil {
		return err
	}
	if err := h.labelEntity(ctx, tx, i.Entity, e.Grade); err != nil {
		return err
	}
	return h.issues.PutTx(ctx, tx, i)
}

// bare is an evaluation without who stated and who looked: of those the issue
// names the ones that were known at its moment, so that they depend on which
// source came first. The document says what follows, whatever came first.
func bare(e evidence.Evaluation) evidence.Evaluation {
	e.Inputs = ""
	without := func(all []evidence.Deduction) []evidence.Deduction {
		all = slices.Clone(all)
		for i := range all {
			all[i].Sources = nil
		}
		return all
	}
	e.Adjusted, e.Indicators = without(e.Adjusted), slices.Clone(e.Indicators)
	for i := range e.Indicators {
		e.Indicators[i].Deductions, e.Indicators[i].Looks = without(e.Indicators[i].Deductions), nil
	}
	return e
}
