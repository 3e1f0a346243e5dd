package rows

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"probity/extractors/draft"
	"probity/extractors/mask"
	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

// A Subject is whom a row is about, for leads that stand in it.
type Subject struct {
	Row   Row
	Party *evidence.Party // nil where the row could not be read
	Links map[string]Cell // cells under the labels that Follow names
}

// A Builder makes the records of one page.
type Builder struct {
	plan     *Plan
	out      draft.Draft
	seen     map[[2]string]int // type and key -> record
	Subjects []Subject
}

// NewBuilder begins a page.
func NewBuilder(plan *Plan) *Builder {
	b := &Builder{plan: plan, seen: map[[2]string]int{}}
	b.out.Skipped, b.out.Unread = map[string]int{}, map[string]int{}
	return b
}

// Draft returns what was made of all rows.
func (b *Builder) Draft() draft.Draft {
	out := b.out
	if len(out.Skipped) == 0 {
		out.Skipped = nil
	}
	if len(out.Unread) == 0 {
		out.Unread = nil
	}
	return out
}

// Rows is how many statements were found so far.
func (b *Builder) Rows() int { return b.out.Rows }

// Unread counts a label that no declaration mentions.
func (b *Builder) Unread(label string) { b.out.Unread[strings.TrimRight(norm.Text(label), "：: ")]++ }

// Add makes of a row what it states.
func (b *Builder) Add(c Columns, row Row) {
	b.hide(c, row)
	links := map[string]Cell{}
	for _, f := range b.plan.in.View.Next {
		if cell, ok := c.under(row, f.Label); ok && f.Label != "" {
			links[f.Label] = cell
		}
	}
	party := b.statements(c, row)
	b.Subjects = append(b.Subjects, Subject{Row: row, Party: party, Links: links})
}

// statements returns the row's subject, if it could be read.
func (b *Builder) statements(c Columns, row Row) *evidence.Party {
	for _, s := range b.plan.skips {
		if cell, ok := c.under(row, s.label); ok && s.match.MatchString(norm.Text(cell.Text)) {
			b.out.Rows++
			b.out.Skipped[s.reason]++
			b.bystanders(c, row)
			return nil
		}
	}
	if row.Fault != "" {
		b.refuse(c, row, row.Fault)
		return nil
	}
	items, why := b.items(c, row)
	if why != "" {
		b.refuse(c, row, why)
		return nil
	}
	var subject *evidence.Party
	for _, it := range items {
		if party := b.item(c, row, it); subject == nil {
			subject = party
		}
	}
	return subject
}

// An item is what one record of a row is made of.
type item struct {
	text string // of a split cell
	typ  string // record type, "-" or, where nothing is declared, empty
	cell Cell
}

// items lists what a row states: one thing, or one for each item of the cell
// that the declaration splits.
func (b *Builder) items(c Columns, row Row) (items []item, why string) {
	s := b.plan.in.View.Split
	if s == nil {
		return []item{{typ: b.plan.in.View.Record}}, ""
	}
	cell, _ := c.under(row, s.Label)
	types := map[string]string{}
	for text, typ := range s.Records {
		types[evidence.FoldName(text)] = typ
	}
	for _, part := range split(cell.Text, s.Separator) {
		it := item{text: part, typ: types[evidence.FoldName(part)], cell: cell}
		it.cell.Text = part
		it.cell.Place.Start, it.cell.Place.End = b.plan.in.Page.Find(cell.Place.Start, cell.Place.End, part)
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, fmt.Sprintf("列「%s」为空，看不出是哪一种记录", s.Label)
	}
	return items, ""
}

// item makes one record, or says why not, and returns its subject.
func (b *Builder) item(c Columns, row Row, it item) *evidence.Party {
	switch it.typ {
	case "-":
		b.out.Rows++
		b.out.Skipped[fmt.Sprintf("「%s」声明为不采集", it.text)]++
		b.bystanders(c, row)
		return nil
	case "":
		b.refuse(c, row, fmt.Sprintf("来源声明中没有「%s」这一项", it.text))
		return nil
	}
	r, why := b.record(c, row, it.typ)
	if why != "" {
		b.refuse(c, row, why)
		return nil
	}
	if it.text != "" {
		b.cite(&r, "", it.cell)
	}
	if b.add(c, row, r) == nil {
		return nil
	}
	return &r.Parties[slices.IndexFunc(r.Parties, func(p evidence.Party) bool { return p.Role == evidence.RoleSubject })]
}

// add keeps a record once: the same statement again adds its citations, a
// different one under the same key is quarantined, since the publisher's own
// key says that only one of them can hold.
func (b *Builder) add(c Columns, row Row, r evidence.Record) *evidence.Record {
	id := [2]string{r.Type, r.Key}
	at, seen := b.seen[id]
	if !seen {
		b.seen[id] = len(b.out.Records)
		b.out.Records = append(b.out.Records, r)
		b.out.Rows++
		return &r
	}
	first := &b.out.Records[at]
	if !sameBody(*first, r) {
		b.refuse(c, row, "与同一页上同一主键的另一行内容不同")
		return nil
	}
	first.Citations = append(first.Citations, r.Citations...)
	b.out.Rows++
	b.out.Skipped["与同一页上的另一行相同"]++
	return first
}

func sameBody(a, b evidence.Record) bool {
	return maps.Equal(a.Fields, b.Fields) && maps.Equal(a.Marks, b.Marks) && reflect.DeepEqual(a.Parties, b.Parties)
}

// cite says where a field stood. The original is what the page shows there.
func (b *Builder) cite(r *evidence.Record, field string, cell Cell) {
	if cell.Place.End > cell.Place.Start || cell.Place.Cell != "" {
		r.Citations = append(r.Citations, evidence.Citation{Field: field, Place: cell.Place, Original: cell.Text})
	}
}

// quarantine keeps a row that could not be read, with the names and identifiers
// in it: identifiers in whatever column they stand, names in those of parties,
// and of a row whose columns cannot be told, all that look like one.
func (b *Builder) quarantine(c Columns, row Row, reason string) {
	q := evidence.Quarantine{Place: row.Place, Reason: reason, Text: b.plan.in.Page.Slice(row.Place.Start, row.Place.End)}
	for at, cell := range row.Cells {
		text := norm.Text(cell.Text)
		l, told := c.labelAt(b.plan, at, row)
		if text == "" || len(text) > norm.Limit || told && l.Ignore != "" {
			continue
		}
		party := told && strings.HasSuffix(l.Field, ".name")
		if id, ok := evidence.Recognise(text); ok {
			q.Names = append(q.Names, id.String())
		} else if party || norm.IsOrganisation(text) && (!told || strings.HasSuffix(l.Field, ".identifier")) {
			q.Names = append(q.Names, evidence.FoldName(text))
		}
		if !told && mask.Natural(text) {
			b.out.Hidden = append(b.out.Hidden, cell.Place)
		}
	}
	slices.Sort(q.Names)
	q.Names = slices.Compact(q.Names)
	b.out.Rows++
	b.out.Quarantined = append(b.out.Quarantined, q)
}

// refuse quarantines a row.
func (b *Builder) refuse(c Columns, row Row, reason string) {
	b.bystanders(c, row)
	b.quarantine(c, row, reason)
}

// bystanders are whom the party's columns of a row without record name like a
// natural person, or call one: they are masked, since no record says that they
// are none.
func (b *Builder) bystanders(c Columns, row Row) {
	var s said
	for i, l := range b.plan.in.View.Fields {
		if cell, ok := c.cell(row, i); ok && strings.HasSuffix(l.Field, ".kind") {
			s.kindOf(l, cell.Text)
		}
	}
	for i, l := range b.plan.in.View.Fields {
		cell, ok := c.cell(row, i)
		if name := norm.Text(cell.Text); ok && strings.HasSuffix(l.Field, ".name") && (s.kind == "natural" || mask.Natural(name)) {
			b.out.Persons = append(b.out.Persons, name)
		}
	}
}

// hide notes who is named in a row, whatever becomes of it: persons in columns
// of persons, and what a declaration ignores as personal data,
// which is blotted out where it stands.
func (b *Builder) hide(c Columns, row Row) {
	for i, l := range b.plan.in.View.Fields {
		person := b.person(l)
		if !person && !personal(l) {
			continue
		}
		cell, ok := c.cell(row, i)
		text := norm.Text(cell.Text)
		if !ok || blank(text) || norm.IsOrganisation(text) {
			continue
		}
		if person || mask.Natural(text) {
			b.out.Persons = append(b.out.Persons, text)
		} else {
			b.out.Hidden = append(b.out.Hidden, cell.Place)
		}
	}
}

// person reports whether a label's field holds a natural person's name.
func (b *Builder) person(l evidence.Label) bool {
	for _, typ := range b.plan.types {
		if f, ok := typ.Field(l.Field); ok && f.Kind == evidence.Person {
			return true
		}
	}
	return false
}

// personal reports whether a label is ignored since it holds personal data.
func personal(l evidence.Label) bool {
	return l.Ignore != "" && (strings.Contains(l.Ignore, "个人") || strings.Contains(strings.ToLower(l.Ignore), "personal"))
}

// blank reports whether a cell says that there is nothing.
func blank(text string) bool {
	if len(text) > 40 {
		return strings.TrimSpace(text) == ""
	}
	v, err := norm.Value(evidence.Field{Kind: evidence.Number}, "", text)
	return err == nil && v == ""
}

// split parts a cell at any of the separator's characters.
func split(text, separator string) []string {
	if separator == "" {
		separator = "、;；,，"
	}
	var out []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(separator, r) || r == '\n' }) {
		if part = norm.Text(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// resident reports whether a text is a resident identity number.
func resident(text string) bool {
	return mask.ResidentID(strings.ToUpper(norm.Narrow(strings.Join(strings.Fields(text), ""))))
}
