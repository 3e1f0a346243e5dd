package resolve

import (
	"context"
	"fmt"
	"strconv"

	"probity/indexer"
	"probity/pipeline/sqlitedb"
)

// Contents calls each with the facets of every content that a run read or
// that states something about one of the entities, in order of content:
// what was read from it, whom and which facts it bears on.
func (s *Store) Contents(ctx context.Context, run string, entities []string, each func(content string, facets map[string][]string) error) error {
	found := bearings{}
	var contents []string
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		contents, err = column(ctx, tx, `SELECT content FROM resolve_read WHERE run = ?
			UNION SELECT c.content FROM resolve_ties t JOIN resolve_cites c USING (record) WHERE t.entity IN (SELECT value FROM json_each(?)) ORDER BY 1`, run, list(entities))
		if err != nil {
			return err
		}
		return tx.Each(ctx, `SELECT c.content, r.source, r.type, coalesce(t.entity, ''), coalesce(f.fact, '') FROM resolve_cites c
			JOIN resolve_records r ON r.id = c.record
			LEFT JOIN resolve_ties t USING (record) LEFT JOIN resolve_fact_records f USING (record)
			WHERE c.content IN (SELECT value FROM json_each(?))`, []any{list(contents)}, found.read)
	})
	if err != nil {
		return fmt.Errorf("facets of contents: %w", err)
	}
	for _, c := range contents {
		if err := each(c, found.of(c)); err != nil {
			return err
		}
	}
	return nil
}

// bearings are values by content and facet.
type bearings map[string]map[string]map[string]bool

func (b bearings) read(row *sqlitedb.Rows) error {
	var content, source, typ, entity, fact string
	if err := row.Scan(&content, &source, &typ, &entity, &fact); err != nil {
		return err
	}
	class := ""
	if t, ok := types[typ]; ok {
		class = strconv.Itoa(t.Class)
	}
	for facet, value := range map[string]string{
		indexer.FacetSource: source, indexer.FacetType: typ, indexer.FacetClass: class,
		indexer.FacetEntity: entity, indexer.FacetFact: fact,
	} {
		if value == "" {
			continue
		}
		if b[content] == nil {
			b[content] = map[string]map[string]bool{}
		}
		if b[content][facet] == nil {
			b[content][facet] = map[string]bool{}
		}
		b[content][facet][value] = true
	}
	return nil
}

func (b bearings) of(content string) map[string][]string {
	out := map[string][]string{}
	for facet, values := range b[content] {
		out[facet] = sorted(values)
	}
	return out
}
