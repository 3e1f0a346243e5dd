package discover

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"probity/crawler/scope"
)

// Stream finds the links of a page in one pass over its bytes and calls each
// for every one, in order, with its absolute address, without fragment, its
// query in the page's charset; the address holds until the next call. Base is
// the page's address; what the page's own first base element says counts from
// there (HTML Living Standard, 2.4.3). More than 10,000 are passed over and
// counted. Where address and charset are plain it allocates nothing a link.
func Stream(body []byte, base, charset string, each func(kind Kind, address []byte)) (over int) {
	u, err := url.Parse(base)
	if err != nil {
		return 0
	}
	s := stream{scanner: scanner{b: unicoded(body, charset)}, slow: u, enc: encoder(charset), each: each}
	s.base, s.plain = scope.NewBase(base)
	for name := s.next(); name != nil; name = s.next() {
		switch {
		case rawText(name):
			s.tag(name)
			s.raw(name)
		case isName(name, "template"):
			s.skip()
			s.kept++
		default:
			s.tag(name)
		}
	}
	return s.over
}

// unicoded is a page in UTF-8. Most are.
func unicoded(body []byte, charset string) []byte {
	if encoder(charset) == nil {
		return body
	}
	if charset = strings.ToLower(charset); charset == "gbk" || charset == "gb2312" {
		charset = "gb18030"
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return body
	}
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return body
	}
	return text
}

type stream struct {
	scanner
	base  scope.Base
	plain bool     // base can be resolved on
	slow  *url.URL // the same, for what is not plain
	based bool     // the page said so itself
	enc   encoding.Encoding
	room  []byte
	each  func(kind Kind, address []byte)
	found int
	over  int
}

// attrs are the attributes that links are made of; nil: not there.
type attrs struct{ href, src, rel, kind, lang, equiv, content []byte }

// read takes the attributes of the tag; the first of a name counts. False: the
// page ends within it.
func (s *stream) read() (a attrs, ok bool) {
	for {
		key, value, more := s.attribute()
		if !more {
			return a, !s.torn
		}
		var to *[]byte
		switch {
		case isName(key, "href"):
			to = &a.href
		case isName(key, "src"):
			to = &a.src
		case isName(key, "rel"):
			to = &a.rel
		case isName(key, "type"):
			to = &a.kind
		case isName(key, "hreflang"):
			to = &a.lang
		case isName(key, "http-equiv"):
			to = &a.equiv
		case isName(key, "content"):
			to = &a.content
		default:
			continue
		}
		if *to == nil {
			if *to = plainValue(value); *to == nil {
				*to = []byte{}
			}
		}
	}
}

// tag reads a start tag.
func (s *stream) tag(name []byte) {
	kind := Kind("")
	switch {
	case isName(name, "a"):
		kind = Anchor
	case isName(name, "area"):
		kind = Area
	case isName(name, "frame"), isName(name, "iframe"):
		kind = Frame
	case isName(name, "link"), isName(name, "meta"), isName(name, "base"):
	default:
		s.skip()
		return
	}
	a, ok := s.read()
	if !ok || s.kept > 0 {
		return
	}
	switch {
	case kind == Frame:
		s.add(kind, a.src)
	case kind != "":
		if hasWord(a.rel, "next") || hasWord(a.rel, "prev") {
			kind = Next
		}
		s.add(kind, a.href)
	case isName(name, "base"):
		s.rebase(a.href)
	case isName(name, "meta"):
		if isName(a.equiv, "refresh") {
			s.add(Refresh, []byte(refreshTarget(string(a.content))))
		}
	default:
		s.link(a)
	}
}

func (s *stream) rebase(href []byte) {
	if href == nil || s.based {
		return
	}
	if u, err := s.slow.Parse(strings.TrimSpace(string(href))); err == nil {
		s.slow, s.based = u, true
		s.base, s.plain = scope.NewBase(u.String())
	}
}

// link reads a link element of the head.
func (s *stream) link(a attrs) {
	for word := range bytes.FieldsSeq(bytes.ToLower(a.rel)) {
		switch string(word) {
		case "next", "prev":
			s.add(Next, a.href)
		case "canonical":
			s.add(Canonical, a.href)
		case "sitemap":
			s.add(Sitemap, a.href)
		case "alternate":
			kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(string(a.kind))), ";")
			switch {
			case slices.Contains([]string{"application/rss+xml", "application/atom+xml", "application/feed+json"}, kind):
				s.add(Feed, a.href)
			case len(a.lang) > 0:
				s.add(Language, a.href)
			}
		}
	}
}

// hasWord reports whether one of the words of b is word, whatever its case.
func hasWord(b []byte, word string) bool {
	for len(b) >= len(word) {
		n := bytes.IndexFunc(b, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })
		if n < 0 {
			n = len(b)
		}
		if isName(b[:n], word) {
			return true
		}
		b = b[min(n+1, len(b)):]
	}
	return false
}

// add resolves an address and tells it; scripts, mails and places on the same
// page are no links.
func (s *stream) add(kind Kind, ref []byte) {
	ref = bytes.TrimSpace(ref)
	if len(ref) == 0 || ref[0] == '#' || leadsElsewhere(ref) {
		return
	}
	if s.found >= maxLinks {
		s.over++
		return
	}
	ok := false
	if s.plain {
		s.room, ok = s.base.Append(s.room[:0], ref)
	}
	if !ok {
		u, err := s.slow.Parse(encodeQuery(clean(string(ref)), s.enc))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return
		}
		u.Fragment, u.RawFragment = "", ""
		s.room = append(s.room[:0], u.String()...)
	}
	s.found++
	s.each(kind, s.room)
}

// leadsElsewhere holds for schemes that lead to no page.
func leadsElsewhere(ref []byte) bool {
	at := bytes.IndexAny(ref, ":/?#")
	return at > 0 && ref[at] == ':' && !isName(ref[:at], "http") && !isName(ref[:at], "https")
}
