package robots

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"probity/crawler"
	"probity/crawler/robots/rfc9309"
	"probity/pipeline/evidence"
)

// A file is a robots.txt as it was answered, with what it says to us.
type file struct {
	missing  bool // 4xx: no file, no rules
	broken   error
	digest   string
	rules    rfc9309.Rules
	sitemaps []string
	fresh    time.Duration // for which it holds
}

func parse(body []byte, agent string) file {
	read := rfc9309.Parse(body)
	return file{digest: evidence.DigestBytes(body), rules: read.For(agent), sitemaps: read.Sitemaps}
}

// size is about how many bytes it takes in memory.
func (f file) size() int {
	n := 256 + f.rules.Size()
	for _, s := range f.sitemaps {
		n += 16 + len(s)
	}
	return n
}

// answer says whether an address may be fetched, and how.
func (f file) answer(address string) crawler.Permission {
	p := crawler.Permission{Decision: f.decide(address), Sitemaps: f.sitemaps, Fault: f.broken}
	p.Delay, p.Decision.Flag = obeyed(f.rules.Delay)
	return p
}

func (f file) decide(address string) evidence.RobotsDecision {
	switch {
	case f.missing:
		return evidence.RobotsDecision{Allowed: true, Reason: "no file"}
	case f.broken != nil:
		return evidence.RobotsDecision{Reason: "unreadable", Digest: f.digest}
	}
	allowed, by := f.rules.Decide(address)
	d := evidence.RobotsDecision{Allowed: allowed, Reason: "allowed", Rule: by.Text, Line: by.Line, Digest: f.digest}
	if !allowed {
		d.Reason = "disallowed"
	}
	return d
}

// MaxDelay is the longest crawl-delay that is obeyed: beyond it a host is
// visited so rarely that an operator has to decide.
const MaxDelay = time.Minute

// obeyed is what is kept of a crawl-delay, with what an operator should know.
func obeyed(asked time.Duration) (time.Duration, string) {
	if asked > MaxDelay {
		return MaxDelay, fmt.Sprintf("robots.txt 要求间隔 %s，实际按 %s 执行 asks for a crawl-delay of %[1]s; %[2]s is kept", asked, MaxDelay)
	}
	return asked, ""
}

// freshness is for how long an answer holds: as Cache-Control or Expires say
// (RFC 9111, 4.2), but a day at most (RFC 9309, 2.4), and a minute at least, or
// the file would be asked for with every page.
func freshness(h http.Header, now time.Time) time.Duration {
	life := maxAge
	if at, err := http.ParseTime(h.Get("Expires")); err == nil {
		life = at.Sub(now)
	}
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "no-store", "no-cache":
			return minAge
		case "max-age":
			if s, err := strconv.ParseInt(strings.Trim(value, `" `), 10, 32); err == nil {
				age, _ := strconv.ParseInt(strings.TrimSpace(h.Get("Age")), 10, 32)
				life = time.Duration(s-max(age, 0)) * time.Second
			}
		}
	}
	return min(max(life, minAge), maxAge)
}

// target is where an answer sends us on.
func target(from, location string) (string, error) {
	base, err := url.Parse(from)
	if err != nil {
		return "", err
	}
	u, err := base.Parse(location)
	if err != nil || location == "" {
		return "", fmt.Errorf("redirects to %q, which leads nowhere", location)
	}
	u.Fragment = ""
	return u.String(), nil
}
