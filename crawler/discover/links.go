package discover

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"probity/pipeline/evidence"
)

// A Kind is what a page means by an address.
type Kind string

// Kinds of links.
const (
	Anchor    Kind = "anchor"
	Area      Kind = "area"
	Frame     Kind = "frame"
	Refresh   Kind = "refresh"
	Next      Kind = "next" // rel=next or prev, of an anchor or of the head
	Canonical Kind = "canonical"
	Language  Kind = "hreflang"
	Feed      Kind = "feed"
	Sitemap   Kind = "sitemap"
)

// A Link is an address on a page.
type Link struct {
	Kind Kind
	URL  string // absolute, without fragment, its query in the page's charset
	Text string // of an anchor, white space collapsed, 200 bytes at most
	Lang string // of hreflang
	// NoFollow says that the page asks not to be understood as recommending
	// the target. It is no ban: robots.txt is.
	NoFollow bool
}

// maxLinks bounds what one page may lead to. Indexes of real documentation
// name tens of thousands of pages.
const maxLinks = 100_000

// Links returns the links of a parsed page in document order, found in one
// walk. Base is the page's address; what the page's own first base element
// says counts from there (HTML Living Standard, 2.4.3). More than 100,000 are
// passed over and counted.
func Links(root *html.Node, base, charset string) (links []Link, over int) {
	w := &walk{enc: encoder(charset)}
	var err error
	if w.base, err = url.Parse(base); err != nil {
		return nil, 0
	}
	w.nodes(root)
	return w.links, w.over
}

// A walk is one pass over a tree.
type walk struct {
	base  *url.URL
	based bool
	enc   encoding.Encoding
	links []Link
	over  int
	open  int // index+1 of the anchor whose text is being read
	text  strings.Builder
}

// nodes goes through a tree without recursion: the parser admits 512 levels,
// but a tree can also come from elsewhere.
func (w *walk) nodes(root *html.Node) {
	for n := root; n != nil; {
		w.enter(n)
		if n.FirstChild != nil && n.DataAtom != atom.Template {
			n = n.FirstChild
			continue
		}
		for n != nil {
			w.leave(n)
			if n == root {
				return
			}
			if n.NextSibling != nil {
				n = n.NextSibling
				break
			}
			n = n.Parent
		}
	}
}

func (w *walk) enter(n *html.Node) {
	if n.Type == html.TextNode && w.open > 0 && w.text.Len() < 400 {
		w.text.WriteString(n.Data)
	}
	if n.Type != html.ElementNode {
		return
	}
	switch n.DataAtom {
	case atom.Base:
		if href, ok := attr(n, "href"); ok && !w.based {
			if u, err := w.base.Parse(strings.TrimSpace(href)); err == nil {
				w.base, w.based = u, true
			}
		}
	case atom.A, atom.Area:
		w.anchor(n)
	case atom.Frame, atom.Iframe:
		src, _ := attr(n, "src")
		w.add(Link{Kind: Frame}, src)
	case atom.Link:
		w.link(n)
	case atom.Meta:
		if name, _ := attr(n, "http-equiv"); strings.EqualFold(name, "refresh") {
			content, _ := attr(n, "content")
			w.add(Link{Kind: Refresh}, refreshTarget(content))
		}
	default:
	}
}

// leave closes the anchor whose text was read.
func (w *walk) leave(n *html.Node) {
	if w.open == 0 || n.DataAtom != atom.A {
		return
	}
	text := strings.Join(strings.Fields(w.text.String()), " ")
	for len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "")
	}
	w.links[w.open-1].Text, w.open = text, 0
}

func (w *walk) anchor(n *html.Node) {
	href, ok := attr(n, "href")
	if !ok {
		return
	}
	l := Link{Kind: Anchor}
	if n.DataAtom == atom.Area {
		l.Kind = Area
	}
	for word := range words(n, "rel") {
		switch word {
		case "next", "prev":
			l.Kind = Next
		case "nofollow":
			l.NoFollow = true
		}
	}
	if w.add(l, href) && n.DataAtom == atom.A {
		w.open = len(w.links)
		w.text.Reset()
	}
}

// link reads a link element of the head.
func (w *walk) link(n *html.Node) {
	href, _ := attr(n, "href")
	for word := range words(n, "rel") {
		switch word {
		case "next", "prev":
			w.add(Link{Kind: Next}, href)
		case "canonical":
			w.add(Link{Kind: Canonical}, href)
		case "sitemap":
			w.add(Link{Kind: Sitemap}, href)
		case "alternate":
			kind, _ := attr(n, "type")
			lang, _ := attr(n, "hreflang")
			switch kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(kind)), ";"); {
			case kind == "application/rss+xml", kind == "application/atom+xml", kind == "application/feed+json":
				w.add(Link{Kind: Feed}, href)
			case lang != "":
				w.add(Link{Kind: Language, Lang: lang}, href)
			}
		}
	}
}

// add resolves an address; scripts, mails and places on the same page are no
// links.
func (w *walk) add(l Link, ref string) bool {
	ref = strings.TrimSpace(ref)
	if ref == "" || ref[0] == '#' || elsewhere(ref) {
		return false
	}
	if len(w.links) >= maxLinks {
		w.over++
		return false
	}
	u, err := w.base.Parse(encodeQuery(clean(ref), w.enc))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false
	}
	u.Fragment, u.RawFragment = "", ""
	l.URL = u.String()
	w.links = append(w.links, l)
	return true
}

// elsewhere holds for schemes that lead to no page.
func elsewhere(ref string) bool {
	at := strings.IndexAny(ref, ":/?#")
	if at <= 0 || ref[at] != ':' {
		return false
	}
	return !strings.EqualFold(ref[:at], "http") && !strings.EqualFold(ref[:at], "https")
}

// clean drops what browsers drop (URL Standard, 4.4).
func clean(ref string) string {
	if !strings.ContainsAny(ref, "\t\n\r\\") {
		return ref
	}
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	path, rest, found := strings.Cut(ref, "?")
	path = strings.ReplaceAll(path, `\`, "/")
	if found {
		return path + "?" + rest
	}
	return path
}

// refreshTarget is the address in the content of a meta refresh (HTML Living
// Standard, 4.2.5.3): seconds, a separator, url=, quoted or not.
func refreshTarget(content string) string {
	at := strings.IndexAny(content, ";,")
	if at < 0 {
		return ""
	}
	rest := strings.TrimSpace(content[at+1:])
	if len(rest) > 3 && strings.EqualFold(rest[:3], "url") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(rest[3:]), "="); ok {
			rest = strings.TrimSpace(value)
		}
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		rest, _, _ = strings.Cut(rest[1:], rest[:1])
	}
	return rest
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

// words are the lower-case words of an attribute.
func words(n *html.Node, name string) func(func(string) bool) {
	value, ok := attr(n, name)
	if !ok {
		return func(func(string) bool) {}
	}
	return strings.FieldsSeq(strings.ToLower(value))
}

// encoder is the charset in which a page's queries are sent; nil: UTF-8.
func encoder(charset string) encoding.Encoding {
	switch charset = strings.ToLower(charset); charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil
	}
	return enc
}

// encodeQuery percent-encodes what is beyond ASCII in a query in the page's
// charset, as browsers do; a path is always UTF-8.
func encodeQuery(ref string, enc encoding.Encoding) string {
	at := strings.IndexByte(ref, '?')
	if at < 0 || enc == nil {
		return ref
	}
	query, _, _ := strings.Cut(ref[at+1:], "#")
	sent, err := encoding.HTMLEscapeUnsupported(enc.NewEncoder()).Bytes([]byte(query))
	if err != nil {
		return ref
	}
	const hex = "0123456789ABCDEF"
	out := []byte(ref[:at+1])
	for _, c := range sent {
		if c < 0x80 {
			out = append(out, c)
			continue
		}
		out = append(out, '%', hex[c>>4], hex[c&15])
	}
	return string(out)
}

// page adds what a web page leads to, as far as its source declares.
func (g *gathering) page(x evidence.Exchange, root *html.Node) {
	links, over := Links(root, x.Capture.Lead.URL, x.Capture.Charset.Name)
	if over > 0 {
		g.passed["links_beyond_limit"] += over
	}
	for _, l := range links {
		if lead, ok := g.followed(l.Kind); ok {
			g.add(l.URL, lead)
		}
	}
}
