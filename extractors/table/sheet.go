package table

import (
	"fmt"
	"slices"

	"probity/extractors/draft"
	"probity/extractors/page"
	"probity/extractors/rows"
)

// readSheets reads the sheet that the view names, or, where it names none, all
// sheets that have the declared headings.
func readSheets(in draft.Input, plan *rows.Plan, b *rows.Builder) error {
	var closest error
	best, read := -1, 0
	var names []string
	for _, s := range in.Page.Sheets {
		names = append(names, s.Name)
		if in.View.Rows != "" && in.View.Rows != s.Name {
			continue
		}
		g := sheetGrid(in.Page, s)
		at, c, wrong := g.heading(plan, in.View.Header)
		if wrong != nil {
			if wrong.Matched > best {
				best, closest = wrong.Matched, g.unlike(in, at, wrong)
			}
			continue
		}
		g.fill(in, b, at, c)
		read++
	}
	switch {
	case read > 0 || saysEmpty(in):
		return nil
	case closest != nil:
		return closest
	}
	return in.Unlike(fmt.Sprintf("sheet %s is missing", in.View.Rows), "sheets "+fmt.Sprint(names))
}

// sheetGrid makes rows of equal width: a workbook does not write the empty
// cells at the end of a row.
func sheetGrid(p *page.Page, s page.Sheet) grid {
	g := grid{name: "sheet " + s.Name}
	width := 0
	for _, r := range s.Rows {
		width = max(width, len(r))
	}
	for _, r := range s.Rows {
		row := rows.Row{}
		for i, c := range r {
			cell := rows.Cell{Text: c.Text, Numeric: c.Numeric}
			if c.Name != "" {
				cell.Place = p.Place(c.Start, c.End)
				cell.Place.Sheet, cell.Place.Cell = s.Name, c.Name
			}
			if i == 0 {
				row.Place = p.Place(c.Start, c.End)
				row.Place.Sheet, row.Place.Cell = s.Name, c.Name
			}
			row.Cells = append(row.Cells, cell)
			row.Place.End = max(row.Place.End, c.End)
		}
		row.Lone = len(row.Cells) > 1 && same(row.Cells)
		row.Cells = append(row.Cells, make([]rows.Cell, width-len(row.Cells))...)
		g.rows = append(g.rows, row)
	}
	g.rows = slices.Clip(g.rows)
	return g
}
