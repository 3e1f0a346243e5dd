package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"probity/pipeline/evidence"
)

// A Value is one value of a JSON text with its place in it.
type Value struct {
	Kind       Kind
	Start, End int    // runes of the text: of a string without its quotes
	Text       string // of a string decoded, of a number as written, true, false; empty for null
	Escaped    bool   // the string is written with escapes, so Text is not what stands at the place
	Keys       []string
	Values     []*Value // members of an object in order of Keys, items of an array
}

// A Kind is what a JSON value is.
type Kind byte

// The kinds.
const (
	Null   Kind = 'n'
	Bool   Kind = 'b'
	Number Kind = '0'
	String Kind = '"'
	Object Kind = '{'
	Array  Kind = '['
)

// JSON decodes a JSON text (RFC 8259) and keeps the place of every value. It
// refuses, with evidence.ErrInvalid, a text that is not one complete value, a
// name that an object holds twice (its meaning is the parser's choice), and
// nesting beyond MaxDepth.
func JSON(body []byte, charset evidence.Charset) (*Page, error) {
	text, err := decode(body, charset)
	if err != nil {
		return nil, err
	}
	p := made(text, JSONDecoder, charset)
	r := &reader{dec: json.NewDecoder(strings.NewReader(text)), text: text}
	r.dec.UseNumber()
	if p.JSON, err = r.value(0); err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, fmt.Errorf("parse JSON near rune %d: %w: %w", r.rune, evidence.ErrInvalid, err)
	}
	return p, nil
}

// At follows a dotted path of names; an empty path is the value itself.
func (v *Value) At(path string) *Value {
	if path == "" {
		return v
	}
	for name := range strings.SplitSeq(path, ".") {
		if v = v.member(name); v == nil {
			return nil
		}
	}
	return v
}

func (v *Value) member(name string) *Value {
	for i, k := range v.Keys {
		if k == name {
			return v.Values[i]
		}
	}
	return nil
}

// A reader walks the tokens and follows the place of each in runes.
type reader struct {
	dec  *json.Decoder
	text string
	byte int // offset up to which runes were counted
	rune int
}

// token returns the next token and the bytes it covers.
func (r *reader) token() (tok json.Token, start, end int, err error) {
	from := int(r.dec.InputOffset())
	tok, err = r.dec.Token()
	end = int(r.dec.InputOffset())
	start = from
	for start < end && strings.IndexByte(" \t\r\n,:", r.text[start]) >= 0 {
		start++
	}
	return tok, start, end, err
}

// runesAt returns the rune at a byte offset; offsets only grow.
func (r *reader) runesAt(offset int) int {
	r.rune += utf8.RuneCountInString(r.text[r.byte:offset])
	r.byte = offset
	return r.rune
}

func (r *reader) value(depth int) (*Value, error) {
	tok, start, end, err := r.token()
	if err != nil {
		return nil, whole(err)
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("nested deeper than %d", MaxDepth)
	}
	v := &Value{Kind: Null}
	switch t := tok.(type) {
	case json.Delim:
		v.Start = r.runesAt(start)
		if v.Kind = Kind(t); t == '{' {
			err = r.object(v, depth)
		} else {
			err = r.array(v, depth)
		}
		v.End = r.runesAt(int(r.dec.InputOffset()))
		return v, err
	case string:
		v.Kind, v.Text = String, t
		v.Escaped = r.text[start+1:end-1] != t
		start, end = start+1, end-1
	case json.Number:
		v.Kind, v.Text = Number, t.String()
	case bool:
		v.Kind, v.Text = Bool, r.text[start:end]
	}
	v.Start, v.End = r.runesAt(start), r.runesAt(end)
	return v, nil
}

func (r *reader) object(v *Value, depth int) error {
	seen := map[string]bool{}
	for r.dec.More() {
		tok, _, _, err := r.token()
		if err != nil {
			return whole(err)
		}
		key, _ := tok.(string)
		if seen[key] {
			return fmt.Errorf("the name %q stands twice in one object", key)
		}
		seen[key] = true
		member, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.Keys, v.Values = append(v.Keys, key), append(v.Values, member)
	}
	_, err := r.dec.Token()
	return whole(err)
}

func (r *reader) array(v *Value, depth int) error {
	for r.dec.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.Values = append(v.Values, item)
	}
	_, err := r.dec.Token()
	return whole(err)
}

// end refuses anything after the value.
func (r *reader) end() error {
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the end of the value")
	}
	return nil
}

// whole says in words that a text broke off.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
