package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What archive and ledger hold is all that a rebuild needs (MODEL 5): the
// index made again has the same bodies, after one day and after two, and the
// directory goes on as if nothing had happened.
func TestRebuildGivesTheSameBodies(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for day := range 2 {
		if r := watchSmall(t, dir, day); day == 1 && r.Unchanged {
			t.Error("day 1 brought nothing: this test would show too little")
		}
		want := bodiesOf(t, dir)
		forget(t, dir)
		if out, err := probity(t, "rebuild", "-data", dir); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := bodiesOf(t, dir); !bytes.Equal(got, want) {
			t.Fatalf("day %d: other bodies after a rebuild: %s", day, firstDifference(got, want))
		}
	}
	before := bodiesOf(t, dir)
	if r := watchSmall(t, dir, 1); !r.Unchanged {
		t.Errorf("the next run after a rebuild found news: %+v, records %+v", r.New, r.Run.Records)
	}
	if got := bodiesOf(t, dir); !bytes.Equal(got, before) {
		t.Errorf("the next run after a rebuild changed bodies: %s", firstDifference(got, before))
	}
}

// A rebuild over a whole index gives the same too.
func TestRebuildOverAnIndexChangesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	watchSmall(t, dir, 0)
	want := bodiesOf(t, dir)
	if out, err := probity(t, "rebuild", "-data", dir); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := bodiesOf(t, dir); !bytes.Equal(got, want) {
		t.Errorf("other bodies after a rebuild: %s", firstDifference(got, want))
	}
}

// forget removes everything but archive, ledger and the key of persons.
func forget(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "probity.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no index in %s: %v", dir, err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
}
