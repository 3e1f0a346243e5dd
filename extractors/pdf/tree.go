package pdf

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/extractors/page"
)

// A block is a paragraph or a table, in the order of reading.
type block struct {
	box
	leaf  int
	text  string
	table *table
}

// document makes one tree of all pages.
func document(leaves []leaf) (*page.Page, error) {
	var pages [][]block
	for _, l := range leaves {
		pages = append(pages, l.blocks())
	}
	marks := running(pages)
	root, body := page.Document()
	var last *table // that may go on
	for _, blocks := range pages {
		first := true
		for _, b := range blocks {
			switch {
			case b.table == nil:
				if !marks[mark(b)] { // what heads every page neither ends a table nor parts it
					first, last = false, nil
				}
				page.Say(page.Add(body, atom.P, b.leaf), b.text)
			case first && last != nil && last.goesOn(*b.table):
				last.add(*b.table)
				first = false
			default:
				b.table.node = page.Add(body, atom.Table, b.leaf)
				b.table.add(*b.table)
				first, last = false, b.table
			}
		}
	}
	p, err := page.Tree(root, title(pages), page.PDFDecoder)
	if err != nil {
		return nil, refuse("%v", err)
	}
	if p.Len() == 0 {
		return nil, refuse("it holds no text")
	}
	return p, nil
}

// title is the first line of the document, which is set larger than its text
// where it is one at all.
func title(pages [][]block) string {
	for _, blocks := range pages {
		if len(blocks) > 0 {
			if b := blocks[0]; b.table == nil && len([]rune(b.text)) <= 80 {
				return b.text
			}
			return ""
		}
	}
	return ""
}

// blocks are the paragraphs and tables of a page from top to bottom.
func (l *leaf) blocks() []block {
	var out []block
	free := l.glyphs
	for _, g := range l.grids() {
		within, rest := split(free, g)
		if t, ok := ruled(g, within, l.number); ok {
			out = append(out, block{box: g.box(), leaf: l.number, table: t})
			free = rest
		}
	}
	loose, lines := aligned(linesOf(free), l.number)
	out = append(out, loose...)
	slices.SortStableFunc(out, func(a, b block) int { return cmp.Compare(a.y0, b.y0) })
	for _, p := range paragraphs(lines) {
		out = append(out, block{box: p.box, leaf: l.number, text: joined(p.lines)})
	}
	slices.SortStableFunc(out, func(a, b block) int { return cmp.Compare(a.y0, b.y0) })
	return out
}

func split(glyphs []glyph, g grid) (within, rest []glyph) {
	for _, one := range glyphs {
		if x, y := one.middle(); g.at(x, y) >= 0 {
			within = append(within, one)
		} else {
			rest = append(rest, one)
		}
	}
	return within, rest
}

// mark is what a running head or foot looks like on every page.
func mark(b block) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune("一二三四五六七八九十百", r) {
			return '0'
		}
		return r
	}, strings.ReplaceAll(b.text, " ", ""))
}

// running are the marks of paragraphs that stand at the edge of most pages, as
// their numbers do.
func running(pages [][]block) map[string]bool {
	times := map[string]int{}
	for _, blocks := range pages {
		seen := map[string]bool{}
		for i, b := range blocks {
			if b.table == nil && (i < 2 || i >= len(blocks)-2) && len([]rune(b.text)) <= 60 {
				seen[squash(mark(b))] = true
			}
		}
		for m := range seen {
			times[m]++
		}
	}
	out := map[string]bool{}
	for _, blocks := range pages {
		for _, b := range blocks {
			if n := times[squash(mark(b))]; b.table == nil && len(pages) > 1 && n >= 2 && 2*n >= len(pages) {
				out[mark(b)] = true
			}
		}
	}
	return out
}

// squash makes numbers of any length one.
func squash(s string) string {
	for strings.Contains(s, "00") {
		s = strings.ReplaceAll(s, "00", "0")
	}
	return s
}

// A table is the rows of a ruled or aligned table.
type table struct {
	xs       []float64
	rows     []trow
	openTop  bool
	openEnd  bool
	node     *html.Node
	lastRow  *html.Node
	lastTorn bool
	head     string // what its first row says
}

type trow struct {
	leaf  int
	cells []tcell
}

type tcell struct {
	column       int
	across, down int
	text         string
}

func (r trow) says() string {
	var all []string
	for _, c := range r.cells {
		all = append(all, strings.ReplaceAll(c.text, " ", ""))
	}
	return strings.Join(all, "\t")
}

// goesOn reports whether a table at the top of a page is the rest of this one.
func (t *table) goesOn(next table) bool {
	return slices.EqualFunc(t.xs, next.xs, func(a, b float64) bool { return abs(a-b) <= 2*closer })
}

// add writes rows under the table's node. A row that a page break tore is one
// row again, on the page on which it begins; a heading that is printed again
// stands behind it.
func (t *table) add(next table) {
	rows := next.rows
	if t.head == "" && len(rows) > 0 {
		t.head = rows[0].says()
	}
	var again []trow
	if t.lastRow != nil && t.lastTorn {
		if len(rows) > 1 && rows[0].says() == t.head {
			again, rows = rows[:1], rows[1:]
		} else if !next.openTop {
			again = nil
		}
		if len(rows) > 0 && (next.openTop || len(again) > 0) && t.mend(rows[0]) {
			rows = rows[1:]
		}
	}
	for _, r := range slices.Concat(again, rows) {
		t.lastRow = page.Add(t.node, atom.Tr, r.leaf)
		for _, c := range r.cells {
			td := page.Add(t.lastRow, atom.Td, 0)
			page.Spread(td, c.across, c.down)
			page.Say(td, c.text)
		}
	}
	t.lastTorn = next.openEnd
}

// mend adds the rest of a torn row to the row that is written last.
func (t *table) mend(rest trow) bool {
	var cells []*html.Node
	for td := t.lastRow.FirstChild; td != nil; td = td.NextSibling {
		cells = append(cells, td)
	}
	if len(cells) != len(rest.cells) {
		return false
	}
	for i, c := range rest.cells {
		if c.text == "" {
			continue
		}
		said := cells[i].FirstChild
		if said == nil {
			page.Say(cells[i], c.text)
			continue
		}
		if words(said.Data, c.text) {
			said.Data += " "
		}
		said.Data += c.text
	}
	return true
}

// ruled makes a table of a grid and the glyphs within it; false where it holds
// no two cells with text, since a frame is no table.
func ruled(g grid, glyphs []glyph, leaf int) (*table, bool) {
	in := map[int][]glyph{}
	for _, one := range glyphs {
		at := g.cell[g.at(one.middle())]
		in[at] = append(in[at], one)
	}
	filled := 0
	t := &table{xs: g.xs, openTop: g.openTop, openEnd: g.openFloor}
	w := g.columns()
	for r := range g.rows() {
		row := trow{leaf: leaf}
		for c := range w {
			at := r*w + c
			if g.cell[at] != at {
				continue
			}
			cell := tcell{column: c, across: 1, down: 1}
			for c+cell.across < w && g.cell[at+cell.across] == at {
				cell.across++
			}
			for r+cell.down < g.rows() && g.cell[at+cell.down*w] == at {
				cell.down++
			}
			if cell.text = joined(linesOf(in[at])); cell.text != "" {
				filled++
			}
			row.cells = append(row.cells, cell)
		}
		t.rows = append(t.rows, row)
	}
	return t, filled > 1
}
