package evidence

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Lead is a URL that somebody wants visited, and why. Crawlers follow
// leads; extractors, campaigns and people leave them, and never call the
// crawler.
type Lead struct {
	Method string `json:"method"`         // GET or POST
	URL    string `json:"url"`            // absolute, without fragment
	Body   string `json:"body,omitempty"` // of a POST, as application/x-www-form-urlencoded
	Source string `json:"source"`
	View   string `json:"view,omitempty"`   // the view of the source that will read it; empty: by the view's match
	About  *Party `json:"about,omitempty"`  // whom the page is about, where the page that named it said so
	Depth  int    `json:"depth,omitempty"`  // hops from a start page
	Hop    int    `json:"hop,omitempty"`    // redirects followed to come here
	Origin string `json:"origin,omitempty"` // content digest of the page it was found on; empty: declared
	// Modified is when a sitemap or feed says that the page changed: a hint for
	// the schedule, no part of any identity.
	Modified time.Time `json:"modified,omitzero"`
	// Volatile names the fields of this URL and body that the source declares
	// volatile (ViewState, tokens): they are sent, but are no part of the
	// lead's or the content's identity (MODEL 1). Empty for nearly all leads.
	Volatile []string `json:"volatile,omitempty"`
}

// Key identifies the lead within one run: method, URL and body, less what is
// volatile.
func (l Lead) Key() string {
	return Digest("lead", l.Method, withoutFields(l.URL, l.Volatile), withoutPairs(l.Body, l.Volatile))
}

// withoutFields takes fields out of the query of a URL, and leaves the rest
// byte for byte.
func withoutFields(raw string, fields []string) string {
	path, query, ok := strings.Cut(raw, "?")
	if !ok || len(fields) == 0 {
		return raw
	}
	if query = withoutPairs(query, fields); query == "" {
		return path
	}
	return path + "?" + query
}

// withoutPairs does so for what is application/x-www-form-urlencoded.
func withoutPairs(form string, fields []string) string {
	if form == "" || len(fields) == 0 {
		return form
	}
	kept := slices.DeleteFunc(strings.Split(form, "&"), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		return slices.Contains(fields, name)
	})
	return strings.Join(kept, "&")
}

// Host is the lower-case host name (without port) that a crawler must be
// polite to.
func (l Lead) Host() string {
	if host := plainHost(l.URL); host != "" {
		return host
	}
	u, err := url.Parse(l.URL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// plainHost is the host of an address that needs no parsing: a name in lower
// case, perhaps a port, a path of which nothing is encoded. Empty: it does.
func plainHost(address string) string {
	rest, ok := strings.CutPrefix(address, "http://")
	if !ok {
		rest, ok = strings.CutPrefix(address, "https://")
	}
	at := strings.IndexByte(rest, '/')
	if !ok || at < 0 || strings.ContainsFunc(rest[at:], func(r rune) bool { return r <= ' ' || r == '%' || r == 0x7f }) {
		return ""
	}
	name, port, _ := strings.Cut(rest[:at], ":")
	if strings.Trim(port, "0123456789") != "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return ""
	}
	return name
}

// NewLead returns a GET of a canonical absolute http or https URL.
func NewLead(source, raw string) (Lead, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return Lead{}, fmt.Errorf("lead %q: %w: %w", raw, ErrInvalid, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return Lead{}, fmt.Errorf("lead %q: %w: want an http or https URL without a user", raw, ErrInvalid)
	}
	u.Fragment = ""
	u.Host = strings.ToLower(u.Host)
	if u.Path == "" {
		u.Path = "/"
	}
	return Lead{Method: "GET", URL: u.String(), Source: source}, nil
}
