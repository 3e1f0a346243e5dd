package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"probity/indexer"
	"probity/pipeline/sqlitedb"
)

// Contents calls each with the facets of every content that a run read or
// that states something about one of the entities, in order of content:
// what was read from it, whom and which facts it bears on.
func (s *Store) Contents(ctx context.Context, run string, entities []string, each func(content string, facets map[string][]string) error) error {
	type key struct{ content, facet string }
	found := map[key]map[string]bool{}
	var contents []string
	add := func(content, facet, value string) {
		k := key{content, facet}
		if found[k] == nil {
			found[k] = map[string]bool{}
		}
		found[k][value] = true
	}
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		var err error
		contents, err = column(ctx, tx, `SELECT content FROM resolve_read WHERE run = ?
			UNION SELECT c.content FROM resolve_ties t JOIN resolve_cites c USING (record) WHERE t.entity IN (SELECT value FROM json_each(?)) ORDER BY 1`, run, list(entities))
		if err != nil {
			return err
		}
		q := `SELECT c.content, r.source, r.type, coalesce(t.entity, ''), coalesce(f.fact, '') FROM resolve_cites c
			JOIN resolve_records r ON r.id = c.record
			LEFT JOIN resolve_ties t USING (record) LEFT JOIN resolve_fact_records f USING (record)
			WHERE c.content IN (SELECT value FROM json_each(?))`
		return tx.Each(ctx, q, []any{list(contents)}, func(row *sqlitedb.Rows) error {
			var content, source, typ, entity, fact string
			if err := row.Scan(&content, &source, &typ, &entity, &fact); err != nil {
				return err
			}
			if t, ok := types[typ]; ok {
				add(content, indexer.FacetClass, strconv.Itoa(t.Class))
			}
			add(content, indexer.FacetSource, source)
			add(content, indexer.FacetType, typ)
			if entity != "" {
				add(content, indexer.FacetEntity, entity)
			}
			if fact != "" {
				add(content, indexer.FacetFact, fact)
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("facets of contents: %w", err)
	}
	for _, c := range contents {
		facets := map[string][]string{}
		for _, f := range []string{indexer.FacetSource, indexer.FacetClass, indexer.FacetType, indexer.FacetEntity, indexer.FacetFact} {
			if v := slices.Sorted(maps.Keys(found[key{c, f}])); len(v) > 0 {
				facets[f] = v
			}
		}
		if err := each(c, facets); err != nil {
			return err
		}
	}
	return nil
}
