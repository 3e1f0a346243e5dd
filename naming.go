package main

import (
	"context"
	"errors"

	"probity/api/doors"
	"probity/api/words"
	"probity/pipeline/evidence"
)

// A naming names entities and facts for one answer: hits of one page speak of
// the same ones again and again, and each is read once.
type naming struct {
	*house
	entities map[string]evidence.Entity // by the id asked for
	grades   map[string]string
	facts    map[string]doors.FactRef
}

func (h *house) naming() *naming {
	return &naming{h, map[string]evidence.Entity{}, map[string]string{}, map[string]doors.FactRef{}}
}

func (n *naming) entity(ctx context.Context, id string) (evidence.Entity, error) {
	e, ok := n.entities[id]
	if ok {
		return e, nil
	}
	e, err := n.store.Entity(ctx, id)
	if err == nil {
		n.entities[id] = e
	}
	return e, err
}

// ref names an entity with its present grade.
func (n *naming) ref(ctx context.Context, id string) (doors.Ref, error) {
	e, err := n.entity(ctx, id)
	if err != nil {
		return doors.Ref{}, err
	}
	grade, err := n.gradeOf(ctx, n.grades, id)
	return doors.Ref{ID: e.ID, Name: called(e, evidence.DateOf(n.now())), Grade: grade}, err
}

func (n *naming) refs(ctx context.Context, ids []string) (out []doors.Ref, err error) {
	for _, id := range ids {
		r, err := n.ref(ctx, id)
		if errors.Is(err, evidence.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// called is the name an entity bears on a day, else the last it is known by.
func called(e evidence.Entity, day evidence.Date) string {
	for _, n := range e.Names {
		if n.From <= day && (n.To == "" || day <= n.To) {
			return n.Name
		}
	}
	if n := len(e.Names); n > 0 {
		return e.Names[n-1].Name
	}
	return e.Anchor.String()
}

func (n *naming) factRef(ctx context.Context, id string) (doors.FactRef, error) {
	if r, ok := n.facts[id]; ok {
		return r, nil
	}
	f, err := n.store.Fact(ctx, id)
	if err != nil {
		return doors.FactRef{}, err
	}
	e, err := n.ref(ctx, f.Entity)
	if err != nil {
		return doors.FactRef{}, err
	}
	r := doors.FactRef{ID: f.ID, Name: words.Name(f.Type, f.Fields, f.Key), Type: f.Type, Key: f.Key, Date: f.Date, Entity: e, State: f.State(evidence.DateOf(n.now()))}
	n.facts[id] = r
	return r, nil
}

// factRefs names up to most facts.
func (n *naming) factRefs(ctx context.Context, ids []string, most int) (out []doors.FactRef, err error) {
	for _, id := range ids[:min(most, len(ids))] {
		r, err := n.factRef(ctx, id)
		if errors.Is(err, evidence.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
