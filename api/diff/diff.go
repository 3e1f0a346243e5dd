// Package diff tells in what two texts differ: which lines were added,
// removed or changed, and within a changed line which words.
//
// A line is compared as a whole first. One that is longer than a person reads
// at once, as pages without line ends have them, is cut into its sentences.
// Where lines took the place of others those that are alike are put beside
// each other and compared word by word: letters and digits by runs, Chinese
// character by character, since no dictionary says where its words end.
//
// The comparison is Myers' in linear space (An O(ND) Difference Algorithm and
// Its Variations, 1986), stopped where it costs too much: then the furthest
// that was reached is taken, so that time and memory are bounded by the size
// of the texts and the answer is the same on every machine. What is found is
// always a true account of how the one becomes the other, if not always the
// shortest. It refuses to be exact about everything: beyond Options it counts
// and says so, and never leaves anything out unsaid.
package diff

import (
	"strings"
	"unicode/utf8"
)

// Kinds of a row.
const (
	Same    = "same"
	Changed = "changed"
	Removed = "removed" // only in the first text
	Added   = "added"   // only in the second
	Skipped = "skipped" // rows that are the same on both sides and not shown
)

// A Row is a line of the first text beside one of the second.
type Row struct {
	Kind string `json:"kind"`
	A    Line   `json:"a,omitzero"`
	B    Line   `json:"b,omitzero"`
	N    int    `json:"n,omitempty"` // of Skipped: how many rows
}

// A Line is a line, or a sentence of a long one.
type Line struct {
	N     int    `json:"line"`  // of the text, from 1
	Start int    `json:"start"` // runes [start,end) of the text, without the line end
	End   int    `json:"end"`
	Parts []Part `json:"parts"`
}

// A Part is a stretch of a line that was changed, or was not.
type Part struct {
	Text   string `json:"text"`
	Marked bool   `json:"marked,omitempty"`
	Left   int    `json:"left,omitempty"` // runes that are left out here, since they are the same
}

// Options bound what is compared and told; zero values are the defaults.
type Options struct {
	Context int // rows shown around a change; 3
	Rows    int // most that are told; 1,000
	Lines   int // most of each text that are compared; 200,000
	Cost    int // most edits that are looked for at once; 256
	Wide    int // runes of a stretch that are shown; 160
}

func (o Options) orDefaults() Options {
	for _, d := range []struct {
		to *int
		by int
	}{{&o.Context, 3}, {&o.Rows, 1000}, {&o.Lines, 200_000}, {&o.Cost, 256}, {&o.Wide, 160}} {
		if *d.to <= 0 {
			*d.to = d.by
		}
	}
	return o
}

// A Result is how a text became another.
type Result struct {
	Rows    []Row `json:"rows"`
	Same    int   `json:"same"`    // lines that both have
	Changed int   `json:"changed"` // lines of which a part was changed
	Removed int   `json:"removed"`
	Added   int   `json:"added"`
	More    int   `json:"more,omitempty"`   // rows that are not told
	Beyond  int   `json:"beyond,omitempty"` // lines behind those that were compared
}

// Texts compares two texts.
func Texts(a, b string, o Options) Result {
	o = o.orDefaults()
	x, left := cut(a, o.Lines)
	y, more := cut(b, o.Lines)
	r := Result{Beyond: left + more}
	known := interner{}
	before, after := known.all(x), known.all(y)
	gone, fresh := compare(before, after, o.Cost)
	t := teller{o: o, work: wordWork, r: &r}
	for i, j := 0, 0; i < len(x) || j < len(y); {
		if i < len(x) && j < len(y) && !gone[i] && !fresh[j] {
			t.same(x[i], y[j])
			i, j = i+1, j+1
			continue
		}
		from, to := i, j
		for i < len(x) && gone[i] {
			i++
		}
		for j < len(y) && fresh[j] {
			j++
		}
		t.changed(x[from:i], y[to:j])
	}
	t.flush(true)
	return r
}

// A unit is a line or a sentence of one.
type unit struct {
	text       string
	line       int
	start, end int // runes
}

// Longer lines are cut into sentences, and what is longer still at the
// lesser marks, or at last anywhere.
const (
	longLine  = 200
	longPiece = 1000
)

// cut cuts a text into lines, long ones into sentences, so many at most; it
// counts the lines behind.
func cut(text string, most int) (units []unit, beyond int) {
	at, n := 0, 0
	for line := range strings.Lines(text) {
		n++
		if len(units) >= most {
			beyond++
			continue
		}
		body := strings.TrimRight(line, "\r\n")
		all, long := 0, len(body) > longLine // in bytes, of which there are no fewer than runes
		measure := whole
		if long {
			measure = sentence
		}
		for len(body) > 0 && len(units) < most {
			piece, runes := measure(body)
			units = append(units, unit{body[:piece], n, at + all, at + all + runes})
			body, all = body[piece:], all+runes
		}
		if len(body) > 0 {
			beyond++
		}
		if all == 0 {
			units = append(units, unit{"", n, at, at})
		}
		at += all + len(line) - len(strings.TrimRight(line, "\r\n"))
	}
	return units, beyond
}

func whole(line string) (size, runes int) { return len(line), utf8.RuneCountInString(line) }

// sentence measures the first sentence of a line, in bytes and in runes.
func sentence(line string) (size, runes int) {
	lesser, upto, lesserRunes := 0, 0, 0
	for i, c := range line {
		if runes == longPiece {
			break
		}
		runes++
		upto = i + utf8.RuneLen(c)
		if c == utf8.RuneError {
			_, w := utf8.DecodeRuneInString(line[i:])
			upto = i + w
		}
		switch {
		case strings.ContainsRune("。！？；!?;", c) && runes > 1:
			return upto, runes
		case runes > longLine && strings.ContainsRune("，、,. \t\u3000}", c):
			return upto, runes
		case strings.ContainsRune("，,\t", c):
			lesser, lesserRunes = upto, runes
		}
	}
	if upto < len(line) && lesser > 0 {
		return lesser, lesserRunes
	}
	return upto, runes
}

// An interner gives equal texts equal numbers.
type interner map[string]int32

func (k interner) all(units []unit) []int32 {
	out := make([]int32, len(units))
	for i, u := range units {
		out[i] = k.one(u.text)
	}
	return out
}

func (k interner) one(text string) int32 {
	id, ok := k[text]
	if !ok {
		id = int32(len(k))
		k[text] = id
	}
	return id
}
