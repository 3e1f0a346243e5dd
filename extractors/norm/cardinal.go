package norm

import (
	"math/big"
	"regexp"
	"strings"
)

// digitOf maps the ways to write a Chinese digit: everyday, capital (大写),
// and traditional forms found in documents.
func digitOf(r rune) (int64, bool) {
	for d, forms := range []string{"零〇○Ｏ", "一壹弌", "二贰貳兩两", "三叁參叄", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖"} {
		if strings.ContainsRune(forms, r) {
			return int64(d), true
		}
	}
	return 0, false
}

// unitOf maps units within a section of four digits.
func unitOf(r rune) int64 {
	switch r {
	case '十', '拾':
		return 10
	case '百', '佰':
		return 100
	case '千', '仟':
		return 1000
	}
	return 0
}

// scaleOf maps the units that head a section.
func scaleOf(r rune) int64 {
	switch r {
	case '万', '萬':
		return 10_000
	case '亿', '億':
		return 100_000_000
	}
	return 0
}

// Cardinal reads one exact number: Arabic with or without thousands
// separators (1,234.5), Arabic with a Chinese unit (1.2万, 1亿2000万), or
// Chinese (一千零一万零一, 壹佰壹拾壹, 零点一). It refuses what has two
// readings: digits without units (一一 may be 11 or a slip), colloquial
// endings (三千五), groups that are not of three (1,23).
func Cardinal(s string) (*big.Rat, error) {
	s = strings.TrimSpace(Narrow(s))
	if len(s) > 200 {
		return nil, refuse("number", s, "longer than a number can be")
	}
	v, ok := arabic(s)
	if !ok {
		v, ok = chinese(s)
	}
	if !ok {
		return nil, refuse("number", s, "not one number in exactly one reading")
	}
	return v, nil
}

var (
	plain  = regexp.MustCompile(`^(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$`)
	scaled = regexp.MustCompile(`^((?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)\s*([十拾百佰千仟]?[万萬]?[亿億]?)\s*(?:零|〇)?`)
)

// arabic reads 1234.5, 1.2万, 1亿2000万.
func arabic(s string) (*big.Rat, bool) {
	if plain.MatchString(s) {
		return new(big.Rat).SetString(strings.ReplaceAll(s, ",", ""))
	}
	total, last := new(big.Rat), new(big.Rat)
	for first := true; s != ""; first = false {
		m := scaled.FindStringSubmatch(s)
		if m == nil {
			return nil, false
		}
		n, _ := new(big.Rat).SetString(strings.ReplaceAll(m[1], ",", ""))
		scale := big.NewRat(1, 1)
		for _, r := range m[2] {
			scale.Mul(scale, big.NewRat(max(unitOf(r), scaleOf(r)), 1))
		}
		n.Mul(n, scale)
		// A later part is smaller than the unit before it: 1亿2000万, not 1万2亿.
		if !first && (n.Cmp(last) >= 0 || scale.Cmp(last) >= 0) {
			return nil, false
		}
		if m[2] == "" && len(m[0]) < len(s) {
			return nil, false
		}
		total.Add(total, n)
		last, s = scale, s[len(m[0]):]
	}
	return total, last.Sign() > 0
}

// chinese reads a number written in Chinese, with a decimal part after 点.
func chinese(s string) (*big.Rat, bool) {
	whole, frac, point := strings.Cut(s, "点")
	v, ok := below([]rune(whole), 100_000_000)
	if !ok || point && frac == "" {
		return nil, false
	}
	unit := big.NewRat(1, 10)
	for _, r := range frac {
		d, ok := digitOf(r)
		if !ok {
			return nil, false
		}
		v.Add(v, new(big.Rat).Mul(big.NewRat(d, 1), unit))
		unit.Mul(unit, big.NewRat(1, 10))
	}
	return v, true
}

// below reads a whole number section by section: what stands before 亿, then
// before 万, then the rest of at most four digits.
func below(s []rune, scale int64) (*big.Rat, bool) {
	if scale == 1 {
		n, ok := section(s)
		return big.NewRat(n, 1), ok
	}
	next := int64(1)
	if scale == 100_000_000 {
		next = 10_000
	}
	at := -1
	for i, r := range s {
		if scaleOf(r) == scale {
			at = i
		}
	}
	if at < 0 {
		return below(s, next)
	}
	head, ok := below(s[:at], next)
	if !ok || at == 0 {
		return nil, false
	}
	head.Mul(head, big.NewRat(scale, 1))
	if at == len(s)-1 {
		return head, true
	}
	tail, ok := below(s[at+1:], next)
	// A bare digit after a unit is colloquial: 一万五 is fifteen thousand.
	if !ok || tail.Sign() == 0 || len(s)-at == 2 {
		return nil, false
	}
	return head.Add(head, tail), true
}

// section reads up to four digits with units: 一千零一十, 十五, 二百.
func section(s []rune) (int64, bool) {
	if len(s) > 0 && unitOf(s[0]) == 10 { // 十五: a ten without its one
		s = append([]rune{'一'}, s...)
	}
	total, last, zero := int64(0), int64(10_000), false
	for i := 0; i < len(s); i++ {
		d, isDigit := digitOf(s[i])
		switch {
		case !isDigit && zero && unitOf(s[i]) == 10: // 一千零十五
			d, i = 1, i-1
		case !isDigit:
			return 0, false
		case d == 0:
			if zero || len(s) > 1 && i == len(s)-1 {
				return 0, false
			}
			zero = true
			continue
		}
		unit := int64(1)
		if i+1 < len(s) {
			i++
			unit = unitOf(s[i])
		}
		skipped := unit == 1 && last > 10 && total > 0 && !zero // 一百五 for 一百五十
		if unit == 0 || unit >= last || skipped {
			return 0, false
		}
		total, last, zero = total+d*unit, unit, false
	}
	return total, len(s) > 0
}
