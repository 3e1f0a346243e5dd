package extractors

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"probity/extractors/detail"
	"probity/extractors/draft"
	"probity/extractors/judgment"
	"probity/extractors/links"
	"probity/extractors/mask"
	"probity/extractors/norm"
	"probity/extractors/page"
	"probity/extractors/pdf"
	"probity/extractors/rows"
	"probity/extractors/shop"
	"probity/extractors/site"
	"probity/extractors/table"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// unwanted is the reader of what a source does not want by its types: the
// bytes are in the archive, and state nothing.
const unwanted = "unwanted/1"

// Settings say how captures are read.
type Settings struct {
	Source    evidence.Source
	PersonKey []byte // secret of the keyed hashes of natural persons; not empty
	Discover  Discoverer
	PDF       *pdf.Engine // [nil] reads PDF, where sources publish it
}

// A Discoverer finds what a capture leads to beside the leads that its view
// declares, where the source declares to be so led. Root is the parsed page,
// nil for what is none.
type Discoverer func(src evidence.Source, x evidence.Exchange, root *html.Node) (leads []evidence.Lead, passed map[string]int)

// Read reads a capture by a view of its source. An empty view is the one that
// the lead names, else the first whose pattern matches the address.
//
// Its errors wrap evidence.ErrInvalid and name the page, what was expected and
// what was found: reading again changes nothing until the page or the
// declaration does. A page that is refused states nothing at all.
func Read(s Settings, view string, x evidence.Exchange) (evidence.Reading, error) {
	if len(s.PersonKey) == 0 {
		return evidence.Reading{}, fmt.Errorf("read %s: %w: no person key: names of natural persons could be found by trying", x.Capture.Lead.URL, evidence.ErrInvalid)
	}
	v, err := choose(s.Source, view, x.Capture)
	if err != nil {
		return evidence.Reading{}, err
	}
	if !media.Wanted(s.Source, x.Capture) {
		return evidence.Reading{Passed: map[string]int{"scope_type": 1}, Reader: unwanted}, nil
	}
	in := draft.Input{Source: s.Source, View: v, Capture: x.Capture}
	k, err := kindOf(in)
	if err != nil {
		return evidence.Reading{}, err
	}
	if !x.Capture.OK() && !k.anyStatus {
		return evidence.Reading{}, fmt.Errorf("read %s: %w: HTTP status %d is no page", in.Where(), evidence.ErrInvalid, x.Capture.Status)
	}
	if in.Page, err = s.open(k, v, x); err != nil && !x.Capture.OK() {
		in.Page, err = page.Made("", page.TextDecoder), nil // the status says it all
	}
	if err != nil {
		return evidence.Reading{}, fmt.Errorf("read %s: %w", in.Where(), err)
	}
	out, err := k.read(in)
	if err != nil {
		return evidence.Reading{}, err
	}
	if err := check(in, out); err != nil {
		return evidence.Reading{}, err
	}
	if err := s.discover(in, x, &out); err != nil {
		return evidence.Reading{}, err
	}
	return finish(s, in, k, out), nil
}

// discover adds what the capture leads to by its source's word.
func (s Settings) discover(in draft.Input, x evidence.Exchange, out *draft.Draft) error {
	if len(s.Source.Discover) == 0 {
		return nil
	}
	if s.Discover == nil {
		return fmt.Errorf("read %s: the source is led by %s, and nobody was handed over who finds them", in.Where(), strings.Join(s.Source.Discover, ", "))
	}
	var root *html.Node
	if in.Page.Doc != nil && len(in.Page.Doc.Nodes) > 0 {
		root = in.Page.Doc.Nodes[0]
	}
	found, passed := s.Discover(s.Source, x, root)
	have := map[string]bool{}
	for _, l := range out.Leads {
		have[l.Source+l.Key()] = true
	}
	for _, l := range found {
		if !have[l.Source+l.Key()] { // the view's own lead says more
			out.Leads = append(out.Leads, l)
		}
	}
	out.Passed = passed
	return nil
}

// A kind is one way to read a page.
type kind struct {
	read      func(draft.Input) (draft.Draft, error)
	version   string
	anyStatus bool // an error page says something too
	leads     bool // it states nothing, and leads further
}

// kindOf is the list of all kinds.
func kindOf(in draft.Input) (kind, error) {
	switch in.View.Read {
	case "table":
		return kind{read: table.Read, version: table.Version + "+" + rows.Version}, nil
	case "detail":
		return kind{read: detail.Read, version: detail.Version + "+" + rows.Version}, nil
	case "links":
		return kind{read: links.Read, version: links.Version}, nil
	case "judgment":
		return kind{read: judgment.Read, version: judgment.Version}, nil
	case "shop":
		return kind{read: shop.Read, version: shop.Version}, nil
	case "reviews":
		return kind{read: shop.Reviews, version: shop.ReviewsVersion}, nil
	case "site":
		return kind{read: site.Read, version: site.Version, anyStatus: true}, nil
	case evidence.ReadKeep:
		return kind{read: func(draft.Input) (draft.Draft, error) { return draft.Draft{}, nil }, version: "keep/1"}, nil
	case evidence.ReadDiscover:
		return kind{read: func(draft.Input) (draft.Draft, error) { return draft.Draft{}, nil }, version: "discover/1", leads: true}, nil
	}
	return kind{}, fmt.Errorf("declaration of %s: %w: no reader %q: want table, detail, links, judgment, shop, reviews, site, keep or discover",
		in.Where(), evidence.ErrInvalid, in.View.Read)
}

// choose picks the view that reads a capture.
func choose(s evidence.Source, view string, c evidence.Capture) (evidence.View, error) {
	if view == "" {
		view = c.Lead.View
	}
	if view != "" {
		return s.View(view)
	}
	if len(s.Views) == 1 {
		return s.Views[0], nil
	}
	target := c.Lead.URL
	if u, err := url.Parse(target); err == nil {
		target = u.RequestURI()
	}
	var patterns []string
	for _, v := range s.Views {
		if v.Match == "" {
			continue
		}
		match, err := regexp.Compile(v.Match)
		if err != nil {
			return v, fmt.Errorf("declaration of source %s, view %s: %w: match: %w", s.ID, v.Name, evidence.ErrInvalid, err)
		}
		if match.MatchString(target) {
			return v, nil
		}
		patterns = append(patterns, v.Name+" "+v.Match)
	}
	return evidence.View{}, fmt.Errorf("read %s (source %s): %w: no view reads this address: %s", c.Lead.URL, s.ID, evidence.ErrInvalid, strings.Join(patterns, ", "))
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// check holds what every reader promises: statements add up, and nothing is
// said that the vocabulary does not know.
func check(in draft.Input, d draft.Draft) error {
	skipped := 0
	for _, n := range d.Skipped {
		skipped += n
	}
	if d.Rows != len(d.Records)+len(d.Quarantined)+skipped {
		return fmt.Errorf("read %s: %d statements, but %d records, %d quarantined and %d skipped: the reader %s is at fault",
			in.Where(), d.Rows, len(d.Records), len(d.Quarantined), skipped, in.View.Read)
	}
	types := vocabularyOf(d.Records)
	for _, r := range d.Records {
		typ, ok := types[r.Type]
		if !ok {
			return fmt.Errorf("read %s: %w: the vocabulary has no record type %q", in.Where(), evidence.ErrInvalid, r.Type)
		}
		for name, value := range r.Fields {
			field, ok := typ.Field(name)
			if !ok {
				return fmt.Errorf("read %s: %w: %s has no field %q", in.Where(), evidence.ErrInvalid, r.Type, name)
			}
			if _, marked := r.Marks[name]; marked || in.View.Set[name] != value {
				continue
			}
			if v, err := norm.Value(field, "", value); err != nil || v != value {
				return fmt.Errorf("declaration of %s: %w: set %s: %q is not a %s in its canonical form", in.Where(), evidence.ErrInvalid, name, value, field.Kind)
			}
		}
	}
	return nil
}

// normVersion names the rules of package norm.
const normVersion = "norm/1"

// reader names what made a reading.
func reader(k kind) string { return k.version + "+" + normVersion + "+" + mask.Version }
