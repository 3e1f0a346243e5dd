package standard

import (
	"fmt"
	"math/big"

	"probity/pipeline/evidence"
)

// A Number is a decimal of a standard, exact: 0.1 is one tenth.
type Number struct{ rat *big.Rat }

// NumberOf returns the number of a rational.
func NumberOf(r *big.Rat) Number { return Number{new(big.Rat).Set(r)} }

// Rat returns a copy that may be changed; 0 for the zero Number.
func (n Number) Rat() *big.Rat {
	if n.rat == nil {
		return new(big.Rat)
	}
	return new(big.Rat).Set(n.rat)
}

// UnmarshalJSON reads a JSON number without exponent; null gives the zero Number.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	r, ok := Decimal(string(b))
	if !ok {
		return fmt.Errorf("number %.40s: %w: want a decimal like 0.5", b, evidence.ErrInvalid)
	}
	n.rat = r
	return nil
}

// Decimal reads a decimal of at most 40 characters: digits, a sign, a point.
// Fractions, exponents and hexadecimal forms, which big.Rat knows too, are
// refused: an exponent could ask for more memory than there is.
func Decimal(s string) (*big.Rat, bool) {
	if s == "" || len(s) > 40 {
		return nil, false
	}
	for i, c := range s {
		if (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}
