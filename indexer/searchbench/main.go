// Command searchbench measures the search of evidence: the embedded index,
// and the index of a fleet beside the bare Elasticsearch that it stands on.
//
// It is a program and no test, since a machine that is busy would fail it; a
// test only sees that it runs. What it asks is what a page of the evaluators
// asks: twenty hits, newest first, with their marks, four facets and the exact
// count. The phrases are drawn from the corpus, two to eight characters, in
// three bands of frequency (indextest.Prose). It prints the machine beside the
// figures, since neither means anything without the other.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"probity/indexer/indextest"
)

// settings are what a run is asked for.
type settings struct {
	dir      string // of the embedded index
	embedded int    // documents, 0: not measured
	fleet    int
	compared int    // of these, put on the bare side too
	server   string // of Elasticsearch, empty: not measured
	keep     bool   // what was put in Elasticsearch
	phrases  int    // a band
	seed     uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "searchbench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	var s settings
	flags := flag.NewFlagSet("searchbench", flag.ContinueOnError)
	flags.StringVar(&s.dir, "dir", "", "keep the embedded index in this `directory` and use it again; a temporary one if empty")
	flags.IntVar(&s.embedded, "embedded", 100_000, "`documents` in the embedded index, 0 leaves it out")
	flags.StringVar(&s.server, "elasticsearch", "", "`URL` of an Elasticsearch; the fleet's index is left out if empty")
	flags.IntVar(&s.fleet, "fleet", 1_000_000, "`documents` in Elasticsearch")
	flags.IntVar(&s.compared, "compared", 50_000, "of these, `documents` that are put through the bare bulk API as well")
	flags.BoolVar(&s.keep, "keep", false, "keep what is in Elasticsearch, and use it again")
	flags.IntVar(&s.phrases, "phrases", 140, "phrases a band")
	flags.Uint64Var(&s.seed, "seed", 1, "of the corpus")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := printer{out: out}
	p.machine()
	if s.embedded > 0 {
		if err := embedded(ctx, &p, s); err != nil {
			return fmt.Errorf("embedded index: %w", err)
		}
	}
	if s.server != "" {
		if err := measureFleet(ctx, &p, s); err != nil {
			return fmt.Errorf("index of a fleet: %w", err)
		}
	}
	return p.err
}

// corpus is the one of a run, with an operator to five documents.
func corpus(s settings, documents int) (*indextest.Prose, map[indextest.Band][]string) {
	p := indextest.NewProse(s.seed, max(50, documents/5))
	return p, p.Phrases(s.phrases, documents)
}

// limits are the promised p95 of a band, and of the same on the fleet.
func limits(b indextest.Band) (embedded, fleet time.Duration) {
	if b == indextest.Tenth {
		return 200 * time.Millisecond, 150 * time.Millisecond
	}
	return 100 * time.Millisecond, 60 * time.Millisecond
}
