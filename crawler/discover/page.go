package discover

import (
	"crypto/sha256"
	"encoding/hex"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// Pages finds what pages lead to while they are visited, in one pass over
// their bytes.
type Pages struct {
	Finder
	// Knows reports whether a lead with that key (evidence.Lead.Key, as bytes)
	// has entered the run: nothing more is done about it. A lead that it does
	// not know although it has is only a lead too many. [nil: of none]
	Knows func(run string, key [sha256.Size]byte) bool
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
		if !follow || p.knows(c.Run, evidence.PageKey(address)) {
			return
		}
		g.add(string(address), lead)
	})
	kept := g.leads[:0]
	for _, l := range g.leads {
		if key, err := hex.DecodeString(l.Key()); err != nil || !p.knows(c.Run, [sha256.Size]byte(key)) {
			kept = append(kept, l)
		}
	}
	return kept
}

func (p Pages) knows(run string, key [sha256.Size]byte) bool {
	return p.Knows != nil && p.Knows(run, key)
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
