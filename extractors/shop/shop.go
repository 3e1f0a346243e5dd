// Package shop reads shops on platforms: the page of a shop (Read) and the
// reviews of its buyers (Reviews).
//
// A shop's page is read by its labels like any other (package detail); what no
// label says is read as on operators' own sites (package storefront): the
// licence shown, the return policy, absolute terms, how fresh the goods are.
// The shop's own identifier, PLATFORM/SHOP, is put beside its operator's, so
// that a shop of a natural person has one too, and the leads to reviews and
// complaints are about that operator, since those pages do not say who it is.
package shop

import (
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"probity/extractors/detail"
	"probity/extractors/draft"
	"probity/extractors/rows"
	"probity/extractors/storefront"
	"probity/pipeline/evidence"
)

// Version is the name and version of this reader.
const Version = "shop/1+" + detail.Version + "+" + rows.Version + "+" + storefront.Version + "+" + storefront.TermsVersion

// Read reads the page of one shop. Options: licence, goods, goods_date (CSS
// selectors that narrow where these are looked for), terms (the absolute
// terms, parted by blanks, in place of the built-in table). What a label says
// wins over what is read from the page.
func Read(in draft.Input) (draft.Draft, error) {
	if in.Page == nil || in.Page.Doc == nil {
		return draft.Draft{}, in.Unlike("a web page", in.Capture.Type)
	}
	d, err := detail.Read(in)
	if err != nil {
		return d, err
	}
	for i := range d.Records {
		if d.Records[i].Type == "shop" {
			s := shopPage{in: in, rec: &d.Records[i]}
			s.identify()
			s.read()
		}
	}
	d.Persons = append(d.Persons, storefront.Persons(in.Page)...)
	if len(d.Records) == 1 {
		about(in, d.Leads, d.Records[0].Subjects())
	}
	return d, nil
}

type shopPage struct {
	in  draft.Input
	rec *evidence.Record
}

// identify puts the shop beside its operator's identifiers, and takes from
// the kind of operator whether a natural person is named.
func (s *shopPage) identify() {
	platform, id := s.rec.Fields["platform"], s.rec.Fields["shop_id"]
	for i := range s.rec.Parties {
		p := &s.rec.Parties[i]
		if p.Role != evidence.RoleSubject {
			continue
		}
		if kind := s.rec.Fields["operator_kind"]; kind != "" {
			p.Kind = kind
		}
		own := evidence.Identifier{Scheme: evidence.Shop, Value: platform + "/" + id}
		if platform != "" && id != "" && !slices.Contains(p.Identifiers, own) {
			p.Identifiers = append(slices.Clone(p.Identifiers), own)
			slices.SortStableFunc(p.Identifiers, func(a, b evidence.Identifier) int { return a.Scheme.Rank() - b.Scheme.Rank() })
		}
	}
}

// about says of leads to further pages of the shop whom they are about, where
// their place on the page does not.
func about(in draft.Input, leads []evidence.Lead, subjects []evidence.Party) {
	if len(subjects) != 1 {
		return
	}
	for i := range leads {
		l := &leads[i]
		declared := slices.ContainsFunc(in.View.Next, func(f evidence.Follow) bool {
			return f.About && f.View == l.View && (f.Source == l.Source || f.Source == "" && l.Source == in.Source.ID)
		})
		if declared {
			p := subjects[0]
			l.About = &p
		}
	}
}

func (s *shopPage) put(field string, v storefront.Shown) {
	if _, said := s.rec.Fields[field]; said || v.Value == "" {
		return
	}
	s.rec.Fields[field] = v.Value
	switch {
	case v.Original != "":
		s.rec.Citations = append(s.rec.Citations, evidence.Citation{Field: field, Place: s.in.Page.Place(v.Start, v.End), Original: v.Original})
	case v.End > v.Start:
		s.in.Cite(s.rec, field, v.Start, v.End)
	}
}

func (s *shopPage) read() {
	if s.rec.Fields == nil {
		s.rec.Fields = map[string]string{}
	}
	p := s.in.Page
	licence := storefront.ReadLicence(p, s.section("licence"), p.Doc.Find(s.in.View.Rows))
	at := licence.At
	at.Value = licence.Display
	s.put("licence_display", at)
	policy, ok := storefront.ReturnPolicy(p)
	policy.Value = strconv.FormatBool(ok)
	s.put("return_policy", policy)
	if _, said := s.rec.Fields["absolute_terms"]; !said {
		s.terms()
	}
	s.put("latest_goods", storefront.LatestGoods(p, s.in.View.Options["goods_date"]))
}

func (s *shopPage) terms() {
	terms := storefront.Terms()
	if own := s.in.View.Options["terms"]; own != "" {
		terms = strings.Fields(own)
	}
	names := []string{s.rec.Fields["shop_name"]}
	for _, p := range s.rec.Parties {
		names = append(names, p.Name)
	}
	found := storefront.AbsoluteTerms(s.in.Page, s.section("goods"), terms, names...)
	s.put("absolute_terms", storefront.Shown{Value: strconv.Itoa(len(found))})
	for _, f := range found {
		s.in.Cite(s.rec, "absolute_terms", f.Start, f.End)
	}
}

func (s *shopPage) section(option string) *goquery.Selection {
	if selector := s.in.View.Options[option]; selector != "" {
		if found := s.in.Page.Doc.Find(selector); found.Length() > 0 {
			return found.First()
		}
	}
	return nil
}
