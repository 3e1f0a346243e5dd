package resolve_test

import (
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/evidence"
)

func repair(key string, p evidence.Party, date, effect string, more ...string) evidence.Record {
	return rec("penalties", "repair", key, p, append([]string{
		"number=" + key, "date=" + date, "effect=" + effect,
		"target_number=1号", "target_authority=深圳市市场监督管理局",
	}, more...)...)
}

// MODEL 2 and 3: effects are intervals; they attach by decision key and item.
func TestEffectsOnAPenalty(t *testing.T) {
	a := who("甲", u1)
	days := []evidence.Date{"2026-05-31", "2026-06-30", "2026-07-01", "2026-08-01", "2026-09-01"}
	for _, c := range []struct {
		rule    string
		kinds   string
		records []evidence.Record
		want    string // states on the days
	}{
		{"repaired from the repair decision", "罚款", []evidence.Record{repair("R1", a, "2026-07-01", "repaired")}, "not_yet in_force repaired repaired repaired"},
		{"until a decision that revokes it", "罚款", []evidence.Record{repair("R1", a, "2026-07-01", "repaired"), repair("R2", a, "2026-08-01", "repair_revoked")}, "not_yet in_force repaired in_force in_force"},
		{"and again from a new one", "罚款", []evidence.Record{repair("R1", a, "2026-07-01", "repaired"), repair("R2", a, "2026-08-01", "repair_revoked"), repair("R3", a, "2026-09-01", "repaired")}, "not_yet in_force repaired in_force repaired"},
		{"annulled at every date, once known", "罚款", []evidence.Record{repair("R1", a, "2026-08-01", "annulled")}, "annulled annulled annulled annulled annulled"},
		{"a repair of some items leaves the fact in force", "罚款;警告", []evidence.Record{repair("R1", a, "2026-07-01", "repaired", "items=警告")}, "not_yet in_force in_force in_force in_force"},
		{"items repaired one after the other are all repaired in the end", "罚款;警告", []evidence.Record{repair("R1", a, "2026-07-01", "repaired", "items=警告"), repair("R2", a, "2026-08-01", "repaired", "items=罚款")}, "not_yet in_force in_force repaired repaired"},
		{"revoking one item of a whole repair puts the fact in force again", "罚款;警告", []evidence.Record{repair("R1", a, "2026-07-01", "repaired"), repair("R2", a, "2026-08-01", "repair_revoked", "items=罚款")}, "not_yet in_force repaired in_force in_force"},
		{"a repair whose decision is not known waits, never by name", "罚款", []evidence.Record{repair("R1", a, "2026-07-01", "repaired", "target_number=2号")}, "not_yet in_force in_force in_force in_force"},
		{"another's repair of a decision of the same number does nothing", "罚款", []evidence.Record{repair("R1", who("乙", u2), "2026-07-01", "repaired")}, "not_yet in_force in_force in_force in_force"},
		{"a repair that names nobody known goes by the decision key alone", "罚款", []evidence.Record{repair("R1", who("甲"), "2026-07-01", "repaired")}, "not_yet in_force repaired repaired repaired"},
		{"a repair that leaves the authority out goes by number where that is the only one", "罚款", []evidence.Record{repair("R1", a, "2026-07-01", "repaired", "target_authority=")}, "not_yet in_force repaired repaired repaired"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			res := now(on(append(c.records, penalty("penalties", "1号", a, "kinds="+c.kinds))...))
			f := oneFact(t, res, u1, "penalty")
			if got := states(f, days...); got != c.want {
				t.Errorf("states %s, want %s\n%+v", got, c.want, f.Effects)
			}
			if len(factsOf(t, res, u1, "repair")) != 0 {
				t.Error("a repair became a fact of its own")
			}
		})
	}
}

func TestARepairThatFindsNothingIsHeldForAPerson(t *testing.T) {
	r := repair("R1", who("甲", u1), "2026-07-01", "repaired", "target_number=2号")
	e := entityOf(t, now(on(penalty("penalties", "1号", who("甲", u1)), r)), u1)
	if len(e.Held) != 1 || e.Held[0].Record != r.ID() {
		t.Errorf("held %+v", e.Held)
	}
}

func TestARowMarkedRevokedIsAnnulledAtEveryDate(t *testing.T) {
	a := who("甲", u1)
	f := oneFact(t, now(on(penalty("penalties", "1号", a), penalty("credit", "1号", a, "status=撤销"))), u1, "penalty")
	if got := states(f, "2026-06-02"); got != "annulled" {
		t.Errorf("state %s", got)
	}
}

func TestAPersonRepairsAnnulsDisputesAndHolds(t *testing.T) {
	a := who("甲", u1)
	key := resolve.Decision{ID: "d", Type: "penalty", Authority: "深圳市市场监督管理局", Number: "1号", Date: "2026-07-01"}
	for verb, want := range map[string]string{resolve.Repair: "in_force repaired", resolve.Annul: "annulled annulled", resolve.Dispute: "in_force in_force"} {
		for party, means := range map[string]bool{"": true, "甲": true, u1: true, "乙": false} {
			d := key
			d.Verb, d.Party = verb, party
			set := on(penalty("penalties", "1号", a))
			set.Decisions = []resolve.Decision{d}
			f := oneFact(t, now(set), u1, "penalty")
			if got := states(f, "2026-06-30", "2026-07-01"); means && got != want || !means && got != "in_force in_force" {
				t.Errorf("%s of party %q: %s", verb, party, got)
			}
			if f.Disputed != (verb == resolve.Dispute && means) {
				t.Errorf("%s of party %q: disputed is %v", verb, party, f.Disputed)
			}
		}
	}
	key.Verb = resolve.Hold
	set := on(penalty("penalties", "1号", a), penalty("penalties", "2号", a))
	set.Decisions = []resolve.Decision{key}
	res := now(set)
	if f := oneFact(t, res, u1, "penalty"); f.Fields["number"] != "2号" || len(entityOf(t, res, u1).Held) != 1 {
		t.Errorf("a held decision is in no fact and waits, got %+v", f)
	}
}

// An appeal supersedes the judgment below from its date, and upheld or
// withdrawn it carries that one's result: the pair counts once.
func TestAnAppealSupersedesTheJudgmentBelow(t *testing.T) {
	a := who("甲", u1)
	first := rec("penalties", "judgment", "1", a, "number=（2026）粤0305民初1号", "date=2026-03-01", "outcome=lost", "amount=20000.00", "category=commercial")
	for disposition, want := range map[string][2]string{"upheld": {"lost", "20000.00"}, "withdrawn": {"lost", "20000.00"}, "changed": {"partly", "5000.00"}} {
		appeal := rec("penalties", "judgment", "2", a, "number=（2026）粤03民终9号", "date=2026-08-01",
			"appealed=(2026)粤0305民初1号", "disposition="+disposition, "outcome=partly", "amount=5000.00")
		var low, high evidence.Fact
		for _, f := range factsOf(t, now(on(appeal, first)), u1, "judgment") {
			if f.Date == "2026-03-01" {
				low = f
			} else {
				high = f
			}
		}
		if got := states(low, "2026-07-31", "2026-08-01"); got != "in_force superseded" {
			t.Errorf("%s: the one below is %s", disposition, got)
		}
		if got := states(high, "2026-07-31", "2026-08-01"); got != "not_yet in_force" {
			t.Errorf("%s: the appeal is %s", disposition, got)
		}
		if got := [2]string{high.Fields["outcome"], high.Fields["amount"]}; got != want {
			t.Errorf("%s: result %v, want %v", disposition, got, want)
		}
	}
}
