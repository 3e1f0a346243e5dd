package diff

import "slices"

// compare says which elements of a and of b are in no common subsequence of
// the two that was found. Elements that the other does not have at all are
// left out of the search: they can be in none.
func compare(a, b []int32, cost int) (gone, fresh []bool) {
	gone, fresh = make([]bool, len(a)), make([]bool, len(b))
	x, xs := shared(a, b, gone)
	y, ys := shared(b, a, fresh)
	s := search{a: x, b: y, gone: make([]bool, len(x)), fresh: make([]bool, len(y)), cost: cost, zero: len(y) + 1}
	s.ahead, s.behind = make([]int, len(x)+len(y)+3), make([]int, len(x)+len(y)+3)
	s.between(0, len(x), 0, len(y))
	for i, at := range xs {
		gone[at] = s.gone[i]
	}
	for i, at := range ys {
		fresh[at] = s.fresh[i]
	}
	return gone, fresh
}

// shared returns the elements of a that b has, and where they stand; the
// others are marked in alone.
func shared(a, b []int32, alone []bool) (both []int32, at []int) {
	most := int32(-1)
	for _, v := range b {
		most = max(most, v)
	}
	has := make([]bool, most+1)
	for _, v := range b {
		has[v] = true
	}
	both, at = make([]int32, 0, len(a)), make([]int, 0, len(a))
	for i, v := range a {
		if v <= most && has[v] {
			both, at = append(both, v), append(at, i)
		} else {
			alone[i] = true
		}
	}
	return both, at
}

// A search is for a common subsequence. A diagonal k holds the points (i, j)
// with i-j = k; ahead and behind keep of each the furthest i that was reached
// from the beginning and from the end, at k+zero.
type search struct {
	a, b          []int32
	gone, fresh   []bool
	ahead, behind []int
	zero, cost    int
}

// between compares a[i:m] and b[j:n]. It calls itself for the first part and
// goes on with the second.
func (s *search) between(i, m, j, n int) {
	for {
		for i < m && j < n && s.a[i] == s.b[j] {
			i, j = i+1, j+1
		}
		for i < m && j < n && s.a[m-1] == s.b[n-1] {
			m, n = m-1, n-1
		}
		if i == m || j == n {
			mark(s.gone[i:m])
			mark(s.fresh[j:n])
			return
		}
		x, y := s.middle(i, m, j, n)
		if x == i && y == j || x == m && y == n { // the search went nowhere: all of it is another
			mark(s.gone[i:m])
			mark(s.fresh[j:n])
			return
		}
		s.between(i, x, j, y)
		i, j = x, y
	}
}

func mark(all []bool) {
	for i := range all {
		all[i] = true
	}
}

// A front is how far one of the two searches got: on diagonals low to high.
type front struct{ low, high int }

// widen takes one more edit: the front reaches one diagonal further to each
// side, or, at the rim of what there is, one less.
func (f *front) widen(least, most int, reached []int, zero, none int) {
	if f.low > least {
		f.low--
		reached[f.low-1+zero] = none
	} else {
		f.low++
	}
	if f.high < most {
		f.high++
		reached[f.high+1+zero] = none
	} else {
		f.high--
	}
}

// middle finds a point on a shortest way from (i,j) to (m,n), where searches
// from both ends meet; or, where that would cost too much, the point furthest
// from one of the ends.
func (s *search) middle(i, m, j, n int) (x, y int) {
	least, most := i-n, m-j
	start, end := i-j, m-n
	odd := (start-end)%2 != 0
	fore, back := front{start, start}, front{end, end}
	s.ahead[start+s.zero], s.behind[end+s.zero] = i, m
	for edits := 1; ; edits++ {
		fore.widen(least, most, s.ahead, s.zero, -1)
		for k := fore.high; k >= fore.low; k -= 2 {
			x := s.forward(k, m, n)
			if odd && x <= m && x-k <= n && back.low <= k && k <= back.high && s.behind[k+s.zero] <= x {
				return x, x - k
			}
		}
		back.widen(least, most, s.behind, s.zero, m+n+1)
		for k := back.high; k >= back.low; k -= 2 {
			x := s.backward(k, i, j)
			if !odd && x >= i && x-k >= j && fore.low <= k && k <= fore.high && x <= s.ahead[k+s.zero] {
				return x, x - k
			}
		}
		if edits >= s.cost {
			return s.furthest(fore, i, m, j, n)
		}
	}
}

// forward takes one edit to diagonal k and then all that is equal.
func (s *search) forward(k, m, n int) int {
	x := max(s.ahead[k-1+s.zero]+1, s.ahead[k+1+s.zero])
	y := x - k
	for x < m && y < n && x >= 0 && y >= 0 && s.a[x] == s.b[y] {
		x, y = x+1, y+1
	}
	s.ahead[k+s.zero] = x
	return x
}

func (s *search) backward(k, i, j int) int {
	x := min(s.behind[k-1+s.zero], s.behind[k+1+s.zero]-1)
	y := x - k
	for x > i && y > j && x <= len(s.a) && y <= len(s.b) && s.a[x-1] == s.b[y-1] {
		x, y = x-1, y-1
	}
	s.behind[k+s.zero] = x
	return x
}

// furthest is the point that the search from the beginning got furthest to.
func (s *search) furthest(fore front, i, m, j, n int) (x, y int) {
	x, y = i, j
	for k := fore.high; k >= fore.low; k -= 2 {
		p := min(s.ahead[k+s.zero], m, n+k)
		if q := p - k; p >= i && q >= j && p+q > x+y {
			x, y = p, q
		}
	}
	return x, y
}

// overlap is how much of two sorted lists is in both.
func overlap(a, b []int32) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n, i, j = n+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}

func sorted(a []int32) []int32 {
	a = slices.Clone(a)
	slices.Sort(a)
	return a
}
