package shop

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"probity/extractors/draft"
	"probity/extractors/links"
	"probity/extractors/norm"
	"probity/extractors/storefront"
	"probity/pipeline/evidence"
)

// ReviewsVersion is the name and version of the reader of reviews.
const ReviewsVersion = "reviews/1"

// Reviews reads a list of reviews. The view's rows select one review each; its
// options say where the parts stand, as a CSS selector within the review,
// @name for an attribute of it, or selector@name: shop_id (also outside of the
// review), review_id, stars, date, text, author, suspect, and platform, which
// is a plain word. A review is about whom the lead says, else about the shop.
//
// Of the author only a masked name is kept: nicknames are personal data that
// no evaluation needs (PIPL art. 6). A review without date or stars is
// quarantined.
func Reviews(in draft.Input) (draft.Draft, error) {
	var d draft.Draft
	if in.Page == nil || in.Page.Doc == nil {
		return d, in.Unlike("a web page", in.Capture.Type)
	}
	nodes, err := in.Page.Select(in.View.Rows)
	if err != nil {
		return d, fmt.Errorf("declaration of %s: rows: %w", in.Where(), err)
	}
	if len(nodes) == 0 && (in.View.Empty == "" || !strings.Contains(norm.Text(in.Page.Text), norm.Text(in.View.Empty))) {
		return d, in.Unlike("no review at " + in.View.Rows + ", and not the text of an empty list " + strconv.Quote(in.View.Empty))
	}
	seen := map[string]bool{}
	for _, n := range nodes {
		d.Rows++
		r := review{in: in, node: n}
		rec, why := r.record()
		if author := r.part("author"); author.Value != "" {
			d.Hidden = append(d.Hidden, in.Page.Place(author.Start, author.End))
		}
		switch {
		case why != "":
			start, end := in.Page.Range(n)
			d.Quarantined = append(d.Quarantined, evidence.Quarantine{Place: in.Page.Place(start, end), Reason: why, Text: in.Page.Slice(start, end), Names: r.names()})
		case seen[rec.Key]:
			if d.Skipped == nil {
				d.Skipped = map[string]int{}
			}
			d.Skipped["同一评价在本页重复出现"]++
		default:
			seen[rec.Key] = true
			d.Records = append(d.Records, rec)
		}
	}
	if d.Leads, err = links.Leads(in, nil); err != nil {
		return d, err
	}
	for i := range d.Leads { // the next page is about the same shop
		if d.Leads[i].About == nil && d.Leads[i].Source == in.Source.ID {
			d.Leads[i].About = in.Capture.Lead.About
		}
	}
	return d, nil
}

type review struct {
	in   draft.Input
	node *html.Node
}

// record makes the record of one review, or says why not.
func (r review) record() (rec evidence.Record, why string) {
	rec = evidence.Record{Type: "review", Fields: map[string]string{}}
	put := func(field string, v storefront.Shown, err error) string {
		if err != nil {
			typ, _ := evidence.TypeOf("review")
			f, _ := typ.Field(field)
			return f.Title + "读不出"
		}
		if v.Value == "" {
			return ""
		}
		rec.Fields[field] = v.Value
		switch {
		case v.Original != "":
			rec.Citations = append(rec.Citations, evidence.Citation{Field: field, Place: r.in.Page.Place(v.Start, v.End), Original: v.Original})
		case v.End > v.Start:
			r.in.Cite(&rec, field, v.Start, v.End)
		}
		return ""
	}
	stars := r.part("stars")
	var err error
	stars.Value, err = Stars(stars.Value)
	if why := put("stars", stars, err); why != "" {
		return rec, why
	}
	date := r.part("date")
	day, err := norm.Date(norm.Text(date.Value), "")
	date.Value = string(day)
	if why := put("date", date, err); why != "" {
		return rec, why
	}
	shop := r.part("shop_id")
	if shop.Value == "" {
		shop = storefront.Shown{Value: r.aboutShop()}
	}
	_ = put("shop_id", shop, nil)
	_ = put("review_id", r.part("review_id"), nil)
	text := r.part("text")
	text.Value = norm.Text(text.Value)
	_ = put("text", text, nil)
	if author := r.part("author"); author.Value != "" {
		rec.Fields["author"] = norm.Person(author.Value)
	}
	if suspect := r.part("suspect"); suspect.Value != "" { // an unmarked review is not said to be genuine
		suspect.Value = "true"
		_ = put("suspect", suspect, nil)
	}
	for field, value := range r.in.View.Set {
		if rec.Fields[field] == "" {
			rec.Fields[field] = value
		}
	}
	if rec.Parties = r.parties(rec.Fields["shop_id"]); rec.Parties == nil {
		return rec, "看不出是哪一家店铺的评价"
	}
	id := rec.Fields["review_id"]
	if id == "" { // the publisher numbers none: what a review says is its key
		id = rec.Fields["date"] + evidence.DigestBytes([]byte(r.part("author").Value+"\n"+text.Value))
	}
	rec.Key = evidence.Fold(rec.Fields["shop_id"], id)
	return rec, ""
}

// parties is whom the lead is about, else the shop by its identifier.
func (r review) parties(shopID string) []evidence.Party {
	if about := r.in.Capture.Lead.About; about != nil {
		p := *about
		p.Role = evidence.RoleSubject
		return []evidence.Party{p}
	}
	platform := r.in.View.Options["platform"]
	if platform == "" || shopID == "" {
		return nil
	}
	return []evidence.Party{{Role: evidence.RoleSubject, Identifiers: []evidence.Identifier{{Scheme: evidence.Shop, Value: platform + "/" + shopID}}}}
}

// aboutShop is the number of the shop that the lead is about.
func (r review) aboutShop() string {
	if about := r.in.Capture.Lead.About; about != nil {
		for _, id := range about.Identifiers {
			if id.Scheme == evidence.Shop {
				_, number, _ := strings.Cut(id.Value, "/")
				return number
			}
		}
	}
	return ""
}

// names are the identifiers of whom a review might concern.
func (r review) names() []string {
	var out []string
	if about := r.in.Capture.Lead.About; about != nil {
		for _, id := range about.Identifiers {
			out = append(out, id.String())
		}
	}
	return out
}

// part finds a part of the review by the option of its name.
func (r review) part(name string) storefront.Shown {
	option := r.in.View.Options[name]
	if option == "" {
		return storefront.Shown{}
	}
	selector, attribute, isAttribute := strings.Cut(option, "@")
	n := r.node
	if selector = strings.TrimSpace(selector); selector != "" {
		found := r.in.Page.Doc.FindNodes(r.node).Find(selector)
		if found.Length() == 0 && name == "shop_id" {
			found = r.in.Page.Doc.Find(selector)
		}
		if found.Length() == 0 {
			return storefront.Shown{}
		}
		n = found.Get(0)
	}
	if !isAttribute {
		start, end := r.in.Page.Range(n)
		return storefront.Shown{Value: r.in.Page.Slice(start, end), Start: start, End: end}
	}
	for _, a := range n.Attr {
		if a.Key == attribute {
			start, _ := r.in.Page.Range(n)
			return storefront.Shown{Value: strings.TrimSpace(a.Val), Start: start, End: start, Original: a.Val}
		}
	}
	return storefront.Shown{}
}

var (
	percent  = regexp.MustCompile(`(\d{1,3})(?:\.\d+)?\s*%`)
	inScale  = regexp.MustCompile(`^(?:评分|星级)?\s*[：:]?\s*([0-5](?:\.\d)?)\s*(?:分|星|颗星|/\s*5)?$`)
	cnScale  = regexp.MustCompile(`^([一二三四五])星$`)
	starName = regexp.MustCompile(`star[-_s]*([1-5])\b`)
)

// Stars reads a rating of at most five stars: ★★★★☆ (counted), 4, 4.5分, 四星, a
// class like star-4, or the width of a bar in percent.
func Stars(s string) (string, error) {
	s = strings.TrimSpace(norm.Narrow(s))
	if full := strings.Count(s, "★"); full > 0 || strings.Contains(s, "☆") {
		if full > 5 {
			return "", fmt.Errorf("read stars: %w: more than five", evidence.ErrInvalid)
		}
		return strconv.Itoa(full), nil
	}
	if m := inScale.FindStringSubmatch(s); m != nil {
		if v, err := norm.Number(m[1], ""); err == nil && (m[1][0] != '5' || v == "5") {
			return v, nil
		}
	}
	if m := cnScale.FindStringSubmatch(s); m != nil {
		return norm.Number(m[1], "")
	}
	if m := starName.FindStringSubmatch(s); m != nil {
		return m[1], nil
	}
	if m := percent.FindStringSubmatch(s); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n <= 100 && n%10 == 0 {
			return norm.Number(strconv.FormatFloat(float64(n)/20, 'f', 1, 64), "")
		}
	}
	return "", fmt.Errorf("read stars: %w: want one to five stars", evidence.ErrInvalid)
}
