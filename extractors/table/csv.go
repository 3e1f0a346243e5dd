package table

import (
	"strings"

	"probity/extractors/draft"
	"probity/extractors/page"
	"probity/extractors/rows"
)

// readCSV reads a text of values parted by comma, semicolon or tab, whichever
// gives the declared headings (RFC 4180, and its common relatives).
func readCSV(in draft.Input, plan *rows.Plan, b *rows.Builder) error {
	text := []rune(in.Page.Text)
	var closest error
	best := -1
	for _, sep := range ",\t;" {
		g := grid{name: "text", rows: parseCSV(in.Page, text, sep)}
		at, c, wrong := g.heading(plan, in.View.Header)
		if wrong == nil {
			g.trim(at)
			g.fill(in, b, at, c)
			return nil
		}
		if wrong.Matched > best {
			best, closest = wrong.Matched, g.unlike(in, at, wrong)
		}
	}
	if saysEmpty(in) {
		return nil
	}
	return closest
}

// trim drops empty cells beyond the headings, which spreadsheets write where a
// column was once used.
func (g grid) trim(at int) {
	want := len(g.rows[at].Cells)
	for i := range g.rows {
		cells := g.rows[i].Cells
		for len(cells) > want && cells[len(cells)-1].Text == "" {
			cells = cells[:len(cells)-1]
		}
		g.rows[i].Cells = cells
	}
}

// A csvReader walks the runes of a text.
type csvReader struct {
	page *page.Page
	text []rune
	sep  rune
	at   int
}

// parseCSV parts a text into rows. A quote that never ends spoils its own line
// only; the next line is read again.
func parseCSV(p *page.Page, text []rune, sep rune) []rows.Row {
	r := &csvReader{page: p, text: text, sep: sep}
	var out []rows.Row
	for r.at < len(text) {
		row, ok := r.row()
		if ok {
			out = append(out, row)
		}
	}
	return out
}

// row reads one row; ok is false for an empty line.
func (r *csvReader) row() (out rows.Row, ok bool) {
	start := r.at
	for {
		cell, fault := r.field()
		out.Cells = append(out.Cells, cell)
		if fault != "" {
			r.skipLine()
			out.Fault = fault
			break
		}
		if r.at < len(r.text) && r.text[r.at] == r.sep {
			r.at++
			continue
		}
		break
	}
	end := r.at
	for end > start && (r.text[end-1] == '\r' || r.text[end-1] == '\n') {
		end--
	}
	r.newLine()
	out.Place = r.page.Place(start, end)
	return out, end > start
}

func (r *csvReader) newLine() {
	if r.at < len(r.text) && r.text[r.at] == '\r' {
		r.at++
	}
	if r.at < len(r.text) && r.text[r.at] == '\n' {
		r.at++
	}
}

func (r *csvReader) skipLine() {
	for r.at < len(r.text) && r.text[r.at] != '\n' && r.text[r.at] != '\r' {
		r.at++
	}
}

// field reads up to the next separator or line end.
func (r *csvReader) field() (rows.Cell, string) {
	if r.at < len(r.text) && r.text[r.at] == '"' {
		return r.quoted()
	}
	start := r.at
	for r.at < len(r.text) && r.text[r.at] != r.sep && r.text[r.at] != '\n' && r.text[r.at] != '\r' {
		r.at++
	}
	return r.cell(start, r.at), ""
}

// quoted reads a field in quotes; a quote within is written twice.
func (r *csvReader) quoted() (rows.Cell, string) {
	start := r.at + 1
	for i := start; i < len(r.text); i++ {
		if r.text[i] != '"' {
			continue
		}
		if i+1 < len(r.text) && r.text[i+1] == '"' {
			i++
			continue
		}
		cell := r.cell(start, i)
		cell.Text = strings.ReplaceAll(cell.Text, `""`, `"`)
		if r.at = i + 1; r.at < len(r.text) && r.text[r.at] != r.sep && r.text[r.at] != '\n' && r.text[r.at] != '\r' {
			return cell, "引号之后还有别的字符"
		}
		return cell, ""
	}
	r.skipLine()
	return r.cell(start, r.at), "引号没有结束"
}

// cell trims blanks, so that a place covers what is said and no more.
func (r *csvReader) cell(start, end int) rows.Cell {
	for start < end && blankRune(r.text[start]) {
		start++
	}
	for end > start && blankRune(r.text[end-1]) {
		end--
	}
	return rows.Cell{Text: string(r.text[start:end]), Place: r.page.Place(start, end)}
}

func blankRune(c rune) bool {
	return strings.ContainsRune(" \t\u3000\u00a0", c)
}
