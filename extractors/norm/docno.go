package norm

import (
	"regexp"
	"strings"

	"probity/pipeline/evidence"
)

const (
	han     = `\x{4e00}-\x{9fa5}`
	opening = `[（(〔\[【［]`
	closing = `[）)〕\]】］]`
	year    = `((?:19|20)\d{2})`
	dash    = `[-－—–―‐]`
)

// A DocNumber is the number of an administrative document:
// agency 〔year〕 serial 号.
type DocNumber struct {
	Agency  string // 深市监罚字
	Year    string
	Serial  string // leading zeros kept: 0018
	Penalty bool   // its agency part says that it punishes or decides: 罚 处 决 缴
	Summary bool   // 当罚: fined on the spot, the summary procedure
}

// String writes the number as 深市监罚字〔2018〕12号, without 第.
func (n DocNumber) String() string { return n.Agency + "〔" + n.Year + "〕" + n.Serial + "号" }

var docNumber = regexp.MustCompile(`^((?:[（(][` + han + `]{1,8}[）)])?[` + han + `（）()]{1,24}?)` + opening + year + closing +
	`(?:第)?(\d{1,7}(?:` + dash + `\d{1,5})?)号$`)

// ParseDocNumber reads a document number in any of its bracket, width and
// spacing forms (DOMAIN 2.7). A licence number has the same form: Penalty
// tells them apart.
func ParseDocNumber(s string) (DocNumber, error) {
	v := hyphens(Narrow(squeeze(s)))
	m := docNumber.FindStringSubmatch(v)
	if m == nil || len(v) > Limit {
		return DocNumber{}, refuse("document number", s, "want agency〔year〕serial号")
	}
	agency := strings.NewReplacer("(", "（", ")", "）").Replace(m[1])
	return DocNumber{
		Agency: agency, Year: m[2], Serial: m[3],
		Penalty: strings.ContainsAny(agency, "罚处决缴"), Summary: strings.Contains(agency, "当罚"),
	}, nil
}

// DocNo returns any document, case, filing or licence number in its canonical
// form. What fits no grammar is kept, half width and without white space, its
// brackets around a year as 〔〕 (（） at the very start, as courts write).
func DocNo(s string) (string, error) {
	if c, err := ParseCaseNumber(s); err == nil {
		return c.String(), nil
	}
	if n, err := ParseDocNumber(s); err == nil {
		return n.String(), nil
	}
	if n, ok := ICP(s); ok {
		return n, nil
	}
	v := hyphens(Narrow(squeeze(s)))
	if v == "" || len(v) > Limit {
		return "", refuse("document number", s, "empty, or longer than a number can be")
	}
	if m := yearAtStart.FindStringSubmatch(v); m != nil {
		return "（" + m[1] + "）" + v[len(m[0]):], nil
	}
	return yearInside.ReplaceAllString(v, "〔$1〕"), nil
}

var (
	yearAtStart = regexp.MustCompile(`^` + opening + `(\d{4}|[×xX*＊]{4})` + closing)
	yearInside  = regexp.MustCompile(opening + year + closing)
)

func hyphens(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("－—–―‐−", r) {
			return '-'
		}
		return r
	}, s)
}

// SameNumber reports whether two numbers are one after folding.
func SameNumber(a, b string) bool { return evidence.FoldNumber(a) == evidence.FoldNumber(b) }
