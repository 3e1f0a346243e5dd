package resolve_test

import (
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

func shop(p evidence.Party, more ...string) evidence.Record {
	return rec("platform", "shop", "P/1", p, append([]string{"platform=P", "shop_id=1"}, more...)...)
}

func review(id, date string, p evidence.Party) evidence.Record {
	return rec("platform", "review", id, p, "shop_id=1", "review_id="+id, "date="+date, "stars=5")
}

// MODEL 1, entity: a shop is a dated relation, never an identity beside a code.
func TestAShopChangesHands(t *testing.T) {
	s := seen(shop(who("甲", u1, "shop:P/1")), 2)
	saw(s, shop(who("乙", u2, "shop:P/1"), "operator_since=2026-11-06"), 9)
	set := resolve.Set{Sources: sources(), States: []*resolve.State{
		s, seen(review("old", "2026-11-05", who("", "shop:P/1")), 2), seen(review("new", "2026-11-06", who("", "shop:P/1")), 9),
		// today's page bears the code of today's operator, also beside an old review
		seen(review("old2", "2026-10-01", who("", u2, "shop:P/1")), 9),
		seen(rec("platform", "complaint", "c", who("", "shop:P/1"), "number=投1号", "date=2026-11-01"), 9),
	}}
	res := now(set)
	for _, c := range []struct {
		code, typ string
		want      int
	}{{u1, "review", 2}, {u2, "review", 1}, {u1, "complaint", 1}, {u2, "complaint", 0}} {
		if got := len(factsOf(t, res, c.code, c.typ)); got != c.want {
			t.Errorf("%s of %s: %d, want %d: they belong to the operator on their date", c.typ, c.code, got, c.want)
		}
	}
	if got := states(oneFact(t, res, u1, "shop"), "2026-11-05", "2026-11-06"); got != "in_force expired" {
		t.Errorf("the first operator's shop is %s", got)
	}
	if f := oneFact(t, res, u2, "shop"); f.End != "" {
		t.Errorf("the second operator's shop ends on %s", f.End)
	}
	rel := entityOf(t, res, u1).Relations
	if len(rel) != 1 || rel[0].Kind != "shop" || rel[0].From != "" || rel[0].Until != "2026-11-06" {
		t.Errorf("relations %+v: one ends where another operator's begins", rel)
	}
	if rel := entityOf(t, res, u2).Relations; len(rel) != 1 || rel[0].From != "2026-11-06" || rel[0].Until != "" {
		t.Errorf("relations %+v", rel)
	}
	if _, ok := findEntity(res, "shop:P/1"); ok {
		t.Error("the shop became an entity beside its operators")
	}
}

func TestBeforeTheFirstKnownOperatorAReviewIsNobodys(t *testing.T) {
	res := now(on(shop(who("乙", u2, "shop:P/1"), "operator_since=2026-10-06"), review("old", "2026-10-05", who("", u2, "shop:P/1"))))
	if got := factsOf(t, res, u2, "review"); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestAShopOfANaturalPersonIsAnAnchorUntilACompanyTakesIt(t *testing.T) {
	person := who("张某", "shop:P/1")
	person.Kind = "natural"
	s := seen(shop(person, "operator_kind=natural"), 2)
	set := resolve.Set{Sources: sources(), States: []*resolve.State{s, seen(review("a", "2026-11-01", who("", "shop:P/1")), 2)}}
	e := entityOf(t, now(set), "shop:P/1")
	if e.Kind != "natural" || len(e.Relations) != 0 || len(e.Facts) != 2 {
		t.Errorf("entity %+v", e)
	}
	saw(s, shop(who("乙", u2, "shop:P/1"), "operator_since=2026-11-06"), 9)
	set.States = append(set.States, seen(review("b", "2026-11-07", who("", "shop:P/1")), 9))
	res := now(set)
	if a, b := factsOf(t, res, "shop:P/1", "review"), factsOf(t, res, u2, "review"); len(a) != 1 || len(b) != 1 {
		t.Errorf("reviews %d and %d, want one each", len(a), len(b))
	}
}

func TestASiteTiesWhatIsFoundOnItToItsOperator(t *testing.T) {
	probe := rec("platform", "site_probe", "a.example", who("", "site:a.example"), "host=a.example", "available=true")
	listing := rec("list", "site_listing", "a.example", who("甲", u1), "host=a.example")
	res := now(on(probe, listing))
	oneFact(t, res, u1, "site_probe")
	if rel := entityOf(t, res, u1).Relations; len(rel) != 1 || rel[0].To.String() != "site:a.example" {
		t.Errorf("relations %+v", rel)
	}
	res = now(on(probe, listing, rec("list2", "site_listing", "a.example", who("乙", u2), "host=a.example")))
	if len(factsOf(t, res, u1, "site_probe"))+len(factsOf(t, res, u2, "site_probe")) != 0 {
		t.Error("a site of two operators at once is nobody's")
	}
}

// MODEL 1: branch and parent, predecessor and successor are relations.
func TestBranchAndPredecessorAreRelationsAndMergeNobody(t *testing.T) {
	branch := registered("甲分公司", u1, "predecessor="+u3)
	branch.Parties = append(branch.Parties, evidence.Party{Role: evidence.RoleOther, Name: "甲", Identifiers: who("", u2).Identifiers})
	res := now(on(branch, registered("甲", u2), registered("丙", u3)))
	if len(res.Entities) != 3 {
		t.Errorf("entities %v, want three", anchors(res))
	}
	rel := entityOf(t, res, u1).Relations
	if len(rel) != 2 || rel[0].Kind != "parent" || rel[0].To.Value != u2 || rel[1].Kind != "predecessor" || rel[1].To.Value != u3 {
		t.Errorf("relations %+v", rel)
	}
}
