package mirror

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// Bounds are the pages of a site that somebody may want.
type Bounds struct {
	Hosts   []string
	Exclude func(target string) bool // path and query, percent-encoded
}

func (b Bounds) hold(u *url.URL) bool {
	for _, h := range b.Hosts {
		if strings.EqualFold(u.Hostname(), h) && (u.Port() == "" || u.Port() == "80") {
			return u.Scheme == "http" && (b.Exclude == nil || !b.Exclude(u.RequestURI()))
		}
	}
	return false
}

// A Walked page is one that was reached.
type Walked struct {
	Host, Name string
	Target     string // one of its addresses, without the host
	Hops       int    // the fewest from a start page; a redirect is none
	Status     int
}

// Reachable returns every page of a site, by host and name, that links and
// redirects lead to from the start pages within the bounds: breadth first, each
// page read once, by a tree and the standard library's way of resolving. robots
// says which addresses a robots.txt closes; they are not reached.
func Reachable(site Site, b Bounds, robots func(*url.URL) bool, starts ...string) map[string]Walked {
	w := &walker{site: site, bounds: b, robots: robots, seen: map[string]Walked{}}
	for _, s := range starts {
		if u, err := url.Parse(s); err == nil {
			w.reach(u, 0)
		}
	}
	for level := w.next; len(level) > 0; level = w.next {
		w.next = nil
		for _, s := range level {
			w.read(s)
		}
	}
	return w.seen
}

type step struct {
	at   *url.URL
	hops int
}

type walker struct {
	site   Site
	bounds Bounds
	robots func(*url.URL) bool
	seen   map[string]Walked
	next   []step
}

// reach notes a page and, where it redirects, the one it leads to, which is
// no hop further.
func (w *walker) reach(u *url.URL, hops int) {
	for range 6 {
		host, target := strings.ToLower(u.Hostname()), u.RequestURI()
		if !w.bounds.hold(u) || w.robots != nil && !w.robots(u) {
			return
		}
		key := host + " " + w.site.Name(host, target)
		if _, ok := w.seen[key]; ok {
			return
		}
		p := w.site.Page(host, target)
		w.seen[key] = Walked{host, w.site.Name(host, target), target, hops, p.Status}
		if p.Status < 300 || p.Status >= 400 {
			if p.Status == http.StatusOK && strings.Contains(p.Type, "html") {
				w.next = append(w.next, step{u, hops})
			}
			return
		}
		to, err := u.Parse(p.Location)
		if err != nil {
			return
		}
		u = to
	}
}

func (w *walker) read(s step) {
	root, charset := tree(w.site.Page(strings.ToLower(s.at.Hostname()), s.at.RequestURI()))
	if root == nil {
		return
	}
	base := baseOf(root, s.at)
	for n := range root.Descendants() {
		if ref := reference(n); ref != "" && !hidden(n) {
			if u, ok := resolve(base, ref, charset); ok {
				w.reach(u, s.hops+1)
			}
		}
	}
}

// tree parses a page; nil: it cannot be.
func tree(p Page) (root *html.Node, name string) {
	enc, name, _ := charset.DetermineEncoding(p.Body[:min(len(p.Body), 1024)], p.Type)
	if name == "windows-1252" && !strings.Contains(p.Type, "charset") && !bytes.Contains(p.Body[:min(len(p.Body), 1024)], []byte("charset")) {
		enc, name = nil, "utf-8" // by itself the library guesses no other
	}
	text := p.Body
	if enc != nil {
		if plain, err := enc.NewDecoder().Bytes(text); err == nil {
			text = plain
		}
	}
	root, err := html.ParseWithOptions(bytes.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, name
	}
	return root, name
}

// baseOf is what the links of a page count from.
func baseOf(root *html.Node, at *url.URL) *url.URL {
	for n := range root.Descendants() {
		if href := attribute(n, "href"); n.Type == html.ElementNode && n.Data == "base" && href != "" {
			if u, err := at.Parse(strings.TrimSpace(href)); err == nil {
				return u
			}
		}
	}
	return at
}

// hidden holds for what stands in a template.
func hidden(n *html.Node) bool {
	for a := range n.Ancestors() {
		if a.Data == "template" && a.Type == html.ElementNode {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// reference is what an element leads to.
func reference(n *html.Node) string {
	if n.Type != html.ElementNode {
		return ""
	}
	switch n.Data {
	case "a", "area":
		return attribute(n, "href")
	case "frame", "iframe":
		return attribute(n, "src")
	case "link":
		for rel := range strings.FieldsSeq(strings.ToLower(attribute(n, "rel"))) {
			if rel == "next" || rel == "prev" || rel == "canonical" || rel == "alternate" && attribute(n, "hreflang") != "" && attribute(n, "type") == "" {
				return attribute(n, "href")
			}
		}
	case "meta":
		if strings.EqualFold(attribute(n, "http-equiv"), "refresh") {
			_, to, _ := strings.Cut(attribute(n, "content"), "=")
			return strings.Trim(strings.TrimSpace(to), `'"`)
		}
	}
	return ""
}

// resolve is the address that browsers go to, as far as net/url knows it; a
// query is in the charset of its page.
func resolve(base *url.URL, ref, enc string) (*url.URL, bool) {
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(strings.TrimSpace(ref))
	ref, _, _ = strings.Cut(ref, "#")
	address, query, asked := strings.Cut(ref, "?")
	address = strings.ReplaceAll(address, `\`, "/")
	if asked {
		if e, _ := charset.Lookup(enc); e != nil && enc != "utf-8" {
			if b, err := e.NewEncoder().String(query); err == nil {
				query = b
			}
		}
		address += "?" + escaped(query)
	}
	if address == "" {
		return nil, false
	}
	u, err := base.Parse(address)
	if err != nil || u.Host == "" {
		return nil, false
	}
	u.Fragment = ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, true
}

// escaped percent-encodes what is not ASCII.
func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c <= ' ' {
			b.WriteString(url.PathEscape(string([]byte{c})))
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
