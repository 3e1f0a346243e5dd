package table

import (
	"fmt"
	"strconv"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/extractors/draft"
	"probity/extractors/page"
	"probity/extractors/rows"
	"probity/pipeline/evidence"
)

// widest is how many columns a table may have, and maxCells how many cells
// after spans are spread: spans of other people's pages are not to be believed.
const (
	widest   = 500
	maxCells = 2_000_000
)

// readHTML reads the tables that the view selects; each must have the declared
// headings. Without a selector it reads all tables that have them, since
// layout is made of tables too.
func readHTML(in draft.Input, plan *rows.Plan, b *rows.Builder) error {
	selector := in.View.Rows
	if selector == "" {
		selector = "table"
	}
	tables, err := in.Page.Select(selector)
	if err != nil {
		return fmt.Errorf("declaration of %s: rows: %w", in.Where(), err)
	}
	var closest error
	best, read, wide := -1, 0, 0
	for i, n := range tables {
		g, err := htmlGrid(in, n, fmt.Sprintf("table %d", i+1))
		if err != nil {
			return err
		}
		at, c, wrong := g.heading(plan, in.View.Header)
		switch {
		case wrong == nil:
			g.fill(in, b, at, c)
			read, wide = read+1, len(c.Headings)
		case in.Page.Leaves != nil && read > 0 && len(g.rows) > 0 && len(g.rows[0].Cells) == wide: // the rest of a list, perhaps
			return g.unlike(in, at, wrong)
		case in.View.Rows != "" && !emptyGrid(in, g):
			return g.unlike(in, at, wrong)
		case wrong.Matched > best:
			best, closest = wrong.Matched, g.unlike(in, at, wrong)
		}
	}
	switch {
	case read > 0 || saysEmpty(in):
		return nil
	case closest != nil:
		return closest
	}
	return in.Unlike("no table at " + selector + " 没有声明的表格")
}

// emptyGrid is a table that only says that the list is empty.
func emptyGrid(in draft.Input, g grid) bool {
	filled := 0
	for _, r := range g.rows {
		if !r.Lone {
			filled++
		}
	}
	return filled == 0 && saysEmpty(in)
}

// htmlGrid reads the rows of one table, nested tables left to themselves, and
// spreads cells over the rows and columns that they span.
func htmlGrid(in draft.Input, table *html.Node, name string) (grid, error) {
	g := grid{name: name}
	s := spreader{below: map[int]carry{}}
	total := 0
	for _, tr := range ownRows(table) {
		start, end := in.Page.Range(tr)
		r := rows.Row{Place: in.Page.Place(start, end), Node: tr}
		own := ownCells(tr)
		for _, td := range own {
			s.carried(&r)
			s.add(&r, cellOf(in.Page, td), span(td, "colspan"), span(td, "rowspan"))
		}
		s.carried(&r)
		r.Lone = len(own) == 1 && len(r.Cells) > 0 && (len(r.Cells) == 1 || same(r.Cells))
		if total += len(r.Cells); total > maxCells {
			return g, fmt.Errorf("read %s: %w: %s has more than %d cells", in.Where(), evidence.ErrInvalid, name, maxCells)
		}
		if len(r.Cells) > 0 {
			g.rows = append(g.rows, r)
		}
	}
	return g, nil
}

// A carry is a cell that spans rows below its own.
type carry struct {
	cell rows.Cell
	rows int
}

// A spreader puts cells into all the columns and rows that they span.
type spreader struct{ below map[int]carry }

func (s *spreader) add(r *rows.Row, c rows.Cell, across, down int) {
	for range across {
		if len(r.Cells) == widest {
			return
		}
		if down > 1 {
			s.below[len(r.Cells)] = carry{c, down - 1}
		}
		r.Cells = append(r.Cells, c)
	}
}

// carried adds the cells that rows above span into this place.
func (s *spreader) carried(r *rows.Row) {
	for {
		c, ok := s.below[len(r.Cells)]
		if !ok {
			return
		}
		delete(s.below, len(r.Cells))
		s.add(r, c.cell, 1, c.rows)
	}
}

func same(cells []rows.Cell) bool {
	for _, c := range cells {
		if c.Place != cells[0].Place {
			return false
		}
	}
	return true
}

func cellOf(p *page.Page, td *html.Node) rows.Cell {
	start, end := p.Range(td)
	return rows.Cell{Text: p.Slice(start, end), Place: p.Place(start, end)}
}

// ownRows are the rows of a table but not of tables within it.
func ownRows(table *html.Node) []*html.Node {
	var out []*html.Node
	goquery.NewDocumentFromNode(table).Find("tr").Each(func(_ int, s *goquery.Selection) {
		n := s.Get(0)
		for up := n.Parent; up != nil; up = up.Parent {
			if up.DataAtom == atom.Table {
				if up == table {
					out = append(out, n)
				}
				return
			}
		}
	})
	return out
}

func ownCells(tr *html.Node) []*html.Node {
	var out []*html.Node
	for c := range tr.ChildNodes() {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			out = append(out, c)
		}
	}
	return out
}

// span reads rowspan or colspan; rowspan 0 means to the end of the table.
func span(td *html.Node, name string) int {
	for _, a := range td.Attr {
		if a.Key != name {
			continue
		}
		n, err := strconv.Atoi(a.Val)
		switch {
		case err != nil || n < 0:
			return 1
		case n == 0 && name == "rowspan":
			return 65534 // HTML Living Standard, 4.9.11
		}
		return max(1, min(n, 65534))
	}
	return 1
}

func ragged(r rows.Row, want int) string {
	return fmt.Sprintf("这一行有 %d 列，应为 %d 列", len(r.Cells), want)
}
