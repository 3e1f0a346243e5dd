package schema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/schema"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

func document(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := schema.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, document(t, name)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, data []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// The schemas say what the Go types say: the same keys at every depth.
func TestSchemasHaveTheKeysOfTheTypes(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		schema.Inputs: reflect.TypeFor[evidence.Inputs](), schema.Evaluation: reflect.TypeFor[evidence.Evaluation](),
	} {
		doc := document(t, name)
		compare(t, doc, doc, typ, name)
	}
}

func compare(t *testing.T, root, node map[string]any, typ reflect.Type, path string) {
	t.Helper()
	for {
		ref, ok := node["$ref"].(string)
		if !ok {
			break
		}
		node = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	switch typ.Kind() {
	case reflect.Pointer:
		compare(t, root, node, typ.Elem(), path)
	case reflect.Slice:
		items, ok := node["items"].(map[string]any)
		if !ok {
			t.Errorf("%s: no items", path)
			return
		}
		compare(t, root, items, typ.Elem(), path+"[]")
	case reflect.Struct:
		if typ.PkgPath() == "time" {
			return
		}
		props, _ := node["properties"].(map[string]any)
		var want []string
		for f := range typ.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			want = append(want, key)
			if p, ok := props[key].(map[string]any); ok {
				compare(t, root, p, f.Type, path+"."+key)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(props)); !slices.Equal(got, want) {
			t.Errorf("%s: schema has %v, %s has %v", path, got, typ, want)
		}
		if node["additionalProperties"] != false {
			t.Errorf("%s: further keys are allowed", path)
		}
	default: // a value: its key was compared above
	}
}

func TestTheSchemaNamesTheVocabulary(t *testing.T) {
	defs := document(t, schema.Inputs)["$defs"].(map[string]any)
	enum := defs["fact"].(map[string]any)["properties"].(map[string]any)["type"].(map[string]any)["enum"].([]any)
	var want []any
	for _, typ := range evidence.Types() {
		if typ.Name != "repair" { // an effect of another fact, never one of its own
			want = append(want, typ.Name)
		}
	}
	if !reflect.DeepEqual(enum, want) {
		t.Errorf("types in the schema: %v; in the vocabulary: %v", enum, want)
	}
}

// What fields each type of fact has, and what they may say, stands in the
// schema too, so that inputs can be written by it alone.
func TestTheSchemaNamesTheFieldsOfEachType(t *testing.T) {
	defs := document(t, schema.Inputs)["$defs"].(map[string]any)
	for _, typ := range evidence.Types() {
		if typ.Name == "repair" {
			continue
		}
		node, _ := defs["fields_"+typ.Name].(map[string]any)
		props, _ := node["properties"].(map[string]any)
		var want []string
		for _, f := range typ.Fields {
			want = append(want, f.Name)
			p, _ := props[f.Name].(map[string]any)
			if f.Kind != evidence.Enum {
				continue
			}
			values := []any{""}
			for _, v := range f.Values {
				values = append(values, v)
			}
			if !reflect.DeepEqual(p["enum"], values) {
				t.Errorf("%s.%s: schema has %v, the vocabulary %v", typ.Name, f.Name, p["enum"], values)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(props)); !slices.Equal(got, want) {
			t.Errorf("%s: schema has %v, the vocabulary %v", typ.Name, got, want)
		}
	}
}

func TestGoldensAndTheirResultsFollowTheSchemas(t *testing.T) {
	std, err := standard.Load(standards.FS, standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		t.Fatal(err)
	}
	in, out := compile(t, schema.Inputs), compile(t, schema.Evaluation)
	files, _ := filepath.Glob("../testdata/golden/*.txtar")
	if len(files) == 0 {
		t.Fatal("no goldens")
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if f.Name != "inputs.ndjson" {
				continue
			}
			if err := validate(t, in, f.Data); err != nil {
				t.Errorf("%s: inputs: %v", file, err)
			}
			var b bytes.Buffer
			if err := evaluator.EvaluateStream(bytes.NewReader(f.Data), &b, std, tab, ""); err != nil {
				t.Fatal(err)
			}
			if err := validate(t, out, b.Bytes()); err != nil {
				t.Errorf("%s: evaluation: %v", file, err)
			}
		}
	}
}

func TestTheSchemaRefusesWhatTheDecoderRefuses(t *testing.T) {
	s := compile(t, schema.Inputs)
	for name, line := range map[string]string{
		"a misspelt key":          `{"subject":{"name":"x"},"facts":[],"looks":[],"asof":"2026-11-02"}`,
		"an unknown type":         `{"subject":{"name":"x"},"facts":[{"type":"penality"}],"looks":[]}`,
		"a field as number":       `{"subject":{"name":"x"},"facts":[{"type":"penalty","fields":{"amount":3}}],"looks":[]}`,
		"a field of another type": `{"subject":{"name":"x"},"facts":[{"type":"penalty","fields":{"balance":"3"}}],"looks":[]}`,
		"an unknown stage":        `{"subject":{"name":"x"},"facts":[{"type":"fund_arrears","fields":{"stage":"late"}}],"looks":[]}`,
		"a German date":           `{"subject":{"name":"x"},"facts":[],"looks":[],"as_of":"02.11.2026"}`,
		"a look untimed":          `{"subject":{"name":"x"},"facts":[],"looks":[{"kind":"gsxt","indicators":["1.1"],"result":"complete"}]}`,
	} {
		if validate(t, s, []byte(line)) == nil {
			t.Errorf("the schema accepts %s", name)
		}
		if err := evaluator.EvaluateStream(strings.NewReader(line), &bytes.Buffer{}, nil, nil, "2026-11-02"); err == nil {
			t.Errorf("the decoder accepts %s", name)
		}
	}
}
