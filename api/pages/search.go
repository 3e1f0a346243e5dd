package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"probity/api/doors"
	"probity/api/question"
	"probity/api/see"
	"probity/api/words"
	"probity/pipeline/evidence"
)

// home finds operators and, beside them, evidence.
func (p *Pages) home(ctx context.Context, a ask) (view, error) {
	q := strings.TrimSpace(a.URL.Query().Get("q"))
	data := struct {
		Q          string
		Candidates []doors.Candidate
		Contested  bool
		Hits       []group
		Total      int
		Stats      doors.Stats
		More       string
	}{Q: q, More: "/evidence?" + url.Values{"q": {q}}.Encode()}
	if q == "" {
		var err error
		if data.Stats, err = p.doors.Published.Stats(ctx); err != nil {
			return view{}, err
		}
		return view{template: "home.html", nav: "home", data: data}, nil
	}
	s := question.Search{Q: q, Size: 8}
	query, err := s.Query(evidenceKinds()...)
	if err != nil {
		return view{}, err
	}
	found, err := p.doors.Finder.Find(ctx, q)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
	case err != nil:
		return view{}, err
	case found.To != "" && isID(q):
		return view{location: "/entities/" + url.PathEscape(found.To) + string(moment(a.When)), status: http.StatusSeeOther}, nil
	case found.To != "":
		d, err := p.doors.Entities.Dossier(ctx, found.To, a.When)
		if err != nil {
			return view{}, err
		}
		data.Candidates = []doors.Candidate{only(d, q)}
	default:
		data.Candidates, data.Contested = found.Candidates, found.Contested
	}
	page, err := p.doors.Finder.Search(ctx, query)
	if err != nil {
		return view{}, err
	}
	data.Total = page.Total
	if data.Hits, err = p.group(ctx, a.Role, page.Hits); err != nil {
		return view{}, err
	}
	return view{template: "home.html", title: "检索「" + q + "」", nav: "home", data: data}, nil
}

// only is the one bearer of a name as a candidate.
func only(d doors.Dossier, q string) doors.Candidate {
	return doors.Candidate{
		ID: d.Entity.ID, Name: d.Subject.Name, Anchor: d.Entity.Anchor, Kind: d.Entity.Kind, Area: d.Subject.Area,
		Grade: d.Evaluation.Grade, Reason: "唯一与「" + q + "」相符的主体 the only one that answers to it",
	}
}

// isID reports whether a text can only mean one operator: a code or an id.
func isID(text string) bool {
	if _, ok := evidence.Recognise(text); ok {
		return true
	}
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

func evidenceKinds() []string { return []string{"record", "content"} }

// A group are the hits that are about the same fact.
type group struct {
	Fact     *doors.FactRef // nil: about none, or about several
	Entities []doors.Ref
	More     int // entities that are not named
	Hits     []hit
}

// A hit is one of a page's, numbered over all groups so that one can step
// from each to the next.
type hit struct {
	see.Hit
	N, Prev, Next int
	Link          string
}

// named is how many entities of a group are named.
const named = 4

// group brings the hits of one fact together where the first of them stands,
// as a role may read them.
func (p *Pages) group(ctx context.Context, role see.Role, hits []doors.Hit) ([]group, error) {
	var groups []group
	at := map[string]int{}
	for _, raw := range hits {
		x, err := role.Hit(ctx, p.doors.Evidence, raw)
		if err != nil {
			return nil, err
		}
		h := hit{Hit: x, Link: link(x.Hit)}
		if x.Fact == nil {
			n := min(named, len(x.Entities))
			groups = append(groups, group{Entities: x.Entities[:n], More: len(x.Entities) - n, Hits: []hit{h}})
			continue
		}
		i, known := at[x.Fact.ID]
		if !known {
			i = len(groups)
			at[x.Fact.ID] = i
			groups = append(groups, group{Fact: x.Fact, Entities: []doors.Ref{x.Fact.Entity}})
		}
		groups[i].Hits = append(groups[i].Hits, h)
	}
	n := 0
	for i := range groups {
		for j := range groups[i].Hits {
			n++
			h := &groups[i].Hits[j]
			if h.N, h.Prev = n, n-1; n < len(hits) {
				h.Next = n + 1
			}
		}
	}
	return groups, nil
}

// link is where a hit is read in its capture.
func link(h doors.Hit) string {
	if h.Kind == "content" && len(h.Passages) > 0 && h.Passages[0].Field == "text" && len(h.Passages[0].Marks) > 0 {
		m := h.Passages[0].Marks[0]
		return string(passage(h.Content, m[0], m[1]))
	}
	if h.Content == "" {
		return ""
	}
	return string(passage(h.Content, h.Start, h.End))
}

// evidence is the evaluator's search.
func (p *Pages) evidence(ctx context.Context, a ask) (view, error) {
	s, err := question.SearchOf(a.URL.Query())
	if err != nil {
		return view{}, err
	}
	query, err := s.Query(evidenceKinds()...)
	if err != nil {
		return view{}, err
	}
	page, err := p.doors.Finder.Search(ctx, query)
	if err != nil {
		return view{}, err
	}
	groups, err := p.group(ctx, a.Role, page.Hits)
	if err != nil {
		return view{}, err
	}
	data := struct {
		Search question.Search
		Facets []facet
		Groups []group
		Total  int
		Shown  int
		First  string
		Next   string
		Types  []evidence.RecordType
	}{Search: s, Groups: groups, Total: page.Total, Shown: len(page.Hits), Types: evidence.Types()}
	v := s.Values()
	data.First = "/evidence?" + v.Encode()
	if page.Next != "" {
		v.Set("cursor", s.Wrap(page.Next, evidenceKinds()...))
		data.Next = "/evidence?" + v.Encode() + "#hit-1"
	}
	data.Facets = p.facets(s, page.Facets)
	return view{template: "evidence.html", title: "证据检索 Evidence", nav: "evidence", data: data}, nil
}

// A facet is one way to narrow a search, with its values.
type facet struct {
	Name   string
	Values []facetValue
}

// A facetValue is a link that narrows the search to it, or widens it again.
type facetValue struct {
	Value, Label string
	Docs         int
	On           bool
	Link         string
}

// facets labels counts and makes the links that switch them.
func (p *Pages) facets(s question.Search, counted map[string][]doors.Count) []facet {
	var all []facet
	for _, name := range question.Facets() {
		f := facet{Name: name}
		for _, c := range counted[name] {
			on := slices.Contains(s.Filter[name], c.Value)
			t := s.Clone()
			if on {
				t.Filter[name] = slices.DeleteFunc(t.Filter[name], func(v string) bool { return v == c.Value })
			} else {
				t.Filter[name] = append(t.Filter[name], c.Value)
			}
			f.Values = append(f.Values, facetValue{c.Value, p.label(name, c), c.Docs, on, "/evidence?" + t.Values().Encode()})
		}
		if len(f.Values) > 0 {
			all = append(all, f)
		}
	}
	return all
}

func (p *Pages) label(facet string, c doors.Count) string {
	switch facet {
	case "source":
		return p.source(c.Value)
	case "class":
		return c.Value + " " + words.Of("class", c.Value).Zh
	case "type":
		return words.Type(c.Value).Zh
	case "state":
		return words.Of("fact", c.Value).Zh
	}
	if c.Label != "" {
		return c.Label
	}
	return c.Value
}
