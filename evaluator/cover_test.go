package evaluator_test

import (
	"testing"
	"time"

	"probity/evaluator"
	"probity/pipeline/evidence"
)

// MODEL 4: five things never look or read alike.
func TestTheStateOfAnIndicatorFollowsItsLooks(t *testing.T) {
	std, tab := rules(t)
	coercion := func(change func(*evidence.Look)) evidence.Look { // of 2.2, whose window is 12 months
		l := evidence.Look{
			ID: "l", Source: "s", Kind: "gov_notice", Indicators: []string{"2.2"}, Result: evidence.Complete, MaxAgeDays: 30,
			Time: today.Time().Add(9 * time.Hour), Scope: evidence.Scope{Areas: []string{"4403"}},
		}
		change(&l)
		return l
	}
	same := func(*evidence.Look) {}
	on := func(d evidence.Date) func(*evidence.Look) {
		return func(l *evidence.Look) { l.Time = d.Time() }
	}
	for _, tc := range []struct {
		name  string
		who   func(*evidence.Subject)
		looks []evidence.Look
		want  string
	}{
		{"nobody looked", nil, nil, evidence.NotLooked},
		{"a complete look that contains it", nil, []evidence.Look{coercion(same)}, evidence.Covered},
		{"its last day", nil, []evidence.Look{coercion(on(today.AddDays(-30)))}, evidence.Covered},
		{"a day too old", nil, []evidence.Look{coercion(on(today.AddDays(-31)))}, evidence.NotLooked},
		{"taken later: events are seen from the start of their window", nil, []evidence.Look{coercion(on(today.AddMonths(12)))}, evidence.Covered},
		{"taken so late that the window begins after the day", nil, []evidence.Look{coercion(on(today.AddMonths(12).AddDays(1)))}, evidence.NotLooked},
		{"another area", func(s *evidence.Subject) { s.Area = "440106" }, []evidence.Look{coercion(same)}, evidence.NotLooked},
		{"an area unknown is outside", func(s *evidence.Subject) { s.Area = "" }, []evidence.Look{coercion(same)}, evidence.NotLooked},
		{"an area coarser than the scope is outside", func(s *evidence.Subject) { s.Area = "44" }, []evidence.Look{coercion(same)}, evidence.NotLooked},
		{"another kind of operator", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Scope.Operators = []string{"natural"} })}, evidence.NotLooked},
		{"another subject", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Scope.Subjects = []string{"uscc:91330100799655058B"} })}, evidence.NotLooked},
		{"its own subject", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Scope.Subjects = []string{"uscc:91440300192317458F"} })}, evidence.Covered},
		{"a source that does not declare it", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Indicators = []string{"2.1"} })}, evidence.NotLooked},
		{"a kind of source that the standard does not name", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Kind = "gsxt" })}, evidence.NotLooked},
		{"looked, failed", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Result = evidence.Failed })}, evidence.LookFailed},
		{"looked in part", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Result = evidence.Partial })}, evidence.LookFailed},
		{"failed today, complete yesterday", nil, []evidence.Look{
			coercion(func(l *evidence.Look) { l.ID, l.Result = "b", evidence.Failed }),
			coercion(func(l *evidence.Look) { l.Time = today.AddDays(-1).Time() }),
		}, evidence.Covered},
		{"mentions that might concern it", nil, []evidence.Look{coercion(func(l *evidence.Look) { l.Undecided = 2 })}, evidence.Undecided},
		{"mentions that a later look no longer has", nil, []evidence.Look{
			coercion(func(l *evidence.Look) { l.ID, l.Undecided, l.Time = "a", 2, today.AddDays(-1).Time() }), coercion(same),
		}, evidence.Covered},
	} {
		who := company()
		if tc.who != nil {
			tc.who(&who)
		}
		got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: who, Looks: tc.looks, AsOf: today})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range got.Indicators {
			if i.ID != "2.2" {
				continue
			}
			if i.State != tc.want {
				t.Errorf("%s: %s, want %s", tc.name, i.State, tc.want)
			}
			if looked := i.State == evidence.Covered || i.State == evidence.Undecided; looked == (len(i.Missing) > 0) {
				t.Errorf("%s: state %s names missing sources %v", tc.name, i.State, i.Missing)
			}
		}
	}
}

func TestAnUndecidedIndicatorIsCoveredAndUnscored(t *testing.T) {
	std, tab := rules(t)
	looks := looked(std, nil)
	for i := range looks {
		if looks[i].Kind == "reviews" {
			looks[i].Undecided = 1
		}
	}
	got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: company(), Facts: without(clean(), "review"), Looks: looks, AsOf: today})
	if err != nil {
		t.Fatal(err)
	}
	if got.Coverage != "1.00" || got.Score != "100.00" {
		t.Errorf("coverage %s, score %s: it belongs to the coverage and to no sum", got.Coverage, got.Score)
	}
}

func TestNRAlwaysCarriesItsReason(t *testing.T) {
	std, tab := rules(t)
	gone := f("registration", "status", "注销")
	for _, tc := range []struct {
		name  string
		who   func(*evidence.Subject)
		facts []evidence.Fact
		want  string
	}{
		{"nobody looked", func(*evidence.Subject) {}, nil, evaluator.ReasonNotLooked},
		{"deregistered, nobody looked", func(*evidence.Subject) {}, []evidence.Fact{gone}, evaluator.ReasonTerminated},
		{"deregistered and a dishonest debtor", func(*evidence.Subject) {}, []evidence.Fact{gone, f("dishonest_debtor", "number", "1")}, evaluator.ReasonTerminated},
		{"out of scope and deregistered", func(s *evidence.Subject) { s.OutOfScope = "外地" }, []evidence.Fact{gone}, evaluator.ReasonOutOfScope},
	} {
		who := company()
		tc.who(&who)
		got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: who, Facts: tc.facts, AsOf: today})
		if err != nil || got.Grade != "NR" || got.Reason != tc.want || got.Score != "" {
			t.Errorf("%s: %s %q %q, %v; want %q", tc.name, got.Grade, got.Reason, got.Score, err, tc.want)
		}
	}
}

func TestInputsWithoutADayOrSubjectAreRefused(t *testing.T) {
	std, tab := rules(t)
	twice := []evidence.Fact{{ID: "x", Type: "coercion", Date: "2026-01-01"}, {ID: "x", Type: "coercion", Date: "2026-01-02"}}
	for name, in := range map[string]evidence.Inputs{
		"no day":                  {Subject: company()},
		"a day that is none":      {Subject: company(), AsOf: "2026-02-30"},
		"nobody":                  {AsOf: today},
		"two bodies under one id": {Subject: company(), AsOf: today, Facts: twice},
	} {
		if _, err := evaluator.Evaluate(std, tab, in); !evidence.Final(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A field that could not be normalised is kept as its page wrote it; it is no
// date here, and it stops nobody's grade.
func TestADateThatIsNoneCountsAsUnknown(t *testing.T) {
	std, tab := rules(t)
	bad := f("penalty", "number", "1", "date", "二〇二六年五月", "kinds", "没收违法所得", "publicity_end", "永久")
	got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: company(), Facts: append(clean(), bad), Looks: looked(std, nil), AsOf: today})
	if err != nil || got.Score != "96.00" || got.Grade != "AA" {
		t.Errorf("%s %s, %v: without a date it counts as new", got.Score, got.Grade, err)
	}
}
