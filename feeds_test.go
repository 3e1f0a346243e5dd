package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// The feeds of a site, each of which alone knows a notice.
const (
	homeOfFeeds = `<!doctype html><meta charset=utf-8><title>公告</title><p>公告栏</p>
<link rel=alternate type="application/atom+xml" href="/atom.xml"><link rel=alternate type="application/feed+json" href="/feed.json"><link rel=alternate type="application/rss+xml" href="/rss.xml">`
	atomOfFeeds = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>a</title><link href="/notice/atom.html"/><updated>2026-11-02T10:00:00Z</updated></entry>
<entry><title>b</title><link href="http://elsewhere.example/notice/out.html"/></entry></feed>`
	jsonOfFeeds = `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","url":"http://list.example/notice/json.html","content_text":"y"}]}`
	rssOfFeeds  = `<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>c</title><link>http://list.example/notice/rss.html</link></item></channel></rss>`
)

// Atom, JSON and RSS feeds that a page names, or that a source declares as a
// start, lead to pages that nothing else leads to; the feeds are evidence too.
func TestFeedsLeadToPages(t *testing.T) {
	t.Parallel()
	answers := map[string][2]string{
		"/": {"text/html", homeOfFeeds}, "/atom.xml": {"application/atom+xml", atomOfFeeds}, "/feed.json": {"application/feed+json", jsonOfFeeds}, "/rss.xml": {"text/xml", rssOfFeeds},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.URL.Path]
		if !ok && strings.HasPrefix(r.URL.Path, "/notice/") {
			a, ok = [2]string{"text/html", "<title>公告</title><p>" + r.URL.Path}, true
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a[0])
		_, _ = io.WriteString(w, a[1])
	}))
	t.Cleanup(server.Close)
	want := "/ /atom.xml /feed.json /notice/atom.html /notice/json.html /notice/rss.html /rss.xml"
	for name, tt := range map[string]struct{ start, want string }{
		"named by a page":   {`{url: "http://list.example/"}`, want},
		"declared as start": {`{url: "http://list.example/atom.xml", view: feed.xml}, {url: "http://list.example/feed.json", view: feed.xml}`, "/atom.xml /feed.json /notice/atom.html /notice/json.html"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := declareList(t, [][]string{{"企业名称"}})
			text := fmt.Sprintf(`source: feeds
title: 公告
publisher: 某局
class: 2
kind: notices
legal_basis: 政府信息公开条例第十九条
purpose: 电子商务经营主体信用评价
impact: 每周一次
list: events
missing: nothing
retention_months: 24
manners: {gap: 1ms}
discover: [feed]
start: [%s]
views:
  - {name: page, match: ., read: discover}
`, tt.start)
			if err := os.WriteFile(filepath.Join(dir, "sources", "feeds.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			h := openList(t, dir, server.URL)
			defer func() { _ = h.close() }()
			report, err := h.run(t.Context(), evidence.Campaign{ID: "f", Sources: []string{"feeds"}}, "test", func(Progress) {})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			err = h.archive.Scan(t.Context(), func(c evidence.Capture, _ archive.Location) error {
				if c.Lead.View != "robots.txt" {
					got = append(got, strings.TrimPrefix(c.Lead.URL, "http://list.example"))
				}
				return nil
			})
			slices.Sort(got)
			s := report.Sources["feeds"]
			if err != nil || strings.Join(got, " ") != tt.want || s.Passed["scope_host"] != 1 || s.Result != evidence.Complete {
				t.Errorf("fetched %v, %+v, %v", got, s, err)
			}
		})
	}
}
