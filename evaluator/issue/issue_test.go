package issue_test

import (
	"testing"
	"testing/fstest"

	"probity/deploy/calendars"
	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/calendar"
	"probity/evaluator/issue"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

func evaluate(t *testing.T, asOf evidence.Date, facts ...evidence.Fact) (*standard.Standard, evidence.Evaluation) {
	t.Helper()
	std, err := standard.Load(standards.FS, standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		t.Fatal(err)
	}
	e, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: evidence.Subject{ID: "e"}, Facts: facts, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	return std, e
}

func debtor() evidence.Fact {
	return evidence.Fact{Type: "dishonest_debtor", Fields: map[string]string{"number": "1", "published": "2026-01-01"}}
}

func TestAResultIsIssuedWhenItSaysSomethingElseOrHalfAYearHasPassed(t *testing.T) {
	std, before := evaluate(t, "2026-05-31")
	for _, tc := range []struct {
		name  string
		last  *evidence.Evaluation
		asOf  evidence.Date
		facts []evidence.Fact
		want  string
	}{
		{"the first one", nil, "2026-06-01", nil, issue.First},
		{"nothing new the next day", &before, "2026-06-01", nil, ""},
		{"a fact that decides", &before, "2026-06-01", []evidence.Fact{debtor()}, issue.Changed},
		{"the last day of half a year without one", &before, "2026-11-29", nil, ""},
		{"half a year later: there is no 11-31, so on the last of November", &before, "2026-11-30", nil, issue.HalfYear},
	} {
		_, now := evaluate(t, tc.asOf, tc.facts...)
		if got := issue.Why(std, tc.last, "2026-05-31", now); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestTheStateFollowsTheDays(t *testing.T) {
	std, _ := evaluate(t, "2026-09-14")
	clock, err := calendar.Load(calendars.FS)
	if err != nil {
		t.Fatal(err)
	}
	p := issue.Publication{Computed: "2026-09-12", Noticed: "2026-09-13"}.Open(std, clock, "2026-09-14")
	p.Withdrawn = "2026-11-01"
	for on, want := range map[evidence.Date]string{
		"2026-09-12": issue.Computed, "2026-09-13": issue.Noticed, "2026-09-14": issue.Publicity,
		"2026-09-28": issue.Publicity, // Sunday 09-20 is worked: ten working days end here
		"2026-09-29": issue.Standing, "2026-11-01": issue.Withdrawn,
	} {
		if got := p.State(on); got != want || p.MayObject(on) != (want == issue.Publicity) {
			t.Errorf("%s: %s, want %s", on, got, want)
		}
	}
}

func TestALaterTableMovesOnlyAClockThatIsProvisionalAndRunning(t *testing.T) {
	std, _ := evaluate(t, "2026-12-21")
	old, err := calendar.Load(calendars.FS)
	if err != nil {
		t.Fatal(err)
	}
	later := fstest.MapFS{"2027.json": {Data: []byte(`{"year":2027,"papers":["test"],"days":[
		{"name":"元旦","date":"2027-01-01","isOffDay":true},{"name":"元旦","date":"2027-01-04","isOffDay":true}]}`)}}
	for _, name := range []string{"2025.json", "2026.json"} {
		data, err := calendars.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		later[name] = &fstest.MapFile{Data: data}
	}
	now, err := calendar.Load(later)
	if err != nil {
		t.Fatal(err)
	}
	p := issue.Publication{Computed: "2026-12-21"}.Open(std, old, "2026-12-21")
	if !p.Provisional {
		t.Fatal("it ends in a year without a table")
	}
	moved := p.Recount(std, now, "2026-12-30")
	if moved.Provisional || moved.Until <= p.Until {
		t.Errorf("recounted to %s from %s, provisional %v", moved.Until, p.Until, moved.Provisional)
	}
	if still := p.Recount(std, now, p.Until.AddDays(1)); still != p {
		t.Error("a finished clock was moved")
	}
	whole := issue.Publication{Computed: "2026-09-14"}.Open(std, old, "2026-09-14")
	if still := whole.Recount(std, now, "2026-09-15"); still != whole {
		t.Error("a clock that is not provisional was moved")
	}
}
