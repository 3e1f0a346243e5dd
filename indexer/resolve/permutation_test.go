package resolve_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"probity/indexer/resolve"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
)

// body is what two resolutions are compared by.
func body(t *testing.T, res resolve.Result) []byte {
	t.Helper()
	b, err := canon.JSON(map[string]any{"entities": res.Entities, "facts": res.Facts, "loose": res.Loose, "tied": res.Tied})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// someSet makes a random set of histories in which everything happens that
// resolution knows: joins, contests, names alone, shops, repairs, absences.
func someSet(r *rand.Rand) resolve.Set {
	codes := [][]string{{u1}, {u1, r1}, {o1}, {o1, r1}, {r1}, {u2}, {u2, r1}, {o2, r2}, {u2, o1}, {u3}, {"shop:P/1"}, {u3, "shop:P/1"}, {u1, "shop:P/1"}, {"site:a.example"}, nil, nil}
	names := []string{"甲有限公司", "乙有限公司", "丙有限公司", ""}
	party := func() evidence.Party { return who(names[r.IntN(4)], codes[r.IntN(len(codes))]...) }
	set := resolve.Set{Sources: sources(), Registers: []resolve.RegisterLook{{Date: "2026-11-02", MaxAge: 90, Known: 2}}}
	seenIDs := map[string]bool{}
	for i := range 5 + r.IntN(30) {
		n := fmt.Sprint(r.IntN(4), "号")
		date := fmt.Sprintf("date=2026-%02d-01", 1+r.IntN(10))
		src := []string{"penalties", "credit", "list", "platform"}[r.IntN(4)]
		var x evidence.Record
		switch r.IntN(8) {
		case 0:
			x = rec("register", "registration", strconv.Itoa(i), party(), "area=440305", "former_names=丙有限公司/2020-01-01/2024-01-01")
		case 1:
			x = rec(src, "abnormal_listing", strconv.Itoa(i), party(), "listed=2026-01-01", []string{"number=" + n, "x=1"}[r.IntN(2)])
		case 2:
			x = shop(party(), fmt.Sprintf("operator_since=2026-10-%02d", 1+r.IntN(20)))
			x.Key = strconv.Itoa(i)
		case 3:
			x = review(strconv.Itoa(i), fmt.Sprintf("2026-10-%02d", 1+r.IntN(28)), party())
		case 4:
			x = repair(fmt.Sprint("R", i), party(), fmt.Sprintf("2026-%02d-02", 1+r.IntN(10)), []string{"repaired", "repair_revoked", "annulled"}[r.IntN(3)], "target_number="+n)
		case 5:
			x = rec(src, "judgment", strconv.Itoa(i), party(), "number="+n, date, []string{"appealed=1号", "outcome=lost"}[r.IntN(2)], "disposition=upheld")
		case 6:
			x = rec(src, "site_listing", strconv.Itoa(i), party(), "host=a.example")
		default:
			x = penalty(src, n, party(), date, fmt.Sprintf("amount=%d.00", []int{1, 10000, 3}[r.IntN(3)]))
		}
		if seenIDs[x.ID()] {
			continue
		}
		seenIDs[x.ID()] = true
		s := seen(x, 2)
		if r.IntN(4) == 0 {
			x.Fields = map[string]string{"number": n, "status": "撤销"}
			saw(s, x, 3+r.IntN(3))
		}
		if r.IntN(5) == 0 {
			s.Miss("2026-11-07", 8)
		}
		set.States = append(set.States, s)
	}
	if r.IntN(2) == 0 {
		set.Decisions = []resolve.Decision{
			{ID: "a", Verb: resolve.Same, A: "reg:" + r1, B: "uscc:" + u1},
			{ID: "b", Verb: resolve.Annul, Type: "penalty", Authority: "深圳市市场监督管理局", Number: "1号"},
			{ID: "c", Verb: resolve.Same, A: "uscc:" + u2, B: "uscc:" + u3},
			{ID: "d", Verb: resolve.Reverse, A: "c"},
		}[:1+r.IntN(4)]
	}
	return set
}

func TestAPermutationOfTheSetChangesNothing(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		set := someSet(r)
		at := []resolve.At{{}, {AsOf: "2026-11-03"}, {KnownAt: 3}}[r.IntN(3)]
		want := body(t, resolve.Resolve(set, at))
		for range 4 {
			r.Shuffle(len(set.States), func(i, j int) { set.States[i], set.States[j] = set.States[j], set.States[i] })
			r.Shuffle(len(set.Decisions), func(i, j int) { set.Decisions[i], set.Decisions[j] = set.Decisions[j], set.Decisions[i] })
			if got := body(t, resolve.Resolve(set, at)); !bytes.Equal(got, want) {
				t.Fatalf("seed %d: another order says\n%s\nand not\n%s", seed, got, want)
			}
		}
	}
}

// What shares no token may be resolved apart: that is what lets a closed run
// resolve only what it touched.
func TestPartsThatShareNoTokenAreResolvedApart(t *testing.T) {
	for seed := range uint64(150) {
		set := someSet(rand.New(rand.NewPCG(seed, 2)))
		whole := resolve.Resolve(set, resolve.At{})
		want := map[string]any{}
		for _, e := range whole.Entities {
			want[e.ID] = e
		}
		for _, f := range whole.Facts {
			want[f.ID] = f
		}
		got := map[string]any{}
		for _, part := range parts(set) {
			res := resolve.Resolve(part, resolve.At{})
			for _, e := range res.Entities {
				got[e.ID] = e
			}
			for _, f := range res.Facts {
				got[f.ID] = f
			}
		}
		a, errA := canon.JSON(want)
		b, errB := canon.JSON(got)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("seed %d: the parts say\n%s\nand the whole\n%s", seed, b, a)
		}
	}
}

// parts groups a set by shared tokens; a decision ties what it names.
func parts(set resolve.Set) []resolve.Set {
	group := make([]int, len(set.States))
	owner := map[string]int{} // token -> a state that has it
	for i := range group {
		group[i] = i
	}
	join := func(tokens []string, with int) {
		for _, tok := range tokens {
			j, ok := owner[tok]
			if with < 0 {
				with = j
				if !ok {
					with = -1
				}
			} else if ok {
				merge(group, group[j], group[with])
			}
		}
	}
	for i, s := range set.States {
		tokens := s.Tokens(set.Sources, set.Rules)
		join(tokens, i)
		for _, tok := range tokens {
			owner[tok] = i
		}
	}
	for _, d := range set.Decisions {
		join(d.Tokens(set.Rules), -1)
	}
	by := map[int]*resolve.Set{}
	for i, s := range set.States {
		if by[group[i]] == nil {
			part := set
			part.States = nil
			by[group[i]] = &part
		}
		by[group[i]].States = append(by[group[i]].States, s)
	}
	var out []resolve.Set
	for _, p := range by {
		out = append(out, *p)
	}
	return out
}

func merge(group []int, from, to int) {
	for i, g := range group {
		if g == from {
			group[i] = to
		}
	}
}

func FuzzResolveNeverPanics(f *testing.F) {
	f.Add("1号", "2026-01-01", "甲/x/y;/;乙", "0.2")
	f.Fuzz(func(t *testing.T, number, date, former, amount string) {
		p := who(number, u1)
		set := on(rec("register", "registration", "k", p, "former_names="+former, "name_since="+date),
			rec("penalties", "penalty", "k", p, "number="+number, "date="+date, "amount="+amount, "kinds="+former),
			rec("credit", "penalty", "k", p, "number="+number, "date="+date, "amount=2000.00"),
			repair(number, p, date, "repaired", "items="+former, "target_number="+number),
			rec("list", "licence", "k", p, "number="+number, "valid_to="+date))
		body(t, now(set))
	})
}
