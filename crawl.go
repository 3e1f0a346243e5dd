package main

import (
	"fmt"
	"net/netip"

	"golang.org/x/net/html"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/discover"
	"probity/crawler/robots"
	"probity/extractors"
	"probity/pipeline/evidence"
)

// visitor is the crawler of this house: what it needs, handed to it.
func (h *house) visitor() (*crawler.Visitor, error) {
	var pins []collyfetch.Pin
	for _, p := range h.config.Crawl.Pins {
		ip, err := netip.ParseAddr(p.Address)
		if err != nil {
			return nil, fmt.Errorf("crawl.pins: %w: %s: address %q is no IP address", evidence.ErrInvalid, p.Host, p.Address)
		}
		pins = append(pins, collyfetch.Pin{Host: p.Host, Address: netip.AddrPortFrom(ip, uint16(p.Port))})
	}
	m := h.config.Crawl.Manners
	fetcher, err := collyfetch.New(collyfetch.Options{Agent: h.config.Crawl.Agent, Pins: pins, Timeout: m.Timeout, MaxSize: m.MaxSize, Now: h.now})
	if err != nil {
		return nil, err
	}
	return &crawler.Visitor{
		Name: h.worker(), Frontier: h.frontier, Robots: robots.New(fetcher, h.config.Crawl.Agent, h.now), Fetcher: fetcher, Archive: h.archive,
		Orders: h.frontier, Purse: h.frontier, Desk: h.joint, Scope: h.gate, Sources: declared{h}, Manners: m, Policy: h.policy(), Workers: h.config.Crawl.Workers,
		Leads: discover.NewRobots(discover.Finder{Scope: h.gate}), Pages: h.pages(), Renderer: h.config.chrome(), Past: h.past,
		Room: h.room, Changed: h.changed, Mark: h.mark, Log: h.log, Now: h.now,
	}, nil
}

// pages finds what pages lead to while they are visited, so that the crawl
// need not wait for who reads them. A fleet's crawlers leave it to its readers,
// who hand each lead to Redis once.
func (h *house) pages() crawler.PageLeads {
	if h.laptop == nil {
		return nil
	}
	return discover.Pages{Finder: discover.Finder{Scope: h.gate}, Knows: h.laptop.frontier.Knows}
}

// settings say how the captures of a source are read.
func (h *house) settings(src evidence.Source) extractors.Settings {
	return extractors.Settings{Source: src, PersonKey: h.key, Discover: h.found, PDF: &h.pdf}
}

// found is what a capture leads to beside what its view declares, where its
// source declares to be so led.
func (h *house) found(src evidence.Source, x evidence.Exchange, root *html.Node) ([]evidence.Lead, map[string]int) {
	f := discover.Finder{Scope: h.gate}.From(src, x, root)
	return f.Leads, f.Passed
}

// declared are the sources by id.
type declared struct{ *house }

func (d declared) Source(id string) (evidence.Source, error) {
	src, ok := d.set.Sources[id]
	if !ok {
		return src, fmt.Errorf("source %s: %w: it is not declared any more", id, evidence.ErrNotFound)
	}
	return src, nil
}

// adopted is the settlement of an exchange that was archived before a crash
// and not settled.
func (h *house) adopted(c evidence.Capture) (crawler.Settlement, error) {
	h.adopting.Lock()
	defer h.adopting.Unlock()
	if h.adopter == nil {
		visitor, err := h.visitor()
		if err != nil {
			return crawler.Settlement{}, err
		}
		h.adopter = visitor
	}
	return h.adopter.Adopt(c, nil), nil
}
