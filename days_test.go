package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// seeds is PROBITY_TEST_DAYS: "1" for seed 1, or the seeds themselves, as in
// "1 2 3"; empty for the short form.
func seeds(t *testing.T) []int64 {
	t.Helper()
	var all []int64
	for s := range strings.FieldsSeq(os.Getenv("PROBITY_TEST_DAYS")) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatalf("PROBITY_TEST_DAYS: %v", err)
		}
		all = append(all, n)
	}
	return all
}

// A second look at a world that stands still adds and changes nothing; the
// next day brings only what is new.
func TestASecondRunOnADayFindsEverythingUnchanged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := watchSmall(t, dir, 0)
	if first.New.Records == 0 || first.Unchanged {
		t.Fatalf("the first run brought nothing: %+v", first.New)
	}
	before := bodiesOf(t, dir)
	second := watchSmall(t, dir, 0)
	if !second.Unchanged || second.New != (Tally{}) || second.Run.Issued != 0 {
		t.Errorf("the second run on a day: unchanged %t, new %+v, issued %d", second.Unchanged, second.New, second.Run.Issued)
	}
	if got := bodiesOf(t, dir); string(got) != string(before) {
		t.Errorf("the second run on a day changed bodies: %s", firstDifference(got, before))
	}
	next := watchSmall(t, dir, 1)
	if next.Unchanged || next.New.Records >= first.New.Records/2 {
		t.Errorf("day 1: unchanged %t, new %+v after %+v", next.Unchanged, next.New, first.New)
	}
	if _, err := probity(t, "demo", "-once", "-campaign", "small", "-data", dir, "-day", "0"); err == nil {
		t.Error("a directory that has seen day 1 went back to day 0")
	}
}

// A watcher who comes every day knows on each what can be known by then; one
// who comes on day 14 alone knows what a single visit can tell; and a second
// visit on the same day brings nothing. The long form, by PROBITY_TEST_DAYS.
func TestDayByDayThereIsNoDifferenceToTheTruth(t *testing.T) {
	all := seeds(t)
	if len(all) == 0 {
		t.Skip("not here: takes minutes: make days, or PROBITY_TEST_DAYS=\"1 2 3\" for seeds of one's own")
	}
	for _, seed := range all {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			daily, alone := filepath.Join(t.TempDir(), "daily"), filepath.Join(t.TempDir(), "alone")
			for day := range 15 {
				agree(t, daily, seed, day)
			}
			if r := agree(t, daily, seed, 14); !r.Unchanged {
				t.Errorf("day 14 again: new %+v, records %+v", r.New, r.Run.Records)
			}
			agree(t, alone, seed, 14)
		})
	}
}

// agree watches the whole world on a day and demands no difference.
func agree(t *testing.T, dir string, seed int64, day int) DemoReport {
	t.Helper()
	r := watch(t, "-data", dir, "-seed", strconv.FormatInt(seed, 10), "-day", strconv.Itoa(day))
	d := r.Differences
	if d.Count > 0 {
		t.Errorf("seed %d day %d: %d differences of %d:\n%s", seed, day, d.Count, d.Compared, strings.Join(d.First[:min(20, len(d.First))], "\n"))
	}
	if d.Compared < 10_000 {
		t.Errorf("seed %d day %d: only %d things were compared", seed, day, d.Compared)
	}
	return r
}
