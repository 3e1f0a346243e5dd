package standard

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"probity/evaluator/strict"
	"probity/pipeline/evidence"
)

// Tables are the rule tables beside a standard: what it needs and does not
// say itself.
type Tables struct {
	Licences Licences
	Readings Readings
	digests  map[string]string
}

// Licences says which scope of business needs which licence.
type Licences struct {
	ID       string    `json:"id"`
	Version  string    `json:"version"`
	Status   string    `json:"status"`
	Notes    []string  `json:"notes"`
	Licences []Licence `json:"licences"`
}

// A Licence and the words in a scope of business that call for it.
type Licence struct {
	Name     string   `json:"name"`
	Keywords []string `json:"keywords"`
	Basis    string   `json:"basis"`
}

// Required returns the names of the licences that a scope of business needs,
// in the order of the table.
func (l Licences) Required(scope string) []string {
	var out []string
	scope = evidence.FoldName(scope)
	for _, row := range l.Licences {
		if slices.ContainsFunc(row.Keywords, func(k string) bool { return strings.Contains(scope, evidence.FoldName(k)) }) {
			out = append(out, row.Name)
		}
	}
	return out
}

// Readings are the numbers and words that the default standard leaves open.
type Readings struct {
	ID                  string   `json:"id"`
	Version             string   `json:"version"`
	Status              string   `json:"status"`
	Notes               []string `json:"notes"`
	UnmatchedSeverity   string   `json:"unmatched_severity"`
	UnknownFineSeverity string   `json:"unknown_fine_severity"`
	AnnualReportDue     string   `json:"annual_report_due"` // month and day of the next year: 06-30
	ComplaintCapMin     Number   `json:"complaint_cap_min"`
	PositiveStars       Number   `json:"positive_stars"`
}

// LoadTables reads licences.json and readings.json, strictly.
func LoadTables(fsys fs.FS) (*Tables, error) {
	t := &Tables{digests: map[string]string{}}
	for name, into := range map[string]any{"licences": &t.Licences, "readings": &t.Readings} {
		data, err := fs.ReadFile(fsys, name+".json")
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", name, err)
		}
		if err := strict.Decode(data, 1, into); err != nil {
			return nil, fmt.Errorf("read table %s.json: %w", name, err)
		}
		if t.digests[name], err = digestOf(data); err != nil {
			return nil, fmt.Errorf("read table %s.json: %w", name, err)
		}
	}
	return t, t.check()
}

func (t *Tables) check() error {
	for _, s := range []string{t.Readings.UnmatchedSeverity, t.Readings.UnknownFineSeverity} {
		if !slices.Contains(Severities(), s) {
			return wrong("readings.json", "severity %q: want light, general or severe", s)
		}
	}
	if _, err := evidence.ParseDate("2024-" + t.Readings.AnnualReportDue); err != nil {
		return wrong("readings.json", "annual_report_due %q: want a month and day like 06-30", t.Readings.AnnualReportDue)
	}
	if t.Readings.ComplaintCapMin.Rat().Sign() <= 0 || t.Readings.PositiveStars.Rat().Sign() <= 0 {
		return wrong("readings.json", "complaint_cap_min and positive_stars must be positive")
	}
	for _, l := range t.Licences.Licences {
		if l.Name == "" || len(l.Keywords) == 0 || slices.Contains(l.Keywords, "") {
			return wrong("licences.json", "licence %q: a name and keywords are needed", l.Name)
		}
	}
	return nil
}

// Digests returns table -> SHA-256 of its canonical JSON, a copy.
func (t *Tables) Digests() map[string]string {
	return maps.Clone(t.digests)
}
