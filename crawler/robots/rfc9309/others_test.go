package rfc9309

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A reading is what another project's suite wants of a file: for one crawler
// (several: the same for each), which paths are open and which closed, and for
// how long it waits. They are facts of crawler-commons' robots tests, of the
// RFC's own examples (5.1, 5.2, 2.2.1) and of the draft of 1996, told anew.
type reading struct {
	name, file, agents string
	open, closed       string
	delay              time.Duration
}

const (
	fish = "/fish /fish.html /fish/salmon.html /fishheads /fishheads/yummy.html /fish.php?id=anything"
	all  = "User-agent: *\r\n"

	draft = "# comments\r\n\r\nUser-agent: unhipbot\r\nDisallow: /\r\n\r\nUser-agent: webcrawler\r\nUser-agent: excite\r\nDisallow: \r\n\r\n" +
		"User-agent: *\r\nDisallow: /org/plans.html\r\nAllow: /org/\r\nAllow: /serv\r\nAllow: /~mak\r\nDisallow: /\r\n"
	mixed = "# a comment\r\n# another\r\nUser-agent: unhipbot\nDisallow: /\r\r\nUser-agent: webcrawler\nUser-agent: excite\rDisallow: \u0085\r" +
		"User-agent: *\r\nDisallow: /org/plans.html\nAllow: /org/\rAllow: /serv\r\nAllow: /~mak\nDisallow: /\r\n"
	draftAll    = "/ /index.html /server.html /services/fast.html /services/slow.html /orgo.gif /org/about.html /org/plans.html /%7Ejim/jim.html /%7Emak/mak.html"
	draftOpen   = "/server.html /services/fast.html /services/slow.html /org/about.html /~mak/mak.html"
	draftClosed = "/ /index.html /orgo.gif /org/plans.html /%7Ejim/jim.html"

	nutch = "User-Agent: Agent1 #foo\rDisallow: /a\rDisallow: /b/a\r#Disallow: /c\r\r\rUser-Agent: Agent2 Agent3#foo\rUser-Agent: Agent4\rDisallow: /d\rDisallow: /e/d/\r\r" +
		"User-Agent: *\rDisallow: /foo/bar/\r"
	nutchRest = " /b /b/b/foo.html /c /c/a /c/a/index.html /c/b/foo.html /e/a/index.html /e/d /e/doh.html /f/index.html /f/"
	nutchA    = " /a /a/ /a/bloh/foo.html /b/a /b/a/index.html"
	nutchD    = " /d /d/a /e/d/foo.html"
	nutchFoo  = " /foo/bar/baz.html"

	heritrix = "User-agent: *\nDisallow: /cgi-bin/\nDisallow: /details/software\n\nUser-agent: denybot\nDisallow: /\n\nUser-agent: allowbot1\nDisallow: \n\n" +
		"User-agent: allowbot2\nDisallow: /foo\nAllow: /\n\nUser-agent: delaybot\nDisallow: /\nCrawl-Delay: 20\nAllow: /images/\n"
	krugle = "User-agent: *\rDisallow: /maintenance.html\rDisallow: /perl/\rDisallow: /cgi-bin/\rDisallow: /examples/\rCrawl-delay: 3\r\r" +
		"User-agent: googlebot\rCrawl-delay: 1\r\rUser-agent: qihoobot\rDisallow: /"
	delays = "User-Agent: bingbot\r\nCrawl-delay: 1\r\n\r\nUser-Agent: msnbot\r\nCrawl-delay: 2\r\n\r\nUser-Agent: pinterestbot\r\nCrawl-delay: 0.2\r\n\r\n" +
		"User-agent: *\r\nDisallow: /login\r\nSitemap: http://www.example.com/sitemap.xml\r\nDisallow: /assets/"
	grouped = "User-agent: mybot\nCrawl-delay: 10\nUser-agent: yourbot\nDisallow: /private/\n\nUser-agent: *\nAllow: /\n\nUser-agent: yourbot\nDisallow: /login/\n\nUser-agent: *\nCrawl-delay: 30\n"
	page    = "<!DOCTYPE HTML PUBLIC \"x\"><HTML>\n<HEAD>\n<TITLE>/robots.txt</TITLE>\n</HEAD>\n<BODY>\nUser-agent: mybot<BR>\nDisallow: <BR>\nCrawl-Delay: 10<BR>\n\n" +
		"User-agent: *<BR>\nDisallow: /<BR>\nCrawl-Delay: 30<BR>\n\n</BODY>\n</HTML>\n"

	simple   = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\nUser-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\nUser-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\nUser-Agent: quxbot"
	longest  = "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n"
	merged   = "user-agent: ExampleBot\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: ExampleBot\ndisallow: /baz\n\nuser-agent: *\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: BazBot\ndisallow: /baz\n"
	merge    = "User-Agent: testy\nDisallow: /\n\nUser-Agent: curl\nDisallow: /\n\nUser-Agent: wget\nAllow: /foo/bar\n\nUser-Agent: *\nUser-Agent: wget\nDisallow: /foo/bar\nDisallow: /tmp/bar\nAllow: /ckh/bar\n"
	precede  = "User-Agent: testy\nDisallow: /foo\n\nUser-Agent: wget\nAllow: /\nAllow: /foo\nAllow: /index.html\nDisallow: /*\n\nUser-Agent: testy\nAllow: /foo/bar\nDisallow: /foo/b*\n"
	extend   = "Content-Signal: search=yes\n\nUser-agent: *\nAllow: /llms.txt\nVisit-time: 0600-0845\n\nUser-agent: mybot\nRequest-rate: 10/1m\nUser-agent: yourbot\nDisallow: /private/\n\nUser-agent: *\nDisallow: /\n\nUser-agent: mybot\nClean-Param: utm_source /\n\nUser-agent: yourbot\nDisallow: /login/\n\nUser-agent: *\nRequest-rate: 30/1m\n"
	umlaut   = "User-agent: *\r\nDisallow: /bücher/\r\nDisallow: /k%C3%B6nyvek/\r\n\r\nUser-agent: GoodBot\r\nAllow: /"
	three    = "User-agent: One, Two, Three\r\nDisallow: /\r\n\r\nUser-agent: *\r\nAllow: /\r\n"
	ordinary = "Disallow: /index.html\r\nAllow: /"
)

func readings() []reading { return slices.Concat(plainly(), broken(), escapes()) }

func plainly() []reading {
	return []reading{
		{name: "an empty file", agents: "anybot", open: "/anypage.html"},
		{name: "a query in a rule", file: all + "Disallow: /index.cfm?fuseaction=sitesearch.results*", agents: "anybot", closed: "/index.cfm?fuseaction=sitesearch.results&type=People&qry=california&pg=2"},
		{name: "/fish", file: all + "Disallow: /fish\r\n", agents: "anybot", closed: fish, open: "/Fish.asp /catfish /?id=fish /fis"},
		{name: "/fish*", file: all + "Disallow: /fish*\r\n", agents: "anybot", closed: fish, open: "/Fish.asp /catfish /?id=fish /fis"},
		{name: "/fish/", file: all + "Disallow: /fish/\r\n", agents: "anybot", closed: "/fish/ /fish/?id=anything /fish/salmon.htm", open: "/fish /fish.html /Fish/Salmon.asp"},
		{name: "/*.php", file: all + "Disallow: /*.php\r\n", agents: "anybot", closed: "/filename.php /folder/filename.php /folder/filename.php?parameters /folder/any.php.file.html /filename.php/", open: "/ /windows.PHP"},
		{name: "/*.php$", file: all + "Disallow: /*.php$\r\n", agents: "anybot", closed: "/filename.php /folder/filename.php", open: "/filename.php?parameters /filename.php/ /filename.php5 /windows.PHP"},
		{name: "/fish*.php", file: all + "Disallow: /fish*.php\r\n", agents: "anybot", closed: "/fish.php /fishheads/catfish.php?parameters", open: "/Fish.PHP"},
		{name: "/*fish*.php", file: all + "Disallow: /*fish*.php\r\n", agents: "anybot", closed: "/fish.php /superfishheads/catfish.php?parameters", open: "/fishheads/catfish.htm"},
		{name: "lines commented out", file: "#user-agent: testAgent\n\n#allow: /index.html\n\n#user-agent: someAgent\n\n#disallow: /index.html\n", agents: "anybot", open: "/anypage.html"},
		{name: "a crawler that is not named", file: "User-agent: crawler1\r\n" + ordinary + "\r\n\r\nUser-agent: crawler2\r\nDisallow: /", agents: "crawler3", open: "/anypage.html /index.html"},
		{name: "a comment beyond ASCII", file: "User-agent: * # \u00a2 \u20b5\r\nDisallow:", agents: "anybot", open: "/anypage.html"},
		{name: "rules in UTF-8", file: umlaut, agents: "mybot", open: "/", closed: "/b%C3%BCcher/book1.html /bücher/book2.html /k%C3%B6nyvek/book1.html /könyvek/book2.html"},
		{name: "rules in Latin-1 break none after them", file: strings.Replace(umlaut, "ü", "\xfc", 1), agents: "goodbot", open: "/ /b%C3%BCcher/book1.html"},
		{name: "nor beside them", file: strings.Replace(umlaut, "ü", "\xfc", 1), agents: "mybot", open: "/", closed: "/k%C3%B6nyvek/book1.html /könyvek/book2.html"},
		{name: "everything closed, a query only", file: all + "Disallow: /", agents: "anybot", closed: "?q=a /"},
		{name: "line ends of all kinds", file: mixed, agents: "WebCrawler/3.0", open: "/ /index.html"},
		{name: "line ends of all kinds, for others", file: mixed, agents: "Unknown/1.0", open: draftOpen, closed: draftClosed},
		{name: "the draft of 1996, refused", file: draft, agents: "UnhipBot/0.1", closed: draftAll},
		{name: "the draft of 1996, let in", file: draft, agents: "WebCrawler/3.0 Excite/1.0", open: draftAll},
		{name: "the draft of 1996, all others", file: draft, agents: "Unknown/1.0", open: draftOpen, closed: draftClosed},
		{name: "Nutch, first", file: nutch, agents: "Agent1", open: nutchRest + nutchD + nutchFoo, closed: nutchA},
		{name: "Nutch, second and fourth", file: nutch, agents: "Agent2 Agent4", open: nutchRest + nutchA + nutchFoo, closed: nutchD},
		{name: "Nutch, not named", file: nutch, agents: "Agent5", open: nutchRest + nutchA + nutchD, closed: nutchFoo},
		{name: "a web page with rules", file: page, agents: "mybot", open: "/index.html", delay: 10 * time.Second},
		{name: "a web page with rules, for others", file: page, agents: "bogusbot", closed: "/index.html", delay: 30 * time.Second},
		{name: "a web page instead", file: "<HTML><HEAD><TITLE>Site under Maintenance</TITLE></HTML>", agents: "anybot", open: "/"},
		{name: "Heritrix, let in", file: heritrix, agents: "allowbot1", open: "/path /"},
		{name: "Heritrix, partly", file: heritrix, agents: "allowbot2", open: "/path /", closed: "/foo"},
		{name: "Heritrix, refused", file: heritrix, agents: "denybot", closed: "/path /"},
		{name: "Heritrix, not named", file: heritrix, agents: "anonbot", open: "/path", closed: "/cgi-bin/foo.pl"},
		{name: "Heritrix, slowly", file: heritrix, agents: "delaybot", delay: 20 * time.Second},
		{name: "case of paths", file: all + "Allow: /AnyPage.html\r\nAllow: /somepage.html\r\nDisallow: /", agents: "anybot", open: "/AnyPage.html /somepage.html", closed: "/anypage.html /SomePage.html"},
		{name: "an empty refusal", file: all + "Disallow:", agents: "anybot", open: "/anypage.html"},
		{name: "an empty permission", file: all + "Allow:", agents: "anybot", open: "/anypage.html"},
		{name: "an empty refusal among others", file: all + "Disallow: /disallowed/\r\nAllow: /allowed/\r\nDisallow: ", agents: "anybot", open: "/ /anypage.html /allowed/index.html", closed: "/disallowed/index.html"},
		{name: "an empty refusal in a second group", file: all + "Disallow: /disallowed/\r\nAllow: /allowed/\r\n" + all + "Disallow: ", agents: "anybot", open: "/ /anypage.html /allowed/index.html", closed: "/disallowed/index.html"},
		{name: "two groups for all", file: all + ordinary + "\r\n\r\n" + all + "Disallow: /", agents: "anybot", open: "/anypage.html", closed: "/index.html"},
		{name: "a name that begins another", file: "User-agent: crawlerbot\r\n" + ordinary + "\r\n\r\nUser-agent: crawler\r\nDisallow: /", agents: "crawlerbot", open: "/anypage.html", closed: "/index.html"},
		{name: "a name of two words", file: "User-agent: Download Ninja\r\n" + ordinary, agents: "Download", open: "/anypage.html", closed: "/index.html"},
		{name: "a name with a version", file: "User-agent: foo/1.2\r\n" + ordinary, agents: "foo", open: "/anypage.html", closed: "/index.html"},
		{name: "a name with something behind", file: "User-agent: foo bar\r\n" + ordinary, agents: "foo", open: "/anypage.html", closed: "/index.html"},
		{name: "fields nobody knows", file: "User-agent: crawler1\r\n" + ordinary + "\r\nnewfield: 234\r\nUser-agent: crawler2\r\nDisallow: /", agents: "crawler2", closed: "/anypage.html"},
		{name: "a delay of its own", file: "User-agent: bixo\rCrawl-delay: 10\rUser-agent: foobot\rCrawl-delay: 20\rUser-agent: *\rDisallow:/baz\r", agents: "bixo", delay: 10 * time.Second},
		{name: "another's delay", file: "User-agent: foobot\rCrawl-delay: 20\rUser-agent: *\rDisallow:/baz\r", agents: "bixo"},
		{name: "half a second", file: "User-agent: *\rCrawl-delay: 0.5\rDisallow:\r", agents: "bixo", delay: 500 * time.Millisecond},
		{name: "a delay closes no group", file: krugle, agents: "googlebot/2.1 googlebot", closed: "/examples/index.html /", delay: time.Second},
		{name: "a delay before the group is not its", file: krugle, agents: "qihoobot", closed: "/examples/index.html /"},
		{name: "a delay for all", file: krugle, agents: "anybot", open: "/", closed: "/examples/index.html", delay: 3 * time.Second},
		{name: "delays in a row, first", file: delays, agents: "bingbot", open: "/", closed: "/login /assets/", delay: time.Second},
		{name: "delays in a row, second", file: delays, agents: "msnbot", open: "/", closed: "/login /assets/", delay: 2 * time.Second},
		{name: "delays in a row, none", file: delays, agents: "anybot", open: "/", closed: "/login /assets/"},
		{name: "UTF-8 with its mark", file: "\xef\xbb\xbfUser-agent: *\nDisallow: /profile\n", agents: "foobot", closed: "/profile"},
		{name: "UTF-16 with its mark", file: utf16LE("User-agent: *\nDisallow: /profile\n"), agents: "foobot", closed: "/profile"},
		{name: "a host in a rule of another kind", file: "User-agent: *\nHost: www.flot.example\nDisallow: /img/\n", agents: "foobot", closed: "/img/"},
	}
}

// broken are readings of files that are written wrong, and those of the RFC.
func broken() []reading {
	return []reading{
		{name: "names misspelt", file: "User-agent: bot1\nDesallow: /a/\nDissalow: /b/\n\nuseragent: bot2\nDisallow: /c/\n\nuser agent: bot3\nDisallow: /d/\n", agents: "bot1", closed: "/b/"},
		{name: "a blank before the colon", file: "User-agent : bot1\nDisallow : /a/\nDisallow /b/\n", agents: "bot1", closed: "/a/ /b/"},
		{name: "wget among others", file: merge, agents: "wget", open: "/foo/bar/bar.txt /chk/bar/bar.txt", closed: "/tmp/bar/bar.txt"},
		{name: "the longest of a group", file: precede, agents: "wget", open: "/ /foo/bar", closed: "/bar/foo"},
		{name: "the longest of two groups", file: precede, agents: "testy", open: "/ /foo/bar", closed: "/foo/blue /foo/ /foo/tar"},
		{name: "tie", file: all + "Disallow: /fish\r\nAllow: /fish\r\n", agents: "anybot", open: "/fish"},
		{name: "names with commas", file: three, agents: "One Two Three", closed: "/fish"},
		{name: "names with commas, none of them", file: three, agents: "anybot", open: "/fish"},
		{name: "groups in either order, one", file: "User-agent: crawlerbot\nDisallow: /foo/bar\n\nUser-agent: crawler\nAllow: /foo/bar\n", agents: "crawlerbot", closed: "/foo/bar"},
		{name: "groups in either order, two", file: "User-agent: crawler\nAllow: /foo/bar\n\nUser-agent: crawlerbot\nDisallow: /foo/bar\n", agents: "crawlerbot", closed: "/foo/bar"},
		{name: "groups in either order, three", file: "User-agent: crawlerbot\nDisallow: /foo/bar\n\nUser-agent: crawler\nAllow: /foo/bar\n", agents: "crawler", open: "/foo/bar"},
		{name: "a browser's whole name", file: "User-agent: Mozilla/5.0 (compatible; Butterfly/1.0; +http://labs.example/butterfly/) Gecko/2009032608\nDisallow: /", agents: "butterfly", open: "/"},
		{name: "RFC 9309, 5.1, foobot", file: simple, agents: "foobot", open: "/example/page.html /example/allowed.gif", closed: "/ /path/index.html"},
		{name: "RFC 9309, 5.1, barbot and bazbot", file: simple, agents: "barbot bazbot", open: "/", closed: "/example/page.html"},
		{name: "RFC 9309, 5.1, quxbot", file: simple, agents: "quxbot", open: "/ /example/page.html"},
		{name: "RFC 9309, 5.1, all others", file: simple, agents: "anyotherbot", open: "/publications/doc1.html /", closed: "/example/page.html /example.gif"},
		{name: "RFC 9309, 5.2", file: longest, agents: "foobot", open: "/example/page/ /example/page/index.html /", closed: "/example/page/disallowed.gif"},
		{name: "RFC 9309, 2.2.1, merged", file: merged, agents: "examplebot", open: "/", closed: "/foo /bar /baz"},
		{name: "RFC 9309, 2.2.1, another", file: merged, agents: "bazbot", open: "/ /foo /bar", closed: "/baz"},
		{name: "RFC 9309, 2.2.1, all others", file: merged, agents: "anyotherbot", open: "/ /baz", closed: "/foo /bar"},
		{name: "no name at all falls to all", file: all + "Allow: /allowed/\r\nDisallow: /\r\nUser-agent: allowedbot\r\nAllow: /", agents: "anybot", open: "/allowed/page.html", closed: "/"},
		{name: "a name falls to itself", file: all + "Allow: /allowed/\r\nDisallow: /\r\nUser-agent: allowedbot\r\nAllow: /", agents: "allowedbot", open: "/"},
		{name: "the own group stands alone", file: all + "Allow: /\r\nUser-agent: anybot\r\nDisallow: /search", agents: "anybot", open: "/home", closed: "/search"},
		{name: "the group for all stands alone", file: all + "Allow: /\r\nUser-agent: anybot\r\nDisallow: /search", agents: "foobot", open: "/home /search"},
		{name: "groups and delays, first", file: grouped, agents: "mybot", open: "/login/ /", closed: "/private/", delay: 10 * time.Second},
		{name: "groups and delays, second", file: grouped, agents: "yourbot", open: "/", closed: "/private/ /login/"},
		{name: "groups and delays, all others", file: grouped, agents: "anyotherbot", open: "/private/ /login/ /", delay: 30 * time.Second},
		{name: "extensions close no group, first", file: extend, agents: "mybot yourbot", open: "/", closed: "/private/ /login/"},
		{name: "extensions close no group, all others", file: extend, agents: "anyotherbot", open: "/llms.txt", closed: "/private/ /login/ /"},
		{name: "extensions leave rules alone", file: all + "Disallow: /private/\r\nAllow: /private/public.html\r\nLLM-Policy: /llms.txt", agents: "anybot", open: "/private/public.html /other.html", closed: "/private/secret.html"},
		{name: "of all extensions none is a rule", file: "User-agent: *\nAllow: /\n\nUser-agent: mybot\nDisallow: /private/\nRequest-rate: 10/1m\nComment: x\nNo-index: /secret/\n", agents: "mybot", open: "/public/page.html /secret/", closed: "/private/page.html"},
		{name: "rules for all do not reach the own group", file: all + "Request-rate: 1/10m\r\nDisallow: /wild/\r\n\r\nUser-agent: mybot\r\nDisallow: /bot/", agents: "mybot", open: "/wild/", closed: "/bot/"},
	}
}

// escapes are rules against paths, beside one that allows all: closed or open.
func escapes() []reading {
	one := func(rule, open, closed string) reading {
		return reading{name: rule, file: all + "Disallow: " + rule + "\r\nAllow: /", agents: "mybot", open: open, closed: closed}
	}
	return []reading{
		one("/*%20", "/ /foobar/", "/foobar%20/"),
		one("/*%2F*", "/path/index.html", "/topic/9%2F11/index.html"),
		one("/topic/9%2F11/", "", "/topic/9%2F11/index.html /topic/9%2f11/index.html"),
		one("/q?*mime=application%2Fpdf", "", "/q?mime=application%2Fpdf"),
		one("/$", "/foobar", "/"),
		one("/%24", "/", "/%24100 /$100"),
		one("/search/%2A/", "/search/foobar/", "/search/%2A/ /search/%2a/"),
		one("/search/%2a/", "", "/search/%2a/ /search/*/"),
		one("/search/*/", "", "/search/foobar/"),
		one("/foo/bar?baz=quz", "", "/foo/bar?baz=quz"),
		one("/foo/bar?baz=https://foo.bar", "", "/foo/bar?baz=https://foo.bar"),
		one("/foo/bar?baz=https%3A%2F%2Ffoo.bar", "", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"),
		one("/foo/bar/\u30c4", "", "/foo/bar/%E3%83%84"),
		one("/foo/bar/%E3%83%84", "", "/foo/bar/%E3%83%84"),
		one("/foo/bar/%62%61%7A", "", "/foo/bar/baz"),
		one("/path/file-with-a-%2A.html", "/path/file-with-a-foo.html", "/path/file-with-a-*.html /path/file-with-a-%2A.html"),
		one("/path/foo-%24", "/path/foo-", "/path/foo-$ /path/foo-%24"),
	}
}

// differences are what we read otherwise than crawler-commons, and why.
func differences() map[string]reading {
	return map[string]reading{
		"a name ends at its first blank (RFC 9309, 2.2.1: a product token has none), so Agent3 is a comment on Agent2 and falls to all": {file: nutch, agents: "Agent3", open: nutchRest + nutchA + nutchD, closed: nutchFoo},
		"likewise crawler2 in a line behind crawler1":                                                                                       {file: "User-agent: crawler1 crawler2\r\n" + ordinary, agents: "crawler2", open: "/index.html /anypage.html"},
		"our own name is one token, the first: Mozilla is not allowbot1":                                                                    {file: heritrix, agents: "Mozilla_allowbot1", open: "/path /", closed: "/cgi-bin/x"},
		"what two readings disagree on stays closed: the RFC's, where %7E is ~, and Google's, where it is not":                              {file: draft, agents: "Unknown/1.0", closed: "/%7Emak/mak.html"},
		"of robots.txt itself nobody asks (it is fetched as what is asked, not as a page), and Google's suite wants it judged by the rules": {file: all + "Disallow: /", agents: "anybot", closed: "/robots.txt"},
		"likewise with other line ends": {file: mixed, agents: "Unknown/1.0", closed: "/%7Emak/mak.html"},
		"a delay of an hour is no refusal: package robots keeps to a minute and tells the operator": {file: "User-agent: *\rCrawl-delay: 3600\rDisallow:\r", agents: "bixo", open: "/", delay: time.Hour},
	}
}

func (r reading) check(t *testing.T) (cases int) {
	t.Helper()
	for agent := range strings.FieldsSeq(r.agents) {
		rules := Parse([]byte(r.file)).For(strings.ReplaceAll(agent, "_", " "))
		for want, paths := range map[bool]string{true: r.open, false: r.closed} {
			for p := range strings.FieldsSeq(paths) {
				cases++
				if got, by := rules.Decide("http://a.example" + p); got != want {
					t.Errorf("%s: %s at %s is allowed %t by line %d", r.name, agent, p, got, by.Line)
				}
			}
		}
		if cases++; rules.Delay != r.delay {
			t.Errorf("%s: %s waits %s, want %s", r.name, agent, rules.Delay, r.delay)
		}
	}
	return cases
}

func TestOtherProjectsReadings(t *testing.T) {
	cases := 0
	for _, r := range readings() {
		cases += r.check(t)
	}
	other := 0
	for why, r := range differences() {
		r.name = why
		other += r.check(t)
	}
	t.Logf("%d cases alike, %d with a difference", cases, other)
}
