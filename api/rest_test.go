package api_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"probity/api"
	"probity/api/doors"
	"probity/api/doorstest"
	"probity/pipeline/evidence"
)

// Wrong questions are refused by an RFC 9457 problem that names what is wrong.
func TestProblems(t *testing.T) {
	t.Parallel()
	s := open(t)
	company := "/api/v1/entities/" + doorstest.ID(doorstest.Code)
	for _, c := range []struct {
		name, path string
		status     int
		kind, says string
	}{
		{"an unknown parameter is refused by name", "/api/v1/evidence?colour=red", 400, "invalid", "colour"},
		{"a parameter given twice is refused by name", company + "?as_of=2026-11-02&as_of=2026-11-03", 400, "invalid", "as_of"},
		{"a date must be one", company + "?as_of=tomorrow", 400, "invalid", "as_of"},
		{"an instant must be one", company + "/dossier?known_at=2026-11-02", 400, "invalid", "known_at"},
		{"nobody knows the future", company + "/dossier?known_at=2099-01-01T00:00:00Z", 400, "invalid", "known_at"},
		{"an unknown standard is not found", company + "/evaluation?standard=OTHER@1", 404, "not-found", "OTHER"},
		{"a class must be one of article 10", "/api/v1/evidence?class=6", 400, "invalid", "class"},
		{"a page has at most a hundred hits", "/api/v1/evidence?size=101", 400, "invalid", "size"},
		{"a cursor must be one of ours", "/api/v1/evidence?cursor=abc", 400, "invalid", "cursor"},
		{"a question needs words", "/api/v1/find?q=", 400, "invalid", "q"},
		{"nobody answers to it", "/api/v1/find?q=no-such", 404, "not-found", "no-such"},
		{"an unknown path is not found", "/api/v1/nothing", 404, "not-found", "/api/v1/nothing"},
		{"a size must be a number", "/api/v1/evidence?size=many", 422, "unprocessable", "size"},
		{"a range must be one", "/api/v1/captures/" + doorstest.ContentOf("/wenshu/4521") + "/passages?start=9&end=3", 400, "invalid", "start"},
		{"an address has an end", "/api/v1/evidence?q=" + strings.Repeat("x", 9000), 414, "uri-too-long", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.on(t).get(c.path)
			p := a.json(t)
			if a.status != c.status || p["status"] != float64(c.status) || p["type"] != "/problems/"+c.kind || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%d %s %s", a.status, a.header.Get("Content-Type"), a.body)
			}
			a.has(t, c.says)
		})
	}
	a := s.do(http.MethodDelete, "/api/v1/stats", nil)
	if a.status != 405 || !strings.Contains(a.header.Get("Allow"), "GET") || a.json(t)["type"] != "/problems/method-not-allowed" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}

// Titles come in the asker's language, Chinese where nothing is said.
func TestProblemsSpeak(t *testing.T) {
	t.Parallel()
	s := open(t)
	for accept, want := range map[string]string{"": "未找到", "en": "not found", "zh-CN,en;q=0.8": "未找到", "en-GB,zh;q=0.5": "not found", "fr": "未找到"} {
		if got := s.get("/api/v1/facts/none", "Accept-Language", accept).json(t)["title"]; got != want {
			t.Errorf("Accept-Language %q: %v", accept, got)
		}
	}
}

// The one table from the house's errors to status; a fault keeps its text to
// the log, whatever the door.
func TestErrorsOfTheHouse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
	}{
		{evidence.ErrNotFound, 404},
		{evidence.ErrInvalid, 400},
		{evidence.ErrForbidden, 403},
		{evidence.ErrConflict, 409},
		{evidence.ErrUnavailable, 503},
		{errors.New("disk: secret path"), 500},
	} {
		s := open(t)
		for _, path := range []string{"/api/v1/evidence", "/api/v1/stats", "/evidence", "/campaigns"} {
			s.house.Fail = fmt.Errorf("ask house: %w", c.err)
			a := s.get(path)
			if a.status != c.status {
				t.Errorf("%s with %v: %d", path, c.err, a.status)
			}
			a.lacks(t, "secret path")
		}
	}
	s := open(t)
	s.house.Fail = evidence.RetryAfter(errors.New("busy"), 1500*time.Millisecond)
	if a := s.get("/api/v1/stats"); a.status != 503 || a.header.Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
}

// An alias answers 308, several bearers 300 with reasons, never a guess
// (MODEL 1, entity).
func TestWhomATextMeans(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := doorstest.ID(doorstest.Code)
	for _, c := range []struct{ name, path, to string }{
		{"an earlier id", "/api/v1/entities/former-id", "/api/v1/entities/" + id},
		{"a weaker identifier", "/api/v1/entities/MA5EXAMP1/dossier?as_of=2026-11-05", "/api/v1/entities/" + id + "/dossier?as_of=2026-11-05"},
		{"a site, asked by text", "/api/v1/dossier?q=yunshan.example", "/api/v1/entities/" + id + "/dossier"},
		{"a page of an earlier id", "/entities/former-id/why?as_of=2026-11-05", "/entities/" + id + "/why?as_of=2026-11-05"},
	} {
		if a := s.get(c.path); a.status != 308 || a.header.Get("Location") != c.to {
			t.Errorf("%s: %d to %q", c.name, a.status, a.header.Get("Location"))
		}
	}
	if a := s.get("/api/v1/entities/" + doorstest.Code); a.status != 200 || a.header.Get("Content-Location") != "/api/v1/entities/"+id {
		t.Errorf("by code: %d %q", a.status, a.header.Get("Content-Location"))
	}
	for _, path := range []string{"/api/v1/dossier?q=", "/api/v1/find?q="} {
		a := s.get(path + url.QueryEscape("云杉优选"))
		some, _ := a.json(t)["candidates"].([]any)
		if a.status != 300 || len(some) != 2 {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		for _, c := range some {
			if m, _ := c.(map[string]any); m["reason"] == "" || m["id"] == "" {
				t.Errorf("candidate without reason: %v", m)
			}
		}
	}
	a := s.get("/entities/" + url.PathEscape("云杉优选"))
	if a.status != 300 {
		t.Errorf("page: %d", a.status)
	}
	a.has(t, doorstest.Company, doorstest.Twin, "理由")
}

// MODEL 2: as_of decides the state, and nobody reads a repaired record by
// asking for a day before the repair.
func TestStateIsDerivedAtAsOf(t *testing.T) {
	t.Parallel()
	dossier := "/api/v1/entities/" + doorstest.ID(doorstest.Code) + "/facts"
	states := func(s *site, path string) map[string]string {
		out := map[string]string{}
		facts, _ := s.get(path).json(t)["facts"].([]any)
		for _, f := range facts {
			m, _ := f.(map[string]any)
			typ, _ := m["type"].(string)
			date, _ := m["date"].(string)
			out[typ+" "+date], _ = m["state"].(string)
		}
		return out
	}
	op := open(t).login()
	if got := states(op, dossier)["penalty 2025-12-01"]; got != evidence.Repaired {
		t.Errorf("after the repair: %s", got)
	}
	if got := states(op, dossier+"?as_of=2026-02-01")["penalty 2025-12-01"]; got != evidence.InForce {
		t.Errorf("before the repair: %s", got)
	}
	if got := states(op, dossier+"?as_of=2026-02-01")["penalty 2026-05-12"]; got != evidence.NotYet {
		t.Errorf("before the decision: %s", got)
	}
	public := open(t)
	for _, q := range []string{"", "?as_of=2026-02-01"} {
		if got := states(public, dossier+q); got["penalty 2025-12-01"] != "" || got["coercion 2026-02-02"] != "" {
			t.Errorf("the public reads what is no longer published: %v", got)
		}
	}
	if n := public.get(dossier).json(t)["withheld"]; n != float64(3) {
		t.Errorf("withheld %v", n)
	}
}

// What is no longer published reaches the public by no way at all.
func TestNothingWithheldLeaks(t *testing.T) {
	t.Parallel()
	s, id, page := open(t), doorstest.ID(doorstest.Code), doorstest.ContentOf("/xzcf/list?page=1")
	const secret = "〔2025〕907号"
	for _, path := range []string{
		"/entities/" + id, "/entities/" + id + "/why", "/entities/" + id + "?as_of=2026-02-01", "/evidence", "/captures/" + page, "/?q=" + url.QueryEscape("深市监"),
		"/api/v1/entities/" + id + "/dossier", "/api/v1/entities/" + id + "/evaluation", "/api/v1/evidence?q=" + url.QueryEscape("深市监"), "/api/v1/captures/" + page, "/api/v1/captures/" + page + "/passages",
	} {
		a := s.get(path)
		a.lacks(t, secret, doorstest.FactID("penalty", "深市监南|深市监南罚字〔2025〕907号"))
		if a.status != 200 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	op := open(t).login()
	op.get("/captures/"+page).has(t, secret)
	op.get("/api/v1/captures/"+page).has(t, secret)
	// places still hold: the blanked text is as long, rune for rune
	short, long := s.get("/api/v1/captures/" + page).json(t)["text"].(string), op.get("/api/v1/captures/" + page).json(t)["text"].(string)
	if len([]rune(short)) != len([]rune(long)) || !strings.Contains(short, "░") {
		t.Error("the blanked text is not rune for rune")
	}
}

// An unchanged answer is not sent twice; a changed one has another tag.
func TestETags(t *testing.T) {
	t.Parallel()
	s := open(t)
	paths := []string{"/api/v1/entities/" + doorstest.ID(doorstest.Code) + "/dossier", "/standard", "/entities/" + doorstest.ID(doorstest.Code), "/static/style.css"}
	for _, path := range paths {
		s.get(path) // the first page gives a cookie that its forms are bound to
		tag := s.get(path).header.Get("Etag")
		if !strings.HasPrefix(tag, `"`) {
			t.Fatalf("%s: tag %q is not strong", path, tag)
		}
		if a := s.get(path, "If-None-Match", `"other", W/`+tag); a.status != 304 || a.body != "" || a.header.Get("Etag") != tag {
			t.Errorf("%s: %d with %d bytes", path, a.status, len(a.body))
		}
		if a := s.get(path, "If-None-Match", `"other"`); a.status != 200 {
			t.Errorf("%s: another tag answers %d", path, a.status)
		}
	}
	before := s.get(paths[0]).header.Get("Etag")
	d := s.house.Dossiers[doorstest.ID(doorstest.Code)]
	d.Evaluation.Grade = "A"
	s.house.Dossiers[doorstest.ID(doorstest.Code)] = d
	if s.get(paths[0]).header.Get("Etag") == before {
		t.Error("another grade has the same tag")
	}
	if s.get("/api/v1/facts/none").header.Get("Etag") != "" {
		t.Error("a problem has a tag")
	}
}

// Pages go by opaque cursor, and a cursor goes on its own search only.
func TestCursors(t *testing.T) {
	t.Parallel()
	s := open(t)
	const search = "/api/v1/evidence?size=2"
	seen := map[string]bool{}
	next, pages := "", 0
	for {
		a := s.get(search + "&cursor=" + next)
		m := a.json(t)
		for _, id := range hits(m) {
			if seen[id] {
				t.Errorf("%s twice", id)
			}
			seen[id] = true
		}
		pages++
		if m["next"] == nil {
			if float64(len(seen)) != m["total"] {
				t.Errorf("%d hits on %d pages of %v", len(seen), pages, m["total"])
			}
			break
		}
		next, _ = m["next"].(string)
		if link := a.header.Get("Link"); !strings.Contains(link, next) || !strings.HasSuffix(link, `rel="next"`) {
			t.Errorf("Link %q", link)
		}
		if a := s.get("/api/v1/evidence?q=other&cursor=" + next); a.status != 400 {
			t.Errorf("another search goes on: %d", a.status)
		}
	}
	if pages < 3 {
		t.Errorf("%d pages", pages)
	}
}

// hits are the ids on a page of evidence.
func hits(page map[string]any) (ids []string) {
	groups, _ := page["groups"].([]any)
	for _, g := range groups {
		group, _ := g.(map[string]any)
		all, _ := group["hits"].([]any)
		for _, h := range all {
			hit, _ := h.(map[string]any)
			id, _ := hit["id"].(string)
			ids = append(ids, id)
		}
	}
	return ids
}

// Hits that state the same fact stand together; facets count exactly.
func TestEvidenceIsGroupedByFact(t *testing.T) {
	t.Parallel()
	m := open(t).login().get("/api/v1/evidence?type=penalty&entity=" + doorstest.ID(doorstest.Code)).json(t)
	groups, _ := m["groups"].([]any)
	if m["total"] != float64(2) || len(groups) != 2 {
		t.Fatalf("total %v, groups %v", m["total"], groups)
	}
	for _, g := range groups {
		if x, _ := g.(map[string]any); x["fact"] == nil {
			t.Errorf("hit without its fact: %v", g)
		}
	}
}

// Live progress is sent while the run goes on, and ends with it.
func TestLiveProgress(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.house.Steps = []doors.Progress{{Run: "world-2", State: doors.Running, Open: 9}, {Run: "world-2", State: doors.Running, Open: 9}, {Run: "world-2", State: doors.Running, Open: 3, Done: 6}, {Run: "world-2", State: doors.Closed, Done: 9}}
	a := s.get("/api/v1/campaigns/world/events")
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Errorf("content type %s", a.header.Get("Content-Type"))
	}
	var events []string
	for lines := bufio.NewScanner(strings.NewReader(a.body)); lines.Scan(); {
		if e, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events = append(events, e)
		}
	}
	if got := strings.Join(events, " "); got != "progress progress progress end" {
		t.Errorf("events %q of %s", got, a.body)
	}
}

// An answer that takes too long is given up, and says so.
func TestAnswersHaveALimit(t *testing.T) {
	t.Parallel()
	house := doorstest.New()
	house.Stuck = true
	handler, err := api.Handler(api.Config{Doors: house.Doors(), Now: doorstest.Now, Limit: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/stats", "/"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusGatewayTimeout || !strings.Contains(w.Body.String(), "/problems/timeout") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// A panic becomes a problem, for programs and for people.
func TestPanicsBecomeProblems(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.house.Dossiers[doorstest.ID(doorstest.Code)] = doors.Dossier{} // nobody's names: the house itself panics
	if a := s.get("/api/v1/entities?size=100"); a.status != 500 || a.json(t)["type"] != "/problems/fault" || a.json(t)["trace_id"] == nil {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.get("/?q=x"); a.status != 500 {
		t.Errorf("%d", a.status)
	}
}
