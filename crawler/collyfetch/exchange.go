package collyfetch

import (
	"fmt"
	"net/url"
	"strings"

	"probity/crawler"
	"probity/crawler/charset"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// exchange makes the capture of what a job has got.
func (f *Fetcher) exchange(j *job) (evidence.Exchange, error) {
	r := j.request
	if j.status != j.answer.StatusCode {
		return evidence.Exchange{}, &crawler.FaultError{Reason: "fault", Err: fmt.Errorf(
			"fetch %s: colly made status %d of status %d: check its version", r.Lead.URL, j.status, j.answer.StatusCode)}
	}
	c := evidence.Capture{
		ID: f.o.NewID(), Run: r.Run, Lead: r.Lead, Attempt: max(r.Attempt, 1),
		Time:   j.began.UTC(),
		Status: j.answer.StatusCode, Type: j.answer.Header.Get("Content-Type"), Location: j.answer.Header.Get("Location"),
		Address: j.address, TLSCert: j.cert, TLSFault: j.tlsFault, Protocol: j.protocol,
		Robots: r.Robots, Crawler: product(f.o.Agent),
	}
	host := ""
	if u, err := url.Parse(r.Lead.URL); err == nil {
		host = u.Hostname()
	}
	c.Media = media.Decide(c.Type, r.Lead.URL, j.decoded)
	c.Charset = charset.Decide(c.Type, j.decoded, r.Charset, host)
	x := evidence.Exchange{Capture: c, Request: j.sent, Response: j.head, Header: j.answer.Header, Raw: j.raw, Body: j.decoded}
	x.Weigh()
	x.Capture.Content = evidence.ContentID(x.Capture)
	return x, nil
}

// product is the name and version of the program, without who to reach.
func product(agent string) string {
	name, _, _ := strings.Cut(agent, " ")
	return name
}
