package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const refDay = Date("2026-11-02")

// fact makes a fact in force from pairs of field and value.
func fact(typ string, date Date, pairs ...string) Fact {
	f := Fact{Type: typ, Date: date, State: "in_force", Fields: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		f.Fields[pairs[i]] = pairs[i+1]
	}
	f.Number = f.Fields["number"]
	return f
}

// looksAt makes a complete look for each kind that covers an indicator.
func looksAt(ids ...string) []Look {
	var out []Look
	for _, in := range indicators() {
		if !slices.Contains(ids, in.id) {
			continue
		}
		for _, k := range in.kinds {
			out = append(out, Look{Kind: k, Result: "complete", Date: refDay, MaxAge: 30, Indicators: []string{in.id}})
		}
	}
	return out
}

func allBut(ids ...string) []string {
	var out []string
	for _, in := range indicators() {
		if !slices.Contains(ids, in.id) && !slices.Contains(ids, in.id[:1]) {
			out = append(out, in.id)
		}
	}
	return out
}

func only(prefix string) []string {
	var out []string
	for _, in := range indicators() {
		if strings.HasPrefix(in.id, prefix) {
			out = append(out, in.id)
		}
	}
	return out
}

// cleanFacts are those of an operator without blemish.
func cleanFacts() []Fact {
	return []Fact{
		fact("registration", refDay, "status", "存续", "address", "A", "established", "2015-01-01", "business_scope", "服装、食品"),
		fact("annual_report", "2026-03-01", "year", "2025"),
		fact("licence", "2025-01-01", "name", "食品经营许可证", "status", "有效", "valid_to", "2029-12-31"),
		fact("site_probe", refDay, "licence_display", "full", "shown_name", "N", "shown_uscc", "U", "shown_address", "A", "icp_number", "I",
			"police_number", "P", "privacy_policy", "true", "return_policy", "true", "absolute_terms", "0", "https_valid", "true",
			"latest_content", "2026-11-01", "latest_goods", "2026-11-01"),
		fact("icp", refDay, "number", "I"),
		fact("police_filing", refDay, "number", "P"),
		fact("review", "2026-10-01", "count", "400", "positive", "400"),
		fact("availability", "2026-10-31", "host", "h", "checks", "100", "successes", "100"),
	}
}

var refWho = Subject{Anchor: "uscc:U", Name: "N", USCC: "U", Kind: "company", Area: "440305"}

func without(facts []Fact, types ...string) []Fact {
	return slices.DeleteFunc(slices.Clone(facts), func(f Fact) bool { return slices.Contains(types, f.Type) })
}

func TestGradeReproducesTheReferenceTable(t *testing.T) {
	general := fact("penalty", "2026-05-02", "number", "P1", "kinds", "罚款", "amount", "50000.00")
	mended := general
	mended.State = "repaired"
	fair := func(facts []Fact) []Fact { // p = (n*x+46)/(n+50) = .93
		return append(without(facts, "review"), fact("review", "2026-10-01", "count", "50", "positive", "47"))
	}
	severe := fact("penalty", "2025-05-02", "number", "P2", "kinds", "责令停产停业")
	young := fact("penalty", "2026-06-02", "number", "P3", "kinds", "责令停产停业")
	abnormal := fact("abnormal_listing", "2026-01-01")
	debtor := fact("dishonest_debtor", "2026-01-01", "number", "E9")
	revoked := append(without(cleanFacts(), "registration", "annual_report", "availability", "icp", "police_filing", "site_probe", "review"),
		fact("registration", refDay, "status", "吊销", "address", "A", "established", "2025-12-01", "business_scope", "服装、食品"),
		fact("site_probe", refDay, "licence_display", "none", "shown_name", "N", "shown_uscc", "U", "shown_address", "A",
			"privacy_policy", "true", "return_policy", "true"),
		debtor, fact("enforcement", "2026-01-01", "number", "E1"), fact("enforcement", "2026-01-01", "number", "E2"))
	revoked[0] = fact("licence", "2025-01-01", "name", "食品经营许可证", "status", "有效", "valid_to", "2029-12-31")
	natural := Subject{Anchor: "shop:P/1", Kind: "natural", Traits: []string{"natural_person_shop", "platform_shop", "no_license_required"}}
	shopFacts := []Fact{fact("shop", refDay, "licence_display", "exempt_declared", "return_policy", "true"), fact("review", "2026-10-01", "count", "400", "positive", "400")}

	for _, c := range []struct {
		name  string
		who   Subject
		facts []Fact
		looks []Look
		want  string
	}{
		{"all data, clean", refWho, cleanFacts(), looksAt(allBut()...), "100.00 1.00 AAA"},
		{"one general penalty 6 months old, p = .93 reviews", refWho, append(fair(cleanFacts()), general), looksAt(allBut()...), "95.11 1.00 AA"},
		{"the same, repaired", refWho, append(fair(cleanFacts()), mended), looksAt(allBut()...), "97.78 1.00 AAA"},
		{"severe penalty 18 months old and abnormal list", refWho, append(cleanFacts(), severe, abnormal), looksAt(allBut()...), "88.50 1.00 BB"},
		{"revoked and dishonest debtor", refWho, revoked, looksAt(allBut("4.1", "4.2", "4.3")...), "67.29 0.82 D"},
		{"natural person's shop", natural, shopFacts, looksAt("1.3", "2.1", "2.3", "2.8", "3.1", "3.2", "3.4", "4.1", "4.2", "4.5", "4.6"), "100.00 0.61 AA"},
		{"only dimension 1 looked at", refWho, cleanFacts(), looksAt(only("1")...), "none 0.20 NR not_looked"},
		{"the same, and a live general penalty without a look", refWho, append(cleanFacts(), general), looksAt(only("1")...), "none 0.20 NR not_looked"},
		{"only the dishonest-debtor list, and on it", refWho, []Fact{debtor}, looksAt("3.4"), "none 0.04 CC"},
		{"only a look that says revoked", refWho, []Fact{fact("registration", refDay, "status", "吊销", "business_scope", "食品")}, looksAt("1.1"), "none 0.05 D"},
		{"dimension 2 not looked at, one severe live penalty", refWho, append(cleanFacts(), young), looksAt(allBut("2")...), "90.00 0.65 BB"},
		{"dimension 4 not looked at", refWho, cleanFacts(), looksAt(allBut("4")...), "100.00 0.75 AA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Grade(c.who, c.facts, c.looks, refDay)
			score := got.Score
			if score == "" {
				score = "none"
			}
			is := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", score, got.Coverage, got.Grade, got.Reason))
			if is != c.want {
				t.Errorf("got %s, want %s\n%v", is, c.want, got.Indicators)
			}
		})
	}
}
