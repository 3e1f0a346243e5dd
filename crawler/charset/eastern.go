package charset

import (
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// eastern reports whether a charset is one of East Asia, of two bytes a
// character.
func eastern(name string) bool {
	return name == gb18030Name || name == big5Name || name == "shift_jis" || name == "euc-jp" || name == "euc-kr"
}

// korean reports whether the pairs of a body are hangul: 25 of the 72 rows
// that GB 2312 fills, of which a Chinese text uses all, while the most
// frequent hanja that Korean pages still write are few.
func korean(body []byte) bool {
	pairs, hangul := 0, 0
	for i := 0; i+1 < len(body); i++ {
		if body[i] >= 0xa1 && body[i+1] >= 0xa1 {
			if body[i] >= 0xb0 {
				pairs++
			}
			if body[i] >= 0xb0 && body[i] <= 0xc8 {
				hangul++
			}
			i++
		}
	}
	return pairs >= 10 && 20*hangul > 19*pairs && decodes("euc-kr", body)
}

// common are the characters that most Chinese texts, and most of those about
// operators and their penalties, are made of.
const common = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电" +
	"二理起小现实加都两制机当使点从业本去性应开合还因由其前外天政四日事平全表间与关各重新内数正明原第向道条只问意建月公无情者最立代已通并提直题五位入文总次品式设及管特件长" +
	"市司限区处罚省务信营号网商查局执案书监督服交易有期被未违规责令改名称依据"

// foreignPairs reports whether a body that decodes as GB 18030 is hardly
// Chinese: of forty characters and more not one in twelve is a common one.
func foreignPairs(body []byte) bool {
	enc, err := htmlindex.Get(gb18030Name)
	if err != nil {
		return false
	}
	text, _ := enc.NewDecoder().Bytes(window(body))
	all, known := 0, 0
	for _, r := range string(text) {
		if r >= 0x3400 {
			all++
			if strings.ContainsRune(common, r) {
				known++
			}
		}
	}
	return all >= 40 && 12*known < all
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
