package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

const changing = `
source: notices
title: 公告
publisher: 某市市场监督管理局
class: 2
kind: notices
legal_basis: 政府信息公开条例第十九条
purpose: 检验再访
impact: 本机
list: events
missing: nothing
retention_months: 1
start: [{url: "http://notices.example/"}]
hosts: [notices.example]
discover: [links, sitemap]
revisit: {least: 6h, most: 720h}
manners: {gap: 1ms, backoff: 1s}
views: [{name: page, match: ".", read: discover}]
`

// A changingSite has forty pages: every tenth changes each day, the others
// never. From day 20 on its sitemap names one more.
type changingSite struct {
	mu    sync.Mutex
	asked map[string]int
	now   func() time.Time
}

const publishedOn = 20

func (s *changingSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	day := int(s.now().Sub(dayZero()).Hours() / 24)
	n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/p/"))
	s.mu.Lock()
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case r.URL.Path == "/robots.txt":
		_, _ = io.WriteString(w, "User-agent: *\nAllow: /\nSitemap: http://notices.example/sitemap.xml\n")
	case r.URL.Path == "/sitemap.xml":
		w.Header().Set("Content-Type", "application/xml")
		_, _ = io.WriteString(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		if day >= publishedOn {
			_, _ = fmt.Fprintf(w, "<url><loc>http://notices.example/p/99</loc><lastmod>%s</lastmod></url>", dayZero().AddDate(0, 0, publishedOn).Format(time.RFC3339))
		}
		_, _ = io.WriteString(w, "</urlset>")
	case r.URL.Path == "/":
		_, _ = io.WriteString(w, "<title>公告</title>")
		for i := 1; i <= 40; i++ {
			_, _ = fmt.Fprintf(w, `<a href="/p/%d">第 %d 号</a>`, i, i)
		}
	case n >= 1 && n <= 40 || n == 99 && day >= publishedOn:
		said := "终稿"
		if n%10 == 0 {
			said = fmt.Sprintf("第 %d 日", day)
		}
		_, _ = fmt.Fprintf(w, "<title>%d</title><p>%d 号：%s</p>", n, n, said)
	default:
		http.NotFound(w, r)
	}
}

// The pages that a campaign chooses are those that change, what is new and what
// waited as long as it may; it judges no absence and writes no look (MODEL 3).
func TestPagesThatChangeAreAskedForMoreOftenThanTheOthers(t *testing.T) {
	t.Parallel()
	site, h, day := changingSeen(t, "")
	c := evidence.Campaign{ID: "daily", Sources: []string{"notices"}, Cohort: &evidence.Cohort{Pages: 8}}
	for d := range 29 {
		day.Store(int64(d + 1))
		before := requests(site.asked)
		report, err := h.run(t.Context(), c, "test", func(Progress) {})
		if err != nil {
			t.Fatal(err)
		}
		if n := requests(site.asked) - before; n > 8 {
			t.Fatalf("day %d: %d pages were asked for, and 8 may be", d+1, n)
		}
		if s := report.Sources["notices"]; s.Result != evidence.Partial || report.FactsGone != 0 {
			t.Fatalf("day %d: %s (%s), %d facts gone: what chooses pages saw no whole", d+1, s.Result, s.Reason, report.FactsGone)
		}
	}
	var busy, quiet int
	for n := 1; n <= 40; n++ {
		asked := site.asked[fmt.Sprintf("/p/%d", n)]
		if n%10 == 0 {
			busy += asked
			continue
		}
		quiet += asked
	}
	t.Logf("29 days of 8 requests: %.1f for each of 4 pages that change daily, %.1f for each of 36 that never do, %d for the sitemap", float64(busy)/4, float64(quiet)/36, site.asked["/sitemap.xml"])
	if busy*9 < 3*quiet {
		t.Errorf("the pages that change were asked for %d times, the others %d times", busy, quiet)
	}
	if site.asked["/p/99"] == 0 {
		t.Error("nobody asked for the page that the sitemap named")
	}
}

// A campaign of single pages asks again for those that waited as long as they
// may, whatever their history, and for none within the shortest interval.
func TestNoPageWaitsBeyondItsLongestIntervalOrIsAskedForWithinItsShortest(t *testing.T) {
	t.Parallel()
	site, h, day := changingSeen(t, "")
	c := evidence.Campaign{ID: "daily", Sources: []string{"notices"}, Cohort: &evidence.Cohort{Pages: 100}}
	report, err := h.run(t.Context(), c, "test", func(Progress) {})
	if err != nil || len(site.asked) != 0 || !strings.Contains(report.Sources["notices"].Reason, "没有页面需要再访") {
		t.Errorf("%v: %v were asked for at once; the report says %q", err, site.asked, report.Sources["notices"].Reason)
	}
	day.Store(30)
	if _, err := h.run(t.Context(), c, "test", func(Progress) {}); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 40; n++ {
		if site.asked[fmt.Sprintf("/p/%d", n)] != 1 {
			t.Errorf("page %d was asked for %d times after thirty days, want once", n, site.asked[fmt.Sprintf("/p/%d", n)])
		}
	}
}

func requests(asked map[string]int) (n int) {
	for path, k := range asked {
		if path != "/robots.txt" {
			n += k
		}
	}
	return n
}

// MODEL 3: the visit of single pages writes no look, unless they are the whole
// scope.
func TestTheVisitOfSomePagesOfASubjectIsNoLookAtIt(t *testing.T) {
	t.Parallel()
	_, h, _ := changingSeen(t, "each: true\ncovers: {indicators: [\"1.3\"], max_age_days: 30}\n")
	all := []string{"http://notices.example/"}
	for n := 1; n <= 40; n++ {
		all = append(all, fmt.Sprintf("http://notices.example/p/%d", n))
	}
	all = append(all, "http://notices.example/sitemap.xml")
	before := looksOf(t, h)
	if before != 1 {
		t.Fatalf("the whole campaign wrote %d looks, want one", before)
	}
	for i, test := range []struct {
		pages []string
		looks int
	}{{all[:1], 0}, {all[1:41], 0}, {all, 1}} {
		id, err := h.again(t.Context(), fmt.Sprintf("some-%d", i), "notices", test.pages, "test")
		if err != nil {
			t.Fatal(err)
		}
		run, err := h.runs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.goOn(t.Context(), run, h.campaignOf(run), func(Progress) {}); err != nil {
			t.Fatal(err)
		}
		if n := looksOf(t, h) - before; n != test.looks {
			t.Errorf("a visit of %d of %d pages wrote %d looks, want %d", len(test.pages), len(all), n, test.looks)
		}
	}
}

func looksOf(t *testing.T, h *house) (n int) {
	t.Helper()
	err := h.ledger.Scan(t.Context(), 0, func(e ledger.Entry) error {
		if e.Kind == ledger.Look {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// changingSeen is a site that a house has crawled whole on day zero, and the
// day on which both are.
func changingSeen(t *testing.T, more string) (*changingSite, *house, *atomic.Int64) {
	t.Helper()
	day, start := new(atomic.Int64), time.Now()
	now := func() time.Time { return dayZero().AddDate(0, 0, int(day.Load())).Add(time.Since(start)) }
	site := &changingSite{asked: map[string]int{}, now: now}
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	h := changingHouse(t, server.URL, now, more)
	if _, err := h.run(t.Context(), evidence.Campaign{ID: "whole", Sources: []string{"notices"}}, "test", func(Progress) {}); err != nil {
		t.Fatal(err)
	}
	clear(site.asked)
	return site, h, day
}

func changingHouse(t *testing.T, address string, now func() time.Time, more string) *house {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sources", "notices.yaml"), []byte(changing+more), 0o600); err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.Data, c.Declarations = filepath.Join(t.TempDir(), "data"), []string{dir}
	c.Crawl.Pins = []Pin{{Host: "notices.example", Address: u.Hostname(), Port: port}}
	c.Crawl.Manners.Gap = time.Millisecond
	h, err := openHouse(t.Context(), shell{out: io.Discard, err: io.Discard, log: slog.New(slog.DiscardHandler), now: now}, c, datadir.Work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	return h
}
