package evaluator_test

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/request"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// Every number and every word of a rule comes from the standard or a table:
// changed in a copy, at least one golden comes out otherwise, or the copy is
// refused. What is left over is text for readers, and the workflow and
// inspection, which do not enter a grade.
func TestChangingAnyOneRuleChangesSomeResult(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not here: -short; evaluates every golden for every rule of the standard, one after the other")
	}
	data, err := standards.FS.ReadFile(standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	std, shipped := rules(t)
	tab := new(*shipped) // what matches nothing is light; here general, so that each match shows
	tab.Readings.UnmatchedSeverity = "general"
	cases := ready(t, append(goldenInputs(t), spread(std)...))
	base, loose := evaluated(t, std, shipped, cases), evaluated(t, std, tab, cases)
	var doc any
	unmarshal(t, data, &doc)
	refused := 0
	order := make([]int, len(cases)) // the case that noticed last comes first: neighbours are noticed alike
	for i := range order {
		order[i] = i
	}
	for _, path := range leaves(doc, "") {
		if prose(path) || alone(std, path) {
			continue
		}
		accepted, noticed := false, false
		for changed := range mutants(t, data, path) {
			accepted = true
			if strings.HasPrefix(path, "severity.light") {
				noticed = differs(t, changed, tab, cases, loose, order)
			} else {
				noticed = differs(t, changed, shipped, cases, base, order)
			}
			if noticed {
				break
			}
		}
		switch {
		case !accepted:
			refused++
		case !noticed:
			t.Errorf("%s may be changed and no golden notices", path)
		}
	}
	t.Logf("%d rules can only be changed together with others (sums, orders)", refused)
}

func TestChangingATableChangesSomeResult(t *testing.T) {
	std, tab := rules(t)
	goldens := ready(t, append(goldenInputs(t), spread(std)...))
	base := evaluated(t, std, tab, goldens)
	for name, change := range map[string]func(*evaluator.Tables){
		"licences":              func(x *evaluator.Tables) { x.Licences.Licences = x.Licences.Licences[1:] },
		"unmatched_severity":    func(x *evaluator.Tables) { x.Readings.UnmatchedSeverity = "severe" },
		"unknown_fine_severity": func(x *evaluator.Tables) { x.Readings.UnknownFineSeverity = "severe" },
		"annual_report_due":     func(x *evaluator.Tables) { x.Readings.AnnualReportDue = "07-31" },
		"complaint_cap_min":     func(x *evaluator.Tables) { unmarshal(t, []byte("50"), &x.Readings.ComplaintCapMin) },
		"positive_stars":        func(x *evaluator.Tables) { unmarshal(t, []byte("1"), &x.Readings.PositiveStars) },
	} {
		copied := *tab
		change(&copied)
		if slices.Equal(base, evaluated(t, std, &copied, goldens)) {
			t.Errorf("%s may be changed and no golden notices", name)
		}
	}
	if _, err := standard.LoadTables(tables.FS); err != nil {
		t.Fatal(err)
	}
}

// prose tells what is written for readers, or for other parts of the house.
func prose(path string) bool {
	for _, p := range []string{
		"id", "version", "effective_from", "expires", "status", "workflow", "inspection", "arithmetic", "counting",
		"vetoes_order", "supervision_class", "score_scale",
	} {
		if path == p || strings.HasPrefix(path, p+".") {
			return true
		}
	}
	last := path[strings.LastIndex(path, ".")+1:]
	return slices.Contains([]string{"name", "article10", "publish", "method", "unit"}, last) ||
		strings.HasPrefix(path, "missing_data.") && !strings.Contains(path, "coverage_grade_cap") || path == "adjustments.items[3].effect" ||
		strings.HasSuffix(path, "].id")
}

// alone reports that any and all mean the same for an indicator with one source.
func alone(std *standard.Standard, path string) bool {
	return slices.ContainsFunc(std.Indicators, func(in standard.Indicator) bool {
		i := slices.IndexFunc(std.Indicators, func(x standard.Indicator) bool { return x.ID == in.ID })
		return len(in.Sources) == 1 && path == fmt.Sprintf("indicators[%d].needs", i)
	})
}

// leaves lists the paths of all values.
func leaves(v any, path string) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(v[k], strings.TrimPrefix(path+"."+k, "."))...)
		}
	case []any:
		for i := range v {
			out = append(out, leaves(v[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
	default:
		out = append(out, path)
	}
	return out
}

// mutants are standards with one value of this one changed, without those that
// are refused.
func mutants(t *testing.T, data []byte, path string) iter.Seq[*standard.Standard] {
	t.Helper()
	return func(yield func(*standard.Standard) bool) {
		for i := range 5 {
			var doc any
			unmarshal(t, data, &doc)
			changed := false
			walk(doc, "", path, func(v any) any {
				w := mutate(v, i)
				changed = w != nil && w != v
				return w
			})
			if !changed {
				continue
			}
			if s, err := standard.Parse(marshal(t, doc)); err == nil && !yield(s) {
				return
			}
		}
	}
}

func mutate(v any, i int) any {
	switch v := v.(type) {
	case float64:
		return []any{v / 2, v * 0.9, v * 1.01, v - 1, v + 1}[i]
	case bool:
		return []any{!v, nil, nil, nil, nil}[i]
	case string:
		swap := strings.NewReplacer("any", "all", "all", "any", "uscc", "name", "address", "name", "name", "uscc", "judicial", "general", "general", "judicial",
			"severity", "general", "platform_shop", "none", "natural_person_shop", "none", "no_license_required", "none", "3", "4", "12", "13", "24", "25", "36", "35")
		return []any{swap.Replace(v), v + "改", "D", "AAA", nil}[i]
	case nil:
		return []any{1, nil, nil, nil, nil}[i]
	}
	return nil
}

func walk(v any, at, path string, change func(any) any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if p := strings.TrimPrefix(at+"."+k, "."); p == path {
				v[k] = change(x)
			} else if strings.HasPrefix(path, p) {
				walk(x, p, path, change)
			}
		}
	case []any:
		for i, x := range v {
			if p := fmt.Sprintf("%s[%d]", at, i); p == path {
				v[i] = change(x)
			} else if strings.HasPrefix(path, p) {
				walk(x, p, path, change)
			}
		}
	}
}

func goldenInputs(t *testing.T) []evidence.Inputs {
	t.Helper()
	var out []evidence.Inputs
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in, err := request.Decode(bytes.TrimSpace(section(ar, "inputs.ndjson")), 1)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, in)
	}
	return out
}

// differs reports whether some case comes out otherwise.
func differs(t *testing.T, std *standard.Standard, tab *evaluator.Tables, cases []grader, base []string, order []int) bool {
	t.Helper()
	for k, i := range order {
		if evaluated(t, std, tab, cases[i:i+1])[0] != base[i] {
			copy(order[1:k+1], order[:k])
			order[0] = i
			return true
		}
	}
	return false
}

func evaluated(t *testing.T, std *standard.Standard, tab *evaluator.Tables, cases []grader) []string {
	t.Helper()
	var out []string
	for _, grade := range cases {
		e := grade(std, tab)
		e.Tables = nil
		out = append(out, string(mustJSON(e)))
	}
	return out
}

// A grader evaluates inputs that were made ready once.
type grader = func(*standard.Standard, *evaluator.Tables) evidence.Evaluation

func ready(t *testing.T, cases []evidence.Inputs) []grader {
	t.Helper()
	var out []grader
	for _, in := range cases {
		g, err := evaluator.Ready(in)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}
