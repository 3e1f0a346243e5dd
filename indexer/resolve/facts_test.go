package resolve_test

import (
	"slices"
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

// MODEL 1, fact: what is one thing, and what is two.
func TestOneThingIsOneFact(t *testing.T) {
	a := who("甲", u1)
	for _, c := range []struct {
		rule    string
		typ     string
		records []evidence.Record
		facts   int
	}{
		{"one penalty on two pages counts once", "penalty", []evidence.Record{penalty("penalties", "深市监罚〔2026〕1号", a), penalty("credit", "深市监罚[2026] 1 号", a)}, 1},
		{"the deciding authority is part of the key, the publisher never", "penalty", []evidence.Record{penalty("penalties", "1号", a), rec("credit", "penalty", "k", a, "number=1号", "authority=深圳市交通运输局")}, 2},
		{"leading zeros of a number count", "penalty", []evidence.Record{penalty("penalties", "〔2025〕0018号", a), penalty("credit", "〔2025〕18号", a)}, 2},
		{"a number whose authority was left out joins the only one of that number", "penalty", []evidence.Record{penalty("penalties", "1号", a), rec("credit", "penalty", "k", a, "number=1号")}, 1},
		{"without a number two sources are two things until a person says so", "penalty", []evidence.Record{rec("penalties", "penalty", "k", a, "date=2026-01-01"), rec("credit", "penalty", "k", a, "date=2026-01-01")}, 2},
		{"a masked number links nothing", "judgment", []evidence.Record{rec("penalties", "judgment", "k", a, "number=（2024）浙01民终×××号"), rec("credit", "judgment", "k", a, "number=（2024）浙01民终×××号")}, 2},
		{"a case number names its court", "judgment", []evidence.Record{rec("penalties", "judgment", "k", a, "number=（2024）粤0305民初1号", "court=南山法院"), rec("credit", "judgment", "l", a, "number=(2024)粤0305民初1号")}, 1},
		{"on one list under one number counts once", "abnormal_listing", []evidence.Record{rec("list", "abnormal_listing", "k", a, "number=列1号", "listed=2026-01-01"), rec("list2", "abnormal_listing", "l", a, "number=列1号")}, 1},
		{"without a number the date tells listings apart", "abnormal_listing", []evidence.Record{rec("list", "abnormal_listing", "k", a, "listed=2026-01-01"), rec("list", "abnormal_listing", "l", a, "listed=2026-05-01")}, 2},
		{"with neither, being on the list is one thing over all sources", "revocation_listing", []evidence.Record{rec("list", "revocation_listing", "k", a), rec("list2", "revocation_listing", "l", a)}, 1},
		{"registration is one snapshot over all sources", "registration", []evidence.Record{rec("register", "registration", "k", a, "status=存续"), rec("list", "registration", "l", a, "status=注销")}, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := len(factsOf(t, now(on(c.records...)), u1, c.typ)); got != c.facts {
				t.Errorf("%d facts, want %d", got, c.facts)
			}
		})
	}
}

func TestOneDecisionAgainstTwoPartiesIsAFactOfEach(t *testing.T) {
	r := penalty("penalties", "1号", who("甲", u1))
	r.Parties = append(r.Parties, who("乙", u2), evidence.Party{Role: evidence.RoleOther, Name: "丙", Identifiers: who("", u3).Identifiers})
	res := now(on(r))
	oneFact(t, res, u1, "penalty")
	oneFact(t, res, u2, "penalty")
	if len(res.Facts) != 2 || len(res.Entities) != 2 {
		t.Errorf("%d facts of %v, want two: a party named beside answers for nothing", len(res.Facts), anchors(res))
	}
}

func TestDifferingFieldsGoByDeclaredPrecedenceAndAllAreShown(t *testing.T) {
	a := who("甲", u1)
	f := oneFact(t, now(on(
		penalty("credit", "1号", a, "amount=3000.00", "conduct=虚假宣传"),
		penalty("penalties", "1号", a, "amount=2000.00"))), u1, "penalty")
	if f.Fields["amount"] != "2000.00" || f.Fields["conduct"] != "虚假宣传" {
		t.Errorf("fields %v: the higher precedence counts, and what it leaves out comes from the other", f.Fields)
	}
	if len(f.Differs) != 1 || f.Differs[0].Field != "amount" || !slices.Equal(f.Differs[0].Values, []string{"2000.00", "3000.00"}) || f.Differs[0].Held != "" {
		t.Errorf("differs %+v", f.Differs)
	}
}

func TestAUnitSlipGoesToAPersonAndTheSmallerIsNotTakenSilently(t *testing.T) {
	a := who("甲", u1)
	for _, c := range [][2]string{{"0.20", "2000.00"}, {"2000.00", "0.20"}, {"1.23", "12345.00"}} {
		f := oneFact(t, now(on(penalty("penalties", "1号", a, "amount="+c[0]), penalty("credit", "1号", a, "amount="+c[1]))), u1, "penalty")
		if got := f.Fields["amount"]; len(got) < 6 {
			t.Errorf("%v: took %s, want the larger", c, got)
		}
		if len(f.Differs) != 1 || f.Differs[0].Held == "" {
			t.Errorf("%v: differs %+v, want it held for a person", c, f.Differs)
		}
	}
}

func TestItemsOfOneSourceAreParts(t *testing.T) {
	a := who("甲", u1)
	one, two := penalty("penalties", "1号", a, "kinds=罚款"), penalty("penalties", "1号", a, "kinds=警告")
	two.Key += "b"
	f := oneFact(t, now(on(one, two, penalty("credit", "1号", a, "kinds=吊销许可证件"))), u1, "penalty")
	if f.Fields["kinds"] != "罚款;警告" {
		t.Errorf("kinds %q, want both parts of the source that counts, and no part of another", f.Fields["kinds"])
	}
}

func TestAPersonJoinsWhatHasNoNumber(t *testing.T) {
	a := who("甲", u1)
	x, y := rec("penalties", "penalty", "k", a, "date=2026-01-01"), rec("credit", "penalty", "k", a, "date=2026-01-01")
	set := on(x, y)
	set.Decisions = []resolve.Decision{{ID: "d", Verb: resolve.Same, A: "record:" + x.ID(), B: "record:" + y.ID()}}
	if f := oneFact(t, now(set), u1, "penalty"); len(f.Sources) != 2 {
		t.Errorf("sources %v, want both", f.Sources)
	}
}

func TestASnapshotIsAsItWasOnTheDayAskedFor(t *testing.T) {
	s := seen(rec("register", "registration", "k", who("甲", u1), "status=存续"), 2)
	saw(s, rec("register", "registration", "k", who("甲", u1), "status=吊销"), 9)
	set := resolve.Set{States: []*resolve.State{s}, Sources: sources()}
	for asOf, want := range map[evidence.Date]string{"2026-11-02": "存续", "2026-11-08": "存续", "2026-11-09": "吊销", "": "吊销"} {
		f := oneFact(t, resolve.Resolve(set, resolve.At{AsOf: asOf}), u1, "registration")
		if f.Fields["status"] != want {
			t.Errorf("as of %q it is %s, want %s", asOf, f.Fields["status"], want)
		}
	}
	if got := factsOf(t, resolve.Resolve(set, resolve.At{AsOf: "2026-11-01"}), u1, "registration"); len(got) != 0 {
		t.Errorf("before its first capture nothing held, got %+v", got)
	}
	f := oneFact(t, resolve.Resolve(set, resolve.At{KnownAt: 2}), u1, "registration")
	if f.Fields["status"] != "存续" {
		t.Errorf("known at 2 it is %s, want 存续", f.Fields["status"])
	}
}

func TestAnEventHoldsInItsLatestKnownVersion(t *testing.T) {
	a := who("甲", u1)
	s := seen(penalty("penalties", "1号", a, "amount=1000.00"), 2)
	saw(s, penalty("penalties", "1号", a, "amount=2000.00"), 9)
	set := resolve.Set{States: []*resolve.State{s}, Sources: sources()}
	for _, c := range []struct {
		at   resolve.At
		want string
	}{
		{resolve.At{AsOf: "2026-07-01"}, "2000.00"}, // corrected: the later version wins at every date
		{resolve.At{KnownAt: 8}, "1000.00"},
	} {
		if f := oneFact(t, resolve.Resolve(set, c.at), u1, "penalty"); f.Fields["amount"] != c.want || f.Date != "2026-06-01" {
			t.Errorf("%+v: %s of %s, want %s", c.at, f.Fields["amount"], f.Date, c.want)
		}
	}
}

func TestALicenceHoldsToTheEndOfItsLastDay(t *testing.T) {
	f := oneFact(t, now(on(rec("list", "licence", "k", who("甲", u1), "number=L1", "valid_from=2026-01-01", "valid_to=2026-11-10"))), u1, "licence")
	if got := states(f, "2025-12-31", "2026-11-10", "2026-11-11"); got != "not_yet in_force expired" {
		t.Errorf("states %s", got)
	}
}
