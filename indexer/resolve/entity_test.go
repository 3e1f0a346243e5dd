package resolve_test

import (
	"testing"

	"probity/pipeline/evidence"
)

func kind(p evidence.Party, kind string) evidence.Party {
	p.Kind = kind
	return p
}

func TestTheKindOfAnEntityIsAsTheBestSourceSays(t *testing.T) {
	a := who("甲", u1)
	filing := rec("list", "icp", "k", kind(a, "company"), "number=粤ICP备1号", "domain=a.example")
	for _, c := range []struct {
		rule    string
		records []evidence.Record
		want    string
	}{
		{"the register's word counts", []evidence.Record{registered("甲", u1, "operator_kind=branch"), shop(kind(a, "company"), "operator_kind=company")}, "branch"},
		{"else a shop's page", []evidence.Record{shop(a, "operator_kind=individual"), penalty("penalties", "1号", kind(a, "company"))}, "individual"},
		{"else all documents with one voice", []evidence.Record{penalty("penalties", "1号", kind(a, "company")), penalty("credit", "1号", a)}, "company"},
		{"with two voices it is not known", []evidence.Record{penalty("penalties", "1号", kind(a, "company")), penalty("credit", "1号", kind(a, "individual"))}, ""},
		{"a filing says who runs a site, and no form", []evidence.Record{filing}, ""},
		{"nor does a code", []evidence.Record{penalty("penalties", "1号", a)}, ""},
	} {
		if got := entityOf(t, now(on(c.records...)), u1).Kind; got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestTheAreaIsTheRegistersElseInferredFromTheCode(t *testing.T) {
	e := entityOf(t, now(on(registered("甲", u1))), u1)
	if len(e.Areas) != 1 || e.Areas[0] != (evidence.DatedArea{Area: "440305"}) {
		t.Errorf("areas %+v", e.Areas)
	}
	e = entityOf(t, now(on(penalty("penalties", "1号", who("甲", u1)))), u1)
	if len(e.Areas) != 1 || e.Areas[0] != (evidence.DatedArea{Area: "440300", Inferred: true}) {
		t.Errorf("areas %+v", e.Areas)
	}
	if e = entityOf(t, now(on(penalty("penalties", "1号", who("甲", o1)))), o1); len(e.Areas) != 0 {
		t.Errorf("areas %+v: an organisation code says none", e.Areas)
	}
}
