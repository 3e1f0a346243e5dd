package world_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/deploy/world"
	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// A mutant is the standard with one number or word changed.
type mutant struct {
	what string
	data []byte
}

// silent are parts of the standard that say nothing about a score or a grade:
// names, articles, prose, and what the process after grading goes by.
func silent() []string {
	return []string{
		".id", ".version", ".status", ".effective_from", ".expires", ".name", ".article10", ".publish", ".note", ".vetoes_order",
		".workflow", ".inspection", ".supervision_class", ".arithmetic", ".counting", ".effect", ".score_scale.min",
		".missing_data.not_applicable", ".missing_data.not_looked", ".missing_data.empty_dimension", ".missing_data.coverage",
		".missing_data.below_floor", ".missing_data.covered", ".missing_data.adverse_without_look", ".missing_data.undecided",
	}
}

// mutants changes every number and every word of a rule of the standard, one
// at a time.
func mutants(t *testing.T, data []byte) []mutant {
	t.Helper()
	m := &mutation{t: t}
	if err := json.Unmarshal(data, &m.root); err != nil {
		t.Fatal(err)
	}
	m.walk("", m.root, func(any) {})
	return m.out
}

// A mutation walks through a document and notes it as it is at each change.
type mutation struct {
	t    *testing.T
	root any
	out  []mutant
}

func (m *mutation) keep(where, change string) {
	m.t.Helper()
	b, err := json.Marshal(m.root)
	if err != nil {
		m.t.Fatal(err)
	}
	m.out = append(m.out, mutant{where + ": " + change, b})
}

func (m *mutation) walk(where string, v any, set func(any)) {
	m.t.Helper()
	if still(where) {
		return
	}
	switch v := v.(type) {
	case float64:
		m.number(where, v, set)
	case string:
		set("改")
		m.keep(where, v+" becomes another word")
		set(v)
	case []any:
		for i := range v {
			m.walk(fmt.Sprintf("%s.%d", where, i), v[i], func(to any) { v[i] = to })
		}
	case map[string]any:
		m.object(where, v)
	}
}

// still reports whether a place says nothing of a score or a grade.
func still(where string) bool {
	return slices.ContainsFunc(silent(), func(s string) bool {
		return where == s || strings.HasPrefix(where, s+".") || !strings.Contains(s[1:], ".") && strings.HasSuffix(where, s)
	})
}

func (m *mutation) number(where string, v float64, set func(any)) {
	m.t.Helper()
	step := 1.0
	switch {
	case v >= 1000:
		step = v / 2
	case v <= 1 || v != float64(int64(v)):
		step = 0.25
	}
	for _, to := range []float64{v + step, v - step} {
		set(to)
		m.keep(where, fmt.Sprintf("%v becomes %v", v, to))
	}
	set(v)
}

func (m *mutation) object(where string, v map[string]any) {
	m.t.Helper()
	for _, key := range slices.Sorted(maps.Keys(v)) {
		m.walk(where+"."+key, v[key], func(to any) { v[key] = to })
		if strings.HasSuffix(where, ".rule") {
			was := v[key]
			delete(v, key)
			m.keep(where, key+" is taken out")
			v[key] = was
		}
	}
}

// equal are changes that change no grade by the standard's own arithmetic, or
// that day 0, on which everything is looked at, cannot show; and why.
func equal() map[string]string {
	capped := "an indicator loses at most its full mark"
	decayed := "the weight is 0 by then"
	none := "a status without points has none"
	looked := "the other sources of the indicator were looked at"
	return map[string]string{
		".indicators.0.rule: 吊销 is taken out": none, ".indicators.0.rule: 撤销 is taken out": none, ".indicators.0.rule: 注销 is taken out": none,
		".indicators.3.sources.0: shop_site": looked, ".indicators.6.sources.1: gsxt": looked, ".indicators.18.sources.0: labour_award": looked,
		".indicators.6.window_months: 36 becomes 37": decayed, ".indicators.7.window_months: 12 becomes 13": decayed,
		".indicators.14.window_months: 24 becomes 25": decayed, ".indicators.15.window_months: 24 becomes 25": decayed,
		".indicators.18.window_months: 24 becomes 25": decayed,
		".indicators.8.rule.current: 4 becomes 5":     capped, ".indicators.9.rule.tiers.4.1: 4 becomes 5": capped,
		".indicators.12.rule.listed: 2 becomes 3": capped, ".indicators.24.rule.fake_review_confirmed: 2 becomes 3": capped,
		".indicators.9.rule.tiers.0.": "nobody who owes nothing is on the list",
		".severity.light.match.":      "a kind that no row names is light",
		".severity.severe.match.8":    "no penalty is of that kind, and V2 caps the grade",
	}
}

func known(what string) bool {
	for prefix := range equal() {
		if strings.HasPrefix(what, prefix) {
			return true
		}
	}
	return false
}

// An asked is what the evaluator is asked and what the second reading answers.
type asked struct {
	in   evidence.Inputs
	want world.Expected
}

func questions(t *testing.T, tab *evaluator.Tables, seed int64, day int, daily bool) (all []asked) {
	t.Helper()
	truth := world.New(seed).Truth(day, daily)
	facts := map[string][]evidence.Fact{}
	for _, f := range truth.Facts {
		facts[f.Anchor] = append(facts[f.Anchor], factOf(f, evidence.Date(truth.Date)))
	}
	for _, e := range truth.Entities {
		in := evidence.Inputs{AsOf: evidence.Date(truth.Date), Subject: subjectOf(tab, e, facts[e.Anchor]), Facts: facts[e.Anchor]}
		in.Looks = looksOf(truth.Looks, e.Anchor)
		all = append(all, asked{in, e.Expected})
	}
	return all
}

// caught reports whether a standard is refused, or grades somebody otherwise
// than the second reading.
func caught(tab *evaluator.Tables, data []byte, all []asked) bool {
	std, err := standard.Parse(data)
	if err != nil {
		return true
	}
	for _, q := range all {
		got, err := evaluator.Evaluate(std, tab, q.in)
		if err != nil || got.Score != q.want.Score || got.Coverage != q.want.Coverage || got.Grade != q.want.Grade || got.Reason != q.want.Reason {
			return true
		}
		for _, in := range got.Indicators {
			if w := q.want.Indicators[in.ID]; in.State != w.State || in.Got != w.Got {
				return true
			}
		}
	}
	return false
}

// Whoever changes one rule of the standard in a copy finds the world in
// disagreement: it has somebody for every number and word. The long form, by
// PROBITY_TEST_RULES, tries all of them; the short one a seeded few.
func TestEveryRuleOfTheStandardMatters(t *testing.T) {
	data, err := standards.FS.ReadFile(standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		t.Fatal(err)
	}
	all := questions(t, tab, 1, 0, false)
	if caught(tab, data, all) {
		t.Fatal("the standard as it is disagrees with the second reading: see TestTheEvaluatorAgreesWithTheSecondReading")
	}
	list := mutants(t, data)
	if len(list) < 200 {
		t.Fatalf("only %d changes: this test would show too little", len(list))
	}
	if os.Getenv("PROBITY_TEST_RULES") == "" {
		rng := rand.New(rand.NewPCG(1, 2))
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		list = list[:6]
	}
	for _, m := range list {
		if !caught(tab, m.data, all) && !known(m.what) {
			t.Errorf("%s: nobody in the world is graded otherwise", m.what)
		}
	}
	t.Logf("%d changes tried", len(list))
}
