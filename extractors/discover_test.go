package extractors_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"probity/extractors"
	"probity/pipeline/evidence"
)

func TestASourceIsLedFurtherByWhatItDeclares(t *testing.T) {
	s := settings(evidence.View{Name: "any", Match: ".", Read: evidence.ReadDiscover}, evidence.View{Name: "next", Match: ".", Read: "links", Next: []evidence.Follow{{Select: "a", View: "any"}}})
	s.Source.Discover = []string{evidence.DiscoverLinks, evidence.DiscoverSitemap}
	page := exchange("http://a.example/", "text/html", "utf-8", []byte("<p>文字</p><a href=/x>x</a>"))
	if _, err := extractors.Read(s, "any", page); err == nil || !strings.Contains(err.Error(), "handed over") {
		t.Errorf("without who discovers: %v", err)
	}
	parsed := false
	s.Discover = func(src evidence.Source, _ evidence.Exchange, root *html.Node) ([]evidence.Lead, map[string]int) {
		parsed = root != nil
		own := evidence.Lead{Method: "GET", URL: "http://a.example/x", Source: src.ID}
		more := evidence.Lead{Method: "GET", URL: "http://a.example/y", Source: src.ID}
		return []evidence.Lead{own, more}, map[string]int{"scope_host": 2}
	}
	for view, want := range map[string]int{"any": 2, "next": 2} {
		r, err := extractors.Read(s, view, page)
		if err != nil || len(r.Leads) != want || !parsed || r.Passed["scope_host"] != 2 || r.Text == "" {
			t.Errorf("view %s: %v, %+v", view, err, r)
		}
		if view == "next" && r.Leads[0].View != "any" {
			t.Errorf("the view's own lead gave way: %+v", r.Leads)
		}
	}
	page.Capture.Lead.View, page.Body = evidence.SitemapView, []byte("\x1f\x8b no text at all")
	if r, err := extractors.Read(s, "", page); err != nil || len(r.Leads) != 2 || parsed || r.Text != "" || r.Rows != 0 {
		t.Errorf("a sitemap: %v, %+v", err, r)
	}
	page.Capture.Status = 404
	if _, err := extractors.Read(s, "", page); err == nil {
		t.Error("a sitemap that is not there is read")
	}
	s.Source.Discover = nil
	if _, err := extractors.Read(s, "", page); err == nil || !strings.Contains(err.Error(), "no view") {
		t.Errorf("a sitemap that nobody declared: %v", err)
	}
}
