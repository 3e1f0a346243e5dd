package resolve_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

func look(source string, at time.Time, result string, scope evidence.Scope) evidence.Look {
	l := evidence.Look{Run: "run", Source: source, Kind: source, Indicators: []string{"2.1"}, Scope: scope, Result: result, Time: at, MaxAgeDays: 30}
	l.ID = evidence.Digest("look", source, at.String(), result, strings.Join(scope.Areas, ""), strings.Join(scope.Subjects, ""))
	return l
}

func (d *desk) inputs(text string, asOf evidence.Date, known int64) evidence.Inputs {
	d.t.Helper()
	in, err := d.Inputs(d.t.Context(), got(d.t, d, text), asOf, known)
	must(d.t, err)
	return in
}

// MODEL 4: containment is computed with the register's area on the look's
// date, else the USCC's, marked inferred; an area unknown or coarser than the
// scope is outside.
func TestALookContainsAnEntityByItsAreaOnTheLooksDate(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "register", registered("甲公司", u1)) // 440305
	moved := registered("甲公司", u1)
	moved.Fields["area"] = "440306"
	d.crawl("b", 9, "register", moved)
	d.crawl("c", 9, "penalties", penalty("penalties", "1号", who("乙公司", u2)), penalty("penalties", "2号", who("丙公司", o3)))
	for _, c := range []struct {
		rule  string
		code  string
		scope evidence.Scope
		day   int
		want  bool
	}{
		{"the whole city contains a district of it", u1, evidence.Scope{Areas: []string{"4403"}}, 3, true},
		{"before it moved, the district it was in", u1, evidence.Scope{Areas: []string{"440305"}}, 3, true},
		{"before it moved, not the one it moved to", u1, evidence.Scope{Areas: []string{"440306"}}, 3, false},
		{"after it moved, the new one", u1, evidence.Scope{Areas: []string{"440306"}}, 10, true},
		{"without a register, the area of the USCC", u2, evidence.Scope{Areas: []string{"4403"}}, 10, true},
		{"which is outside where it is coarser than the scope", u2, evidence.Scope{Areas: []string{"440305"}}, 10, false},
		{"without any area only a scope of everywhere contains it", u3, evidence.Scope{}, 10, true},
		{"and no other", u3, evidence.Scope{Areas: []string{"4403"}}, 10, false},
		{"a look made for it by a code", u1, evidence.Scope{Subjects: []string{"uscc:" + u1}}, 3, true},
		{"not one made for another", u1, evidence.Scope{Subjects: []string{"uscc:" + u2}}, 3, false},
	} {
		d.position++
		must(t, d.AddLook(t.Context(), look(c.rule, day(c.day), evidence.Complete, c.scope), d.position))
		code := c.code
		if code == u3 {
			code = o3
		}
		in := d.inputs(code, "2026-11-20", 0)
		if got := slices.ContainsFunc(in.Looks, func(l evidence.Look) bool { return l.Source == c.rule }); got != c.want {
			t.Errorf("%s: contained is %v", c.rule, got)
		}
	}
	if s := d.inputs(u2, "2026-11-20", 0).Subject; s.Area != "440300" || !s.AreaInferred {
		t.Errorf("subject %+v: want the area of its USCC, said to be inferred", s)
	}
	if s := d.inputs(u1, "2026-11-08", 0).Subject; s.Area != "440305" || s.AreaInferred || s.Name != "甲公司" {
		t.Errorf("subject %+v", s)
	}
}

func TestOfEachSearchTheNewestLookDecidesAndTheFirstLaterOneSpeaksForEvents(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "penalties", penalty("penalties", "1号", who("甲公司", u1)))
	for n := 2; n < 8; n++ {
		must(t, d.AddLook(t.Context(), look("penalties", day(n), evidence.Complete, evidence.Scope{}), int64(n)))
	}
	must(t, d.AddLook(t.Context(), look("penalties", day(4), evidence.Failed, evidence.Scope{}), 8))
	must(t, d.AddLook(t.Context(), look("penalties", day(4), evidence.Failed, evidence.Scope{}), 9)) // once more
	var days []string
	for _, l := range d.inputs(u1, "2026-11-05", 0).Looks {
		days = append(days, string(l.Date())[8:]+l.Result)
	}
	if want := "04failed 05complete 06complete"; strings.Join(days, " ") != want {
		t.Errorf("looks %v, want %s", days, want)
	}
	if n := len(d.inputs(u1, "2026-11-05", 3).Looks); n != 1 {
		t.Errorf("%d looks known at 3, want 1", n)
	}
}

func TestWhatMightConcernAnEntityLeavesALookUndecided(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	quarantined := page("run", "penalties", "2", day(2))
	quarantined.Reading.Quarantined = []evidence.Quarantine{{Reason: "日期无法识别", Names: []string{evidence.FoldName("甲公司")}}, {Reason: "x", Names: []string{"乙公司"}}}
	d.sight(quarantined, page("run", "penalties", "1", day(2),
		penalty("penalties", "1号", who("甲公司", u1)),
		penalty("penalties", "2号", who("甲公司")), // a mention: no register was looked at
		penalty("penalties", "3号", who("乙公司"))))
	c := d.close("run", 2, "penalties")
	if len(c.Entities) != 1 {
		t.Errorf("touched %v", c.Entities)
	}
	must(t, d.AddLook(t.Context(), look("penalties", day(2), evidence.Complete, evidence.Scope{}), 1))
	must(t, d.AddLook(t.Context(), look("credit", day(2), evidence.Complete, evidence.Scope{}), 1))
	for _, l := range d.inputs(u1, "2026-11-20", 0).Looks {
		if want := map[string]int{"penalties": 2, "credit": 0}[l.Source]; l.Undecided != want {
			t.Errorf("%s: %d undecided, want %d: a mention and a row of its own source", l.Source, l.Undecided, want)
		}
	}
	// The register says who bore the name: the mention is decided.
	c = d.crawl("reg", 3, "register", registered("甲公司", u1))
	if len(c.Entities) != 1 || c.FactsNew != 2 { // the registration and the second penalty
		t.Errorf("changes %+v", c)
	}
	if l := d.inputs(u1, "2026-11-20", 0).Looks; l[0].Undecided+l[1].Undecided != 1 {
		t.Errorf("looks %+v", l)
	}
	// One under a name that it never bore is held, and is undecided again.
	d.crawl("held", 4, "credit", penalty("credit", "4号", who("丁公司", u1)))
	for _, l := range d.inputs(u1, "2026-11-20", 0).Looks {
		if l.Undecided != 1 {
			t.Errorf("%s: %d undecided, want 1", l.Source, l.Undecided)
		}
	}
}

func TestARowThatCannotBeReadTouchesWhomItMightConcernOnce(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	known := penalty("credit", "1号", who("甲公司", u1))
	d.crawl("a", 2, "credit", known)
	run := func(name string, n int, rows ...evidence.Quarantine) int {
		g := page(name, "penalties", "1", day(n))
		g.Reading.Quarantined = rows
		d.sight(g)
		return len(d.close(name, n, "penalties").Entities)
	}
	row := evidence.Quarantine{Reason: "日期无法识别", Names: []string{u1}}
	if got := []int{run("b", 3, row), run("c", 4, row), run("d", 5), run("e", 6)}; !slices.Equal(got, []int{1, 0, 1, 0}) {
		t.Errorf("touched %v, want it when the row came and when it went", got)
	}
}

func TestANewMentionTouchesWhomItMightConcern(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "penalties", penalty("penalties", "1号", who("甲公司", u1)))
	c := d.crawl("b", 3, "credit", penalty("credit", "2号", who("甲公司")))
	if len(c.Entities) != 1 || c.FactsNew != 0 {
		t.Errorf("changes %+v", c)
	}
}

func TestInputsAsOfAnEarlierDayAndAnEarlierPosition(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "register", registered("甲公司", u1))
	revoked := registered("甲公司", u1)
	revoked.Fields["status"] = "吊销"
	d.crawl("b", 9, "register", revoked)
	for _, c := range []struct {
		asOf  evidence.Date
		known int64
		want  string
	}{{"2026-11-20", 0, "吊销"}, {"2026-11-09", 0, "吊销"}, {"2026-11-08", 0, "存续"}, {"2026-11-20", 1, "存续"}, {"2026-11-20", 2, "吊销"}} {
		in := d.inputs(u1, c.asOf, c.known)
		if in.Facts[0].Fields["status"] != c.want || in.AsOf != c.asOf || in.KnownAt != c.known {
			t.Errorf("as of %s known at %d: %+v, want %s", c.asOf, c.known, in.Facts, c.want)
		}
	}
	d.crawl("c", 10, "penalties", penalty("penalties", "1号", who("乙公司", u2)))
	if _, err := d.Inputs(t.Context(), got(t, d, u2), "2026-11-20", 2); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("before it was known: %v", err)
	}
	if _, err := d.Inputs(t.Context(), got(t, d, u2), "", 0); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("without a day: %v", err)
	}
}

func TestTraitsAndScopeOfASubject(t *testing.T) {
	d := newDesk(t, resolve.Rules{Areas: []string{"440305"}})
	person := who("张某", "shop:P/9")
	person.Kind = "natural"
	natural := rec("platform", "shop", "P/9", person, "platform=P", "shop_id=9", "operator_kind=natural")
	d.crawl("a", 2, "platform", natural, shop(who("甲公司", u1, "shop:P/1")), shop2(who("丙公司", u3, "shop:P/2")))
	d.crawl("b", 2, "register", registered("甲公司", u1))
	d.crawl("c", 3, "list", rec("list", "site_listing", "k", who("丙公司", u3), "host=c.example"))
	d.crawl("d", 3, "penalties", penalty("penalties", "1号", who("乙公司", u2)))
	for _, c := range []struct {
		text, traits string
		out          bool
	}{
		{"shop:P/9", "natural_person_shop platform_shop", false}, // of an unknown area: not known to be outside
		{u1, "platform_shop", false},
		{u3, "", false},
		{u2, "", true}, // 440300 by its code
	} {
		s := d.inputs(c.text, "2026-11-20", 0).Subject
		if strings.Join(s.Traits, " ") != c.traits || (s.OutOfScope != "") != c.out || len(s.Identifiers) == 0 {
			t.Errorf("%s: %+v", c.text, s)
		}
	}
}

func shop2(p evidence.Party) evidence.Record {
	return rec("platform", "shop", "P/2", p, "platform=P", "shop_id=2")
}

func TestFindAnswersWithOneOrWithCandidatesAndNeverGuesses(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "register", registered("深圳甲网络有限公司", u1, "former_names=深圳旧网络有限公司/2015-01-01/2020-01-01"), registered("深圳甲网络有限公司", u2))
	d.crawl("b", 2, "penalties", penalty("penalties", "1号", who("", u1, r1)), penalty("penalties", "2号", who("", u2, r1)), penalty("penalties", "3号", who("", u1, r2)))
	d.crawl("c", 2, "platform", shop(who("深圳甲网络有限公司", u1, "shop:P/1")))
	e1, e2 := got(t, d, u1), got(t, d, u2)
	contested := evidence.EntityID(who("", r1).Identifiers[0])
	for _, c := range []struct {
		rule, text string
		to         string
		moved      bool
		candidates int
		reason     string
	}{
		{"a code is exact", u1, e1, false, 0, ""},
		{"in whatever form it is written", " " + strings.ToLower(u1[:9]) + " " + u1[9:], e1, false, 0, ""},
		{"with its scheme too", "uscc:" + u1, e1, false, 0, ""},
		{"a weaker identifier sends on", r2, e1, true, 0, ""},
		{"the code inside a USCC sends on", "reg:" + r2, e1, true, 0, ""},
		{"an id is an answer", e2, e2, false, 0, ""},
		{"the digest of a weaker identifier sends on", evidence.EntityID(who("", o1).Identifiers[0]), e1, true, 0, ""},
		{"a contested identifier answers with those whose it may be", r1, "", false, 2, "contested"},
		{"and so does its digest", contested, "", false, 2, "contested"},
		{"a shop answers with who holds it", "P/1", e1, false, 0, ""},
		{"a name of two is no answer", "深圳甲网络有限公司", "", false, 2, "name"},
		{"a former name is", "深圳旧网络有限公司", e1, false, 0, ""},
		{"the beginning of a name", "深圳旧", e1, false, 0, ""},
		{"a part of a name", "甲网络", "", false, 2, "name"},
	} {
		f, err := d.Find(t.Context(), c.text)
		if err != nil || f.To != c.to || f.Moved != c.moved || len(f.Candidates) != c.candidates || f.Contested != (c.reason == "contested") {
			t.Errorf("%s: %+v, %v", c.rule, f, err)
		}
		for _, x := range f.Candidates {
			if !strings.Contains(x.Reason, c.reason) || x.Name == "" {
				t.Errorf("%s: candidate %+v", c.rule, x)
			}
		}
	}
	for _, nobody := range []string{"", "无此企业", u3, "%", "n:"} {
		if f, err := d.Find(t.Context(), nobody); !errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("%q: %+v, %v", nobody, f, err)
		}
	}
}

func TestFromAPassageUpToFacts(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	one, two := penalty("penalties", "1号", who("甲公司", u1)), penalty("penalties", "2号", who("乙公司"))
	g := page("a", "penalties", "1", day(2), one, two)
	d.sight(g)
	d.close("a", 2, "penalties")
	marks, err := d.Citing(t.Context(), g.Capture.Content, 3, 9) // the first record stands at [0,5), the second at [10,15)
	must(t, err)
	if len(marks) != 1 || marks[0].Record != one.ID() || len(marks[0].Facts) != 1 || len(marks[0].Entities) != 1 || marks[0].Citation.Content != g.Capture.Content {
		t.Errorf("marks %+v", marks)
	}
	all, err := d.Citing(t.Context(), g.Capture.Content, 0, 0)
	must(t, err)
	if len(all) != 2 {
		t.Errorf("%d marks in all, want 2", len(all))
	}
}

func TestDecisionsChangeWhatTheyTouchAndCanBeTakenBack(t *testing.T) {
	d := newDesk(t, resolve.Rules{})
	d.crawl("a", 2, "penalties", penalty("penalties", "1号", who("甲公司", u1)), penalty("penalties", "2号", who("乙公司", u2)))
	annul := resolve.Decision{ID: "d1", Verb: resolve.Annul, Type: "penalty", Authority: "深圳市市场监督管理局", Number: "1号"}
	for range 2 { // the same word twice changes nothing
		c, err := d.Decide(t.Context(), annul, 2, "2026-11-03")
		must(t, err)
		if c.FactsChanged != 1 || len(c.Entities) != 1 {
			t.Errorf("changes %+v", c)
		}
	}
	if got := d.fact(u1, "penalty").State("2026-07-01"); got != evidence.Annulled {
		t.Errorf("state %s", got)
	}
	if got := d.inputs(u1, "2026-11-20", 1).Facts[0].State("2026-07-01"); got != evidence.InForce {
		t.Errorf("before it was known: %s", got)
	}
	if _, err := d.Decide(t.Context(), resolve.Decision{ID: "d1", Verb: resolve.Annul, Number: "2号"}, 3, "2026-11-03"); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("another decision of that id: %v", err)
	}
	_, err := d.Decide(t.Context(), resolve.Decision{ID: "d2", Verb: resolve.Reverse, A: "d1"}, 3, "2026-11-03")
	must(t, err)
	if got := d.fact(u1, "penalty").State("2026-07-01"); got != evidence.InForce {
		t.Errorf("taken back: %s", got)
	}
	c, err := d.Decide(t.Context(), resolve.Decision{ID: "d3", Verb: resolve.Same, A: "uscc:" + u1, B: "uscc:" + u2}, 4, "2026-11-03")
	must(t, err)
	if len(c.EntitiesGone) != 1 || len(c.Entities) != 1 || got(t, d, u2) != got(t, d, u1) {
		t.Errorf("changes %+v: alone a person may join two USCCs", c)
	}
	for _, wrong := range []resolve.Decision{{}, {ID: "x", Verb: "guess"}, {ID: "x", Verb: resolve.Same, A: "uscc:" + u1}, {ID: "x", Verb: resolve.Annul}, {ID: "x", Verb: resolve.Reverse}} {
		if _, err := d.Decide(t.Context(), wrong, 5, "2026-11-03"); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
