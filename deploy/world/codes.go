package world

import "strings"

// creditAlphabet is that of GB 32100-2015: digits and letters without I, O, S,
// V, Z.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditCode makes a unified social credit code from its department and
// category (91 company, 92 individual, 93 cooperative), area and organisation
// code.
func creditCode(category, area, org string) string {
	body := category + area + org
	sum := 0
	for i, weight := range []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28} {
		sum += weight * strings.IndexByte(creditAlphabet, body[i])
	}
	return body + string(creditAlphabet[(31-sum%31)%31])
}

// organisationCode completes eight characters with the check character of
// GB 11714: digits stand for themselves, letters for 10 to 35.
func organisationCode(eight string) string {
	sum := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		c := int(eight[i])
		if c >= 'A' {
			c = c - 'A' + 10
		} else {
			c -= '0'
		}
		sum += weight * c
	}
	switch check := 11 - sum%11; check {
	case 10:
		return eight + "X"
	case 11:
		return eight + "0"
	default:
		return eight + itoa(check)
	}
}

// registrationNumber completes fourteen digits with the check digit of
// ISO 7064 MOD 11,10.
func registrationNumber(fourteen string) string {
	p := 10
	for i := range fourteen {
		s := (p + int(fourteen[i]-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return fourteen + itoa((11-p)%10)
}
