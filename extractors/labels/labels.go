// Package labels reads what a page says behind labels, for the readers of one
// kind of page (judgment, shop): 案号：…, 经营者名称 | …. A value is found by its
// label's text and never by its position, since order and number of labels
// differ from one page to the next.
//
// It keeps what cannot be normalised as written, with a mark, and counts the
// labels that no declaration mentions.
package labels

import (
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"probity/extractors/draft"
	"probity/extractors/norm"
	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// A Pair is a label with its value and the runes at which the value stands.
type Pair struct {
	Label, Value string
	Start, End   int
}

// Pairs returns what stands behind labels within root: in definition lists,
// in table rows of th and td, and in lines written label：value.
func Pairs(p *page.Page, root *goquery.Selection) []Pair {
	var out []Pair
	add := func(label string, n *html.Node) {
		start, end := p.Range(n)
		out = append(out, Pair{clean(label), norm.Text(p.Slice(start, end)), start, end})
	}
	both := func(selector string, label func(*goquery.Selection) bool) {
		root.Filter(selector).AddSelection(root.Find(selector)).Each(func(_ int, row *goquery.Selection) {
			pending := ""
			row.Children().Each(func(_ int, c *goquery.Selection) {
				text := p.Visible(c.Get(0))
				switch {
				case label(c):
					pending = text
				case pending != "":
					add(pending, c.Get(0))
					pending = ""
				}
			})
		})
	}
	is := func(name string) func(*goquery.Selection) bool {
		return func(s *goquery.Selection) bool { return goquery.NodeName(s) == name }
	}
	both("dl", is("dt"))
	both("tr", func(s *goquery.Selection) bool {
		return goquery.NodeName(s) == "th" || strings.HasSuffix(strings.TrimSpace(s.Text()), "：")
	})
	if len(out) == 0 {
		out = lines(p, root)
	}
	return out
}

// lines reads label：value, one a line.
func lines(p *page.Page, root *goquery.Selection) []Pair {
	var out []Pair
	for _, n := range root.Nodes {
		from, end := p.Range(n)
		for line := range strings.SplitAfterSeq(p.Slice(from, end), "\n") {
			length := len([]rune(line))
			label, value, ok := strings.Cut(strings.TrimRight(line, "\n"), "：")
			if ok && value != "" && len([]rune(label)) <= 30 {
				at := from + len([]rune(label)) + 1
				out = append(out, Pair{clean(label), norm.Text(value), at, at + len([]rune(value))})
			}
			from += length
		}
	}
	return out
}

func clean(label string) string {
	return strings.TrimRight(strings.Join(strings.Fields(label), ""), "：:")
}

// Fill puts the pairs into the record by the view's labels: fields of its
// type, and the party that they describe (party.name, party.identifier,
// party.kind; other.name, other.identifier for one named beside). It returns
// the labels that a row needs and that are not there, or say nothing, and
// counts in unread those that no declaration mentions.
func Fill(in draft.Input, r *evidence.Record, pairs []Pair, unread map[string]int) []string {
	f := filler{in: in, r: r}
	f.typ, _ = evidence.TypeOf(r.Type)
	seen := map[string]bool{}
	for _, p := range pairs {
		i := slices.IndexFunc(in.View.Fields, func(l evidence.Label) bool { return matches(l, p.Label) })
		if i < 0 {
			unread[p.Label]++
			continue
		}
		l := in.View.Fields[i]
		if l.Ignore == "" && f.put(l, p) {
			seen[l.Label] = true
		}
	}
	for _, party := range []*evidence.Party{f.subject, f.other} {
		if party != nil {
			sortIdentifiers(party)
			r.Parties = append(r.Parties, *party)
		}
	}
	var missing []string
	for _, l := range in.View.Fields {
		if l.Need && !seen[l.Label] {
			missing = append(missing, l.Label)
		}
	}
	return missing
}

// matches compares a declared label, which may give several spellings joined
// by |, with one on the page.
func matches(l evidence.Label, label string) bool {
	for spelling := range strings.SplitSeq(l.Label, "|") {
		if evidence.FoldName(clean(spelling)) == evidence.FoldName(label) {
			return true
		}
	}
	return false
}

type filler struct {
	in             draft.Input
	r              *evidence.Record
	typ            evidence.RecordType
	subject, other *evidence.Party
}

// put stores one value and reports whether it says something.
func (f *filler) put(l evidence.Label, p Pair) bool {
	value := p.Value
	for word, to := range l.Values {
		if evidence.FoldName(word) == evidence.FoldName(value) {
			value = to
		}
	}
	if strings.Trim(value, "-－—/ ") == "" {
		return false
	}
	who, what, isParty := strings.Cut(l.Field, ".")
	if !isParty {
		field, ok := f.typ.Field(l.Field)
		if !ok {
			return false
		}
		v, err := norm.Value(field, l.Unit, value)
		if err != nil {
			v = value
			f.mark(l.Field, "无法规范化，按原文保留")
		}
		if v == "" {
			return false
		}
		if f.r.Fields == nil {
			f.r.Fields = map[string]string{}
		}
		f.r.Fields[l.Field] = v
		f.in.Cite(f.r, l.Field, p.Start, p.End)
		return true
	}
	f.in.Cite(f.r, l.Field, p.Start, p.End)
	f.party(who, what, value)
	return true
}

func (f *filler) party(who, what, value string) {
	into, role := &f.subject, evidence.RoleSubject
	if who == "other" {
		into, role = &f.other, evidence.RoleOther
	}
	if *into == nil {
		*into = &evidence.Party{Role: role}
	}
	switch p := *into; what {
	case "name":
		p.Name = value
	case "kind":
		p.Kind = value
	case "identifier":
		if id, ok := evidence.Recognise(value); ok {
			p.Identifiers = append(p.Identifiers, id)
		} else {
			p.Unchecked = append(p.Unchecked, value)
			f.mark(who+".identifier", "不符合任何代码的校验规则，按原文保留")
		}
	}
}

func (f *filler) mark(field, why string) {
	if f.r.Marks == nil {
		f.r.Marks = map[string]string{}
	}
	f.r.Marks[field] = why
}

// sortIdentifiers puts them in the order of the vocabulary: by rank, then
// value, once each.
func sortIdentifiers(p *evidence.Party) {
	slices.SortFunc(p.Identifiers, func(a, b evidence.Identifier) int {
		if a.Scheme != b.Scheme {
			return a.Scheme.Rank() - b.Scheme.Rank()
		}
		return strings.Compare(a.Value, b.Value)
	})
	p.Identifiers = slices.Compact(p.Identifiers)
	slices.Sort(p.Unchecked)
	p.Unchecked = slices.Compact(p.Unchecked)
}
