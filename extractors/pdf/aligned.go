package pdf

import "slices"

// aligned finds tables without rules: three lines or more whose words stand
// under each other, with wide gaps between. It returns them, and the lines
// that belong to none.
func aligned(lines []line, leaf int) ([]block, []line) {
	var out []block
	var rest []line
	for i := 0; i < len(lines); {
		t, n := alignedAt(lines[i:])
		if t == nil {
			rest = append(rest, lines[i])
			i++
			continue
		}
		b := lines[i].box
		for j := range t.rows {
			t.rows[j].leaf = leaf
		}
		b.y1 = lines[i+n-1].y1
		out = append(out, block{box: b, leaf: leaf, table: t})
		i += n
	}
	return out, rest
}

// cells parts a line at gaps that no blank makes.
func (l line) cells() []line {
	var out []line
	for i, g := range l.glyphs {
		if g.r == ' ' {
			continue
		}
		last := len(out) - 1
		if i == 0 || last < 0 || g.x0-out[last].x1 > 1.2*l.size() {
			out = append(out, line{box: box{g.x0, l.y0, g.x1, l.y1}, glyphs: []glyph{g}})
			continue
		}
		out[last].glyphs = append(out[last].glyphs, g)
		out[last].x1 = max(out[last].x1, g.x1)
	}
	return out
}

// leastRows is how many lines under each other are no coincidence.
const leastRows = 3

// A strip is one line of a table: its words by column, or, where they stand
// under none or under two, no columns at all.
type strip struct {
	line
	columns [][]line
}

// alignedAt reads the table that begins with the first line, and says how many
// lines it has. The first line gives the columns.
func alignedAt(lines []line) (*table, int) {
	head := lines[0].cells()
	if len(head) < 3 {
		return nil, 0
	}
	columns := make([]box, len(head))
	for i, c := range head {
		columns[i] = c.box
	}
	var strips []strip
	wrapped := false
	for i, l := range lines {
		if i > 0 && l.y0-lines[i-1].y1 > 2.5*l.size() {
			break
		}
		cells := l.cells()
		at := columnsOf(cells, columns)
		if at == nil && len(cells) < 2 {
			break
		}
		wrapped = wrapped || at != nil && at[0] == nil
		strips = append(strips, strip{l, at})
	}
	if len(strips) < leastRows {
		return nil, 0
	}
	t := &table{}
	for _, c := range columns {
		t.xs = append(t.xs, c.x0, c.x1)
	}
	bands := singles(strips)
	if wrapped {
		bands = bandsOf(strips)
	}
	for _, b := range bands {
		t.rows = append(t.rows, b.row(len(columns)))
	}
	return t, len(strips)
}

// A band is the lines of one row.
type band []strip

func singles(strips []strip) (out []band) {
	for _, s := range strips {
		out = append(out, band{s})
	}
	return out
}

// clearly is by how much the gaps between rows must exceed those within one.
const clearly = 2.0

// bandsOf tells rows whose cells wrap by the gaps between lines. Where these do
// not tell them clearly, or a row would have no first cell or two, every line
// stays alone and whole: nothing is guessed of who did what.
func bandsOf(strips []strip) []band {
	gaps := make([]float64, 0, len(strips))
	for i := 1; i < len(strips); i++ {
		gaps = append(gaps, strips[i].y0-strips[i-1].y1)
	}
	sorted := slices.Sorted(slices.Values(gaps))
	cut, jump := 0.0, 0.0
	for i := 1; i < len(sorted); i++ {
		if d := sorted[i] - sorted[i-1]; d > jump && sorted[i] > clearly*max(sorted[i-1], 0.5) {
			cut, jump = (sorted[i]+sorted[i-1])/2, d
		}
	}
	var out []band
	for i, s := range strips {
		if i == 0 || gaps[i-1] > cut {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	if jump == 0 || slices.ContainsFunc(out, func(b band) bool { return !b.one() }) {
		out = singles(strips)
		for i := range out[1:] {
			out[i+1][0].columns = nil
		}
	}
	return out
}

// one reports whether exactly one line of the band fills the first column, and
// all can be told.
func (b band) one() bool {
	first := 0
	for _, s := range b {
		if s.columns == nil {
			return false
		}
		if s.columns[0] != nil {
			first++
		}
	}
	return first == 1
}

// row writes a band: cell by cell, or as one cell that no reader takes for a row.
func (b band) row(columns int) trow {
	if b[0].columns == nil {
		return trow{cells: []tcell{{across: columns, down: 1, text: b[0].text()}}}
	}
	var r trow
	for c := range columns {
		var part []line
		for _, s := range b {
			part = append(part, s.columns[c]...)
		}
		r.cells = append(r.cells, tcell{column: c, across: 1, down: 1, text: joined(part)})
	}
	return r
}

// columnsOf puts the cells of a line under the columns, which grow by it; nil
// where one stands under none or under two.
func columnsOf(cells []line, columns []box) [][]line {
	out := make([][]line, len(columns))
	if len(cells) == 0 {
		return nil
	}
	for _, c := range cells {
		under := -1
		for i, col := range columns {
			if c.x0 < col.x1 && col.x0 < c.x1 {
				if under >= 0 {
					return nil
				}
				under = i
			}
		}
		if under < 0 {
			return nil
		}
		out[under] = append(out[under], c)
	}
	for i, part := range out {
		for _, c := range part {
			columns[i].x0, columns[i].x1 = min(columns[i].x0, c.x0), max(columns[i].x1, c.x1)
		}
	}
	return out
}
