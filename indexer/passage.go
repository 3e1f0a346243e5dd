package indexer

import (
	"slices"

	"probity/indexer/fold"
)

const (
	around      = 40 // runes shown on either side of a mark
	maxPassages = 5
	maxMarks    = 1000
)

// Passages shows where the terms stand in a document: pieces of the raw text
// with the runes to mark, the same for every backend.
func Passages(d Doc, terms []Term) []Passage {
	out := passages("title", d.Title, terms)
	return append(out, passages("text", d.Text, terms)...)
}

func passages(field, raw string, terms []Term) []Passage {
	marks := Marks(raw, terms)
	if len(marks) == 0 {
		return nil
	}
	runes := []rune(raw)
	var out []Passage
	for _, m := range marks {
		start, end := max(0, m[0]-around), min(len(runes), m[1]+around)
		if n := len(out); n > 0 && start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, end)
			out[n-1].Marks = append(out[n-1].Marks, m)
			continue
		}
		if len(out) == maxPassages {
			break
		}
		out = append(out, Passage{Start: start, End: end, Field: field, Marks: [][2]int{m}})
	}
	for i := range out {
		out[i].Text = string(runes[out[i].Start:out[i].End])
	}
	return out
}

// Marks returns the ranges of runes of raw where a term stands, in order and
// merged where they touch.
func Marks(raw string, terms []Term) [][2]int {
	text := fold.Runes(raw)
	var marks [][2]int
	for _, t := range terms {
		for at := 0; at+len(t.Phrase) <= len(text) && len(marks) < maxMarks; {
			i := index(text[at:], t.Phrase)
			if i < 0 {
				break
			}
			marks = append(marks, [2]int{at + i, at + i + len(t.Phrase)})
			at += i + len(t.Phrase)
		}
		if t.Number != "" {
			marks = append(marks, numberMarks(raw, t.Number)...)
		}
	}
	slices.SortFunc(marks, func(a, b [2]int) int { return a[0] - b[0] })
	merged := marks[:0]
	for _, m := range marks {
		if n := len(merged); n > 0 && m[0] <= merged[n-1][1] {
			merged[n-1][1] = max(merged[n-1][1], m[1])
			continue
		}
		merged = append(merged, m)
	}
	return merged
}

func numberMarks(raw, want string) [][2]int {
	var marks [][2]int
	for _, loc := range numbersIn(raw) {
		if got := canonical(raw[loc[0]:loc[1]]); len(got) >= len(want) && got[len(got)-len(want):] == want {
			start := len([]rune(raw[:loc[0]]))
			marks = append(marks, [2]int{start, start + len([]rune(raw[loc[0]:loc[1]]))})
		}
	}
	return marks
}

func index(text, phrase []rune) int {
	for i := 0; i+len(phrase) <= len(text); i++ {
		if text[i] == phrase[0] && slices.Equal(text[i:i+len(phrase)], phrase) {
			return i
		}
	}
	return -1
}
