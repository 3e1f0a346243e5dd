package robots

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/temoto/robotstxt"

	"probity/pipeline/evidence"
)

// parseLimit is how much of a file is read, as RFC 9309, 2.5 wants it at
// least: the rest is passed over, from the last whole line on.
const parseLimit = 500 << 10

// A file is a robots.txt as it was answered.
type file struct {
	missing bool // 4xx: no file, no rules
	broken  error
	digest  string
	rules   rules
	oracle  *robotstxt.Group
}

// parse reads a file for one product token. Two readers judge: our own finds
// the line that decides, temoto is the second voice. What temoto cannot parse
// is refused whole; where the two differ, the one that refuses is right.
func parse(body []byte, token string) file {
	f := file{digest: evidence.DigestBytes(body)}
	if len(body) > parseLimit {
		body = body[:parseLimit]
		if i := bytes.LastIndexByte(body, '\n'); i >= 0 {
			body = body[:i+1]
		}
	}
	all := lines(body)
	f.rules = rulesFor(token, all)
	data, err := temoto(all)
	if err != nil {
		f.broken = err
		return f
	}
	f.oracle = data.FindGroup(token)
	return f
}

// temoto hands the file over line by line, its rules percent-encoded first:
// left raw, temoto lets /信用/ pass as /%E4%BF%A1%E7%94%A8/.
func temoto(all []line) (data *robotstxt.RobotsData, err error) {
	defer func() {
		if r := recover(); r != nil {
			data, err = nil, fmt.Errorf("parse robots.txt: %v", r)
		}
	}()
	var b strings.Builder
	for _, l := range all {
		values := []string{l.value}
		if l.key == "allow" || l.key == "disallow" {
			values = encodings(l.value)
		}
		for _, v := range values {
			b.WriteString(l.key + ": " + v + "\n")
		}
	}
	data, err = robotstxt.FromString(b.String())
	if err == nil && data == nil {
		err = errors.New("parse robots.txt: nothing came of it")
	}
	return data, err
}

// decide says whether a URL may be fetched.
func (f file) decide(u *url.URL) evidence.RobotsDecision {
	d := evidence.RobotsDecision{Digest: f.digest}
	switch {
	case f.missing:
		return evidence.RobotsDecision{Allowed: true, Reason: "no file"}
	case u.EscapedPath() == "/robots.txt": // always allowed (RFC 9309, 2.2.2)
		d.Allowed, d.Reason = true, "allowed"
		return d
	case f.broken != nil:
		d.Reason = "unreadable"
		return d
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	r, found := f.rules.decide(path)
	d.Rule = r.written
	d.Allowed = (!found || r.allow) && f.oracle.Test(normalise(path))
	d.Reason = "allowed"
	if !d.Allowed {
		d.Reason = "disallowed"
		if r.allow {
			d.Rule = "" // the second voice refuses by a line of its own
		}
	}
	return d
}

// maxDelay is the longest crawl-delay that is obeyed: beyond it a host is
// visited so rarely that an operator has to decide.
const maxDelay = time.Minute

func (f file) delay() (time.Duration, string) {
	if f.missing || f.broken != nil {
		return 0, ""
	}
	if d := f.rules.delay; d > maxDelay {
		return maxDelay, fmt.Sprintf("robots.txt asks for a crawl-delay of %s; %s is kept", d, maxDelay)
	}
	return f.rules.delay, ""
}
