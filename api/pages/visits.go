package pages

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"probity/api/contrast"
	"probity/api/doors"
	"probity/api/problem"
	"probity/api/words"
	"probity/pipeline/evidence"
)

// neighbours are how many captures of the same address a page names at once.
const neighbours = 50

// visited puts the pages on a mux that tell who was visited when.
func (p *Pages) visited(mux *http.ServeMux) {
	mux.HandleFunc("GET /captures/{id}/diff", p.page([]string{"with", "cursor"}, nil, p.diff))
	mux.HandleFunc("GET /crawler", p.page([]string{"host"}, nil, p.crawler))
	mux.HandleFunc("GET /crawler/{host}", p.page([]string{"cursor"}, nil, p.neighbour))
}

// diff puts a capture beside another of the same address: the one that is
// asked for, else the newest one before it that says something else.
func (p *Pages) diff(ctx context.Context, a ask) (view, error) {
	id, with := a.PathValue("id"), a.URL.Query().Get("with")
	list, err := p.doors.Visited.OfPage(ctx, id, a.URL.Query().Get("cursor"), neighbours)
	if err != nil {
		return view{}, err
	}
	data := struct {
		contrast.Comparison
		ID, With string
		Others   []doors.Visit
		Next     string
		Alone    bool // there is no other to compare with
	}{ID: captureOf(id, list.Visits), With: captureOf(with, list.Visits), Others: list.Visits, Next: list.Next}
	if with == "" {
		data.With = before(id, list.Visits)
	}
	if data.Alone = data.With == ""; data.Alone {
		return view{template: "diff.html", title: "比较存档 Compare", data: data}, nil
	}
	data.Comparison, err = contrast.Captures(ctx, p.doors.Evidence, a.Role, data.With, id)
	return view{template: "diff.html", title: "比较存档 " + cmp.Or(data.B.Title, data.B.URL), data: data}, err
}

// captureOf is the newest capture of a list, newest first, that is meant by its
// id or that of its content; what is in it under neither stays as it is.
func captureOf(id string, list []doors.Visit) string {
	for _, v := range list {
		if v.Capture == id || v.Content == id {
			return v.Capture
		}
	}
	return id
}

// before is the newest capture of a list, newest first, that is older than one
// and says something else; else the newest other one that does.
func before(id string, list []doors.Visit) string {
	content, behind, other := "", false, ""
	for _, v := range list {
		if v.Capture == id || v.Content == id {
			content = v.Content
			break
		}
	}
	for _, v := range list {
		switch {
		case v.Content == content:
			behind = true
		case behind:
			return v.Capture
		case other == "":
			other = v.Capture
		}
	}
	return other
}

// between leads to what changed on the page between a version of a record and
// the one before it; of the first, to its page's captures, if it was seen more
// than once. Empty: there are no two captures to compare.
func between(versions []doors.Version, i int) template.URL {
	here := contents(versions[i])
	if len(here) == 0 {
		return ""
	}
	to := "/captures/" + url.PathEscape(here[0]) + "/diff"
	if i == 0 {
		if len(here) == 1 && !versions[0].Last.After(versions[0].First) {
			return ""
		}
		return template.URL(to) //nolint:gosec // escaped
	}
	before := contents(versions[i-1])
	if len(before) == 0 || before[len(before)-1] == here[0] { // what was read of it changed, and not what it says
		return ""
	}
	return template.URL(to + "?with=" + url.QueryEscape(before[len(before)-1])) //nolint:gosec // escaped
}

// contents are those in which a version stood, in order of its citations.
func contents(v doors.Version) (all []string) {
	for _, c := range v.Citations {
		if !slices.Contains(all, c.Content) {
			all = append(all, c.Content)
		}
	}
	return all
}

// recordName is what a person calls a record.
func recordName(r contrast.RecordDiff) string { return words.Name(r.Type, r.Said, r.Key) }

// crawler says who we are; it is what a User-Agent can point to. A webmaster
// asks from here for the page of a host.
func (p *Pages) crawler(_ context.Context, a ask) (view, error) {
	if host := a.URL.Query().Get("host"); host != "" {
		name, err := hostName(host)
		if err != nil {
			return view{}, err
		}
		return view{location: "/crawler/" + url.PathEscape(name), status: http.StatusSeeOther}, nil
	}
	return view{template: "crawler.html", title: "关于本站的采集 Our crawler", nav: "crawler"}, nil
}

// hostName takes a host, or the address of a page there.
func hostName(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return "", problem.Wrong("host", "主机名，如 www.example.org a host, such as www.example.org")
	}
	return strings.ToLower(u.Hostname()), nil
}

// neighbour is the page that a webmaster can be sent: why the site is visited,
// how, and every visit.
func (p *Pages) neighbour(ctx context.Context, a ask) (view, error) {
	host, err := hostName(a.PathValue("host"))
	if err != nil {
		return view{}, err
	}
	if host != a.PathValue("host") {
		return view{location: "/crawler/" + url.PathEscape(host), status: http.StatusPermanentRedirect}, nil
	}
	data := struct {
		doors.Neighbour
		Visits []doors.Visit
		Next   string
		Later  bool // not the newest ones
	}{Later: a.URL.Query().Get("cursor") != ""}
	if data.Neighbour, err = p.doors.Visited.Neighbour(ctx, host); err != nil {
		if errors.Is(err, evidence.ErrNotFound) {
			return view{template: "crawler.html", title: "关于本站的采集 Our crawler", nav: "crawler", status: http.StatusNotFound, data: host}, nil
		}
		return view{}, err
	}
	list, err := p.doors.Visited.OfHost(ctx, host, a.URL.Query().Get("cursor"), 2*neighbours)
	data.Visits, data.Next = list.Visits, list.Next
	return view{template: "neighbour.html", title: host + "：采集记录 Visits", nav: "crawler", data: data}, err
}
