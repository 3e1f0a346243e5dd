package charset

import (
	"unicode"
	"unicode/utf16"
)

// unmarked names the order of bytes of UTF-16 that has no mark, as databases
// hand it out; empty: it is none. Bytes are text by it if all runes are, but
// for a twentieth, of scripts that people write; of what is none, such as the
// parts of an archive, half fall between the scripts or among the controls.
func unmarked(body []byte) string {
	little, big := written(body, 0), written(body, 1)
	switch {
	case max(little, big) < 0.95:
		return ""
	case big > little && decodes("utf-16be", body):
		return "utf-16be"
	case big <= little && decodes("utf-16le", body):
		return "utf-16le"
	}
	return ""
}

// written is the share of runes that people write, where the low byte of each
// pair stands at low, 0 or 1.
func written(body []byte, low int) float64 {
	body = body[:min(len(body), sample)]
	if len(body) < 64 || len(body)%2 == 1 {
		return 0
	}
	units := make([]uint16, 0, len(body)/2)
	for i := 0; i < len(body); i += 2 {
		units = append(units, uint16(body[i+low])|uint16(body[i+1-low])<<8)
	}
	all, good := 0, 0
	for _, r := range utf16.Decode(units) {
		all++
		if r < 0x80 && (unicode.IsPrint(r) || r == '\t' || r == '\n' || r == '\r') ||
			unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Hebrew, unicode.Arabic, unicode.Thai) ||
			r >= 0x2010 && r <= 0x203b || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef || r >= 0xa0 && r < 0x100 {
			good++
		}
	}
	return float64(good) / float64(all)
}
