package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/api/doors"
	"probity/api/doorstest"
	"probity/pipeline/evidence"
)

// twice gives a house an earlier capture of the page of penalties, on which
// the amount was another, and returns the ids of both captures.
func twice(s *site) (before, after string) {
	s.t.Helper()
	page := doorstest.ContentOf("/xzcf/list?page=1")
	now := s.house.Captures[page]
	old := now
	old.Capture.ID, old.Capture.Content, old.Capture.Time = "0b9a4a4e-earlier", evidence.Digest("earlier"), now.Capture.Time.Add(-24*time.Hour)
	old.Text = strings.Replace(now.Text, "118号", "117号", 1)
	if old.Text == now.Text {
		s.t.Fatal("the page has changed")
	}
	s.house.Captures[old.Capture.Content] = old
	s.house.Marks[old.Capture.Content] = s.house.Marks[page]
	for id, r := range s.house.Records {
		if v := r.Versions[0]; v.Record.Key == "深市监南|深市监南罚字〔2026〕118号" {
			was := doors.Version{Record: v.Record, First: old.Capture.Time, Last: old.Capture.Time}
			was.Record.Fields = maps.Clone(v.Record.Fields)
			was.Record.Fields["amount"] = "30000.00"
			delete(was.Record.Fields, "conduct")
			for _, c := range v.Citations {
				c.Content = old.Capture.Content
				was.Citations = append(was.Citations, c)
			}
			r.Versions = append([]doors.Version{was}, r.Versions...)
			s.house.Records[id] = r
			for fact, f := range s.house.FactsByID {
				f.Records = slices.Clone(f.Records)
				for i := range f.Records {
					if f.Records[i].ID == id {
						f.Records[i] = r
					}
				}
				s.house.FactsByID[fact] = f
			}
		}
	}
	return old.Capture.ID, now.Capture.ID
}

func TestTwoCapturesAreComparedByFieldAndByText(t *testing.T) {
	t.Parallel()
	s := open(t)
	before, after := twice(s)
	s.get("/captures/"+after).has(t, `href="/captures/`+after+`/diff"`)
	a := s.get("/captures/" + after + "/diff") // the one before is found by itself
	a.has(t, `value="`+before+`" selected`, "30,000", "20,000", "虚假宣传", "<mark>117</mark>号", "<mark>118</mark>号", "#passage")
	got := s.get("/api/v1/captures/" + after + "/diff?with=" + before).json(t)
	fields := map[string]string{}
	for _, r := range got["records"].([]any) {
		r := r.(map[string]any)
		if r["kind"] != "changed" {
			continue // what only the newer one is cited for
		}
		for _, f := range r["fields"].([]any) {
			f := f.(map[string]any)
			fields[f["field"].(string)] = f["kind"].(string)
		}
	}
	if fields["amount"] != "changed" || fields["conduct"] != "added" || len(fields) != 2 {
		t.Errorf("fields that differ: %v", fields)
	}
	if text := got["text"].(map[string]any); text["changed"] != 1.0 {
		t.Errorf("%v lines changed", text["changed"])
	}
}

// Where a reader meets two captures of a page, what changed between them is one
// link away: from a record, from its fact, and from the page that explains a
// grade. Where there is one there is no such link.
func TestWhatChangedIsLinkedWhereTwoCapturesAreMet(t *testing.T) {
	t.Parallel()
	s := open(t)
	record := ""
	for id, r := range s.house.Records {
		if r.Versions[0].Record.Key == "深市监南|深市监南罚字〔2026〕118号" && len(r.Facts) > 0 {
			record = id
		}
	}
	fact := s.house.Records[record].Facts[0].ID
	pages := []string{"/records/" + record, "/facts/" + fact, "/entities/" + doorstest.ID(doorstest.Code) + "/why"}
	before, after := twice(s)
	with := s.house.Records[record].Versions[0].Citations[0].Content
	to := "/captures/" + doorstest.ContentOf("/xzcf/list?page=1") + "/diff?with=" + with
	for _, page := range pages {
		s.get(page).has(t, `href="`+to+`"`, "与上一版本的存档比较", "what changed since the version before")
	}
	s.get(to).has(t, `value="`+before+`" selected`, "30,000", "20,000")
	if body := s.get(to).body; strings.Contains(body, `value="`+after+`"`) {
		t.Error("a capture is offered to be compared with itself")
	}
	r := s.house.Records[record]
	r.Versions = r.Versions[1:]
	r.Versions[0].Last = r.Versions[0].First
	s.house.Records[record] = r
	if strings.Contains(s.get(pages[0]).body, "/diff") {
		t.Error("one capture is to be compared, and there is nothing to compare it with")
	}
}

// What is no longer published is blank in a comparison too, and counted.
func TestAComparisonTellsNothingThatIsNoLongerPublished(t *testing.T) {
	t.Parallel()
	public, operator := open(t), open(t).login()
	for _, s := range []*site{public, operator} {
		before, after := twice(s)
		a := s.get("/captures/" + after + "/diff?with=" + before)
		if s == public {
			a.lacks(t, "907号")
			a.has(t, "依法不再公示")
		} else {
			a.has(t, "907号")
		}
	}
}

func TestAWebmasterSeesEveryVisitAndHowToStopUs(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.get("/crawler").has(t, "robots.txt", `name="host"`)
	if a := s.get("/crawler?host=HTTP://AMR.example/list"); a.status != 303 && !strings.Contains(a.body, "amr.example") {
		t.Errorf("an address leads nowhere: %d %s", a.status, a.header.Get("Location"))
	}
	a := s.get("/crawler/amr.example")
	a.has(t, "crawler@probity.example", "政府信息公开条例 第二十条", "Allow: /", "第 <span class=\"en\" lang=\"en\">line</span> 2行", doorstest.ContentOf("/robots.txt"), "User-agent: probity", "如何让我们停止", "http://amr.example/xzcf/list?page=1")
	if a := s.get("/crawler/nobody.example"); a.status != 404 {
		t.Errorf("a host that nobody visited: %d", a.status)
	}
	all, path := map[string]bool{}, "/api/v1/hosts/amr.example/visits?size=1"
	for path != "" {
		a := s.get(path)
		for _, v := range a.json(t)["visits"].([]any) {
			all[v.(map[string]any)["capture"].(string)] = true
		}
		path = ""
		if link := a.header.Get("Link"); link != "" {
			path = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`) + "&size=1"
		}
	}
	if len(all) != len(s.house.Captures) {
		t.Errorf("%d visits in pages of one, want %d", len(all), len(s.house.Captures))
	}
}

// Who answers for the crawl pauses a host or slows it down from its page; to
// its webmaster no such form is shown.
func TestAnOperatorOrdersAboutAHostFromItsPage(t *testing.T) {
	t.Parallel()
	open(t).login().get("/crawler/amr.example").has(t, `value="pause"`, `value="delay"`, `name="why" required`, `name="host" value="amr.example"`)
	if strings.Contains(open(t).get("/crawler/amr.example").body, `action="/hosts"`) {
		t.Error("anybody is shown the form")
	}
}
