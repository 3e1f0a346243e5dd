// Package contrast puts two captures beside each other: in which fields of which
// records they differ, and in which words of their text.
//
// By field counts what was read from a page, so that a new layout which says
// the same differs in no field; by text counts what a reader sees, so that
// what no declaration reads is not lost. Neither decides which of the two is
// right. Both are what the asker may see: what is no longer published is blank
// on both sides, and counted. Any two captures can be put beside each other,
// and the answer says where they are not of one address.
package contrast

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"probity/api/diff"
	"probity/api/doors"
	"probity/api/see"
	"probity/pipeline/evidence"
)

// A Comparison is what became of one capture in another.
type Comparison struct {
	A         Side         `json:"a"`
	B         Side         `json:"b"`
	Elsewhere bool         `json:"elsewhere,omitempty" doc:"the two are not of one address"`
	Equal     bool         `json:"equal,omitempty" doc:"the two have the same content, byte for byte"`
	Records   []RecordDiff `json:"records"`
	Unchanged int          `json:"unchanged" doc:"records that both state alike"`
	Hidden    int          `json:"hidden,omitempty" doc:"records that are no longer published: nothing is said of them"`
	More      int          `json:"more,omitempty" doc:"records that were not compared"`
	Text      diff.Result  `json:"text"`
}

// A Side is one of the two.
type Side struct {
	Capture  string    `json:"capture"`
	Content  string    `json:"content"`
	URL      string    `json:"url"`
	Time     time.Time `json:"time"`
	Status   int       `json:"status"`
	Type     string    `json:"type"`
	Size     int64     `json:"size"`
	Title    string    `json:"title"`
	Withheld string    `json:"withheld,omitempty"`
}

// A RecordDiff is a record that the two do not state alike.
type RecordDiff struct {
	ID     string            `json:"id"`
	Type   string            `json:"type"`
	Key    string            `json:"key"`
	Kind   string            `json:"kind" enum:"added,removed,changed"`
	Fields []FieldDiff       `json:"fields"`
	Said   map[string]string `json:"-"` // all fields, to name it by
}

// A FieldDiff is a field of it, with its value on each side.
type FieldDiff struct {
	Field string  `json:"field"`
	Kind  string  `json:"kind" enum:"added,removed,changed"`
	A     *Saying `json:"a,omitempty"`
	B     *Saying `json:"b,omitempty"`
}

// A Saying is a value, and where it stood.
type Saying struct {
	Value string             `json:"value"`
	Cite  *evidence.Citation `json:"cite,omitempty"`
}

// mostRecords is how many records of each are compared.
const mostRecords = 400

// Captures compares two captures by their ids, as a role may see them; the
// earlier one is A.
// evidence.ErrNotFound: there is no such capture.
func Captures(ctx context.Context, d doors.Evidence, role see.Role, a, b string) (Comparison, error) {
	x, err := read(ctx, d, role, a)
	if err != nil {
		return Comparison{}, err
	}
	y, err := read(ctx, d, role, b)
	if err != nil {
		return Comparison{}, err
	}
	if x.Capture.Capture.Time.After(y.Capture.Capture.Time) {
		x, y = y, x
	}
	c := Comparison{
		A: x.side(), B: y.side(), Elsewhere: x.Capture.Capture.Lead.Key() != y.Capture.Capture.Lead.Key(),
		Equal: x.Capture.Capture.Content == y.Capture.Capture.Content, Records: []RecordDiff{}, More: x.more + y.more,
	}
	c.Text = diff.Texts(x.text, y.text, diff.Options{})
	hidden := map[string]bool{}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(x.records)), slices.Collect(maps.Keys(y.records))...)))) {
		before, was := x.records[id]
		after, is := y.records[id]
		if was && !role.Any(before.Facts) || is && !role.Any(after.Facts) {
			hidden[id] = true
			continue
		}
		r := compare(id, before, after, was, is)
		if len(r.Fields) == 0 && r.Kind == diff.Changed {
			c.Unchanged++
			continue
		}
		c.Records = append(c.Records, r)
	}
	c.Hidden = len(hidden)
	slices.SortStableFunc(c.Records, func(p, q RecordDiff) int {
		return cmp.Or(cmp.Compare(order(p.Kind), order(q.Kind)), cmp.Compare(p.Type, q.Type), cmp.Compare(p.Key, q.Key))
	})
	return c, nil
}

func order(kind string) int {
	return slices.Index([]string{diff.Changed, diff.Removed, diff.Added}, kind)
}

// A whole is a capture with what it says.
type whole struct {
	doors.Capture
	text    string
	records map[string]doors.StatedRecord
	more    int
}

func read(ctx context.Context, d doors.Evidence, role see.Role, id string) (w whole, err error) {
	if w.Capture, err = d.Capture(ctx, id); err != nil {
		return w, err
	}
	marks, err := d.Citing(ctx, w.Capture.Capture.Content, 0, 0)
	if err != nil {
		return w, err
	}
	w.text = role.Text(w.Text, marks)
	stated, err := d.Stated(ctx, w.Capture.Capture, mostRecords)
	if err != nil {
		return w, fmt.Errorf("what capture %s states: %w", id, err)
	}
	w.records, w.more = map[string]doors.StatedRecord{}, stated.More
	for _, r := range stated.Records {
		w.records[r.ID] = r
	}
	return w, nil
}

func (w whole) side() Side {
	c := w.Capture.Capture
	return Side{c.ID, c.Content, c.Lead.URL, c.Time, c.Status, c.Type, c.Size, w.Title, w.Withheld}
}

func compare(id string, a, b doors.StatedRecord, was, is bool) RecordDiff {
	x, y := said(a), said(b)
	r := RecordDiff{ID: id, Type: cmp.Or(b.Record.Type, a.Record.Type), Key: cmp.Or(b.Record.Key, a.Record.Key), Kind: diff.Changed, Fields: []FieldDiff{}, Said: b.Record.Fields}
	switch {
	case !is:
		r.Kind, r.Said = diff.Removed, a.Record.Fields
	case !was:
		r.Kind = diff.Added
	}
	for _, field := range slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(x)), slices.Collect(maps.Keys(y))...)))) {
		p, q := x[field], y[field]
		switch {
		case p != nil && q != nil && p.Value == q.Value:
		case p != nil && q != nil:
			r.Fields = append(r.Fields, FieldDiff{field, diff.Changed, p, q})
		case p != nil:
			r.Fields = append(r.Fields, FieldDiff{field, diff.Removed, p, nil})
		default:
			r.Fields = append(r.Fields, FieldDiff{field, diff.Added, nil, q})
		}
	}
	return r
}

// said are the values of a record by field, and whom it names.
func said(r doors.StatedRecord) map[string]*Saying {
	out := map[string]*Saying{}
	add := func(field, value string) {
		if value == "" {
			return
		}
		if out[field] != nil { // several parties
			value = out[field].Value + "；" + value
		}
		out[field] = &Saying{Value: value}
	}
	for field, value := range r.Record.Fields {
		add(field, value)
	}
	for _, p := range r.Record.Parties {
		of := "party"
		if p.Role != evidence.RoleSubject {
			of = "other"
		}
		add(of+".name", p.Name)
		for _, id := range p.Identifiers {
			add(of+".identifier", id.String())
		}
		add(of+".unchecked", strings.Join(p.Unchecked, "；"))
	}
	for i, c := range r.Citations {
		if s := out[c.Field]; s != nil && s.Cite == nil {
			s.Cite = &r.Citations[i]
		}
	}
	return out
}
