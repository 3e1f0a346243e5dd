package mask

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"probity/pipeline/evidence"
)

var email = regexp.MustCompile(`[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+`)

// forms hides in place what is personal by its form. Full-width digits and
// letters are read as their half-width ones.
func forms(runes []rune) {
	flat := make([]rune, len(runes))
	at := false
	for i, r := range runes {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		flat[i] = r
		at = at || r == '@'
	}
	if at {
		emails(runes, string(flat))
	}
	numbers(runes, flat)
	half(runes, string(flat))
}

// halfHidden are resident numbers that a publisher has hidden in part: with
// area and year of birth they still tell much (DOMAIN 5).
var halfHidden = regexp.MustCompile(`\d{6}[\d*]{8}[\d*]{3}[\dXx*]`)

// half leaves only the ends of a number that was hidden in part.
func half(runes []rune, flat string) {
	if !strings.Contains(flat, "*") {
		return
	}
	byteAt, runeAt := 0, 0
	for _, m := range halfHidden.FindAllStringIndex(flat, -1) {
		v := flat[m[0]:m[1]]
		runeAt += utf8.RuneCountInString(flat[byteAt:m[0]])
		byteAt = m[0]
		if strings.Contains(v, "*") && province(v) {
			stars(runes[runeAt+1 : runeAt+17])
		}
	}
}

// emails keep their first character and their host.
func emails(runes []rune, flat string) {
	byteAt, runeAt := 0, 0
	for _, m := range email.FindAllStringIndex(flat, -1) {
		runeAt += utf8.RuneCountInString(flat[byteAt:m[0]])
		byteAt = m[0]
		local := strings.IndexByte(flat[m[0]:m[1]], '@') // ASCII: bytes are runes
		stars(runes[runeAt+min(1, local-1) : runeAt+local])
	}
}

// A group is a run of digits; the last one of a resident number may end in X.
type group struct{ start, end int }

// numbers looks at every chain of digit groups that stand one blank or hyphen
// apart, since numbers are written 138 1234 5678 and 440301-19900101-1234 too.
func numbers(runes, flat []rune) {
	for i := 0; i < len(flat); {
		if !digit(flat[i]) {
			i++
			continue
		}
		var chain []group
		for i < len(flat) && digit(flat[i]) {
			g := groupAt(flat, i)
			chain = append(chain, g)
			if i = g.end; i+1 < len(flat) && (flat[i] == ' ' || flat[i] == '-') && digit(flat[i+1]) {
				i++
			}
		}
		hide(runes, flat, chain)
	}
}

// groupAt returns the group that begins at a digit.
func groupAt(flat []rune, start int) group {
	end := start
	for end < len(flat) && digit(flat[end]) {
		end++
	}
	if end < len(flat) && (flat[end] == 'X' || flat[end] == 'x') && (end+1 == len(flat) || !digit(flat[end+1])) {
		end++
	}
	return group{start, end}
}

// hide masks what is personal in a chain: first each group by itself, then
// groups that only together make a number.
func hide(runes, flat []rune, chain []group) {
	for from := 0; from < len(chain); from++ {
		for to := from + 1; to <= len(chain) && chain[to-1].end-chain[from].start <= 24; to++ {
			part := chain[from:to]
			if show, ok := personal(flat, part); ok {
				cover(runes, part, show[0], show[1])
				from = to - 1
				break
			}
		}
	}
}

// personal tells what groups are, and how many digits of it may be shown at
// its beginning and at its end.
func personal(flat []rune, part []group) (show [2]int, ok bool) {
	var b strings.Builder
	for _, g := range part {
		b.WriteString(string(flat[g.start:g.end]))
	}
	v, alone := strings.ToUpper(b.String()), len(part) == 1
	switch digits := strings.TrimSuffix(v, "X"); {
	case ResidentID(v):
		return [2]int{1, 1}, true
	case alone && len(v) == 15 && oldResidentID(v) && (!evidence.ValidRegNo(v) || spokenOf(flat, part[0].start)):
		return [2]int{1, 1}, true
	case mobile(digits) && (alone || shape(part, 3, 4, 4)):
		return [2]int{3, 4}, true
	case alone && len(digits) == 13 && strings.HasPrefix(digits, "86") && mobile(digits[2:]) && before(flat, part[0].start) == '+':
		return [2]int{5, 4}, true
	case len(digits) >= 16 && len(digits) <= 19 && (alone || shape(part, 4, 4, 4, 4)) && card(digits) && !operator(flat, part):
		return [2]int{0, 4}, true
	}
	return show, false
}

// cover puts stars over the digits of a number but for those that may be shown.
func cover(runes []rune, part []group, first, last int) {
	var at []int
	for _, g := range part {
		for i := g.start; i < g.end; i++ {
			at = append(at, i)
		}
	}
	for _, i := range at[first : len(at)-last] {
		runes[i] = '*'
	}
}

// ResidentID reports whether v is a valid resident identity number (GB 11643):
// seventeen digits with an area of a province and a day of birth, and the
// right check character.
func ResidentID(v string) bool {
	if len(v) != 18 || !province(v) || !birthday(v[6:14]) {
		return false
	}
	sum, weight := 0, 1<<17%11
	for i := range 17 {
		if !digit(rune(v[i])) {
			return false
		}
		sum += int(v[i]-'0') * weight
		weight = weight * 6 % 11 // 6 is the inverse of 2 modulo 11
	}
	return "10X98765432"[sum%11] == strings.ToUpper(v)[17]
}

// oldResidentID knows numbers from before 1999: fifteen digits, no check.
func oldResidentID(v string) bool { return province(v) && birthday("19"+v[6:12]) }

// province: GB/T 2260, the first two digits.
func province(v string) bool {
	return strings.Contains(" 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 ",
		" "+v[:2]+" ")
}

func birthday(v string) bool {
	t, err := time.Parse("20060102", v)
	return err == nil && t.Year() >= 1850 && t.Year() < 2100
}

// spokenOf: the words before say that an identity number follows, so that one
// that could be a registration number by its check digit is a person's.
func spokenOf(flat []rune, at int) bool {
	lead := string(flat[max(0, at-10):at])
	return strings.Contains(lead, "身份证") || strings.Contains(lead, "公民身份")
}

func mobile(v string) bool { return len(v) == 11 && v[0] == '1' && v[1] >= '3' }

// card: Luhn, ISO/IEC 7812-1, with an issuer that makes payment cards.
func card(v string) bool {
	if !strings.ContainsRune("34569", rune(v[0])) {
		return false
	}
	if v[0] == '9' && strings.ContainsRune("123", rune(v[1])) {
		return false // 91 to 93 begin the codes of operators, also such as fail their check; no card does
	}
	sum := 0
	for i := range len(v) {
		d := int(v[len(v)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// operator reports whether the letters and digits around a group are a valid
// unified social credit code.
func operator(flat []rune, part []group) bool {
	start, end := part[0].start, part[len(part)-1].end
	for start > 0 && wordRune(flat[start-1]) {
		start--
	}
	for end < len(flat) && wordRune(flat[end]) {
		end++
	}
	id, ok := evidence.Recognise(string(flat[start:end]))
	return ok && id.Scheme == evidence.USCC
}

func shape(part []group, lengths ...int) bool {
	if len(part) < len(lengths) || len(part) > len(lengths)+1 || len(lengths) == 3 && len(part) != 3 {
		return false
	}
	for i, n := range lengths {
		if part[i].end-part[i].start != n {
			return false
		}
	}
	return true
}

func before(flat []rune, at int) rune {
	if at == 0 {
		return 0
	}
	return flat[at-1]
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

func wordRune(r rune) bool { return digit(r) || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }

func stars(runes []rune) {
	for i := range runes {
		runes[i] = '*'
	}
}
