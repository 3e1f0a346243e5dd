package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"probity/api"
)

// askedHouse is a server with the house behind it, asked without a network.
func askedHouse(t *testing.T) func(method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	h, c := one(t, nil)
	h.set.Campaigns[c.ID] = c
	handler, err := api.Handler(api.Config{Doors: h.doors(newConductor(h)), Token: "operator", Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, body string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer operator")
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
}

// innards are words of our workings and of the libraries': they tell whoever
// asked nothing, and whoever attacks too much.
var innards = regexp.MustCompile(`(?i)\bsql|scan row|\brows?\b|panic|goroutine|runtime error|nil pointer|\.go:\d|redis|elasticsearch|: not found|: invalid:|validation failed|` +
	`unexpected property|\bexpected (required|length|number|value)|strconv|json: (cannot|unmarshal)|\*?[a-z]+\.[A-Z][A-Za-z]+Error|/tmp/|%!`)

// oddNames are what may stand in a path where a name is expected.
func oddNames() []string {
	return []string{"nobody", strings.Repeat("0", 64), strings.Repeat("x", 3000), "%00", "%F0%9F%98%80%3Cb%3E", "..%2F..%2Fetc", "%FF%FE", "'%20OR%201=1--", "没有"}
}

// An operation is one line of the OpenAPI document.
type operation struct {
	method, path string
	query        []string
}

func operations(t *testing.T, document []byte) (all []operation) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ In, Name string }
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range sortedKeys(doc.Paths) {
		for _, method := range sortedKeys(doc.Paths[path]) {
			o := operation{method: strings.ToUpper(method), path: path}
			for _, p := range doc.Paths[path][method].Parameters {
				if p.In == "query" {
					o.query = append(o.query, p.Name)
				}
			}
			all = append(all, o)
		}
	}
	return all
}

// Whatever is asked of the API, no answer is a fault, none tells of our
// workings, and each refusal says in Chinese and English what is wrong.
func TestEveryRefusalOfTheApiIsForAPerson(t *testing.T) {
	t.Parallel()
	ask := askedHouse(t)
	all := operations(t, ask(http.MethodGet, "/openapi.json", "").Body.Bytes())
	if len(all) < 30 {
		t.Fatalf("%d operations", len(all))
	}
	refused := 0
	for _, o := range all {
		for _, q := range o.requests() {
			if w := ask(o.method, q[0], q[1]); w.Code >= 400 {
				refused++
				forAPerson(t, o.method+" "+q[0][:min(120, len(q[0]))]+" "+q[1][:min(40, len(q[1]))], w)
			}
		}
	}
	if refused < 500 {
		t.Errorf("only %d refusals were read", refused)
	}
}

// requests are addresses and bodies for an operation that nobody should send.
func (o operation) requests() (all [][2]string) {
	queries, bodies := []string{"", "?nobody=1", "?as_of=%zz"}, []string{""}
	for _, q := range o.query {
		for _, bad := range []string{"%00", "zzz", "-1", strings.Repeat("9", 40), strings.Repeat("x", 300)} {
			queries = append(queries, "?"+q+"="+bad)
		}
	}
	if o.method != http.MethodGet {
		bodies = append(bodies, "{}", "[1", `{"verb":"pause","why":"x"}`, `{"verb":"kill","why":" "}`, `{"reason":"zz"}`, `{"requests":-1,"why":7,"nobody":1}`, strings.Repeat("9", 20000))
	}
	part := regexp.MustCompile(`\{[^}]+\}`)
	for _, name := range oddNames() {
		path := part.ReplaceAllString(o.path, name)
		for _, q := range queries {
			for _, body := range bodies {
				all = append(all, [2]string{path + q, body})
			}
		}
		if path == o.path {
			break
		}
	}
	return all
}

func forAPerson(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	var p struct {
		Title, Detail string
		Errors        []struct{ Detail string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code >= 500 {
		t.Errorf("%s: %d %v %.300s", what, w.Code, err, w.Body)
		return
	}
	said := []string{p.Title}
	for _, e := range p.Errors {
		said = append(said, e.Detail)
	}
	if p.Detail != "" {
		said = append(said, p.Detail)
	}
	for _, s := range said {
		if innards.MatchString(s) || !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %d %q", what, w.Code, s)
		}
	}
}

// So it is with pages and their forms, of which each names the thing.
func TestEveryRefusalOfAPageIsForAPerson(t *testing.T) {
	t.Parallel()
	ask := askedHouse(t)
	paths := []string{
		"/entities/{}", "/entities/{}/why", "/facts/{}", "/records/{}", "/captures/{}", "/captures/{}/diff", "/captures/{}/original", "/captures/{}/attached/dom",
		"/campaigns/{}", "/runs/{}", "/crawler/{}", "/problems/{}", "/standard?id={}", "/crawler?host={}", "/evidence?cursor={}", "/evidence?size={}", "/?as_of={}", "/nowhere/{}", "/?q={}",
	}
	var seen []string
	for _, path := range paths {
		for _, name := range oddNames() {
			w := ask(http.MethodGet, strings.ReplaceAll(path, "{}", name), "", "Cookie", "")
			if w.Code < 400 {
				continue
			}
			said := mainOf(w.Body.String())
			if w.Code >= 500 || innards.MatchString(said) || !strings.Contains(said, "lang=\"en\"") {
				t.Errorf("%s with %.20s: %d %s", path, name, w.Code, said)
			}
			seen = append(seen, path)
		}
	}
	for _, path := range paths[:6] {
		if !slices.Contains(seen, path) {
			t.Errorf("%s refused nothing", path)
		}
	}
	for _, what := range []string{"存档 no capture", "记录 no record", "事项 no fact", "采集 no such campaign", "主体 nobody"} {
		if !slices.ContainsFunc([]string{"/captures/zzz", "/records/zzz", "/facts/zzz", "/campaigns/zzz", "/entities/zzz"}, func(p string) bool {
			return strings.Contains(ask(http.MethodGet, p, "").Body.String(), what)
		}) {
			t.Errorf("no page says %q", what)
		}
	}
}

// mainOf is what a page says between its head and its foot.
func mainOf(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	return page
}
