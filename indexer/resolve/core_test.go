package resolve_test

import (
	"strings"
	"testing"
	"time"

	"probity/indexer/resolve"
	"probity/pipeline/canon"
	"probity/pipeline/evidence"
)

// Codes of nobody, with valid check characters: uN states organisation code oN
// inside it.
const (
	u1, o1 = "91440300MA5EX00091", "MA5EX0009"
	u2, o2 = "91440300MA5EX0017U", "MA5EX0017"
	u3, o3 = "91440305MA5EX0025Y", "MA5EX0025"
	r1, r2 = "440301103097405", "440301103097413"
)

// day returns noon of a day of November 2026 in Shanghai.
func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, evidence.Shanghai) }

// who makes a subject: its name and its codes, recognised by form; shop:P/1
// and site:H are written out.
func who(name string, codes ...string) evidence.Party {
	p := evidence.Party{Role: evidence.RoleSubject, Name: name}
	for _, c := range codes {
		if id, ok := evidence.Recognise(c); ok {
			p.Identifiers = append(p.Identifiers, id)
		} else if id, ok := evidence.ParseIdentifier(c); ok {
			p.Identifiers = append(p.Identifiers, id)
		}
	}
	return p
}

// rec makes a record; fields are "name=value".
func rec(source, typ, key string, p evidence.Party, fields ...string) evidence.Record {
	r := evidence.Record{Source: source, View: "list", Type: typ, Key: key, Fields: map[string]string{}, Parties: []evidence.Party{p}}
	for _, f := range fields {
		k, v, _ := strings.Cut(f, "=")
		r.Fields[k] = v
	}
	return r
}

// seen makes the history of a record that a run saw on each of the days, with
// the ledger at the day's number.
func seen(r evidence.Record, days ...int) *resolve.State {
	s := &resolve.State{ID: r.ID()}
	for _, d := range days {
		saw(s, r, d)
	}
	return s
}

func saw(s *resolve.State, r evidence.Record, d int) {
	digest, err := canon.Digest(r)
	if err != nil {
		panic(err)
	}
	s.See(resolve.Sight{Record: r, Digest: digest, Run: "run" + day(d).Format("02"), Time: day(d), Known: int64(d)})
}

// on returns a set of records all seen on the second day.
func on(records ...evidence.Record) resolve.Set {
	set := resolve.Set{Sources: sources()}
	for _, r := range records {
		set.States = append(set.States, seen(r, 2))
	}
	return set
}

func sources() map[string]evidence.Source {
	out := map[string]evidence.Source{}
	for _, s := range []evidence.Source{
		{ID: "register", Register: true, Precedence: 9, List: "snapshot", Missing: evidence.MissingNothing},
		{ID: "penalties", Precedence: 5, List: "events", Missing: evidence.MissingUnpublished},
		{ID: "credit", Precedence: 3, List: "events", Missing: evidence.MissingUnpublished},
		{ID: "list", Precedence: 5, List: "standings", Missing: evidence.MissingEnds},
		{ID: "list2", Precedence: 4, List: "standings", Missing: evidence.MissingEnds},
		{ID: "platform", Precedence: 1, List: "snapshot", Missing: evidence.MissingNothing},
	} {
		out[s.ID] = s
	}
	return out
}

func penalty(source, number string, p evidence.Party, more ...string) evidence.Record {
	return rec(source, "penalty", number+p.Name, p, append([]string{"number=" + number, "authority=深圳市市场监督管理局", "date=2026-06-01"}, more...)...)
}

// entityOf returns the entity on the anchor of a code.
func entityOf(t *testing.T, res resolve.Result, code string) evidence.Entity {
	t.Helper()
	e, ok := findEntity(res, code)
	if !ok {
		t.Fatalf("no entity on %s, only %v", code, anchors(res))
	}
	return e
}

func findEntity(res resolve.Result, code string) (evidence.Entity, bool) {
	id := who("", code).Identifiers[0]
	for _, e := range res.Entities {
		if e.Anchor == id {
			return e, true
		}
	}
	return evidence.Entity{}, false
}

func anchors(res resolve.Result) []string {
	var out []string
	for _, e := range res.Entities {
		out = append(out, e.Anchor.String())
	}
	return out
}

// factsOf returns the facts of a type of the entity on a code.
func factsOf(t *testing.T, res resolve.Result, code, typ string) []evidence.Fact {
	t.Helper()
	var out []evidence.Fact
	e, ok := findEntity(res, code)
	for _, f := range res.Facts {
		if ok && f.Entity == e.ID && f.Type == typ {
			out = append(out, f)
		}
	}
	return out
}

// oneFact returns the only fact of a type of the entity on a code.
func oneFact(t *testing.T, res resolve.Result, code, typ string) evidence.Fact {
	t.Helper()
	all := factsOf(t, res, code, typ)
	if len(all) != 1 {
		t.Fatalf("%d facts %s of %s, want one: %+v", len(all), typ, code, all)
	}
	return all[0]
}

func now(set resolve.Set) resolve.Result { return resolve.Resolve(set, resolve.At{}) }

func states(f evidence.Fact, dates ...evidence.Date) string {
	var out []string
	for _, d := range dates {
		out = append(out, f.State(d))
	}
	return strings.Join(out, " ")
}
