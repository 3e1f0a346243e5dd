package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/api/doors"
)

// A past known_at is today's reading of what was held then, and says so.
func TestADossierOfThePastShowsWhatWasKnownThen(t *testing.T) {
	t.Parallel()
	rows := [][]string{
		{"企业名称", "工商注册号", "组织机构代码", "统一信用代码", "失信领域"},
		{"深圳晨星电子商务有限公司", "", "593930034", "", "失信被执行人名单"},
	}
	dir := declareList(t, rows)
	h := openList(t, dir, "http://127.0.0.1:1")
	takeForm(t, h, dir, "intake")
	then := h.now()
	rows[1][4] = "失信被执行人名单、工商吊销企业名单"
	if err := os.WriteFile(filepath.Join(dir, "later.csv"), asCSV(t, rows), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.intake(t.Context(), h.set.Sources["intake"], "某协会", "", []string{filepath.Join(dir, "later.csv")}); err != nil {
		t.Fatal(err)
	}
	found, err := h.store.Find(t.Context(), "593930034")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		known       time.Time
		grade       string
		facts, seen int
		says        string
	}{
		{then, "CC", 1, 1, "today's reading of what was held then"},
		{time.Time{}, "D", 2, 2, "信用档案"},
	} {
		f, err := h.file(t.Context(), found.To, doors.When{AsOf: "2026-11-02", KnownAt: c.known, Asked: true})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := f.print(shell{out: &out}); err != nil {
			t.Fatal(err)
		}
		if f.Evaluation.Grade != c.grade || len(f.Facts) != c.facts || len(f.Captures) != c.seen || !strings.Contains(out.String(), c.says) {
			t.Errorf("known at %v: grade %s, %d facts, %d captures, want %+v:\n%s", c.known, f.Evaluation.Grade, len(f.Facts), len(f.Captures), c, out.String())
		}
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}
