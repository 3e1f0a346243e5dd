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

// guess names the charset that fits best, and how sure that is. GB18030 and
// Big5 are taken only if the whole body decodes by them; anything else only
// if neither of them does, or fits much better.
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
		case gb18030Name, big5Name:
			if name == favour {
				score += prior
			}
		default:
			score -= prior
		}
		if score > points && decodes(name, body) {
			best, points = name, score
		}
	}
	return best, float64(min(points, 90)) / 100
}

// favoured is the Chinese charset that a page by its host and language has
// most likely.
func favoured(body []byte, host string) string {
	if m := langTag.FindSubmatch(body[:min(len(body), head)]); m != nil {
		switch lang := strings.ToLower(string(m[1])); {
		case strings.Contains(lang, "tw"), strings.Contains(lang, "hk"), strings.Contains(lang, "hant"):
			return big5Name
		case strings.HasPrefix(lang, "zh"):
			return gb18030Name
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, top := range []string{".tw", ".hk", ".mo"} {
		if strings.HasSuffix(host, top) {
			return big5Name
		}
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
	pairs, odd := 0, 0
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
	return pairs >= 2 && pairs > 10*odd
}
