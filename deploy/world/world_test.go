package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// seeds are those that tests about every seed try.
const seeds = 20

func TestASeedMakesTheSameWorldAgain(t *testing.T) {
	a, b := fmt.Sprintf("%+v", *New(7)), fmt.Sprintf("%+v", *New(7))
	if a != b {
		t.Error("two worlds of one seed differ")
	}
	if a == fmt.Sprintf("%+v", *New(8)) {
		t.Error("worlds of two seeds are alike")
	}
}

func TestEveryWorldHasTheWholeCast(t *testing.T) {
	cases := func(w *World) []string {
		var out []string
		for _, o := range w.Operators {
			if o.Case != "" {
				out = append(out, o.Case)
			}
		}
		return out
	}
	want := cases(New(1))
	for seed := range int64(seeds) {
		w := New(seed)
		if len(w.Operators) < 200 || len(w.Sites) < 50 {
			t.Errorf("seed %d: %d operators, %d sites", seed, len(w.Operators), len(w.Sites))
		}
		if got := cases(w); len(got) != len(want) {
			t.Errorf("seed %d: %d cases, seed 1 has %d", seed, len(got), len(want))
		}
	}
	// A case names one operator: a situation that is found by name is found once.
	slices.Sort(want)
	for i := 1; i < len(want); i++ {
		if want[i] == want[i-1] {
			t.Errorf("two operators are cast for %q", want[i])
		}
	}
}

// Check characters are counted here by the definition, position by position:
// the sum over all of them has to vanish.
func TestEveryCodeHasItsCheckCharacter(t *testing.T) {
	for seed := range int64(seeds) {
		for _, o := range New(seed).Operators {
			if o.USCC != "" && (checkSum(o.USCC) != 0 || o.USCC[8:17] != o.OrgCode) {
				t.Errorf("seed %d: USCC %s of organisation %s", seed, o.USCC, o.OrgCode)
			}
			if o.OrgCode != "" && organisationCode(o.OrgCode[:8]) != o.OrgCode {
				t.Errorf("seed %d: organisation code %s", seed, o.OrgCode)
			}
			if o.RegNo != "" && registrationNumber(o.RegNo[:14]) != o.RegNo {
				t.Errorf("seed %d: registration number %s", seed, o.RegNo)
			}
		}
	}
}

func checkSum(code string) int {
	sum, weight := 0, 1
	for _, c := range code[:17] {
		sum += weight * strings.IndexRune(creditAlphabet, c)
		weight = weight * 3 % 31
	}
	return (sum + strings.IndexByte(creditAlphabet, code[17])) % 31
}

// Vectors of GB 32100, GB 11714 and of registration numbers in the wild.
func TestCodesReproduceKnownOnes(t *testing.T) {
	if got := creditCode("91", "350100", "M000100Y4"); got != "91350100M000100Y43" {
		t.Error(got)
	}
	if got := organisationCode("66312847"); got != "663128478" {
		t.Error(got)
	}
	if got := registrationNumber("44030110309741"); got != "440301103097413" {
		t.Error(got)
	}
}

// MODEL 2: ages are completed months (Civil Code art. 201-203).
func TestMonthsAreComplete(t *testing.T) {
	for _, c := range []struct {
		from, to Date
		want     int
	}{
		{"2026-08-31", "2026-11-29", 2},
		{"2026-08-31", "2026-11-30", 3},
		{"2026-08-02", "2026-11-02", 3},
		{"2026-08-03", "2026-11-02", 2},
		{"2024-02-29", "2026-02-28", 24},
		{"2024-02-29", "2025-02-27", 11},
		{"2026-11-02", "2026-11-02", 0},
		{"2026-11-03", "2026-11-02", -1},
		{"2025-12-31", "2026-02-28", 2},
	} {
		if got := c.from.monthsTo(c.to); got != c.want {
			t.Errorf("%s to %s: %d months, want %d", c.from, c.to, got, c.want)
		}
	}
}

func TestNoNameBelongsToTwoUnlessItIsCastSo(t *testing.T) {
	for seed := range int64(seeds) {
		bearers := map[string]int{}
		for _, o := range New(seed).Operators {
			for _, n := range o.Names {
				bearers[n.Name]++
			}
		}
		shared := 0
		for _, n := range bearers {
			if n > 1 {
				shared++
			}
		}
		if shared > 4 { // two names taken over, one borne by two, and a natural person's perhaps
			t.Errorf("seed %d: %d names have two bearers", seed, shared)
		}
	}
}
