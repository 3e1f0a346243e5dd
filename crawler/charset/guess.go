package charset

import (
	"bytes"
	"strings"

	"github.com/saintfish/chardet"
)

// sample is how much of a body is guessed at: enough for its statistics.
const sample = 32 << 10

// A prior is how many points of chardet's hundred a Chinese charset gets for
// whom the page comes from.
const prior = 30

// guess names the charset that fits best, and how sure that is. One is taken
// only if the whole body decodes by it; GB18030, Big5 and that of the page's own
// country before others, and others only if those fit much worse.
func guess(body []byte, host string) (string, float64) {
	favour := favoured(body, host)
	best, points := "", 0
	results, err := chardet.NewTextDetector().DetectAll(window(body))
	if err != nil {
		return "", 0
	}
	for _, r := range results {
		name := canonical(strings.Replace(r.Charset, "GB-", "gb", 1)) // chardet writes GB-18030
		score := r.Confidence
		switch name {
		case "", utf8Name, "utf-16be", "utf-16le":
			continue // valid UTF-8 was seen before; UTF-16 without a mark has NUL bytes
		case favour:
			if name != gb18030Name || paired(body) {
				score += prior
			}
		case gb18030Name, big5Name:
			if !paired(body) {
				score -= prior
			}
		default:
			score -= prior
		}
		if name == gb18030Name && japanese(body) {
			name, score = "euc-jp", max(score, prior) // kana stand at the same places in both
		}
		if score > points && decodes(name, body) {
			best, points = name, score
		}
	}
	if name := national(host); western(best) && name != "" && decodes(name, body) {
		return name, 0.3 // which Western one it is, statistics of one page do not tell
	}
	return best, float64(min(points, 90)) / 100
}

// shifted reports whether a body changes over to Japanese by escapes, all of it
// being ASCII (RFC 1468).
func shifted(body []byte) bool {
	return bytes.Contains(body, []byte("\x1b$B")) && bytes.Contains(body, []byte("\x1b(")) && ascii(body) && decodes(shiftedName, body)
}

// japanese reports whether a tenth of what stands in pairs is kana, as no
// Chinese page has it.
func japanese(body []byte) bool {
	pairs, kana := 0, 0
	for i := 0; i+1 < len(body); i++ {
		if body[i] >= 0xa1 && body[i+1] >= 0xa1 {
			if pairs++; body[i] == 0xa4 || body[i] == 0xa5 {
				kana++
			}
			i++
		}
	}
	return pairs >= 10 && 10*kana > pairs && decodes("euc-jp", body)
}

// paired reports whether most bytes beyond ASCII stand in pairs, as in GB 2312;
// accented letters of an alphabet stand alone.
func paired(body []byte) bool {
	pairs, odd := chinese(body)
	return pairs > odd
}

// national is the one charset that pages of a country were written in before
// UTF-8, where that has one byte a letter; empty: none is known.
func national(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return map[string]string{
		"ru": "windows-1251", "by": "windows-1251", "bg": "windows-1251", "pl": "windows-1250", "cz": "windows-1250", "sk": "windows-1250", "hu": "windows-1250",
		"si": "windows-1250", "hr": "windows-1250", "gr": "windows-1253", "tr": "windows-1254", "il": "windows-1255", "sa": "windows-1256", "ae": "windows-1256",
		"eg": "windows-1256", "th": "windows-874", "lt": "windows-1257", "lv": "windows-1257", "ee": "windows-1257", "vn": "windows-1258",
	}[host[strings.LastIndexByte(host, '.')+1:]]
}

// favoured is the charset that an East Asian page by its language and host has
// most likely; empty for one of a country with an alphabet.
func favoured(body []byte, host string) string {
	if m := langTag.FindSubmatch(body[:min(len(body), head)]); m != nil {
		switch lang := strings.ToLower(string(m[1])); {
		case strings.Contains(lang, "tw"), strings.Contains(lang, "hk"), strings.Contains(lang, "hant"):
			return big5Name
		case strings.HasPrefix(lang, "zh"):
			return gb18030Name
		case strings.HasPrefix(lang, "ja"):
			return "shift_jis"
		case strings.HasPrefix(lang, "ko"):
			return "euc-kr"
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if national(host) != "" {
		return ""
	}
	switch host[strings.LastIndexByte(host, '.')+1:] {
	case "tw", "hk", "mo", "taipei":
		return big5Name
	case "jp":
		return "shift_jis"
	case "kr":
		return "euc-kr"
	}
	return gb18030Name
}

// window cuts the part of a body that says most: around its first bytes that
// are not ASCII.
func window(body []byte) []byte {
	i := bytes.IndexFunc(body, func(r rune) bool { return r >= 0x80 })
	start := max(0, i-64)
	return body[start:min(len(body), start+sample)]
}

func ascii(body []byte) bool {
	return bytes.IndexFunc(body, func(r rune) bool { return r >= 0x80 }) < 0
}

// chinesePairs reports whether nearly all bytes beyond ASCII come in pairs of
// GB 2312's plane, as hardly any Western text has them.
func chinesePairs(body []byte) bool {
	pairs, odd := chinese(body)
	return pairs >= 2 && pairs > 10*odd
}

func chinese(body []byte) (pairs, odd int) {
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case b < 0x80:
		case b >= 0xa1 && b <= 0xf7 && i+1 < len(body) && body[i+1] >= 0xa1:
			pairs++
			i++
		default:
			odd++
		}
	}
	return pairs, odd
}
