package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// counted serves a site and counts how often each path was asked for.
func counted(t *testing.T, pages int) (settings, map[string]int) {
	t.Helper()
	s := settings{pages: pages, hosts: 5, workers: 8, dir: t.TempDir(), gap: time.Nanosecond}
	asked, mu := map[string]int{}, sync.Mutex{}
	w := newSite(s)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Host+r.URL.Path]++
		mu.Unlock()
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	s.address = server.Listener.Addr().String()
	w.address = s.address
	return s, asked
}

func TestAPageIsAsPromised(t *testing.T) {
	w := newSite(settings{pages: 20_000, hosts: 64, address: "127.0.0.1:8080"})
	for _, n := range []int{0, 7, 19_999} {
		var b bytes.Buffer
		w.page(&b, n)
		links := 0
		for z := html.NewTokenizer(bytes.NewReader(b.Bytes())); z.Next() != html.ErrorToken; {
			if strings.HasPrefix(string(z.Raw()), "<a ") {
				links++
			}
		}
		if b.Len() != pageSize || links != pageLinks {
			t.Errorf("page %d has %d bytes and %d links", n, b.Len(), links)
		}
	}
}

func TestOurCrawlVisitsEveryPageOnce(t *testing.T) {
	s, asked := counted(t, 150)
	f, err := crawl(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for path, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
	if len(asked) != 150+5 || f[0].Pages != 150 || f[0].Busy <= 0 {
		t.Errorf("%d addresses were asked for, want 150 pages and 5 robots.txt: %+v", len(asked), f)
	}
}

func TestTheYardsticksGetTheSamePages(t *testing.T) {
	for name, crawl := range map[string]func(settings) ([]figure, error){"colly": stock, "sum": sum} {
		s, asked := counted(t, 150)
		// colly looks and notes in two steps, so its loop may ask for a page twice.
		if f, err := crawl(s); err != nil || f[0].Pages < 150 || name == "sum" && f[0].Pages != 150 || len(asked) != 150 {
			t.Errorf("%s: %d addresses, %+v, %v", name, len(asked), f, err)
		}
	}
}
