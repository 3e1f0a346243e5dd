package rfc9309

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func TestDecide(t *testing.T) {
	const everyone = "User-agent: *\n"
	for _, tt := range []struct {
		name, file, agent, url string
		allowed                bool
		line                   int
	}{
		{"an empty file says nothing", "", "probity", "/x", true, 0},
		{"the longest rule decides", everyone + "Disallow: /a\nAllow: /a/b\n", "probity", "/a/b", true, 3},
		{"whatever its place", everyone + "Allow: /a/b\nDisallow: /a\n", "probity", "/a/b", true, 2},
		{"of equals the one that allows", everyone + "Disallow: /x\nAllow: /x\n", "probity", "/x", true, 3},
		{"an empty rule says nothing", everyone + "Disallow:\nDisallow: /y\n", "probity", "/x", true, 0},
		{"our own group and no other", everyone + "Disallow: /\n\nUser-agent: Probity\nDisallow: /x\n", "probity", "/y", true, 0},
		{"groups of one name are one", "User-agent: probity\nDisallow: /a\n\nUser-agent: b\nDisallow: /b\n\nuser-agent: PROBITY\nDisallow: /c\n", "probity", "/c", false, 8},
		{"a group may have several names", "User-agent: a\nUser-agent: probity\n\nDisallow: /\n", "a", "/", false, 4},
		{"a group without rules lets its crawler in", everyone + "Disallow: /\nUser-agent: probity\n", "probity", "/", true, 0},
		{"an unknown line closes no group", "User-agent: a\nFoo: bar\nSitemap: /s.xml\nUser-agent: b\nDisallow: /\n", "a", "/", false, 5},
		{"nor does a crawl-delay", "User-agent: a\nCrawl-delay: 3\nUser-agent: b\nDisallow: /\n", "a", "/", false, 4},
		{"a rule before any name is nobody's", "Disallow: /a\nUser-agent: *\nDisallow: /b\n", "probity", "/a", true, 0},
		{"a name may bear a version", "User-agent: Probity/2.0 (x)\nDisallow: /\n", "probity/0.1 (+https://probity.example)", "/", false, 2},
		{"or a number", "User-agent: bot1\nDisallow: /\nUser-agent: bot2\nAllow: /\n", "bot2", "/", true, 4},
		{"names in one line, with commas", "User-agent: a, probity, c\nDisallow: /\n", "probity", "/", false, 2},
		{"a name within another is none", "User-agent: probitybot\nDisallow: /\n", "probity", "/", true, 0},
		{"wildcards", everyone + "Disallow: /*/x/*.php$\n", "probity", "/a/b/x/c/d.php", false, 2},
		{"the last $ ends a path", everyone + "Disallow: /*.php$\n", "probity", "/a.php?x", true, 0},
		{"a $ within means itself", everyone + "Disallow: /a$b\n", "probity", "/a$b/c", false, 2},
		{"a star that means itself", everyone + "Disallow: /file-%2A.html\n", "probity", "/file-*.html", false, 2},
		{"a star matches one", everyone + "Disallow: /file-*.html$\n", "probity", "/file-*.html", false, 2},
		{"case counts in paths", everyone + "Disallow: /A\n", "probity", "/a", true, 0},
		{"an encoded slash is no slash", everyone + "Disallow: /a/b\n", "probity", "/a%2Fb", true, 0},
		{"~ and %7e are the same", everyone + "Disallow: /%7ejoe/\n", "probity", "/~joe/", false, 2},
		{"but only what is spelled so is let in", everyone + "Disallow: /\nAllow: /%7ejoe/\n", "probity", "/~joe/", false, 2},
		{"hexadecimal in either case", everyone + "Disallow: /%e4%bf%a1\n", "probity", "/%E4%BF%A1", false, 2},
		{"a lone % means itself", everyone + "Disallow: /100%\n", "probity", "/100%25", false, 2},
		{"a blank within a rule", everyone + "Disallow: /a b\n", "probity", "/a%20b", false, 2},
		{"the query counts", everyone + "Disallow: /*?page=\n", "probity", "/list?page=2", false, 2},
		{"the fragment does not", everyone + "Disallow: /*x\n", "probity", "/list#x", true, 0},
		{"an index page opens its folder", everyone + "Disallow: /\nAllow: /a/index.html\n", "probity", "/a/", true, 3},
		{"and closes only itself", everyone + "Disallow: /a/index.html\n", "probity", "/a/", true, 0},
		{"lines end as they like", "User-agent: *\r\rDisallow: /a\r\nDisallow: /b\n", "probity", "/b", false, 4},
		{"a comment behind a rule", everyone + "Disallow: /x# all of it\n", "probity", "/x", false, 2},
		{"names in odd spelling", "USER AGENT : *\ndis-allow:/a\nDissalow: /b\n", "probity", "/b", false, 3},
		{"no colon", "user-agent probity\ndisallow /\n", "probity", "/", false, 2},
		{"a sentence is no rule", everyone + "disallow all of it\n", "probity", "/all", true, 0},
		{"what only begins like a name", everyone + "Allowance: /\nDisallowed-by: /x\n", "probity", "/x", true, 0},
		{"a web page around the rules", "<html><body>\nUser-agent: *<BR>Disallow: /a<br/>\n</body></html>", "probity", "/a", false, 2},
		{"a web page in place of a file", "<!doctype html>\n<p>Disallow: /</p>", "probity", "/a", true, 0},
		{"UTF-16", utf16LE(everyone + "Disallow: /信\n"), "probity", "/%E4%BF%A1", false, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			allowed, by := Parse([]byte(tt.file)).For(tt.agent).Decide("http://a.example" + tt.url)
			if allowed != tt.allowed || by.Line != tt.line {
				t.Errorf("allowed %t by line %d %q, want %t by line %d", allowed, by.Line, by.Text, tt.allowed, tt.line)
			}
		})
	}
}

func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestCrawlDelay(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"2": 2 * time.Second, "2.5": 2500 * time.Millisecond, "1s": time.Second, "1,5 sec": 1500 * time.Millisecond, "500ms": 500 * time.Millisecond,
		"2 minutes": 2 * time.Minute, "1h": time.Hour, "0": 0, "-1": 0, "soon": 0, "": 0, ".": 0, "1e400": time.Second, "10 # seconds": 10 * time.Second,
		"99999999999999999999": 1e6 * time.Second,
	} {
		if got := Parse([]byte("User-agent: *\nCrawl-delay: " + value + "\n")).For("probity").Delay; got != want {
			t.Errorf("%q is %s, want %s", value, got, want)
		}
	}
	each := "User-agent: a\nCrawl-delay: 5\n\nUser-agent: b\nCrawl-delay: 10\nDisallow: /x\n"
	if a, b := Parse([]byte(each)).For("a").Delay, Parse([]byte(each)).For("b").Delay; a != 5*time.Second || b != 10*time.Second {
		t.Errorf("delays are %s and %s: each has its own", a, b)
	}
}

func TestSitemapsAreEverybodys(t *testing.T) {
	f := Parse([]byte("Sitemap: http://a.example/1.xml\nUser-agent: b\nDisallow: /\nsite-map: /2.xml\nSitemap:\n"))
	if got := strings.Join(f.Sitemaps, " "); got != "http://a.example/1.xml /2.xml" {
		t.Errorf("sitemaps: %s", got)
	}
}

func TestTheRuleIsShownAsItStands(t *testing.T) {
	r := Parse([]byte("\ufeffUser-agent: *\nDisallow: /信用/ # 内部\n")).For("probity")
	_, by := r.Decide("http://a.example/%E4%BF%A1%E7%94%A8/")
	if by.Text != "Disallow: /信用/ # 内部" || by.Line != 2 {
		t.Errorf("line %d: %s", by.Line, by.Text)
	}
	if len(r.Agents) != 1 || r.Named || r.Agents[0].Line != 1 || r.Agents[0].Text != "User-agent: *" {
		t.Errorf("agents: %+v", r.Agents)
	}
}

func TestOfALongFileTheFirst500KiBHold(t *testing.T) {
	long := "User-agent: *\nDisallow: /x\n" + strings.Repeat("# padding padding padding\n", 30_000) + "Disallow: /late\n"
	f := Parse([]byte(long))
	if allowed, _ := f.For("probity").Decide("/late"); !allowed || !f.Cut {
		t.Error("the rest was read")
	}
}

func TestTarget(t *testing.T) {
	for address, want := range map[string]string{
		"": "/", "http://a.example": "/", "http://a.example/": "/", "http://a.example?x=/y": "/?x=/y", "http://a.example/a/b;c?d=e#f": "/a/b;c?d=e",
		"//a.example/b": "/b", "/b?c=http://d/": "/b?c=http://d/", "a.example/b": "/b", "a.example": "/", "#x": "/", "http://a.example#/x": "/",
	} {
		if got := Target(address); got != want {
			t.Errorf("Target(%q) = %q, want %q", address, got, want)
		}
	}
}

// A pattern of stars only takes as long as it is long.
func TestNoPatternBlowsUp(t *testing.T) {
	r := Parse([]byte("User-agent: *\nDisallow: /" + strings.Repeat("*a", 8000) + "b$\n")).For("probity")
	if allowed, _ := r.Decide("/" + strings.Repeat("a", 100_000)); !allowed {
		t.Error("it matches")
	}
}

// slow is match by its definition, with a table in place of cleverness.
func slow(pattern, path string) bool {
	if p, ok := strings.CutSuffix(pattern, "$"); ok {
		pattern = p
	} else {
		pattern += "*"
	}
	reach := make([]bool, len(path)+1) // which ends of path the pattern so far can have reached
	reach[0] = true
	for _, c := range []byte(pattern) {
		next := make([]bool, len(path)+1)
		for i := range reach {
			switch {
			case c == '*' && (reach[i] || i > 0 && next[i-1]):
				next[i] = true
			case c != '*' && i > 0 && path[i-1] == c && reach[i-1]:
				next[i] = true
			}
		}
		reach = next
	}
	return reach[len(path)]
}

func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{{"/a*b*$", "/aXbY"}, {"/*aab$", "/aaaab"}, {"*", ""}, {"$", ""}, {"/a*a$", "/a"}, {"/x$$", "/x$"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern)*len(path) > 1<<16 {
			return
		}
		if got, want := match(pattern, path), slow(pattern, path); got != want {
			t.Errorf("match(%q, %q) = %t", pattern, path, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /信用/*$\nAllow: /%e4*x$\nCrawl-delay: 1s\n"), "probity", "/%E4%BF%A1?x=%")
	f.Add([]byte("\xef\xbbuser-agent: probity/2\r\rdisallow: *a*b*c*d$\n"), "probity", "http://a.example/aaaa")
	f.Add([]byte("<html>User-agent: a, b<br>Disallow: /\xd0\xc5<br>"), "b", "//x")
	f.Add([]byte("\xff\xfeU\x00:\x00"), "*", "")
	for _, suite := range seeds() {
		for _, v := range suite {
			f.Add(v.body(f), v.Agent, v.URL)
		}
	}
	for _, r := range readings() {
		f.Add([]byte(r.file), r.agents, r.open+r.closed)
	}
	f.Fuzz(holds)
}

// holds wants of any file what has to hold for all.
func holds(t *testing.T, body []byte, agent, url string) {
	t.Helper()
	r := Parse(body).For(agent)
	if r.Delay < 0 || r.Delay > 1e6*time.Hour {
		t.Fatalf("delay %s", r.Delay)
	}
	allowed, by := r.Decide(url)
	matching := r.Matching(url)
	switch {
	case !allowed && (by.Allow || by.Line == 0):
		t.Fatalf("refused by %+v", by)
	case allowed && by.Line != 0 && !by.Allow:
		t.Fatalf("allowed by %+v", by)
	case by.Line != 0 && len(matching) == 0:
		t.Fatalf("line %d decides, and none matches", by.Line)
	}
	target := Target(url)
	if once := write(target, plain|high); write(once, plain|high|pattern) != once || strings.ContainsAny(once, "*$ ") {
		t.Fatalf("%q is written %q", target, once)
	}
	if again, _ := Parse(body).For(agent).Decide(url); again != allowed {
		t.Fatal("asked twice, answered twice")
	}
}
