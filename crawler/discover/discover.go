// Package discover finds what may be visited next: the links of a web page,
// the entries of a sitemap or a feed, the sitemaps that a robots.txt names.
// Which of these are followed is declared by the source; without a
// declaration nothing here is.
//
//	links     a, area, frame, iframe and meta refresh of every page that is read
//	next      rel=next and rel=prev alone, where all links would be too many
//	variants  rel=canonical and rel=alternate hreflang
//	sitemap   sitemaps that robots.txt, pages and sitemap indexes name
//	feed      RSS, Atom and JSON feeds that pages name
//
// Why so: a sitemap or feed is fetched as any page is, under robots, courtesy
// and archive, and its entries are leads like others; so a rebuild finds the
// same ones again. What is found is a pure function of the capture and the
// declaration. Only leads in scope come out; the others are counted by the
// reason for which scope refuses them.
//
// It refuses to run on for ever: sitemaps end after 50,000 entries and 50 MB
// unpacked (sitemaps.org, protocol), feeds after 8 MB, indexes three deep; what
// was passed over is counted. Documents are read as a stream of marks, never
// as a tree, and a malformed entry costs itself alone.
package discover

import (
	"errors"

	"golang.org/x/net/html"

	"probity/crawler"
	"probity/crawler/traps"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// MaxDepth is how deep sitemap indexes are followed: the protocol knows one
// level, the world three.
const MaxDepth = 3

// NearDuplicate is why the links of a page that nearly equals others are not
// followed.
const NearDuplicate = "near_duplicate"

// A Finder finds leads of declared sources. It holds no state.
type Finder struct{ Scope crawler.Scope }

// Found is what a capture leads to.
type Found struct {
	Leads  []evidence.Lead // in scope, each once, in the order of the document
	Passed map[string]int  // what was passed over, by reason
}

// From returns what a capture leads to by its source's declaration. Root is
// the parsed page where it is one, else nil.
func (f Finder) From(src evidence.Source, x evidence.Exchange, root *html.Node) Found {
	g := f.gather(src, x.Capture)
	switch {
	case len(src.Discover) == 0 || !x.Capture.OK() || !media.Wanted(src, x.Capture):
	case x.Capture.Lead.View == evidence.SitemapView:
		g.sitemap(x)
	case x.Capture.Lead.View == evidence.FeedView:
		g.feed(x)
	case root != nil:
		g.page(x, root)
	}
	if x.Capture.Alike != "" && len(g.leads) > 0 {
		g.passed[NearDuplicate] += len(g.leads)
		g.leads = nil
	}
	return g.found()
}

// A gathering is the leads of one capture on their way.
type gathering struct {
	Finder
	src    evidence.Source
	from   evidence.Capture
	leads  []evidence.Lead
	seen   map[string]bool
	passed map[string]int
}

func (f Finder) gather(src evidence.Source, from evidence.Capture) *gathering {
	return &gathering{Finder: f, src: src, from: from, seen: map[string]bool{}, passed: map[string]int{}}
}

func (g *gathering) found() Found {
	if len(g.passed) == 0 {
		g.passed = nil
	}
	return Found{g.leads, g.passed}
}

// add makes a lead of an absolute address; what l says of it is kept.
func (g *gathering) add(address string, l evidence.Lead) {
	plain, session := traps.WithoutSession(address)
	if session {
		g.passed["session_id_left_out"]++
	}
	lead, err := evidence.NewLead(g.src.ID, plain)
	if err != nil {
		g.passed["no_address"]++
		return
	}
	lead.View, lead.Modified, lead.Depth, lead.Origin = l.View, l.Modified, l.Depth, g.from.Content
	if lead.Depth == 0 {
		lead.Depth = g.from.Lead.Depth + 1
	}
	admitted, err := g.Scope.Admit(lead)
	if err != nil {
		word := "scope"
		if fault, ok := errors.AsType[*crawler.FaultError](err); ok {
			word = fault.Reason
		}
		g.passed[word]++
		return
	}
	if key := admitted.Key(); !g.seen[key] {
		g.seen[key] = true
		g.leads = append(g.leads, admitted)
	}
}
