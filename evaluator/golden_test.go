package evaluator_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"probity/evaluator"
	"probity/evaluator/request"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// A golden is a case that a person can read: above, in words, what is the case
// and how the numbers come about; then the inputs as `probity evaluate` takes
// them, written as a change to testdata/clean.json (case.json) and in full
// (inputs.ndjson); then what must come out. With -update the last two are
// written anew: read the difference.
var update = flag.Bool("update", false, "write inputs.ndjson and want of the goldens anew")

// change says how a case differs from an operator of whom all is known and
// nothing is wrong.
type change struct {
	Subject   *evidence.Subject `json:"subject"`
	AsOf      evidence.Date     `json:"as_of"`
	Empty     bool              `json:"empty"`      // begin without facts
	Without   []string          `json:"without"`    // types of fact
	Set       map[string]any    `json:"set"`        // type -> fields, laid over the facts of that type
	Facts     []json.RawMessage `json:"facts"`      // added
	NotLooked []string          `json:"not_looked"` // indicators, or dimensions: "2"
	Only      []string          `json:"only"`       // indicators looked at, no others
	Looks     []json.RawMessage `json:"looks"`      // added
}

// base is the clean operator that cases change.
type base struct {
	Subject json.RawMessage   `json:"subject"`
	AsOf    evidence.Date     `json:"as_of"`
	Facts   []json.RawMessage `json:"facts"`
	Looks   []map[string]any  `json:"looks"`
}

func expand(t *testing.T, c change) []byte {
	t.Helper()
	var b base
	read(t, "testdata/clean.json", &b)
	if c.Subject != nil {
		b.Subject = marshal(t, c.Subject)
	}
	if c.AsOf != "" {
		b.AsOf = c.AsOf
	}
	return append(marshal(t, map[string]any{"subject": b.Subject, "as_of": b.AsOf, "facts": c.facts(t, b), "looks": c.looks(b)}), '\n')
}

func (c change) facts(t *testing.T, b base) []json.RawMessage {
	t.Helper()
	facts := []json.RawMessage{}
	for _, raw := range b.Facts {
		var f struct {
			Type   string         `json:"type"`
			Fields map[string]any `json:"fields"`
		}
		unmarshal(t, raw, &f)
		if c.Empty || slices.Contains(c.Without, f.Type) {
			continue
		}
		if over, ok := c.Set[f.Type].(map[string]any); ok {
			maps.Copy(f.Fields, over)
		}
		facts = append(facts, marshal(t, f))
	}
	return append(facts, c.Facts...)
}

func (c change) looks(b base) []any {
	looks := []any{}
	for _, l := range b.Looks {
		var kept []string
		for _, id := range l["indicators"].([]any) {
			if c.looked(id.(string)) {
				kept = append(kept, id.(string))
			}
		}
		if l["indicators"] = kept; len(kept) > 0 {
			looks = append(looks, l)
		}
	}
	for _, l := range c.Looks {
		looks = append(looks, l)
	}
	return looks
}

func (c change) looked(id string) bool {
	left := slices.ContainsFunc(c.NotLooked, func(p string) bool { return id == p || len(p) == 1 && strings.HasPrefix(id, p) })
	return !left && (len(c.Only) == 0 || slices.Contains(c.Only, id))
}

func TestGoldens(t *testing.T) {
	std, tab := rules(t)
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) < 32 {
		t.Fatalf("%d goldens, %v: want the reference table and twenty more", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, std, tab, file) })
	}
}

func golden(t *testing.T, std *standard.Standard, tab *evaluator.Tables, file string) {
	t.Helper()
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(ar.Comment)) < 40 {
		t.Error("a golden explains in words how its numbers come about")
	}
	var c change
	dec := json.NewDecoder(bytes.NewReader(section(ar, "case.json")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		t.Fatal(err)
	}
	inputs := expand(t, c)
	var out bytes.Buffer
	if err := evaluator.EvaluateStream(bytes.NewReader(inputs), &out, std, tab, ""); err != nil {
		t.Fatal(err)
	}
	want := table(t, inputs, out.Bytes())
	if *update {
		ar.Files = []txtar.File{{Name: "case.json", Data: section(ar, "case.json")}, {Name: "inputs.ndjson", Data: inputs}, {Name: "want", Data: []byte(want)}}
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := string(section(ar, "inputs.ndjson")); got != string(inputs) {
		t.Error("inputs.ndjson is not what case.json says; run with -update")
	}
	if got := string(section(ar, "want")); got != want {
		t.Errorf("wanted:\n%s\ngot:\n%s", got, want)
	}
}

// table writes an evaluation so that a person can read it.
func table(t *testing.T, inputs, output []byte) string {
	t.Helper()
	in, err := request.Decode(bytes.TrimSpace(inputs), 1)
	if err != nil {
		t.Fatal(err)
	}
	var e evidence.Evaluation
	unmarshal(t, output, &e)
	name := names(in)
	var b strings.Builder
	fmt.Fprintf(&b, "score %s coverage %s grade %s class %s reason %s\n", dash(e.Score), e.Coverage, e.Grade, dash(e.Class), dash(e.Reason))
	for _, d := range e.Dimensions {
		fmt.Fprintf(&b, "%s %s/%s\n", d.ID, dash(d.Got), d.Full)
	}
	for _, i := range e.Indicators {
		fmt.Fprintf(&b, "%s %s %s/%s\n", i.ID, i.State, dash(i.Got), i.Full)
		for _, d := range i.Deductions {
			b.WriteString("    " + deduction(d, name) + "\n")
		}
	}
	for _, d := range e.Adjusted {
		fmt.Fprintf(&b, "adjusted %s\n", deduction(d, name))
	}
	for _, c := range e.Caps {
		fmt.Fprintf(&b, "cap %s %s, without it %s\n", c.Rule, c.Cap, c.Without)
	}
	for _, id := range e.Shown {
		fmt.Fprintf(&b, "shown %s\n", name[id])
	}
	fmt.Fprintf(&b, "next change %s\n", dash(string(e.NextChange)))
	return b.String()
}

func deduction(d evidence.Deduction, name map[string]string) string {
	s := fmt.Sprintf("-%s %s", d.Points, d.Rule)
	if strings.HasPrefix(d.Points, "-") {
		s = fmt.Sprintf("+%s %s", d.Points[1:], d.Rule)
	}
	if d.Age != nil {
		s += fmt.Sprintf(" age %d", *d.Age)
	}
	if d.Weight != "" {
		s += " w " + d.Weight
	}
	if d.Fact != "" {
		s += " by " + name[d.Fact]
	}
	return s
}

// names gives each fact a name to read instead of its digest.
func names(in evidence.Inputs) map[string]string {
	out := map[string]string{}
	for _, f := range in.Facts {
		out[evaluator.FactID(f, in.Subject.ID)] = strings.TrimSpace(f.Type + " " + f.Fields["number"])
	}
	return out
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func section(ar *txtar.Archive, name string) []byte {
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func read(t testing.TB, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unmarshal(t, data, v)
}

func unmarshal(t testing.TB, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%v in %.300s", err, data)
	}
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}
