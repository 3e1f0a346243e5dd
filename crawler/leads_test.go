package crawler_test

import (
	"testing"
	"time"

	"probity/crawler/discover"
	"probity/crawler/scope"
	"probity/pipeline/evidence"
)

func TestTheSitemapsOfRobotsAreVisitedWhereTheSourceIsLedByThem(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		s := h.sources["s"]
		s.Discover = []string{evidence.DiscoverSitemap}
		h.sources["s"] = s
		gate, err := scope.New(s, h.sources["t"])
		if err != nil {
			t.Fatal(err)
		}
		h.Scope, h.Leads = gate, discover.NewRobots(discover.Finder{Scope: gate})
		h.web.says("http://a.example/robots.txt", answer{status: 200, body: "User-agent: *\nDisallow: /no\nSitemap: /map.xml\nSitemap: /no/map.xml\nSitemap: /private/map.xml\n"})
		h.web.says("http://a.example/map.xml", answer{status: 200, body: "<urlset></urlset>"})
		h.web.says("http://a.example/1", answer{status: 200, body: "one"})
		for _, run := range []string{"r", "again"} { // the second finds robots.txt at hand
			h.add(run, "http://a.example/1")
			if c := h.within(time.Hour, run); c.Done != 2 || c.Refused["robots_disallowed"] != 1 {
				t.Errorf("run %s: counts = %+v", run, c)
			}
		}
		if h.web.asked("http://a.example/robots.txt") != 1 || h.web.asked("http://a.example/no/map.xml") != 0 || h.web.asked("http://a.example/private/map.xml") != 0 {
			t.Errorf("visits = %+v", h.web.visits)
		}
		if got := h.captures()["http://a.example/map.xml"]; len(got) != 2 || got[0].Lead.View != evidence.SitemapView || !got[0].Robots.Allowed {
			t.Errorf("captures of the sitemap = %+v", got)
		}
	})
}
