package resolve_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

// MODEL 3: two complete runs in a row with the same scope digest that lack the
// record make it absent; sightings of any run count.
func TestAbsenceIsJudgedByTwoCompleteRuns(t *testing.T) {
	there := rec("list", "abnormal_listing", "k", who("甲", u1), "number=列1号", "listed=2026-01-01")
	other := rec("list", "abnormal_listing", "l", who("乙", u2), "number=列2号", "listed=2026-01-01")
	type run struct {
		shows  bool   // the record
		result string // empty: complete
		scope  string
	}
	seen, lacks := run{shows: true}, run{}
	for _, c := range []struct {
		rule string
		runs []run // on the 2nd, 3rd …
		end  evidence.Date
		gone string // in which run it was judged, as counted by its changes
	}{
		{"one complete run without it is not enough", []run{seen, lacks}, "", "00"},
		{"two in a row are, and the first of them dates it", []run{seen, lacks, lacks}, "2026-11-03", "001"},
		{"a partial run between them is none, and breaks no row", []run{seen, lacks, {result: evidence.Partial}, lacks}, "2026-11-03", "0001"},
		{"partial runs judge nothing", []run{seen, {result: evidence.Partial}, {result: evidence.Failed}, {result: evidence.Refused}}, "", "0000"},
		{"another scope begins a new row", []run{seen, lacks, {scope: "half"}, lacks}, "", "0000"},
		{"two complete runs over the new scope judge again", []run{seen, lacks, {scope: "half"}, {scope: "half"}}, "2026-11-04", "0001"},
		{"a sighting by a partial run resets it", []run{seen, lacks, {shows: true, result: evidence.Partial}, lacks}, "", "0000"},
		{"after a sighting two more are needed", []run{seen, lacks, seen, lacks, lacks}, "2026-11-05", "00001"},
		{"it goes missing once only", []run{seen, lacks, lacks, lacks}, "2026-11-03", "0010"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			d := newDesk(t, resolve.Rules{})
			var counts []string
			for i, r := range c.runs {
				name := fmt.Sprint("run", i)
				records := []evidence.Record{other}
				if r.shows {
					records = append(records, there)
				}
				d.sight(page(name, "list", "1", day(2+i), records...))
				d.scope = cmp.Or(r.scope, "all")
				counts = append(counts, strconv.Itoa(d.close(name, 2+i, "list="+cmp.Or(r.result, evidence.Complete)).Sources["list"].Gone))
			}
			gone := strings.Join(counts, "")
			f := d.fact(u1, "abnormal_listing")
			if f.End != c.end || gone != c.gone || (c.end != "") != (f.EndOf == "inferred") {
				t.Errorf("end %q (%s), judged %s; want %q, %s", f.End, f.EndOf, gone, c.end, c.gone)
			}
			if f := d.fact(u2, "abnormal_listing"); f.End != "" {
				t.Errorf("the row that stayed ended on %s", f.End)
			}
		})
	}
}

func TestASightingOfAnOpenRunResetsAbsence(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	there := rec("list", "abnormal_listing", "k", who("甲", u1), "number=列1号", "listed=2026-01-01")
	d.crawl("a", 2, "list", there)
	d.crawl("b", 3, "list")
	d.sight(page("revisit", "list", "2", day(3).AddDate(0, 0, 0).Add(1), there))
	if c := d.crawl("c", 4, "list"); c.Sources["list"].Gone != 0 {
		t.Errorf("changes %+v", c)
	}
}

// A rebuild may know sightings of later runs when it closes an earlier one.
func TestASightingAfterTheClosingJudgesNothing(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	there := rec("list", "abnormal_listing", "k", who("甲", u1), "number=列1号", "listed=2026-01-01")
	d.crawl("a", 2, "list", there)
	d.crawl("b", 3, "list")
	d.sight(page("later", "list", "2", day(5), there))
	if c := d.crawl("c", 4, "list"); c.Sources["list"].Gone != 1 {
		t.Errorf("changes %+v", c)
	}
	if c := d.close("later", 5, "list"); c.Sources["list"].Back != 1 {
		t.Errorf("changes %+v", c)
	}
}

func TestWhatNeverMeansAnythingIsNeverMissed(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "register", registered("甲", u1))
	d.crawl("b", 3, "register")
	if c := d.crawl("c", 4, "register"); c.Sources["register"].Gone != 0 {
		t.Errorf("changes %+v", c)
	}
}

func TestAnEventThatVanishedIsUnpublishedAndBackAgain(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	r := penalty("penalties", "1号", who("甲", u1))
	d.crawl("a", 2, "penalties", r)
	d.crawl("b", 3, "penalties")
	c := d.crawl("c", 4, "penalties")
	if got := d.fact(u1, "penalty"); got.State("2026-11-04") != evidence.Unpublished || c.FactsChanged != 1 || len(c.Entities) != 1 {
		t.Errorf("fact %+v, changes %+v", got, c)
	}
	c = d.crawl("d", 5, "penalties", r)
	if got := d.fact(u1, "penalty"); got.State("2026-11-04") != evidence.InForce || c.Sources["penalties"].Back != 1 {
		t.Errorf("fact %+v, changes %+v: the same date was never away", got, c)
	}
	in, err := d.Inputs(t.Context(), got(t, d, u1), "2026-11-04", 3)
	must(t, err)
	if in.Facts[0].State("2026-11-04") != evidence.Unpublished {
		t.Error("known at the third closing it was unpublished")
	}
}

func got(t *testing.T, d *desk, text string) string {
	t.Helper()
	f, err := d.Find(t.Context(), text)
	must(t, err)
	if f.To == "" {
		t.Fatalf("%s: %+v", text, f.Candidates)
	}
	return f.To
}
