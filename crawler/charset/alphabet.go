package charset

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/htmlindex"
)

// A tongue is a language whose pages were written with one byte a letter:
// its letters beyond ASCII, the most frequent first, and the charsets in which
// such pages are found, the likeliest first. latin says that they stand among
// ASCII letters.
type tongue struct {
	letters  string
	charsets string
	latin    bool
}

// tongues are in the order in which one is taken where several fit alike.
func tongues() []tongue {
	const west, central, baltic = "windows-1252 iso-8859-15", "windows-1250 iso-8859-2", "windows-1257 iso-8859-13 iso-8859-4 iso-8859-10"
	const cyrillic = "windows-1251 koi8-r iso-8859-5 ibm866 x-mac-cyrillic"
	return []tongue{
		{"éàèêçôîâûùïëœ", west, true},      // French
		{"üäöß", west, true},               // German
		{"óíáñéúü¿¡", west, true},          // Spanish
		{"ãçáéíóõêâúàô", west, true},       // Portuguese
		{"àèòùéì", west, true},             // Italian
		{"äöåé", west, true},               // Swedish, Finnish
		{"øåæé", west, true},               // Danish, Norwegian
		{"éèëïöóüç", west, true},           // Dutch, Catalan
		{"íáéóú", west, true},              // Irish
		{"íáðþóæéöúý", west, true},         // Icelandic
		{"ıüşöğç", "windows-1254", true},   // Turkish
		{"ąęłóżśćńź", central, true},       // Polish
		{"íáěéřčšžýůúňťďó", central, true}, // Czech
		{"áíéčšýžúľťôňäďóĺŕ", central, true},
		{"áéöóőüíúű", central, true}, // Hungarian
		{"čžšćđ", central, true},     // Croatian, Slovene
		{"ăîţâş", central, true},     // Romanian
		{"ăîțâș", "iso-8859-16", true},
		{"äõüöšž", "windows-1252 windows-1257 iso-8859-15 iso-8859-13 iso-8859-4", true}, // Estonian
		{"āīēšūņļžčķģ", baltic, true},                                                    // Latvian
		{"ėšąžįųūčę", baltic, true},                                                      // Lithuanian
		{"ŭĉĝŝĵĥ", "iso-8859-3", true},                                                   // Esperanto
		{"ħżġċà", "iso-8859-3", true},                                                    // Maltese
		{"àđưôáâơêếảăạấậốộ\u0300\u0301\u0309\u0303\u0323éòíúì", "windows-1258", true},    // Vietnamese
		{"оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", cyrillic, false},                           // Russian
		{"аоиентрсвдлкпмзяъбугчжщшцюйхфь", cyrillic, false},                              // Bulgarian
		{"оаинівтерслкдмупзьягбчйхцєїжшюфщґ", "windows-1251 koi8-u iso-8859-5", false},   // Ukrainian
		{"αοιετνσρπκμηςλυίγδόάωέχθύβφήξώζψ", "windows-1253 iso-8859-7", false},
		{"יוהלאמרתבשנעםדקפחטגןצזסכךףץ", "windows-1255 iso-8859-8", false},
		{"ايلنمورتبةعدسفهكقأحجشصىخإطضذءزئآغثظؤ", "windows-1256 iso-8859-6", false},
		{"านรอกเง่มยลวดทส้ตะิปบัคหีแจใพขโ็ชไ์ุูื", "windows-874", false},
	}
}

// Logarithms of how likely a rune is that is no letter of the tongue.
const (
	mark    = -6 // quotes, dashes, signs that print has in every language
	foreign = -9
	// unlikely is the mean below which a text is in none of the tongues.
	unlikely = -5
)

// alphabet names the charset of a body in a language with an alphabet: that by
// which its letters are the likeliest, each by its place in the order of
// frequency and by where it stands, for no other reading of the same bytes is
// a language as well. Sure is how much likelier than the next reading, 0 to 1;
// an empty name says that nothing fits.
func alphabet(body []byte, host string) (name string, sure float64) {
	texts := readings(window(body))
	best, next := math.Inf(-1), math.Inf(-1)
	for _, t := range tongues() {
		ranks := t.ranks()
		for charset := range strings.FieldsSeq(t.charsets) {
			text := texts(charset)
			if text == "" {
				continue
			}
			likely := t.likely(text, ranks)
			if charset == national(host) {
				likely += 0.05
			}
			switch {
			case likely > best+1e-9 && charset != name:
				name, best, next = charset, likely, best
			case likely > best:
				best = likely
			case charset != name:
				next = max(next, likely)
			}
		}
	}
	if best < unlikely || !decodes(name, body) {
		return "", 0
	}
	return name, min(0.9, 0.3+(best-next)/4)
}

// readings decodes a sample by a charset, once by each; empty: it is not in it.
func readings(sample []byte) func(charset string) string {
	texts := map[string]string{}
	return func(charset string) string {
		text, seen := texts[charset]
		if !seen && decodes(charset, sample) {
			if enc, err := htmlindex.Get(charset); err == nil {
				decoded, _ := enc.NewDecoder().Bytes(sample)
				text = string(decoded)
			}
		}
		texts[charset] = text
		return text
	}
}

// ranks are the logarithms of how frequent each letter is. The letters of any
// language fall off nearly geometrically by rank.
func (t tongue) ranks() map[rune]float64 {
	letters := []rune(t.letters)
	fall := max(2.5, float64(len(letters))/4)
	sum := 0.0
	for i := range letters {
		sum += math.Exp(-float64(i) / fall)
	}
	ranks := make(map[rune]float64, len(letters))
	for i, r := range letters {
		ranks[r] = -float64(i)/fall - math.Log(sum)
	}
	return ranks
}

// likely is the mean logarithm of how likely the runes beyond ASCII are in the
// tongue. A capital stands at the start of a word or among capitals; a letter
// of an alphabet of its own stands among its like, an accented one among
// ASCII letters.
func (t tongue) likely(text string, ranks map[rune]float64) float64 {
	sum, n := 0.0, 0
	last := ' '
	for _, r := range text {
		if r >= 0x80 {
			sum += t.rune(last, r, ranks)
			n++
		}
		last = r
	}
	return sum / float64(max(n, 1))
}

func (t tongue) rune(last, r rune, ranks map[rune]float64) float64 {
	p, known := ranks[r]
	if !known {
		if p, known = ranks[unicode.ToLower(r)]; known {
			if p--; unicode.IsLower(last) {
				p -= 5
			}
		}
	}
	switch among := unicode.IsLetter(last); {
	case !known && strings.ContainsRune("\u00a0«»“”„‘’‚–—…§°№€£¥•·©®™", r):
		return mark
	case !known:
		return foreign
	case among && t.latin && last >= 0x80:
		p -= 2
	case among && !t.latin && last < 0x80:
		p -= 4
	}
	return max(p, foreign)
}
