package world

import (
	"slices"
	"strings"
	"testing"
)

// byCase finds the entity of a case in a truth.
func byCase(w *World, truth Truth, kase string) (Entity, bool) {
	for i, o := range w.Operators {
		if o.Case != kase {
			continue
		}
		anchor := w.anchorOf(i)
		for _, e := range truth.Entities {
			if e.Anchor == anchor {
				return e, true
			}
		}
	}
	return Entity{}, false
}

// factOfCase finds the only fact of a type of a case.
func factOfCase(w *World, truth Truth, kase, typ string) Fact {
	e, _ := byCase(w, truth, kase)
	for _, f := range truth.Facts {
		if f.Anchor == e.Anchor && f.Type == typ {
			return f
		}
	}
	return Fact{State: "none"}
}

// A situation is an operator of the cast and what it has to come to on day 0:
// score, coverage, grade and reason.
type situation struct{ kase, want string }

func situations() []situation {
	return []situation{
		{"clean company with site, shop and badge", "100.00 1.00 AAA"},
		{"company without site and shop", "100.00 0.76 AA"},
		{"natural person's shop", "100.00 0.59 A"},
		{"natural person's shop not verified", "100.00 0.59 B"},
		{"registered by number only", "82.86 0.75 D"},
		{"status 注销", "none 0.89 NR terminated"},
		{"status 撤销", "90.91 0.89 D"},
		{"moved out of Shenzhen", "none 0.57 NR out_of_scope"},
		{"known by organisation code, penalised", "none 0.34 NR not_looked"},
		{"known by organisation code, dishonest debtor", "none 0.34 CC"},
		{"known by organisation code, seriously dishonest", "none 0.34 D"},
		{"area unknown, badge only", "none 0.38 NR not_looked"},
		{"area unknown, site down but watched", "89.58 0.41 A"},
		{"area unknown, site and shop", "100.00 0.61 AA"},
		{"one licence of three", "95.15 0.76 AA"},
		{"penalty of no listed kind", "99.33 0.89 AAA"},
		{"fine of unknown amount", "96.00 0.89 AA"},
		{"one licence of two", "96.36 0.76 AA"},
		{"fine of 3,000 exactly", "99.33 0.89 AAA"},
		{"fine of 3,000.01", "96.00 0.89 AA"},
		{"fine of 999,999.99", "96.00 0.89 AA"},
		{"fine of 1,000,000 exactly", "90.00 0.89 BB"},
		{"light penalty of 3 months on day 0", "100.00 0.89 AAA"},
		{"light penalty of 3 months on day 1", "99.67 0.89 AAA"},
		{"general penalty of 12 months on day 0", "100.00 0.89 AAA"},
		{"general penalty of 12 months on day 1", "99.56 0.89 AA"},
		{"severe penalty of 36 months on day 1", "99.58 0.89 BB"},
		{"severe penalty of 36 months on day 0", "100.00 0.89 AAA"},
		{"own publicity ended before", "96.89 0.89 AAA"},
		{"severest item repaired", "97.33 0.75 AA"},
		{"lesser item repaired", "90.00 0.75 BB"},
		{"penalty repaired", "100.00 0.89 AAA"},
		{"penalty annulled", "100.00 0.89 AAA"},
		{"unit slip in one place", "90.00 0.75 BB"},
		{"more awards than the cap", "99.00 0.75 AA"},
		{"two commitments broken, one performed", "91.00 0.75 AA"},
		{"revoked and dishonest debtor", "86.91 0.89 D"},
		{"deregistered and dishonest debtor", "none 0.75 NR terminated"},
		{"90, on", "90.00 1.00 AAA"},
		{"90, below", "89.56 1.00 AA"},
		{"80, on", "80.00 1.00 AA"},
		{"80, below", "79.56 1.00 A"},
		{"70, on", "70.00 1.00 A"},
		{"70, below", "69.56 1.00 BBB"},
		{"60, on", "60.00 1.00 BBB"},
		{"60, below", "59.56 1.00 BB"},
		{"50, on", "50.00 1.00 BB"},
		{"50, below", "49.56 1.00 B"},
		{"40, on", "40.00 1.00 B"},
		{"40, below", "39.56 1.00 CCC"},
		{"30, on", "30.00 1.00 CCC"},
		{"30, below", "29.56 1.00 CC"},
		{"20, on", "20.00 1.00 CC"},
		{"20, below", "19.56 1.00 C"},
		{"10, on", "10.00 1.00 C"},
		{"10, below", "9.56 1.00 D"},
	}
}

// What is cast for a situation has to be in it, whatever the seed: what the
// designer expected, written by hand.
func TestTheCastIsInItsSituations(t *testing.T) {
	for seed := range int64(2) {
		w := New(seed)
		truth := w.Truth(0, false)
		for _, c := range situations() {
			e, ok := byCase(w, truth, c.kase)
			x := e.Expected
			score := x.Score
			if score == "" {
				score = "none"
			}
			if got := strings.TrimSpace(score + " " + x.Coverage + " " + x.Grade + " " + x.Reason); !ok || got != c.want {
				t.Errorf("seed %d, %s: %s, want %s", seed, c.kase, got, c.want)
			}
		}
	}
}

// MODEL 3: two complete searches in a row that lack a row make it absent, the
// first of them dates it; a row that is back was never away; who looks once
// knows of no absence.
func TestWhatVanishesIsAbsentAfterTwoCompleteSearches(t *testing.T) {
	w := New(3)
	days := daily(w, 10)
	for _, c := range []struct {
		kase, typ string
		states    map[int]string // by day, for a daily watcher
		end       Date           // on the last of the days
	}{
		{"penalty gone from day 5", "penalty", map[int]string{4: "in_force", 5: "in_force", 6: "unpublished"}, ""},
		{"penalty gone on days 3 to 6, then back", "penalty", map[int]string{3: "in_force", 4: "unpublished", 6: "unpublished", 7: "in_force"}, ""},
		{"penalty missing on day 6 only", "penalty", map[int]string{6: "in_force", 7: "in_force"}, ""},
		{"penalty gone from one of two places", "penalty", map[int]string{7: "in_force"}, ""},
		{"gone from the abnormal list on day 6", "abnormal_listing", map[int]string{6: "in_force", 7: "expired"}, Day(6)},
		{"missing from the abnormal list on day 4 only", "abnormal_listing", map[int]string{4: "in_force", 5: "in_force"}, ""},
		{"removed from the abnormal list on day 3", "abnormal_listing", map[int]string{2: "in_force", 3: "expired"}, Day(3)},
		{"penalty annulled on day 4", "penalty", map[int]string{3: "in_force", 4: "annulled"}, ""},
		{"penalty repaired on day 5", "penalty", map[int]string{4: "in_force", 5: "repaired"}, ""},
		{"repair revoked on day 6", "penalty", map[int]string{5: "repaired", 6: "in_force"}, ""},
		{"appealed and upheld on day 6", "judgment", map[int]string{5: "in_force", 6: "superseded"}, ""},
		{"gives up its shop on day 7", "shop", map[int]string{6: "in_force", 7: "expired"}, Day(7)},
		{"penalty gone from the table on day 9", "penalty", map[int]string{9: "in_force", 10: "unpublished"}, ""},
	} {
		for day, want := range c.states {
			f := factOfCase(w, days[day], c.kase, c.typ)
			if f.State != want {
				t.Errorf("%s: %s on day %d is %s, want %s", c.kase, c.typ, day, f.State, want)
			}
			if c.end != "" && want == "expired" && f.End != c.end {
				t.Errorf("%s ends on %s, want %s", c.kase, f.End, c.end)
			}
		}
	}
	for _, days := range [][]int{{4, 5}, {4, 5, 5}} { // a day watched twice is two searches
		want := map[int]string{2: "in_force", 3: "unpublished"}[len(days)]
		if f := factOfCase(w, w.TruthOn(days), "penalty gone from day 5", "penalty"); f.State != want {
			t.Errorf("watched on days %v it is %s, want %s", days, f.State, want)
		}
	}
	once := w.Truth(12, false)
	if f := factOfCase(w, once, "penalty gone from day 5", "penalty"); f.State != "none" {
		t.Errorf("who looks on day 12 only knows of a penalty that is gone: %s", f.State)
	}
}

// daily are the facts that a daily watcher knows on each of the days up to one;
// grades are left out, which take most of the time.
func daily(w *World, last int) []Truth {
	var out []Truth
	v := w.watch(nil)
	for day := range last + 1 {
		v.crawl(day)
		truth := Truth{Day: day, Date: Day(day), Facts: v.facts(Day(day))}
		for i := range w.Operators {
			truth.Entities = append(truth.Entities, Entity{Anchor: w.anchorOf(i)})
		}
		out = append(out, truth)
	}
	return out
}

// MODEL 1: names.
func TestNamesAloneAttachToTheirBearerOfThatDay(t *testing.T) {
	w := New(5)
	truth := w.Truth(12, true)
	for kase, want := range map[string]int{
		"renamed in 2024": 1, "took over a former name": 1, "renamed on day 5": 1, "takes a similar name on day 9": 1, "named by name alone": 1,
		"code beside a name it never bore": 0, "first of two parties of one decision": 1, "second of two parties of one decision": 1,
		"one penalty in four places": 1,
	} {
		e, ok := byCase(w, truth, kase)
		n := 0
		for _, f := range truth.Facts {
			if f.Anchor == e.Anchor && f.Type == "penalty" {
				n++
			}
		}
		if !ok || n != want {
			t.Errorf("%s has %d penalties, want %d", kase, n, want)
		}
	}
	for kase, id := range map[string]string{"code beside a name it never bore": "2.1", "first of one name": "2.8", "second of one name": "2.8"} {
		e, _ := byCase(w, truth, kase)
		if got := e.Expected.Indicators[id]; got.State != "undecided" || got.Got != "" {
			t.Errorf("%s: %s is %s %s, want undecided", kase, id, got.State, got.Got)
		}
	}
}

// Every indicator is fed by some channel, and for every one of them somebody
// gets all of it, somebody less, in every world.
func TestEveryIndicatorIsFedAndTellsOperatorsApart(t *testing.T) {
	for seed := range int64(2) {
		results := map[string]map[string]bool{}
		states, letters := map[string]bool{}, map[string]bool{}
		for _, e := range New(seed).Truth(0, false).Entities {
			letters[e.Expected.Grade+e.Expected.Reason] = true
			for id, in := range e.Expected.Indicators {
				if results[id] == nil {
					results[id] = map[string]bool{}
				}
				states[in.State] = true
				if in.Got != "" {
					results[id][in.Got] = true
				}
			}
		}
		for _, in := range indicators() {
			if got := results[in.id]; !got[decimal(in.full)] || len(got) < 2 {
				t.Errorf("seed %d: indicator %s gives %v", seed, in.id, got)
			}
		}
		all(t, "state", states, "covered undecided not_looked look_failed not_applicable")
		all(t, "grade", letters, "AAA AA A BBB BB B CCC CC C D NRnot_looked NRout_of_scope NRterminated")
	}
}

func all(t *testing.T, what string, got map[string]bool, want string) {
	t.Helper()
	for _, w := range words(want) {
		if !got[w] {
			t.Errorf("no %s %s", what, w)
		}
	}
}

// What the vocabulary distinguishes is distinguished by somebody.
func TestEveryTypeOfFactIsThere(t *testing.T) {
	types := map[string]bool{}
	for _, f := range New(2).Truth(14, false).Facts {
		types[f.Type] = true
	}
	all(t, "fact of type", types, `registration annual_report licence icp police_filing site_listing shop penalty coercion abnormal_listing
		serious_listing tax_arrears fund_arrears insurance_arrears labour_violation wage_listing spot_check judgment labour_award enforcement
		consumption_limit dishonest_debtor site_probe review complaint availability security_finding news fake_review partner_notice award
		commitment false_material`)
}

func TestALookFailsWhereAHostFails(t *testing.T) {
	w := New(1)
	result := func(channel string, day int) string {
		for _, l := range w.Truth(day, false).Looks {
			if l.Channel == channel {
				return l.Result
			}
		}
		return "none"
	}
	for _, c := range []struct {
		channel string
		day     int
		want    string
	}{{Coercion, 7, "complete"}, {Coercion, 8, "failed"}, {PenaltyPages, 10, "partial"}, {Commitments, 0, "complete"}, {InternalDrafts, 0, "refused"}, {Court, 13, "failed"}} {
		if got := result(c.channel, c.day); got != c.want {
			t.Errorf("%s on day %d: %s, want %s", c.channel, c.day, got, c.want)
		}
	}
	down := 0
	for _, l := range w.Truth(8, false).Looks {
		if l.Channel == OwnSites && l.Result == "failed" {
			down++
		}
	}
	if down < 4 {
		t.Errorf("%d sites are down on day 8", down)
	}
	if !slices.ContainsFunc(Channels(), func(c Channel) bool { return c.Each }) {
		t.Error("no channel looks at one subject at a time")
	}
}
