package sqliteindex

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Search implements indexer.Index: the words are looked up once, and one pass
// over the columns of what was found counts, filters and picks the page.
func (x *Index) Search(ctx context.Context, q indexer.Query) (indexer.Page, error) {
	if q.Size == 0 {
		q.Size = 20
	}
	if q.Size < 0 || q.Size > 100 {
		return indexer.Page{}, fmt.Errorf("search: %w: size %d: want 1 to 100", evidence.ErrInvalid, q.Size)
	}
	terms := indexer.Terms(q.Words)
	var page indexer.Page
	err := x.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		page, err = search(ctx, tx, q, terms)
		return err
	})
	if err != nil {
		return page, fmt.Errorf("search %q: %w", q.Words, err)
	}
	for i := range page.Hits {
		page.Hits[i].Passages = indexer.Passages(page.Hits[i].Doc, terms)
	}
	return page, nil
}

func search(ctx context.Context, tx *sqlitedb.Tx, q indexer.Query, terms []indexer.Term) (page indexer.Page, err error) {
	picked, err := newPick(q)
	if err != nil {
		return page, err
	}
	s := sieve{q: q, counts: map[uint64]map[uint64]int{}}
	if err := s.prepare(ctx, tx); err != nil {
		return page, err
	}
	if !s.nothing {
		err = lookUp(ctx, tx, terms, func(n int64, l line) error {
			ok, err := s.count(l)
			if ok {
				page.Total++
				picked.offer(n, l)
			}
			return err
		})
		if err != nil {
			return page, err
		}
	}
	if page.Hits, page.Next, err = picked.page(ctx, tx); err != nil {
		return page, err
	}
	page.Facets, err = s.facets(ctx, tx)
	return page, err
}

// lookUp calls do with the line of every document that has all terms, in order.
func lookUp(ctx context.Context, tx *sqlitedb.Tx, terms []indexer.Term, do func(int64, line) error) error {
	query, args := `SELECT block, lines FROM index_columns ORDER BY block`, []any(nil)
	var places map[int64]*[block]bool // of documents with the words; nil: all
	if len(terms) > 0 {
		var err error
		if places, err = having(ctx, tx, terms); err != nil {
			return err
		}
		query = `SELECT block, lines FROM index_columns WHERE block IN (SELECT value FROM json_each(?)) ORDER BY block`
		args = []any{list(places)}
	}
	return tx.Each(ctx, query, args, func(r *sqlitedb.Rows) error {
		var at int64
		var stored []byte
		if err := r.Scan(&at, &stored); err != nil {
			return err
		}
		wanted := places[at]
		return each(stored, func(place int, raw []byte) error {
			if wanted != nil && !wanted[place%block] {
				return nil
			}
			l, err := readLine(raw)
			if err != nil {
				return err
			}
			return do(at*block+int64(place), l)
		})
	})
}

// having looks the terms up, and returns where the documents stand that have
// them all. The numbers come as one text, since a row each costs more than to
// find them.
func having(ctx context.Context, tx *sqlitedb.Tx, terms []indexer.Term) (map[int64]*[block]bool, error) {
	var numbers []byte
	err := tx.QueryRow(ctx, `SELECT group_concat(rowid) FROM index_fts WHERE index_fts MATCH ?`, match(terms)).Scan(&numbers)
	places := map[int64]*[block]bool{}
	var n int64
	for i, c := range numbers {
		if c != ',' {
			n = n*10 + int64(c-'0')
		}
		if c == ',' || i == len(numbers)-1 {
			if places[n/block] == nil {
				places[n/block] = new([block]bool)
			}
			places[n/block][n%block] = true
			n = 0
		}
	}
	return places, err
}

// list writes keys as a JSON array.
func list[T int64 | uint64, V any](keys map[T]V) string {
	out := []byte{'['}
	for k := range keys {
		out = append(strconv.AppendInt(out, int64(k), 10), ',')
	}
	return strings.TrimSuffix(string(out), ",") + "]"
}

// A sieve lets through what passes the filters of a query, and counts it.
type sieve struct {
	q       indexer.Query
	kinds   []uint64            // empty: all
	filter  map[uint64][]uint64 // facet -> any of these values
	names   map[uint64]string   // facets to count
	counts  map[uint64]map[uint64]int
	values  []uint64 // of the facet at hand
	passed  int      // filters
	nothing bool     // a filter names only values that no document ever had
}

// prepare finds the numbers of what the query names.
func (s *sieve) prepare(ctx context.Context, tx *sqlitedb.Tx) (err error) {
	if s.kinds, err = s.numbers(ctx, tx, kinds, s.q.Kinds); err != nil {
		return err
	}
	s.filter = map[uint64][]uint64{}
	for facet, values := range s.q.Filter {
		if len(values) == 0 {
			continue
		}
		f, err := number(ctx, tx, value{names, facet})
		if err != nil {
			return err
		}
		if s.filter[f], err = s.numbers(ctx, tx, facet, values); err != nil {
			return err
		}
	}
	s.names = map[uint64]string{}
	for _, facet := range s.q.Facets {
		f, err := number(ctx, tx, value{names, facet})
		if err != nil {
			return err
		}
		if f > 0 {
			s.names[f], s.counts[f] = facet, map[uint64]int{}
		}
	}
	return nil
}

// numbers are those of the values that a document ever had.
func (s *sieve) numbers(ctx context.Context, tx *sqlitedb.Tx, facet string, values []string) (out []uint64, err error) {
	for _, v := range values {
		n, err := number(ctx, tx, value{facet, v})
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, n)
		}
	}
	s.nothing = s.nothing || len(values) > 0 && len(out) == 0
	return out, nil
}

// count reports whether a line passes, and counts its facets if so.
func (s *sieve) count(l line) (bool, error) {
	if len(s.kinds) > 0 && !slices.Contains(s.kinds, l.kind) ||
		string(l.date) < s.q.From || s.q.To != "" && (len(l.date) == 0 || string(l.date) > s.q.To) {
		return false, nil
	}
	if len(s.filter) > 0 {
		s.passed = 0
		if err := l.groups(s.values, s.pass); err != nil || s.passed < len(s.filter) {
			return false, err
		}
	}
	if len(s.counts) == 0 {
		return true, nil
	}
	return true, l.groups(s.values, s.add)
}

func (s *sieve) pass(facet uint64, values []uint64) {
	s.values = values
	if of, ok := s.filter[facet]; ok && slices.ContainsFunc(values, func(v uint64) bool { return slices.Contains(of, v) }) {
		s.passed++
	}
}

func (s *sieve) add(facet uint64, values []uint64) {
	s.values = values
	counts, ok := s.counts[facet]
	if !ok {
		return
	}
	for _, v := range values {
		counts[v]++
	}
}

// facets names what was counted, the most frequent first.
func (s *sieve) facets(ctx context.Context, tx *sqlitedb.Tx) (map[string][]indexer.Count, error) {
	if len(s.q.Facets) == 0 {
		return nil, nil
	}
	out := map[string][]indexer.Count{}
	for facet, counts := range s.counts {
		name := s.names[facet]
		err := tx.Each(ctx, `SELECT v, value FROM index_values WHERE v IN (SELECT value FROM json_each(?))`, []any{list(counts)}, func(r *sqlitedb.Rows) error {
			var v uint64
			var c indexer.Count
			err := r.Scan(&v, &c.Value)
			c.Docs = counts[v]
			out[name] = append(out[name], c)
			return err
		})
		if err != nil {
			return nil, err
		}
		slices.SortFunc(out[name], func(a, b indexer.Count) int {
			if a.Docs != b.Docs {
				return b.Docs - a.Docs
			}
			return strings.Compare(a.Value, b.Value)
		})
	}
	return out, nil
}
