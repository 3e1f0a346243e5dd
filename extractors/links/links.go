// Package links finds the structured leads of a page: the next page of a list,
// the page of each row, a form that turns the page by POST. Which ones those
// are is declared (evidence.Follow); nothing else on a page is followed here.
//
// A lead is made the way a browser would make the request: addresses resolved
// against the page or its <base>, queries and form bodies in the page's
// charset. Buttons that only a script gives a meaning to are left alone, but
// for the postback of ASP.NET, which is a plain form in disguise.
package links

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"probity/extractors/draft"
	"probity/extractors/page"
	"probity/extractors/rows"
	"probity/pipeline/evidence"
)

// Version is the name and version of this reader.
const Version = "links/1"

// Read reads a view that holds leads only. A page without any is refused,
// unless it shows the text of an empty list.
func Read(in draft.Input) (draft.Draft, error) {
	leads, err := Leads(in, nil)
	if err != nil {
		return draft.Draft{}, err
	}
	if len(leads) == 0 && (in.View.Empty == "" || !strings.Contains(in.Page.Text, in.View.Empty)) {
		var selectors []string
		for _, f := range in.View.Next {
			selectors = append(selectors, f.Select+f.Label)
		}
		return draft.Draft{}, in.Unlike("no link at " + strings.Join(selectors, ", ") + " 没有声明的链接")
	}
	return draft.Draft{Reading: evidence.Reading{Leads: leads}}, nil
}

// Leads returns the leads of a page, each once, in the order of declaration
// and of the page. Subjects are the rows that were read, for leads that are
// about the subject of their row.
func Leads(in draft.Input, subjects []rows.Subject) ([]evidence.Lead, error) {
	f := &finder{in: in, subjects: subjects, rows: map[*html.Node]int{}, seen: map[string]int{}}
	for i, s := range subjects {
		if s.Row.Node != nil {
			f.rows[s.Row.Node] = i
		}
	}
	var err error
	if f.base, err = url.Parse(in.Capture.Lead.URL); err != nil {
		return nil, fmt.Errorf("leads of %s: %w: %w", in.Where(), evidence.ErrInvalid, err)
	}
	if in.Page.Doc != nil {
		if href, ok := in.Page.Doc.Find("base[href]").First().Attr("href"); ok {
			if u, err := f.base.Parse(strings.TrimSpace(href)); err == nil {
				f.base = u
			}
		}
	}
	for _, next := range in.View.Next {
		if err := f.follow(next); err != nil {
			return nil, err
		}
	}
	return f.leads, nil
}

// A finder gathers the leads of one page.
type finder struct {
	in       draft.Input
	base     *url.URL
	subjects []rows.Subject
	rows     map[*html.Node]int
	leads    []evidence.Lead
	seen     map[string]int
}

func (f *finder) follow(next evidence.Follow) error {
	if next.Label != "" {
		for _, s := range f.subjects {
			if cell := s.Links[next.Label]; cell.Text != "" {
				f.add(next, "GET", written(cell.Text), "", s.Party)
			}
		}
	}
	switch {
	case next.Select == "":
		return nil
	case f.in.Page.JSON != nil:
		f.values(next, f.in.Page.JSON, strings.Split(next.Select, "."))
		return nil
	case f.in.Page.Doc == nil:
		return nil
	}
	nodes, err := f.in.Page.Select(next.Select)
	if err != nil {
		return fmt.Errorf("declaration of %s: %w", f.in.Where(), err)
	}
	for _, n := range nodes {
		if r, ok := f.request(n); ok {
			f.add(next, r.method, r.url, r.body, f.subjectOf(n))
		}
	}
	return nil
}

// written makes an address of the text of a column, where sites are often
// named without a scheme.
func written(text string) string {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		return "http://" + strings.TrimPrefix(text, "//")
	}
	return text
}

// values follows the rest of a dotted path from v; lists on the way are gone
// through item by item.
func (f *finder) values(next evidence.Follow, v *page.Value, path []string) {
	switch {
	case v == nil:
	case v.Kind == page.Array:
		for _, item := range v.Values {
			f.values(next, item, path)
		}
	case len(path) > 0:
		f.values(next, v.At(path[0]), path[1:])
	case v.Kind == page.String && v.Text != "":
		f.add(next, "GET", v.Text, "", f.subjectAt(v.Start))
	}
}

// subjectAt returns whom the row around a rune is about.
func (f *finder) subjectAt(at int) *evidence.Party {
	for _, s := range f.subjects {
		if s.Row.Place.Start <= at && at < s.Row.Place.End {
			return s.Party
		}
	}
	return nil
}

// subjectOf returns whom the row around a node is about: the innermost one.
func (f *finder) subjectOf(n *html.Node) *evidence.Party {
	for ; n != nil; n = n.Parent {
		if at, ok := f.rows[n]; ok {
			return f.subjects[at].Party
		}
	}
	return nil
}

// about is whom a lead is about: the subject of its row, or of the only block
// of a label/value page. A page that is itself about somebody, as its lead
// said, hands that on to its own next pages.
func (f *finder) about(next evidence.Follow, row *evidence.Party) *evidence.Party {
	own := f.in.Capture.Lead.About
	switch {
	case next.About && row != nil:
		own = row
	case next.About && len(f.subjects) == 1 && f.in.View.Read != "table" && f.subjects[0].Party != nil:
		own = f.subjects[0].Party
	case next.About:
	case next.Source != "" && next.Source != f.in.Source.ID || next.View != f.in.View.Name:
		return nil
	}
	if own == nil {
		return nil
	}
	party := *own
	return &party
}

// add makes a lead of an address. What is no http address is no lead.
func (f *finder) add(next evidence.Follow, method, ref, body string, about *evidence.Party) {
	source, view := f.in.Source.ID, next.View
	if next.Source != "" {
		source = next.Source
	}
	u, err := f.base.Parse(encodeQuery(strings.TrimSpace(ref), f.in.Page.Charset))
	if err != nil {
		return
	}
	lead, err := evidence.NewLead(source, u.String())
	if err != nil {
		return
	}
	lead.Method, lead.Body, lead.View = method, body, view
	lead.Depth, lead.Origin = f.in.Capture.Lead.Depth+1, f.in.Capture.Content
	lead.About = f.about(next, about)
	key := lead.Source + lead.Key()
	if at, seen := f.seen[key]; seen {
		if f.leads[at].About == nil {
			f.leads[at].About = lead.About
		}
		return
	}
	f.seen[key] = len(f.leads)
	f.leads = append(f.leads, lead)
}
