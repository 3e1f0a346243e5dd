package detail

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/extractors/norm"
	"probity/extractors/page"
	"probity/extractors/rows"
)

// longestLabel is how many runes a label may have; longer texts are values.
const longestLabel = 60

// A pair is a declared label with where its value stands.
type pair struct {
	label      string
	start, end int // of the value
}

// A block is what one part of a page says behind labels.
type block struct {
	page   *page.Page
	plan   *rows.Plan
	node   *html.Node
	pairs  []pair
	taken  []pair   // runes that labels and values of elements cover
	unread []string // labels that nothing declares
	twice  []string // labels with two different values
}

func readBlock(p *page.Page, plan *rows.Plan, n *html.Node) *block {
	b := &block{page: p, plan: plan, node: n}
	done := map[*html.Node]bool{}
	for e := range n.Descendants() {
		if e.Type == html.ElementNode && !done[e] {
			b.element(e, done)
		}
	}
	b.lines()
	return b
}

// element takes e as a label if its text is one that is declared, and notes
// one that is not where its place in the markup makes it a label.
func (b *block) element(e *html.Node, done map[*html.Node]bool) {
	start, end := b.page.Range(e)
	if start == end || end-start > longestLabel {
		return
	}
	text := b.page.Slice(start, end)
	if !b.plan.Declared(text) {
		if key := rows.FoldLabel(text); key != "" && (e.DataAtom == atom.Dt || e.DataAtom == atom.Th && nextCell(e) != nil || b.oddCell(e)) {
			b.unread = append(b.unread, norm.Text(text))
			b.taken = append(b.taken, pair{"", start, end})
		}
		return
	}
	if b.isValue(start, end) {
		return
	}
	for e.Parent != nil && e.Parent != b.node && !isCell(e) {
		from, to := b.page.Range(e.Parent)
		if from != start || to != end {
			break
		}
		e = e.Parent
	}
	for n := range e.Descendants() {
		done[n] = true
	}
	done[e] = true
	from, to, ok := b.value(e)
	if !ok {
		return
	}
	b.take(pair{text, from, to})
	b.taken = append(b.taken, pair{"", start, end}, pair{"", from, to})
}

// isValue reports whether runes belong to a value that was found already: a
// word in it that is also a label is none.
func (b *block) isValue(start, end int) bool {
	return slices.ContainsFunc(b.pairs, func(p pair) bool { return p.start <= start && end <= p.end && p.start < p.end })
}

func isCell(n *html.Node) bool {
	return n.DataAtom == atom.Td || n.DataAtom == atom.Th || n.DataAtom == atom.Dt
}

func nextCell(n *html.Node) *html.Node {
	for n = n.NextSibling; n != nil; n = n.NextSibling {
		if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
			return n
		}
	}
	return nil
}

// oddCell reports whether e is a cell where its row has labels: a declared
// label stands in the row an even number of cells away.
func (b *block) oddCell(e *html.Node) bool {
	if e.DataAtom != atom.Td || e.Parent == nil || nextCell(e) == nil {
		return false
	}
	at, i, labels := 0, 0, [2]bool{}
	for c := range e.Parent.ChildNodes() {
		if c.DataAtom == atom.Th {
			return false
		}
		if c.DataAtom != atom.Td {
			continue
		}
		if c == e {
			at = i
		}
		if b.plan.Declared(b.page.Visible(c)) {
			labels[i%2] = true
		}
		i++
	}
	return labels[at%2] && !labels[1-at%2]
}

// value returns where the value of a label element stands; empty where the
// page leaves it so, and not ok where e is a heading and no label.
func (b *block) value(e *html.Node) (start, end int, ok bool) {
	switch e.DataAtom {
	case atom.Td, atom.Th:
		c := nextCell(e)
		if c == nil || e.DataAtom == atom.Th && c.DataAtom == atom.Th {
			return 0, 0, false
		}
		start, end = b.page.Range(c)
		return start, end, true
	case atom.Dt:
		return b.definition(e)
	default:
		return b.following(e)
	}
}

// definition covers every dd up to the next dt.
func (b *block) definition(e *html.Node) (start, end int, ok bool) {
	for n := e.NextSibling; n != nil && n.DataAtom != atom.Dt; n = n.NextSibling {
		from, to := b.page.Range(n)
		if n.DataAtom != atom.Dd || from == to {
			continue
		}
		if start == end {
			start = from
		}
		end = to
	}
	return start, end, true
}

// following covers the element after a label, or the text and inline elements
// up to the end of its line or the next label.
func (b *block) following(e *html.Node) (start, end int, ok bool) {
	inline := false
	for n := e.NextSibling; n != nil; n = n.NextSibling {
		from, to := b.page.Range(n)
		if n.DataAtom == atom.Br {
			break
		}
		if from == to {
			continue
		}
		text := b.page.Slice(from, to)
		if n.Type == html.ElementNode && b.plan.Declared(text) || inline && isBlock(b.page, end, from) {
			break
		}
		if !inline {
			start = from
			if n.Type == html.ElementNode && isBlock(b.page, prior(b.page, e), from) {
				return from, to, true
			}
		}
		inline, end = true, to
	}
	if start == end {
		return 0, 0, false // a word that stands alone
	}
	for start < end && strings.ContainsAny(b.page.Slice(start, start+1), "：: ") {
		start++
	}
	return start, end, true
}

func prior(p *page.Page, e *html.Node) int {
	_, end := p.Range(e)
	return end
}

// isBlock reports whether a line end stands between two places.
func isBlock(p *page.Page, end, next int) bool { return strings.Contains(p.Slice(end, next), "\n") }

// take keeps a pair; a label that comes again must say the same, or nothing.
func (b *block) take(p pair) {
	for i, old := range b.pairs {
		if rows.FoldLabel(old.label) != rows.FoldLabel(p.label) && !b.plan.Same(old.label, p.label) {
			continue
		}
		before, now := norm.Text(b.page.Slice(old.start, old.end)), norm.Text(b.page.Slice(p.start, p.end))
		switch {
		case before == "":
			b.pairs[i] = p
		case now != "" && now != before && !slices.Contains(b.twice, p.label):
			b.twice = append(b.twice, p.label)
		}
		return
	}
	b.pairs = append(b.pairs, p)
}

// row makes a row whose headings are the block's labels.
func (b *block) row(p *page.Page, plan *rows.Plan) (rows.Row, rows.Columns, *rows.MismatchError) {
	start, end := p.Range(b.node)
	r := rows.Row{Place: p.Place(start, end), Node: b.node}
	var headings []string
	for _, v := range b.pairs {
		headings = append(headings, v.label)
		cell := rows.Cell{Text: p.Slice(v.start, v.end)}
		if v.end > v.start {
			cell.Place = p.Place(v.start, v.end)
		}
		r.Cells = append(r.Cells, cell)
	}
	c, wrong := plan.Columns(headings, false)
	return r, c, wrong
}

// lines reads what is written 标签：值 in the lines of the block that no
// element pair covers; several pairs may stand on one line.
func (b *block) lines() {
	start, end := b.page.Range(b.node)
	at := start
	for line := range strings.SplitSeq(b.page.Slice(start, end), "\n") {
		runes := []rune(line)
		if !b.covered(at, at+len(runes)) {
			b.line(runes, at)
		}
		at += len(runes) + 1
	}
}

func (b *block) covered(start, end int) bool {
	return slices.ContainsFunc(b.taken, func(p pair) bool { return p.start < end && start < p.end })
}

// A hit is a declared label in a line, and where its value begins.
type hit struct {
	label       string
	from, value int
}

// line takes what stands behind each declared label of a line, up to the next
// one.
func (b *block) line(runes []rune, at int) {
	hits := b.hits(runes)
	for k, h := range hits {
		start, end, after := h.value, len(runes), ""
		if k+1 < len(hits) {
			end, after = hits[k+1].from, "，,；;"
		}
		for start < end && unicode.IsSpace(runes[start]) {
			start++
		}
		for end > start && (unicode.IsSpace(runes[end-1]) || strings.ContainsRune(after, runes[end-1])) {
			end--
		}
		b.take(pair{h.label, at + start, at + end})
	}
}

// hits finds declared labels before a colon, each at the start of the line or
// after a blank.
func (b *block) hits(runes []rune) []hit {
	var hits []hit
	bound := 0 // nothing before belongs to the next label
	for i, r := range runes {
		if r != '：' && r != ':' {
			continue
		}
		if label, from := b.labelBefore(runes, bound, i); from >= 0 {
			hits = append(hits, hit{label, from, i + 1})
			bound = i + 1
			continue
		}
		if bound == 0 && i <= 20 && plainLabel(runes[:i]) {
			b.unread = append(b.unread, norm.Text(string(runes[:i])))
		}
		bound = max(bound, 1)
	}
	return hits
}

// labelBefore returns the longest declared label that ends at a colon.
func (b *block) labelBefore(runes []rune, bound, colon int) (string, int) {
	for from := bound; from < colon; from++ {
		if from > 0 && !unicode.IsSpace(runes[from-1]) && !strings.ContainsRune("，,；;。(（", runes[from-1]) || unicode.IsSpace(runes[from]) {
			continue
		}
		if label := string(runes[from:colon]); colon-from <= longestLabel && b.plan.Declared(label) {
			return label, from
		}
	}
	return "", -1
}

// plainLabel: words, no sentence.
func plainLabel(runes []rune) bool {
	if len(runes) == 0 {
		return false
	}
	for _, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("()（）/", r) {
			return false
		}
	}
	return true
}
