// Package storefront reads what a page of an operator shows to its customers:
// its licence (亮照), its rules, its claims and how fresh it is. An own site and
// a shop on a platform show these in the same words, so they are read once,
// here.
//
// It judges the page by what is displayed and never whether it is true: that
// a shown name is another's is for the evaluation to see.
package storefront

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"probity/extractors/norm"
	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// Version names this package's rules and tables in a reading's Reader.
const Version = "storefront/1"

// A Shown is a value that a page shows and the runes at which it stands; where
// nothing visible does, Original is the attribute that says it.
type Shown struct {
	Value      string
	Start, End int
	Original   string
}

// A Licence is what a page shows of its operator's licence.
type Licence struct {
	// Display is full (a link or mark of the licence, or its name, code and
	// address), partial (some of them), exempt_declared or none
	// (电子商务法 art. 15, 市场主体登记管理条例 art. 36, 网络交易监督管理办法 art. 12).
	Display, DisplayOriginal string
	At                       Shown
	Name, Code, Address      Shown
	CodeFault                bool // the code is no valid identifier
}

const (
	before   = `(?:^|[\s|，,；;。（(])`
	toValue  = `(?:\s*[（(][^（()）\n]{1,12}[）)])?\s*(?:[：:]\s*|[\t\n]\s*)`
	nextMark = `[\t\n]|\s[\p{Han}（()）/]{2,16}[：:]|[；;|]`
)

var (
	nameLabel    = regexp.MustCompile(before + `(?:企业名称|公司名称|单位名称|主体名称|商户名称|商家名称|经营者名称|经营主体|执照名称|名称)` + toValue)
	codeLabel    = regexp.MustCompile(`(?:统一社会信用代码|社会信用代码|营业执照注册号|注册号|信用代码)(?:\s*[/（(][^\n：:]{1,12}?[）)]?)?\s*[：:]?\s*([0-9A-Za-z０-９Ａ-Ｚ]{13,18})`)
	addressLabel = regexp.MustCompile(before + `(?:住所|主要经营场所|经营场所|营业场所|注册地址|公司地址|企业地址|经营地址|地址)` + toValue)
	valueEnds    = regexp.MustCompile(nextMark)
	exempt       = regexp.MustCompile(`(?:依法)?(?:不需要?|无需|无须|免于|免予)(?:进行|办理)?(?:市场主体|工商|主体)?登记`)
	copyright    = regexp.MustCompile(`(?i)(?:版权所有|copyright|©|\(c\))[\s:：©\d\-–.,()c所有版权by]*([^\s©|\d][^\n©|]{1,60})`)
	copyrightEnd = regexp.MustCompile(`(?i)\s|版权|保留|all rights|[，,。|]|[\p{Han}]ICP`)
	represented  = regexp.MustCompile(`(?:法定代表人|负责人|经营者|投资人|联系人)` + toValue + `([^\s：:，,。；;|（(]{2,20})`)
	licenceLink  = regexp.MustCompile(`营业执照|工商执照|亮照|企业主体身份公示`)
)

// ReadLicence reads the licence shown within root, or on the whole page where
// root is nil, leaving out except: what a platform says of a shop is not what
// the shop shows. A mark or link of a licence counts wherever it stands.
func ReadLicence(p *page.Page, root, except *goquery.Selection) Licence {
	var l Licence
	text, from := without(p, except), 0
	if root != nil && root.Length() > 0 {
		start, end := p.Range(root.Get(0))
		text, from = p.Slice(start, end), start
	}
	l.Name = labelled(text, from, nameLabel)
	l.Address = labelled(text, from, addressLabel)
	l.readCode(text, from)
	mark, marked := Mark(p)
	exemption := exempt.FindStringIndex(text)
	shown := 0
	for _, s := range []Shown{l.Name, l.Code, l.Address} {
		if s.Value != "" {
			shown++
			if shown == 1 || s.Start < l.At.Start {
				l.At.Start = s.Start
			}
			l.At.End = max(l.At.End, s.End)
		}
	}
	switch {
	case shown == 3:
		l.Display = "full"
	case marked:
		l.Display, l.At = "full", mark
	case exemption != nil:
		l.Display, l.At = "exempt_declared", place(text, from, exemption[0], exemption[1])
	case shown > 0:
		l.Display = "partial"
	default:
		l.Display, l.At = "none", Shown{}
	}
	return l
}

// without is the page's text with line ends in place of some elements, so
// that all places hold.
func without(p *page.Page, except *goquery.Selection) string {
	if except == nil {
		return p.Text
	}
	runes := []rune(p.Text)
	for _, n := range except.Nodes {
		start, end := p.Range(n)
		for i := start; i < min(end, len(runes)); i++ {
			runes[i] = '\n'
		}
	}
	return string(runes)
}

// Persons are the natural persons whom a page names as legal representative,
// person in charge or individual operator.
func Persons(p *page.Page) []string {
	var out []string
	for _, m := range represented.FindAllStringSubmatch(p.Text, -1) {
		if !norm.IsOrganisation(m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// readCode takes the code behind its label; one that is no valid identifier
// is kept as written.
func (l *Licence) readCode(text string, from int) {
	m := codeLabel.FindStringSubmatchIndex(text)
	if m == nil {
		return
	}
	l.Code = place(text, from, m[2], m[3])
	if id, ok := evidence.Recognise(l.Code.Value); ok {
		l.Code.Value = id.Value
	} else {
		l.CodeFault = true
	}
}

// labelled finds the value behind a label: up to the next label, cell or line.
func labelled(text string, from int, label *regexp.Regexp) Shown {
	for _, m := range label.FindAllStringIndex(text, -1) {
		end := len(text)
		if at := valueEnds.FindStringIndex(text[m[1]:]); at != nil {
			end = m[1] + at[0]
		}
		s := place(text, from, m[1], end)
		if s.Value != "" && len([]rune(s.Value)) <= 120 && !strings.ContainsAny(s.Value, "：:") {
			return s
		}
	}
	return Shown{}
}

// place makes a Shown of bytes [start,end) of a text that begins at rune from.
func place(text string, from, start, end int) Shown {
	s := strings.TrimRight(text[start:end], " \t\n　")
	lead := len(s) - len(strings.TrimLeft(s, " \t\n　"))
	start, s = start+lead, s[lead:]
	at := from + len([]rune(text[:start]))
	return Shown{Value: norm.Text(s), Start: at, End: at + len([]rune(s))}
}

// Mark finds the mark of a licence on the page: the badge of 众信网 in a
// script, link or image, or a link named 营业执照 that leads somewhere.
func Mark(p *page.Page) (Shown, bool) {
	var found Shown
	ok := false
	p.Doc.Find("a[href], script[src], img[src], iframe[src]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		link := s.AttrOr("href", s.AttrOr("src", ""))
		if _, badge := norm.EBSBadge(link); badge {
			found, ok = At(p, s.Get(0), link), true
			return false
		}
		target := strings.TrimSpace(link)
		if goquery.NodeName(s) == "a" && licenceLink.MatchString(s.Text()+s.AttrOr("title", "")+s.Find("img").AttrOr("alt", "")) &&
			target != "" && !strings.HasPrefix(target, "#") && !strings.HasPrefix(strings.ToLower(target), "javascript:") {
			found, ok = At(p, s.Get(0), link), true
			return false
		}
		return true
	})
	return found, ok
}

// At is where a node stands: the range it shows, else an empty range at its
// position, with the attribute as the original.
func At(p *page.Page, n *html.Node, attribute string) Shown {
	start, end := p.Range(n)
	if start < end {
		return Shown{Value: attribute, Start: start, End: end}
	}
	for at := n; at != nil; at = at.Parent {
		for s := at.PrevSibling; s != nil; s = s.PrevSibling {
			if _, end := p.Range(s); end > 0 {
				return Shown{Value: attribute, Start: end, End: end, Original: attribute}
			}
		}
	}
	return Shown{Value: attribute, Original: attribute}
}

// CopyrightName is the operator named after 版权所有, if it is named like an
// organisation or as one of the names known for the page's subject.
func CopyrightName(p *page.Page, known ...string) Shown {
	for _, m := range copyright.FindAllStringSubmatchIndex(p.Text, -1) {
		end := m[3]
		if at := copyrightEnd.FindStringIndex(p.Text[m[2]:m[3]]); at != nil {
			end = m[2] + at[0]
		}
		s := place(p.Text, 0, m[2], end)
		for _, k := range known {
			if k != "" && evidence.FoldName(k) == evidence.FoldName(s.Value) {
				return s
			}
		}
		if norm.IsOrganisation(s.Value) {
			return s
		}
	}
	return Shown{}
}
