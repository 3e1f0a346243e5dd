package diff

import (
	"unicode"
	"unicode/utf8"
)

// tokens are the words of a line: at[i] and at[i+1] are where the i-th begins
// and ends, in bytes.
type tokens struct {
	ids, sorted []int32
	at          []int
	light       []bool // neither letter nor digit
}

// wordsOf cuts the lines of a stretch into words; equal words have equal
// numbers on both sides of it.
func wordsOf(units []unit, known interner) []tokens {
	out := make([]tokens, len(units))
	for i, u := range units {
		out[i] = words(u.text, known)
	}
	return out
}

// between compares the words of two lines.
func between(x, y tokens, cost int) (gone, fresh []bool) {
	small := map[int32]int32{} // numbers of these two lines alone
	renumbered := func(ids []int32) []int32 {
		out := make([]int32, len(ids))
		for i, id := range ids {
			if _, ok := small[id]; !ok {
				small[id] = int32(len(small))
			}
			out[i] = small[id]
		}
		return out
	}
	return compare(renumbered(x.ids), renumbered(y.ids), cost)
}

// words cuts a line: letters and digits by runs, Chinese by characters, blanks
// by runs, all else one by one.
func words(text string, known interner) tokens {
	w := tokens{at: []int{0}}
	for from := 0; from < len(text); {
		c, size := utf8.DecodeRuneInString(text[from:])
		kind, to := kindOf(c), from+size
		for kind != alone && to < len(text) {
			c, size := utf8.DecodeRuneInString(text[to:])
			if kindOf(c) != kind {
				break
			}
			to += size
		}
		w.ids = append(w.ids, known.one(text[from:to]))
		w.light = append(w.light, !unicode.IsLetter(c) && !unicode.IsDigit(c))
		w.at = append(w.at, to)
		from = to
	}
	w.sorted = sorted(w.ids)
	return w
}

// Kinds of runes: those of one kind make a word together, but for those that
// stand alone.
const (
	alone = iota
	letter
	digit
	blank
)

func kindOf(c rune) int {
	switch {
	case unicode.Is(unicode.Han, c):
		return alone
	case unicode.IsLetter(c) || c == '_':
		return letter
	case unicode.IsDigit(c):
		return digit
	case unicode.IsSpace(c):
		return blank
	}
	return alone
}
