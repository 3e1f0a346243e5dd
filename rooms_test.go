package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// thirdParties are the third-party clients and the one folder that may import each.
func thirdParties() map[string]string {
	return map[string]string{
		"github.com/gocolly/colly":      "crawler/collyfetch",
		"github.com/chromedp":           "crawler/chromerender",
		"github.com/temoto/robotstxt":   "crawler/robots",
		"modernc.org/sqlite":            "pipeline/sqlitedb",
		"github.com/redis/go-redis":     "pipeline/redisdb",
		"github.com/elastic":            "pipeline/elastic",
		"github.com/minio/minio-go":     "pipeline/objects",
		"github.com/prometheus":         "pipeline/gauge",
		"go.opentelemetry.io":           "pipeline/trace",
		"github.com/xuri/excelize":      "extractors/sheet",
		"github.com/klippa-app":         "extractors/pdf",
		"github.com/tetratelabs/wazero": "extractors/pdf",
		"github.com/gabriel-vasile":     "pipeline/media",
		"github.com/richardlehane":      "pipeline/media",
		"github.com/gowebpki/jcs":       "pipeline/canon",
		"github.com/danielgtaylor/huma": "api",
		"github.com/saintfish/chardet":  "crawler/charset",
		"github.com/mmcdole/gofeed":     "crawler/discover",
		"golang.org/x/mod/sumdb":        "pipeline/ledger",
		"github.com/PuerkitoBio":        "extractors",
		"github.com/andybalholm/brotli": "pipeline/archive/coding",
	}
}

// TestRooms holds the seven rules of the house (README, "the house").
func TestRooms(t *testing.T) {
	t.Parallel()
	for path, file := range sources(t) {
		room, _, inside := strings.Cut(path, "/")
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			holdRooms(t, path, room, name, inside)
			holdDoors(t, path, name)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s: rule 7: nothing happens by being imported: no init()", path)
			}
		}
	}
}

func holdRooms(t *testing.T, path, room, name string, inside bool) {
	t.Helper()
	there, ours := strings.CutPrefix(name, "probity/")
	if !inside {
		return
	}
	first, _, _ := strings.Cut(there, "/")
	test := strings.HasSuffix(path, "_test.go")
	switch {
	case strings.HasPrefix(path, "pipeline/evidence/") && !test && strings.Contains(name, "."):
		t.Errorf("%s: rule 1: evidence imports the standard library only, not %s", path, name)
	case strings.HasPrefix(path, "pipeline/evidence/") && !test && ours:
		t.Errorf("%s: rule 1: evidence imports the standard library only, not %s", path, name)
	case ours && room == "pipeline" && first != "pipeline":
		t.Errorf("%s: rule 2: the ground knows no room, not %s", path, there)
	case ours && room == "deploy" && first != "deploy" && !test:
		t.Errorf("%s: rule 6: deploy knows no room, not %s", path, there)
	case ours && room != "deploy" && first == "deploy" && !test:
		t.Errorf("%s: rule 6: only main knows deploy, not %s", path, there)
	case ours && first != room && first != "pipeline" && first != "deploy" && room != "deploy":
		t.Errorf("%s: rule 3: a room knows the pipeline and itself, not %s", path, there)
	}
}

func holdDoors(t *testing.T, path, name string) {
	t.Helper()
	for client, door := range thirdParties() {
		if strings.HasPrefix(name, client) && !strings.HasPrefix(path, door+"/") && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s: rule 5: %s has one door: %s", path, client, door)
		}
	}
}

// A backend says in code which contract it keeps (rule 4).
func TestBackendsGuardTheirContracts(t *testing.T) {
	t.Parallel()
	guarded := map[string]bool{}
	files := sources(t)
	for path, file := range files {
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				if v := s.(*ast.ValueSpec); len(v.Names) == 1 && v.Names[0].Name == "_" && v.Type != nil {
					guarded[filepath.ToSlash(filepath.Dir(path))] = true
				}
			}
		}
	}
	for _, backend := range []string{
		"pipeline/sqlitequeue", "pipeline/archive/warcfiles", "crawler/sqlitefrontier", "indexer/sqliteindex",
		"pipeline/redisqueue", "crawler/redisfrontier", "indexer/esindex", "indexer/outbox", "pipeline/archive/s3archive", "pipeline/archive/esregistry",
		"pipeline/archive/sqliteregistry", "pipeline/objects",
	} {
		if !guarded[backend] {
			t.Errorf("%s: rule 4: no guard of the form var _ contract = (*T)(nil)", backend)
		}
	}
}

// The top level is the card's, and every folder says what it is.
func TestTopLevelAndPackageComments(t *testing.T) {
	t.Parallel()
	folders := []string{"api", "crawler", "deploy", "evaluator", "extractors", "indexer", "pipeline"}
	commented := map[string]bool{}
	for path, file := range sources(t) {
		room, _, inside := strings.Cut(path, "/")
		if inside && !slices.Contains(folders, room) && !strings.HasPrefix(room, ".") {
			t.Errorf("%s: the top level is %v and no more", path, folders)
		}
		dir := filepath.Dir(path)
		commented[dir] = commented[dir] || file.Doc != nil || strings.HasSuffix(path, "_test.go") && commented[dir]
	}
	for dir, ok := range commented {
		if !ok {
			t.Errorf("%s: no package comment", dir)
		}
	}
}

func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		files[filepath.ToSlash(path)] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
