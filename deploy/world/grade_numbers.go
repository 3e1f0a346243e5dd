package world

import (
	"math/big"
	"strings"
)

// round is half up to two decimals; amounts here are never negative.
func round(r *big.Rat) *big.Rat {
	scaled := new(big.Rat).Mul(r, rat(200, 1))
	scaled.Add(scaled, rat(1, 1))
	n := new(big.Int).Quo(scaled.Num(), new(big.Int).Mul(scaled.Denom(), big.NewInt(2)))
	return new(big.Rat).SetFrac(n, big.NewInt(100))
}

// decimal writes a number with two decimals, half up.
func decimal(r *big.Rat) string { return round(r).FloatString(2) }

func floor0(r *big.Rat) *big.Rat {
	if r.Sign() < 0 {
		return new(big.Rat)
	}
	return r
}

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// rational reads a decimal; what is none is 0.
func rational(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// decay is 1 until the age from, then falls evenly to 0 at the age to.
func decay(age, from, to int) *big.Rat {
	switch {
	case age <= from:
		return rat(1, 1)
	case age >= to:
		return new(big.Rat)
	}
	return rat(int64(to-age), int64(to-from))
}

// folded is how numbers and names are compared: half width, brackets alike,
// no spaces, upper case.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("〔【[（", r):
			return '('
		case strings.ContainsRune("〕】]）", r):
			return ')'
		case strings.ContainsRune(" \t　", r):
			return -1
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, strings.ToUpper(s))
}
