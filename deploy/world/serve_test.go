package world

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// small is a world with one document of each kind, so that a page that lacks
// a value shows at once.
func small() *World {
	co := Party{Op: 0, Name: "深圳市禾屿服饰有限公司", USCC: "91440300069292486D", LegalRep: "林晓航", Kind: "company"}
	shopkeeper := Party{Op: 1, Name: "福田区沐川食品店", RegNo: "440301107290365", LegalRep: "何雪", Kind: "individual"}
	w := &World{
		Seed: 1,
		Operators: []Operator{
			{ID: "op-001", Kind: "company", USCC: co.USCC, Names: []DatedName{{Name: co.Name, From: "2013-05-20"}}, Sites: []int{0}, Shops: []int{0}},
			{ID: "op-002", Kind: "individual", RegNo: shopkeeper.RegNo, Names: []DatedName{{Name: shopkeeper.Name, From: "2019-01-02"}}, Shops: []int{1}},
		},
	}
	everywhere := func(channels ...string) (shows []Show) {
		for _, c := range channels {
			shows = append(shows, Show{c, []Span{{0, Forever}}})
		}
		return shows
	}
	w.registrations = []Doc[Registration]{
		{everywhere(Register), []Version[Registration]{{0, Registration{
			Op: 0, Name: co.Name, USCC: co.USCC, Kind: "company", Status: "存续",
			Address: "深圳市南山区粤海街道科苑路15号", Area: "440305", Established: "2013-05-20", LegalRep: co.LegalRep, Capital: Yuan(5_000_000), Registrar: "深圳市市场监督管理局南山监管局",
			Former: []DatedName{{"深圳市旧屿服饰有限公司", "2013-05-20", "2019-08-31"}}, NameSince: "2019-09-01",
		}}}},
		{everywhere(Register), []Version[Registration]{{0, Registration{
			Op: 1, Name: shopkeeper.Name, RegNo: shopkeeper.RegNo, Kind: "individual", Status: "存续",
			Address: "深圳市福田区华强北街道", Area: "440304", Established: "2019-01-02", LegalRep: shopkeeper.LegalRep,
		}}}},
	}
	for i := range 45 {
		p := Penalty{
			ID: fmt.Sprintf("p%02d", i), Party: co, Number: fmt.Sprintf("深市监南罚〔2026〕%d号", i+1), Authority: "深圳市市场监督管理局南山监管局", Date: "2026-05-06",
			Kinds: []string{"罚款", "警告"}, Fine: 999_999_99, Conduct: "虚假宣传", Facts: "当事人在网页宣称“销量领先”。", Content: "罚款999999.99元", ValidUntil: "2027-05-06", Status: "正常",
		}
		w.penalties = append(w.penalties, Doc[Penalty]{everywhere(PenaltyPages, Penalty2018, Penalty2015, CreditSite), []Version[Penalty]{{0, p}}})
		w.filings = append(w.filings, Doc[Filing]{everywhere(ICP, Police), []Version[Filing]{{0, Filing{ID: p.ID, Party: co, Number: "粤ICP备2019100001号-1", Domain: "heyu12.example", Approved: "2019-04-01"}}}})
	}
	w.judgments = []Doc[Judgment]{{everywhere(Court), []Version[Judgment]{{0, Judgment{
		ID: "j1", Party: co, Other: "张某某", Number: "（2026）粤0305民初123号", Court: "深圳市南山区人民法院",
		Date: "2026-03-11", Effective: "2026-04-02", InEffect: true, Cause: "网络购物合同纠纷", Category: "commercial", Instance: "1", Outcome: "partly", Amount: 12_345_00, Facts: "原告在被告店铺购买羽绒服一件。",
	}}}}}
	w.courtEntries = []Doc[CourtEntry]{{everywhere(Dishonest, Enforcement, Limits), []Version[CourtEntry]{{0, CourtEntry{
		ID: "900001", Party: co, Number: "（2026）粤0305执88号", Court: "深圳市南山区人民法院",
		Date: "2026-06-09", Amount: 601_293_11, Published: "2026-07-13", Performance: "全部未履行", Conduct: "有履行能力而拒不履行",
	}}}}}
	w.Sites = []Site{{ID: "s1", Op: 0, Host: "heyu12.example", State: []Version[SiteState]{
		{0, SiteState{
			Licence: "full", Name: co.Name, USCC: co.USCC, Address: "深圳市南山区粤海街道科苑路15号", ICP: "粤ICP备2019100001号-1", Police: "粤公网安备44030502000397号",
			Privacy: true, ReturnPolicy: true, AbsoluteTerms: []string{"国家级"}, LatestContent: "2026-10-28", LatestGoods: "2026-10-30",
		}},
		{3, SiteState{Down: "dark"}},
	}}}
	w.Shops = []Shop{
		{ID: "10000037", Platform: "yunfan", State: []Version[ShopState]{{0, ShopState{Op: 0, Party: co, Name: "禾屿旗舰店", Opened: "2020-01-01", Since: "2020-01-01", Verified: true, Licence: "full", Orders: 8000, LatestGoods: "2026-10-30", Kind: "company"}}}},
		{ID: "10000074", Platform: "haihe", State: []Version[ShopState]{{0, ShopState{Op: 1, Party: shopkeeper, Name: "沐川小铺", Opened: "2021-01-01", Since: "2021-01-01", Licence: "none", Orders: -1, LatestGoods: "2026-10-30", Kind: "individual"}}}},
	}
	w.reviews = []Doc[Review]{{everywhere(Reviews), []Version[Review]{{0, Review{ID: "500001", Shop: 0, Stars: 4, Date: "2026-09-09", Text: "连衣裙：质量不错", Author: "晴天12", Suspect: true}}}}}
	w.outages = []Outage{{Channel: Tax, Spans: []Span{{5, 6}}, How: "500"}, {Channel: Court, Spans: []Span{{5, 6}}, How: "empty"}}
	return w
}

// ask sends one request to the world as it is on a day.
func ask(t *testing.T, h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	return out
}

// handler serves a small world as it is on a day.
func handler(day int) http.Handler { return small().Handler(func() int { return day }) }

// text decodes a page the way a browser of the region does.
func text(t *testing.T, body []byte) string {
	t.Helper()
	if utf8.Valid(body) {
		return string(body)
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(decoded)
}

func TestEveryHostAnswersTheSameBytesForTheSameDay(t *testing.T) {
	a, b := handler(0), handler(0)
	for _, name := range small().Hosts() {
		first, second := ask(t, a, "GET", "http://"+name+"/", ""), ask(t, b, "GET", "http://"+name+"/", "")
		if first.Code == http.StatusMisdirectedRequest || !bytes.Equal(first.Body.Bytes(), second.Body.Bytes()) || first.Body.Len() == 0 {
			t.Errorf("%s answers %d with %d bytes, then %d", name, first.Code, first.Body.Len(), second.Body.Len())
		}
		if !strings.HasSuffix(name, ".example") {
			t.Errorf("%s is a name that somebody may own", name)
		}
	}
	if out := ask(t, a, "GET", "http://unknown.example/", ""); out.Code != http.StatusMisdirectedRequest {
		t.Errorf("a host that is none of the world's answers %d", out.Code)
	}
}

func TestPagesAreEncodedAsTheirHostDoesAndSayTruthfullyOrNothing(t *testing.T) {
	h := handler(0)
	for target, want := range map[string]struct{ ctype, meta, words string }{
		"http://amr.sz.example/xzcf/list.html":             {"text/html; charset=utf-8", `<meta charset="utf-8">`, "深市监南罚〔2026〕1号"},
		"http://gsxt-list.sz.example/abnormal.html":        {"text/html", `<meta charset="utf-8">`, emptyList},
		"http://zxgk.example/zhixing/list.html":            {"text/html", "charset=gb2312", "601293.11"},
		"http://beian-www.example/gongshi/list.html":       {"text/html", "", "深圳市禾屿服饰有限公司"},
		"http://gsxt-nanshan.example/entity/op-001.html":   {"text/html; charset=utf-8", "", "深圳市旧屿服饰有限公司/2013-05-20/2019-08-31"},
		"http://gsxt-futian.example/entity/op-002.html":    {"text/html; charset=utf-8", "", "<dt>经营者：</dt><dd>何雪</dd>"},
		"http://wenshu.example/ws/doc/j1.html":             {"text/html; charset=utf-8", "", "二〇二六年三月十一日"},
		"http://pj.yunfan.example/reviews/10000037.html":   {"text/html; charset=utf-8", "", "★★★★☆"},
		"http://shixin.zxgk.example/api/shixin/list":       {"application/json;charset=UTF-8", "", `"publishDate": "2026年07月13日"`},
		"http://open.sz.example/data/xzcf2015.csv":         {"text/csv", "", "罚款999999.99元"},
		"http://heyu12.example/":                           {"text/html; charset=utf-8", "", "本品采用国家级工艺"},
		"http://szcert.ebs.example/nobody":                 {"text/html", "", "404"},
		"http://eca.sz.example/sites/list.html":            {"text/html; charset=utf-8", "", `<a class="site" href="http://heyu12.example/">`},
		"http://cn.credit.sz.example/%E5%86%85%E9%83%A8/x": {"text/html; charset=utf-8", "", "404"},
	} {
		out := ask(t, h, "GET", target, "")
		if got := out.Header().Get("Content-Type"); got != want.ctype {
			t.Errorf("%s says %q, want %q", target, got, want.ctype)
		}
		page := text(t, out.Body.Bytes())
		if !strings.Contains(page, want.words) || !strings.Contains(page, want.meta) {
			t.Errorf("%s lacks %q or %q:\n%s", target, want.words, want.meta, page)
		}
	}
}

func TestTheUndeclaredGBKPagesAreNotUTF8(t *testing.T) {
	out := ask(t, handler(0), "GET", "http://beian-www.example/gongshi/list.html", "")
	if utf8.Valid(out.Body.Bytes()) || bytes.Contains(out.Body.Bytes(), []byte("charset")) {
		t.Error("the page is UTF-8 or says how it is encoded")
	}
}

func TestTheWorkbookOfTheEditionOf2018IsOneThatSpreadsheetsOpen(t *testing.T) {
	out := ask(t, handler(0), "GET", "http://open.sz.example/data/xzcf2018.xlsx", "")
	body := out.Body.Bytes()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(data)
		d := xml.NewDecoder(bytes.NewReader(data))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	// 2026-05-06 is day 46148 of the 1900 date system; T is the fine in 万元.
	for _, want := range []string{`<c r="W3" s="1"><v>46148</v></c>`, `<c r="T3"><v>99.999999</v></c>`, `<c r="N47" t="s">`} {
		if !strings.Contains(parts["xl/worksheets/sheet1.xml"], want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	for _, want := range []string{"CF_NR_FK", "罚款金额（万元）"} {
		if !strings.Contains(parts["xl/sharedStrings.xml"], want) {
			t.Errorf("the strings lack %s", want)
		}
	}
}

func TestTheThrottledHostRefusesTheFirstVisitOfEachDay(t *testing.T) {
	day := 0
	h := small().Handler(func() int { return day })
	for i, want := range []int{429, 200, 200} {
		out := ask(t, h, "GET", "http://hrss.sz.example/sbj/qj.html", "")
		if out.Code != want || (want == 429) != (out.Header().Get("Retry-After") == "1") {
			t.Errorf("visit %d answers %d with Retry-After %q, want %d", i, out.Code, out.Header().Get("Retry-After"), want)
		}
	}
	if day++; ask(t, h, "GET", "http://hrss.sz.example/sbj/qj.html", "").Code != 429 {
		t.Error("the next day begins without a refusal")
	}
}

func TestTheSlowHostTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := time.Now()
		ask(t, handler(0), "GET", "http://zlcc.sz.example/ccjg/list.html", "")
		if took := time.Since(from); took != slowAnswer {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTheFilingsArePagedByAPostedForm(t *testing.T) {
	h := handler(0)
	first := ask(t, h, "GET", "http://icp.example/icp/list.do", "").Body.String()
	if !strings.Contains(first, `<form class="next" method="post"`) || !strings.Contains(first, `name="__token"`) {
		t.Fatalf("no form for the next page:\n%s", first)
	}
	second := ask(t, h, "POST", "http://icp.example/icp/list.do", url.Values{"page": {"2"}, "__token": {"x"}}.Encode()).Body.String()
	if !strings.Contains(second, "<td>45</td>") || strings.Contains(second, "<form class=\"next\"") {
		t.Errorf("page 2 is not the last one:\n%s", second)
	}
	if later := ask(t, handler(1), "GET", "http://icp.example/icp/list.do", "").Body.String(); later == first {
		t.Error("the token is the same on the next day")
	}
}

func TestOldAddressesRedirect(t *testing.T) {
	for target, want := range map[string]string{
		"http://beian.example/gongshi":                 "http://beian-www.example/gongshi/list.html",
		"http://xzqz.amr.sz.example/gs/xzqz/index.htm": "/zwgk/xzqz/list.html",
	} {
		if out := ask(t, handler(0), "GET", target, ""); out.Code != 302 || out.Header().Get("Location") != want {
			t.Errorf("%s answers %d to %s", target, out.Code, out.Header().Get("Location"))
		}
	}
}

func TestTheRobotsFileForbidsAPartInChineseAsItStands(t *testing.T) {
	out := ask(t, handler(0), "GET", "http://cn.credit.sz.example/robots.txt", "")
	if !strings.Contains(out.Body.String(), "Disallow: /内部/\nCrawl-delay: 1") {
		t.Error(out.Body.String())
	}
	if out := ask(t, handler(0), "GET", "http://amr.sz.example/robots.txt", ""); out.Code != 404 {
		t.Errorf("a host without robots file answers %d", out.Code)
	}
}

func TestAChannelFailsOnItsDays(t *testing.T) {
	if out := ask(t, handler(5), "GET", "http://tax.sz.example/gg/qsgg.html", ""); out.Code != 500 {
		t.Errorf("a broken channel answers %d", out.Code)
	}
	out := ask(t, handler(5), "GET", "http://wenshu.example/ws/list.html", "")
	if page := out.Body.String(); out.Code != 200 || strings.Contains(page, emptyList) || strings.Contains(page, "<table") {
		t.Errorf("an error page with status 200 is %d:\n%s", out.Code, page)
	}
	if out := ask(t, handler(6), "GET", "http://tax.sz.example/gg/qsgg.html", ""); out.Code != 200 {
		t.Errorf("the day after it answers %d", out.Code)
	}
}

func TestADarkSiteClosesTheConnection(t *testing.T) {
	server := httptest.NewServer(handler(3))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "heyu12.example"
	if answer, err := server.Client().Do(r); err == nil {
		_ = answer.Body.Close()
		t.Errorf("it answers %d", answer.StatusCode)
	}
}

func TestSyntheticIdentityNumbersHaveARightCheckDigit(t *testing.T) {
	for _, name := range []string{"a", "b", "甲", "乙", "丙"} {
		id := syntheticID(name)
		sum, weight := 0, 1
		for i := len(id) - 1; i >= 0; i-- {
			digit := strings.IndexByte("0123456789X", id[i])
			sum, weight = sum+digit*weight, weight*2%11
		}
		if len(id) != 18 || sum%11 != 1 {
			t.Errorf("%s: %s is no resident identity number", name, id)
		}
	}
}
