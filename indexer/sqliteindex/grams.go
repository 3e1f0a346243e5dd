package sqliteindex

import (
	"strings"

	"probity/indexer"
	"probity/indexer/fold"
)

// end stands behind the last rune of a field, so that every rune begins a
// bigram and no phrase reaches from one field into the next. It is a
// noncharacter, which no query may contain.
const end = '\U0010FFFE'

// safe maps a folded rune to one that SQLite's ascii tokenizer takes as part
// of a token, one to one: punctuation would split tokens otherwise. Two
// folded runes never share a token, but for runes of private planes that
// nobody writes.
func safe(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return r
	case r < 0x80:
		return 0xE000 + r
	case r >= 0xE000 && r < 0xE080:
		return 0x10FF00 + r - 0xE000
	case r == end:
		return '\uFFFD'
	}
	return r
}

// grams writes fields as overlapping bigrams, one token each.
func grams(fields ...string) string {
	var b strings.Builder
	for _, field := range fields {
		runes := fold.Runes(field)
		for i, r := range runes {
			b.WriteRune(safe(r))
			if i+1 < len(runes) {
				b.WriteRune(safe(runes[i+1]))
			} else {
				b.WriteRune(end)
			}
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// match writes terms as a query of FTS5: bigrams in a row are the phrase, and
// one rune is the beginning of a bigram.
func match(terms []indexer.Term) string {
	parts := make([]string, 0, len(terms))
	for _, t := range terms {
		part := "grams : " + phrase(t.Phrase)
		if t.Number != "" {
			part = "(" + part + " OR numbers : " + phrase([]rune(t.Number)) + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " AND ")
}

func phrase(runes []rune) string {
	var b strings.Builder
	b.WriteByte('"')
	if len(runes) == 1 {
		b.WriteRune(safe(runes[0]))
		b.WriteString(`"*`)
		return b.String()
	}
	for i := range len(runes) - 1 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(safe(runes[i]))
		b.WriteRune(safe(runes[i+1]))
	}
	b.WriteByte('"')
	return b.String()
}
