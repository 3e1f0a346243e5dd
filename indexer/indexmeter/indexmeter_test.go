package indexmeter_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"probity/indexer"
	"probity/indexer/indexmeter"
	"probity/indexer/sqliteindex"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/sqlitedb"
)

func TestAnIndexIsCounted(t *testing.T) {
	t.Parallel()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "i.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	inner, err := sqliteindex.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	m := gauge.New(gauge.Options{})
	x := &indexmeter.Index{Index: inner, Meter: m}
	doc := indexer.Doc{Kind: indexer.EntityDoc, ID: "a", Rev: 1, Body: json.RawMessage(`{}`), Text: "深圳市某某公司"}
	if err := x.Put(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	if doc.Rev = 3; !errors.Is(x.Put(t.Context(), doc), evidence.ErrConflict) {
		t.Error("a revision was left out")
	}
	if page, err := x.Search(t.Context(), indexer.Query{Words: "某某"}); err != nil || page.Total != 1 {
		t.Error(page, err)
	}
	if err := x.Label(t.Context(), indexer.EntityDoc, "a", map[string][]string{indexer.FacetGrade: {"AA"}}); err != nil {
		t.Error(err)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, l := range []string{
		`probity_index_documents_total{kind="entity",result="ok"} 2`, `probity_index_documents_total{kind="entity",result="conflict"} 1`,
		`probity_index_search_seconds_count{result="ok"} 1`,
	} {
		if !strings.Contains(w.Body.String(), l+"\n") {
			t.Errorf("no line %q", l)
		}
	}
}
