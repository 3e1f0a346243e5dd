package rows

import (
	"fmt"
	"slices"
	"strings"

	"probity/extractors/mask"
	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

// parties fills the record's parties from the columns of their role. A record
// that names nobody is about whom its page is about, if the lead said so, or
// about the shop or site that it names.
func (b *Builder) parties(c Columns, row Row, r *evidence.Record) (why string) {
	subjects, mark := b.role(c, row, r, "party", evidence.RoleSubject)
	if mark != "" {
		r.Marks["party.identifier"] = mark
	}
	others, mark := b.role(c, row, r, "other", evidence.RoleOther)
	if mark != "" {
		r.Marks["other.identifier"] = mark
	}
	if len(subjects) == 0 {
		subjects = b.implied(*r)
	}
	if len(subjects) == 0 {
		return "看不出是关于谁的：没有名称，也没有可识别的代码"
	}
	if id, ok := shopOf(*r); ok && !slices.Contains(subjects[0].Identifiers, id) {
		// The shop of a natural person has no other identifier, and leads about
		// its holder are about the shop.
		subjects[0].Identifiers = append(slices.Clone(subjects[0].Identifiers), id)
	}
	r.Parties = append(subjects, others...)
	return ""
}

// implied is whom a record is about that names no party.
func (b *Builder) implied(r evidence.Record) []evidence.Party {
	if about := b.plan.in.Capture.Lead.About; about != nil {
		party := *about
		party.Role = evidence.RoleSubject
		return []evidence.Party{party}
	}
	if id, ok := shopOf(r); ok {
		return []evidence.Party{{Role: evidence.RoleSubject, Identifiers: []evidence.Identifier{id}}}
	}
	for _, field := range []string{"host", "domain"} {
		if host := strings.ToLower(r.Fields[field]); host != "" {
			return []evidence.Party{{Role: evidence.RoleSubject, Identifiers: []evidence.Identifier{{Scheme: evidence.Site, Value: host}}}}
		}
	}
	return nil
}

// shopOf is the shop that a record names by platform and number.
func shopOf(r evidence.Record) (evidence.Identifier, bool) {
	shop, platform := r.Fields["shop_id"], r.Fields["platform"]
	return evidence.Identifier{Scheme: evidence.Shop, Value: platform + "/" + shop}, shop != "" && platform != ""
}

// said is what the columns of one role state.
type said struct {
	names []string
	ids   []evidence.Identifier
	bad   []string // written as identifiers, recognised as none
	stray []string // names in columns of identifiers
	kind  string
}

// role reads the parties of one role. Identifiers are recognised by form in
// whichever of the role's columns they stand; mark says which were none.
func (b *Builder) role(c Columns, row Row, r *evidence.Record, prefix, role string) (parties []evidence.Party, mark string) {
	var s said
	for i, l := range b.plan.in.View.Fields {
		if !strings.HasPrefix(l.Field, prefix+".") {
			continue
		}
		cell, ok := c.cell(row, i)
		if !ok || blank(cell.Text) {
			cell = Cell{}
		}
		switch strings.TrimPrefix(l.Field, prefix+".") {
		case "name":
			s.name(l, cell.Text)
		case "identifier":
			s.identifier(cell.Text)
		case "kind":
			s.kindOf(l, cell.Text)
		}
		if cell.Text != "" {
			b.cite(r, l.Field, cell)
		}
	}
	if len(s.names) == 0 && len(s.stray) > 0 {
		s.names = s.stray[:1]
	}
	set := b.plan.in.View.Set
	if len(s.names) == 0 {
		s.name(evidence.Label{}, set[prefix+".name"])
	}
	if len(s.ids) == 0 {
		s.identifier(set[prefix+".identifier"])
	}
	if s.kind == "" {
		s.kind = set[prefix+".kind"]
	}
	return s.parties(role)
}

func (s *said) name(l evidence.Label, text string) {
	for _, part := range names(l, text) {
		if id, ok := evidence.Recognise(part); ok {
			s.ids = append(s.ids, id)
		} else if !slices.Contains(s.names, part) {
			s.names = append(s.names, part)
		}
	}
}

// names are the names in a cell: one, but where the declaration splits it.
func names(l evidence.Label, text string) []string {
	if l.Split != "" {
		return split(text, l.Split)
	}
	if text = norm.Text(text); text != "" {
		return []string{text}
	}
	return nil
}

// identifier reads a cell that should hold an identifier: one, or several with
// a sign between them. A name that strayed into it is taken as the name.
func (s *said) identifier(text string) {
	text = norm.Text(text)
	if text == "" {
		return
	}
	if id, ok := evidence.Recognise(text); ok {
		s.ids = append(s.ids, id)
		return
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/／、,，;； ()（）|", r) })
	var ids []evidence.Identifier
	for _, part := range parts {
		id, ok := evidence.Recognise(part)
		if !ok {
			ids = nil
			break
		}
		ids = append(ids, id)
	}
	switch {
	case len(ids) > 0:
		s.ids = append(s.ids, ids...)
	case norm.IsOrganisation(text):
		s.stray = append(s.stray, text)
	case !slices.Contains(s.bad, text):
		s.bad = append(s.bad, text)
	}
}

// kindOf reads 行政相对人类别 in its usual words or the declaration's.
func (s *said) kindOf(l evidence.Label, text string) {
	if text = norm.Text(text); text == "" {
		return
	}
	if v, ok := word(l.Values, text); ok {
		s.kind = v
		return
	}
	switch evidence.FoldName(text) {
	case "法人及非法人组织", "法人和非法人组织", "法人", "企业", "公司", "单位", "COMPANY":
		s.kind = "company"
	case "个体工商户", "个体户", "个体", "INDIVIDUAL":
		s.kind = "individual"
	case "自然人", "个人", "NATURAL":
		s.kind = "natural"
	}
}

// parties makes one party of all identifiers and the name, or where several
// names stand in one cell one of each, to which identifiers belong only if
// there are as many.
func (s *said) parties(role string) (out []evidence.Party, mark string) {
	if len(s.bad) > 0 {
		mark = fmt.Sprintf("「%s」不是可核验的代码，按原文保留", strings.Join(s.bad, "、"))
	}
	ids := slices.Clone(s.ids)
	slices.SortFunc(ids, func(a, b evidence.Identifier) int {
		if d := a.Scheme.Rank() - b.Scheme.Rank(); d != 0 {
			return d
		}
		return strings.Compare(a.Value, b.Value)
	})
	ids = slices.Compact(ids)
	slices.Sort(s.bad)
	if len(s.names) < 2 {
		if len(s.names)+len(ids) == 0 {
			return nil, mark
		}
		p := evidence.Party{Role: role, Kind: s.kind, Identifiers: ids, Unchecked: s.bad}
		if len(s.names) == 1 {
			p.Name = s.names[0]
		}
		p.Kind = kind(p)
		return []evidence.Party{p}, mark
	}
	for i, name := range s.names {
		p := evidence.Party{Role: role, Kind: s.kind, Name: name}
		if len(s.ids) == len(s.names) {
			p.Identifiers = []evidence.Identifier{s.ids[i]}
		}
		p.Kind = kind(p)
		out = append(out, p)
	}
	return out, mark
}

// kind says whether a party is a natural person where the page does not: by
// the form of the name, if nothing identifies an operator.
func kind(p evidence.Party) string {
	if p.Kind != "" || len(p.Identifiers) > 0 {
		return p.Kind
	}
	if slices.ContainsFunc(p.Unchecked, resident) && !norm.IsOrganisation(p.Name) || mask.Natural(p.Name) {
		return "natural"
	}
	return ""
}
