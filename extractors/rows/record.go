package rows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

// record reads a row as a record of one type; why says, in Chinese, what keeps
// it from being one.
func (b *Builder) record(c Columns, row Row, typ string) (r evidence.Record, why string) {
	r = evidence.Record{Type: typ, Fields: map[string]string{}, Marks: map[string]string{}}
	b.cite(&r, "", Cell{Text: b.plan.in.Page.Slice(row.Place.Start, row.Place.End), Place: row.Place})
	if why := b.fields(c, row, &r); why != "" {
		return r, why
	}
	for name, value := range b.plan.in.View.Set {
		if _, stated := r.Fields[name]; !stated && !partyField(name) {
			r.Fields[name] = value
		}
	}
	if why := b.parties(c, row, &r); why != "" {
		return r, why
	}
	if r.Key = b.key(r); r.Key == "" {
		return r, "主键各项均为空：" + strings.Join(b.plan.in.View.Key, "、")
	}
	if len(r.Marks) == 0 {
		r.Marks = nil
	}
	return r, ""
}

// fields fills the fields of the record's type, in the order of declaration.
func (b *Builder) fields(c Columns, row Row, r *evidence.Record) (why string) {
	typ := b.plan.types[r.Type]
	for i, l := range b.plan.in.View.Fields {
		cell, found := c.cell(row, i)
		if l.Need && (!found || nothing(typ, l, cell.Text)) {
			return fmt.Sprintf("列「%s」为空", l.Label)
		}
		if !found || l.Ignore != "" {
			continue
		}
		if field, ok := typ.Field(l.Field); ok {
			why = b.fill(l, field, cell, r)
		} else if strings.ContainsRune(cell.Text, '\ufffd') && (l.Need || l.Field == "party.name") {
			why = fmt.Sprintf("列「%s」有无法解码的字节", l.Label)
		}
		if why != "" {
			return why
		}
	}
	return ""
}

// fill fills one field. Of two columns for one field the first that states
// something counts.
func (b *Builder) fill(l evidence.Label, field evidence.Field, cell Cell, r *evidence.Record) (why string) {
	if _, stated := r.Fields[field.Name]; stated {
		return ""
	}
	value, mark := b.value(l, field, cell)
	if mark != "" && b.decides(l, field, cell) {
		return fmt.Sprintf("列「%s」%s", l.Label, strings.TrimSuffix(mark, asWritten))
	}
	if value == "" {
		return ""
	}
	r.Fields[field.Name] = value
	if mark != "" {
		r.Marks[field.Name] = mark
	}
	b.cite(r, field.Name, cell)
	return ""
}

// decides reports whether a record cannot do without the field being right: a
// needed or key field with bytes that mean nothing, a needed date or amount
// that is none. A document number in an unknown form still tells documents
// apart and is only marked.
func (b *Builder) decides(l evidence.Label, field evidence.Field, cell Cell) bool {
	if strings.ContainsRune(cell.Text, '\ufffd') {
		return l.Need || slices.Contains(b.plan.in.View.Key, field.Name)
	}
	switch field.Kind {
	case evidence.Day, evidence.Money, evidence.Number, evidence.Flag, evidence.Enum:
		return l.Need
	default:
		return false
	}
}

// nothing reports whether a cell states nothing for its label.
func nothing(typ evidence.RecordType, l evidence.Label, text string) bool {
	if field, ok := typ.Field(l.Field); ok {
		if to, mapped := word(l.Values, text); mapped {
			return to == ""
		}
		v, err := norm.Value(evidence.Field{Name: field.Name, Kind: field.Kind}, "", text)
		return err == nil && v == ""
	}
	return blank(text)
}

// value normalises a cell. Where that fails it returns the text as written and
// a mark.
func (b *Builder) value(l evidence.Label, field evidence.Field, cell Cell) (value, mark string) {
	if strings.ContainsRune(cell.Text, '\ufffd') {
		return norm.Text(cell.Text), "有无法解码的字节" + asWritten
	}
	text, unit := cell.Text, l.Unit
	if mapped, ok := word(l.Values, text); ok {
		text = mapped
	}
	if cell.Numeric && field.Kind == evidence.Day && unit == "" {
		unit = "excel"
	}
	var err error
	if field.Kind == evidence.List {
		value, err = list(l, field, text)
	} else {
		value, err = norm.Value(field, unit, text)
	}
	if err != nil {
		return norm.Text(cell.Text), complaint(field.Kind) + asWritten
	}
	return value, ""
}

// list normalises the items of a list one by one: sorted, once each.
func list(l evidence.Label, field evidence.Field, text string) (string, error) {
	if l.Split == "" && len(l.Values) == 0 {
		return norm.Value(field, "", text)
	}
	var items []string
	for _, part := range split(text, l.Split) {
		if mapped, ok := word(l.Values, part); ok {
			part = mapped
		}
		kind := evidence.Field{Name: field.Name, Kind: evidence.Enum, Values: field.Values}
		v, err := norm.Value(kind, "", part)
		if err != nil { // a detailed item that only the list's own rules know
			if v, err = norm.Value(field, "", part); err != nil {
				return "", err
			}
		}
		if v != "" {
			items = append(items, v)
		}
	}
	slices.Sort(items)
	return strings.Join(slices.Compact(items), ";"), nil
}

// word translates the page's word by the declaration.
func word(values map[string]string, text string) (string, bool) {
	if v, ok := values[norm.Text(text)]; ok {
		return v, true
	}
	key := evidence.FoldName(text)
	for _, from := range slices.Sorted(maps.Keys(values)) {
		if evidence.FoldName(from) == key {
			return values[from], true
		}
	}
	return "", false
}

// asWritten ends the mark of a value that was kept as the page has it.
const asWritten = "，按原文保留"

// complaint says in Chinese what a text is not.
func complaint(kind evidence.Kind) string {
	switch kind {
	case evidence.Day:
		return "不是可识别的完整日期"
	case evidence.Money:
		return "不是一个确定的人民币金额"
	case evidence.Number:
		return "不是一个数"
	case evidence.DocNo:
		return "不是可识别的文书号"
	case evidence.Flag:
		return "看不出是或否"
	case evidence.Enum, evidence.List:
		return "不在规定的取值之内"
	default:
		return "无法规范化"
	}
}

// key makes the publisher's natural key of the declared fields. It is empty
// where none of them states anything.
func (b *Builder) key(r evidence.Record) string {
	var parts []string
	stated := false
	for _, name := range b.plan.in.View.Key {
		part := r.Fields[name]
		switch name {
		case "party":
			part = partyKey(r, evidence.RoleSubject)
		case "other":
			part = partyKey(r, evidence.RoleOther)
		}
		stated = stated || part != ""
		parts = append(parts, part)
	}
	if !stated {
		return ""
	}
	return evidence.Fold(parts...)
}

// partyKey is the strongest identifier of each party of a role, else its name.
func partyKey(r evidence.Record, role string) string {
	var keys []string
	for _, p := range r.Parties {
		if p.Role != role {
			continue
		}
		if id, ok := p.Strongest(); ok {
			keys = append(keys, id.String())
			continue
		}
		keys = append(keys, evidence.FoldName(p.Name)+p.PersonKey)
	}
	return strings.Join(keys, "+")
}
