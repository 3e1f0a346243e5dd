package main

import (
	"context"
	"errors"
	"fmt"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// label tells the documents of contents what became of them: which facts and
// entities they bear on, and the grades those have now.
func (h *house) label(ctx context.Context, run string, entities []string) error {
	grades := map[string]string{}
	all := map[string]map[string][]string{}
	err := h.store.Contents(ctx, run, entities, func(content string, facets map[string][]string) error {
		seen := map[string]bool{}
		for _, id := range facets[indexer.FacetEntity] {
			grade, err := h.gradeOf(ctx, grades, id)
			if err != nil {
				return err
			}
			if grade != "" && !seen[grade] {
				seen[grade] = true
				facets[indexer.FacetGrade] = append(facets[indexer.FacetGrade], grade)
			}
		}
		all[content] = facets
		return nil
	})
	if err != nil {
		return err
	}
	return h.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, content := range sortedKeys(all) {
			facets := all[content]
			old, err := h.index.FacetsTx(ctx, tx, indexer.ContentDoc, content)
			if errors.Is(err, evidence.ErrNotFound) {
				continue // a page without text is no document
			}
			if err != nil {
				return err
			}
			if len(facets[indexer.FacetSource]) == 0 { // nothing was stated: whose page it is stays
				facets[indexer.FacetSource], facets[indexer.FacetClass] = old[indexer.FacetSource], old[indexer.FacetClass]
			}
			if err := h.index.LabelTx(ctx, tx, indexer.ContentDoc, content, facets); err != nil {
				return fmt.Errorf("label: %w", err)
			}
		}
		return nil
	})
}

func (h *house) gradeOf(ctx context.Context, known map[string]string, entity string) (string, error) {
	if g, ok := known[entity]; ok {
		return g, nil
	}
	issue, err := h.issues.Last(ctx, entity, 0)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return "", err
	}
	known[entity] = issue.Evaluation.Grade
	return known[entity], nil
}
