package traps

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// A Print is a 64-bit simhash (Charikar 2002): texts that share most of their
// features have prints that differ in few bits. Features are pairs of
// neighbouring characters where the text is Chinese, and of all else three
// words in a row. 0 is the print of a text without features.
type Print uint64

// PrintOf returns the print of a text and how many features it has. Case,
// punctuation and white space do not count.
func PrintOf(text string) (p Print, features int) {
	var c counts
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.Is(unicode.Han, r):
			c.word()
			c.rune(r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			c.last = 0
			c.letter(unicode.ToLower(r))
		default:
			c.word()
			if !unicode.IsSpace(r) {
				c.last = 0
			}
		}
		i += size
	}
	c.word()
	for bit, n := range c.sums {
		if n > 0 {
			p |= 1 << bit
		}
	}
	return p, c.n
}

// Distance is how many bits two prints differ in. Unrelated texts differ in
// about 32.
func (p Print) Distance(q Print) int { return bits.OnesCount64(uint64(p ^ q)) }

// counts is a simhash in the making.
type counts struct {
	sums  [64]int32
	n     int
	last  rune      // the Chinese character just before
	hash  uint64    // of the word in the making
	inner bool      // there is one
	words [2]uint64 // the two before
	have  int
}

const (
	fnvStart = 14695981039346656037
	fnvPrime = 1099511628211
)

func (c *counts) rune(r rune) {
	if c.last != 0 {
		c.add(mix(uint64(c.last)<<32 | uint64(r)))
	}
	c.last = r
	c.have = 0
}

func (c *counts) letter(r rune) {
	if !c.inner {
		c.hash, c.inner = fnvStart, true
	}
	c.hash = (c.hash ^ uint64(r)) * fnvPrime
}

// word ends the word in the making.
func (c *counts) word() {
	if !c.inner {
		return
	}
	c.inner = false
	if c.have == 2 {
		c.add(mix(c.words[0]*3 ^ mix(c.words[1]*5^c.hash)))
		c.words[0], c.words[1] = c.words[1], c.hash
		return
	}
	c.words[c.have] = c.hash
	c.have++
}

func (c *counts) add(h uint64) {
	c.n++
	for bit := range c.sums {
		if h>>bit&1 == 1 {
			c.sums[bit]++
		} else {
			c.sums[bit]--
		}
	}
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Near is the distance up to which pages count as nearly the same (Manku,
// Jain, Das Sarma 2007, 3 of 64 bits).
const Near = 3

// A Shelf finds the prints near a given one. Of four bands of sixteen bits one
// must be equal where at most three bits differ, so it looks only at prints
// that share a band. Not safe for concurrent use; it holds the last max prints.
type Shelf struct {
	max   int
	all   []entry
	next  int
	bands [4]map[uint16][]int
}

type entry struct {
	id string
	of Print
}

// NewShelf returns a shelf of at most so many prints.
func NewShelf(most int) *Shelf {
	s := &Shelf{max: most}
	for i := range s.bands {
		s.bands[i] = map[uint16][]int{}
	}
	return s
}

// Near returns the id of the nearest print within Near bits; "" if there is none.
func (s *Shelf) Near(p Print) (id string, distance int) {
	distance = Near + 1
	for b := range s.bands {
		for _, at := range s.bands[b][band(p, b)] {
			if d := p.Distance(s.all[at].of); d < distance {
				id, distance = s.all[at].id, d
			}
		}
	}
	if id == "" {
		return "", -1
	}
	return id, distance
}

// Put adds a print; the oldest gives way when the shelf is full.
func (s *Shelf) Put(id string, p Print) {
	if s.max <= 0 {
		return
	}
	at := s.next
	if len(s.all) < s.max {
		s.all = append(s.all, entry{})
	} else {
		s.drop(at)
	}
	s.all[at] = entry{id, p}
	s.next = (at + 1) % s.max
	for b := range s.bands {
		key := band(p, b)
		s.bands[b][key] = append(s.bands[b][key], at)
	}
}

func (s *Shelf) drop(at int) {
	for b := range s.bands {
		key := band(s.all[at].of, b)
		list := s.bands[b][key]
		for i, v := range list {
			if v == at {
				list[i] = list[len(list)-1]
				list = list[:len(list)-1]
				break
			}
		}
		if s.bands[b][key] = list; len(list) == 0 {
			delete(s.bands[b], key)
		}
	}
}

func band(p Print, b int) uint16 { return uint16(p >> (16 * b)) }
