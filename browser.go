package main

import (
	"context"
	"slices"

	"probity/crawler/chromerender"
	"probity/pipeline/evidence"
	"probity/pipeline/pulse"
)

// chrome is the browser for pages that need their scripts.
func (c Config) chrome() *chromerender.Chrome {
	return chromerender.New(chromerender.Options{Path: c.Crawl.Browser, Agent: c.Crawl.Agent, Pages: c.Crawl.Windows})
}

// scripted reports whether pages of a source need their scripts.
func scripted(src evidence.Source) bool {
	return slices.ContainsFunc(src.Views, func(v evidence.View) bool { return v.Render != nil })
}

// needBrowser has a crawler of sources whose pages need their scripts say that
// it is not ready where there is no browser.
func (h *house) needBrowser() {
	needed := slices.ContainsFunc(sortedKeys(h.set.Sources), func(id string) bool { return scripted(h.set.Sources[id]) })
	if needed && slices.Contains(h.vitals.roles, roleCrawl) {
		h.vitals.pulse.Need(pulse.Check{Name: "browser", Ask: func(context.Context) error { return h.config.chrome().Ready() }})
	}
}
