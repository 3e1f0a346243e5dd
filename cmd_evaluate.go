package main

import (
	"context"
	"flag"

	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// doEvaluate grades anyone's facts and looks: one JSON object a line in, one
// evaluation a line out (evaluator/schema). It needs no data directory.
func doEvaluate(_ context.Context, sh shell, c Config, args []string) error {
	flags := flag.NewFlagSet("probity evaluate", flag.ContinueOnError)
	file := flags.String("standard", c.Standard, "`file` of the scoring standard; empty: the project's default")
	day := flags.String("as-of", "", "the `date` as of which lines are graded that name none, as 2026-11-02")
	w := options{FlagSet: flags}
	if _, err := w.arguments(sh, args, 0, 0, "-standard FILE -as-of DATE < inputs.ndjson"); err != nil {
		return err
	}
	asOf, err := date(*day)
	if err != nil {
		return err
	}
	std, _, err := openStandard(*file)
	if err != nil {
		return err
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		return err
	}
	return evaluator.EvaluateStream(sh.in, sh.out, std, tab, asOf)
}

// date reads a day that may be left out.
func date(s string) (evidence.Date, error) {
	if s == "" {
		return "", nil
	}
	return evidence.ParseDate(s)
}
