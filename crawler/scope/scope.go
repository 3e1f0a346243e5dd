// Package scope says whether a lead belongs to its source, and why not.
//
// A crawl is bounded by what was declared and assessed: hosts, patterns,
// depth, views. The package is the one gate through which leads of all kinds
// pass (start pages, links, redirects), and gives them their canonical form,
// so that one page is one lead. It also refuses what only loops make: paths
// that repeat themselves, addresses beyond all length.
package scope

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"probity/crawler"
	"probity/crawler/traps"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// A Gate admits the leads of the sources it was made for.
type Gate struct{ sources map[string]*bounds }

var _ crawler.Scope = (*Gate)(nil)

// bounds is a source, ready to compare with.
type bounds struct {
	evidence.Source
	hosts            []string
	starts           map[string]bool // keys of start pages
	secure           bool            // every start page is https
	include, exclude []*regexp.Regexp
	views            map[string]*regexp.Regexp
	now              func() time.Time
}

// New compiles the bounds of sources. evidence.ErrInvalid names the source
// and the pattern that is at fault.
func New(sources ...evidence.Source) (*Gate, error) {
	g := &Gate{sources: map[string]*bounds{}}
	for _, s := range sources {
		b, err := compile(s)
		if err != nil {
			return nil, fmt.Errorf("scope of source %s: %w: %w", s.ID, evidence.ErrInvalid, err)
		}
		g.sources[s.ID] = b
	}
	return g, nil
}

// Clock makes the gate judge dates in addresses by another clock than the
// system's, and returns it.
func (g *Gate) Clock(now func() time.Time) *Gate {
	for _, b := range g.sources {
		b.now = now
	}
	return g
}

func compile(s evidence.Source) (*bounds, error) {
	b := &bounds{Source: s, starts: map[string]bool{}, views: map[string]*regexp.Regexp{}, now: time.Now}
	patterns := func(texts []string) (out []*regexp.Regexp, err error) {
		for _, t := range texts {
			p, err := regexp.Compile(t)
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		}
		return out, nil
	}
	var err error
	if b.include, err = patterns(s.Include); err != nil {
		return nil, err
	}
	if b.exclude, err = patterns(s.Exclude); err != nil {
		return nil, err
	}
	for _, v := range s.Views {
		if b.views[v.Name], err = regexp.Compile(v.Match); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{evidence.SitemapView, evidence.FeedView, evidence.ProbeView} {
		if _, err := s.View(name); err == nil { // led by these
			b.views[name] = nil
		}
	}
	for _, h := range s.Hosts {
		b.hosts = append(b.hosts, strings.ToLower(h))
	}
	b.secure = len(s.Start) > 0
	for _, st := range s.Start {
		l, err := start(s, st)
		if err != nil {
			return nil, err
		}
		b.starts[l.Key()] = true
		b.secure = b.secure && strings.HasPrefix(l.URL, "https:")
		if len(s.Hosts) == 0 {
			b.hosts = append(b.hosts, l.Host())
		}
	}
	return b, nil
}

// Starts returns the leads of a source's start pages, in canonical form.
func Starts(s evidence.Source) ([]evidence.Lead, error) {
	var out []evidence.Lead
	for _, st := range s.Start {
		l, err := start(s, st)
		if err != nil {
			return nil, fmt.Errorf("start pages of source %s: %w", s.ID, err)
		}
		out = append(out, l)
	}
	return out, nil
}

func start(s evidence.Source, st evidence.Start) (evidence.Lead, error) {
	u, err := Tidy(s.Query, st.URL)
	if err != nil {
		return evidence.Lead{}, err
	}
	l := evidence.Lead{Method: http.MethodGet, URL: u, Source: s.ID, View: st.View}
	if st.Post != "" {
		l.Method, l.Body = http.MethodPost, st.Post
	}
	l.Volatile = volatile(s.Volatile, l)
	return l, nil
}

func refuse(reason string, l evidence.Lead, format string, args ...any) error {
	kind := evidence.ErrForbidden
	if reason == "scope_url" {
		kind = evidence.ErrInvalid
	}
	return &crawler.FaultError{Reason: reason, Err: fmt.Errorf("lead %s of source %s: %w: %s", l.URL, l.Source, kind, fmt.Sprintf(format, args...))}
}

// Admit implements crawler.Scope. The reasons of refusal: scope_source,
// scope_url, scope_method, scope_host, scope_depth, scope_view, scope_exclude,
// scope_include, scope_type, and of package traps scope_trap, scope_trap_query,
// scope_trap_calendar.
func (g *Gate) Admit(l evidence.Lead) (evidence.Lead, error) {
	b, ok := g.sources[l.Source]
	if !ok {
		return l, refuse("scope_source", l, "no such source is declared")
	}
	if l.Method != http.MethodGet && l.Method != http.MethodPost {
		return l, refuse("scope_method", l, "method %q, want GET or POST", l.Method)
	}
	address, err := Tidy(b.Query, l.URL)
	if err != nil {
		return l, refuse("scope_url", l, "%v", err)
	}
	l.URL = address
	l.Volatile = volatile(b.Volatile, l)
	return b.admit(l)
}

func (b *bounds) admit(l evidence.Lead) (evidence.Lead, error) {
	u, err := url.Parse(l.URL)
	if err != nil {
		return l, refuse("scope_url", l, "%v", err)
	}
	if !b.admitsHost(u) {
		return l, refuse("scope_host", l, "its host is none of %s", strings.Join(b.hosts, ", "))
	}
	if b.Depth > 0 && l.Depth > b.Depth {
		return l, refuse("scope_depth", l, "%d hops from a start page, %d are declared", l.Depth, b.Depth)
	}
	target := u.RequestURI()
	for _, p := range b.exclude {
		if p.MatchString(target) {
			return l, refuse("scope_exclude", l, "excluded by %q", p)
		}
	}
	named := l.View != ""
	if l, err = b.view(l, target); err != nil {
		return l, err
	}
	if b.starts[l.Key()] || l.Hop > 0 {
		return l, nil
	}
	if trap := traps.Address(l.URL, b.now()); trap != "" {
		return l, refuse("scope_"+trap, l, "%s", map[string]string{
			traps.Repeats: "its path repeats itself", traps.Grows: "its query grows from page to page", traps.Calendar: "it asks for a date that no page is about",
		}[trap])
	}
	if l.View == evidence.SitemapView || l.View == evidence.FeedView || l.View == evidence.ProbeView {
		return l, nil // what it leads to has to be included, not itself
	}
	if kind := media.KindOfPath(u.Path); kind != "" && !b.Wants(kind) {
		return l, refuse("scope_type", l, "it ends like a file of kind %s, and %s are declared", kind, strings.Join(b.Types, ", "))
	}
	if len(b.include) > 0 && !slices.ContainsFunc(b.include, func(p *regexp.Regexp) bool { return p.MatchString(target) }) {
		return l, refuse("scope_include", l, "matches none of include")
	}
	if len(b.include) == 0 && !named && !b.views[l.View].MatchString(target) {
		return l, refuse("scope_view", l, "no view matches it")
	}
	return l, nil
}

// view names the view that will read the lead, as the extractors choose it:
// the one it names, the only one, or the first that matches.
func (b *bounds) view(l evidence.Lead, target string) (evidence.Lead, error) {
	switch {
	case l.View != "":
		if _, ok := b.views[l.View]; !ok {
			return l, refuse("scope_view", l, "the source has no view %q", l.View)
		}
		return l, nil
	case len(b.Views) == 1:
		l.View = b.Views[0].Name
		return l, nil
	}
	for _, v := range b.Views {
		if v.Match != "" && b.views[v.Name].MatchString(target) {
			l.View = v.Name
			return l, nil
		}
	}
	return l, refuse("scope_view", l, "no view matches it")
}

// admitsHost compares hosts. A declared host may begin with *. for all hosts
// below it, and may name a port. A source that declares neither hosts nor
// start pages is led to by another one, from page to page.
func (b *bounds) admitsHost(u *url.URL) bool {
	if len(b.hosts) == 0 {
		return true
	}
	return slices.ContainsFunc(b.hosts, func(h string) bool {
		if base, ok := strings.CutPrefix(h, "*."); ok {
			return strings.HasSuffix(u.Hostname(), "."+base)
		}
		return h == u.Hostname() || h == u.Host
	})
}

// Follow implements crawler.Scope: as Admit, and scope_hops beyond MaxHops,
// scope_loop for a page that redirects to itself, scope_downgrade for one that
// leads from https to http, where the source has declared https only: what
// comes over a connection that anybody could have answered is another evidence
// than was asked for. Of a source without hosts a redirect must stay in the
// registered domain: whose page the other one is, nobody has said.
func (g *Gate) Follow(from evidence.Lead, status int, location string) (evidence.Lead, error) {
	to := from
	to.Hop++
	address, err := Resolve(from.URL, location)
	if location == "" {
		err = errors.New("it names no place to go")
	}
	if err != nil {
		return to, refuse("scope_url", from, "redirects: %v", err)
	}
	to.URL = address
	if from.Method == http.MethodPost && status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect {
		to.Method, to.Body = http.MethodGet, "" // RFC 9110, 15.4: as browsers do
	}
	if to.Hop > crawler.MaxHops {
		return to, refuse("scope_hops", to, "more than %d redirects", crawler.MaxHops)
	}
	if to, err = g.Admit(to); err != nil {
		return to, err
	}
	if to.Key() == from.Key() {
		return to, refuse("scope_loop", to, "it redirects to itself")
	}
	b := g.sources[to.Source]
	if b.secure && strings.HasPrefix(from.URL, "https:") && strings.HasPrefix(to.URL, "http:") {
		return to, refuse("scope_downgrade", to, "the redirect gives up https; if that is meant, declare a start page with http")
	}
	if len(b.hosts) == 0 && domain(from) != domain(to) {
		return to, refuse("scope_host", to, "the redirect leaves %s, whose page was wanted", domain(from))
	}
	return to, nil
}

// domain is the registered domain of a lead's host.
func domain(l evidence.Lead) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(l.Host()); err == nil {
		return d
	}
	return l.Host()
}

// volatile names the declared fields that a lead has in its query or body.
func volatile(declared []string, l evidence.Lead) []string {
	if len(declared) == 0 {
		return nil
	}
	_, query, _ := strings.Cut(l.URL, "?")
	var out []string
	for pair := range strings.SplitSeq(query+"&"+l.Body, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if slices.Contains(declared, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
