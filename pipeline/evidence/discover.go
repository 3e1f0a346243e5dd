package evidence

import "slices"

// What a source may be led by, beside the leads that its views declare.
const (
	DiscoverLinks    = "links"    // every link of a page that is read, in scope
	DiscoverNext     = "next"     // rel=next and rel=prev alone
	DiscoverVariants = "variants" // rel=canonical and hreflang
	DiscoverSitemap  = "sitemap"  // sitemaps that robots.txt and pages name
	DiscoverFeed     = "feed"     // RSS, Atom and JSON feeds that pages name
)

// Discoveries are all of these words.
func Discoveries() []string {
	return []string{DiscoverLinks, DiscoverNext, DiscoverVariants, DiscoverSitemap, DiscoverFeed}
}

// Views of documents that only lead further. A source has them by declaring
// to be led by such; no declared view may bear their names.
const (
	SitemapView = "sitemap.xml"
	FeedView    = "feed.xml"
	// ProbeView is of a page that cannot exist, asked for to learn what a
	// host's error pages look like.
	ProbeView = "probe"
	// PartView is of what a page under a browser asked for, as scripts and
	// lists: archived as evidence of what was shown, read by nobody.
	PartView = "part"
)

// ReadDiscover is how a view is read that states nothing and only leads.
const ReadDiscover = "discover"

// ReadKeep is how a view is read whose answers are kept for what they are, as
// the pictures and attachments of a page: they state nothing and lead nowhere.
const ReadKeep = "keep"

// Discovers reports whether the source declares to be led by word.
func (s Source) Discovers(word string) bool { return slices.Contains(s.Discover, word) }

// leading returns the view of that name which the source has without
// declaring it.
func (s Source) leading(name string) (View, bool) {
	for view, word := range map[string]string{SitemapView: DiscoverSitemap, FeedView: DiscoverFeed} {
		if name == view && s.Discovers(word) {
			return View{Name: name, Read: ReadDiscover}, true
		}
	}
	if name == ProbeView && s.Traps != nil && s.Traps.SoftErrors {
		return View{Name: name, Read: ReadDiscover}, true
	}
	return View{}, false
}
