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
// country before others, and others only if those fit much worse. chardet
// decides among those of East Asia, and alphabet among all others.
func guess(body []byte, host string) (string, float64) {
	best, points := statistics(body, favoured(body, host))
	sure := float64(min(points, 90)) / 100
	switch pairs, odd := chinese(body); {
	case best == "" && pairs > odd && pairs < 4:
		return "", 0 // a word or two: chardet has no statistics of them
	case best == gb18030Name && korean(body):
		return "euc-kr", 0.8 // hangul stand within the plane of GB 2312
	case best == gb18030Name && (!paired(body) || foreignPairs(body)), best == big5Name && !paired(body), !eastern(best):
		if name, sure := alphabet(body, host); name != "" || !eastern(best) {
			return name, sure
		}
	}
	return best, sure
}

// statistics is the best of chardet's offers by which the body decodes, and
// its points of a hundred.
func statistics(body []byte, favour string) (best string, points int) {
	results, err := chardet.NewTextDetector().DetectAll(window(body))
	if err != nil {
		return "", 0
	}
	for _, r := range results {
		name := canonical(strings.Replace(r.Charset, "GB-", "gb", 1)) // chardet writes GB-18030
		score := r.Confidence
		switch name {
		case "", utf8Name, "utf-16be", "utf-16le":
			continue // valid UTF-8 was seen before, and UTF-16 has NUL bytes
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
	return best, points
}

// shifted reports whether a body changes over to Japanese by escapes, all of it
// being ASCII (RFC 1468).
func shifted(body []byte) bool {
	return bytes.Contains(body, []byte("\x1b$B")) && bytes.Contains(body, []byte("\x1b(")) && ascii(body) && decodes(shiftedName, body)
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
