package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"probity/indexer"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

const realList = "../shared/real/dishonest_ecommerce_companies.csv"

// A real list, in whatever forms and order it comes: each company is one
// entity, each list that it is on one fact, and everybody is graded.
func TestRealListInEveryForm(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(realList)
	if err != nil {
		t.Skip("not here: ../shared/real is not beside the project")
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	holdList(t, rows, orders()[0], []string{"intake", "xlsx", "csv", "html"})
}

// Another list of the same kind, with companies that nobody has seen and codes
// of which some are wrong or stand in the wrong column.
func TestAnyListInEveryForm(t *testing.T) {
	t.Parallel()
	if seen := holdList(t, inventedList(rand.New(rand.NewPCG(7, 1))), orders()...); seen != 15 {
		t.Errorf("%d subsets of forms were seen, want 15", seen)
	}
}

// The same where one source names all forms, in whatever order.
func TestOneSourceOfAllForms(t *testing.T) {
	t.Parallel()
	rows := inventedList(rand.New(rand.NewPCG(7, 2)))
	server := httptest.NewServer(listSite(t, rows))
	t.Cleanup(server.Close)
	var bodies string
	for _, starts := range []string{"html csv xlsx", "xlsx csv html", "csv html xlsx"} {
		dir := declareList(t, rows)
		var list []string
		for form := range strings.FieldsSeq(starts) {
			list = append(list, `{url: "http://list.example/list.`+form+`"}`)
		}
		declareForm(t, dir, "all", "["+strings.Join(list, ", ")+"]")
		h := openList(t, dir, server.URL)
		takeForm(t, h, dir, "all")
		if bodies == "" {
			bodies = bodiesOfList(t, h)
			checkList(t, h, rows)
		}
		if now := bodiesOfList(t, h); now != bodies {
			t.Errorf("bodies by %s differ:\n%s", starts, cmp.Diff(bodies, now))
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}
}

// orders are such that what is known after each step goes through every
// subset of the four forms.
func orders() [][]string {
	return [][]string{
		{"html", "csv", "xlsx", "intake"},
		{"csv", "xlsx", "intake", "html"},
		{"xlsx", "intake", "html", "csv"},
		{"intake", "html", "csv", "xlsx"},
		{"html", "xlsx", "csv", "intake"},
		{"csv", "intake", "html", "xlsx"},
	}
}

// holdList takes a list in by every order and returns through how many subsets
// of the forms that went.
func holdList(t *testing.T, rows [][]string, orders ...[]string) int {
	t.Helper()
	dir := declareList(t, rows)
	server := httptest.NewServer(listSite(t, rows))
	t.Cleanup(server.Close)
	var said, bodies string
	seen := map[string]bool{}
	for _, order := range orders {
		h := openList(t, dir, server.URL)
		for i, form := range order {
			takeForm(t, h, dir, form)
			subset := slices.Sorted(slices.Values(order[:i+1]))
			seen[strings.Join(subset, "+")] = true
			if middle := i > 0 && i+1 < len(order); middle && len(orders) < 4 {
				continue // a long list by few orders: its beginning and its end
			}
			now := sayList(t, h)
			if said == "" {
				said = now
				checkList(t, h, rows)
			}
			if diff := cmp.Diff(said, now); diff != "" {
				t.Fatalf("facts and grades after %v differ:\n%s", order[:i+1], diff)
			}
		}
		now := bodiesOfList(t, h)
		if bodies == "" {
			bodies = now
		}
		if now != bodies {
			t.Errorf("bodies after %v differ:\n%s", order, cmp.Diff(bodies, now))
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}
	return len(seen)
}

// declareList writes the list as a file to be handed over, and declarations
// with no code of their own: the shipped profile, and who, where, on what
// ground.
func declareList(t *testing.T, rows [][]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources"), 0o700); err != nil {
		t.Fatal(err)
	}
	for form, start := range map[string]string{
		"html": `[{url: "http://list.example/list.html"}]`, "csv": `[{url: "http://list.example/list.csv"}]`, "xlsx": `[{url: "http://list.example/list.xlsx"}]`, "intake": "[]",
	} {
		declareForm(t, dir, form, start)
	}
	if err := os.WriteFile(filepath.Join(dir, "list.csv"), asCSV(t, rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func declareForm(t *testing.T, dir, form, start string) {
	t.Helper()
	text := "source: " + form + "\nextends: ecommerce-blacklist\npublisher: 某协会\nlegal_basis: 《征信业管理条例》第十三条\nimpact: 每月一次，单线程\nmanners: {gap: 1ms}\nstart: " + start + "\n"
	if err := os.WriteFile(filepath.Join(dir, "sources", form+".yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func openList(t *testing.T, declarations, address string) *house {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.Data, c.Declarations, c.Areas, c.PersonKey = filepath.Join(t.TempDir(), "data"), []string{declarations}, nil, "k"
	c.Crawl.Pins = []Pin{{Host: "list.example", Address: u.Hostname(), Port: port}}
	c.Crawl.Manners.Gap = time.Millisecond
	start := time.Now()
	sh := shell{out: io.Discard, err: io.Discard, log: slog.New(slog.DiscardHandler), now: func() time.Time { return dayZero().Add(time.Since(start)) }}
	h, err := openHouse(t.Context(), sh, c, datadir.Work)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// takeForm crawls one form, or takes the file in, as a run of its own.
func takeForm(t *testing.T, h *house, dir, form string) {
	t.Helper()
	var report Report
	var err error
	if form == "intake" {
		report, err = h.intake(t.Context(), h.set.Sources[form], "某协会", "", []string{filepath.Join(dir, "list.csv")})
	} else {
		report, err = h.run(t.Context(), evidence.Campaign{ID: form, Sources: []string{form}}, "test", func(Progress) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	if s := report.Sources[form]; s.Result != evidence.Complete || s.Quarantined > 0 || len(s.Unread) > 0 {
		t.Fatalf("%s: %s %s, quarantined %d, unread %v, %v", form, s.Result, s.Reason, s.Quarantined, s.Unread, s.Why)
	}
}

// each calls do with every entity and its present evaluation.
func each(t *testing.T, h *house, do func(evidence.Entity, evidence.Evaluation, evidence.Inputs)) {
	t.Helper()
	ctx := context.Background()
	for after := ""; ; {
		entities, next, err := h.store.Entities(ctx, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entities {
			result, in, err := h.calculate(ctx, e.ID, "2026-11-02", 0)
			if err != nil {
				t.Fatal(err)
			}
			do(e, result, in)
		}
		if after = next; after == "" {
			return
		}
	}
}

// sayList says who is known, the facts and the grades, but not who stated them.
func sayList(t *testing.T, h *house) string {
	t.Helper()
	var b strings.Builder
	each(t, h, func(e evidence.Entity, v evidence.Evaluation, in evidence.Inputs) {
		fmt.Fprintf(&b, "%s %s %v %v: %s %s %s %s %s", e.Anchor, names(e), e.Identifiers, e.Contested, v.Grade, v.Score, v.Coverage, v.Class, v.Reason)
		for _, c := range v.Caps {
			fmt.Fprintf(&b, " %s≤%s", c.Rule, c.Cap)
		}
		for _, f := range in.Facts {
			fmt.Fprintf(&b, "\n    %s %q %s %s %s %v", f.Type, f.Key, f.Date, f.End, f.State("2026-11-02"), f.Fields)
		}
		b.WriteString("\n")
	})
	return b.String()
}

// checkList holds what is known against the rows themselves.
func checkList(t *testing.T, h *house, rows [][]string) {
	t.Helper()
	types := map[string]string{"失信被执行人名单": "dishonest_debtor", "工商吊销企业名单": "revocation_listing"}
	want := map[string][]string{} // name -> types of facts
	for _, row := range rows[1:] {
		for list := range strings.SplitSeq(row[4], "、") {
			want[row[0]] = append(want[row[0]], types[list])
		}
		slices.Sort(want[row[0]])
	}
	n := 0
	each(t, h, func(e evidence.Entity, v evidence.Evaluation, in evidence.Inputs) {
		n++
		var got []string
		for _, f := range in.Facts {
			got = append(got, f.Type)
		}
		slices.Sort(got)
		name := names(e)
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s: facts differ from its lists:\n%s", name, diff)
		}
		grade := map[bool]string{true: "D", false: "CC"}[slices.Contains(got, "revocation_listing")]
		if v.Grade != grade || len(v.Caps) == 0 {
			t.Errorf("%s with %v: grade %s, caps %v, want %s and why", name, got, v.Grade, v.Caps, grade)
		}
		if _, err := h.issues.Last(t.Context(), e.ID, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	if n != len(rows)-1 {
		t.Errorf("%d entities of %d companies", n, len(rows)-1)
	}
	checkCodes(t, h, rows)
}

// checkCodes holds that every code of a row leads to its company, whichever
// column it stood in, and that what is none is kept as written and marked.
func checkCodes(t *testing.T, h *house, rows [][]string) {
	t.Helper()
	for _, row := range rows[1:] {
		found, err := h.store.Find(t.Context(), row[0])
		if err != nil || found.To == "" {
			t.Fatalf("%s: %+v, %v", row[0], found, err)
		}
		e, err := h.store.Entity(t.Context(), found.To)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := h.store.Record(t.Context(), e.Records[0])
		if err != nil {
			t.Fatal(err)
		}
		rec := seen.Versions[0].Record
		for _, code := range row[1:4] {
			id, valid := evidence.Recognise(code)
			switch {
			case valid && !slices.Contains(e.Identifiers, id) && !slices.Contains(e.Contested, id):
				t.Errorf("%s: %s leads nowhere: %v", row[0], code, e.Identifiers)
			case !valid && code != "" && !slices.Contains(rec.Parties[0].Unchecked, code):
				t.Errorf("%s: %q is not kept as written: %v", row[0], code, rec.Parties[0].Unchecked)
			case !valid && code != "" && rec.Marks["party.identifier"] == "":
				t.Errorf("%s: %q is not marked: %v", row[0], code, rec.Marks)
			}
		}
	}
}

// bodiesOfList are the bodies of all documents.
func bodiesOfList(t *testing.T, h *house) string {
	t.Helper()
	var b strings.Builder
	for _, kind := range []string{indexer.ContentDoc, indexer.RecordDoc, indexer.FactDoc, indexer.EntityDoc, indexer.EvaluationDoc} {
		err := h.index.Scan(t.Context(), kind, func(d indexer.Doc) error {
			_, err := fmt.Fprintf(&b, "%s %s %t %s\n", d.Kind, d.ID, d.Gone, d.Body)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
