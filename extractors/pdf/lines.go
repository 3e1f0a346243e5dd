package pdf

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line is glyphs beside each other, from left to right.
type line struct {
	box
	glyphs []glyph
}

// linesOf puts glyphs into lines: the tall ones make the lines, and the low
// ones, as marks and dashes, join the line that they overlap most.
func linesOf(glyphs []glyph) []line {
	order := slices.Clone(glyphs)
	slices.SortStableFunc(order, func(a, b glyph) int {
		return cmp.Or(cmp.Compare(b.height(), a.height()), cmp.Compare(a.y0, b.y0), cmp.Compare(a.x0, b.x0))
	})
	var out []line
	for _, g := range order {
		if g.r == ' ' {
			continue
		}
		best := g.lineIn(out)
		if best < 0 {
			out = append(out, line{box: g.box, glyphs: []glyph{g}})
			continue
		}
		out[best].glyphs = append(out[best].glyphs, g)
		out[best].x0, out[best].x1 = min(out[best].x0, g.x0), max(out[best].x1, g.x1)
	}
	for _, g := range glyphs { // blanks that the writer set show where words end
		for i := range out {
			if _, y := g.middle(); g.r == ' ' && y >= out[i].y0-1 && y <= out[i].y1+1 && g.x0 >= out[i].x0-1 {
				out[i].glyphs = append(out[i].glyphs, g)
				break
			}
		}
	}
	for i := range out {
		slices.SortStableFunc(out[i].glyphs, func(a, b glyph) int { return cmp.Compare(a.x0+a.x1, b.x0+b.x1) })
		out[i].glyphs = once(out[i].glyphs)
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Or(cmp.Compare(a.y0+a.y1, b.y0+b.y1), cmp.Compare(a.x0, b.x0)) })
	return out
}

// lineIn is the line that a glyph overlaps most; negative: none.
func (g glyph) lineIn(lines []line) int {
	best, most := -1, 0.0
	for i, l := range lines {
		over := min(g.y1, l.y1) - max(g.y0, l.y0)
		if g.height() <= 0.1 && over >= -0.2*l.height() {
			over = 0.1
		}
		if over > most && over > 0.4*g.height() {
			best, most = i, over
		}
	}
	return best
}

// once leaves out glyphs that were printed twice to look bold.
func once(glyphs []glyph) []glyph {
	return slices.CompactFunc(glyphs, func(a, b glyph) bool {
		return a.r == b.r && abs(b.x0-a.x0) < 0.3*(a.x1-a.x0) && abs(b.x1-a.x1) < 0.3*(a.x1-a.x0) && abs(b.y0-a.y0) < 1
	})
}

func abs(x float64) float64 { return max(x, -x) }

// size is the height of a line's type.
func (l line) size() float64 { return max(1, l.height()) }

// text writes a line. A gap as wide as a quarter of the type is a blank, and
// between two Chinese characters one as wide as the half.
func (l line) text() string {
	var b strings.Builder
	for i, g := range l.glyphs {
		if i > 0 && g.r != ' ' && l.glyphs[i-1].r != ' ' {
			gap, need := g.x0-l.glyphs[i-1].x1, 0.25*l.size()
			if wide(g.r) || wide(l.glyphs[i-1].r) {
				need = 0.8 * l.size() // writers set Chinese and Latin apart, and stretch lines to the margin
			}
			if gap > need {
				b.WriteByte(' ')
			}
		}
		b.WriteRune(g.r)
	}
	return b.String()
}

// wide runes fill a square, and no blank parts them over a line's end.
func wide(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe4f ||
		r >= 0xff00 && r <= 0xffef || r >= 0x20000 && r <= 0x3ffff || strings.ContainsRune("“”‘’—…·〔〕", r)
}

// joined writes lines as one text: a blank stands where two were parted only
// if both sides are words. Numbers and codes that a narrow cell broke are one.
func joined(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		next := l.text()
		if before := b.String(); before != "" && words(before, next) {
			b.WriteByte(' ')
		}
		b.WriteString(next)
	}
	return b.String()
}

func words(before, after string) bool {
	last, first := lastWord(before), firstWord(after)
	if last == "" || first == "" {
		return false
	}
	return !code(last) || !code(first)
}

func lastWord(s string) string {
	at := len(s)
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:at])
		if !latin(r) {
			break
		}
		at -= n
	}
	return s[at:]
}

func firstWord(s string) string {
	if at := strings.IndexFunc(s, func(r rune) bool { return !latin(r) }); at >= 0 {
		return s[:at]
	}
	return s
}

func latin(r rune) bool { return r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// code: digits, and capitals among them, as in identifiers.
func code(word string) bool {
	return strings.ContainsFunc(word, unicode.IsDigit) || !strings.ContainsFunc(word, unicode.IsLower)
}

// A paragraph is lines that go on in each other.
type paragraph struct {
	box
	lines []line
}

// paragraphs joins lines: one that ends at the right margin goes on in the
// next, if that is near, of the same size and not indented.
func paragraphs(lines []line) []paragraph {
	left, right := margins(lines)
	var out []paragraph
	for _, l := range lines {
		if n := len(out) - 1; n >= 0 {
			p := &out[n]
			last := p.lines[len(p.lines)-1]
			goesOn := last.x1 > right-2*last.size() && l.x0 < left+1.2*l.size() && l.y0-last.y1 < 1.5*last.size() && l.y0 > last.y0+0.5*last.size() &&
				abs(l.size()-last.size()) < 0.3*last.size()
			if goesOn {
				p.lines = append(p.lines, l)
				p.box = box{min(p.x0, l.x0), p.y0, max(p.x1, l.x1), l.y1}
				continue
			}
		}
		out = append(out, paragraph{l.box, []line{l}})
	}
	return out
}

func margins(lines []line) (left, right float64) {
	for i, l := range lines {
		if i == 0 {
			left, right = l.x0, l.x1
		}
		left, right = min(left, l.x0), max(right, l.x1)
	}
	return left, right
}
