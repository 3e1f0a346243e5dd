package evaluator

import (
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// Ready makes inputs ready once, for many standards.
func Ready(in evidence.Inputs) (func(*standard.Standard, *Tables) evidence.Evaluation, error) {
	p, err := prepare(in)
	return func(std *standard.Standard, tables *Tables) evidence.Evaluation {
		return p.on(std, tables, in, in.AsOf).evaluate()
	}, err
}

// Day evaluates without looking for the next change: properties over thousands
// of inputs need the day only.
func Day(std *standard.Standard, tables *Tables, in evidence.Inputs) (evidence.Evaluation, error) {
	ready, err := Ready(in)
	if err != nil {
		return evidence.Evaluation{}, err
	}
	return ready(std, tables), nil
}
