package evaluator_test

import (
	"math/rand/v2"
	"testing"

	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// next_change is the first day on which the same inputs say something else:
// found here the slow way, day by day.
func TestNextChangeIsTheFirstDayThatSaysSomethingElse(t *testing.T) {
	std, tab := rules(t)
	w := &worlds{rng: rand.New(rand.NewPCG(9, 9)), std: std}
	found := 0
	for range 40 {
		in := w.draw()
		if w.chance(2) { // looks that outlast the facts
			for i := range in.Looks {
				in.Looks[i].MaxAgeDays = 2000
			}
		}
		if dayByDay(t, std, tab, in) {
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d changes were met: the test shows little", found)
	}
}

// dayByDay tries every day until next_change, or a hundred, and reports
// whether a change was met.
func dayByDay(t *testing.T, std *standard.Standard, tab *evaluator.Tables, in evidence.Inputs) bool {
	t.Helper()
	now, err := evaluator.Evaluate(std, tab, in)
	if err != nil {
		t.Fatal(err)
	}
	last := today.AddDays(100)
	if now.NextChange != "" {
		last = min(last, now.NextChange)
	}
	for d := today.AddDays(1); d <= last; d = d.AddDays(1) {
		later := in
		later.AsOf = d
		then, err := evaluator.Day(std, tab, later)
		if err != nil {
			t.Fatal(err)
		}
		if same := evaluator.Same(now, then); same == (d == now.NextChange) {
			t.Fatalf("on %s the same is said: %v; next_change is %q\n%s", d, same, now.NextChange, marshal(t, in))
		}
	}
	return now.NextChange != "" && now.NextChange <= last
}

func TestNextChangeOfOneFact(t *testing.T) {
	std, tab := rules(t)
	looks := looked(std, nil)
	for i := range looks {
		looks[i].MaxAgeDays = 3000
	}
	for _, tc := range []struct {
		name string
		fact evidence.Fact
		want evidence.Date
	}{
		{"a penalty decays by a month from its day", generalPenalty(), "2026-12-02"},
		{"a penalty on its plateau stays until it is three months old", f("penalty", "date", "2026-10-20", "kinds", "没收违法所得"), "2027-02-20"},
		{"a month without the day ends on its last one", f("penalty", "date", "2026-07-31", "kinds", "没收违法所得"), "2026-11-30"},
		{"a spot check leaves its window of a year", f("spot_check", "date", "2026-01-15", "result", "不合格"), "2027-01-15"},
		{"a licence held until its last day ends on the next", f("licence", "name", "食品经营许可证", "valid_to", "2026-11-20", "status", "有效"), "2026-11-21"},
		{"a listing with a removal to come ends then", f("abnormal_listing", "listed", "2026-01-01", "removed", "2026-11-09"), "2026-11-09"},
		{"a judgment takes effect", f("judgment", "number", "1", "date", "2026-10-20", "effective", "2026-11-05", "category", "ip", "outcome", "lost"), "2026-11-05"},
		{"a younger operator has its birthday", f("registration", "status", "存续", "established", "2025-11-11", "business_scope", "食品销售"), "2026-11-11"},
	} {
		facts := []evidence.Fact{tc.fact}
		if tc.fact.Type == "licence" {
			facts = append(facts, f("registration", "status", "存续", "established", "2015-01-01", "business_scope", "食品销售"))
		}
		got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: company(), Facts: facts, Looks: looks, AsOf: today})
		if err != nil {
			t.Fatal(err)
		}
		if got.NextChange != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got.NextChange, tc.want)
		}
	}
}

func TestWithoutAnythingThatCanChangeThereIsNoNextChange(t *testing.T) {
	std, tab := rules(t)
	got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: company(), AsOf: today})
	if err != nil || got.NextChange != "" || got.Grade != "NR" {
		t.Errorf("next change %q, grade %s, %v", got.NextChange, got.Grade, err)
	}
}
