package resolve_test

import (
	"slices"
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

func registered(name, code string, more ...string) evidence.Record {
	return rec("register", "registration", code, who(name, code), append([]string{"status=存续", "area=440305"}, more...)...)
}

// MODEL 1, name: what a name alone may do, and what a wrong name does.
func TestANameAlone(t *testing.T) {
	looked := []resolve.RegisterLook{{Source: "register", Date: "2026-11-02", MaxAge: 90, Known: 2}}
	alone := penalty("credit", "7号", who("甲网络有限公司"))
	for _, c := range []struct {
		rule    string
		looks   []resolve.RegisterLook
		records []evidence.Record
		owner   string // code of whose fact it becomes; empty: nobody's
	}{
		{"attaches where a complete register look shows one bearer on the document's date", looked, []evidence.Record{registered("甲网络有限公司", u1)}, u1},
		{"is a mention without such a look", nil, []evidence.Record{registered("甲网络有限公司", u1)}, ""},
		{"is a mention where two bear the name", looked, []evidence.Record{registered("甲网络有限公司", u1), registered("甲网络有限公司", u2)}, ""},
		{"goes by brackets and width as it is folded", looked, []evidence.Record{registered("甲 网络有限公司", u1)}, u1},
		{"attaches to whoever bore the name on the document's date, not to who bears it now", looked, []evidence.Record{registered("乙网络有限公司", u1, "former_names=甲网络有限公司/2020-01-01/2026-08-31", "name_since=2026-09-01"), registered("甲网络有限公司", u2, "former_names=丙有限公司/2020-01-01/2026-08-31", "name_since=2026-09-01")}, u1},
		{"is a mention where nobody bore the name on that date", looked, []evidence.Record{registered("甲网络有限公司", u1, "name_since=2026-09-01")}, ""},
		{"attaches where an identified record has the same decision key and folded name", nil, []evidence.Record{penalty("penalties", "7号", who("甲网络有限公司", u1))}, u1},
		{"does not attach to another party of the same decision", nil, []evidence.Record{penalty("penalties", "7号", who("乙网络有限公司", u1))}, ""},
		{"does not attach by a name that only records bear", looked, []evidence.Record{penalty("penalties", "8号", who("甲网络有限公司", u1))}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			set := on(append(c.records, alone)...)
			set.Registers = c.looks
			res := now(set)
			owner := ownerOf(res, alone)
			if owner != c.owner {
				t.Errorf("it is %q's, want %q", owner, c.owner)
			}
			mentions := 0
			for _, l := range res.Loose {
				if l.Record == alone.ID() && l.Digest == alone.Parties[0].Mention("credit") {
					mentions++
				}
			}
			if (mentions == 1) != (c.owner == "") {
				t.Errorf("%d mentions, owner %q", mentions, owner)
			}
		})
	}
}

// ownerOf is the code of whose record it is.
func ownerOf(res resolve.Result, r evidence.Record) string {
	for _, e := range res.Entities {
		if slices.Contains(e.Records, r.ID()) {
			return e.Anchor.Value
		}
	}
	return ""
}

func TestARegisterLookDoesNotSpeakForDocumentsLongAfterIt(t *testing.T) {
	set := on(registered("甲有限公司", u1), rec("credit", "penalty", "k", who("甲有限公司"), "number=9号", "date=2027-02-01"))
	set.Registers = []resolve.RegisterLook{{Source: "register", Date: "2026-11-02", MaxAge: 90}}
	if got := factsOf(t, now(set), u1, "penalty"); len(got) != 0 {
		t.Errorf("attached though the look had grown too old: %+v", got)
	}
}

func TestARecordWhoseNameItsRegisteredEntityNeverBoreIsHeld(t *testing.T) {
	wrong := penalty("penalties", "7号", who("丁网络有限公司", u1))
	former := penalty("penalties", "8号", who("旧名有限公司", u1))
	res := now(on(registered("甲网络有限公司", u1, "former_names=旧名有限公司/2010-01-01/2015-01-01"), wrong, former))
	e := entityOf(t, res, u1)
	if len(e.Held) != 1 || e.Held[0].Record != wrong.ID() {
		t.Errorf("held %+v, want the record with the wrong name", e.Held)
	}
	if got := oneFact(t, res, u1, "penalty"); got.Fields["number"] != "8号" {
		t.Errorf("fact of %s, want the one under the former name", got.Fields["number"])
	}
}

func TestWithoutARegisterAnEntityIsCalledAsItsIdentifiedRecordsSay(t *testing.T) {
	e := entityOf(t, now(on(penalty("credit", "1号", who("乙", u1)), penalty("penalties", "2号", who("甲", u1)))), u1)
	want := []evidence.DatedName{{Name: "甲"}, {Name: "乙"}} // by precedence of sources
	if !slices.Equal(e.Names, want) {
		t.Errorf("names %v, want %v", e.Names, want)
	}
}

func TestNamesHaveDatesByTheRegister(t *testing.T) {
	s := seen(registered("甲", u1), 2)
	saw(s, registered("乙", u1), 5)
	e := entityOf(t, now(resolve.Set{States: []*resolve.State{s}, Sources: sources()}), u1)
	want := []evidence.DatedName{{Name: "甲", To: "2026-11-04", Registered: true}, {Name: "乙", From: "2026-11-05", Registered: true}}
	if !slices.Equal(e.Names, want) {
		t.Errorf("names %+v, want %+v", e.Names, want)
	}
}

func TestANameOfANaturalPersonAttachesNothing(t *testing.T) {
	p := who("张某某")
	p.Kind = "natural"
	set := on(registered("张某某", u1), penalty("credit", "7号", p))
	set.Registers = []resolve.RegisterLook{{Date: "2026-11-02", MaxAge: 90}}
	if got := factsOf(t, now(set), u1, "penalty"); len(got) != 0 {
		t.Errorf("attached: %+v", got)
	}
}
