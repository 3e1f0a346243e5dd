package evaluator_test

import (
	"slices"
	"testing"
	"time"

	"probity/evaluator"
	"probity/pipeline/evidence"
)

func TestWhatIsTheSameAndWhatIsNot(t *testing.T) {
	std, tab := rules(t)
	at := func(change func(*evidence.Inputs)) evidence.Evaluation {
		in := evidence.Inputs{Subject: company(), Facts: append(clean(), f("abnormal_listing", "listed", "2026-01-01")), Looks: looked(std, nil), AsOf: today}
		change(&in)
		e, err := evaluator.Evaluate(std, tab, in)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	base := at(func(*evidence.Inputs) {})
	last := func(in *evidence.Inputs) *evidence.Fact { return &in.Facts[len(in.Facts)-1] }
	for _, tc := range []struct {
		name   string
		same   bool
		change func(*evidence.Inputs)
	}{
		{"a day later", true, func(in *evidence.Inputs) { in.AsOf = today.AddDays(1) }},
		{"looked at again an hour later, under another id", true, func(in *evidence.Inputs) {
			for i := range in.Looks {
				in.Looks[i].ID += "again"
				in.Looks[i].Time = in.Looks[i].Time.Add(time.Hour)
			}
		}},
		{"a later position in the ledger", true, func(in *evidence.Inputs) { in.KnownAt = 99 }},
		{"the order of facts", true, func(in *evidence.Inputs) { in.Facts[0], in.Facts[5] = in.Facts[5], in.Facts[0] }},
		{"another list of the same cost", false, func(in *evidence.Inputs) { last(in).Fields["listed"] = "2026-02-01" }},
		{"one source less", false, func(in *evidence.Inputs) {
			in.Looks = slices.DeleteFunc(in.Looks, func(l evidence.Look) bool { return l.Kind == "tax_arrears" })
		}},
		{"the end of the listing", false, func(in *evidence.Inputs) { last(in).Fields["removed"] = "2026-06-01" }},
	} {
		if got := evaluator.Same(base, at(tc.change)); got != tc.same {
			t.Errorf("%s: same is %v", tc.name, got)
		}
	}
}

// The same inputs give the same evaluation bit for bit, in whatever order and
// at whatever hour they were found.
func TestTheInputsDigestIsThatOfWhatCounts(t *testing.T) {
	std, tab := rules(t)
	in := evidence.Inputs{Subject: company(), Facts: clean(), Looks: looked(std, nil), AsOf: today}
	a, err := evaluator.Evaluate(std, tab, in)
	if err != nil {
		t.Fatal(err)
	}
	in.Looks = looked(std, nil) // drawn from a map: in another order
	for i := range in.Looks {
		in.Looks[i].Time = in.Looks[i].Time.Add(3 * time.Hour)
	}
	in.Facts[0], in.Facts[3] = in.Facts[3], in.Facts[0]
	b, err := evaluator.Evaluate(std, tab, in)
	if err != nil {
		t.Fatal(err)
	}
	if string(mustJSON(a)) != string(mustJSON(b)) {
		t.Error("order or hour changed the evaluation")
	}
	in.Facts[1].Fields["year"] = "2024"
	c, err := evaluator.Evaluate(std, tab, in)
	if err != nil || c.Inputs == a.Inputs {
		t.Errorf("another report has the same digest of inputs, %v", err)
	}
}
