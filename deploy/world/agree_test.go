package world_test

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/deploy/world"
	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

// The evaluator is handed the truth's own facts and looks: it and the world's
// second reading of the standard have to come to the same evaluation.
func TestTheEvaluatorAgreesWithTheSecondReading(t *testing.T) {
	std, err := standard.Load(standards.FS, standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		seed  int64
		day   int
		daily bool
	}{{1, 0, false}, {2, 14, true}} {
		truth := world.New(c.seed).Truth(c.day, c.daily)
		facts := map[string][]evidence.Fact{}
		for _, f := range truth.Facts {
			facts[f.Anchor] = append(facts[f.Anchor], factOf(f, evidence.Date(truth.Date)))
		}
		for i, e := range truth.Entities {
			if c.daily && i%3 != 0 {
				continue // a third will do
			}
			in := evidence.Inputs{AsOf: evidence.Date(truth.Date), Subject: subjectOf(tab, e, facts[e.Anchor]), Facts: facts[e.Anchor]}
			in.Looks = looksOf(truth.Looks, e.Anchor)
			got, err := evaluator.Evaluate(std, tab, in)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, c.seed, e, got)
		}
	}
}

func factOf(f world.Fact, day evidence.Date) evidence.Fact {
	out := evidence.Fact{
		ID: evidence.Digest(f.Anchor, f.Type, f.Key), Entity: f.Anchor, Type: f.Type, Key: f.Key,
		Date: evidence.Date(f.Date), End: evidence.Date(f.End), Fields: f.Fields,
	}
	switch f.State {
	case evidence.Repaired, evidence.Annulled, evidence.Superseded:
		out.Effects = []evidence.Effect{{Kind: f.State}}
	case evidence.Unpublished:
		out.Presence = []evidence.Interval{{To: day}}
	}
	if len(f.Mended) > 0 {
		out.Effects = append(out.Effects, evidence.Effect{Kind: evidence.Repaired, Items: f.Mended})
	}
	return out
}

func subjectOf(tab *evaluator.Tables, e world.Entity, facts []evidence.Fact) evidence.Subject {
	s := evidence.Subject{ID: e.Anchor, Kind: e.Kind, Area: e.Area, AreaInferred: e.Inferred, Identifiers: []string{e.Anchor}}
	scope, shop, site := "", false, false
	for _, f := range facts {
		switch in := f.State(f.Date.AddDays(9000)) == evidence.InForce; {
		case f.Type == "registration":
			scope = f.Fields["business_scope"]
			s.Name = e.Current
		case f.Type == "shop" && in:
			shop = true
		case f.Type == "site_listing":
			site = true
		}
	}
	s.Traits = evaluator.Traits(tab, e.Kind, scope, shop, site)
	if e.Area != "" && e.Area[:4] != "4403" {
		s.OutOfScope = "not in 4403"
	}
	return s
}

// looksOf are the latest looks of each channel with each result; those at
// somebody else's site or shop are left out, which the evaluator does too.
func looksOf(all []world.Look, anchor string) []evidence.Look {
	latest := map[string]evidence.Look{}
	for i, l := range all {
		if l.Subject == "" || l.Subject == anchor {
			latest[l.Channel+l.Result] = lookOf(l, strconv.Itoa(i), anchor)
		}
	}
	return slices.Collect(maps.Values(latest))
}

func lookOf(l world.Look, id, anchor string) evidence.Look {
	out := evidence.Look{
		ID: evidence.Digest("look", id), Source: l.Channel, Kind: l.Kind, Indicators: l.Indicators, Result: l.Result,
		Time: evidence.Date(l.Date).Time().Add(9 * time.Hour), MaxAgeDays: l.MaxAge,
	}
	if l.Area != "" {
		out.Scope.Areas = []string{l.Area}
	}
	if l.Subject != "" {
		out.Scope.Subjects = []string{l.Subject}
	}
	if slices.Contains(l.Undecided, anchor) {
		out.Undecided = 1
	}
	return out
}

func compare(t *testing.T, seed int64, e world.Entity, got evidence.Evaluation) {
	t.Helper()
	want := e.Expected
	if got.Score != want.Score || got.Coverage != want.Coverage || got.Grade != want.Grade || got.Reason != want.Reason {
		t.Errorf("seed %d, %s %v: evaluator %q %s %s %s, second reading %q %s %s %s %v", seed, e.Anchor, e.Names,
			got.Score, got.Coverage, got.Grade, got.Reason, want.Score, want.Coverage, want.Grade, want.Reason, want.Caps)
	}
	for _, in := range got.Indicators {
		if w := want.Indicators[in.ID]; in.State != w.State || in.Got != w.Got || in.Full != w.Full {
			t.Errorf("seed %d, %s %v: indicator %s: evaluator %s %s of %s, second reading %s %s of %s", seed, e.Anchor, e.Names, in.ID, in.State, in.Got, in.Full, w.State, w.Got, w.Full)
		}
	}
}
