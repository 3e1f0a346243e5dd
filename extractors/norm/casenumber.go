package norm

import (
	"regexp"
	"strings"
)

// A CaseNumber is a court's case number, by 法〔2015〕137号 (year, court, special
// trial, type, serial) or in the older form that ends in 字第…号.
type CaseNumber struct {
	Year    string
	Court   string // code of the court: 粤0304, 最高法; of an old number its abbreviation
	Special string // 知 环 金 互: a special trial
	Type    string // 民初, 民终, 执恢; of an old number 民初字
	Serial  string // leading zeros kept
	More    string // further serials as written: -18776, 、3828
	Suffix  string // 之一
	Old     bool
	// Masked numbers (×××) are recognised and linked to nothing: two cases
	// share one masked text.
	Masked bool
	text   string
}

// String writes the number as courts do: （2016）粤0304民初18775-18776号之一.
func (n CaseNumber) String() string { return n.text }

// Instance is 1, 2 or retrial by the type of the case, or "" where it has
// none (enforcement, guarantees, bankruptcy).
func (n CaseNumber) Instance() string {
	switch {
	case strings.Contains(n.Type, "终"):
		return "2"
	case strings.ContainsAny(n.Type, "申再抗监"):
		return "retrial"
	case strings.Contains(n.Type, "初"):
		return "1"
	}
	return ""
}

const (
	provinces  = `京津沪渝冀晋内辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川黔云藏陕甘青宁新兵军`
	newPattern = `(最高法|[` + provinces + `](?:\d{4}|\d{2})?)(知|环|金|互)?([` + han + `]{1,4}?)(\d{1,8})((?:[、\-至,，]\d{1,8})*)号(之[一二三四五六七八九十]+)?`
	oldPattern = `([` + han + `]{1,6}?)([刑民行执知破商劳仲监][` + han + `]{0,5}?字)第(\d{1,8})((?:[、\-]第?\d{1,8})*)号((?:、第\d{1,8}号)*)(之[一二三四五六七八九十]+)?`
)

var (
	caseNew    = regexp.MustCompile(`^` + opening + year + closing + newPattern + `$`)
	caseOld    = regexp.MustCompile(`^` + opening + year + closing + oldPattern + `$`)
	caseMasked = regexp.MustCompile(`^` + opening + `(\d{4}|[×xX*Xx]{1,4})` + closing + `([` + han + `×xX*\d]{2,12}?)([` + han + `]{1,4})(第?[\d×xX*]{1,8})号(之[一二三四五六七八九十]+)?$`)
	// In running text the year's bracket anchors the number.
	caseInText = regexp.MustCompile(`[（(〔\[【［]\s*(?:19|20)\d{2}\s*[）)〕\]】］]\s*(?:最高法|[` + provinces + `])[` + han + `\d\s]{1,12}?\d{1,8}(?:\s*[、\-－—–至]\s*\d{1,8})*\s*号(?:之[一二三四五六七八九十]+)?`)
	oldInText  = regexp.MustCompile(`[（(〔\[【［]\s*(?:19|20)\d{2}\s*[）)〕\]】］]\s*[` + han + `]{2,12}?字\s*第\s*\d{1,8}(?:[、\-－—–]第?\d{1,8})*号(?:、第\d{1,8}号)*`)
)

// ParseCaseNumber reads a case number in any of its bracket, width and spacing
// forms (DOMAIN 2.6). A masked one (（2024）浙01民终×××号) is recognised with
// Masked set and never linkable.
func ParseCaseNumber(s string) (CaseNumber, error) {
	v := hyphens(strings.ReplaceAll(Narrow(squeeze(s)), "，", ","))
	if len(v) > Limit {
		return CaseNumber{}, refuse("case number", s[:Limit], "longer than a number can be")
	}
	if m := caseNew.FindStringSubmatch(v); m != nil {
		n := CaseNumber{Year: m[1], Court: m[2], Special: m[3], Type: m[4], Serial: m[5], More: strings.ReplaceAll(m[6], ",", "、"), Suffix: m[7]}
		n.text = "（" + n.Year + "）" + n.Court + n.Special + n.Type + n.Serial + n.More + "号" + n.Suffix
		return n, nil
	}
	if m := caseOld.FindStringSubmatch(v); m != nil {
		n := CaseNumber{Year: m[1], Court: m[2], Type: m[3], Serial: m[4], More: m[5] + m[6], Suffix: m[7], Old: true}
		n.text = "（" + n.Year + "）" + n.Court + n.Type + "第" + n.Serial + m[5] + "号" + m[6] + n.Suffix
		return n, nil
	}
	if m := caseMasked.FindStringSubmatch(v); m != nil && strings.ContainsAny(v, "×xX*") {
		cross := strings.NewReplacer("x", "×", "X", "×", "*", "×")
		n := CaseNumber{Year: cross.Replace(m[1]), Court: cross.Replace(m[2]), Type: m[3], Serial: cross.Replace(m[4]), Suffix: m[5], Masked: true}
		n.text = "（" + n.Year + "）" + n.Court + n.Type + n.Serial + "号" + n.Suffix
		return n, nil
	}
	return CaseNumber{}, refuse("case number", s, "want （year）court type serial号")
}

// CaseNumbers returns the case numbers in running text, in order; masked ones
// are left out, since they name no case.
func CaseNumbers(text string) []Found {
	var out []Found
	for _, re := range []*regexp.Regexp{caseInText, oldInText} {
		at := ruler{text: text}
		for _, m := range re.FindAllStringIndex(text, -1) {
			if n, err := ParseCaseNumber(text[m[0]:m[1]]); err == nil && !n.Masked {
				out = append(out, at.found(m[0], m[1], n.String()))
			}
		}
	}
	return sortFound(out)
}
