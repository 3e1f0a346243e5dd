package resolve_test

import (
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

// MODEL 3: what an absence means, told on histories. How it is judged is told
// in absence_test.go.
func TestWhatAnAbsenceMeans(t *testing.T) {
	a := who("甲", u1)
	abnormal := func(listed string) evidence.Record {
		return rec("list", "abnormal_listing", "k", a, "number=列1号", "listed="+listed)
	}
	bare := rec("list", "revocation_listing", "k", a)
	days := []evidence.Date{"2026-11-04", "2026-11-05", "2026-11-08", "2026-11-09"}
	for _, c := range []struct {
		rule       string
		typ        string
		last, back evidence.Record // seen on the 2nd; back, if any, on the 9th; missing from the 5th
		want       string
	}{
		{"a standing ends at the first absent date, inferred", "abnormal_listing", abnormal("2026-01-01"), evidence.Record{}, "in_force expired expired expired"},
		{"a row back with the same own date voids the absence", "abnormal_listing", abnormal("2026-01-01"), abnormal("2026-01-01"), "in_force in_force in_force in_force"},
		{"otherwise it is a new episode", "abnormal_listing", abnormal("2026-01-01"), abnormal("2026-11-08"), "in_force unpublished in_force in_force"},
		{"without an own date too, from the day it was seen again", "revocation_listing", bare, bare, "in_force unpublished unpublished in_force"},
		{"an event is unpublished, never repaired", "penalty", penalty("penalties", "1号", a), evidence.Record{}, "in_force unpublished unpublished unpublished"},
		{"an event back with the same date was never away", "penalty", penalty("penalties", "1号", a), penalty("penalties", "1号", a), "in_force in_force in_force in_force"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := seen(c.last, 2)
			s.Miss("2026-11-05", 6)
			if s.Miss("2026-11-06", 7) {
				t.Error("it went missing twice")
			}
			if c.back.Type != "" {
				saw(s, c.back, 9)
			}
			set := resolve.Set{States: []*resolve.State{s}, Sources: sources()}
			f := oneFact(t, now(set), u1, c.typ)
			if got := states(f, days...); got != c.want {
				t.Errorf("states %s, want %s\n%+v", got, c.want, f)
			}
			if c.typ == "abnormal_listing" && c.back.Type == "" && f.EndOf != "inferred" {
				t.Errorf("the end is %q, want it said to be inferred", f.EndOf)
			}
			early := oneFact(t, resolve.Resolve(set, resolve.At{KnownAt: 5}), u1, c.typ)
			if got := states(early, "2026-11-08"); got != "in_force" {
				t.Errorf("before it was known: %s", got)
			}
			between := oneFact(t, resolve.Resolve(set, resolve.At{KnownAt: 6}), u1, c.typ)
			if got := states(between, "2026-11-08"); got == "in_force" {
				t.Errorf("while it was missing: %s", got)
			}
		})
	}
}

func TestAFactIsThereWhileAnySourceShowsIt(t *testing.T) {
	a := who("甲", u1)
	gone, there := seen(penalty("penalties", "1号", a), 2), seen(penalty("credit", "1号", a, "amount=5.00"), 2)
	gone.Miss("2026-11-05", 6)
	set := resolve.Set{States: []*resolve.State{gone, there}, Sources: sources()}
	if f := oneFact(t, now(set), u1, "penalty"); f.Presence != nil || f.State("2026-11-06") != evidence.InForce {
		t.Errorf("fact %+v", f)
	}
	there.Miss("2026-11-07", 8)
	if got := states(oneFact(t, now(set), u1, "penalty"), "2026-11-06", "2026-11-07"); got != "in_force unpublished" {
		t.Errorf("states %s", got)
	}
}

func TestAPublishersOwnEndOutranksAnInferredOne(t *testing.T) {
	a := who("甲", u1)
	s := seen(rec("list", "abnormal_listing", "k", a, "number=列1号", "listed=2026-01-01", "removed=2026-11-03"), 2)
	s.Miss("2026-11-08", 9)
	f := oneFact(t, now(resolve.Set{States: []*resolve.State{s}, Sources: sources()}), u1, "abnormal_listing")
	if f.End != "2026-11-03" || f.EndOf != "" {
		t.Errorf("end %s %q", f.End, f.EndOf)
	}
}

// MODEL 1, record: a version is a stretch of equal bodies in order of time,
// whatever the order in which its runs closed.
func TestVersionsAreStretchesOfEqualBodies(t *testing.T) {
	one, two := penalty("penalties", "1号", who("甲", u1)), penalty("penalties", "1号", who("甲", u1), "amount=1.00")
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}} {
		s := &resolve.State{ID: one.ID()}
		for _, i := range order {
			saw(s, []evidence.Record{one, one, two, one}[i], 2+i)
		}
		var got []string
		for _, v := range s.Versions {
			got = append(got, v.First.Format("02")+v.Record.Fields["amount"])
		}
		if len(got) != 3 || got[0] != "02" || got[1] != "041.00" || got[2] != "05" {
			t.Errorf("closed in order %v: versions %v", order, got)
		}
	}
}
