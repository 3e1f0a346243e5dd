// Package request reads what `probity evaluate` is asked: one JSON object a
// line, each the evidence.Inputs of one subject (schema/inputs.schema.json).
//
// It is strict, since a misspelt field would pass for a clean record: unknown
// keys, unknown types, fields that a type does not have, values that are no
// dates or amounts are refused with line and path. What hand-written inputs
// may leave out: ids (derived), as_of and known_at (the caller's), run and
// source of a look, dates of facts that stand among their fields.
package request

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"probity/evaluator/standard"
	"probity/evaluator/strict"
	"probity/pipeline/evidence"
)

// maxLine is the longest line that is read: a subject with tens of thousands
// of facts.
const maxLine = 64 << 20

// A Reader reads inputs line by line.
type Reader struct {
	in   *bufio.Reader
	line int
	asOf evidence.Date
}

// NewReader reads from r; lines without as_of take the one given.
func NewReader(r io.Reader, asOf evidence.Date) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 1<<16), asOf: asOf}
}

// Line is the number of the line last read, from 1.
func (r *Reader) Line() int { return r.line }

// Next returns the inputs of the next line that is not blank, io.EOF at the
// end. Errors wrap evidence.ErrInvalid and begin with the line.
func (r *Reader) Next() (evidence.Inputs, error) {
	for {
		text, err := r.read()
		if err != nil {
			return evidence.Inputs{}, err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		in, err := Decode(text, r.line)
		if err != nil {
			return evidence.Inputs{}, err
		}
		if in.AsOf == "" {
			in.AsOf = r.asOf
		}
		if in.AsOf == "" {
			return evidence.Inputs{}, fmt.Errorf("line %d: as_of: %w: no day is given, here or by --as-of", r.line, evidence.ErrInvalid)
		}
		return in, nil
	}
}

func (r *Reader) read() ([]byte, error) {
	var text []byte
	for {
		part, err := r.in.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > maxLine:
			return nil, fmt.Errorf("line %d: %w: longer than %d MiB; split the subject's facts", r.line+1, evidence.ErrInvalid, maxLine>>20)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil, errors.Is(err, io.EOF) && len(text) > 0:
			r.line++
			return text, nil
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		}
		return nil, fmt.Errorf("read line %d: %w", r.line+1, err)
	}
}

// Decode reads one object; line is its number for errors.
func Decode(text []byte, line int) (evidence.Inputs, error) {
	var in evidence.Inputs
	if err := strict.Decode(text, line, &in); err != nil {
		return in, err
	}
	if in.Subject.ID == "" {
		if name := in.Subject.Name; name != "" || len(in.Subject.Identifiers) > 0 {
			in.Subject.ID = evidence.Digest("entity", strings.Join(append(slices.Clone(in.Subject.Identifiers), name), "|"))
		}
	}
	c := checker{line: line}
	c.inputs(in)
	return in, c.err
}

// A checker keeps the first fault.
type checker struct {
	line int
	err  error
}

func (c *checker) fault(path, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("line %d: %s: %s: %w", c.line, path, fmt.Sprintf(format, args...), evidence.ErrInvalid)
	}
}

func (c *checker) inputs(in evidence.Inputs) {
	if in.Subject.ID == "" {
		c.fault("subject", "give an id, a name or identifiers: a grade belongs to somebody")
	}
	c.oneOf("subject.kind", in.Subject.Kind, "", "company", "branch", "individual", "sole", "cooperative", "partnership", "natural")
	for i, t := range in.Subject.Traits {
		c.oneOf(fmt.Sprintf("subject.traits[%d]", i), t, "platform_shop", "natural_person_shop", "no_license_required")
	}
	for i, id := range in.Subject.Identifiers {
		if _, ok := evidence.ParseIdentifier(id); !ok {
			c.fault(fmt.Sprintf("subject.identifiers[%d]", i), "%q: want scheme:value like uscc:91440300192317458F", id)
		}
	}
	c.date("as_of", in.AsOf)
	for i, f := range in.Facts {
		c.fact(fmt.Sprintf("facts[%d]", i), f)
	}
	for i, l := range in.Looks {
		c.look(fmt.Sprintf("looks[%d]", i), l)
	}
}

func (c *checker) fact(path string, f evidence.Fact) {
	t, ok := evidence.TypeOf(f.Type)
	if !ok || f.Type == "repair" {
		c.fault(path+".type", "%q is no type of fact; known are %s", f.Type, types())
		return
	}
	for name, value := range f.Fields {
		field, ok := t.Field(name)
		if !ok {
			c.fault(path+".fields."+name, "a %s has no such field: remove it or see the schema; known are %s", f.Type, fieldNames(t))
			continue
		}
		c.value(path+".fields."+name, field, value)
	}
	c.date(path+".date", f.Date)
	c.date(path+".end", f.End)
	for i, e := range f.Effects {
		at := fmt.Sprintf("%s.effects[%d]", path, i)
		c.oneOf(at+".kind", e.Kind, evidence.Repaired, evidence.Annulled, "corrected", evidence.Superseded)
		c.date(at+".from", e.From)
		c.date(at+".until", e.Until)
	}
	for i, p := range f.Presence {
		at := fmt.Sprintf("%s.presence[%d]", path, i)
		c.date(at+".from", p.From)
		c.date(at+".to", p.To)
	}
}

// value checks a field by its kind; an empty value says nothing.
func (c *checker) value(path string, f evidence.Field, v string) {
	if v == "" {
		return
	}
	switch f.Kind {
	case evidence.Day:
		c.date(path, evidence.Date(v))
	case evidence.Money, evidence.Number:
		if _, ok := standard.Decimal(v); !ok {
			c.fault(path, "%q: want a decimal like 2000.00", v)
		}
	case evidence.Flag:
		c.oneOf(path, v, "true", "false")
	case evidence.Enum:
		c.oneOf(path, v, f.Values...)
	case evidence.List:
		for item := range strings.SplitSeq(v, ";") {
			if len(f.Values) > 0 {
				c.oneOf(path, item, f.Values...)
			}
		}
	case evidence.Text, evidence.DocNo, evidence.Person:
	}
}

func (c *checker) look(path string, l evidence.Look) {
	if l.Kind == "" {
		c.fault(path+".kind", "missing: the source kind that the standard names, like gsxt")
	}
	if l.Indicators == nil {
		c.fault(path+".indicators", "missing: which indicators the search covers")
	}
	if l.Time.IsZero() {
		c.fault(path+".time", "missing: when the search was finished, like 2026-11-02T09:00:00+08:00")
	}
	if l.MaxAgeDays < 0 || l.Undecided < 0 {
		c.fault(path, "max_age_days and undecided are not negative")
	}
	c.oneOf(path+".result", l.Result, evidence.Complete, evidence.Partial, evidence.Refused, evidence.Failed)
}

func (c *checker) date(path string, d evidence.Date) {
	if d == "" {
		return
	}
	if _, err := evidence.ParseDate(string(d)); err != nil {
		c.fault(path, "%q: want a date like 2026-11-02", d)
	}
}

func (c *checker) oneOf(path, v string, values ...string) {
	if !slices.Contains(values, v) {
		c.fault(path, "%q: want one of %s", v, strings.Join(values, ", "))
	}
}

func types() string {
	var out []string
	for _, t := range evidence.Types() {
		if t.Name != "repair" {
			out = append(out, t.Name)
		}
	}
	return strings.Join(out, ", ")
}

func fieldNames(t evidence.RecordType) string {
	var out []string
	for _, f := range t.Fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}
