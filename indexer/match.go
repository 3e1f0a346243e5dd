package indexer

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"probity/indexer/fold"
	"probity/pipeline/evidence"
)

// number finds document and case numbers: a few letters, a year in brackets,
// and what follows up to 号, with spaces anywhere between (DOMAIN 2.6, 2.7).
var number = regexp.MustCompile(`[^\s，。；：、（(〔\[【）)〕\]】]{0,24}\s*[（(〔\[【]\s*(?:[1１][9９]|[2２][0０])[0-9０-９]{2}\s*[）)〕\]】]\s*[^\s，。；：、（(〔\[【]{0,12}?\s*第?\s*[0-9０-９\-—－、, ]{1,16}\s*号`)

// A Term is one thing that a document must contain.
type Term struct {
	Phrase []rune // folded; at least one rune
	Number string // canonical, if the term is a document or case number
}

// Terms reads the words of a query. A query that is one number as a whole is
// one term, however it is spaced.
func Terms(words string) []Term {
	words = strings.TrimSpace(words)
	if loc := number.FindStringIndex(words); loc != nil && loc[0] == 0 && loc[1] == len(words) {
		return []Term{{Phrase: fold.Runes(words), Number: canonical(words)}}
	}
	var terms []Term
	for _, p := range split(words) {
		if f := fold.Runes(p); len(f) > 0 {
			terms = append(terms, Term{Phrase: f, Number: whole(p)})
		}
	}
	return terms
}

// split cuts a query at white space outside quotation marks. An odd last
// quotation mark is one like any other rune.
func split(words string) []string {
	words = strings.NewReplacer("“", `"`, "”", `"`).Replace(words)
	if strings.Count(words, `"`)%2 == 1 {
		return strings.Fields(words)
	}
	var out []string
	for i, part := range strings.Split(words, `"`) {
		if i%2 == 1 {
			out = append(out, strings.TrimSpace(part))
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func whole(word string) string {
	if loc := number.FindStringIndex(word); loc != nil && loc[0] == 0 && loc[1] == len(word) {
		return canonical(word)
	}
	return ""
}

// canonical is the form under which a number is compared: half width, round
// brackets, no spaces, lower case, without 第.
func canonical(number string) string {
	return strings.ReplaceAll(fold.String(evidence.FoldNumber(number)), "第", "")
}

// Numbers returns the document and case numbers that a text writes, in
// canonical form and once each.
func Numbers(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, at := range numbersIn(text) {
		if c := canonical(text[at[0]:at[1]]); !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

// reach is how far before its 号 a number may begin, in bytes.
const reach = 300

// numbersIn returns where numbers stand in a text, as byte offsets, each
// ending with its 号. The pattern is tried only before a 号 that has a closing
// bracket within reach, since to try it everywhere costs more than all the
// rest of indexing.
func numbersIn(text string) (found [][2]int) {
	for from := 0; ; {
		i := strings.Index(text[from:], "号")
		if i < 0 {
			return found
		}
		end := from + i + len("号")
		start := max(0, end-reach)
		for start < end && !utf8.RuneStart(text[start]) {
			start++
		}
		from = end
		window := text[start:end]
		if !strings.ContainsAny(window, ")]）〕】") {
			continue
		}
		for _, m := range number.FindAllStringIndex(window, -1) {
			if m[1] == len(window) {
				found = append(found, [2]int{start + m[0], end})
			}
		}
	}
}

// A Folded is a document made ready for many comparisons.
type Folded struct{ title, text, numbers string }

// Fold makes a document ready to be matched.
func Fold(d Doc) Folded {
	return Folded{fold.String(d.Title), fold.String(d.Text), strings.Join(append(Numbers(d.Title), Numbers(d.Text)...), "\n")}
}

// Matches reports whether a document contains every term. It is the meaning
// of search; an index is a faster way to the same answer.
func (f Folded) Matches(terms []Term) bool {
	for _, t := range terms {
		phrase := string(t.Phrase)
		if !strings.Contains(f.title, phrase) && !strings.Contains(f.text, phrase) &&
			(t.Number == "" || !strings.Contains(f.numbers, t.Number)) {
			return false
		}
	}
	return true
}
