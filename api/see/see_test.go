package see_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"probity/api/doors"
	"probity/api/doorstest"
	"probity/api/see"
	"probity/pipeline/evidence"
)

// MODEL 6: who sees which is one table. It names every state there is, gives
// the operator all of it, and the public what is published.
func TestWhoSeesWhich(t *testing.T) {
	t.Parallel()
	public := []string{
		"fact in_force", "fact superseded", "issue in_publicity", "issue standing", "issue withdrawn", "text masked", "order form", "report run",
	}
	seen := map[see.Thing]bool{}
	for _, row := range see.Table() {
		if seen[row.Thing] || row.Zh == "" || row.En == "" {
			t.Errorf("%s: twice, or without reason", row.Thing)
		}
		seen[row.Thing] = true
		if got, want := see.Public.May(row.Thing), slices.Contains(public, string(row.Thing)); got != want {
			t.Errorf("public and %s: %v", row.Thing, got)
		}
		if !see.Operator.May(row.Thing) {
			t.Errorf("operator may not: %s", row.Thing)
		}
	}
	for _, state := range []string{evidence.InForce, evidence.Repaired, evidence.Annulled, evidence.Expired, evidence.Unpublished, evidence.Superseded, evidence.NotYet, "sealed"} {
		if !seen[see.FactIn(state)] {
			t.Errorf("the table lacks facts that are %s", state)
		}
	}
	for _, state := range []string{doors.Computed, doors.Noticed, doors.InPublicity, doors.Stands, doors.Withdrawn} {
		if !seen[see.IssueIn(state)] {
			t.Errorf("the table lacks issues that are %s", state)
		}
	}
	if see.Operator.May("something else") {
		t.Error("what is not in the table somebody sees")
	}
}

// A repaired record stays hidden from who asks for a day before its repair.
func TestNoWayAroundARepair(t *testing.T) {
	t.Parallel()
	f := evidence.Fact{Date: "2026-01-01", Effects: []evidence.Effect{{Kind: evidence.Repaired, From: "2026-06-01"}}}
	for _, c := range []struct {
		role      see.Role
		on, today evidence.Date
		want      bool
	}{
		{see.Public, "2026-03-01", "2026-03-01", true},
		{see.Public, "2026-03-01", "2026-07-01", false},
		{see.Public, "2026-07-01", "2026-07-01", false},
		{see.Operator, "2026-03-01", "2026-07-01", true},
		{see.Operator, "2026-07-01", "2026-07-01", true},
		{see.Public, "2025-03-01", "2026-03-01", false},
	} {
		if got := c.role.Fact(f, c.on, c.today); got != c.want {
			t.Errorf("role %d asking on %s for %s: %v", c.role, c.today, c.on, got)
		}
	}
}

// What is taken out of a dossier is counted, the arithmetic stays, and the
// dossier given is not changed.
func TestDossierForThePublic(t *testing.T) {
	t.Parallel()
	whole, err := doorstest.New().Dossier(t.Context(), doorstest.ID(doorstest.Code), doors.When{AsOf: "2026-11-09"})
	if err != nil {
		t.Fatal(err)
	}
	before := len(whole.Facts)
	d, withheld := see.Public.Dossier(whole, "2026-11-09")
	if withheld != 3 || len(d.Facts) != before-3 || len(whole.Facts) != before {
		t.Errorf("withheld %d, %d facts of %d", withheld, len(d.Facts), len(whole.Facts))
	}
	repaired := doorstest.FactID("penalty", "深市监南|深市监南罚字〔2025〕907号")
	for _, i := range d.Evaluation.Indicators {
		for _, x := range i.Deductions {
			if x.Fact == repaired {
				t.Errorf("%s names it", i.ID)
			}
		}
		if slices.Contains(i.Basis, repaired) {
			t.Errorf("%s rests on it", i.ID)
		}
	}
	if slices.Contains(d.Evaluation.Shown, repaired) || d.Evaluation.Score != whole.Evaluation.Score {
		t.Error("shown, or another score")
	}
	if d.Issues[0].Grade != "" || whole.Issues[0].Grade == "" {
		t.Error("a withdrawn issue still says its grade, or the dossier given was changed")
	}
	if all, n := see.Operator.Dossier(whole, "2026-11-09"); n != 0 || len(all.Facts) != before {
		t.Error("something is withheld from the operator")
	}
}

// An issue that the operator concerned was not told of is nobody else's.
func TestComputedIssuesAreNotPublic(t *testing.T) {
	t.Parallel()
	d := doors.Dossier{Issued: true, Issue: &doors.Issue{Grade: "D"}, Evaluation: evidence.Evaluation{Grade: "D", Score: "1"}}
	if x, _ := see.Public.Dossier(d, "2026-11-09"); x.Issue != nil || x.Evaluation.Grade != "" || x.Evaluation.Score != "" {
		t.Errorf("the public reads %+v", x.Evaluation)
	}
	if x, _ := see.Operator.Dossier(d, "2026-11-09"); x.Issue == nil || x.Evaluation.Grade != "D" {
		t.Error("the operator does not")
	}
}

type cites []doors.Mark

func (c cites) Citing(_ context.Context, _ string, start, end int) (out []doors.Mark, err error) {
	for _, m := range c {
		if m.Citation.Place.Start < end && start < m.Citation.Place.End {
			out = append(out, m)
		}
	}
	return out, nil
}

func mark(start, end int, id, state string) doors.Mark {
	return doors.Mark{Citation: evidence.Citation{Place: evidence.Place{Start: start, End: end}}, Facts: []doors.FactRef{{ID: id, State: state}}}
}

// A hit in a page is about the fact whose passage holds the words; what may
// not be read beside it is blanked, rune for rune.
func TestHitInAPage(t *testing.T) {
	t.Parallel()
	marks := cites{mark(0, 4, "a", evidence.InForce), mark(4, 8, "b", evidence.Repaired)}
	h := doors.Hit{Kind: "content", Content: "c", Passages: []doors.Passage{{Field: "text", Start: 2, End: 8, Text: "三四五六七八", Marks: [][2]int{{2, 4}}}}}
	got, err := see.Public.Hit(t.Context(), marks, h)
	if err != nil || got.Fact == nil || got.Fact.ID != "a" || got.Passages[0].Text != "三四░░░░" || h.Passages[0].Text != "三四五六七八" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = see.Operator.Hit(t.Context(), marks, h)
	if err != nil || strings.Contains(got.Passages[0].Text, "░") {
		t.Errorf("%+v, %v", got, err)
	}
	h.Passages[0].Marks = [][2]int{{2, 6}}
	if got, err = see.Operator.Hit(t.Context(), marks, h); err != nil || got.Fact != nil {
		t.Errorf("words over two facts are about %v, %v", got.Fact, err)
	}
}
