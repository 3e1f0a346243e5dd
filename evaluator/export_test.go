package evaluator

import (
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// Day evaluates without looking for the next change: properties over thousands
// of inputs need the day only.
func Day(std *standard.Standard, tables *Tables, in evidence.Inputs) (evidence.Evaluation, error) {
	p, err := prepare(in)
	if err != nil {
		return evidence.Evaluation{}, err
	}
	return p.on(std, tables, in, in.AsOf).evaluate(), nil
}
