package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"probity/api/doorstest"
	"probity/pipeline/evidence"
)

// What changes a crawl needs the operator's token, and a form of this site.
func TestOperationsNeedTheOperatorAndAFormOfThisSite(t *testing.T) {
	t.Parallel()
	capture := "/captures/" + doorstest.ContentOf("/xzcf/list?page=1") + "/visit"
	forms := []struct {
		path string
		form url.Values
		want string
		to   string
	}{
		{"/hosts", url.Values{"host": {"amr.example"}, "verb": {"pause"}, "why": {"对方请求"}}, "host amr.example pause 0s 对方请求 operator", "/hosts?done=host"},
		{"/hosts", url.Values{"host": {"amr.example"}, "verb": {"delay"}, "delay": {"7"}, "why": {"对方请求"}}, "host amr.example delay 7s 对方请求 operator", "/hosts?done=host"},
		{"/failures", url.Values{"run": {"world-1"}, "reason": {"timeout"}}, "retry world-1 timeout operator", "/failures?done=3"},
		{"/orders", url.Values{"source": {"tax"}, "verb": {"kill"}, "why": {"投诉"}}, "source tax kill 0s 投诉 operator", "/orders?done=source"},
		{"/orders", url.Values{"source": {"tax"}, "verb": {"delay"}, "delay": {"2.5"}, "why": {"慢"}}, "source tax delay 2.5s 慢 operator", "/orders?done=source"},
		{"/campaigns/daily/budget", url.Values{"requests": {"500"}, "verb": {"set"}, "why": {"省"}}, "campaign daily &{Requests:500 Bytes:0 Minutes:0} 省 operator", "/orders?done=budget"},
		{capture, url.Values{}, "visit operator", "visit=visit-0123456789ab-1"},
	}
	public, operator := open(t), open(t).login()
	token := func(s *site) string {
		m := regexp.MustCompile(`name="form_token" value="([0-9a-f]+)"`).FindStringSubmatch(s.get("/campaigns/world").body)
		if m == nil {
			t.Fatal("no form token")
		}
		return m[1]
	}
	post := func(s *site, path string, v url.Values) answer {
		return s.do(http.MethodPost, path, strings.NewReader(v.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	}
	mine, theirs := token(operator), token(public)
	for _, f := range forms {
		if a := post(operator, f.path, f.form); a.status != 403 {
			t.Errorf("%s without a form token: %d", f.path, a.status)
		}
		f.form.Set("form_token", theirs)
		if a := post(public, f.path, f.form); a.status != 401 || len(public.house.Orders) != 0 {
			t.Errorf("%s by anybody: %d, %v", f.path, a.status, public.house.Orders)
		}
		f.form.Set("form_token", mine)
		a := post(operator, f.path, f.form)
		if a.status != 303 || !strings.Contains(a.header.Get("Location"), f.to) || !slices.Contains(operator.house.Orders, f.want) {
			t.Errorf("%s: %d to %s, %q", f.path, a.status, a.header.Get("Location"), operator.house.Orders)
		}
	}
	if a := post(operator, "/orders", url.Values{"form_token": {mine}, "source": {"nobody"}, "verb": {"kill"}, "why": {"x"}}); a.status != 404 {
		t.Errorf("an unknown source: %d", a.status)
	}
	for why, want := range map[string]int{"": 400, " \t": 400, strings.Repeat("长", 201): 400, strings.Repeat("长", 200): 303} {
		for path, v := range map[string]url.Values{
			"/hosts": {"host": {"amr.example"}, "verb": {"pause"}}, "/orders": {"source": {"tax"}, "verb": {"kill"}}, "/campaigns/daily/budget": {"requests": {"5"}, "verb": {"set"}},
		} {
			v.Set("form_token", mine)
			v.Set("why", why)
			if a := post(operator, path, v); a.status != want {
				t.Errorf("%s with a reason of %d bytes: %d", path, len(why), a.status)
			}
		}
	}
	if a := post(operator, "/orders", url.Values{"form_token": {mine}, "source": {"tax"}, "verb": {"delay"}, "delay": {"NaN"}, "why": {"x"}}); a.status != 400 {
		t.Errorf("a delay that is no number: %d", a.status)
	}
	if a := post(operator, "/orders", url.Values{"form_token": {mine}, "source": {"tax"}, "verb": {"delay"}, "delay": {"-1"}, "why": {"x"}}); a.status != 400 {
		t.Errorf("a delay below zero: %d", a.status)
	}
}

// What was changed stands beside what is declared, and what robots.txt refused
// beside the line that did.
func TestWhatIsInForceIsShownWithWhoMadeItSo(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.get("/campaigns/daily").has(t, "5000", "700", "节省 thrift", "2026-11-08", "7s")
	s.get("/refusals").has(t, "Disallow: /private", "/captures/"+doorstest.ContentOf("/robots.txt"), evidence.Digest("robots")[:12])
}

func TestOperationsByProgramNeedTheToken(t *testing.T) {
	t.Parallel()
	s := open(t)
	for path, body := range map[string]string{
		"/hosts/amr.example/orders": `{"verb":"pause","why":"x"}`, "/sources/tax/orders": `{"verb":"delay","delay":5,"why":"x"}`,
		"/campaigns/daily/budget": `{"requests":5,"why":"x"}`, "/runs/world-1/retry": `{"reason":"timeout"}`,
		"/captures/" + doorstest.ContentOf("/xzcf/list?page=1") + "/visit": ``,
	} {
		send := func(header ...string) answer {
			return s.do(http.MethodPost, "/api/v1"+path, strings.NewReader(body), append(header, "Content-Type", "application/json")...)
		}
		if a := send(); a.status != 401 {
			t.Errorf("%s without the token: %d", path, a.status)
		}
		n := len(s.house.Orders)
		if a := send("Authorization", "Bearer "+token); a.status != 202 || len(s.house.Orders) != n+1 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := s.do(http.MethodPost, "/api/v1/sources/tax/orders", strings.NewReader(`{"verb":"kill"}`), "Authorization", "Bearer "+token, "Content-Type", "application/json"); a.status != 400 && a.status != 422 {
		t.Errorf("without a reason: %d", a.status)
	}
}

// Enter in a field presses the first button of its form: that is never the one
// that stops a source.
func TestEnterInAFieldStopsNothing(t *testing.T) {
	t.Parallel()
	body := open(t).login().get("/orders").body
	if delay, kill := strings.Index(body, `value="delay"`), strings.Index(body, `value="kill"`); delay < 0 || kill < delay {
		t.Errorf("the button of the delay stands at %d, that of the kill at %d", delay, kill)
	}
}
