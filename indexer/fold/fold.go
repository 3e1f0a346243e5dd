// Package fold folds text for search, one rune to one rune.
//
// Width, case and traditional characters are folded so that a phrase is found
// however it was typed (MODEL 8). Because every rune becomes exactly one rune,
// the n-th rune of the folded text is the n-th of the raw text: substring
// search stays exact and highlights land without an offset map. It refuses
// phrase-aware conversion: that is for name keys, where one word may need it,
// and would make a search find what is not there.
package fold

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

//go:embed runes.txt
var runes string

//nolint:gochecknoglobals // a constant table, read once from runes.txt
var table = sync.OnceValue(func() map[rune]rune {
	m := make(map[rune]rune, 4000)
	var from []rune
	for line := range strings.Lines(runes) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case from == nil:
			from = []rune(line)
		default:
			for i, r := range []rune(line) {
				m[from[i]] = r
			}
			from = nil
		}
	}
	return m
})

// basic is what every rune of the Basic Multilingual Plane, where nearly all
// text is, folds to: looked up by its number, since a page of hits folds tens
// of thousands.
//
//nolint:gochecknoglobals // a constant table, made once
var basic = sync.OnceValue(func() *[1 << 16]rune {
	var all [1 << 16]rune
	for r := range all {
		all[r] = decide(rune(r))
	}
	return &all
})

// Rune folds one rune: full width to half width, upper case to lower case,
// traditional to simplified, compatibility ideographs to the plain ones,
// brackets of document numbers to one form, every space to U+0020.
func Rune(r rune) rune {
	if uint32(r) < 1<<16 {
		return basic()[r]
	}
	return decide(r)
}

func decide(r rune) rune {
	switch {
	case r < 0x80:
		return ascii(r)
	case r >= '！' && r <= '～':
		return ascii(r - '！' + '!')
	}
	switch r {
	case '〔', '【', '〖':
		return '['
	case '〕', '】', '〗':
		return ']'
	case '—', '–', '‐', '−':
		return '-'
	case '\u3000', '\u00a0', '\u2002', '\u2003', '\u2009':
		return ' '
	}
	if s, ok := table()[r]; ok {
		return s
	}
	if l := unicode.ToLower(r); l != unicode.ToLower(l) {
		return unicode.ToLower(l)
	}
	return unicode.ToLower(r)
}

func ascii(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= '\t' && r <= '\r':
		return ' '
	}
	return r
}

// Runes folds text; the result has exactly the runes of text, one for one.
// Bytes that are not UTF-8 become U+FFFD, one for one too.
func Runes(text string) []rune {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		out = append(out, Rune(r))
	}
	return out
}

// String is Runes as a string.
func String(text string) string { return string(Runes(text)) }
