package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"probity/api/doors"
	"probity/crawler"
	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// Stated implements doors.Evidence.
func (p proofs) Stated(ctx context.Context, c evidence.Capture, most int) (doors.Stated, error) {
	out := doors.Stated{Records: []doors.StatedRecord{}}
	marks, err := p.store.Citing(ctx, c.Content, 0, 0)
	if err != nil {
		return out, err
	}
	n, last := p.naming(), ""
	for _, m := range marks { // by record
		if m.Record == last {
			continue
		}
		if last = m.Record; len(out.Records) >= most {
			out.More++
			continue
		}
		r := doors.StatedRecord{ID: m.Record}
		if r.Record, r.Citations, err = p.version(ctx, m.Record, c); err != nil {
			return out, err
		}
		if r.Facts, err = n.factRefs(ctx, m.Facts, len(m.Facts)); err != nil {
			return out, err
		}
		out.Records = append(out.Records, r)
	}
	return out, nil
}

// version is a record as a content states it, and where. Before its run closes
// it is what the run has sighted.
func (p proofs) version(ctx context.Context, id string, c evidence.Capture) (r evidence.Record, cites []evidence.Citation, err error) {
	seen, err := p.store.Record(ctx, id)
	if err != nil {
		return r, nil, err
	}
	if seen.Provisional != nil {
		r = *seen.Provisional
	}
	for _, v := range seen.Versions {
		here := slices.DeleteFunc(slices.Clone(v.Citations), func(x evidence.Citation) bool { return x.Content != c.Content })
		if len(here) == 0 {
			continue
		}
		r, cites = v.Record, here
		if !c.Time.Before(v.First) && !c.Time.After(v.Last) {
			break
		}
	}
	return r, cites, nil
}

// visited is the door to who was visited when.
type visited struct{ *house }

// OfPage implements doors.Visited.
func (v visited) OfPage(ctx context.Context, capture, cursor string, n int) (doors.Visits, error) {
	c, err := proofs(v).Capture(ctx, capture)
	if err != nil {
		return doors.Visits{}, err
	}
	return v.visits(ctx, archive.Visits{Lead: c.Capture.Lead.Key(), Before: cursor, N: n})
}

// OfHost implements doors.Visited.
func (v visited) OfHost(ctx context.Context, host, cursor string, n int) (doors.Visits, error) {
	return v.visits(ctx, archive.Visits{Host: host, Before: cursor, N: n})
}

func (v visited) visits(ctx context.Context, q archive.Visits) (doors.Visits, error) {
	out := doors.Visits{Visits: []doors.Visit{}}
	list, err := v.archive.Visits(ctx, q)
	if errors.Is(err, evidence.ErrInvalid) {
		return out, saying(evidence.ErrInvalid, "这不是本站给出的游标 this cursor is not one that was given: %s. 从第一页开始 begin with the first page", short(q.Before))
	}
	if err != nil {
		return out, err
	}
	files := map[string]robotsFiles{} // by origin
	for _, l := range list {
		c := l.Capture
		x := doors.Visit{
			Capture: c.ID, Content: c.Content, Time: c.Time, Method: c.Lead.Method, URL: c.Lead.URL, Status: c.Status, Bytes: c.Size,
			Source: c.Lead.Source, Run: c.Run, Robots: c.Robots, IsFile: c.Lead.View == crawler.RobotsView, Unchanged: c.Unchanged != "",
		}
		if at := robotsOf(c.Lead.URL); c.Robots.Digest != "" && at != "" {
			if _, ok := files[at]; !ok {
				if files[at], err = v.robotsFiles(ctx, at); err != nil {
					return out, err
				}
			}
			x.File = files[at].by[c.Robots.Digest]
		}
		out.Visits = append(out.Visits, x)
	}
	if len(list) == q.N {
		out.Next = list[len(list)-1].Order()
	}
	return out, nil
}

// robotsOf is where the robots.txt of an address stands (RFC 9309, 2.3); empty
// for what is no web address.
func robotsOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}).String()
}

// robotsFiles are captures of a robots.txt.
type robotsFiles struct {
	last evidence.Capture  // zero: none
	by   map[string]string // digest of the file -> newest capture of it
}

// mostFiles is how many captures of a robots.txt are looked through; it is
// asked for once a day and host at least.
const mostFiles = 200

func (h *house) robotsFiles(ctx context.Context, at string) (robotsFiles, error) {
	f := robotsFiles{by: map[string]string{}}
	list, err := h.archive.Visits(ctx, archive.Visits{Lead: evidence.Lead{Method: http.MethodGet, URL: at}.Key(), N: mostFiles})
	if err != nil {
		return f, fmt.Errorf("captures of %s: %w", at, err)
	}
	for _, l := range list {
		if l.Capture.Lead.View != crawler.RobotsView {
			continue
		}
		if f.last.ID == "" {
			f.last = l.Capture
		}
		if f.by[l.Capture.Payload] == "" {
			f.by[l.Capture.Payload] = l.ID
		}
	}
	return f, nil
}

// Neighbour implements doors.Visited.
func (v visited) Neighbour(ctx context.Context, host string) (doors.Neighbour, error) {
	out := doors.Neighbour{Host: host, Sources: []doors.Ground{}, Agent: v.config.Crawl.Agent, Contact: contacts(v.config.Crawl.Agent)}
	states, err := hostStates(ctx, v.house, host)
	if err != nil {
		return out, err
	}
	if len(states) > 0 {
		out.Courtesy = &states[0]
	}
	last, err := v.archive.Visits(ctx, archive.Visits{Host: host, N: 1})
	if err != nil {
		return out, err
	}
	met := map[string]bool{} // sources that were seen there, though they do not name it
	if len(last) > 0 {
		met[last[0].Capture.Lead.Source] = true
		files, err := v.robotsFiles(ctx, robotsOf(last[0].Capture.Lead.URL))
		if err != nil {
			return out, err
		}
		out.File, out.Read, out.Flag = files.last.ID, files.last.Time, last[0].Capture.Robots.Flag
	}
	for _, id := range sortedKeys(v.set.Sources) {
		if src := v.set.Sources[id]; met[id] || v.house.visits(src, host) {
			out.Sources = append(out.Sources, v.ground(ctx, src))
		}
	}
	if len(last) == 0 && len(out.Sources) == 0 && out.Courtesy == nil {
		return out, noHost(host)
	}
	return out, nil
}

func (v visited) ground(ctx context.Context, src evidence.Source) doors.Ground {
	g := doors.Ground{
		ID: src.ID, Title: src.Title, Publisher: src.Publisher, LegalBasis: src.LegalBasis, Purpose: src.Purpose, Impact: src.Impact, Retention: src.Retention,
		Gap: v.manners(ctx, src).Gap, Killed: v.word(ctx, crawler.AboutSource(src.ID)).Killed, Campaigns: []string{},
	}
	for _, id := range sortedKeys(v.set.Campaigns) {
		if slices.Contains(v.set.Campaigns[id].Sources, src.ID) {
			g.Campaigns = append(g.Campaigns, id)
		}
	}
	return g
}

// contacts are the addresses that a User-Agent names in its comment, as in
// "name/1 (+https://…; somebody@…)" (RFC 9110, 10.1.5).
func contacts(agent string) []string {
	_, comment, _ := strings.Cut(agent, "(")
	comment, _, _ = strings.Cut(comment, ")")
	out := []string{}
	for _, part := range strings.FieldsFunc(comment, func(r rune) bool { return r == ';' || r == ' ' || r == ',' }) {
		part = strings.TrimPrefix(part, "+")
		if strings.Contains(part, "@") || strings.HasPrefix(part, "https://") || strings.HasPrefix(part, "http://") {
			out = append(out, part)
		}
	}
	return out
}
