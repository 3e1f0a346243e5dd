package api_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/api"
	"probity/api/doorstest"
)

var update = flag.Bool("update", false, "write api/openapi.yaml anew") //nolint:gochecknoglobals // a flag

const token = "the operator's token"

// A site is a served house and somebody who asks it.
type site struct {
	t      *testing.T
	house  *doorstest.House
	server *httptest.Server
	client *http.Client
	bearer string
}

func open(t *testing.T) *site {
	t.Helper()
	house := doorstest.New()
	handler, err := api.Handler(api.Config{Doors: house.Doors(), Token: token, Now: doorstest.Now, Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &site{t: t, house: house, server: server, client: client}
}

// login makes the asker the operator, for pages and for the API.
func (s *site) login() *site {
	s.t.Helper()
	if r := s.get("/?" + url.Values{"token": {token}}.Encode()); r.status != http.StatusSeeOther {
		s.t.Fatalf("the printed address answers %d", r.status)
	}
	s.bearer = "Bearer " + token
	return s
}

// on is the same site for a subtest.
func (s *site) on(t *testing.T) *site {
	t.Helper()
	c := *s
	c.t = t
	return &c
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (s *site) get(path string, header ...string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, path, nil, header...)
}

func (s *site) do(method, path string, body io.Reader, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.bearer != "" && strings.HasPrefix(path, "/api/") {
		r.Header.Set("Authorization", s.bearer)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// has fails unless every text is in the answer.
func (a answer) has(t *testing.T, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(a.body, x) {
			t.Errorf("the answer (%d) lacks %q", a.status, x)
		}
	}
}

// lacks fails if a text is in the answer.
func (a answer) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if strings.Contains(a.body, x) {
			t.Errorf("the answer (%d) has %q", a.status, x)
		}
	}
}

func (a answer) json(t *testing.T) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return m
}

// A route is what each role is answered at a path.
type route struct {
	method, path     string
	public, operator int
}

// routes are all of them but for live progress.
func routes() []route {
	company, page := "/entities/"+doorstest.ID(doorstest.Code), "/captures/"+doorstest.ContentOf("/xzcf/list?page=1")
	force, repaired := "/facts/"+doorstest.FactID("penalty", "深市监南|深市监南罚字〔2026〕118号"), "/facts/"+doorstest.FactID("penalty", "深市监南|深市监南罚字〔2025〕907号")
	ended, gone := "/facts/"+doorstest.FactID("abnormal_listing", "经营异常名录|2024-07-10"), "/facts/"+doorstest.FactID("coercion", "gone")
	return []route{
		{"GET", "/", 200, 200},
		{"GET", "/evidence", 200, 200},
		{"GET", "/campaigns", 200, 200},
		{"GET", "/campaigns/world", 200, 200},
		{"GET", "/runs/world-1", 200, 200},
		{"GET", "/sources", 200, 200},
		{"GET", "/standard", 200, 200},
		{"GET", "/problems", 200, 200},
		{"GET", "/problems/withheld", 200, 200},
		{"GET", "/login", 200, 200},
		{"GET", company, 200, 200},
		{"GET", company + "/why", 200, 200},
		{"GET", page, 200, 200},
		{"GET", force, 200, 200},
		{"GET", repaired, 403, 200},
		{"GET", ended, 403, 200},
		{"GET", gone, 403, 200},
		{"GET", page + "/original", 303, 200},
		{"GET", page + "/attached/dom", 303, 200},
		{"GET", page + "/attached/none", 303, 404},
		{"GET", "/healthz", 200, 200},
		{"GET", "/openapi.json", 200, 200},
		{"GET", "/openapi.yaml", 200, 200},
		{"GET", "/static/style.css", 200, 200},
		{"GET", "/api/v1" + company, 200, 200},
		{"GET", "/api/v1" + company + "/dossier", 200, 200},
		{"GET", "/api/v1" + company + "/evaluation", 200, 200},
		{"GET", "/api/v1" + company + "/facts", 200, 200},
		{"GET", "/api/v1/entities", 200, 200},
		{"GET", "/api/v1/evidence", 200, 200},
		{"GET", "/api/v1/find?q=" + doorstest.Code, 200, 200},
		{"GET", "/api/v1" + force, 200, 200},
		{"GET", "/api/v1" + repaired, 403, 200},
		{"GET", "/api/v1" + ended, 403, 200},
		{"GET", "/api/v1" + gone, 403, 200},
		{"GET", "/api/v1" + page, 200, 200},
		{"GET", "/api/v1" + page + "/passages", 200, 200},
		{"GET", "/api/v1" + page + "/original", 401, 200},
		{"GET", "/api/v1" + page + "/attached/screenshot", 401, 200},
		{"GET", "/api/v1" + page + "/attached/none", 401, 404},
		{"GET", "/api/v1/campaigns", 200, 200},
		{"GET", "/api/v1/campaigns/world", 200, 200},
		{"GET", "/api/v1/campaigns/world/progress", 200, 200},
		{"GET", "/api/v1/runs/world-1/report", 200, 200},
		{"POST", "/api/v1/campaigns/world/orders", 401, 202},
		{"POST", "/campaigns/world", 403, 403},
		{"GET", "/api/v1/sources", 200, 200},
		{"GET", "/api/v1/standard", 200, 200},
		{"GET", "/api/v1/stats", 200, 200},
	}
}

// The roles of MODEL 6, as the routes keep them: what each role gets at each
// route is one table.
func TestRoutesByRole(t *testing.T) {
	t.Parallel()
	public, operator := open(t), open(t).login()
	for _, row := range routes() {
		for _, role := range []struct {
			name string
			want int
			site *site
		}{{"public", row.public, public}, {"operator", row.operator, operator}} {
			t.Run(role.name+" "+row.method+" "+row.path, func(t *testing.T) {
				var body io.Reader
				if row.method == http.MethodPost {
					body = strings.NewReader(`{"verb":"pause"}`)
				}
				if got := role.site.on(t).do(row.method, row.path, body, "Content-Type", "application/json"); got.status != role.want {
					t.Errorf("%d, want %d: %.300s", got.status, role.want, got.body)
				}
			})
		}
	}
}

// A wrong token is refused, not taken for the public.
func TestWrongToken(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.get("/api/v1/stats", "Authorization", "Bearer wrong")
	if a.status != 401 || a.header.Get("Www-Authenticate") == "" || a.json(t)["type"] != "/problems/token-needed" {
		t.Errorf("%d %v", a.status, a.body)
	}
	if a := s.get("/entities/x?token=wrong"); a.status != 401 || a.header.Get("Set-Cookie") != "" && strings.Contains(a.header.Get("Set-Cookie"), "operator") {
		t.Errorf("%d", a.status)
	}
}

// The token of the printed address goes into a cookie out of which it cannot
// be read, and out of the address.
func TestPrintedAddress(t *testing.T) {
	t.Parallel()
	a := open(t).get("/evidence?q=x&" + url.Values{"token": {token}}.Encode())
	if a.status != 303 || a.header.Get("Location") != "/evidence?q=x" {
		t.Errorf("%d to %q", a.status, a.header.Get("Location"))
	}
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, url.QueryEscape(token)) || strings.Contains(cookie, token) {
		t.Error("the cookie carries the token itself")
	}
	if a := open(t).get("//evil.example/?" + url.Values{"token": {token}}.Encode()); strings.HasPrefix(a.header.Get("Location"), "//") {
		t.Errorf("leads to another site: %s", a.header.Get("Location"))
	}
}

// MODEL 6: raw bytes leave an entry; where none can be left there are no bytes.
func TestOriginalBytesLeaveAnEntry(t *testing.T) {
	t.Parallel()
	page := "/captures/" + doorstest.ContentOf("/xzcf/list?page=1") + "/original"
	for _, path := range []string{page, "/api/v1" + page} {
		s := open(t).login()
		a := s.get(path)
		a.has(t, "张三")
		if len(s.house.Accesses) != 1 || s.house.Accesses[0].Who != "operator" || !strings.HasPrefix(s.house.Accesses[0].From, "127.0.0.1") {
			t.Errorf("%s: entries %v", path, s.house.Accesses)
		}
		if a.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, a.header)
		}
		s = open(t)
		s.get(path).lacks(t, "张三")
		if len(s.house.Accesses) != 0 {
			t.Errorf("%s: the public left an entry", path)
		}
	}
}

// What was made of a page is shown to operators as a picture or as text, never
// as a document of its own, and leaves an entry.
func TestAttachmentsAreShownSafelyAndLeaveAnEntry(t *testing.T) {
	t.Parallel()
	page := "/captures/" + doorstest.ContentOf("/xzcf/list?page=1")
	for kind, as := range map[string]string{"dom": "text/plain; charset=utf-8", "screenshot": "image/png"} {
		for _, path := range []string{page, "/api/v1" + page} {
			s := open(t).login()
			a := s.get(path + "/attached/" + kind)
			if len(s.house.Accesses) != 1 || s.house.Accesses[0].What != "attached "+kind {
				t.Errorf("%s %s: entries %v", path, kind, s.house.Accesses)
			}
			csp := a.header.Get("Content-Security-Policy")
			if a.header.Get("Content-Type") != as || a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(csp, "default-src 'none'") || a.body == "" {
				t.Errorf("%s %s: %v", path, kind, a.header)
			}
		}
		open(t).get(page+"/attached/"+kind).lacks(t, "张三")
	}
	open(t).get(page).has(t, "/attached/screenshot")
}

// Every answer forbids what pages do not do.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, path := range []string{"/", "/api/v1/stats", "/nowhere", "/static/keys.js"} {
		a := s.get(path)
		for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
			if a.header.Get(h) == "" {
				t.Errorf("%s lacks %s", path, h)
			}
		}
		if csp := a.header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, csp)
		}
	}
}

// The document that is served is the one that is committed.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	served := open(t).get("/openapi.yaml").body
	if *update {
		if err := os.WriteFile("openapi.yaml", []byte(served), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != served {
		t.Error("the interface changed: look at it, then run go test ./api -update and commit api/openapi.yaml")
	}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Responses   map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(open(t).get("/openapi.json").body), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) < 20 {
		t.Errorf("openapi %s with %d paths", doc.OpenAPI, len(doc.Paths))
	}
	var ids []string
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if op.OperationID == "" || slices.Contains(ids, op.OperationID) || op.Responses["400"] == nil {
				t.Errorf("%s %s: operationId %q, responses %v", method, path, op.OperationID, slices.Sorted(maps.Keys(op.Responses)))
			}
			ids = append(ids, op.OperationID)
		}
	}
}
