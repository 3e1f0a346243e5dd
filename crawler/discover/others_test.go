package discover_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"probity/crawler/discover"
	"probity/pipeline/evidence"
)

const (
	plainNS = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	u1      = "<url><loc>https://a.example/1</loc></url>"
	rss     = `<rss version="2.0"><channel><title>t</title><link>https://a.example/</link>`
	atom    = `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>`
)

// The forms of which the tests of other readers of sitemaps and feeds
// (crawler-commons, gofeed, feedparser) are made, told anew.
func TestSitemapsAndFeedsOfOtherProjectsForms(t *testing.T) {
	for name, c := range map[string]struct{ body, want, passed string }{
		"the namespace of 0.84":                  {`<urlset xmlns="http://www.google.com/schemas/sitemap/0.84">` + u1 + "</urlset>", "https://a.example/1", ""},
		"the namespace with a slash behind":      {`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9/">` + u1 + "</urlset>", "https://a.example/1", ""},
		"the namespace of another house":         {`<urlset xmlns="http://example.com/sitemap">` + u1 + "</urlset>", "https://a.example/1", ""},
		"a namespace that is no address":         {`<urlset xmlns="">` + u1 + "</urlset>", "https://a.example/1", ""},
		"a prefix that nobody declares":          {`<s:urlset><s:url><s:loc>https://a.example/1</s:loc></s:url></s:urlset>`, "https://a.example/1", ""},
		"a schema location":                      {`<urlset xmlns="x" xmlns:xsi="y" xsi:schemaLocation="z z.xsd">` + u1 + "</urlset>", "https://a.example/1", ""},
		"a style sheet before it":                {`<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="/x.xsl"?>` + plainNS + u1 + "</urlset>", "https://a.example/1", ""},
		"a comment before and within":            {"<!-- made by x -->" + plainNS + "<!-- <url><loc>https://a.example/0</loc></url> -->" + u1 + "</urlset><!-- 0.1 s -->", "https://a.example/1", ""},
		"white space before the declaration":     {"\r\n\t <?xml version=\"1.0\"?>" + plainNS + u1 + "</urlset>", "https://a.example/1", ""},
		"a mark and white space before it":       {"\xef\xbb\xbf\n<?xml version=\"1.0\"?>" + plainNS + u1 + "</urlset>", "https://a.example/1", ""},
		"a version from the future":              {`<?xml version="1.1" encoding="UTF-8"?>` + plainNS + u1 + "</urlset>", "https://a.example/1", ""},
		"an encoding nobody knows":               {`<?xml version="1.0" encoding="x-none"?>` + plainNS + u1 + "</urlset>", "https://a.example/1", ""},
		"line breaks within an address":          {plainNS + "<url><loc>\n\thttps://a.example/1\n</loc></url></urlset>", "https://a.example/1", ""},
		"an address with blanks":                 {plainNS + "<url><loc>https://a.example/a b</loc></url></urlset>", "https://a.example/a%20b", ""},
		"an address beyond ASCII":                {plainNS + "<url><loc>https://a.example/信用</loc></url></urlset>", "https://a.example/%E4%BF%A1%E7%94%A8", ""},
		"all five entities":                      {plainNS + "<url><loc>https://a.example/?a=&lt;&gt;&quot;&apos;&amp;</loc></url></urlset>", "", ""},
		"an entity by its number":                {plainNS + "<url><loc>https://a.example/&#x4fe1;&#29992;</loc></url></urlset>", "https://a.example/%E4%BF%A1%E7%94%A8", ""},
		"CDATA around an escaped address":        {plainNS + "<url><loc><![CDATA[https://a.example/?a=1&b=2]]></loc></url></urlset>", "https://a.example/?a=1&b=2", ""},
		"two addresses in an entry, the first":   {plainNS + "<url><loc>https://a.example/1</loc><loc>https://a.example/2</loc></url></urlset>", "https://a.example/1", ""},
		"an empty address":                       {plainNS + "<url><loc></loc></url><url><loc/></url>" + u1 + "</urlset>", "https://a.example/1", "no_address 2"},
		"no address but a name":                  {plainNS + "<url><loc>mailto:x@a.example</loc></url>" + u1 + "</urlset>", "https://a.example/1", "no_address 1"},
		"an address without a scheme":            {plainNS + "<url><loc>//b.example/1</loc></url></urlset>", "https://b.example/1", ""},
		"relative to its folder":                 {plainNS + "<url><loc>x/2</loc></url></urlset>", "https://a.example/maps/x/2", ""},
		"a closing tag that is missing":          {plainNS + "<url><loc>https://a.example/1</url><url><loc>https://a.example/2</loc></url></urlset>", "https://a.example/1, https://a.example/2", ""},
		"a tag closed by another":                {plainNS + "<url><loc>https://a.example/1</lastmod></url><url><loc>https://a.example/2</loc></url></urlset>", "https://a.example/1, https://a.example/2", ""},
		"broken after the second":                {plainNS + u1 + "<url><loc>https://a.example/2</loc></url><url><lo", "https://a.example/1, https://a.example/2", "no_address 1"},
		"a page behind the end":                  {plainNS + u1 + "</urlset>\n<html><body>debug</body></html>", "https://a.example/1", ""},
		"pictures with addresses of their own":   {plainNS + `<url><loc>https://a.example/1</loc><image:image><image:loc>https://a.example/1.jpg</image:loc><image:caption>x</image:caption></image:image><image:image><image:loc>https://a.example/2.jpg</image:loc></image:image></url></urlset>`, "https://a.example/1", ""},
		"a film with an address of its own":      {plainNS + `<url><loc>https://a.example/1</loc><video:video><video:content_loc>https://a.example/v.mp4</video:content_loc><video:publication_date>2026-11-02</video:publication_date></video:video></url></urlset>`, "https://a.example/1 2026-11-01T16:00 news", ""},
		"news with its date":                     {plainNS + `<url><loc>https://a.example/1</loc><news:news><news:publication><news:name>x</news:name></news:publication><news:publication_date>2026-11-02T08:00:00+08:00</news:publication_date></news:news></url></urlset>`, "https://a.example/1 2026-11-02T00:00 news", ""},
		"a page for telephones":                  {plainNS + `<url><loc>https://a.example/1</loc><mobile:mobile/></url></urlset>`, "https://a.example/1", ""},
		"a priority that is none":                {plainNS + `<url><loc>https://a.example/1</loc><priority>99</priority><changefreq>sometimes</changefreq></url></urlset>`, "https://a.example/1", ""},
		"an index of an index":                   {`<sitemapindex xmlns="x"><sitemap><loc>/s/index.xml</loc><lastmod>2026-11</lastmod></sitemap><sitemap><loc>s2.xml.gz</loc></sitemap></sitemapindex>`, "https://a.example/s/index.xml 2026-10-31T16:00 index, https://a.example/maps/s2.xml.gz index", ""},
		"a text with comments":                   {"# made by x\nhttps://a.example/1\n\n  https://a.example/2  \nftp://a.example/3\n", "https://a.example/1, https://a.example/2", "no_address 2"},
		"a text with line ends of a Macintosh":   {"https://a.example/1\r\nhttps://a.example/2\r\n", "https://a.example/1, https://a.example/2", ""},
		"RSS 2.0 with an escaped link":           {rss + "<item><link>https://a.example/?a=1&amp;b=2</link><pubDate>Mon, 02 Nov 2026 18:00:00 +0800</pubDate></item></channel></rss>", "https://a.example/?a=1&b=2 2026-11-02T10:00", ""},
		"RSS with its link in CDATA":             {rss + "<item><title><![CDATA[a & b]]></title><link><![CDATA[https://a.example/1]]></link></item></channel></rss>", "https://a.example/1", ""},
		"RSS with a guid in place of a link":     {rss + "<item><guid isPermaLink=\"true\">https://a.example/1</guid></item><item><guid>tag:1</guid></item></channel></rss>", "https://a.example/1", "no_address 1"},
		"RSS with an Atom link beside":           {rss + `<atom:link rel="self" href="https://a.example/feed"/><item><link>https://a.example/1</link></item></channel></rss>`, "https://a.example/1", ""},
		"RSS with a day of the week that is not": {rss + "<item><link>https://a.example/1</link><pubDate>Fri, 02 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>", "https://a.example/1 2026-11-02T10:00", ""},
		"RSS with a date of Dublin Core":         {rss + "<item><link>https://a.example/1</link><dc:date>2026-11-02T10:00:00Z</dc:date></item></channel></rss>", "https://a.example/1 2026-11-02T10:00", ""},
		"RSS 1.0":                                {`<rdf:RDF xmlns:rdf="x" xmlns="http://purl.org/rss/1.0/"><channel><link>https://a.example/</link></channel><item rdf:about="https://a.example/1"><title>x</title><link>https://a.example/1</link></item></rdf:RDF>`, "https://a.example/1", ""},
		"RSS 0.91 with its document type":        {`<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><item><link>https://a.example/1</link></item></channel></rss>`, "https://a.example/1", ""},
		"Atom with several links":                {atom + `<entry><link rel="edit" href="/e"/><link rel="alternate" type="text/html" href="/1"/><published>2026-11-01T10:00:00Z</published><updated>2026-11-02T10:00:00Z</updated></entry></feed>`, "https://a.example/1 2026-11-02T10:00", ""},
		"Atom of version 0.3":                    {`<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><link rel="alternate" href="https://a.example/1"/><modified>2026-11-02T10:00:00Z</modified></entry></feed>`, "https://a.example/1 2026-11-02T10:00", ""},
		"Atom with words of HTML":                {atom + `<entry><link href="/1"/><content type="html">&lt;url&gt;&lt;loc&gt;x&lt;/loc&gt;</content></entry></feed>`, "https://a.example/1", ""},
	} {
		var got []string
		tally, err := discover.ReadSitemap(strings.NewReader(c.body), "https://a.example/maps/sitemap.xml", "", func(e discover.Entry) { got = append(got, said(e)) })
		if c.want == "" && len(got) == 1 { // the five entities: whatever they are escaped to, it is one address
			c.want = got[0]
		}
		if err != nil || strings.Join(got, ", ") != c.want || counts(tally.Passed) != c.passed {
			t.Errorf("%s: %v, passed %q\n got %s\nwant %s", name, err, counts(tally.Passed), strings.Join(got, ", "), c.want)
		}
	}
}

// A document type may define entities out of each other, or out of files of
// ours. None is ever replaced.
func TestEntitiesOfADocumentTypeAreNeverReplaced(t *testing.T) {
	laughs := &strings.Builder{}
	laughs.WriteString(`<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a0 "https://a.example/">`)
	for i := range 30 {
		n := string(rune('a' + i%26))
		laughs.WriteString("<!ENTITY " + n + "1 \"" + strings.Repeat("&"+n+"0;", 100) + "\">")
	}
	laughs.WriteString("]>" + plainNS + "<url><loc>&a1;</loc></url>" + u1 + "</urlset>")
	for name, body := range map[string]string{
		"a bomb":              laughs.String(),
		"a file of ours":      `<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + plainNS + "<url><loc>https://a.example/&x;</loc></url>" + u1 + "</urlset>",
		"a file of another's": `<!DOCTYPE urlset SYSTEM "http://127.0.0.1/x.dtd">` + plainNS + u1 + "</urlset>",
		"one after another":   `<!DOCTYPE urlset [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>` + plainNS + u1 + "</urlset>",
	} {
		for kind, read := range map[string]func(func(discover.Entry)) error{
			"sitemap": func(each func(discover.Entry)) error {
				_, err := discover.ReadSitemap(strings.NewReader(body), "https://a.example/s.xml", "", each)
				return err
			},
			"feed": func(each func(discover.Entry)) error {
				_, err := discover.ReadFeed(strings.NewReader(strings.NewReplacer("urlset", "rss", "url>", "item>", "loc>", "link>").Replace(body)), "https://a.example/s.xml", "", each)
				return err
			},
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read(func(e discover.Entry) {
				if len(e.URL) > 200 || strings.Contains(e.URL, "root") {
					t.Errorf("%s as %s: %.200s", name, kind, e.URL)
				}
			})
			runtime.ReadMemStats(&after)
			if err != nil && !errors.Is(err, evidence.ErrInvalid) || after.TotalAlloc-before.TotalAlloc > 4<<20 {
				t.Errorf("%s as %s: %v, %d bytes taken", name, kind, err, after.TotalAlloc-before.TotalAlloc)
			}
		}
	}
}
