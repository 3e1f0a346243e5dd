package evaluator_test

import (
	"testing"

	"probity/evaluator"
	"probity/pipeline/evidence"
)

func BenchmarkEvaluateWithItsNextChange(b *testing.B) {
	std, tab := rules(b)
	in := evidence.Inputs{Subject: company(), Facts: append(clean(), generalPenalty()), Looks: looked(std, nil), AsOf: today}
	for range 300 {
		in.Facts = append(in.Facts, f("review", "date", "2026-10-01", "stars", "5", "review_id", string(rune('a'+len(in.Facts)))))
	}
	for b.Loop() {
		if _, err := evaluator.Evaluate(std, tab, in); err != nil {
			b.Fatal(err)
		}
	}
}
