package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"probity/indexer/indextest"
)

func TestASmallRunPrintsEveryBandAndTheMachine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, []string{"-embedded", "1000", "-phrases", "7", "-dir", t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"machine: ", "1000 documents", "documents/s", "rare ", "middling ", "a tenth ", "≤ 100.0", "≤ 200.0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing of %q in\n%s", want, out.String())
		}
	}
}

func TestTheCorpusIsTheSameForASeedAndHasTheThreeBands(t *testing.T) {
	t.Parallel()
	s := settings{phrases: 21, seed: 9}
	a, phrases := corpus(s, 1000)
	b, again := corpus(s, 1000)
	if x, y := a.Doc(7), b.Doc(7); x.ID != y.ID || x.Text != y.Text || x.Date != y.Date {
		t.Errorf("two corpora of one seed differ:\n%v\n%v", x, y)
	}
	if n := utf8.RuneCountInString(a.Doc(7).Text); n < 400 || n > 640 {
		t.Errorf("a document of %d characters, want about 500", n)
	}
	for _, band := range indextest.Bands() {
		if len(phrases[band]) < 21 || strings.Join(phrases[band], " ") != strings.Join(again[band], " ") {
			t.Errorf("band %s: %d phrases: %v, and again %v", band, len(phrases[band]), phrases[band], again[band])
		}
	}
}
