package table

import (
	"fmt"
	"strings"

	"probity/extractors/draft"
	"probity/extractors/page"
	"probity/extractors/rows"
)

// readJSON reads the objects of the list at the view's dotted path, or the
// one object there. Labels are names, nested ones joined by dots; a name that
// no row has at all counts as a missing column.
func readJSON(in draft.Input, plan *rows.Plan, b *rows.Builder) error {
	at := in.Page.JSON.At(in.View.Rows)
	if at == nil {
		return in.Unlike(fmt.Sprintf("path %q is missing", in.View.Rows), "names "+strings.Join(in.Page.JSON.Keys, "、")+" in "+in.Page.Slice(0, 60))
	}
	items := at.Values
	switch at.Kind {
	case page.Array:
	case page.Object:
		items = []*page.Value{at}
	case page.Null:
		items = nil
	default:
		return in.Unlike(fmt.Sprintf("path %q is no list", in.View.Rows), in.Page.Slice(at.Start, at.End))
	}
	var found []object
	index := map[string]int{}
	var headings []string
	times := map[string]int{}
	for _, v := range items {
		o := object{value: v, cells: map[string]rows.Cell{}}
		o.flatten(in.Page, "", v)
		for _, name := range o.names {
			if _, ok := index[name]; !ok {
				index[name] = len(headings)
				headings = append(headings, name)
			}
			times[name]++
		}
		found = append(found, o)
	}
	if len(found) == 0 {
		return nil
	}
	c, wrong := plan.Columns(headings, in.View.Read != "detail")
	if wrong != nil {
		return in.Unlike(wrong.Error(), "names "+strings.Join(headings, "、"))
	}
	for _, h := range c.Unread {
		for range times[h] {
			b.Unread(h)
		}
	}
	for _, o := range found {
		b.Add(c, o.row(in.Page, headings))
	}
	return nil
}

// An object is one row of a list.
type object struct {
	value *page.Value
	names []string
	cells map[string]rows.Cell
}

// flatten gives every value a name: nested objects by dots, lists of plain
// values as one cell with its items parted by semicolons.
func (o *object) flatten(p *page.Page, prefix string, v *page.Value) {
	for i, key := range v.Keys {
		name, member := prefix+key, v.Values[i]
		if member.Kind == page.Object {
			o.flatten(p, name+".", member)
			continue
		}
		cell := rows.Cell{Text: member.Text, Place: p.Place(member.Start, member.End)}
		if member.Kind == page.Array {
			cell.Text = listText(p, member)
		}
		o.names = append(o.names, name)
		o.cells[name] = cell
	}
}

func listText(p *page.Page, list *page.Value) string {
	var out []string
	for _, v := range list.Values {
		if v.Kind == page.Array || v.Kind == page.Object {
			return p.Slice(list.Start, list.End)
		}
		out = append(out, v.Text)
	}
	return strings.Join(out, ";")
}

func (o *object) row(p *page.Page, headings []string) rows.Row {
	r := rows.Row{Place: p.Place(o.value.Start, o.value.End)}
	if o.value.Kind != page.Object {
		r.Fault = "这一项不是对象"
	}
	for _, h := range headings {
		r.Cells = append(r.Cells, o.cells[h])
	}
	return r
}
