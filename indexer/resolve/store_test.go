package resolve_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"probity/indexer"
	"probity/indexer/resolve"
	"probity/indexer/sqliteindex"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func TestRecordsOfAnOpenRunAreFindableAndInNoFact(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	r := penalty("penalties", "深市监罚〔2026〕1号", who("甲公司", u1))
	d.sight(page("a", "penalties", "1", day(2), r))
	doc, err := d.index.Get(t.Context(), indexer.RecordDoc, r.ID())
	must(t, err)
	if got := doc.Facets[indexer.FacetState]; !slices.Equal(got, []string{"provisional"}) {
		t.Errorf("state %v", got)
	}
	seen, err := d.Record(t.Context(), r.ID())
	must(t, err)
	if seen.Provisional == nil || len(seen.Versions) != 0 {
		t.Errorf("seen %+v", seen)
	}
	if _, err := d.Find(t.Context(), u1); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("find: %v, want not found", err)
	}
	c := d.close("a", 2, "penalties")
	if c.FactsNew != 1 || len(c.Entities) != 1 || c.Sources["penalties"] != (resolve.RecordChanges{New: 1}) {
		t.Errorf("changes %+v", c)
	}
	doc, err = d.index.Get(t.Context(), indexer.RecordDoc, r.ID())
	must(t, err)
	if got := doc.Facets[indexer.FacetState]; !slices.Equal(got, []string{"stated"}) || len(doc.Facets[indexer.FacetFact]) != 1 {
		t.Errorf("facets %v", doc.Facets)
	}
	hits, err := d.index.Search(t.Context(), indexer.Query{Words: "深市监罚(2026)1号", Kinds: []string{indexer.FactDoc}})
	must(t, err)
	if hits.Total != 1 {
		t.Errorf("%d hits for the fact, want 1", hits.Total)
	}
}

func TestAnUnchangedCrawlChangesNothing(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	records := []evidence.Record{penalty("penalties", "1号", who("甲公司", u1)), penalty("penalties", "2号", who("乙公司"))}
	d.crawl("a", 2, "penalties", records...)
	bodies, revs := d.bodies()
	c := d.crawl("b", 3, "penalties", records...)
	if c.FactsNew+c.FactsChanged+c.FactsGone+len(c.Entities) != 0 || c.Sources["penalties"] != (resolve.RecordChanges{Unchanged: 2}) {
		t.Errorf("changes %+v", c)
	}
	again, revsAgain := d.bodies()
	if diff := cmp.Diff(bodies, again) + cmp.Diff(revs, revsAgain); diff != "" {
		t.Error(diff)
	}
	seen, err := d.Record(t.Context(), records[0].ID())
	must(t, err)
	if len(seen.Versions) != 1 || !seen.Versions[0].Last.Equal(day(3)) || !seen.Versions[0].First.Equal(day(2)) {
		t.Errorf("versions %+v: first and last seen stand beside the body", seen.Versions)
	}
}

func TestARecordThatChangedIsANewVersionOfTheSameFact(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "penalties", penalty("penalties", "1号", who("甲公司", u1), "amount=1.00"))
	r := penalty("penalties", "1号", who("甲公司", u1), "amount=2.00")
	c := d.crawl("b", 3, "penalties", r)
	if c.FactsNew != 0 || c.FactsChanged != 1 || len(c.Entities) != 1 || c.Sources["penalties"] != (resolve.RecordChanges{Changed: 1}) {
		t.Errorf("changes %+v", c)
	}
	seen, err := d.Record(t.Context(), r.ID())
	must(t, err)
	if len(seen.Versions) != 2 || len(seen.Versions[0].Citations) != 1 || seen.Versions[0].Citations[0].Content == seen.Versions[1].Citations[0].Content {
		t.Errorf("versions %+v: each with where it stood", seen.Versions)
	}
}

// Two pages of one run may state a record differently; which was fetched
// first must not matter.
func TestTheOrderOfSightingsOfARunMakesNoDifference(t *testing.T) {
	a := who("甲公司", u1)
	all := []resolve.Sighting{
		page("a", "penalties", "1", day(2), penalty("penalties", "1号", a, "amount=1.00"), penalty("penalties", "3号", who("甲公司"))),
		page("a", "penalties", "2", day(2).Add(time.Minute), penalty("penalties", "1号", a, "amount=2.00")),
		page("a", "credit", "1", day(2).Add(2*time.Minute), penalty("credit", "1号", a)),
		page("a", "register", "1", day(2).Add(3*time.Minute), registered("甲公司", u1)),
	}
	var want map[string]string
	for seed := range uint64(6) {
		d := newDesk(t, resolve.Rules{})
		r := rand.New(rand.NewPCG(seed, 0))
		for n, i := range r.Perm(len(all)) {
			g := all[i]
			g.Capture.Time = day(2).Add(time.Duration(n) * time.Second) // in the order in which they came
			d.sight(g)
			if r.IntN(2) == 0 {
				d.sight(g) // once more, as after a crash
			}
		}
		d.close("a", 2, "register", "penalties", "credit")
		got, _ := d.bodies()
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// failing breaks off at some document, as a killed process would.
type failing struct {
	*sqliteindex.Index
	after int
}

var errKilled = errors.New("killed")

func (f *failing) PutTx(ctx context.Context, tx *sqlitedb.Tx, docs ...indexer.Doc) error {
	if f.after--; f.after < 0 {
		return errKilled
	}
	return f.Index.PutTx(ctx, tx, docs...)
}

func TestACrashInTheMiddleOfAClosingAndClosingAgainGiveTheSameBodies(t *testing.T) {
	run := []evidence.Record{registered("甲公司", u1), penalty("penalties", "1号", who("甲公司", u1)), penalty("penalties", "2号", who("甲公司"))}
	calm := newDesk(t, resolve.Rules{})
	wantChanges := calm.crawl("a", 2, "register", run...)
	want, _ := calm.bodies()
	for after := range 8 {
		d := newDesk(t, resolve.Rules{})
		d.sight(page("a", "register", "1", day(2), run...))
		broken, err := resolve.New(t.Context(), d.db, &failing{d.index, after}, resolve.Rules{})
		must(t, err)
		whole := d.Store
		d.Store = broken
		_, err = d.tryClose(t.Context(), "a", 2, "register")
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		d.Store, d.position = whole, 0
		got := d.close("a", 2, "register")
		if diff := cmp.Diff(wantChanges, got); diff != "" {
			t.Errorf("killed at document %d: %s", after, diff)
		}
		bodies, _ := d.bodies()
		if diff := cmp.Diff(want, bodies); diff != "" {
			t.Errorf("killed at document %d: %s", after, diff)
		}
	}
}

func TestAStrongerIdentifierMovesTheEntityAndAnswers308(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "penalties", penalty("penalties", "1号", who("甲公司", o1)))
	old := evidence.EntityID(who("", o1).Identifiers[0])
	c := d.crawl("b", 3, "credit", penalty("credit", "2号", who("甲公司", u1)))
	now := evidence.EntityID(who("", u1).Identifiers[0])
	if !slices.Equal(c.EntitiesGone, []string{old}) || !slices.Equal(c.Entities, []string{now}) {
		t.Errorf("changes %+v", c)
	}
	found, err := d.Find(t.Context(), old)
	must(t, err)
	if found.To != now || !found.Moved {
		t.Errorf("found %+v, want to be sent on", found)
	}
	if e, err := d.Entity(t.Context(), old); err != nil || e.ID != now || len(e.Facts) != 2 {
		t.Errorf("entity %+v, %v", e, err)
	}
	doc, err := d.index.Get(t.Context(), indexer.EntityDoc, old)
	if err != nil || !doc.Gone {
		t.Errorf("the old document is %+v, %v: want it withdrawn", doc, err)
	}
}

func TestAClosedRunTakesNoMoreSightingsAndWrongClosingsAreRefused(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "penalties")
	if err := d.Sight(t.Context(), page("a", "penalties", "2", day(2))); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("sight: %v", err)
	}
	if _, err := d.Close(t.Context(), resolve.Closing{Run: "x"}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("close: %v", err)
	}
}

// What runs leave behind, one after the other and only where they touched, is
// what resolving everything at once says.
func TestResolvingWhatWasTouchedIsResolvingEverything(t *testing.T) {
	for seed := range uint64(6) {
		d := newDesk(t, resolve.Rules{})
		r := rand.New(rand.NewPCG(seed, 7))
		all := resolve.Set{Sources: sources()}
		ids := map[string]bool{}
		for run := range 3 {
			name, n := fmt.Sprint("run", run), 2+run
			var pages []resolve.Sighting
			for i, s := range someSet(r).States {
				rec := s.Latest().Record
				ids[s.ID] = true
				pages = append(pages, page(name, rec.Source, strconv.Itoa(i), day(n).Add(time.Duration(i)*time.Second), rec))
			}
			d.sight(pages...)
			d.close(name, n, "register", "penalties", "credit", "list", "platform")
			all.Registers = append(all.Registers, resolve.RegisterLook{Source: "register", Date: evidence.DateOf(day(n)), MaxAge: 90, Known: int64(run + 1)})
		}
		for id := range ids {
			all.States = append(all.States, d.history(id))
		}
		res := now(all)
		want := map[string]any{}
		for _, f := range res.Facts {
			want[f.ID] = f
		}
		for _, e := range res.Entities {
			want[e.ID] = e
		}
		if diff := cmp.Diff(asJSON(t, want), asJSON(t, d.everything())); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// history is what the store remembers of a record.
func (d *desk) history(id string) *resolve.State {
	d.t.Helper()
	seen, err := d.Record(d.t.Context(), id)
	must(d.t, err)
	st := &resolve.State{ID: id, Absences: seen.Absences}
	for _, v := range seen.Versions {
		st.Versions = append(st.Versions, resolve.Version{Record: v.Record, First: v.First, Last: v.Last})
	}
	return st
}

// everything is all entities and facts, by id.
func (d *desk) everything() map[string]any {
	d.t.Helper()
	out := map[string]any{}
	all, _, err := d.Entities(d.t.Context(), "", 1000)
	must(d.t, err)
	for _, e := range all {
		out[e.ID] = e
		facts, err := d.Facts(d.t.Context(), e.ID)
		must(d.t, err)
		for _, f := range facts {
			out[f.ID] = f
		}
	}
	return out
}

func asJSON(t *testing.T, v map[string]any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for k, x := range v {
		b, err := json.Marshal(x)
		must(t, err)
		out[k] = string(b)
	}
	return out
}

func TestResetForgetsEverything(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	r := penalty("penalties", "1号", who("甲公司", u1))
	d.crawl("a", 2, "penalties", r)
	want, _ := d.bodies()
	must(t, d.Reset(t.Context()))
	if st, err := d.Stats(t.Context()); err != nil || st.Records+st.Facts+st.Entities != 0 {
		t.Errorf("stats %+v, %v", st, err)
	}
	d.position = 0
	d.crawl("a", 2, "penalties", r)
	got, _ := d.bodies()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("made again: %s", diff)
	}
}
