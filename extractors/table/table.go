// Package table reads lists: HTML tables, CSV, XLSX and JSON. Columns are
// found by the text of their heading, never by position, and mapped to fields
// by the view's declaration (package rows).
//
// A page whose headings are not what the source says, that has no rows without
// saying that the list is empty, or that is something else altogether, is
// refused with an error that names the page, what was expected and what was
// found: half of a list must never pass for the whole. A single row that
// cannot be read is quarantined instead, and the rest of the page is read.
package table

import (
	"strings"

	"probity/extractors/draft"
	"probity/extractors/links"
	"probity/extractors/norm"
	"probity/extractors/rows"
	"probity/pipeline/evidence"
)

// Version is the name and version of this reader.
const Version = "table/1"

// Read reads every statement of a list, and the leads of its view.
func Read(in draft.Input) (draft.Draft, error) {
	plan, err := rows.NewPlan(in)
	if err != nil {
		return draft.Draft{}, err
	}
	b := rows.NewBuilder(plan)
	switch {
	case in.Page.JSON != nil:
		err = readJSON(in, plan, b)
	case in.Page.Sheets != nil:
		err = readSheets(in, plan, b)
	case in.Page.Doc != nil:
		err = readHTML(in, plan, b)
	default:
		err = readCSV(in, plan, b)
	}
	if err != nil {
		return draft.Draft{}, err
	}
	if b.Rows() == 0 && !saysEmpty(in) {
		return draft.Draft{}, in.Unlike("no rows 没有数据行, "+emptyExpected(in.View), glimpseOf(in)...)
	}
	out := b.Draft()
	out.Leads, err = links.Leads(in, b.Subjects)
	return out, err
}

// saysEmpty reports whether the page shows the text of an empty list.
func saysEmpty(in draft.Input) bool {
	return in.View.Empty != "" && strings.Contains(norm.Text(in.Page.Text), norm.Text(in.View.Empty))
}

func emptyExpected(v evidence.View) string {
	if v.Empty == "" {
		return "and the declaration names no text that an empty list shows (empty:)"
	}
	return "and not the text " + v.Empty + " that an empty list shows"
}

func glimpseOf(in draft.Input) []string {
	if in.Page.JSON != nil {
		return []string{in.Page.Slice(0, 60)}
	}
	return nil
}

// A grid is a table before its headings are known.
type grid struct {
	name string // for errors: table 2, sheet 行政处罚
	rows []rows.Row
}

// headingDepth is how far below the declared row the headings are looked for:
// titles and group headings above them come and go.
const headingDepth = 10

// heading finds the first row, from the declared one on, whose cells are the
// headings that the source says. Without one it returns what is wrong with the
// row that is most like them.
func (g grid) heading(plan *rows.Plan, from int) (at int, c rows.Columns, wrong *rows.MismatchError) {
	for i := from; i < len(g.rows) && i < from+headingDepth; i++ {
		columns, m := plan.Columns(texts(g.rows[i]), true)
		if m == nil {
			return i, columns, nil
		}
		if wrong == nil || m.Matched > wrong.Matched {
			at, c, wrong = i, columns, m
		}
	}
	if wrong == nil {
		_, wrong = plan.Columns(nil, true)
		if wrong == nil {
			wrong = &rows.MismatchError{}
		}
		at = -1
	}
	return at, c, wrong
}

func texts(r rows.Row) []string {
	out := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		out[i] = norm.Text(c.Text)
	}
	return out
}

// unlike is the error for a grid without the right headings.
func (g grid) unlike(in draft.Input, at int, wrong *rows.MismatchError) error {
	if at < 0 {
		return in.Unlike(wrong.Error(), g.name+" with no row where the column names should be")
	}
	found := strings.Join(texts(g.rows[at]), "、")
	if r := []rune(found); len(r) > 300 {
		found = string(r[:300]) + "…"
	}
	return in.Unlike(wrong.Error(), g.name+" with columns "+found)
}

// fill adds the rows below the headings. Repeated headings and rows of blanks
// are no statements.
func (g grid) fill(in draft.Input, b *rows.Builder, at int, c rows.Columns) {
	for _, h := range c.Unread {
		b.Unread(h)
	}
	heading := fold(g.rows[at])
	for _, r := range g.rows[at+1:] {
		key := fold(r)
		if strings.Trim(key, "\t") == "" && r.Fault == "" || key == heading {
			continue
		}
		if r.Lone && in.View.Empty != "" && strings.Contains(norm.Text(r.Cells[0].Text), norm.Text(in.View.Empty)) {
			continue
		}
		switch {
		case r.Fault != "":
		case r.Lone && len(c.Headings) > 1:
			r.Fault = "整行只有一个单元格"
		case len(r.Cells) != len(c.Headings):
			r.Fault = ragged(r, len(c.Headings))
		}
		b.Add(c, r)
	}
}

func fold(r rows.Row) string {
	out := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		out[i] = rows.FoldLabel(c.Text)
	}
	return strings.Join(out, "\t")
}
