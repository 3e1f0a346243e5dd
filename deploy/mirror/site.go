package mirror

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Hosts of a made site: two are its own, the third is somebody else's.
const (
	Main  = "mirror.example"
	Docs  = "docs.mirror.example"
	Other = "other.example"
)

// A Made site has so many pages, each led to by its parent and by some others,
// in as many ways as links are written in.
type Made struct {
	n, more int // pages that links reach; pages that only sitemap and feed name
	seed    uint64
}

var _ Site = (*Made)(nil)

// branches is how many children a page has.
const branches = 6

// New makes a site of n pages and, beside them, some that only a sitemap and a
// feed name.
func New(seed uint64, n int) *Made { return &Made{n: n, more: n / 100, seed: seed} }

// Hosts implements Site.
func (m *Made) Hosts() []string { return []string{Main, Docs, Other} }

// Starts are its start pages.
func (m *Made) Starts() []string { return []string{"http://" + Main + "/"} }

// dice is a number of chance, always the same for the same words.
func (m *Made) dice(sides int, words ...any) int {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, m.seed, words)
	return int(h.Sum64() >> 33 % uint64(sides))
}

// A style is how the address of a page looks.
type style struct {
	format string // decoded path and query
	at     *regexp.Regexp
}

func styles() []style {
	var all []style
	for _, f := range []string{
		"/p/%d.html", "/目录/第%d页.html", "/list?id=%d&kind=信用", "/gbk/list?q=信用%d", "/a b/%d.html", "/d%d/", "/p(1)/~user/%d.htm", "/UPPER/Case%d.HTML",
	} {
		all = append(all, style{f, regexp.MustCompile("^" + strings.Replace(regexp.QuoteMeta(f), "%d", `(\d+)`, 1) + "$")})
	}
	return all
}

//nolint:gochecknoglobals // a constant in all but syntax
var kinds = styles()

const gbkStyle = 3

// host is where a page stands.
func (m *Made) host(i int) string {
	if i%7 == 5 {
		return Docs
	}
	return Main
}

// plain is the decoded path and query of a page.
func (m *Made) plain(i int) string {
	if i == 0 {
		return "/"
	}
	return fmt.Sprintf(kinds[i%len(kinds)].format, i)
}

// gbk holds for pages in that charset.
func gbk(i int) bool { return i%5 == 3 }

// Name implements Site: "p 7" is page 7, however it was asked for.
func (m *Made) Name(host, target string) string {
	path, query, asked := strings.Cut(target, "?")
	path = unescape(path)
	path, _, _ = strings.Cut(path, ";jsessionid=")
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); asked && name != "PHPSESSID" && pair != "" {
			kept = append(kept, pair)
		}
	}
	if len(kept) > 0 {
		query = unescape(strings.Join(kept, "&"))
		if path == "/gbk/list" {
			if s, err := simplifiedchinese.GBK.NewDecoder().String(query); err == nil {
				query = s
			}
		}
		path += "?" + query
	}
	if path == "/" && host == Main {
		return "p 0"
	}
	for k, s := range kinds {
		if found := s.at.FindStringSubmatch(path); found != nil {
			if i, err := strconv.Atoi(found[1]); err == nil && i%len(kinds) == k && i < m.n+m.more && host == m.host(i) {
				return "p " + found[1]
			}
		}
	}
	return path
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// Page implements Site.
func (m *Made) Page(host, target string) Page {
	name := m.Name(host, target)
	if i, ok := number(name, "p "); ok {
		return m.page(i)
	}
	html := Page{Status: http.StatusOK, Type: "text/html; charset=utf-8", Body: []byte("<title>" + name + "</title><p>nobody leads here")}
	switch {
	case host == Other, strings.HasPrefix(name, "/private/"), strings.HasPrefix(name, "/secret/"), strings.HasPrefix(name, "/hidden/"):
		return html
	case name == "/robots.txt":
		return Page{Status: http.StatusOK, Type: "text/plain", Body: []byte("User-agent: *\r\nDisallow: /secret/\r\nSitemap: http://" + Main + "/sitemap.xml\r\n")}
	case name == "/sitemap.xml":
		return Page{Status: http.StatusOK, Type: "application/xml", Body: []byte(`<?xml version="1.0"?><sitemapindex><sitemap><loc>http://` + Main + `/sitemap-1.xml.gz</loc></sitemap><sitemap><loc>/sitemap-2.txt</loc></sitemap></sitemapindex>`)}
	case name == "/sitemap-1.xml.gz" && host == Main:
		return Page{Status: http.StatusOK, Type: "application/x-gzip", Body: m.sitemap()}
	case name == "/sitemap-2.txt" && host == Main:
		return Page{Status: http.StatusOK, Type: "text/plain", Body: []byte(strings.Join(m.orphans(1), "\r\n"))}
	case name == "/feed.xml" && host == Main:
		return Page{Status: http.StatusOK, Type: "application/rss+xml", Body: []byte("<rss version=\"2.0\"><channel><item><link>" + strings.Join(m.orphans(2), "</link></item><item><link>") + "</link></item></channel></rss>")}
	}
	if to, ok := number(name, "/r/"); ok && to < m.n {
		return m.redirect(to)
	}
	if to, ok := number(name, "/rr/"); ok && to < m.n {
		return Page{Status: http.StatusFound, Location: "../r/" + strconv.Itoa(to)}
	}
	if _, ok := number(name, "/out/"); ok {
		return Page{Status: http.StatusFound, Location: "http://" + Other + "/"}
	}
	return missing()
}

// redirect leads to a page, in one of the ways that servers do.
func (m *Made) redirect(to int) Page {
	p := Page{Status: []int{301, 302, 303, 307, 308}[m.dice(5, "status", to)], Location: "//" + m.host(to) + escaped(m.sent(to)), Type: "text/html"}
	if m.host(to) == Main && to%len(kinds) != gbkStyle && m.dice(2, "raw", to) == 0 {
		p.Location = m.plain(to) // as raw bytes, which many send
	}
	return p
}

func number(name, prefix string) (int, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(rest)
	return i, err == nil && i >= 0
}

// sent is the path and query of a page in the bytes its server wants.
func (m *Made) sent(i int) string {
	s := m.plain(i)
	if i%len(kinds) == gbkStyle && i > 0 {
		if b, err := simplifiedchinese.GBK.NewEncoder().String(s); err == nil {
			s = b
		}
	}
	return s
}

// orphans are the addresses of the pages that no link reaches: a third each in
// the two sitemaps and the feed.
func (m *Made) orphans(part int) (all []string) {
	for i := m.n; i < m.n+m.more; i++ {
		if i%3 == part {
			all = append(all, "http://"+m.host(i)+strings.ReplaceAll(escaped(m.sent(i)), "&", "&amp;"))
		}
	}
	if part == 1 { // in plain text
		for i, s := range all {
			all[i] = strings.ReplaceAll(s, "&amp;", "&")
		}
	}
	return all
}

func (m *Made) sitemap() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = fmt.Fprint(z, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>`, strings.Join(m.orphans(0), "</loc></url><url><loc>"), "</loc></url></urlset>")
	_ = z.Close()
	return b.Bytes()
}

// Named are the pages, by host and name, that only robots.txt, sitemaps and
// feeds lead to, and these themselves.
func (m *Made) Named() []string {
	all := []string{Main + " /sitemap.xml", Main + " /sitemap-1.xml.gz", Main + " /sitemap-2.txt", Main + " /feed.xml"}
	for i := m.n; i < m.n+m.more; i++ {
		all = append(all, m.host(i)+" p "+strconv.Itoa(i))
	}
	return slices.Sorted(slices.Values(all))
}
