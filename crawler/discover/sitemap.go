package discover

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"probity/pipeline/evidence"
)

// An Entry is one address in a sitemap or feed.
type Entry struct {
	URL      string        // absolute
	Modified time.Time     // when the publisher says it changed; zero: it does not say
	Every    time.Duration // how often it says it changes; 0: it does not say
	Sitemap  bool          // of an index: another sitemap
	News     bool          // with a publication date of the news extension
	Variants []string      // the same page in other languages
}

// A Tally says what was read and what was not.
type Tally struct {
	Kind    string // urlset, sitemapindex, rss, atom, json, text
	Entries int
	Passed  map[string]int // malformed entries and what lies beyond the limits, by reason
}

func (t *Tally) pass(reason string) {
	if t.Passed == nil {
		t.Passed = map[string]int{}
	}
	t.Passed[reason]++
}

// ReadSitemap reads a sitemap of any form from a stream and calls each with
// its entries: XML urlset or index, RSS or Atom, one address a line; packed by
// gzip or not. Base is its own address, charset what was decided for it. It
// holds one entry at a time. evidence.ErrInvalid: it is none of these, or the
// gzip stream is broken at its start; what was read before a later fault
// counts, and the tally says what was passed over.
func ReadSitemap(r io.Reader, base, charset string, each func(Entry)) (Tally, error) {
	return readSitemap(r, MaxUnpacked, base, charset, each)
}

func readSitemap(r io.Reader, limit int64, base, charset string, each func(Entry)) (Tally, error) {
	s := &sitemap{each: each}
	var err error
	if s.base, err = url.Parse(base); err != nil {
		return s.tally, fmt.Errorf("read sitemap %s: %w: %w", base, evidence.ErrInvalid, err)
	}
	packed, err := unpack(r, limit)
	if err != nil {
		return s.tally, fmt.Errorf("read sitemap %s: %w", base, err)
	}
	b := decode(packed, charset)
	if firstByte(b) != '<' {
		s.tally.Kind = "text"
		err = s.lines(b)
	} else {
		err = marks(b, s.mark)
		s.flush()
	}
	switch {
	case s.full:
	case errors.Is(err, errTooMuch):
		s.tally.pass("beyond_50_mb")
	case err != nil:
		s.tally.pass("broken_off")
	}
	if s.tally.Kind == "" || s.tally.Kind == "text" && s.tally.Entries == 0 {
		return s.tally, fmt.Errorf("read sitemap %s: %w: it is no urlset, index, feed or list of addresses", base, evidence.ErrInvalid)
	}
	return s.tally, nil
}

// firstByte is the first byte that is not white space, without reading it.
func firstByte(b *bufio.Reader) byte {
	for n := 64; ; n *= 2 {
		start, err := b.Peek(min(n, 4096))
		if rest := bytes.TrimLeft(start, " \t\r\n\f\x00\ufeff"); len(rest) > 0 {
			return rest[0]
		}
		if err != nil || n > 4096 {
			return 0
		}
	}
}

// A sitemap is a document on its way.
type sitemap struct {
	base  *url.URL
	each  func(Entry)
	tally Tally
	entry *Entry // open, else nil
	full  bool
}

// mark takes an element; false ends the reading.
func (s *sitemap) mark(m mark) bool {
	switch m.name {
	case "urlset", "sitemapindex", "rss", "feed", "rdf":
		if s.tally.Kind == "" && m.begin {
			s.tally.Kind = map[string]string{"feed": "atom", "rdf": "rss"}[m.name]
			if s.tally.Kind == "" {
				s.tally.Kind = m.name
			}
		}
		return true
	case "url", "sitemap", "item", "entry":
		if s.tally.Kind == "" || m.name == "url" && m.parent == "image" {
			return true
		}
		s.flush() // one that was left open ends where the next begins
		if m.begin {
			s.entry = &Entry{Sitemap: m.name == "sitemap"}
		}
		return !s.full
	}
	if s.entry != nil {
		s.part(m)
	}
	return true
}

// part takes what stands in an entry.
func (s *sitemap) part(m mark) {
	ours := m.parent == "url" || m.parent == "sitemap" || m.parent == "item" || m.parent == "entry"
	switch m.name {
	case "loc":
		if !m.begin && ours && s.entry.URL == "" {
			s.entry.URL = m.text
		}
	case "link":
		s.link(m, ours)
	case "guid":
		if !m.begin && ours && s.entry.URL == "" && strings.HasPrefix(m.text, "http") {
			s.entry.URL = m.text
		}
	case "lastmod", "pubdate", "updated", "modified", "date", "publication_date", "published":
		if m.begin || m.text == "" {
			return
		}
		at, ok := Date(m.text)
		switch {
		case !ok:
			s.tally.pass("date_unreadable")
		case at.After(s.entry.Modified):
			s.entry.Modified = at
		}
		s.entry.News = s.entry.News || m.name == "publication_date"
	case "changefreq":
		if !m.begin {
			s.entry.Every = frequency(m.text)
		}
	}
}

// link is text in RSS, an attribute in Atom, and another language in the
// xhtml extension of sitemaps.
func (s *sitemap) link(m mark, ours bool) {
	href, rel := m.attrs["href"], strings.ToLower(m.attrs["rel"])
	switch {
	case m.begin && href != "" && m.attrs["hreflang"] != "" && m.parent == "url":
		if len(s.entry.Variants) < 100 {
			s.entry.Variants = append(s.entry.Variants, href)
		}
	case m.begin && href != "" && ours && (rel == "" || rel == "alternate") && m.parent != "url":
		if s.entry.URL == "" {
			s.entry.URL = href
		}
	case !m.begin && href == "" && ours && m.text != "":
		s.entry.URL = m.text
	}
}

// frequency is a changefreq as a duration.
func frequency(word string) time.Duration {
	const day = 24 * time.Hour
	return map[string]time.Duration{
		"always": time.Hour, "hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "yearly": 365 * day, "never": 3650 * day,
	}[strings.ToLower(strings.TrimSpace(word))]
}

// flush hands the open entry on.
func (s *sitemap) flush() {
	e := s.entry
	s.entry = nil
	if e == nil || s.full {
		return
	}
	if s.tally.Entries >= MaxEntries {
		s.full = true
		s.tally.pass("beyond_50000_entries")
		return
	}
	address, ok := s.resolve(e.URL)
	if !ok {
		s.tally.pass("no_address")
		return
	}
	e.URL = address
	kept := e.Variants[:0]
	for _, v := range e.Variants {
		if v, ok := s.resolve(v); ok {
			kept = append(kept, v)
		}
	}
	e.Variants = kept
	s.tally.Entries++
	s.each(*e)
}

func (s *sitemap) resolve(ref string) (string, bool) {
	ref = strings.TrimSpace(ref)
	if ref == "" || len(ref) > 4096 || strings.ContainsRune(ref, utf8.RuneError) {
		return "", false
	}
	u, err := s.base.Parse(clean(ref))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), true
}

// lines reads one address a line.
func (s *sitemap) lines(b *bufio.Reader) error {
	lines := bufio.NewScanner(b)
	lines.Buffer(make([]byte, 0, 4096), maxMark)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if !strings.HasPrefix(strings.ToLower(text), "http") {
			s.tally.pass("no_address")
			continue
		}
		s.entry = &Entry{URL: text}
		if s.flush(); s.full {
			return nil
		}
	}
	return lines.Err()
}

// sitemap adds the entries of a sitemap.
func (g *gathering) sitemap(x evidence.Exchange) {
	depth := x.Capture.Lead.Depth
	tally, err := ReadSitemap(bytes.NewReader(x.Body), x.Capture.Lead.URL, x.Capture.Charset.Name, func(e Entry) {
		l := evidence.Lead{Modified: e.Modified, Depth: depth + 1}
		if e.Sitemap {
			if depth > MaxDepth {
				g.passed["sitemap_too_deep"]++
				return
			}
			l.View = evidence.SitemapView
		}
		g.add(e.URL, l)
		if g.src.Discovers(evidence.DiscoverVariants) {
			for _, v := range e.Variants {
				g.add(v, evidence.Lead{Depth: depth + 1})
			}
		}
	})
	g.tally(tally, err, "no_sitemap")
}

func (g *gathering) tally(t Tally, err error, word string) {
	for reason, n := range t.Passed {
		g.passed[reason] += n
	}
	if err != nil {
		g.passed[word]++
	}
}
