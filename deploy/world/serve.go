package world

import (
	"embed"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed sources campaigns
var declarations embed.FS

// Declarations returns the folders sources and campaigns: how the pages of
// the world are declared to be read. They are data like any publisher's
// declarations; the world itself never reads them.
func Declarations() fs.FS { return declarations }

// Hosts returns the names of all hosts, sorted.
func (w *World) Hosts() []string {
	var names []string
	for _, h := range w.hosts() {
		names = append(names, h.name)
	}
	slices.Sort(names)
	return names
}

// A visit is what a page is a function of, beside the world: the day and the
// request.
type visit struct {
	day   int
	path  string // decoded
	rest  string // what follows the route's prefix
	query url.Values
	form  url.Values // of a POST
}

// An answer is one response.
type answer struct {
	status   int
	ctype    string
	location string
	retry    string // Retry-After
	dark     bool   // the connection is closed without a word
	body     []byte
}

// A host is one name of the world with its pages and its temper.
type host struct {
	name     string
	look     portal
	routes   map[string]func(visit) answer // by path; one that ends in / answers for all below it, /* for all else
	robots   string                        // robots.txt; empty: there is none
	slow     time.Duration                 // before every answer
	throttle bool                          // the first page of each day is refused with 429
}

// answers renders a page of the host.
func (h *host) html(title string, crumbs []string, body string) answer {
	return h.look.answer(http.StatusOK, h.look.page(title, crumbs, body))
}

func (h *host) missing() answer {
	return h.look.answer(http.StatusNotFound, h.look.page("404", nil, "<p>您访问的页面不存在或已被删除。</p>"))
}

// serve finds the route of a path: the page itself, else the longest folder.
func (h *host) serve(v visit) answer {
	if page, ok := h.routes[v.path]; ok {
		return page(v)
	}
	for at := v.path; ; {
		i := strings.LastIndexByte(strings.TrimSuffix(at, "/"), '/')
		if i < 0 {
			break
		}
		at = at[:i+1]
		if page, ok := h.routes[at]; ok && at != "/" {
			v.rest = strings.TrimPrefix(v.path, at)
			return page(v)
		}
	}
	if page, ok := h.routes["/*"]; ok {
		v.rest = strings.TrimPrefix(v.path, "/")
		return page(v)
	}
	return h.missing()
}

// Handler serves every host, told apart by the Host header. day says which
// day it is in the world and is asked once a request. But for the throttled
// host, whose first page of each day is refused, an answer is a pure function
// of seed, day and request.
func (w *World) Handler(day func() int) http.Handler {
	server := &server{day: day, hosts: map[string]*host{}, refused: map[string]bool{}}
	for _, h := range w.hosts() {
		server.hosts[h.name] = h
	}
	return server
}

// server routes by host and remembers only whom it has refused today.
type server struct {
	day   func() int
	hosts map[string]*host

	mu      sync.Mutex
	refused map[string]bool // host and day
}

// maxForm is the most that a posted form may hold.
const maxForm = 64 << 10

func (s *server) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	name := r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	h, ok := s.hosts[strings.ToLower(name)]
	if !ok {
		http.Error(out, "no such host in this world: "+name, http.StatusMisdirectedRequest)
		return
	}
	v := visit{day: s.day(), path: r.URL.Path, query: r.URL.Query()}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(out, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			http.Error(out, "form cannot be read: "+err.Error(), http.StatusBadRequest)
			return
		}
		v.form = r.PostForm
	}
	if h.slow > 0 {
		wait := time.NewTimer(h.slow)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.Context().Done():
			return
		}
	}
	a := s.answer(h, v)
	if a.dark {
		panic(http.ErrAbortHandler) // how net/http closes a connection without an answer
	}
	a.write(out)
}

func (s *server) answer(h *host, v visit) answer {
	switch {
	case v.path == "/robots.txt" && h.robots != "":
		return answer{status: http.StatusOK, ctype: "text/plain; charset=utf-8", body: []byte(h.robots)}
	case v.path == "/robots.txt":
		return h.missing()
	case h.throttle && s.refuse(h.name, v.day):
		a := h.look.answer(http.StatusTooManyRequests, h.look.page("访问过于频繁", nil, "<p>您的访问过于频繁，请稍后再试。</p>"))
		a.retry = "1"
		return a
	}
	return h.serve(v)
}

// refuse reports true once for each host and day.
func (s *server) refuse(name string, day int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprintf("%s %d", name, day)
	if s.refused[key] {
		return false
	}
	s.refused[key] = true
	return true
}

func (a answer) write(out http.ResponseWriter) {
	head := out.Header()
	head["Date"] = nil // the moment of an answer is the visitor's to note
	head.Set("Content-Type", a.ctype)
	if a.location != "" {
		head.Set("Location", a.location)
	}
	if a.retry != "" {
		head.Set("Retry-After", a.retry)
	}
	out.WriteHeader(a.status)
	_, _ = out.Write(a.body) // a visitor who has left needs no answer
}

// moved redirects to another place.
func moved(to string) answer {
	return answer{status: http.StatusFound, ctype: "text/html", location: to, body: []byte("<html><head><title>302 Found</title></head><body></body></html>\n")}
}

// file is a download.
func file(ctype string, body []byte) answer {
	return answer{status: http.StatusOK, ctype: ctype, body: body}
}
