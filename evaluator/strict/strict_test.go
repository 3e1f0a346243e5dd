package strict_test

import (
	"errors"
	"strings"
	"testing"

	"probity/evaluator/strict"
	"probity/pipeline/evidence"
)

type outer struct {
	Name  string           `json:"name"`
	Inner []inner          `json:"inner"`
	Map   map[string]inner `json:"map"`
	Free  any              `json:"free"`
}

type inner struct {
	Count int `json:"count"`
}

func TestWhatIsWrongIsNamedWithLineAndPath(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"a misspelt key", "{\n\"nome\": 1}", "line 2: nome: unknown field: remove it or see the schema; known are free, inner, map, name"},
		{"a misspelt key far inside", "{\"inner\": [{\"count\": 1},\n\n{\"cuont\": 2}]}", "line 3: inner[1].cuont: unknown field"},
		{"a misspelt key in a map", `{"map": {"a": {"x": 1}}}`, "line 1: map.a.x: unknown field"},
		{"another case", `{"Name": "x"}`, "Name: unknown field"},
		{"a key twice", "{\"name\": \"a\",\n\"name\": \"b\"}", "line 2: name: stands twice"},
		{"a key twice where anything may stand", `{"free": {"a": 1, "a": 2}}`, "free.a: stands twice"},
		{"a text for a number", `{"inner": [{"count": "1"}]}`, "want int, got string"},
		{"more than one value", `{} {}`, "more text after the value"},
		{"nothing", ``, "the JSON breaks off"},
		{"half of it", `{"inner": [`, "the JSON breaks off"},
		{"no JSON", "{\n\n]", "line 3"},
		{"too deep", strings.Repeat("[", 100), "too deep"},
	} {
		var v outer
		err := strict.Decode([]byte(tc.text), 1, &v)
		if err == nil || !strings.Contains(err.Error(), tc.want) || !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestWhatIsRightIsDecoded(t *testing.T) {
	var v outer
	err := strict.Decode([]byte(`{"name":"a","inner":[{"count":2}],"map":{"k":{"count":3}},"free":[1,{"x":null}]}`), 7, &v)
	if err != nil || v.Inner[0].Count != 2 || v.Map["k"].Count != 3 {
		t.Errorf("%+v, %v", v, err)
	}
}

func FuzzDecodeNeverPanicsAndAcceptsOnlyJSON(f *testing.F) {
	for _, s := range []string{`{"name":"a"}`, `{"inner":[{"count":1}]}`, `[`, `{"map":{"":{}}}`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v outer
		if err := strict.Decode(data, 1, &v); err != nil && !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%v does not say what the receiver should do", err)
		}
	})
}
