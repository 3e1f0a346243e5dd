package standard_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator/standard"
	"probity/pipeline/evidence"
)

func shipped(t testing.TB) string {
	t.Helper()
	data, err := standards.FS.ReadFile(standards.Default)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A standard that cannot be computed with is refused, and the message says
// what is wrong and where.
func TestAWrongStandardIsRefusedWithWhatAndWhere(t *testing.T) {
	for _, tc := range []struct{ name, old, new, want string }{
		{"an unknown key", `"version": "2026.2"`, "\"version\": \"2026.2\",\n \"colour\": 1", "line 4: colour: unknown field"},
		{"a key twice", `"id": "SZ-ECOM-DEFAULT",`, `"id": "SZ-ECOM-DEFAULT", "id": "X",`, "id: stands twice"},
		{"a sum of a dimension", `"full": 35`, `"full": 36`, "dimension D2: full mark is 36.00, its indicators add up to 35.00"},
		{"an indicator nobody knows", `"id": "2.8"`, `"id": "2.9"`, "indicator 2.9: unknown; known are 1.1 1.2"},
		{"an indicator twice", `"id": "2.6"`, `"id": "2.5"`, "stands twice"},
		{"a method nobody knows", `"method": "bayes_linear"`, `"method": "bayes"`, `indicator 4.1: method "bayes": it is computed by "bayes_linear"`},
		{"a key of a rule nobody knows", `"listed": 2`, `"listed": 2, "lsited": 1`, `indicator 2.7: rule: unknown key "lsited"`},
		{"a key of a rule left out", `"removed": 0`, `"current2": 0`, `indicator 2.3: rule`},
		{"a status nobody knows", `"歇业": 3`, `"休业": 3`, "indicator 1.1: rule: unknown key \"休业\""},
		{"more points than the full mark", `"exempt_declared": 4`, `"exempt_declared": 5`, "indicator 1.3: rule: it gives up to 5.00 points, the full mark is 4.00"},
		{"a negative deduction", `"minor": 0.2`, `"minor": -0.2`, "minor is negative"},
		{"a full mark of nothing", "\"full\": 15,\n   \"method\"", "\"full\": 0,\n   \"method\"", "D2"},
		{"a severer penalty that costs less", `"severe": 10`, `"severe": 3`, "a severer penalty must not cost less"},
		{"tiers out of order", `200000,`, `20000,`, "tiers must rise"},
		{"grades out of order", "80,\n   \"AA\"", "95,\n   \"AA\"", "grades: AA must begin below AAA"},
		{"a cap that is no grade", `"cap": "CC"`, `"cap": "E"`, `veto V3: cap "E" is no grade`},
		{"a veto nobody understands", `"on 严重违法失信名单"`, `"on 黑名单"`, "veto V2: when"},
		{"a decay nobody understands", `"w=1 for 3 months, linear to 0 at 12"`, `"slowly"`, `decay "slowly"`},
		{"a decay that ends before it begins", `"w=1 for 3 months, linear to 0 at 12"`, `"w=1 for 13 months, linear to 0 at 12"`, "it must end later than it begins"},
		{"a fine nobody understands", `罚款>=100万元`, `罚款很多`, `match "罚款很多"`},
		{"a publicity that shrinks with severity", `"max_publicity_months": 36`, `"max_publicity_months": 13`, ""},
		{
			"a window on what is no event", "\"points\": 3\n   },\n   \"sources\": [\n    \"gsxt\",\n    \"shop_site\"\n   ],\n   \"not_applicable_to\": [],\n   \"window_months\": null",
			"\"points\": 3\n   },\n   \"sources\": [\n    \"gsxt\",\n    \"shop_site\"\n   ],\n   \"not_applicable_to\": [],\n   \"window_months\": 3", "window_months: it counts no events",
		},
		{"another rounding", `"half_up"`, `"half_even"`, "only half_up is known"},
		{"a number in quotes", `"bonus_cap": 5`, `"bonus_cap": "5"`, "number"},
		{"a number with an exponent", `"bonus_cap": 5`, `"bonus_cap": 5e999999999`, "want a decimal like 0.5"},
		{"no JSON", `"indicators": [`, `"indicators": `, "line"},
	} {
		text := strings.Replace(shipped(t), tc.old, tc.new, 1)
		if text == shipped(t) {
			t.Errorf("%s: the change changes nothing", tc.name)
			continue
		}
		_, err := standard.Parse([]byte(text))
		if tc.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) || !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v\nwant %q", tc.name, err, tc.want)
		}
	}
}

func TestADigestTellsTwoStandardsOfOneNameApart(t *testing.T) {
	a, err := standard.Parse([]byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	spaced, err := standard.Parse([]byte(strings.ReplaceAll(shipped(t), "\n", "\n ")))
	if err != nil {
		t.Fatal(err)
	}
	b, err := standard.Parse([]byte(strings.Replace(shipped(t), `"minor": 0.2`, `"minor": 0.3`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest() != spaced.Digest() || a.Digest() == b.Digest() || a.Name() != b.Name() {
		t.Error("white space must not count, rules must")
	}
}

// The boundaries of the severity table, DOMAIN 1.4.
func TestSeverityIsThatOfTheSeverestKind(t *testing.T) {
	s, err := standard.Parse([]byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	tab, err := standard.LoadTables(tables.FS)
	if err != nil {
		t.Fatal(err)
	}
	fine := func(n string) *big.Rat { r, _ := new(big.Rat).SetString(n); return r }
	for _, tc := range []struct {
		kinds   string
		fine    *big.Rat
		summary bool
		want    string
	}{
		{"警告", nil, false, "light"},
		{"罚款", fine("3000"), false, "light"},
		{"罚款", fine("3000.01"), false, "general"},
		{"罚款", fine("999999.99"), false, "general"},
		{"罚款", fine("1000000"), false, "severe"},
		{"罚款", nil, false, "general"}, // 罚款 of unknown amount
		{"警告;没收违法所得", nil, false, "general"},
		{"罚款;吊销许可证件", fine("1"), false, "severe"},
		{"其他", nil, false, "light"}, // in no list
		{"罚款", fine("50000"), true, "general"},
		{"警告", nil, true, "light"},
	} {
		if got := s.SeverityOf(standard.Penalty{Kinds: strings.Split(tc.kinds, ";"), Fine: tc.fine, Summary: tc.summary}, tab); got != tc.want {
			t.Errorf("%s %v: %s, want %s", tc.kinds, tc.fine, got, tc.want)
		}
	}
}

// Decay, DOMAIN 1.4: 1 until the least publicity, then linear to 0 at the longest.
func TestWeightsByAge(t *testing.T) {
	s, err := standard.Parse([]byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		decay, severity string
		age             int
		want            string
	}{
		{"severity", "light", 0, "1"},
		{"severity", "light", 1, "2/3"},
		{"severity", "light", 3, "0"},
		{"severity", "general", 3, "1"},
		{"severity", "general", 4, "8/9"},
		{"severity", "general", 6, "2/3"},
		{"severity", "general", 12, "0"},
		{"severity", "severe", 12, "1"},
		{"severity", "severe", 18, "3/4"},
		{"severity", "severe", 35, "1/24"},
		{"severity", "severe", 36, "0"},
		{"general", "", 3, "1"},
		{"general", "", 11, "1/9"},
		{"general", "", 12, "0"},
		{"judicial", "", 12, "1"},
		{"judicial", "", 18, "1/2"},
		{"judicial", "", 24, "0"},
	} {
		if got := s.DecayOf(tc.decay, tc.severity).Weight(tc.age).RatString(); got != tc.want {
			t.Errorf("%s %s at %d months: %s, want %s", tc.decay, tc.severity, tc.age, got, tc.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(shipped(f)))
	f.Add([]byte(`{"indicators":[{"id":"1.1","rule":{"存续":1}}]}`))
	f.Add([]byte(`{"decay":{"general":"w=1 for 3 months, linear to 0 at 12"},"grades":[[90,"AAA"]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := standard.Parse(data); err != nil && !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%v does not say what the receiver should do", err)
		}
	})
}
