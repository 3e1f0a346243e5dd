package scope

import (
	"errors"
	"net/http"
	"testing"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func gate(t *testing.T) *Gate {
	t.Helper()
	g, err := New(
		evidence.Source{
			ID: "register", Start: []evidence.Start{{URL: "http://Gov.example/list", View: "list"}, {URL: "http://gov.example/search", Post: "page=1", View: "list"}},
			Exclude: []string{`\.jpg$`}, Depth: 3, Volatile: []string{"sid", "__VIEWSTATE"},
			Views: []evidence.View{{Name: "list", Match: `^/list`}, {Name: "detail", Match: `^/detail/`}},
		},
		evidence.Source{ID: "wide", Hosts: []string{"*.gov.example", "data.example:8080"}, Include: []string{`^/open/`}, Views: []evidence.View{{Name: "file"}}},
		evidence.Source{ID: "papers", Start: []evidence.Start{{URL: "http://papers.example/"}}, Types: []string{"page", "pdf"}, Views: []evidence.View{{Name: "any"}}},
		evidence.Source{ID: "safe", Start: []evidence.Start{{URL: "https://safe.example/"}}, Views: []evidence.View{{Name: "page"}}},
		evidence.Source{ID: "sites", Each: true, Views: []evidence.View{{Name: "home", Match: `^/$`}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func lead(source, url string) evidence.Lead {
	return evidence.Lead{Method: http.MethodGet, URL: url, Source: source}
}

func TestAdmit(t *testing.T) {
	g := gate(t)
	deep, named, unknown, put := lead("register", "http://gov.example/list"), lead("register", "http://gov.example/x"), lead("register", "http://gov.example/list"), lead("register", "http://gov.example/list")
	deep.Depth, named.View, unknown.View, put.Method = 4, "detail", "nobody", "PUT"
	for _, tt := range []struct {
		name         string
		lead         evidence.Lead
		view, reason string
	}{
		{"a start page", lead("register", "http://gov.example/list"), "list", ""},
		{"a page that a view matches", lead("register", "http://GOV.example:80/detail/1?x=1#y"), "detail", ""},
		{"a page whose view the extractor named", named, "detail", ""},
		{"a page that no view matches", lead("register", "http://gov.example/about"), "", "scope_view"},
		{"a view that is none", unknown, "", "scope_view"},
		{"another host", lead("register", "http://www.gov.example/list"), "", "scope_host"},
		{"a pattern that is excluded", lead("register", "http://gov.example/list/a.jpg"), "", "scope_exclude"},
		{"too far from the start", deep, "", "scope_depth"},
		{"a path that repeats itself", lead("register", "http://gov.example/list/a/a/a/a"), "", "scope_trap"},
		{"no address of the web", lead("register", "javascript:next(2)"), "", "scope_url"},
		{"a method that changes things", put, "", "scope_method"},
		{"a source that is not declared", lead("nobody", "http://gov.example/"), "", "scope_source"},
		{"a host below a declared one", lead("wide", "http://a.gov.example/open/1"), "file", ""},
		{"the declared one itself is not below it", lead("wide", "http://gov.example/open/1"), "", "scope_host"},
		{"a host with its port", lead("wide", "http://data.example:8080/open/1"), "file", ""},
		{"the same host on another port", lead("wide", "http://data.example/open/1"), "", "scope_host"},
		{"what include does not name", lead("wide", "http://a.gov.example/closed"), "", "scope_include"},
		{"a kind of file that is wanted", lead("papers", "http://papers.example/a.PDF?x=1"), "any", ""},
		{"an address that says nothing of its kind", lead("papers", "http://papers.example/view.aspx"), "any", ""},
		{"a kind of file that is not wanted", lead("papers", "http://papers.example/a.docx"), "", "scope_type"},
		{"any host of a source that is led to", lead("sites", "http://shop.example"), "home", ""},
		{"but only the page that its view matches", lead("sites", "http://shop.example/goods"), "", "scope_view"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := g.Admit(tt.lead)
			if tt.reason == "" {
				if err != nil || got.View != tt.view {
					t.Errorf("view %q, error %v, want %q", got.View, err, tt.view)
				}
				return
			}
			fault, ok := errors.AsType[*crawler.FaultError](err)
			if !ok || fault.Reason != tt.reason || !evidence.Final(err) {
				t.Errorf("error = %v, want %s", err, tt.reason)
			}
		})
	}
}

// MODEL 1: a lead is method, canonical URL and body digest, less what is volatile.
func TestOnePageIsOneLead(t *testing.T) {
	g := gate(t)
	key := func(l evidence.Lead) string {
		t.Helper()
		a, err := g.Admit(l)
		if err != nil {
			t.Fatal(err)
		}
		return a.Key()
	}
	if key(lead("register", "http://gov.example/list?q=信&sid=1")) != key(lead("register", "HTTP://gov.example:80/x/../list?sid=2&q=%e4%bf%a1#top")) {
		t.Error("two spellings of one page are two leads")
	}
	one, two := lead("register", "http://gov.example/list"), lead("register", "http://gov.example/list")
	one.Method, one.Body, two.Method, two.Body = http.MethodPost, "__VIEWSTATE=a&page=1", http.MethodPost, "__VIEWSTATE=b&page=1"
	if key(one) != key(two) {
		t.Error("a ViewState makes another lead of the same page")
	}
	two.Body = "__VIEWSTATE=b&page=2"
	if key(one) == key(two) {
		t.Error("two pages of a list are one lead")
	}
}

func TestStartsAreInScope(t *testing.T) {
	s := evidence.Source{ID: "s", Start: []evidence.Start{{URL: "http://A.example/", View: "v"}, {URL: "http://b.example/q", Post: "p=1", View: "v"}}, Views: []evidence.View{{Name: "v", Match: "^/never"}, {Name: "w"}}}
	g, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	starts, err := Starts(s)
	if err != nil || len(starts) != 2 || starts[1].Method != http.MethodPost || starts[1].Body != "p=1" {
		t.Fatalf("starts = %+v, %v", starts, err)
	}
	for _, l := range starts {
		if got, err := g.Admit(l); err != nil || got.Key() != l.Key() {
			t.Errorf("%s: %v", l.URL, err)
		}
	}
}

func TestFollow(t *testing.T) {
	g := gate(t)
	from := evidence.Lead{Method: http.MethodGet, URL: "http://gov.example/list?page=1", Source: "register", View: "list", Depth: 1, Origin: "c0ffee", About: &evidence.Party{Name: "某公司"}}
	to, err := g.Follow(from, 302, "../moved?页=1#x")
	if err != nil || to.URL != "http://gov.example/moved?%E9%A1%B5=1" || to.Hop != 1 || to.View != "list" || to.Depth != 1 || to.About != from.About || to.Origin != "c0ffee" {
		t.Errorf("lead = %+v, %v", to, err)
	}
	post := from
	post.Method, post.Body = http.MethodPost, "page=1"
	if to, err := g.Follow(post, 303, "/list?done"); err != nil || to.Method != http.MethodGet || to.Body != "" {
		t.Errorf("after a form: %+v, %v", to, err)
	}
	if to, err := g.Follow(post, 307, "/list2"); err != nil || to.Method != http.MethodPost || to.Body != "page=1" {
		t.Errorf("a form sent on: %+v, %v", to, err)
	}
	last := from
	last.Hop = crawler.MaxHops
	site := evidence.Lead{Method: http.MethodGet, URL: "http://shop.example/", Source: "sites", View: "home"}
	if to, err := g.Follow(site, 301, "https://www.shop.example/"); err != nil || to.View != "home" {
		t.Errorf("within the registered domain: %+v, %v", to, err)
	}
	secure := evidence.Lead{Method: http.MethodGet, URL: "https://safe.example/", Source: "safe"}
	site.URL = "https://shop.example/"
	if to, err := g.Follow(site, 301, "http://shop.example/"); err != nil || to.URL != "http://shop.example/" {
		t.Errorf("a source that declares no address may be led to http: %+v, %v", to, err)
	}
	for name, tt := range map[string]struct {
		from             evidence.Lead
		location, reason string
	}{
		"out of scope":                           {from, "http://login.example/", "scope_host"},
		"nowhere":                                {from, "", "scope_url"},
		"no web address":                         {from, "weixin://x", "scope_url"},
		"to itself":                              {from, "?page=1#top", "scope_loop"},
		"to itself but for what is volatile":     {from, "?page=1&sid=9", "scope_loop"},
		"too often":                              {last, "/list?page=2", "scope_hops"},
		"excluded":                               {from, "/a.jpg", "scope_exclude"},
		"to itself without https, declared with": {secure, "http://safe.example/", "scope_downgrade"},
		"to somebody else's site":                {site, "http://parking.example/", "scope_host"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.Follow(tt.from, 302, tt.location)
			if fault, ok := errors.AsType[*crawler.FaultError](err); !ok || fault.Reason != tt.reason {
				t.Errorf("error = %v, want %s", err, tt.reason)
			}
		})
	}
}

func TestABadPatternNamesItsSource(t *testing.T) {
	if _, err := New(evidence.Source{ID: "broken", Exclude: []string{"("}}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error = %v", err)
	}
}
