// Package rfc9309 reads robots.txt as RFC 9309 means it, and says which line
// of it decides about an address.
//
// A file is parsed once, and its rules for one crawler are taken out of it in
// a compact form, sorted so that the first that matches decides. Matching takes
// time in proportion to pattern and address, whatever the pattern: there is no
// backtracking to blow up.
//
// Nothing in a file makes the reader fail. What the standard leaves open, or
// what publishers get wrong, is read as its writer most likely meant it; where
// that is not clear, so that less is fetched, never more:
//
//   - Groups of one crawler are merged, a group goes on over blank and unknown
//     lines, and only Allow and Disallow close its list of names (2.1, 2.2.1).
//   - A line names a crawler by its product token, or by its first word with
//     a number behind it; several may stand in one line, with commas between.
//   - The longest pattern wins, and of equals the one that allows (2.2.2).
//   - Percent-encoding has two readings in the field: the RFC's, where %62 is
//     b, and Google's, where an address is compared as it is spelled. Both must
//     allow.
//   - Lines may lack their colon, names may be misspelt by a letter, values may
//     carry units. A byte order mark may be torn, the text may be UTF-16, rules
//     may be in GB18030, and the whole may be dressed up as a web page.
//   - Google's own additions hold where they harm no site: Allow: /a/index.html
//     allows /a/ too, and of a line its first 16,663 bytes count.
//
// It knows no network, no cache and no status codes: package robots does. That
// /robots.txt itself may be fetched without asking (2.2.2) holds there too; as
// a page among others it is judged here like any other.
package rfc9309

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Limit is how much of a file is read, as RFC 9309, 2.5 wants it at least: the
// rest is passed over, from the last whole line on.
const Limit = 500 << 10

// A File is a robots.txt, read for any crawler.
type File struct {
	Sitemaps []string // as they are written
	Cut      bool     // the file is longer than Limit, and its rest was not read
	groups   []group
}

// A group is a list of crawlers and what is said to them.
type group struct {
	agents []agent
	rules  []Rule
	from   int  // the first agent whom the next Crawl-delay is for, while there are no rules
	slowed bool // they have got one
}

// An agent is a User-agent line.
type agent struct {
	Agent
	delay time.Duration
}

// An Agent is one line that names a crawler.
type Agent struct {
	Line int    // from 1
	Text string // as it is written
	name string
}

// Parse reads a file. It never fails: what is no rule says nothing.
func Parse(body []byte) *File {
	f := &File{}
	if len(body) > Limit {
		f.Cut, body = true, body[:Limit]
		if i := bytes.LastIndexAny(body, "\r\n"); i >= 0 {
			body = body[:i+1]
		}
	}
	var open bool // user-agent lines still join the last group
	for l := range lines(text(body)) {
		switch l.kind {
		case userAgent:
			if !open {
				f.groups = append(f.groups, group{})
			}
			open = true
			f.last().name(l)
		case allow, disallow:
			open = false
			if g := f.last(); g != nil {
				g.rules = append(g.rules, rulesOf(l)...)
			}
		case crawlDelay:
			if g := f.last(); g != nil {
				g.slow(delay(l.value))
			}
		case sitemap:
			if l.value != "" {
				f.Sitemaps = append(f.Sitemaps, strings.Clone(printable(l.value)))
			}
		case unknown:
		}
	}
	return f
}

func (f *File) last() *group {
	if len(f.groups) == 0 {
		return nil
	}
	return &f.groups[len(f.groups)-1]
}

func (g *group) name(l line) {
	if g.slowed {
		g.from, g.slowed = len(g.agents), false
	}
	for name := range strings.SplitSeq(l.value, ",") {
		g.agents = append(g.agents, agent{Agent: Agent{Line: l.number, Text: printable(l.text), name: strings.TrimSpace(name)}})
	}
}

// slow gives a Crawl-delay to those named since the last one, or to the whole
// group where its rules have begun. Of several the longest holds.
func (g *group) slow(d time.Duration) {
	from := g.from
	if len(g.rules) > 0 {
		from = 0
	}
	for i := from; i < len(g.agents); i++ {
		g.agents[i].delay = max(g.agents[i].delay, d)
	}
	g.slowed = true
}

// Rules are what a file says to one crawler.
type Rules struct {
	// Agents are the lines that chose the rules: those that name the crawler,
	// or else those for everybody. None: the file says nothing to it.
	Agents []Agent
	Named  bool          // the crawler is named
	Delay  time.Duration // asked for between requests; 0: none
	list   []Rule        // the one that decides before the one that does not
}

// For gathers the groups that name a crawler, or else those for everybody
// (2.2.1). The crawler may be given by its product token or by its whole
// User-Agent, of which the first product is its name. What is returned shares
// no memory with the file.
func (f *File) For(userAgent string) Rules {
	name := word(userAgent)
	named := f.gather(func(a string) bool { return names(a, name) })
	named.Named = len(named.Agents) > 0
	if !named.Named {
		named = f.gather(everybody)
	}
	return named
}

func (f *File) gather(meant func(name string) bool) (r Rules) {
	for _, g := range f.groups {
		taken := false
		for _, a := range g.agents {
			if !meant(a.name) {
				continue
			}
			r.Delay = max(r.Delay, a.delay)
			if n := len(r.Agents); n == 0 || r.Agents[n-1].Line != a.Line {
				r.Agents = append(r.Agents, Agent{Line: a.Line, Text: strings.Clone(a.Text)})
			}
			taken = true
		}
		if !taken {
			continue
		}
		for _, it := range g.rules {
			r.list = append(r.list, it.clone())
		}
	}
	r.sort()
	return r
}

func everybody(name string) bool {
	return name == "*" || len(name) > 1 && name[0] == '*' && strings.IndexByte(" \t", name[1]) >= 0
}

// names reports whether a user-agent line names a crawler: its product token
// as the RFC spells one, or its first word where only a number goes beyond
// that, as in bot7. AB42bot names AB, as the RFC has it.
func names(line, crawler string) bool {
	if crawler == "" {
		return false
	}
	whole := word(line)
	numbered := strings.TrimRight(whole, "0123456789")
	return strings.EqualFold(Token(line), crawler) || !strings.ContainsAny(numbered, "0123456789") && strings.EqualFold(whole, crawler)
}

// Token is the product token at the start of a name (2.2.1): letters,
// underscore and hyphen.
func Token(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' })
	if end < 0 {
		return s
	}
	return s[:end]
}

// word is what stands before a version, a comment or a blank.
func word(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "/ \t,;("); i >= 0 {
		return s[:i]
	}
	return s
}

// text is a file's bytes as text in UTF-8, as far as they are: a byte order
// mark, whole or torn, is passed over, and one of UTF-16 is believed.
func text(body []byte) string {
	if len(body) >= 2 {
		switch {
		case body[0] == 0xff && body[1] == 0xfe:
			return fromUTF16(body[2:], func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 })
		case body[0] == 0xfe && body[1] == 0xff:
			return fromUTF16(body[2:], func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 })
		}
	}
	for _, mark := range []string{"\xef\xbb\xbf", "\xef\xbb", "\xef"} {
		if rest, ok := bytes.CutPrefix(body, []byte(mark)); ok && (len(mark) == 3 || len(rest) == 0 || rest[0] < utf8.RuneSelf) {
			body = rest
			break
		}
	}
	return string(body)
}

func fromUTF16(body []byte, unit func([]byte) uint16) string {
	units := make([]uint16, 0, len(body)/2)
	for ; len(body) >= 2; body = body[2:] {
		units = append(units, unit(body))
	}
	return string(utf16.Decode(units))
}
