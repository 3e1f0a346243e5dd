// Package evaluator grades: facts and looks in; score, grade, coverage and
// reasons out, by a standard and rule tables that are data (evaluator/standard,
// deploy/standards, deploy/tables).
//
// Evaluate is a pure function. It reads no clock, no file and no database; all
// arithmetic is in exact rationals and is rounded once, half up, for the total,
// and for what is shown. What it refuses: to read "never looked" as a clean
// record or as a bad one. An indicator without a valid complete look gives no
// points and lowers the coverage, and the coverage caps the grade.
//
// The way of a calculation:
//
//	prepare.go       facts once each, dated, in one order
//	cover.go         looks -> the state of each indicator
//	once.go          what is stated twice counts in one place
//	basic.go …       facts -> points, one function an indicator
//	total.go         points -> dimensions -> score
//	grade.go         score, coverage, vetoes -> letter and caps
//	evaluate.go      all of it, written down
//	next.go, same.go when the same inputs will say something else
//
// # Readings
//
// Where the standard and MODEL 4 leave something open it is read so, and each
// reading has a golden or a test:
//
//   - What does not apply leaves points and full marks of its dimension, which
//     keeps its weight; so the total of four dimensions is always out of 100.
//   - An indicator that is looked at and of which nothing is known gives what
//     the absence means: no registration, no site, no licence shown give
//     nothing; no review gives the prior; no complaint is a clean record.
//   - Known adverse facts are deducted without a look, or where a look is
//     undecided, for 1.1, all of dimensions 2 and 3, findings in 4.3, 4.5 and
//     4.6. Shares and rates (1.2, 1.4, 4.1, 4.2, 4.4) and what pages show (1.3,
//     1.5) say nothing without a complete look.
//   - What counts once counts where it costs most (once.go), since otherwise a
//     further bad fact could raise a score.
//   - A repair of what is not adverse says nothing; a complaint that was
//     repaired is a settled one.
//   - A penalty's own end of publicity ends its being live (V5, V5b); its
//     weight follows its age.
//   - A grade is that of the rounded score; coverage is compared exactly.
//   - Out of scope comes before terminated, and both before the floor of
//     coverage. None of them has a score.
//
// # Promises
//
// Looks held fixed, knowing more that is bad never raises a score, a coverage
// or a letter; a repair never lowers one; the same fact twice changes nothing
// (promise_test.go).
package evaluator
