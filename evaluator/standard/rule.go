package standard

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// A Rule is the rule of one indicator: points by key, words by key, fields to
// compare, tiers. Keys that carry a number of their own (age_years>=3,
// amount_lt_10k) are taken apart into Bounds.
type Rule struct {
	points map[string]Number
	words  map[string]string
	Fields []string
	Tiers  []Tier
	bounds map[string][]Bound
}

// A Tier is the deduction for amounts up to Upto. An open tier has no Upto.
type Tier struct {
	Upto   *big.Rat
	Points *big.Rat
}

// A Bound is the points of a key that carries a number.
type Bound struct {
	Key    string
	At     []*big.Rat // the numbers in the key, as written there
	Points Number
}

// Points returns the number of a key, a copy; 0 where there is none.
func (r Rule) Points(key string) *big.Rat { return r.points[key].Rat() }

// Has reports whether there is a number for the key.
func (r Rule) Has(key string) bool { _, ok := r.points[key]; return ok }

// Word returns the word of a key, such as the name of a decay.
func (r Rule) Word(key string) string { return r.words[key] }

// Bounds returns the keys of one form, by their first number.
func (r Rule) Bounds(form string) []Bound { return r.bounds[form] }

// UnmarshalJSON takes the rule apart by the kind of its values.
func (r *Rule) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return fmt.Errorf("rule %.60s: %w: want an object", b, evidence.ErrInvalid)
	}
	r.points, r.words, r.bounds = map[string]Number{}, map[string]string{}, map[string][]Bound{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if err := r.entry(key, all[key]); err != nil {
			return fmt.Errorf("rule, key %q: %w", key, err)
		}
	}
	return nil
}

func (r *Rule) entry(key string, value json.RawMessage) error {
	switch value[0] {
	case '"':
		var s string
		err := json.Unmarshal(value, &s)
		r.words[key] = s
		return err
	case '[':
		if key == "tiers" {
			return r.tiers(value)
		}
		return json.Unmarshal(value, &r.Fields)
	}
	var n Number
	if string(value) == "null" {
		return fmt.Errorf("%w: want a number", evidence.ErrInvalid)
	}
	if err := n.UnmarshalJSON(value); err != nil {
		return err
	}
	r.points[key] = n
	return nil
}

func (r *Rule) tiers(value json.RawMessage) error {
	var rows [][]Number
	if err := json.Unmarshal(value, &rows); err != nil {
		return fmt.Errorf("%w: want rows like [50000, 1]: %w", evidence.ErrInvalid, err)
	}
	for _, row := range rows {
		if len(row) != 2 || row[1].rat == nil {
			return fmt.Errorf("%w: want rows like [50000, 1]", evidence.ErrInvalid)
		}
		r.Tiers = append(r.Tiers, Tier{Upto: row[0].rat, Points: row[1].rat})
	}
	return nil
}

// Tier returns the deduction for an amount. A bound belongs to its tier, but
// the last one to the open tier above it: "200000" means at most 200,000,
// the last, "2000000", below 2,000,000 (DOMAIN 1.4, 2.4).
func (r Rule) Tier(amount *big.Rat) *big.Rat {
	for i, t := range r.Tiers {
		last := i+2 == len(r.Tiers) && r.Tiers[i+1].Upto == nil
		if t.Upto == nil || amount.Cmp(t.Upto) < 0 || !last && amount.Cmp(t.Upto) == 0 {
			return new(big.Rat).Set(t.Points)
		}
	}
	return new(big.Rat)
}

// A form says which keys the rule of an indicator has.
type form struct {
	method   string
	keys     []string          // numbers that must be there
	words    []string          // words that must be there
	patterns map[string]string // form of keys that carry numbers -> regular expression; at least one key of each
	optional []string          // numbers that may be there
	events   bool              // it counts events, which a window bounds
}

// forms are the twenty-five indicators and what their rules may say.
func forms() map[string]form {
	num := `(\d+(?:\.\d+)?[km]?)`
	return map[string]form{
		"1.1": {method: "map", optional: statuses()},
		"1.2": {method: "ratio", keys: []string{"points"}},
		"1.3": {method: "map", keys: []string{"full", "partial", "exempt_declared", "none"}},
		"1.4": {method: "ratio", keys: []string{"points"}},
		"1.5": {method: "map", keys: []string{"both_match", "icp_match", "present_mismatch", "none"}},
		"1.6": {method: "sum", keys: []string{"annual_report_on_time"}, patterns: map[string]string{"age_years>=": `^age_years>=` + num + `$`}},
		"2.1": {method: "deduct", events: true, keys: []string{"light", "general", "severe", "repaired"}, words: []string{"decay"}},
		"2.2": {method: "deduct", events: true, keys: []string{"each"}, words: []string{"decay"}},
		"2.3": {method: "deduct", keys: []string{"current", "removed"}},
		"2.4": {method: "tier", words: []string{"unit"}},
		"2.5": {method: "map", keys: []string{"none", "ordered_to_pay", "court_enforced"}},
		"2.6": {method: "map", keys: []string{"none", "ordered_to_pay", "court_enforced"}},
		"2.7": {method: "deduct", events: true, keys: []string{"each", "listed"}},
		"2.8": {method: "deduct", events: true, keys: []string{"each"}},
		"3.1": {method: "deduct", events: true, keys: []string{"partial_factor"}, words: []string{"decay"}, patterns: map[string]string{
			"amount_lt_": `^amount_lt_` + num + `$`, "_to_": `^` + num + `_to_` + num + `$`, "gt_": `^gt_` + num + `$`,
		}},
		"3.2": {method: "deduct", events: true, keys: []string{"each"}, words: []string{"decay"}},
		"3.3": {method: "deduct", keys: []string{"each"}},
		"3.4": {method: "map", keys: []string{"none", "restricted", "dishonest"}},
		"3.5": {method: "deduct", events: true, keys: []string{"each"}, words: []string{"decay"}},
		"4.1": {method: "bayes_linear", events: true, keys: []string{"k", "prior", "lo", "hi", "points"}},
		"4.2": {
			method: "complaint", events: true, keys: []string{"points_volume", "points_resolve", "cap_abs"},
			patterns: map[string]string{"cap_per_": `^cap_per_` + num + `_orders$`},
		},
		"4.3": {method: "sum", keys: []string{"https_valid", "no_malware_or_phish", "privacy_policy"}},
		"4.4": {method: "sum", patterns: map[string]string{
			"availability>=":  `^availability>=` + num + `$`,
			"content_update_": `^content_update_` + num + `d$`, "goods_update_": `^goods_update_` + num + `d$`,
		}},
		"4.5": {method: "deduct", events: true, keys: []string{"minor", "major"}},
		"4.6": {method: "deduct", keys: []string{"missing_return_policy", "absolute_terms", "fake_review_confirmed"}},
	}
}

func statuses() []string {
	t, _ := evidence.TypeOf("registration")
	f, _ := t.Field("status")
	return f.Values
}

// sort puts each key under its form and refuses what has none.
func (r *Rule) sort(f form) error {
	for key, n := range r.points {
		if slices.Contains(f.keys, key) || slices.Contains(f.optional, key) {
			continue
		}
		if !r.bound(f, key, n) {
			return fmt.Errorf("rule: unknown key %q: %w: known are %s", key, evidence.ErrInvalid, f.known())
		}
	}
	for _, key := range f.keys {
		if !r.Has(key) {
			return fmt.Errorf("rule: key %q is missing: %w", key, evidence.ErrInvalid)
		}
	}
	for form := range f.patterns {
		if len(r.bounds[form]) == 0 {
			return fmt.Errorf("rule: no key like %q: %w", form+"…", evidence.ErrInvalid)
		}
		slices.SortFunc(r.bounds[form], func(a, b Bound) int { return a.At[0].Cmp(b.At[0]) })
	}
	if len(r.words) != len(f.words) {
		return fmt.Errorf("rule: %w: words wanted: %s", evidence.ErrInvalid, strings.Join(f.words, ", "))
	}
	for _, w := range f.words {
		if r.words[w] == "" {
			return fmt.Errorf("rule: key %q is missing: %w", w, evidence.ErrInvalid)
		}
	}
	return nil
}

func (r *Rule) bound(f form, key string, n Number) bool {
	for form, pattern := range f.patterns {
		m := regexp.MustCompile(pattern).FindStringSubmatch(key)
		if m == nil {
			continue
		}
		b := Bound{Key: key, Points: n}
		for _, s := range m[1:] {
			b.At = append(b.At, magnitude(s))
		}
		r.bounds[form] = append(r.bounds[form], b)
		return true
	}
	return false
}

func (f form) known() string {
	return strings.Join(slices.Concat(f.keys, f.optional, slices.Sorted(maps.Keys(f.patterns))), ", ")
}

// magnitude reads 10k and 2m.
func magnitude(s string) *big.Rat {
	factor := int64(1)
	switch s[len(s)-1] {
	case 'k':
		factor = 1_000
	case 'm':
		factor = 1_000_000
	}
	n, ok := Decimal(strings.TrimRight(s, "km"))
	if !ok {
		return new(big.Rat)
	}
	return n.Mul(n, big.NewRat(factor, 1))
}
