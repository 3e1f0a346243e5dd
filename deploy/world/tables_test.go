package world_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator/standard"
)

// Whoever changes one entry of a rule table in a copy finds the world in
// disagreement too, or the table refused.
func TestEveryEntryOfTheTablesMatters(t *testing.T) {
	std, err := standards.FS.ReadFile(standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	changes := []struct{ file, from, to string }{
		{"readings.json", `"unmatched_severity": "light"`, `"unmatched_severity": "general"`},
		{"readings.json", `"unknown_fine_severity": "general"`, `"unknown_fine_severity": "light"`},
		{"readings.json", `"annual_report_due": "06-30"`, `"annual_report_due": "05-31"`},
		{"readings.json", `"complaint_cap_min": 1`, `"complaint_cap_min": 9`},
		{"readings.json", `"positive_stars": 4`, `"positive_stars": 5`},
	}
	for _, word := range licenceWords(t) {
		changes = append(changes, struct{ file, from, to string }{"licences.json", word, `"改"`})
	}
	if os.Getenv("PROBITY_TEST_RULES") == "" {
		changes = append(changes[:1:1], changes[6])
	}
	for _, c := range changes {
		tree := fstest.MapFS{}
		for _, name := range []string{"licences.json", "readings.json"} {
			data, err := fs.ReadFile(tables.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			if name == c.file {
				if !strings.Contains(string(data), c.from) {
					t.Fatalf("%s has no %s", name, c.from)
				}
				data = []byte(strings.ReplaceAll(string(data), c.from, c.to))
			}
			tree[name] = &fstest.MapFile{Data: data}
		}
		tab, err := standard.LoadTables(tree)
		if err == nil && !caught(tab, std, questions(t, tab, 1, 0, false)) {
			t.Errorf("%s: %s becomes %s: nobody in the world is graded otherwise", c.file, c.from, c.to)
		}
	}
}

// licenceWords are the names and keywords of the table of licences, quoted.
func licenceWords(t *testing.T) (words []string) {
	t.Helper()
	data, err := tables.FS.ReadFile("licences.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Licences []struct {
			Name     string   `json:"name"`
			Keywords []string `json:"keywords"`
		} `json:"licences"`
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	for _, l := range table.Licences {
		for _, w := range append([]string{l.Name}, l.Keywords...) {
			words = append(words, `"`+w+`"`)
		}
	}
	return words
}
