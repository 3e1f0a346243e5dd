package words_test

import (
	"testing"

	"probity/api/words"
	"probity/pipeline/evidence"
)

// MODEL 4: what was looked at and what was not never read alike; each state
// has a word of its own, in both languages.
func TestStatesReadDifferently(t *testing.T) {
	t.Parallel()
	for list, codes := range map[string][]string{
		"indicator": {"found", "clean", "points", evidence.Undecided, evidence.NotLooked, evidence.LookFailed, evidence.NotApplicable},
		"fact":      {evidence.InForce, evidence.Repaired, evidence.Annulled, evidence.Expired, evidence.Unpublished, evidence.Superseded, evidence.NotYet, "disputed", "sealed"},
		"issue":     {"computed", "noticed", "in_publicity", "standing", "withdrawn"},
		"nr":        {"not_looked", "out_of_scope", "terminated"},
		"look":      {evidence.Complete, evidence.Partial, evidence.Refused, evidence.Failed, ""},
	} {
		zh, en := map[string]string{}, map[string]string{}
		for _, code := range codes {
			w := words.Of(list, code)
			if w.Zh == "" || w.Zh == code || w.En == "" || zh[w.Zh] != "" || en[w.En] != "" {
				t.Errorf("%s %q reads %q %q", list, code, w.Zh, w.En)
			}
			zh[w.Zh], en[w.En] = code, code
		}
	}
	if got := words.Of("fact", "unheard of"); got.Zh != "unheard of" {
		t.Errorf("an unknown code is hidden: %q", got)
	}
}

// A covered indicator says what was found: nothing, something against, or
// something that earned points.
func TestCoveredIsToldApart(t *testing.T) {
	t.Parallel()
	for want, i := range map[string]evidence.IndicatorResult{
		"clean":            {State: evidence.Covered},
		"found":            {State: evidence.Covered, Deductions: []evidence.Deduction{{}}, Basis: []string{"f"}},
		"points":           {State: evidence.Covered, Basis: []string{"f"}},
		evidence.NotLooked: {State: evidence.NotLooked, Deductions: []evidence.Deduction{{}}},
	} {
		if got := words.Indicator(i); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Every enum value of the vocabulary has a word for people.
func TestVocabularyIsReadable(t *testing.T) {
	t.Parallel()
	for _, typ := range evidence.Types() {
		for _, f := range typ.Fields {
			for _, v := range f.Values {
				if got := words.Value(typ.Name, f.Name, v); got == v && v[0] < 0x80 {
					t.Errorf("%s.%s: %q has no word", typ.Name, f.Name, v)
				}
			}
		}
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{"20000.00": "20,000.00", "999.00": "999.00", "-1234567.50": "-1,234,567.50", "0.00": "0.00", "": ""} {
		if got := words.Thousands(v); got != want {
			t.Errorf("%q is %q, want %q", v, got, want)
		}
	}
}

// A fact that is only mentioned is called by its name, else by the part of
// its key that says something.
func TestCalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, key, want string }{
		{"深市监罚〔2026〕1号", "x|y", "深市监罚〔2026〕1号"}, {"", "penalty|深市监|(2026)1号", "(2026)1号"}, {"", "n:深社保(2026)41号", "深社保(2026)41号"}, {"", "list|", "list"},
	} {
		if got := words.Called(c.name, c.key); got != c.want {
			t.Errorf("%q %q is called %q, want %q", c.name, c.key, got, c.want)
		}
	}
}
