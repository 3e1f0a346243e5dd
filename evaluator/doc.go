// Package evaluator grades: facts and looks in, score, grade, coverage and
// reasons out, by a standard and rule tables that are data.
package evaluator
