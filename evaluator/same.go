package evaluator

import (
	"reflect"

	"probity/pipeline/evidence"
)

// Same reports whether two evaluations of one entity say the same: score,
// grade, coverage and reasons, by the same standard. What only tells when and
// from where it was seen stays out (as_of, ages, looks, sources, notes), so that
// an unchanged world issues nothing.
func Same(a, b evidence.Evaluation) bool { return reflect.DeepEqual(said(a), said(b)) }

// said strips an evaluation to what it says.
func said(e evidence.Evaluation) evidence.Evaluation {
	out := evidence.Evaluation{
		Entity: e.Entity, Standard: e.Standard, Score: e.Score, Coverage: e.Coverage, Grade: e.Grade, Class: e.Class, Reason: e.Reason,
	}
	out.Dimensions = append(out.Dimensions, e.Dimensions...)
	out.Adjusted = reasons(e.Adjusted)
	for _, i := range e.Indicators {
		out.Indicators = append(out.Indicators, evidence.IndicatorResult{
			ID: i.ID, State: i.State, Full: i.Full, Got: i.Got, Deductions: reasons(i.Deductions),
		})
	}
	for _, c := range e.Caps {
		c.Facts = append([]string(nil), c.Facts...)
		out.Caps = append(out.Caps, c)
	}
	out.Shown = append(out.Shown, e.Shown...)
	return out
}

func reasons(all []evidence.Deduction) []evidence.Deduction {
	var out []evidence.Deduction
	for _, d := range all {
		out = append(out, evidence.Deduction{Fact: d.Fact, Rule: d.Rule, Points: d.Points, Severity: d.Severity, Weight: d.Weight})
	}
	return out
}
