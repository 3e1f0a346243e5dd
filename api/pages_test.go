package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"probity/api/doorstest"
)

func every() []string {
	id := doorstest.ID(doorstest.Code)
	return []string{
		"/", "/?q=" + url.QueryEscape("云杉"), "/?q=nobody", "/evidence", "/evidence?q=" + url.QueryEscape("深市监") + "&class=2&type=penalty&grade=AA&from=2026-01-01&sort=oldest",
		"/entities/" + id, "/entities/" + id + "?as_of=2026-06-01", "/entities/" + id + "/why", "/entities/" + doorstest.ID(doorstest.TwinCode), "/entities/" + url.PathEscape("云杉优选"),
		"/facts/" + doorstest.FactID("penalty", "深市监南|深市监南罚字〔2026〕118号"), "/captures/" + doorstest.ContentOf("/xzcf/list?page=1"),
		"/captures/" + doorstest.ContentOf("/wenshu/4521") + "?start=33&end=56",
		"/captures/" + doorstest.ContentOf("/wenshu/4521") + "/diff", "/captures/" + doorstest.ContentOf("/wenshu/4521") + "/diff?with=" + doorstest.ContentOf("/xzcf/list?page=1"), "/campaigns", "/campaigns/world", "/campaigns/daily", "/runs/world-1", "/calendar", "/hosts", "/crawler", "/crawler/amr.example", "/crawler/nobody.example", "/failures", "/refusals", "/orders", "/disk", "/sources", "/standard", "/problems", "/login", "/nowhere",
	}
}

// Every page parses, has one main heading, unique ids, a label for every
// field, a language, names for its landmarks, and nothing inline that the
// policy forbids.
func TestEveryPageIsSound(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*site{"public": open(t), "operator": open(t).login()} {
		for _, path := range every() {
			t.Run(name+" "+path, func(t *testing.T) {
				a := s.on(t).get(path)
				if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html; charset=utf-8") {
					t.Fatalf("%d %s", a.status, a.header.Get("Content-Type"))
				}
				doc, err := html.Parse(strings.NewReader(a.body))
				if err != nil {
					t.Fatal(err)
				}
				soundness(t, doc)
				a.lacks(t, "ZgotmplZ", "&lt;nil&gt;", "%!", "0001-01-01")
			})
		}
	}
}

// soundness checks one parsed page.
func soundness(t *testing.T, doc *html.Node) {
	t.Helper()
	seen := map[string][]string{} // what kind of thing -> the names it has
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if wrong := unsound(n); wrong != "" {
			t.Errorf("<%s>: %s", n.Data, wrong)
		}
		seen["id"] = append(seen["id"], attr(n, "id"))
		if attr(n, "type") == "hidden" {
			continue
		}
		seen[n.Data] = append(seen[n.Data], attr(n, "id"))
		seen["for"] = append(seen["for"], attr(n, "for"))
		seen["named"] = append(seen["named"], attr(n, "aria-labelledby"))
		if there, ok := strings.CutPrefix(attr(n, "href"), "#"); ok {
			seen["named"] = append(seen["named"], there)
		}
	}
	ids := slices.DeleteFunc(slices.Sorted(slices.Values(seen["id"])), func(id string) bool { return id == "" })
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) {
		t.Errorf("an id twice: %v", ids)
	}
	if n := len(seen["h1"]); n != 1 {
		t.Errorf("%d main headings", n)
	}
	for _, id := range slices.Concat(seen["input"], seen["select"]) {
		if id == "" || !slices.Contains(seen["for"], id) {
			t.Errorf("field %q without label", id)
		}
	}
	for _, id := range seen["named"] {
		if id != "" && !slices.Contains(seen["id"], id) {
			t.Errorf("names %s, which is not there", id)
		}
	}
}

// unsound says what is wrong with one element by itself.
func unsound(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			return a.Key + " inline"
		}
	}
	needs := map[string]string{"html": "lang", "img": "alt", "nav": "aria-label", "aside": "aria-label", "th": "scope", "script": "src"}
	if key := needs[n.Data]; key != "" && !has(n, key) {
		return "without " + key
	}
	if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
		return "inline"
	}
	return ""
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// The grade card says grade, score, class, coverage, day and state.
func TestGradeCard(t *testing.T) {
	t.Parallel()
	a := open(t).get("/entities/" + doorstest.ID(doorstest.Code))
	a.has(t, `<span class="g">AA</span>`, "93.11", "83%", "A 类", "公示中", "2026-11-16", "2026-11-02", doorstest.StandardID)
	a = open(t).get("/entities/" + doorstest.ID(doorstest.Code) + "?as_of=2026-11-20")
	a.has(t, "未发布") // calculated for the day asked for, not the issue
}

// NR always says why in words (MODEL 4).
func TestNRAlwaysSaysWhy(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.get("/entities/"+doorstest.ID(doorstest.TwinCode)).has(t, "不予评级", "未查询", "not looked")
	for id, d := range s.house.Dossiers {
		if d.Evaluation.Reason == "out_of_scope" {
			s.get("/entities/"+id).has(t, "不在范围", "out of scope")
			d.Evaluation.Reason = "terminated"
			s.house.Dossiers[id] = d
			s.get("/entities/"+id).has(t, "主体已终止", "terminated")
		}
	}
}

// MODEL 4: the five states of an indicator never read alike, nor look alike.
func TestFiveStatesNeverReadAlike(t *testing.T) {
	t.Parallel()
	a := open(t).get("/entities/" + doorstest.ID(doorstest.Code))
	for class, words := range map[string]string{
		"i-clean": "已查询，未发现", "i-undecided": "已查询，未能判定", "i-not_looked": "从未查询", "i-look_failed": "查询过，失败", "i-not_applicable": "不适用",
	} {
		a.has(t, `<span class="ind `+class+`">`+words)
	}
	css := open(t).get("/static/style.css").body
	signs := map[string]string{}
	for _, m := range regexp.MustCompile(`\.(i-[a-z_]+)::before \{ content: "(.)"`).FindAllStringSubmatch(css, -1) {
		if other := signs[m[2]]; other != "" {
			t.Errorf("%s and %s have the sign %s", other, m[1], m[2])
		}
		signs[m[2]] = m[1]
	}
	if len(signs) < 6 {
		t.Errorf("signs %v", signs)
	}
}

// A disputed item is marked at once, everywhere it is shown.
func TestDisputedIsMarkedEverywhere(t *testing.T) {
	t.Parallel()
	s, id := open(t), doorstest.ID(doorstest.Code)
	for _, path := range []string{"/entities/" + id, "/entities/" + id + "/why", "/facts/" + doorstest.FactID("judgment", "（2026）粤0305民初4521号")} {
		s.get(path).has(t, `class="state s-disputed"`, "有异议")
	}
}

// From the grade to the highlighted passage are at most three clicks, and
// from the passage the way leads back up to fact, entity and grade.
func TestThreeClicksToThePassageAndBack(t *testing.T) {
	t.Parallel()
	s, id := open(t), doorstest.ID(doorstest.Code)
	one := s.get("/entities/" + id)
	one.has(t, `href="/entities/`+id+`/why"`)
	two := s.get("/entities/" + id + "/why")
	two.has(t, "若无此项", "without it the grade would be", doorstest.StandardID, "一般", "5 个月前", "−4.33")
	m := regexp.MustCompile(`href="(/captures/[^"#]*)#passage"><q>([^<]*)</q>`).FindStringSubmatch(two.body)
	if m == nil {
		t.Fatal("no passage on the page that explains the grade")
	}
	three := s.get(strings.ReplaceAll(m[1], "&amp;", "&"))
	three.has(t, `<mark id="passage">`+m[2]+`</mark>`, `href="/entities/`+id+`"`, `href="/entities/`+id+`/why"`, `href="/facts/`, "robots", "gb18030", "SHA-256")
}

// The passage is marked rune for rune, also across other cited places.
func TestPassageIsMarked(t *testing.T) {
	t.Parallel()
	s := open(t)
	page := "/captures/" + doorstest.ContentOf("/wenshu/4521")
	a := s.get(page + "?start=0&end=40")
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	var marked strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "mark" {
			for c := range n.Descendants() {
				marked.WriteString(c.Data)
			}
		}
	}
	if want := string([]rune(s.house.Captures[doorstest.ContentOf("/wenshu/4521")].Text)[:40]); marked.String() != want {
		t.Errorf("marked %q, want %q", marked.String(), want)
	}
	if a := s.get(page + "?start=0&end=99999"); a.status != 400 {
		t.Errorf("a passage beyond the text answers %d", a.status)
	}
	if a := s.get(page + "?start=5&end=2"); a.status != 400 {
		t.Errorf("a passage backwards answers %d", a.status)
	}
}

// An evaluator filters, reads hits in context and steps to the next by link.
func TestEvidenceSearch(t *testing.T) {
	t.Parallel()
	a := open(t).login().get("/evidence?q=" + url.QueryEscape("深市监"))
	a.has(t, "<mark>深市监</mark>", `id="hit-1"`, `href="#hit-2"`, `href="#hit-1"`, "行政处罚公示", `action="/evidence"`, `role="search"`)
	a = open(t).get("/evidence?size=2")
	m := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		t.Fatal("no next page")
	}
	if b := open(t).get(strings.ReplaceAll(strings.Split(m[1], "#")[0], "&amp;", "&")); b.status != 200 || b.body == a.body {
		t.Errorf("next page: %d", b.status)
	}
}

// Writing by web needs a form of ours (MODEL 6): its token, its cookie, and
// no word of the browser that another site sent it.
func TestForms(t *testing.T) {
	t.Parallel()
	s := open(t)
	m := regexp.MustCompile(`name="form_token" value="([0-9a-f]+)"`).FindStringSubmatch(s.get("/campaigns/world").body)
	if m == nil {
		t.Fatal("no form token")
	}
	post := func(s *site, path string, v url.Values, header ...string) answer {
		return s.do(http.MethodPost, path, strings.NewReader(v.Encode()), append(header, "Content-Type", "application/x-www-form-urlencoded")...)
	}
	good := url.Values{"form_token": {m[1]}, "verb": {"pause"}}
	if a := post(s, "/campaigns/world", good); a.status != 303 || len(s.house.Orders) != 1 || !strings.HasPrefix(s.house.Orders[0], "world pause form 127.0.0.1") {
		t.Errorf("%d %v", a.status, s.house.Orders)
	}
	for name, a := range map[string]answer{
		"without token":     post(s, "/campaigns/world", url.Values{"verb": {"pause"}}),
		"without cookie":    post(open(t), "/campaigns/world", good),
		"of another site":   post(s, "/campaigns/world", good, "Sec-Fetch-Site", "cross-site"),
		"of another origin": post(s, "/campaigns/world", good, "Origin", "https://evil.example"),
	} {
		if a.status != 403 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := post(s, "/campaigns/world", url.Values{"form_token": {m[1]}, "verb": {"delete"}}); a.status != 400 {
		t.Errorf("unknown verb: %d", a.status)
	}
	if a := post(s, "/campaigns/world", url.Values{"form_token": {m[1]}, "verb": {"resume"}}); a.status != 409 {
		t.Errorf("a state that does not admit it: %d", a.status)
	}
	if a := post(s, "/login", url.Values{"form_token": {m[1]}, "x": {strings.Repeat("x", 100<<10)}}); a.status != 413 {
		t.Errorf("a form too large: %d", a.status)
	}
}

// An order that waits for its turn is said to be queued.
func TestQueuedOrders(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.house.Slow = true
	m := regexp.MustCompile(`name="form_token" value="([0-9a-f]+)"`).FindStringSubmatch(s.get("/campaigns/daily").body)
	v := url.Values{"form_token": {m[1]}, "verb": {"run"}}
	a := s.do(http.MethodPost, "/campaigns/daily", strings.NewReader(v.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	if a.status != 303 || a.header.Get("Location") != "/campaigns/daily?queued=1" {
		t.Fatalf("%d to %s", a.status, a.header.Get("Location"))
	}
	s.get(a.header.Get("Location")).has(t, "已排队")
	s.house.Slow = false
	if a = s.do(http.MethodPost, "/campaigns/daily", strings.NewReader(v.Encode()), "Content-Type", "application/x-www-form-urlencoded"); a.header.Get("Location") != "/campaigns/daily" {
		t.Errorf("begun, but leads to %s", a.header.Get("Location"))
	}
	s.get("/campaigns/daily").has(t, `data-live="/api/v1/campaigns/daily/events"`, "运行中")
}

// A person logs in with the token in a form, is sent back where they came
// from within the site, and logs out again.
func TestLogin(t *testing.T) {
	t.Parallel()
	s := open(t)
	form := regexp.MustCompile(`name="form_token" value="([0-9a-f]+)"`).FindStringSubmatch(s.get("/login?next=%2Fsources").body)
	post := func(path string, v url.Values) answer {
		v.Set("form_token", form[1])
		return s.do(http.MethodPost, path, strings.NewReader(v.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	}
	if a := post("/login", url.Values{"token": {"wrong"}}); a.status != 403 {
		t.Errorf("wrong token: %d", a.status)
	}
	for next, want := range map[string]string{"/sources": "/sources", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/"} {
		if a := post("/login", url.Values{"token": {token}, "next": {next}}); a.status != 303 || a.header.Get("Location") != want {
			t.Errorf("next %s: %d to %s", next, a.status, a.header.Get("Location"))
		}
	}
	s.get("/").has(t, "运营者·退出")
	if a := post("/logout", url.Values{}); a.status != 303 {
		t.Errorf("logout: %d", a.status)
	}
	s.get("/").lacks(t, "运营者·退出")
}

// Pages say the day they speak of, and carry it on into their links.
func TestMomentIsCarriedOn(t *testing.T) {
	t.Parallel()
	a := open(t).get("/entities/" + doorstest.ID(doorstest.Code) + "?as_of=2026-11-05&known_at=2026-11-06T00%3A00%3A00Z")
	a.has(t, `value="2026-11-05"`, "/why?as_of=2026-11-05&amp;known_at=2026-11-06T00%3A00%3A00Z", "What was held then, as it is read today")
}

// What others wrote is text on our pages, never markup.
func TestOthersWordsAreText(t *testing.T) {
	t.Parallel()
	s := open(t)
	const evil = `<script>alert(1)</script>`
	for id, c := range s.house.Captures {
		c.Text, c.Title = evil+c.Text, evil
		s.house.Captures[id] = c
	}
	d := s.house.Dossiers[doorstest.ID(doorstest.Code)]
	d.Subject.Name = evil
	s.house.Dossiers[doorstest.ID(doorstest.Code)] = d
	for _, path := range append(every(), "/evidence?q="+url.QueryEscape(evil), "/?q="+url.QueryEscape(evil)) {
		s.get(path).lacks(t, evil)
	}
}
