package main

import (
	"context"
	"errors"

	"probity/api/doors"
	"probity/evaluator/sqliteissues"
	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

// registry is the door to what holds about an operator.
type registry struct{ *house }

// Refs implements doors.Entities.
func (r registry) Refs(ctx context.Context, ids []string) ([]doors.Ref, error) {
	return r.naming().refs(ctx, ids)
}

// Dossier implements doors.Entities.
func (r registry) Dossier(ctx context.Context, id string, when doors.When) (doors.Dossier, error) {
	out := doors.Dossier{AsOf: when.AsOf, KnownAt: when.KnownAt}
	if when.Standard != "" && when.Standard != r.standard.Name() {
		return out, r.noStandard(when.Standard)
	}
	known, err := r.position(when.KnownAt)
	if err != nil {
		return out, err
	}
	out.Position, out.Reread = known, known != 0
	if out.Entity, out.Facts, err = r.store.AsOf(ctx, id, when.AsOf, known); errors.Is(err, evidence.ErrNotFound) {
		found, err2 := r.store.Find(ctx, id)
		if err2 != nil || found.To == "" || found.To == id {
			return out, noEntity().or(err, id)
		}
		id = found.To
		out.Entity, out.Facts, err = r.store.AsOf(ctx, id, when.AsOf, known)
	}
	if err != nil {
		return out, noEntity().or(err, id)
	}
	result, in, err := r.calculate(ctx, id, when.AsOf, known)
	if err != nil {
		return out, err
	}
	out.Subject, out.Looks, out.Evaluation = in.Subject, in.Looks, result
	return out, r.issued(ctx, &out, when, known)
}

// issued adds the issues that were known; unless another moment was asked
// for, the newest one's evaluation is what is shown.
func (r registry) issued(ctx context.Context, out *doors.Dossier, when doors.When, known int64) error {
	all, err := r.issues.All(ctx, out.Entity.ID)
	if err != nil {
		return err
	}
	for n, i := range all {
		if known != 0 && i.Position > known {
			break
		}
		out.Issues = append(out.Issues, issueOf(i, n+1 < len(all)))
		if !when.Asked {
			out.Evaluation, out.Issued = i.Evaluation, true
		}
	}
	if n := len(out.Issues); n > 0 {
		out.Issue = &out.Issues[n-1]
	}
	return nil
}

func issueOf(i sqliteissues.Issue, superseded bool) doors.Issue {
	return doors.Issue{
		ID: i.ID, Date: i.Date, Previous: i.Previous, Until: i.Until, Provisional: i.Soft, Withdrawn: superseded,
		Grade: i.Evaluation.Grade, Score: i.Evaluation.Score, Coverage: i.Evaluation.Coverage, Standard: i.Evaluation.Standard,
		Position: i.Position, Digest: i.Body, Seal: i.Seal,
	}
}

// proofs is the door to what a grade rests on.
type proofs struct{ *house }

// Fact implements doors.Evidence.
func (p proofs) Fact(ctx context.Context, id string, when doors.When) (doors.Fact, error) {
	f, err := p.store.Fact(ctx, id)
	if err != nil {
		return doors.Fact{}, noFact().or(err, id)
	}
	known, err := p.position(when.KnownAt)
	if err != nil {
		return doors.Fact{}, err
	}
	_, facts, err := p.store.AsOf(ctx, f.Entity, when.AsOf, known)
	if err != nil {
		return doors.Fact{}, noFact().or(err, id)
	}
	for _, then := range facts {
		if then.ID == id {
			f = then
		}
	}
	out := doors.Fact{Fact: f}
	if out.Entity, err = p.naming().ref(ctx, f.Entity); err != nil {
		return out, err
	}
	for _, r := range f.Records {
		record, err := p.Record(ctx, r)
		if err != nil {
			return out, err
		}
		out.Records = append(out.Records, record)
	}
	return out, nil
}

// Record implements doors.Evidence.
func (p proofs) Record(ctx context.Context, id string) (doors.Record, error) {
	seen, err := p.store.Record(ctx, id)
	if err != nil {
		return doors.Record{}, noRecord().or(err, id)
	}
	out := doors.Record{ID: id, Provisional: seen.Provisional, Held: held(seen)}
	for _, v := range seen.Versions {
		out.Versions = append(out.Versions, doors.Version{Record: v.Record, First: v.First, Last: v.Last, Citations: v.Citations})
	}
	for _, a := range seen.Absences {
		if a.Void == 0 {
			out.Absences = append(out.Absences, doors.Absence{From: a.From, To: a.Until})
		}
	}
	n := p.naming()
	if out.Facts, err = n.factRefs(ctx, seen.Facts, len(seen.Facts)); err != nil {
		return out, err
	}
	out.Entities, err = n.refs(ctx, seen.Entities)
	return out, err
}

// held says why a record waits for a person.
func held(s resolve.Seen) string {
	for _, l := range s.Loose {
		if l.Reason != "" {
			return l.Reason
		}
	}
	return ""
}

// Citing implements doors.Evidence.
func (p proofs) Citing(ctx context.Context, content string, start, end int) ([]doors.Mark, error) {
	marks, err := p.store.Citing(ctx, content, start, end)
	if err != nil {
		return nil, err
	}
	type named struct {
		typ      string
		facts    []doors.FactRef
		entities []doors.Ref
	}
	byRecord, names := map[string]named{}, p.naming()
	var out []doors.Mark
	for _, m := range marks {
		n, ok := byRecord[m.Record]
		if !ok {
			seen, err := p.store.Record(ctx, m.Record)
			if err != nil {
				return nil, err
			}
			if v := len(seen.Versions); v > 0 {
				n.typ = seen.Versions[v-1].Record.Type
			}
			if n.facts, err = names.factRefs(ctx, m.Facts, len(m.Facts)); err != nil {
				return nil, err
			}
			if n.entities, err = names.refs(ctx, m.Entities); err != nil {
				return nil, err
			}
			byRecord[m.Record] = n
		}
		out = append(out, doors.Mark{Record: m.Record, Type: n.typ, Citation: m.Citation, Facts: n.facts, Entities: n.entities})
	}
	return out, nil
}
