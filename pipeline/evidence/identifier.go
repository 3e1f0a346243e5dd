package evidence

import "strings"

// A Scheme says what kind of identifier a value is.
type Scheme string

// The schemes, strongest first: an entity is anchored on its strongest one.
const (
	USCC    Scheme = "uscc" // unified social credit code, GB 32100-2015, 18 characters
	OrgCode Scheme = "org"  // organisation code, GB 11714, 9 characters without the hyphen
	RegNo   Scheme = "reg"  // registration number: 15 digits with check digit, or 13 old ones, unchecked
	Shop    Scheme = "shop" // a shop on a platform: PLATFORM/SHOP
	Site    Scheme = "site" // a site by its lower-case host name: a relation, never an anchor
)

// An Identifier names an operator. Value is canonical: upper case, half width,
// without spaces or hyphens, and has passed the scheme's check.
type Identifier struct {
	Scheme Scheme `json:"scheme"`
	Value  string `json:"value"`
}

// String returns the identifier as scheme:value.
func (i Identifier) String() string { return string(i.Scheme) + ":" + i.Value }

// ParseIdentifier reads scheme:value, as String writes it.
func ParseIdentifier(s string) (Identifier, bool) {
	scheme, value, ok := strings.Cut(s, ":")
	return Identifier{Scheme(scheme), value}, ok && value != ""
}

// Rank orders schemes by strength: 0 is the strongest.
func (s Scheme) Rank() int {
	for i, t := range []Scheme{USCC, OrgCode, RegNo, Shop, Site} {
		if s == t {
			return i
		}
	}
	return 99
}

// Recognise tells from its form what identifier a text is, whatever column it
// stood in. It accepts full-width characters, lower case, spaces and hyphens,
// and only values whose check characters are right; a 13-digit registration
// number has none and is accepted by its length.
func Recognise(text string) (Identifier, bool) {
	v := strings.ToUpper(narrow(text))
	v = strings.NewReplacer(" ", "", "\u3000", "", "-", "", "－", "", "—", "", "\t", "", "\u00a0", "").Replace(v)
	switch {
	case ValidUSCC(v):
		return Identifier{USCC, v}, true
	case ValidOrgCode(v):
		return Identifier{OrgCode, v}, true
	case ValidRegNo(v):
		return Identifier{RegNo, v}, true
	case len(v) == 13 && digits(v):
		return Identifier{RegNo, v}, true
	}
	return Identifier{}, false
}

const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidUSCC checks a unified social credit code, its check character and the
// organisation code inside it (GB 32100-2015 and GB 11714).
func ValidUSCC(v string) bool {
	if len(v) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 18 {
		c := strings.IndexByte(usccAlphabet, v[i])
		if c < 0 || i >= 2 && i < 8 && c > 9 {
			return false
		}
		if i < 17 {
			sum += c * weight
			weight = weight * 3 % 31
		}
	}
	return usccAlphabet[(31-sum%31)%31] == v[17] && ValidOrgCode(v[8:17])
}

// ValidOrgCode checks an organisation code of nine characters (GB 11714).
func ValidOrgCode(v string) bool {
	if len(v) != 9 {
		return false
	}
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			sum += int(c-'0') * w
		case c >= 'A' && c <= 'Z':
			sum += int(c-'A'+10) * w
		default:
			return false
		}
	}
	return "0123456789X"[(11-sum%11)%11] == v[8]
}

// ValidRegNo checks a registration number of fifteen digits by its last one
// (ISO 7064 MOD 11,10).
func ValidRegNo(v string) bool {
	if len(v) != 15 || !digits(v) {
		return false
	}
	p := 10
	for i := range 14 {
		s := (p + int(v[i]-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = 2 * s % 11
	}
	return (11-p)%10 == int(v[14]-'0')
}

func digits(v string) bool { return v != "" && strings.Trim(v, "0123456789") == "" }

// narrow turns full-width ASCII into half width, rune by rune.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		}
		return r
	}, s)
}

// FoldName returns the key under which a name is compared: half width, no
// spaces, quotes or zero-width characters, brackets as ASCII, upper case.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '〔', '【', '[', '{', '『', '「', '〈', '《', '（':
			return '('
		case '〕', '】', ']', '}', '』', '」', '〉', '》', '）':
			return ')'
		case '·', '・', '•', '‧', '∙':
			return '·'
		case ' ', '\t', '\n', '\r', '\u00a0', '\u200b', '\u200c', '\u200d', '\ufeff', '"', '\'', '“', '”', '‘', '’':
			return -1
		}
		return r
	}, strings.ToUpper(narrow(name)))
}

// FoldNumber returns the key under which a document or case number is
// compared: FoldName with every bracket made ASCII and hyphens alike. Leading
// zeros stay: 0018 and 18 are two numbers.
func FoldNumber(number string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '－', '—', '–', '‐', '−':
			return '-'
		}
		return r
	}, FoldName(number))
}
