package diff

import "slices"

// A teller makes rows of what was compared, those that are the same only
// around a change.
type teller struct {
	o      Options
	r      *Result
	work   int   // what may still be spent on words
	before []Row // the same rows since the last change that may yet be shown
	held   int   // how many more there were
	after  int   // how many are still shown behind the last change
}

func (t *teller) same(a, b unit) {
	t.r.Same++
	switch {
	case t.after > 0:
		t.after--
		t.put(sameRow(a, b, t.o))
	case len(t.before) < t.o.Context:
		t.before = append(t.before, sameRow(a, b, t.o))
	default:
		t.before = append(t.before[1:], sameRow(a, b, t.o))
		t.held++
	}
}

// flush shows the rows before a change; at the end there is none, and they
// are passed over.
func (t *teller) flush(end bool) {
	if end {
		t.held, t.before = t.held+len(t.before), nil
	}
	if t.held > 0 {
		t.put(Row{Kind: Skipped, N: t.held})
	}
	for _, row := range t.before {
		t.put(row)
	}
	t.before, t.held = t.before[:0], 0
}

func (t *teller) put(row Row) {
	if len(t.r.Rows) >= t.o.Rows {
		t.r.More++
		return
	}
	t.r.Rows = append(t.r.Rows, row)
}

// changed tells a stretch of lines that took the place of others.
func (t *teller) changed(a, b []unit) {
	if len(a) == 0 && len(b) == 0 {
		return
	}
	t.flush(false)
	t.after = t.o.Context
	x, y := make([]tokens, len(a)), make([]tokens, len(b))
	if t.work > 0 {
		known := interner{}
		x, y = wordsOf(a, known), wordsOf(b, known)
	}
	i, j := 0, 0
	for _, p := range append(t.pairs(x, y), [2]int{len(a), len(b)}) {
		for ; i < p[0]; i++ {
			t.r.Removed++
			t.put(Row{Kind: Removed, A: t.line(a[i], x[i], nil)})
		}
		for ; j < p[1]; j++ {
			t.r.Added++
			t.put(Row{Kind: Added, B: t.line(b[j], y[j], nil)})
		}
		if i < len(a) && j < len(b) {
			t.r.Changed++
			if len(t.r.Rows) < t.o.Rows {
				gone, fresh := between(x[i], y[j], 1+t.o.Cost/4)
				t.put(Row{Kind: Changed, A: t.line(a[i], x[i], gone), B: t.line(b[j], y[j], fresh)})
			} else {
				t.r.More++
			}
			i, j = i+1, j+1
		}
	}
}

// wordWork is how many words are looked at in all. What is changed beyond it
// is told line by line.
const wordWork = 2_000_000

// alike is the share of words that two lines have in common, in percent, from
// which the one counts as a changed form of the other.
const alike = 40

// pairs puts lines of one stretch beside those of the other that are most like
// them, in order. Without work left, lines stay by themselves.
func (t *teller) pairs(x, y []tokens) (out [][2]int) {
	if len(x)*len(y) == 0 || t.work <= 0 {
		return nil
	}
	for _, side := range [][]tokens{x, y} {
		for _, l := range side {
			t.work -= len(l.ids) * (1 + max(len(x), len(y))/4)
		}
	}
	if len(x)*len(y) > 10_000 { // a stretch of hundreds of lines: each only beside that of its number
		for i := range min(len(x), len(y)) {
			if likeness(x[i], y[i]) >= alike {
				out = append(out, [2]int{i, i})
			}
		}
		return out
	}
	return align(x, y)
}

// align finds the pairs, in order, that are the most alike in sum.
func align(x, y []tokens) (out [][2]int) {
	best := make([][]int, len(x)+1) // best[i][j] is how alike x[i:] and y[j:] can be made
	best[len(x)] = make([]int, len(y)+1)
	for i := len(x) - 1; i >= 0; i-- {
		best[i] = make([]int, len(y)+1)
		for j := len(y) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if like := likeness(x[i], y[j]); like >= alike {
				best[i][j] = max(best[i][j], like+best[i+1][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch best[i][j] {
		case best[i+1][j]:
			i++
		case best[i][j+1]:
			j++
		default:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		}
	}
	return out
}

// likeness is the share of words that two lines have in common, in percent.
func likeness(x, y tokens) int {
	all := len(x.sorted) + len(y.sorted)
	if all == 0 {
		return 100
	}
	return 200 * overlap(x.sorted, y.sorted) / all
}

func sameRow(a, b unit, o Options) Row {
	return Row{Kind: Same, A: plainly(a, o), B: plainly(b, o)}
}

func plainly(u unit, o Options) Line {
	return Line{N: u.line, Start: u.start, End: u.end, Parts: clipped([]Part{{Text: u.text}}, o.Wide)}
}

// line is a unit with the marked words in it; without marks it is all new.
func (t *teller) line(u unit, w tokens, marked []bool) Line {
	if marked == nil {
		return Line{N: u.line, Start: u.start, End: u.end, Parts: clipped([]Part{{Text: u.text, Marked: true}}, t.o.Wide)}
	}
	smooth(w, marked)
	out := Line{N: u.line, Start: u.start, End: u.end}
	for i, from := 0, 0; i < len(marked); i++ {
		if i+1 == len(marked) || marked[i+1] != marked[i] {
			out.Parts = append(out.Parts, Part{Text: u.text[w.at[from]:w.at[i+1]], Marked: marked[i]})
			from = i + 1
		}
	}
	out.Parts = clipped(out.Parts, t.o.Wide)
	return out
}

// smooth marks a blank or mark of punctuation that stands alone between what
// was changed: it is equal by chance.
func smooth(w tokens, marked []bool) {
	for i := 1; i+1 < len(marked); i++ {
		if !marked[i] && marked[i-1] && marked[i+1] && w.light[i] {
			marked[i] = true
		}
	}
}

// mostParts is how many parts of a line are told.
const mostParts = 120

// clipped leaves out what is long: the middle of what is the same, the end of
// what is not.
func clipped(parts []Part, wide int) []Part {
	var out []Part
	for i, p := range parts {
		if len(out) >= mostParts {
			left := 0
			for _, rest := range parts[i:] {
				left += len([]rune(rest.Text))
			}
			return append(out, Part{Left: left})
		}
		runes := []rune(p.Text)
		if len(runes) <= wide || p.Marked && len(runes) <= 4*wide {
			out = append(out, p)
			continue
		}
		head, tail := wide/2, wide/2
		if p.Marked {
			head, tail = 4*wide, 0
		}
		out = append(out, Part{Text: string(runes[:head]), Marked: p.Marked}, Part{Marked: p.Marked, Left: len(runes) - head - tail})
		if tail > 0 {
			out = append(out, Part{Text: string(runes[len(runes)-tail:])})
		}
	}
	return slices.Clip(out)
}
