package discover

import (
	"bytes"
	"net/url"
	"strings"
	"sync"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// Robots remembers which sitemaps the robots.txt of an origin names, for as
// long as the process lives: what is asked for again is learned again.
type Robots struct {
	finder Finder
	mu     sync.Mutex
	known  map[string]named // by origin
}

// named are the sitemap lines of a file.
type named struct {
	capture evidence.Capture
	lines   []string
}

var _ crawler.RobotsLeads = (*Robots)(nil)

// maxOrigins bounds what is remembered.
const maxOrigins = 20_000

// NewRobots returns one that knows nothing yet.
func NewRobots(f Finder) *Robots { return &Robots{finder: f, known: map[string]named{}} }

// Learn implements crawler.RobotsLeads. The file holds for the origin that
// was asked first, wherever that redirected to.
func (r *Robots) Learn(asked []evidence.Exchange) {
	if len(asked) == 0 {
		return
	}
	last := asked[len(asked)-1]
	at := origin(asked[0].Capture.Lead.URL)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch lines := RobotsSitemaps(last.Body); {
	case !last.Capture.OK() || len(lines) == 0:
		delete(r.known, at)
	case len(r.known) < maxOrigins:
		r.known[at] = named{last.Capture, lines}
	}
}

// Sitemaps implements crawler.RobotsLeads.
func (r *Robots) Sitemaps(src evidence.Source, l evidence.Lead) []evidence.Lead {
	r.mu.Lock()
	k, ok := r.known[origin(l.URL)]
	r.mu.Unlock()
	if !ok || !src.Discovers(evidence.DiscoverSitemap) {
		return nil
	}
	g := r.finder.gather(src, k.capture)
	for _, ref := range k.lines {
		if u, err := url.Parse(k.capture.Lead.URL); err == nil {
			if to, err := u.Parse(ref); err == nil { // many are relative, which nobody allowed
				ref = to.String()
			}
		}
		g.add(ref, evidence.Lead{View: evidence.SitemapView, Depth: 1})
	}
	return g.leads
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// RobotsSitemaps returns the addresses of the sitemap lines of a robots.txt,
// in their order; they belong to no group (RFC 9309, 2.2.4).
func RobotsSitemaps(body []byte) []string {
	var out []string
	body = bytes.TrimPrefix(body[:min(len(body), 500<<10)], []byte("\xef\xbb\xbf"))
	for line := range bytes.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(bytes.TrimSpace(name), []byte("sitemap")) {
			continue
		}
		text, _, _ := strings.Cut(string(value), " #")
		if text = strings.TrimSpace(text); text != "" && len(out) < 1000 {
			out = append(out, text)
		}
	}
	return out
}
