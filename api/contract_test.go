package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"probity/api/doorstest"
)

// Real answers are what the document says, for every operation that answers
// with JSON: no field more, none less.
func TestAnswersKeepTheirContract(t *testing.T) {
	t.Parallel()
	s := open(t).login()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s.get("/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	id, fact, page := doorstest.ID(doorstest.Code), doorstest.FactID("penalty", "深市监南|深市监南罚字〔2026〕118号"), doorstest.ContentOf("/xzcf/list?page=1")
	for _, c := range []struct{ path, ask, status string }{
		{"/find", "?q=" + doorstest.Code, "200"},
		{"/find", "?q=" + url.QueryEscape("云杉优选"), "300"},
		{"/find", "?q=former-id", "308"},
		{"/find", "?q=nobody", "404"},
		{"/entities", "", "200"},
		{"/dossier", "?q=" + doorstest.Code, "200"},
		{"/entities/{id}", id, "200"},
		{"/entities/{id}/dossier", id, "200"},
		{"/entities/{id}/facts", id, "200"},
		{"/entities/{id}/evaluation", id, "200"},
		{"/entities/{id}/evaluation", doorstest.ID(doorstest.TwinCode), "200"},
		{"/evidence", "?q=" + url.QueryEscape("深市监"), "200"},
		{"/evidence", "?colour=red", "400"},
		{"/facts/{id}", fact, "200"},
		{"/facts/{id}", "none", "404"},
		{"/captures/{id}", page, "200"},
		{"/captures/{id}/passages", page, "200"},
		{"/captures/{id}/diff", page + "?with=" + doorstest.ContentOf("/wenshu/4521"), "200"},
		{"/captures/{id}/diff", page + "?with=none", "404"},
		{"/captures/{id}/others", page, "200"},
		{"/hosts/{id}", "amr.example", "200"},
		{"/hosts/{id}", "nobody.example", "404"},
		{"/hosts/{id}/visits", "amr.example?size=2", "200"},
		{"/campaigns", "", "200"},
		{"/campaigns/{id}", "world", "200"},
		{"/campaigns/{id}/progress", "world", "200"},
		{"/runs/{id}/report", "world-1", "200"},
		{"/calendar", "", "200"},
		{"/hosts", "", "200"},
		{"/orders", "", "200"},
		{"/failures", "", "200"},
		{"/refusals", "", "200"},
		{"/disk", "", "200"},
		{"/campaigns/{id}/estimate", "world", "200"},
		{"/campaigns/{id}/in-force", "daily", "200"},
		{"/sources", "", "200"},
		{"/standard", "", "200"},
		{"/stats", "", "200"},
	} {
		media := map[bool]string{true: "application~1json", false: "application~1problem+json"}[c.status == "200" || c.status == "308"]
		at := "openapi.json#/paths/" + strings.ReplaceAll("/api/v1"+c.path, "/", "~1") + "/get/responses/" + c.status + "/content/" + media + "/schema"
		schema, err := compiler.Compile(at)
		if err != nil {
			t.Errorf("%s: %v", at, err)
			continue
		}
		id, query, _ := strings.Cut(c.ask, "?")
		path := "/api/v1" + strings.Replace(c.path, "{id}", id, 1) + "?" + query
		a := s.get(path)
		got, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s: %d: %v", path, a.status, err)
		}
	}
}

// A server on loopback answers to its own names only: a page of the web that
// points its name at this machine gets nothing.
func TestForeignNamesGetNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	for host, want := range map[string]int{"localhost:1234": 200, "127.0.0.1": 200, "[::1]:80": 200, "evil.example": 421, "127.0.0.1.evil.example": 421} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/api/v1/stats", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if res.StatusCode != want {
			t.Errorf("%s: %d", host, res.StatusCode)
		}
	}
}
