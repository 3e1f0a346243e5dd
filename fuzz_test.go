package main

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// foreign are the packages that read what other people wrote, and what that is.
func foreign() map[string]string {
	return map[string]string{
		"api/question":               "what is searched for",
		"crawler/charset":            "headers and bodies, to be decoded",
		"crawler/collyfetch":         "answers of servers, byte for byte",
		"crawler/discover":           "sitemaps, feeds, links",
		"crawler/intake":             "files handed in",
		"crawler/robots":             "robots.txt, Cache-Control",
		"crawler/robots/rfc9309":     "robots.txt",
		"crawler/scope":              "addresses, redirects",
		"crawler/traps":              "addresses, pages",
		"evaluator/request":          "facts and looks of anyone",
		"evaluator/standard":         "standards in YAML",
		"evaluator/strict":           "JSON",
		"extractors":                 "tables and detail pages",
		"extractors/judgment":        "judgments",
		"extractors/mask":            "text of any kind",
		"extractors/norm":            "values of fields",
		"extractors/page":            "HTML, JSON",
		"extractors/sheet":           "CSV, XLSX, XLS",
		"extractors/shop":            "shops and reviews",
		"extractors/site":            "sites of operators",
		"indexer/fold":               "text of any kind",
		"indexer/resolve":            "records in any order",
		"pipeline/archive/audit":     "archives, whole",
		"pipeline/archive/cdxj":      "CDXJ",
		"pipeline/archive/coding":    "content codings",
		"pipeline/archive/warc":      "WARC records",
		"pipeline/archive/warcfiles": "WARC files, torn and whole",
		"pipeline/declare":           "sources and campaigns in YAML",
		"pipeline/evidence":          "dates",
		"pipeline/ledger":            "ledgers, checkpoints",
		"pipeline/timetable":         "schedules, zones, hours",
	}
}

// Every parser of other people's bytes has a fuzz target, and every target begins
// with seeds.
func TestEveryParserOfOtherPeoplesBytesHasAFuzzTarget(t *testing.T) {
	t.Parallel()
	targets := map[string][]string{}
	for file, syntax := range sources(t) {
		for _, d := range syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Fuzz") || !strings.HasSuffix(file, "_test.go") {
				continue
			}
			targets[path.Dir(file)] = append(targets[path.Dir(file)], f.Name.Name)
			if !seeded(f) {
				t.Errorf("%s: %s begins with no seed: add what the tests beside it know", file, f.Name.Name)
			}
		}
	}
	n := 0
	for room, what := range foreign() {
		if len(targets[room]) == 0 {
			t.Errorf("%s reads %s and has no fuzz target", room, what)
		}
		n += len(targets[room])
	}
	t.Logf("%d targets in these %d packages", n, len(foreign()))
}

func seeded(f *ast.FuncDecl) (yes bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Add" {
				yes = true
			}
		}
		return !yes
	})
	return yes
}
