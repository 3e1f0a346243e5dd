package resolve_test

import (
	"slices"
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

// MODEL 1, anchor and entity: which identifiers stand on which anchor.
func TestIdentifiersJoinTheirAnchor(t *testing.T) {
	a := func(codes ...string) evidence.Record {
		return penalty("penalties", "甲"+codes[0]+codes[len(codes)-1], who("", codes...))
	}
	for _, c := range []struct {
		rule      string
		records   []evidence.Record
		anchors   []string // that remain
		contested string   // a code that joins nothing
	}{
		{"a USCC states the organisation code inside it, so a record with that alone joins it", []evidence.Record{a(u1), a(o1)}, []string{"uscc:" + u1}, ""},
		{"an organisation code of nobody else is an anchor of its own", []evidence.Record{a(u1), a(o2)}, []string{"org:" + o2, "uscc:" + u1}, ""},
		{"a registration number belongs to the one code it is stated beside", []evidence.Record{a(u1, r1), a(r1)}, []string{"uscc:" + u1}, ""},
		{"beside two USCCs a registration number is contested and joins nothing", []evidence.Record{a(u1, r1), a(u2, r1), a(r1)}, []string{"uscc:" + u1, "uscc:" + u2}, "reg:" + r1},
		{"beside two organisation codes it is contested too", []evidence.Record{a(o1, r1), a(o2, r1), a(r1)}, []string{"org:" + o1, "org:" + o2}, "reg:" + r1},
		{"beside a USCC and the organisation code inside it, it is not contested", []evidence.Record{a(u1, r1), a(o1, r1), a(r1)}, []string{"uscc:" + u1}, ""},
		{"an organisation code beside another USCC than the one that states it is contested", []evidence.Record{a(u1), a(u2, o1), a(o1)}, []string{"uscc:" + u1, "uscc:" + u2}, "org:" + o1},
		{"nothing joins transitively through a weaker identifier", []evidence.Record{a(u1, r1), a(o2, r1), a(o2)}, []string{"org:" + o2, "uscc:" + u1}, "reg:" + r1},
		{"a stronger identifier that comes later takes the weaker one's records along", []evidence.Record{a(r1), a(o1, r1), a(u1)}, []string{"uscc:" + u1}, ""},
		{"two USCCs of one party wait for a person, and join nobody", []evidence.Record{a(u1, u2), a(u3)}, []string{"uscc:" + u3}, ""},
		{"without any code a shop is an anchor", []evidence.Record{a("shop:P/1")}, []string{"shop:P/1"}, ""},
		{"a site is never an anchor", []evidence.Record{a("site:a.example")}, nil, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			res := now(on(c.records...))
			got := anchors(res)
			slices.Sort(got)
			if !slices.Equal(got, c.anchors) {
				t.Errorf("anchors %v, want %v", got, c.anchors)
			}
			var contested []string
			for _, e := range res.Entities {
				for _, id := range e.Contested {
					contested = append(contested, id.String())
				}
			}
			if c.contested != "" && (len(contested) != 2 || contested[0] != c.contested || contested[1] != c.contested) {
				t.Errorf("contested %v, want %s at both", contested, c.contested)
			}
			if c.contested == "" && len(contested) > 0 {
				t.Errorf("contested %v, want none", contested)
			}
		})
	}
}

// MODEL 1, entity: any identifier among its records answers 308.
func TestAnEntityIsKnownByTheDigestsOfItsWeakerIdentifiers(t *testing.T) {
	e := entityOf(t, now(on(penalty("penalties", "1号", who("甲公司", u1, r1)))), u1)
	for _, id := range []evidence.Identifier{{Scheme: evidence.OrgCode, Value: o1}, {Scheme: evidence.RegNo, Value: r1}} {
		if !slices.Contains(e.Aliases, evidence.EntityID(id)) {
			t.Errorf("aliases do not have %s", id)
		}
	}
}

// MODEL 1, decision: same / not same outranks evidence, alone may join two
// USCCs, and is reversible by another decision.
func TestAPersonsWordOutranksEvidence(t *testing.T) {
	two := []evidence.Record{penalty("penalties", "1号", who("", u1, r1)), penalty("penalties", "2号", who("", u2, r1)), penalty("penalties", "3号", who("", r1))}
	for _, c := range []struct {
		rule      string
		decisions []resolve.Decision
		facts     [2]int // of u1 and of u2
	}{
		{"undecided, a contested number joins nothing", nil, [2]int{1, 1}},
		{"same joins two USCCs on the lesser", []resolve.Decision{{ID: "a", Verb: resolve.Same, A: "uscc:" + u1, B: "uscc:" + u2}}, [2]int{3, 0}},
		{"same gives a contested number to one", []resolve.Decision{{ID: "a", Verb: resolve.Same, A: "reg:" + r1, B: "uscc:" + u2}}, [2]int{1, 2}},
		{"not same takes it from one", []resolve.Decision{{ID: "a", Verb: resolve.NotSame, A: "reg:" + r1, B: "uscc:" + u2}}, [2]int{2, 1}},
		{"a reversal undoes it", []resolve.Decision{
			{ID: "a", Verb: resolve.NotSame, A: "reg:" + r1, B: "uscc:" + u2}, {ID: "b", Verb: resolve.Reverse, A: "a"},
		}, [2]int{1, 1}},
		{"a reversed reversal brings it back", []resolve.Decision{
			{ID: "a", Verb: resolve.NotSame, A: "reg:" + r1, B: "uscc:" + u2}, {ID: "b", Verb: resolve.Reverse, A: "a"}, {ID: "c", Verb: resolve.Reverse, A: "b"},
		}, [2]int{2, 1}},
		{"same gives a record to one", []resolve.Decision{{ID: "a", Verb: resolve.Same, A: "record:" + two[2].ID(), B: "uscc:" + u1}}, [2]int{2, 1}},
		{"not same takes a record away", []resolve.Decision{{ID: "a", Verb: resolve.NotSame, A: "record:" + two[0].ID(), B: "uscc:" + u1}}, [2]int{0, 1}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			set := on(two...)
			set.Decisions = c.decisions
			res := now(set)
			if got := [2]int{len(factsOf(t, res, u1, "penalty")), len(factsOf(t, res, u2, "penalty"))}; got != c.facts {
				t.Errorf("facts %v, want %v", got, c.facts)
			}
		})
	}
}
