// Package mirror serves large sites on this machine, to see whether a crawl
// reaches every page of them once and nothing else: a site that is made, with
// the odd links that real ones have, and any folder of a real site.
//
// The server keeps its own log of what it served, whole, and can be told to
// fail as servers do: connections that are reset, answers cut off, 503 with
// Retry-After. [Reachable] walks a site by another parser and other rules of
// resolving than the crawl's, and asks the site itself which page an address
// means; so what it says is a second opinion.
//
// It refuses to know anything of the rooms that are tested with it.
package mirror

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A Page is an answer of a site.
type Page struct {
	Status   int
	Type     string
	Location string // as sent, whatever bytes
	Body     []byte
}

// A Site answers for its hosts. Name is the page that an address means: two
// addresses of one page have one name. Both take the host and what follows it
// in the address, as it came.
type Site interface {
	Hosts() []string
	Name(host, target string) string
	Page(host, target string) Page
}

// Faults are how often a server fails, each from 0 to 1.
type Faults struct {
	Reset, Cut, Busy float64 // the connection is reset; ends early; 503 with Retry-After of a second
}

// A Server serves sites and notes what it served. It is safe for concurrent use.
type Server struct {
	sites  map[string]Site
	faults Faults

	mu     sync.Mutex
	rng    *rand.Rand
	served map[string]int // host and name -> whole answers
	asked  map[string]int // the same, all requests
	last   map[string]time.Time
	early  int           // requests that came too soon behind the end of the last answer of their host
	gap    time.Duration // what is too soon
}

// NewServer returns one that fails as faults say, by the seed.
func NewServer(seed uint64, faults Faults, gap time.Duration, sites ...Site) *Server {
	s := &Server{
		sites: map[string]Site{}, faults: faults, gap: gap, rng: rand.New(rand.NewPCG(seed, 5)),
		served: map[string]int{}, asked: map[string]int{}, last: map[string]time.Time{},
	}
	for _, site := range sites {
		for _, h := range site.Hosts() {
			s.sites[h] = site
		}
	}
	return s
}

// A mishap is how an answer fails.
type mishap int

const (
	none mishap = iota
	reset
	cut
	busy
)

func (s *Server) begin(host, key string) mishap {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end, ok := s.last[host]; ok && time.Since(end) < s.gap {
		s.early++
	}
	s.asked[key]++
	switch x := s.rng.Float64(); {
	case x < s.faults.Reset:
		return reset
	case x < s.faults.Reset+s.faults.Cut:
		return cut
	case x < s.faults.Reset+s.faults.Cut+s.faults.Busy:
		return busy
	}
	return none
}

// end notes an answer that is about to be sent; that moment counts as its end,
// since afterwards the client may be ahead of this goroutine.
func (s *Server) end(host, key string, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[host] = time.Now()
	if whole {
		s.served[key]++
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, port, err := net.SplitHostPort(host); err == nil && port != "" {
		host = name
	}
	site := s.sites[host]
	if site == nil {
		http.Error(w, "no such host", http.StatusMisdirectedRequest)
		return
	}
	key := host + " " + site.Name(host, r.RequestURI)
	fault := s.begin(host, key)
	p := site.Page(host, r.RequestURI)
	s.end(host, key, fault == none)
	switch fault {
	case reset:
		breakOff(w, nil)
		return
	case busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	case cut:
		breakOff(w, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", p.Type, len(p.Body)+1, p.Body[:len(p.Body)/2]))
		return
	case none:
	}
	if p.Location != "" {
		w.Header().Set("Location", p.Location)
	}
	if p.Type != "" {
		w.Header().Set("Content-Type", p.Type)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(p.Body)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body)
}

// breakOff sends bytes and resets the connection.
func breakOff(w http.ResponseWriter, b []byte) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = c.Write(b)
	if t, ok := c.(*net.TCPConn); ok && len(b) == 0 {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// Served are the whole answers by host and name of the page.
func (s *Server) Served() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.served)
}

// Asked is how many requests came, and how many of them sooner behind the end
// of the last answer of their host than the gap.
func (s *Server) Asked() (n, early int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.asked {
		n += k
	}
	return n, s.early
}
