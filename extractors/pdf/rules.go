package pdf

import (
	"cmp"
	"math"
	"slices"
)

// A grid is a ruled table of one page: its columns lie between xs, its rows
// between ys, and cells that no line parts are one.
type grid struct {
	xs, ys    []float64
	cell      []int // row*columns+column -> the cell it belongs to, the first of them
	openTop   bool  // no line closes it above, or below: it goes on over a page break
	openFloor bool
}

func (g grid) columns() int { return len(g.xs) - 1 }
func (g grid) rows() int    { return len(g.ys) - 1 }

func (g grid) box() box { return box{g.xs[0], g.ys[0], g.xs[len(g.xs)-1], g.ys[len(g.ys)-1]} }

const maxCells = 100_000 // of one page

// merged makes one of lines that lie on each other, end to end.
func merged(lines []rule) []rule {
	slices.SortFunc(lines, func(a, b rule) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.from, b.from)) })
	var out []rule
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].at-lines[0].at <= closer {
			n++
		}
		same := slices.Clone(lines[:n])
		lines = lines[n:]
		slices.SortFunc(same, func(a, b rule) int { return cmp.Compare(a.from, b.from) })
		first := len(out)
		for _, r := range same {
			if last := len(out) - 1; last >= first && r.from <= out[last].to+closer {
				out[last].to = max(out[last].to, r.to)
				continue
			}
			out = append(out, rule{same[0].at, r.from, r.to})
		}
	}
	return out
}

// grids finds the ruled tables of a page: lines that cross belong together.
func (l *leaf) grids() []grid {
	across, down := merged(l.across), merged(l.down)
	part := make([]int, len(across)+len(down))
	for i := range part {
		part[i] = i
	}
	root := func(i int) int {
		for part[i] != i {
			part[i] = part[part[i]]
			i = part[i]
		}
		return i
	}
	for i, h := range across {
		for j, v := range down {
			if v.at >= h.from-closer && v.at <= h.to+closer && h.at >= v.from-closer && h.at <= v.to+closer {
				part[root(len(across)+j)] = root(i)
			}
		}
	}
	hs, vs := map[int][]rule{}, map[int][]rule{}
	var order []int
	for i, h := range across {
		r := root(i)
		if len(hs[r]) == 0 {
			order = append(order, r)
		}
		hs[r] = append(hs[r], h)
	}
	for j, v := range down {
		r := root(len(across) + j)
		vs[r] = append(vs[r], v)
	}
	var out []grid
	for _, r := range order {
		if g, ok := gridOf(hs[r], vs[r]); ok {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b grid) int { return cmp.Compare(a.ys[0], b.ys[0]) })
	return apart(out)
}

// apart leaves out grids that lie within others, which a reader of pages could
// not tell from cells.
func apart(all []grid) []grid {
	return slices.DeleteFunc(slices.Clone(all), func(g grid) bool {
		return slices.ContainsFunc(all, func(o grid) bool {
			a, b := g.box(), o.box()
			return a != b && a.x0 >= b.x0-1 && a.y0 >= b.y0-1 && a.x1 <= b.x1+1 && a.y1 <= b.y1+1
		})
	})
}

// gridOf makes the grid of lines that cross.
func gridOf(hs, vs []rule) (grid, bool) {
	if len(vs) < 2 {
		return grid{}, false
	}
	var g grid
	top, floor, left, right := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, h := range hs {
		g.ys = append(g.ys, h.at)
		left, right = min(left, h.from), max(right, h.to)
	}
	for _, v := range vs {
		g.xs = append(g.xs, v.at)
		top, floor = min(top, v.from), max(floor, v.to)
	}
	g.xs, _, _ = edges(g.xs, left, right)
	g.ys, g.openTop, g.openFloor = edges(g.ys, top, floor)
	if g.columns() < 2 || g.rows() < 1 || g.columns()*g.rows() > maxCells {
		return g, false
	}
	g.join(hs, vs)
	return g, true
}

// open is how far lines must stand out to show that a table goes on.
const open = 5.0

// edges sorts positions, makes one of those that are close, and adds the ends
// to which the crossing lines reach beyond them.
func edges(at []float64, from, to float64) (out []float64, first, last bool) {
	slices.Sort(at)
	for _, x := range at {
		if len(out) == 0 || x-out[len(out)-1] > 2*closer-1 {
			out = append(out, x)
		}
	}
	if out[0]-from > open {
		out, first = append([]float64{from}, out...), true
	}
	if to-out[len(out)-1] > open {
		out, last = append(out, to), true
	}
	return out, first, last
}

// join makes one cell of those that no line parts, where they make a rectangle.
func (g *grid) join(hs, vs []rule) {
	w := g.columns()
	g.cell = make([]int, w*g.rows())
	for i := range g.cell {
		g.cell[i] = i
	}
	root := func(i int) int {
		for g.cell[i] != i {
			g.cell[i] = g.cell[g.cell[i]]
			i = g.cell[i]
		}
		return i
	}
	union := func(a, b int) {
		a, b = root(a), root(b)
		g.cell[max(a, b)] = min(a, b)
	}
	for r := range g.rows() {
		for c := range w {
			x, y := (g.xs[c]+g.xs[c+1])/2, (g.ys[r]+g.ys[r+1])/2
			if c+1 < w && !parts(vs, g.xs[c+1], y) {
				union(r*w+c, r*w+c+1)
			}
			if r+1 < g.rows() && !parts(hs, g.ys[r+1], x) {
				union(r*w+c, (r+1)*w+c)
			}
		}
	}
	for i := range g.cell {
		g.cell[i] = root(i)
	}
	g.square()
}

// parts reports whether a line at that position passes the point.
func parts(lines []rule, at, point float64) bool {
	return slices.ContainsFunc(lines, func(l rule) bool {
		return math.Abs(l.at-at) <= 2*closer && l.from <= point && point <= l.to
	})
}

// square takes cells apart that make no rectangle.
func (g *grid) square() {
	w := g.columns()
	size, extent := map[int]int{}, map[int][4]int{}
	for i, c := range g.cell {
		e, ok := extent[c]
		if !ok {
			e = [4]int{i / w, i % w, i / w, i % w}
		}
		extent[c] = [4]int{min(e[0], i/w), min(e[1], i%w), max(e[2], i/w), max(e[3], i%w)}
		size[c]++
	}
	for i, c := range g.cell {
		if e := extent[c]; size[c] != (e[2]-e[0]+1)*(e[3]-e[1]+1) {
			g.cell[i] = i
		}
	}
}

// at returns the elementary cell that a point lies in; negative: none.
func (g grid) at(x, y float64) int {
	c, r := between(g.xs, x), between(g.ys, y)
	if c < 0 || r < 0 {
		return -1
	}
	return r*g.columns() + c
}

func between(edges []float64, x float64) int {
	if x < edges[0] || x >= edges[len(edges)-1] {
		return -1
	}
	i, found := slices.BinarySearch(edges, x)
	if found {
		return i
	}
	return i - 1
}
