// Package mask hides personal data of natural persons rune for rune: what is
// masked has as many runes as before, so every place in a text still holds.
//
// It hides resident identity numbers, mobile numbers, e-mail addresses and
// bank cards by their form, wherever they stand, and the names of natural
// persons it was given. Numbers that identify operators, not persons, stay:
// a valid unified social credit code or registration number is never hidden
// for looking like a card. It would rather hide too much prose than too
// little; it never touches the values that facts are joined by, since callers
// hand it those only to see whether they hold personal data.
//
// Grounds: PIPL art. 6, 25 and 28, Measures art. 8, 法释〔2016〕19号 art. 8-10.
package mask

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

// Version names this package's rules in a reading's Reader.
const Version = "mask/1"

// PersonKey returns the keyed hash under which a natural person is told from
// others of the same masked name: HMAC-SHA256 over the folded name, in
// hexadecimal. Without the key it cannot be found by trying names.
func PersonKey(key []byte, name string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(evidence.FoldName(name)))
	return hex.EncodeToString(h.Sum(nil))
}

// A Masker hides personal data in texts of one page.
type Masker struct {
	names map[[2]rune][][]rune // by their first two runes, longest first
	kept  map[[2]rune][][]rune
}

// New returns a masker that knows, beside the forms, the names of natural
// persons. Within the names to keep, of operators that bear their owner's name
// (张三小吃店), a person's name stays, since the operator's is published.
func New(names, keep []string) *Masker {
	m := &Masker{names: index(names)}
	var holding []string // of the many names to keep, the few that matter
	for _, k := range keep {
		if r := []rune(k); m.persons(r) {
			holding = append(holding, k)
		}
	}
	m.kept = index(holding)
	return m
}

func index(names []string) map[[2]rune][][]rune {
	out := map[[2]rune][][]rune{}
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			continue
		}
		seen[n] = true
		if r := []rune(strings.TrimSpace(n)); len(r) >= 2 {
			head := [2]rune{r[0], r[1]}
			out[head] = append(out[head], r)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b []rune) int { return len(b) - len(a) })
	}
	return out
}

// Text returns s with personal data hidden; it has as many runes as s.
func (m *Masker) Text(s string) string {
	runes := []rune(s)
	m.persons(runes)
	forms(runes)
	return string(runes)
}

// Forms returns s with only what is told by its form hidden: numbers, e-mail.
func Forms(s string) string {
	runes := []rune(s)
	forms(runes)
	return string(runes)
}

// persons masks given names in place and reports whether there were any.
func (m *Masker) persons(runes []rune) (found bool) {
	for i := 0; i+1 < len(runes); {
		head := [2]rune{runes[i], runes[i+1]}
		if kept := longest(m.kept[head], runes[i:]); kept > 0 {
			i += kept
			continue
		}
		n := longest(m.names[head], runes[i:])
		if n == 0 {
			i++
			continue
		}
		copy(runes[i:], Name(string(runes[i:i+n])))
		found = true
		i += n
	}
	return found
}

func longest(names [][]rune, text []rune) int {
	for _, n := range names {
		if len(n) <= len(text) && slices.Equal(n, text[:len(n)]) {
			return len(n)
		}
	}
	return 0
}

// Name masks one natural person's name: the surname stays, the rest becomes 某.
// It has as many runes as before.
func Name(name string) []rune {
	masked, before := []rune(norm.Person(name)), []rune(name)
	if len(masked) == len(before) {
		return masked
	}
	for i := range before { // white space that normalising would collapse
		if i > 0 {
			before[i] = '某'
		}
	}
	return before
}
