package discover

import (
	"slices"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// Pages finds what pages lead to while they are visited, in one pass over
// their bytes.
type Pages struct {
	Finder
	// Knows reports whether the lead has entered the run that GETs an address
	// and has no volatile fields: nothing more is done about it. One that it
	// does not know although it has is only a lead too many. [nil: of none]
	Knows func(run string, address []byte) bool
}

var _ crawler.PageLeads = Pages{}

// Page implements crawler.PageLeads, for web pages; sitemaps and feeds are
// left to who reads them.
func (p Pages) Page(src evidence.Source, x evidence.Exchange) []evidence.Lead {
	c := x.Capture
	if !c.OK() || !c.IsHTML() || c.SoftError != "" || c.Alike != "" || c.Lead.View == evidence.SitemapView || c.Lead.View == evidence.FeedView {
		return nil
	}
	g := p.gather(src, c)
	Stream(x.Body, c.Lead.URL, c.Charset.Name, func(kind Kind, address []byte) {
		lead, follow := g.followed(kind)
		if !follow || p.knows(c.Run, address) {
			return
		}
		g.add(string(address), lead)
	})
	return slices.DeleteFunc(g.leads, func(l evidence.Lead) bool {
		return len(l.Volatile) == 0 && p.knows(c.Run, []byte(l.URL))
	})
}

func (p Pages) knows(run string, address []byte) bool {
	return p.Knows != nil && p.Knows(run, address)
}

// followed says whether the source is led by such links, and what is known of
// the lead.
func (g *gathering) followed(kind Kind) (lead evidence.Lead, ok bool) {
	word := evidence.DiscoverLinks
	switch kind {
	case Next:
		if word = evidence.DiscoverNext; g.src.Discovers(evidence.DiscoverLinks) {
			word = evidence.DiscoverLinks
		}
	case Canonical, Language:
		word = evidence.DiscoverVariants
	case Feed:
		word, lead.View = evidence.DiscoverFeed, evidence.FeedView
	case Sitemap:
		word, lead.View = evidence.DiscoverSitemap, evidence.SitemapView
	case Anchor, Area, Frame, Refresh:
	}
	return lead, g.src.Discovers(word)
}
