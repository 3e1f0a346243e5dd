// Package rows turns what a page states in labelled values, be it the row of
// a table, a block of labels or an object of a list, into records.
//
// Tables, label/value pages and lists differ in how a value is found; what a
// value means is the declaration's word and the same for all of them, so it is
// here once. Values are found by the text of their label, never by position.
// Every statement of a page ends in exactly one of three ways: a record, a
// quarantined row with its reason, or a skip that was declared. Nothing is
// dropped and nothing is guessed: a value that cannot be normalised is kept as
// written and marked.
package rows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"probity/extractors/draft"
	"probity/pipeline/evidence"
)

// Version names this package's rules in a reading's Reader.
const Version = "rows/1"

// A Cell is what a page states under one label.
type Cell struct {
	Text    string         // as shown
	Numeric bool           // a number of a workbook: in a column of dates a serial
	Place   evidence.Place // zero where the page states nothing
}

// A Row is one statement of a page as its reader found it.
type Row struct {
	Cells []Cell // in the order of the headings
	Place evidence.Place
	Node  *html.Node // of a web page, else nil
	Fault string     // why it cannot be read, in Chinese: ragged, a quote that never ends
	Lone  bool       // one cell over the whole width
}

// A Plan is a view's declaration, ready to be applied.
type Plan struct {
	in     draft.Input
	types  map[string]evidence.RecordType
	where  map[string]int // folded spelling -> index of the label
	helper map[string]bool
	skips  []skip
}

type skip struct {
	label, reason string
	match         *regexp.Regexp
}

// NewPlan checks the view against the vocabulary. Its errors are faults of the
// declaration, not of the page.
func NewPlan(in draft.Input) (*Plan, error) {
	p := &Plan{in: in, types: map[string]evidence.RecordType{}, where: map[string]int{}, helper: map[string]bool{}}
	if err := p.addTypes(); err != nil {
		return nil, err
	}
	for i, l := range in.View.Fields {
		for spelling := range strings.SplitSeq(l.Label, "|") {
			key := FoldLabel(spelling)
			if _, twice := p.where[key]; twice || key == "" {
				return nil, p.bad("label %q is declared twice or is empty", spelling)
			}
			p.where[key] = i
		}
		if err := p.checkField(l); err != nil {
			return nil, err
		}
	}
	for _, s := range in.View.Skip {
		match, err := regexp.Compile(s.Match)
		if err != nil {
			return nil, p.bad("skip %q: %v", s.Label, err)
		}
		p.skips = append(p.skips, skip{FoldLabel(s.Label), s.Reason, match})
		p.helper[FoldLabel(s.Label)] = true
	}
	if s := in.View.Split; s != nil {
		p.helper[FoldLabel(s.Label)] = true
	}
	for _, f := range in.View.Next {
		if f.Label != "" {
			p.helper[FoldLabel(f.Label)] = true
		}
		if name, ok := strings.CutPrefix(f.Select, in.View.Rows+"."); ok { // a name of each object of a JSON list
			p.helper[FoldLabel(name)] = true
		}
	}
	return p, nil
}

func (p *Plan) addTypes() error {
	names := []string{p.in.View.Record}
	if s := p.in.View.Split; s != nil {
		names = nil
		for _, name := range s.Records {
			if name != "-" {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		typ, ok := evidence.TypeOf(name)
		if !ok {
			return p.bad("the vocabulary has no record type %q", name)
		}
		p.types[name] = typ
	}
	return nil
}

func (p *Plan) checkField(l evidence.Label) error {
	if l.Field == "" || partyField(l.Field) {
		return nil
	}
	for _, typ := range p.types {
		if _, ok := typ.Field(l.Field); !ok {
			return p.bad("%s has no field %q", typ.Name, l.Field)
		}
	}
	return nil
}

func partyField(name string) bool {
	return slices.Contains([]string{"party.name", "party.identifier", "party.kind", "other.name", "other.identifier", "other.kind"}, name)
}

func (p *Plan) bad(format string, args ...any) error {
	return fmt.Errorf("declaration of source %s, view %s: %w: "+format,
		append([]any{p.in.Source.ID, p.in.View.Name, evidence.ErrInvalid}, args...)...)
}

// FoldLabel is the key under which labels are compared: width, spaces,
// brackets and the marks of a form's layout do not count.
func FoldLabel(s string) string { return strings.Trim(evidence.FoldNumber(s), ":*;,、") }

// Declared reports whether the declaration names the label, be it to read or
// to ignore it.
func (p *Plan) Declared(label string) bool {
	key := FoldLabel(label)
	_, ok := p.where[key]
	return ok || p.helper[key]
}

// Same reports whether two labels are spellings of one: 法定代表人|负责人.
func (p *Plan) Same(a, b string) bool {
	i, ok := p.where[FoldLabel(a)]
	j, also := p.where[FoldLabel(b)]
	return ok && also && i == j
}

// Columns says which heading stands for which label of the declaration.
type Columns struct {
	Headings []string
	Unread   []string // headings that nothing declares

	label map[int]int    // index of the label -> heading
	named map[string]int // folded heading -> heading
}

// A MismatchError says how headings differ from the declaration.
type MismatchError struct {
	Missing, Twice []string
	Matched        int // labels that were found
}

func (m *MismatchError) Error() string {
	var said []string
	for _, l := range m.Missing {
		said = append(said, fmt.Sprintf("column %s is missing", l))
	}
	for _, l := range m.Twice {
		said = append(said, fmt.Sprintf("column %s stands there twice", l))
	}
	return strings.Join(said, ", ")
}

// Columns binds headings to the declaration. Strict wants every declared
// label but ignored and optional ones; else only twice is a fault.
func (p *Plan) Columns(headings []string, strict bool) (Columns, *MismatchError) {
	c := Columns{Headings: headings, label: map[int]int{}, named: map[string]int{}}
	var m MismatchError
	for at, h := range headings {
		key := FoldLabel(h)
		label, ok := p.where[key]
		switch _, seen := c.named[key]; {
		case key == "":
			continue
		case seen && p.Declared(h):
			m.Twice = append(m.Twice, h)
		case !p.Declared(h):
			c.Unread = append(c.Unread, h)
		}
		if ok {
			if _, seen := c.label[label]; seen && !slices.Contains(m.Twice, h) {
				m.Twice = append(m.Twice, h+"("+p.in.View.Fields[label].Label+")")
			}
			c.label[label] = at
			m.Matched++
		}
		c.named[key] = at
	}
	if strict {
		m.Missing = p.missing(c)
	}
	if len(m.Missing)+len(m.Twice) > 0 {
		return c, &m
	}
	return c, nil
}

// missing lists the declared labels that no heading stands for.
func (p *Plan) missing(c Columns) []string {
	var out []string
	for i, l := range p.in.View.Fields {
		if _, ok := c.label[i]; !ok && l.Ignore == "" && !l.Optional {
			out = append(out, l.Label)
		}
	}
	for _, key := range p.helperLabels() {
		if _, ok := c.named[FoldLabel(key)]; !ok {
			out = append(out, key)
		}
	}
	return out
}

func (p *Plan) helperLabels() []string {
	var out []string
	v := p.in.View
	if v.Split != nil {
		out = append(out, v.Split.Label)
	}
	for _, s := range v.Skip {
		out = append(out, s.Label)
	}
	for _, f := range v.Next {
		if f.Label != "" {
			out = append(out, f.Label)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(label string) bool {
		_, declared := p.where[FoldLabel(label)]
		return declared
	})
}

// cell returns the cell under a label of the declaration.
func (c Columns) cell(row Row, label int) (Cell, bool) {
	at, ok := c.label[label]
	if !ok || at >= len(row.Cells) {
		return Cell{}, false
	}
	return row.Cells[at], true
}

// under returns the cell under a heading by its text.
func (c Columns) under(row Row, label string) (Cell, bool) {
	at, ok := c.named[FoldLabel(label)]
	if !ok || at >= len(row.Cells) {
		return Cell{}, false
	}
	return row.Cells[at], true
}

// labelAt returns the declaration's label of a cell, and whether the columns of
// the row can be told at all.
func (c Columns) labelAt(p *Plan, at int, row Row) (evidence.Label, bool) {
	if row.Lone || len(row.Cells) != len(c.Headings) {
		return evidence.Label{}, false
	}
	for label, column := range c.label {
		if column == at {
			return p.in.View.Fields[label], true
		}
	}
	return evidence.Label{}, true
}
