package discover

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/rss"

	"probity/pipeline/evidence"
)

// MaxFeed is the largest feed that is read, unpacked.
const MaxFeed = 8 << 20

// ReadFeed reads an RSS, Atom or JSON feed and calls each with its entries.
// What gofeed cannot read is read mark by mark, as a sitemap is, so that one
// bad character does not cost the whole. evidence.ErrInvalid: it is no feed,
// or larger than MaxFeed.
func ReadFeed(r io.Reader, base, charset string, each func(Entry)) (tally Tally, err error) {
	b, err := unpack(r, MaxFeed)
	if err != nil {
		return tally, fmt.Errorf("read feed %s: %w", base, err)
	}
	body, err := io.ReadAll(b)
	if err != nil {
		return tally, fmt.Errorf("read feed %s: %w: %w", base, evidence.ErrInvalid, err)
	}
	feed, err := parseFeed(body)
	if err != nil {
		t, fault := ReadSitemap(bytes.NewReader(body), base, charset, each)
		if fault != nil || t.Kind == "text" {
			return t, fmt.Errorf("read feed %s: %w: %w", base, evidence.ErrInvalid, err)
		}
		return t, nil
	}
	from, err := url.Parse(base)
	if err != nil {
		return tally, fmt.Errorf("read feed %s: %w: %w", base, evidence.ErrInvalid, err)
	}
	s := &sitemap{base: from, each: each, tally: Tally{Kind: feed.FeedType}}
	for i, it := range feed.Items {
		s.entry = &Entry{URL: it.Link}
		if it.Link == "" && len(it.Links) > 0 {
			s.entry.URL = it.Links[0]
		}
		if s.entry.URL == "" {
			s.entry.URL = permanent(feed, i)
		}
		for _, text := range []string{it.Published, it.Updated} {
			if at, ok := Date(text); ok && at.After(s.entry.Modified) {
				s.entry.Modified = at
			}
		}
		s.flush()
	}
	return s.tally, nil
}

// parseFeed keeps the library's panics to itself.
func parseFeed(body []byte) (feed *gofeed.Feed, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			feed, err = nil, fmt.Errorf("the library could not read it: %v", fault)
		}
	}()
	parser := gofeed.NewParser()
	parser.KeepOriginalFeed = true
	feed, err = parser.Parse(bytes.NewReader(body))
	if err == nil && feed.FeedType == "json" && feed.FeedVersion == "" && len(feed.Items) == 0 {
		err = errors.New("it is JSON, but no feed")
	}
	return feed, err
}

// permanent is the guid of an item of RSS that has no link: it is the address
// of a page unless it says that it is not (RSS 2.0, guid). An Atom id is none,
// also where it looks like one (RFC 4287, 4.2.6).
func permanent(feed *gofeed.Feed, i int) string {
	original, ok := feed.OriginalFeed().(*rss.Feed)
	if !ok || i >= len(original.Items) {
		return ""
	}
	guid := original.Items[i].GUID
	if guid == nil || guid.IsPermalink == "false" || !strings.HasPrefix(guid.Value, "http") {
		return ""
	}
	return guid.Value
}

// feed adds the entries of a feed.
func (g *gathering) feed(x evidence.Exchange) {
	tally, err := ReadFeed(bytes.NewReader(x.Body), x.Capture.Lead.URL, x.Capture.Charset.Name, func(e Entry) {
		g.add(e.URL, evidence.Lead{Modified: e.Modified, Depth: x.Capture.Lead.Depth + 1})
	})
	g.tally(tally, err, "no_feed")
}
