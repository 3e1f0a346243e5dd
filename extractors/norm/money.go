package norm

import (
	"math/big"
	"regexp"
	"strings"
)

// A Found is something read in running text, with the runes it covers.
type Found struct {
	Start, End int    // runes [Start,End)
	Value      string // canonical
}

const numeral = `\d零〇○一壹二贰貳两三叁參四肆五伍六陆陸七柒八捌九玖十拾百佰千仟万萬亿億`

var (
	// 贰仟元整, 601,293.11元, ¥2,000.00, 3元5角, 1.2万元, 500万人民币
	amount = regexp.MustCompile(`(?:¥\s*(\d[\d,]*(?:\.\d+)?(?:\s*[万萬亿億])?)\s*元?)` +
		`|(?:([` + numeral + `](?:[` + numeral + `,.点]|\s+[万萬亿億])*)\s*(?:[元圆圓]|块钱?|人民币)(?:零?([` + numeral + `])角)?(?:零?([` + numeral + `])分)?)`)
	// What makes an amount inexact, before and after it: 约三万元, 不到1.9万,
	// 1万-5万元, 50万元以上.
	blurBefore = regexp.MustCompile(`(?:[约几数近到至从超~～∼\-–—]|不[到足少低高超][于过]?|超过|[小大多少高低]于|\(含\)|\(不含\))\s*$`)
	blurAfter  = regexp.MustCompile(`^\s*(?:\(?不?含\)?)?(?:[多余到至~～∼\-–—]|以[上下内]|左右|上下)`)
	// Money of other countries is not turned into yuan: no rate is ours to choose.
	foreign = regexp.MustCompile(`[美港欧日韩澳加台][元币镑]|新加坡元|新台币|英镑|法郎|卢布|泰铢|韩圆|日圆|港纸|越南盾|USD|HKD|EUR|JPY|GBP|TWD|KRW|US\$|HK\$|[$€£]`)
	bare    = regexp.MustCompile(`^(?:人民币|RMB|CNY)?\s*¥?\s*([` + numeral + `](?:[` + numeral + `,.点]|\s+[万萬亿億])*)\s*[元圆圓]?[整正]?\s*\(?(?:人民币|RMB|CNY)?\)?$`)
	spaced  = regexp.MustCompile(`\d\s+\d`)
)

// Money reads one amount in renminbi and returns yuan with exactly two
// decimals: 罚款2000元 is 2000.00, 0.2 in a column of 万元 is 2000.00, 贰仟元整
// is 2000.00. A unit in the text wins over the declared one, which is 元 where
// nothing is declared. Refused are other currencies, ranges, 约 余 以上, several
// different amounts, amounts below zero and parts of a fen.
func Money(s, unit string) (string, error) {
	v := strings.TrimSpace(Narrow(s))
	switch {
	case foreign.MatchString(v):
		return "", refuse("money", s, "not renminbi")
	case spaced.MatchString(v):
		return "", refuse("money", s, "a blank inside the digits")
	}
	if m := bare.FindStringSubmatch(v); m != nil {
		n, err := Cardinal(m[1])
		if err != nil {
			return "", err
		}
		if !strings.ContainsAny(v, "元圆圓¥万萬亿億") {
			n.Mul(n, scaleOfUnit(unit))
		}
		return yuan(n)
	}
	found, blurred := amounts(v)
	if blurred {
		return "", refuse("money", s, "not one exact amount")
	}
	for _, f := range found {
		if f.Value != found[0].Value {
			return "", refuse("money", s, "several amounts")
		}
	}
	if len(found) == 0 {
		return "", refuse("money", s, "no exact amount with its unit")
	}
	return found[0].Value, nil
}

// Amounts returns the exact renminbi amounts in running text, in order, as
// yuan with two decimals. It leaves out what is no exact amount of yuan: other
// currencies, 2000余元, ranges, parts of a fen.
func Amounts(text string) []Found {
	found, _ := amounts(Narrow(text)) // rune for rune, so that places hold
	return found
}

// amounts finds them in narrow text and says whether it met inexact ones.
func amounts(text string) (out []Found, blurred bool) {
	place := ruler{text: text}
	for _, m := range amount.FindAllStringSubmatchIndex(text, -1) {
		before, after := text[:m[0]], text[m[1]:]
		if foreign.MatchString(tail(before, 3)+text[m[0]:m[1]]) || foreign.MatchString(text[m[0]:m[1]]+head(after, 2)) {
			continue
		}
		if blurBefore.MatchString(tail(before, 4)) || blurAfter.MatchString(head(after, 5)) {
			blurred = true
			continue
		}
		var group [5]string
		for i := range group {
			if m[2*i] >= 0 {
				group[i] = text[m[2*i]:m[2*i+1]]
			}
		}
		if v, err := compose(group[1]+group[2], group[3], group[4]); err == nil {
			out = append(out, place.found(m[0], m[1], v))
		}
	}
	return out, blurred
}

// compose makes yuan of 元, 角 and 分, each as written.
func compose(whole, jiao, fen string) (string, error) {
	n, err := Cardinal(whole)
	if err != nil {
		return "", err
	}
	for i, part := range []string{jiao, fen} {
		if part == "" {
			continue
		}
		p, err := Cardinal(part)
		if err != nil {
			return "", err
		}
		n.Add(n, p.Quo(p, []*big.Rat{big.NewRat(10, 1), big.NewRat(100, 1)}[i]))
	}
	return yuan(n)
}

// AddMoney adds amounts in canonical form and returns one.
func AddMoney(amounts ...string) (string, error) {
	sum := new(big.Rat)
	for _, a := range amounts {
		n, ok := new(big.Rat).SetString(a)
		if !ok {
			return "", refuse("money", a, "not canonical")
		}
		sum.Add(sum, n)
	}
	return yuan(sum)
}

func scaleOfUnit(unit string) *big.Rat {
	scale := big.NewRat(1, 1)
	for _, r := range unit {
		if f := max(unitOf(r), scaleOf(r)); f > 0 {
			scale.Mul(scale, big.NewRat(f, 1))
		}
	}
	return scale
}

func yuan(n *big.Rat) (string, error) {
	fen := new(big.Rat).Mul(n, big.NewRat(100, 1))
	if !fen.IsInt() || n.Sign() < 0 {
		return "", refuse("money", n.String(), "below zero or not whole fen")
	}
	return n.FloatString(2), nil
}

// tail and head return at most n runes of s from its end or its beginning.
func tail(s string, n int) string {
	r := []rune(s[max(0, len(s)-4*n):])
	return string(r[max(0, len(r)-n):])
}

func head(s string, n int) string {
	r := []rune(s[:min(len(s), 4*n)])
	return string(r[:min(n, len(r))])
}
