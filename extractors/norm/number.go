package norm

import (
	"math/big"
	"regexp"
	"strings"
)

var counted = regexp.MustCompile(`^(?:共|约?合计|第)?\s*([\d零〇○一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟.,，]+)\s*(?:[个条笔件次家户名人单年星分颗项批天日月页例起级次]|年度|件次|人次|颗星|条评价)?$`)

// Number reads a plain number and returns it as a decimal without leading
// zeros, separators or exponent: 007 is 7, 4.50 is 4.5, 1.2万 is 12000, 2025年度
// is 2025. unit 万 multiplies a number without a unit of its own. A percentage
// is refused: whether 0.5 or 50 is meant is the declaration's to say.
func Number(s, unit string) (string, error) {
	v := strings.TrimSpace(Narrow(s))
	sign := ""
	if rest, ok := strings.CutPrefix(v, "-"); ok {
		sign, v = "-", rest
	}
	m := counted.FindStringSubmatch(v)
	if m == nil {
		return "", refuse("number", s, "not one number")
	}
	n, err := Cardinal(m[1])
	if err != nil {
		return "", err
	}
	if unit == "万" && !strings.ContainsAny(m[1], "万亿") {
		n.Mul(n, big.NewRat(10_000, 1))
	}
	if n.Sign() == 0 {
		return "0", nil
	}
	return sign + decimal(n), nil
}

// decimal writes a rational that came from a decimal exactly, without
// trailing zeros.
func decimal(n *big.Rat) string {
	digits, _ := n.FloatPrec()
	return n.FloatString(digits)
}
