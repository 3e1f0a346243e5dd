package world_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"probity/deploy/world"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// A walker follows every link of a page that a declared view reads: rougher
// than a crawler, and enough to see what a crawl meets.
type walker struct {
	t       *testing.T
	sources map[string]evidence.Source
	world   http.Handler
	seen    map[string]bool
	fetched map[string]int // by host
	views   map[string]int // pages read, by source/view
	broken  map[string]int // pages that are none, by status and source
	queue   []evidence.Lead
}

var hrefs = regexp.MustCompile(`href="([^"]+)"|"next": "([^"]+)"`)

func (w *walker) add(source, raw string) {
	lead, err := evidence.NewLead(source, raw)
	if err != nil {
		w.t.Error(err)
		return
	}
	if key := source + lead.Key(); !w.seen[key] {
		w.seen[key] = true
		w.queue = append(w.queue, lead)
	}
}

// reads returns the view of a source that reads an address, if it is in scope.
func reads(s evidence.Source, u *url.URL) (string, bool) {
	hosts := slices.Clone(s.Hosts)
	for _, start := range s.Start {
		if at, err := url.Parse(start.URL); err == nil {
			hosts = append(hosts, at.Hostname())
		}
	}
	if len(hosts) > 0 && !slices.Contains(hosts, u.Hostname()) {
		return "", false
	}
	for _, v := range s.Views {
		if regexp.MustCompile(v.Match).MatchString(u.RequestURI()) {
			return v.Name, true
		}
	}
	return "", false
}

// visit fetches a page and adds the links on it that the source or one of
// those it leads to would read.
func (w *walker) visit(lead evidence.Lead) {
	u, err := url.Parse(lead.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	out := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, lead.URL, http.NoBody)
	w.fetched[u.Hostname()]++
	w.world.ServeHTTP(out, r)
	switch {
	case out.Code == http.StatusFound:
		to, err := u.Parse(out.Header().Get("Location"))
		if err != nil {
			w.t.Fatal(err)
		}
		w.add(lead.Source, to.String())
		return
	case out.Code == http.StatusTooManyRequests:
		w.visit(lead)
		return
	case out.Code != http.StatusOK:
		w.broken[http.StatusText(out.Code)+" "+lead.Source]++
		return
	}
	s := w.sources[lead.Source]
	if view, ok := reads(s, u); ok {
		w.views[s.ID+"/"+view]++
	}
	next := map[string]bool{s.ID: true}
	for _, v := range s.Views {
		for _, f := range v.Next {
			next[f.Source] = f.Source != ""
		}
	}
	for _, m := range hrefs.FindAllStringSubmatch(out.Body.String(), -1) {
		to, err := u.Parse(m[1] + m[2])
		if err != nil {
			w.t.Error(err)
			continue
		}
		for source := range maps.Keys(next) {
			if _, ok := reads(w.sources[source], to); ok && next[source] && (source != "own-sites" || strings.Contains(out.Body.String(), `class="site" href="`+to.String())) {
				w.add(source, to.String())
			}
		}
	}
}

func TestACrawlOfTheWorldIsSmallAndReachesEveryView(t *testing.T) {
	set := declared(t)
	w := walker{
		t: t, sources: set.Sources, seen: map[string]bool{}, fetched: map[string]int{}, views: map[string]int{}, broken: map[string]int{},
		world: world.New(7).Handler(func() int { return 2 }),
	}
	for _, id := range declare.Names(set.Sources) {
		for _, s := range set.Sources[id].Start {
			w.add(id, s.URL)
		}
	}
	total := 0
	for ; len(w.queue) > 0; total++ {
		lead := w.queue[0]
		w.queue = w.queue[1:]
		w.visit(lead)
	}
	if total < 500 || total > 1700 {
		t.Errorf("%d fetches", total)
	}
	for host, n := range w.fetched {
		if n > 220 {
			t.Errorf("%d fetches at %s", n, host)
		}
	}
	for id, s := range set.Sources {
		for _, v := range s.Views {
			if w.views[id+"/"+v.Name] == 0 {
				t.Errorf("no page is read by view %s of source %s", v.Name, id)
			}
		}
	}
	// The only pages that are none on this day are sites that are down.
	for what, n := range w.broken {
		if !strings.HasSuffix(what, " own-sites") {
			t.Errorf("%d times %s", n, what)
		}
	}
}
