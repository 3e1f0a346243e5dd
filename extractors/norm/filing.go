package norm

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const icpProvinces = `京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀贵黔云滇藏陕秦甘陇青宁新`

var (
	icp       = regexp.MustCompile(`^([` + icpProvinces + `])ICP([备证])(\d{6}|\d{8}|\d{10})号(?:-?(\d{1,4}[A-Z]?))?$`)
	icpInText = regexp.MustCompile(`[` + icpProvinces + `]\s*(?:ICP|ＩＣＰ|icp)\s*[备证]\s*[0-9０-９]{6,10}\s*号(?:\s*[-－—–]\s*[0-9０-９]{1,4}[A-Z]?)?`)
	police    = regexp.MustCompile(`^([` + icpProvinces + `])公网安备(\d{6})(\d{8})号?$`)
	policeIn  = regexp.MustCompile(`[` + icpProvinces + `]\s*公网安备\s*[0-9０-９]{14}\s*号?`)
	// The mark of 众信网 on pages, in its three forms: the identity page of
	// Shenzhen, the script that draws the mark, the certificate.
	ebs = regexp.MustCompile(`(?i)(?:szcert\.ebs\.[a-z.]+/(?:govicon\.js\?(?:[^"'\s]*?&(?:amp;)?)?id=)?|cert\.ebs\.[a-z.]+/)([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})(?:\.html)?`)
)

// ICP reads an ICP filing number (粤ICP备13003602号-2) in any width and spacing;
// its digits are 6, 8 or 10 (DOMAIN 2.9).
func ICP(s string) (string, bool) {
	v := strings.ToUpper(hyphens(Narrow(squeeze(s))))
	m := icp.FindStringSubmatch(v)
	if m == nil {
		return "", false
	}
	n := m[1] + "ICP" + m[2] + m[3] + "号"
	if m[4] != "" {
		n += "-" + m[4]
	}
	return n, true
}

// ICPs returns the ICP filing numbers in running text.
func ICPs(text string) []Found { return find(text, icpInText, ICP) }

// PoliceFiling reads a public-security filing number: area of six digits and
// eight more (粤公网安备44030502000397号).
func PoliceFiling(s string) (string, bool) {
	m := police.FindStringSubmatch(Narrow(squeeze(s)))
	if m == nil {
		return "", false
	}
	return m[1] + "公网安备" + m[2] + m[3] + "号", true
}

// PoliceFilings returns the public-security filing numbers in running text.
func PoliceFilings(text string) []Found { return find(text, policeIn, PoliceFiling) }

// EBSBadge finds the mark of 众信网 in a URL or a piece of markup and returns
// its GUID in upper case.
func EBSBadge(s string) (string, bool) {
	m := ebs.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return strings.ToUpper(m[1]), true
}

func find(text string, re *regexp.Regexp, read func(string) (string, bool)) []Found {
	var out []Found
	at := ruler{text: text}
	for _, m := range re.FindAllStringIndex(text, -1) {
		if v, ok := read(text[m[0]:m[1]]); ok {
			out = append(out, at.found(m[0], m[1], v))
		}
	}
	return out
}

// A ruler turns rising byte offsets into runes, counting every byte once.
type ruler struct {
	text         string
	bytes, runes int
}

func (r *ruler) at(b int) int {
	r.runes += utf8.RuneCountInString(r.text[r.bytes:b])
	r.bytes = b
	return r.runes
}

func (r *ruler) found(from, to int, value string) Found {
	start := r.at(from)
	return Found{start, start + utf8.RuneCountInString(r.text[from:to]), value}
}

// sortFound puts places in order and keeps the first of those that overlap.
func sortFound(found []Found) []Found {
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	var out []Found
	for _, f := range found {
		if len(out) == 0 || f.Start >= out[len(out)-1].End {
			out = append(out, f)
		}
	}
	return out
}
