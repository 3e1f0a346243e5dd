package sqliteindex

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A cursor is the last hit of a page; documents have one order for ever, so
// it needs no state here.
type cursor struct{ Date, ID, Kind string }

// Search implements indexer.Index: one reading of the database for the page,
// the exact count and the facets.
func (x *Index) Search(ctx context.Context, q indexer.Query) (indexer.Page, error) {
	var page indexer.Page
	size := q.Size
	if size == 0 {
		size = 20
	}
	if size < 0 || size > 100 {
		return page, fmt.Errorf("search: %w: size %d: want 1 to 100", evidence.ErrInvalid, size)
	}
	terms := indexer.Terms(q.Words)
	hits, args := matching(q, terms)
	err := x.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		if err := tx.QueryRow(ctx, hits+` SELECT count(*) FROM hits`, args...).Scan(&page.Total); err != nil {
			return err
		}
		q.Size = size
		if err := pageOf(ctx, tx, &page, q, hits, args); err != nil {
			return err
		}
		return count(ctx, tx, &page, q.Facets, hits, args)
	})
	if err != nil {
		return page, fmt.Errorf("search %q: %w", q.Words, err)
	}
	for i := range page.Hits {
		page.Hits[i].Passages = indexer.Passages(page.Hits[i].Doc, terms)
	}
	return page, nil
}

// matching is the common table of everything that answers the query.
func matching(q indexer.Query, terms []indexer.Term) (string, []any) {
	var where []string
	var args []any
	if len(terms) > 0 {
		where, args = append(where, `n IN (SELECT rowid FROM index_fts WHERE index_fts MATCH ?)`), append(args, match(terms))
	}
	where = append(where, `NOT gone`)
	in := func(prefix string, values []string, suffix string) {
		where = append(where, prefix+` IN (?`+strings.Repeat(`, ?`, len(values)-1)+`)`+suffix)
		for _, v := range values {
			args = append(args, v)
		}
	}
	if len(q.Kinds) > 0 {
		in(`kind`, q.Kinds, ``)
	}
	for facet, values := range q.Filter {
		if len(values) > 0 {
			args = append(args, facet)
			in(`n IN (SELECT n FROM index_facets WHERE facet = ? AND value`, values, `)`)
		}
	}
	if q.From != "" {
		where, args = append(where, `date >= ?`), append(args, q.From)
	}
	if q.To != "" {
		where, args = append(where, `date <> '' AND date <= ?`), append(args, q.To)
	}
	return `WITH hits AS MATERIALIZED (SELECT n, date, id, kind FROM index_docs WHERE ` + strings.Join(where, ` AND `) + `)`, args
}

func pageOf(ctx context.Context, tx *sqlitedb.Tx, page *indexer.Page, q indexer.Query, hits string, args []any) error {
	order, after := `date DESC, id, kind`, `(date < ? OR date = ? AND (id > ? OR id = ? AND kind > ?))`
	if q.Sort == "oldest" {
		order, after = `date, id, kind`, `(date > ? OR date = ? AND (id > ? OR id = ? AND kind > ?))`
	}
	where := `1`
	if q.Cursor != "" {
		c, err := readCursor(q.Cursor)
		if err != nil {
			return err
		}
		where, args = after, append(slices.Clip(args), c.Date, c.Date, c.ID, c.ID, c.Kind)
	}
	pick := fmt.Sprintf(`%s SELECT d.%s FROM (SELECT * FROM hits WHERE %s ORDER BY %s LIMIT %d) JOIN index_docs d USING (n) ORDER BY d.%s`,
		hits, strings.ReplaceAll(columns, ", ", ", d."), where, order, q.Size+1, strings.ReplaceAll(order, ", ", ", d."))
	err := tx.Each(ctx, pick, args, func(r *sqlitedb.Rows) error {
		d, err := scan(r)
		page.Hits = append(page.Hits, indexer.Hit{Doc: d})
		return err
	})
	if err == nil && len(page.Hits) > q.Size {
		page.Hits = page.Hits[:q.Size]
		last := page.Hits[q.Size-1].Doc
		raw, _ := json.Marshal(cursor{last.Date, last.ID, last.Kind})
		page.Next = base64.RawURLEncoding.EncodeToString(raw)
	}
	return err
}

func readCursor(s string) (c cursor, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return c, fmt.Errorf("%w: the cursor is none of ours: start again without it", evidence.ErrInvalid)
	}
	return c, nil
}

func count(ctx context.Context, tx *sqlitedb.Tx, page *indexer.Page, facets []string, hits string, args []any) error {
	if len(facets) == 0 {
		return nil
	}
	page.Facets = map[string][]indexer.Count{}
	for _, f := range facets {
		args = append(slices.Clip(args), f)
	}
	q := hits + ` SELECT facet, value, count(*) FROM hits JOIN index_facets USING (n) WHERE facet IN (?` + strings.Repeat(`, ?`, len(facets)-1) +
		`) GROUP BY facet, value ORDER BY facet, count(*) DESC, value`
	return tx.Each(ctx, q, args, func(r *sqlitedb.Rows) error {
		var facet string
		var c indexer.Count
		err := r.Scan(&facet, &c.Value, &c.Docs)
		page.Facets[facet] = append(page.Facets[facet], c)
		return err
	})
}
