package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/crawler/scope"
	"probity/indexer"
	"probity/pipeline/evidence"
)

// cohort are the leads of a campaign that looks at some pages or operators
// only: named URLs, the sites and shops of named or chosen operators, or the
// pages that most need another visit.
func (h *house) cohort(ctx context.Context, c evidence.Campaign) ([]evidence.Lead, error) {
	if c.Cohort.Pages > 0 {
		return h.due(ctx, c)
	}
	urls := slices.Clone(c.Cohort.URLs)
	ids, err := h.members(ctx, c)
	if err != nil {
		return nil, err
	}
	var leads []evidence.Lead
	for _, id := range ids {
		some, err := h.pagesOf(ctx, c, id)
		if err != nil {
			return nil, err
		}
		leads = append(leads, some...)
	}
	for _, u := range urls {
		l, err := h.leadFor(c, u)
		if err != nil {
			return nil, err
		}
		leads = append(leads, l)
	}
	return leads, nil
}

// members are the ids of the operators that a cohort names or chooses.
func (h *house) members(ctx context.Context, c evidence.Campaign) ([]string, error) {
	var ids []string
	for _, text := range c.Cohort.Entities {
		found, err := h.store.Find(ctx, text)
		if err != nil {
			return nil, fmt.Errorf("cohort of %s: %s: %w", c.ID, text, err)
		}
		if found.To == "" {
			return nil, fmt.Errorf("cohort of %s: %w: %s may mean %d operators: name one by its code", c.ID, evidence.ErrInvalid, text, len(found.Candidates))
		}
		ids = append(ids, found.To)
	}
	if c.Cohort.Query == nil {
		return ids, nil
	}
	today := evidence.DateOf(h.now())
	for after := ""; ; {
		entities, next, err := h.store.Entities(ctx, after, 500)
		if err != nil {
			return nil, err
		}
		for _, e := range entities {
			yes, err := h.chosen(ctx, e.ID, *c.Cohort.Query, today)
			if err != nil {
				return nil, err
			}
			if yes {
				ids = append(ids, e.ID)
			}
		}
		if after = next; after == "" {
			return ids, nil
		}
	}
}

// chosen reports whether a query means an operator.
func (h *house) chosen(ctx context.Context, id string, q evidence.CohortQuery, today evidence.Date) (bool, error) {
	issue, err := h.issues.Last(ctx, id, 0)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return false, err
	}
	if len(q.Classes) > 0 && !slices.Contains(q.Classes, issue.Evaluation.Class) || len(q.Grades) > 0 && !slices.Contains(q.Grades, issue.Evaluation.Grade) {
		return false, nil
	}
	if q.UnseenDays <= 0 {
		return true, nil
	}
	in, err := h.store.Inputs(ctx, id, today, 0)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(in.Looks, func(l evidence.Look) bool {
		return len(l.Scope.Subjects) > 0 && l.Result == evidence.Complete && l.Date().Days(today) < q.UnseenDays
	}), nil
}

// pagesOf are the leads of an operator's own pages: what sources whose pages
// are each a scope of their own showed of it before.
func (h *house) pagesOf(ctx context.Context, c evidence.Campaign, id string) ([]evidence.Lead, error) {
	e, err := h.store.Entity(ctx, id)
	if err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(slices.Clone(c.Sources), func(s string) bool { return !h.set.Sources[s].Each })
	if len(own) == 0 {
		return nil, nil
	}
	q := indexer.Query{Kinds: []string{indexer.ContentDoc}, Filter: map[string][]string{indexer.FacetEntity: {id}, indexer.FacetSource: own}, Size: 100}
	page, err := h.index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	var leads []evidence.Lead
	for _, hit := range page.Hits {
		var body struct{ URL string }
		if err := json.Unmarshal(hit.Doc.Body, &body); err != nil {
			return nil, err
		}
		l, err := h.leadFor(c, body.URL)
		if err != nil {
			continue // its source's scope is another now
		}
		l.About = &evidence.Party{Role: evidence.RoleSubject, Kind: e.Kind, Name: e.Names[0].Name, Identifiers: []evidence.Identifier{e.Anchor}}
		leads = append(leads, l)
	}
	return leads, nil
}

// leadFor finds the source of a campaign to which a URL belongs.
func (h *house) leadFor(c evidence.Campaign, url string) (evidence.Lead, error) {
	for _, id := range c.Sources {
		gate, err := scope.New(h.set.Sources[id])
		if err != nil {
			return evidence.Lead{}, err
		}
		l, err := evidence.NewLead(id, url)
		if err != nil {
			return l, err
		}
		if l, err = gate.Admit(l); err == nil {
			return l, nil
		}
	}
	return evidence.Lead{}, fmt.Errorf("cohort of %s: %w: %s is in the scope of none of its sources", c.ID, evidence.ErrInvalid, url)
}
