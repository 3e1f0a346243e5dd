// Package strict decodes JSON that people write: standards, tables, inputs.
//
// encoding/json by itself passes over misspelt and repeated keys, or says
// that one is unknown without saying where. A misspelt key in a standard or
// among the facts would change a grade in silence, so this package refuses
// it, and names the line and the path. It refuses trailing text as well.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// Decode reads the one JSON value of data into v, a pointer. Every error
// wraps evidence.ErrInvalid and begins with the line, counted from first.
func Decode(data []byte, first int, v any) error {
	w := walker{data: data, first: first, dec: json.NewDecoder(bytes.NewReader(data))}
	w.dec.UseNumber()
	if err := w.value(reflect.TypeOf(v), ""); err != nil {
		return err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return w.fault("", "more text after the value: one value is wanted")
	}
	if err := json.Unmarshal(data, v); err != nil {
		if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return w.at(t.Offset, t.Field, "want "+t.Type.String()+", got "+t.Value)
		}
		return fmt.Errorf("line %d: %w: %w", first, evidence.ErrInvalid, err)
	}
	return nil
}

type walker struct {
	data  []byte
	first int
	dec   *json.Decoder
	depth int
}

// maxDepth is deeper than anything of ours; beyond it somebody plays games.
const maxDepth = 64

func (w *walker) fault(path, what string) error { return w.at(w.dec.InputOffset(), path, what) }

func (w *walker) at(offset int64, path, what string) error {
	offset = min(max(offset, 0), int64(len(w.data)))
	line := w.first + bytes.Count(w.data[:offset], []byte("\n"))
	if path != "" {
		what = path + ": " + what
	}
	return fmt.Errorf("line %d: %s: %w", line, what, evidence.ErrInvalid)
}

func (w *walker) token(path string) (json.Token, error) {
	tok, err := w.dec.Token()
	if err == nil {
		return tok, nil
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, w.at(s.Offset, path, s.Error())
	}
	return nil, w.fault(path, "the JSON breaks off")
}

// value walks one value that is to go into a t; a nil t takes anything.
func (w *walker) value(t reflect.Type, path string) error {
	tok, err := w.token(path)
	if err != nil {
		return err
	}
	t = plain(t)
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > maxDepth {
		return w.fault(path, "too deep")
	}
	switch tok {
	case json.Delim('{'):
		return w.object(t, path)
	case json.Delim('['):
		return w.array(t, path)
	}
	return nil
}

func (w *walker) object(t reflect.Type, path string) error {
	known := fields(t)
	seen := map[string]bool{}
	for w.dec.More() {
		tok, err := w.token(path)
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		at := strings.TrimPrefix(path+"."+key, ".")
		if seen[key] {
			return w.fault(at, "stands twice: remove one")
		}
		seen[key] = true
		var elem reflect.Type
		switch {
		case t != nil && t.Kind() == reflect.Struct:
			var ok bool
			if elem, ok = known[key]; !ok {
				return w.fault(at, "unknown field: remove it or see the schema; known are "+
					strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
		case t != nil && t.Kind() == reflect.Map:
			elem = t.Elem()
		}
		if err := w.value(elem, at); err != nil {
			return err
		}
	}
	_, err := w.token(path)
	return err
}

func (w *walker) array(t reflect.Type, path string) error {
	var elem reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		elem = t.Elem()
	}
	for i := 0; w.dec.More(); i++ {
		if err := w.value(elem, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	_, err := w.token(path)
	return err
}

// plain takes the pointers off a type; a type that decodes itself is walked
// for repeated keys only.
func plain(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() == reflect.Interface || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	return t
}

func fields(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			maps.Copy(out, fields(f.Type))
		case name == "" && f.IsExported():
			out[f.Name] = f.Type
		case name != "-" && f.IsExported():
			out[name] = f.Type
		}
	}
	return out
}
