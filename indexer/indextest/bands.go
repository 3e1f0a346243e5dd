package indextest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"probity/indexer/fold"
)

// A Band is how frequent a phrase is.
type Band string

// The bands.
const (
	Rare     Band = "rare"     // in less than one of a thousand documents
	Middling Band = "middling" // in three to twenty of a thousand
	Tenth    Band = "a tenth"  // in about a tenth of all
)

// Bands returns them, the rarest first.
func Bands() []Band { return []Band{Rare, Middling, Tenth} }

// Phrases picks n phrases of two to eight characters in each band, as evenly
// by length as the corpus allows, out of its first documents; how frequent each
// is, it counts in a sample.
func (p *Prose) Phrases(n, documents int) map[Band][]string {
	rng := rand.New(rand.NewPCG(p.seed, 1<<62))
	sample := make([][]rune, min(documents, 3000))
	for i := range sample {
		sample[i] = fold.Runes(p.Doc(i).Text)
	}
	counts := candidates(rng, sample, 200*n)
	for _, text := range sample {
		seen := map[string]bool{}
		for length := 2; length <= 8; length++ {
			for at := 0; at+length <= len(text); at++ {
				w := string(text[at : at+length])
				if _, ok := counts[w]; ok && !seen[w] {
					seen[w] = true
					counts[w]++
				}
			}
		}
	}
	return pick(rng, counts, n, len(sample))
}

// candidates are windows of the sample without punctuation.
func candidates(rng *rand.Rand, sample [][]rune, n int) map[string]int {
	counts := map[string]int{}
	formulas := stock()
	for range n {
		text := sample[rng.IntN(len(sample))]
		if rng.IntN(4) == 0 { // long phrases that are frequent are formulas
			text = []rune(formulas[rng.IntN(len(formulas))].text)
		}
		length := 2 + rng.IntN(7)
		at := rng.IntN(max(1, len(text)-length))
		w := text[at:min(len(text), at+length)]
		if !slices.ContainsFunc(w, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
			counts[string(w)] = 0
		}
	}
	return counts
}

func pick(rng *rand.Rand, counts map[string]int, n, of int) map[Band][]string {
	all := map[Band]map[int][]string{Rare: {}, Middling: {}, Tenth: {}}
	for w, c := range counts {
		if band := bandOf(c, of); band != "" {
			length := len([]rune(w))
			all[band][length] = append(all[band][length], w)
		}
	}
	out := map[Band][]string{}
	for _, band := range Bands() {
		byLength := all[band]
		for _, words := range byLength {
			slices.SortFunc(words, strings.Compare)
		}
		for _, words := range sorted(byLength) {
			rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		}
		for round := 0; len(out[band]) < n && round < n; round++ {
			for _, words := range sorted(byLength) {
				if round < len(words) && len(out[band]) < n {
					out[band] = append(out[band], words[round])
				}
			}
		}
	}
	return out
}

// bandOf is the band of a phrase in c documents of a sample, empty if it is in
// between.
func bandOf(c, of int) Band {
	switch share := float64(c) / float64(of); {
	case c == 1:
		return Rare
	case share >= 0.003 && share <= 0.02:
		return Middling
	case share >= 0.07 && share <= 0.14:
		return Tenth
	}
	return ""
}

func sorted(byLength map[int][]string) (out [][]string) {
	for length := 2; length <= 8; length++ {
		if words := byLength[length]; len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}
