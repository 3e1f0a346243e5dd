package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
		all[content] = facets
		return h.addGrades(ctx, grades, facets)
	})
	if err != nil {
		return err
	}
	for _, id := range entities {
		if _, err := h.gradeOf(ctx, grades, id); err != nil {
			return err
		}
	}
	return h.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, content := range sortedKeys(all) {
			if err := h.relabel(ctx, tx, content, all[content]); err != nil {
				return fmt.Errorf("label content %s: %w", content, err)
			}
		}
		for _, id := range entities {
			if err := h.labelEntity(ctx, tx, id, grades[id]); err != nil {
				return fmt.Errorf("label entity %s: %w", id, err)
			}
		}
		return nil
	})
}

// labelEntity tells the document of an entity which grade it has now.
func (h *house) labelEntity(ctx context.Context, tx *sqlitedb.Tx, id, grade string) error {
	facets, err := h.docs.FacetsTx(ctx, tx, indexer.EntityDoc, id)
	if errors.Is(err, evidence.ErrNotFound) || grade == "" {
		return nil // nobody, or never evaluated
	}
	if err != nil {
		return err
	}
	if facets == nil {
		facets = map[string][]string{}
	}
	facets[indexer.FacetGrade] = []string{grade}
	return h.docs.LabelTx(ctx, tx, indexer.EntityDoc, id, facets)
}

// addGrades adds the grades that a content's entities have now.
func (h *house) addGrades(ctx context.Context, known map[string]string, facets map[string][]string) error {
	for _, id := range facets[indexer.FacetEntity] {
		grade, err := h.gradeOf(ctx, known, id)
		if err != nil {
			return err
		}
		if grade != "" && !slices.Contains(facets[indexer.FacetGrade], grade) {
			facets[indexer.FacetGrade] = append(facets[indexer.FacetGrade], grade)
		}
	}
	return nil
}

func (h *house) relabel(ctx context.Context, tx *sqlitedb.Tx, content string, facets map[string][]string) error {
	old, err := h.docs.FacetsTx(ctx, tx, indexer.ContentDoc, content)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil // a page without text is no document
	}
	if err != nil {
		return err
	}
	if len(facets[indexer.FacetSource]) == 0 { // nothing was stated: whose page it is stays
		facets[indexer.FacetSource], facets[indexer.FacetClass] = old[indexer.FacetSource], old[indexer.FacetClass]
	}
	return h.docs.LabelTx(ctx, tx, indexer.ContentDoc, content, facets)
}

func (h *house) gradeOf(ctx context.Context, known map[string]string, entity string) (string, error) {
	if g, ok := known[entity]; ok {
		return g, nil
	}
	grade, err := h.issues.Grade(ctx, entity)
	if err != nil {
		return "", err
	}
	known[entity] = grade
	return grade, nil
}
