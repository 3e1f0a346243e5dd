package evaluator_test

import (
	"slices"
	"testing"
	"time"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

const today = evidence.Date("2026-11-02")

func rules(t testing.TB) (*standard.Standard, *evaluator.Tables) {
	t.Helper()
	std, err := standard.Load(standards.FS, standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		t.Fatal(err)
	}
	return std, tab
}

// looked is a complete look of every source at all indicators but those left out.
func looked(std *standard.Standard, except func(id string) bool) []evidence.Look {
	byKind := map[string][]string{}
	for _, in := range std.Indicators {
		for _, k := range in.Sources {
			if except == nil || !except(in.ID) {
				byKind[k] = append(byKind[k], in.ID)
			}
		}
	}
	var out []evidence.Look
	for kind, ids := range byKind {
		out = append(out, evidence.Look{
			ID: "look-" + kind, Source: kind, Kind: kind, Indicators: ids, Result: evidence.Complete,
			Time: today.Time().Add(9 * time.Hour), MaxAgeDays: 30,
		})
	}
	return out
}

func not(ids ...string) func(string) bool {
	return func(id string) bool { return slices.Contains(ids, id) }
}

func only(ids ...string) func(string) bool {
	return func(id string) bool { return !slices.Contains(ids, id) }
}

func dimension(d byte) func(string) bool { return func(id string) bool { return id[0] == d } }

// fields pairs keys and values.
func fields(kv ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}

func f(typ string, kv ...string) evidence.Fact {
	return evidence.Fact{Type: typ, Fields: fields(kv...)}
}

// clean is everything that earns full marks.
func clean() []evidence.Fact {
	return []evidence.Fact{
		f("registration", "status", "存续", "established", "2015-03-01", "address", "深圳市南山区科技路1号", "business_scope", "食品销售"),
		f("annual_report", "year", "2025", "published", "2026-05-01"),
		f("licence", "name", "食品经营许可证", "valid_from", "2024-01-01", "valid_to", "2029-01-01", "status", "有效"),
		f("icp", "number", "粤ICP备20000001号"), f("police_filing", "number", "粤公网安备44030502000001号"),
		f("site_probe", "host", "a.example", "available", "true", "https_valid", "true", "licence_display", "full",
			"shown_name", "深圳市甲乙食品有限公司", "shown_uscc", "91440300192317458F", "shown_address", "深圳市南山区科技路1号",
			"icp_number", "粤ICP备20000001号", "police_number", "粤公网安备44030502000001号", "privacy_policy", "true",
			"return_policy", "true", "absolute_terms", "0", "latest_content", "2026-10-20", "latest_goods", "2026-10-20"),
		f("availability", "host", "a.example", "date", "2026-11-01", "checks", "1000", "successes", "999"),
		f("review", "date", "2026-10-01", "count", "10000", "positive", "10000"),
	}
}

func without(facts []evidence.Fact, types ...string) []evidence.Fact {
	return slices.DeleteFunc(facts, func(f evidence.Fact) bool { return slices.Contains(types, f.Type) })
}

func company() evidence.Subject {
	return evidence.Subject{ID: "e1", Name: "深圳市甲乙食品有限公司", Kind: "company", Area: "440305", Identifiers: []string{"uscc:91440300192317458F"}}
}

// generalPenalty is 6 months old on the day: w = (12-6)/(12-3) = 2/3.
func generalPenalty() evidence.Fact {
	return f("penalty", "number", "深市监罚〔2026〕1号", "authority", "深圳市市场监督管理局", "date", "2026-05-02", "kinds", "罚款", "amount", "20000")
}

// p93 makes p exactly .93: (pos+46)/(n+50) with n=50, pos=47.
func p93() evidence.Fact { return f("review", "date", "2026-10-01", "count", "50", "positive", "47") }

func repaired(f evidence.Fact, items ...string) evidence.Fact {
	f.Effects = append(slices.Clone(f.Effects), evidence.Effect{Kind: evidence.Repaired, From: "2026-10-01", Items: items, By: "decision"})
	return f
}

// The table of MODEL 4, exactly.
func TestTheReferenceTableOfModel4(t *testing.T) {
	std, tab := rules(t)
	severe := f("penalty", "number", "2号", "authority", "局", "date", "2025-05-02", "kinds", "罚款", "amount", "2000000")
	liveSevere := f("penalty", "number", "3号", "authority", "局", "date", "2026-05-02", "kinds", "责令停产停业")
	broken := []evidence.Fact{
		f("registration", "status", "吊销", "address", "深圳市南山区科技路1号"),
		f("site_probe", "host", "a.example", "https_valid", "true", "licence_display", "none", "privacy_policy", "true",
			"shown_name", "深圳市甲乙食品有限公司", "shown_uscc", "91440300192317458F", "shown_address", "深圳市南山区科技路1号"),
		f("dishonest_debtor", "number", "（2025）粤0305执1号", "published", "2025-06-01"),
		f("enforcement", "number", "（2025）粤0305执2号", "date", "2025-06-01"), f("enforcement", "number", "（2025）粤0305执3号", "date", "2025-06-01"),
	}
	natural := evidence.Subject{ID: "n1", Name: "张某某", Kind: "natural", Traits: []string{"natural_person_shop", "platform_shop", "no_license_required"}}
	for _, tc := range []struct {
		name                   string
		who                    evidence.Subject
		facts                  []evidence.Fact
		looks                  []evidence.Look
		score, coverage, grade string
	}{
		{"all data, clean", company(), clean(), looked(std, nil), "100.00", "1.00", "AAA"},
		{
			"one general penalty 6 months old, p = .93 reviews", company(),
			append(without(clean(), "review"), p93(), generalPenalty()), looked(std, nil), "95.11", "1.00", "AA",
		},
		{"the same, repaired", company(), append(without(clean(), "review"), p93(), repaired(generalPenalty())), looked(std, nil), "97.78", "1.00", "AAA"},
		{
			"severe penalty 18 months old and on the abnormal list", company(),
			append(clean(), severe, f("abnormal_listing", "listed", "2026-01-01")), looked(std, nil), "88.50", "1.00", "BB",
		},
		{"revoked and dishonest debtor", company(), broken, looked(std, not("4.1", "4.2", "4.3")), "67.29", "0.82", "D"},
		{
			"natural person's shop", natural,
			[]evidence.Fact{
				f("shop", "licence_display", "exempt_declared", "return_policy", "true"),
				f("review", "date", "2026-10-01", "count", "10000", "positive", "10000"),
			},
			looked(std, not("1.1", "1.2", "2.2", "2.4", "2.5", "2.6", "2.7", "3.3", "3.5", "4.3", "4.4")), "100.00", "0.61", "AA",
		},
		{"only dimension 1 looked at", company(), without(clean(), "review"), looked(std, func(id string) bool { return id[0] != '1' }), "", "0.20", "NR"},
		{
			"the same, and a live general penalty known without a look", company(), append(clean(), generalPenalty()),
			looked(std, func(id string) bool { return id[0] != '1' }), "", "0.20", "NR",
		},
		{
			"only the dishonest-debtor list looked at, and on it", company(),
			[]evidence.Fact{f("dishonest_debtor", "number", "（2025）粤0305执1号", "published", "2025-06-01")},
			looked(std, only("3.4")), "", "0.04", "CC",
		},
		{"only a look that says the licence was revoked", company(), []evidence.Fact{f("registration", "status", "吊销")}, looked(std, only("1.1")), "", "0.05", "D"},
		{"dimension 2 not looked at, one severe live penalty known", company(), append(clean(), liveSevere), looked(std, dimension('2')), "90.00", "0.65", "BB"},
		{"dimension 4 not looked at", company(), clean(), looked(std, dimension('4')), "100.00", "0.75", "AA"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := evaluator.Evaluate(std, tab, evidence.Inputs{Subject: tc.who, Facts: tc.facts, Looks: tc.looks, AsOf: today})
			if err != nil {
				t.Fatal(err)
			}
			if got.Score != tc.score || got.Coverage != tc.coverage || got.Grade != tc.grade {
				t.Errorf("got %q %s %s %s, want %q %s %s", got.Score, got.Coverage, got.Grade, got.Reason, tc.score, tc.coverage, tc.grade)
				for _, i := range got.Indicators {
					t.Logf("%s %s %s/%s %v", i.ID, i.State, i.Got, i.Full, i.Deductions)
				}
			}
		})
	}
}
