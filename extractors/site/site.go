// Package site reads the home page of an operator's own site as a probe: what
// it shows of the licence (亮照), names, codes and filing numbers, its policies,
// its claims, and how fresh it is. One page gives one record, site_probe, about
// whom the lead says the site belongs to; the site's own word on that is a
// finding, not an identity.
//
// It refuses to conclude from an error page that a site shows nothing: such a
// page is not what the source says, even with status 200, and never replaces
// what was seen before. That a site is not available is said only where the
// exchange says so (404, 410, 5xx) and the view declares that it counts.
package site

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"probity/extractors/draft"
	"probity/extractors/norm"
	"probity/extractors/storefront"
	"probity/pipeline/evidence"
)

// Version is the name and version of this reader.
const Version = "site/1+" + storefront.Version + "+" + storefront.TermsVersion

// faulty are the words of pages that stand in for a site.
var faulty = regexp.MustCompile(`系统繁忙|请稍后再试|服务器(?:内部)?错误|错误代码|网站(?:正在)?(?:维护|升级|建设)中?|正在维护|页面不存在|无法访问|域名已?过期|未备案，暂时无法|网站已?(?:关闭|暂停)|(?i:bad gateway|service unavailable|internal server error|it works!|welcome to nginx)`)

// Read reads one probe. Options: licence, goods, goods_date, content_date (CSS
// selectors that narrow where these are looked for), terms (the absolute
// terms, parted by blanks, in place of the built-in table), unavailable: state
// (an error answer is a statement that the site is not available, without it
// the answer is refused and the look failed).
func Read(in draft.Input) (draft.Draft, error) {
	host := hostOf(in.Capture.Lead.URL)
	if host == "" {
		return draft.Draft{}, in.Unlike("a page with a host", in.Capture.Lead.URL)
	}
	rec := evidence.Record{Type: "site_probe", Key: evidence.Fold(host), Fields: map[string]string{"host": host}, Parties: parties(in, host)}
	s := &probe{in: in, rec: &rec}
	switch status := in.Capture.Status; {
	case in.View.Options["unavailable"] == "state" && (status == 404 || status == 410 || status >= 500):
		rec.Fields["available"] = "false"
		return one(rec), nil
	case !in.Capture.OK():
		return draft.Draft{}, in.Unlike("no home page", "status "+strconv.Itoa(status))
	case in.Page == nil || in.Page.Doc == nil:
		return draft.Draft{}, in.Unlike("a web page", in.Capture.Type)
	}
	if in.Page.Len() < 600 && faulty.MatchString(in.Page.Title+"\n"+in.Page.Text) || in.Page.Len() == 0 {
		return draft.Draft{}, in.Unlike("a home page 不是网站首页，像是错误页或维护页")
	}
	rec.Fields["available"] = "true"
	s.read()
	d := one(rec)
	d.Persons = storefront.Persons(in.Page)
	return d, nil
}

func one(rec evidence.Record) draft.Draft {
	var d draft.Draft
	d.Rows, d.Records = 1, []evidence.Record{rec}
	return d
}

// parties is whom the lead is about, with the site beside its identifiers.
func parties(in draft.Input, host string) []evidence.Party {
	p := evidence.Party{Role: evidence.RoleSubject}
	if about := in.Capture.Lead.About; about != nil {
		p = *about
		p.Role = evidence.RoleSubject
	}
	id := evidence.Identifier{Scheme: evidence.Site, Value: host}
	p.Identifiers = slices.Clone(p.Identifiers)
	if !slices.Contains(p.Identifiers, id) {
		p.Identifiers = append(p.Identifiers, id) // of the lowest rank but for other sites
	}
	return []evidence.Party{p}
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

type probe struct {
	in  draft.Input
	rec *evidence.Record
}

// put stores a field with its place; a value without one is cited nowhere.
func (s *probe) put(field string, v storefront.Shown) {
	if v.Value == "" {
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

func (s *probe) mark(field, why string) {
	if s.rec.Marks == nil {
		s.rec.Marks = map[string]string{}
	}
	s.rec.Marks[field] = why
}

// flag stores yes with the place that shows it, or no.
func (s *probe) flag(field string, v storefront.Shown, ok bool) {
	v.Value = strconv.FormatBool(ok)
	s.put(field, v)
}

func (s *probe) read() {
	p := s.in.Page
	if strings.HasPrefix(s.in.Capture.Lead.URL, "https:") {
		s.put("https_valid", storefront.Shown{Value: strconv.FormatBool(s.in.Capture.TLSFault == "")})
	}
	licence := storefront.ReadLicence(p, s.section("licence"), nil)
	at := licence.At
	at.Value = licence.Display
	s.put("licence_display", at)
	var known string
	if about := s.in.Capture.Lead.About; about != nil {
		known = about.Name
	}
	if licence.Name.Value == "" {
		licence.Name = storefront.CopyrightName(p, known)
	}
	s.put("shown_name", licence.Name)
	s.put("shown_uscc", licence.Code)
	if licence.CodeFault {
		s.mark("shown_uscc", "不符合任何代码的校验规则，按原文保留")
	}
	s.put("shown_address", licence.Address)
	s.filings()
	policy, ok := storefront.PrivacyPolicy(p)
	s.flag("privacy_policy", policy, ok)
	policy, ok = storefront.ReturnPolicy(p)
	s.flag("return_policy", policy, ok)

	terms := storefront.Terms()
	if own := s.in.View.Options["terms"]; own != "" {
		terms = strings.Fields(own)
	}
	found := storefront.AbsoluteTerms(p, s.section("goods"), terms, known, licence.Name.Value)
	s.put("absolute_terms", storefront.Shown{Value: strconv.Itoa(len(found))})
	for _, f := range found {
		s.in.Cite(s.rec, "absolute_terms", f.Start, f.End)
	}
	s.put("latest_content", storefront.LatestContent(p, s.in.View.Options["content_date"]))
	s.put("latest_goods", storefront.LatestGoods(p, s.in.View.Options["goods_date"]))
}

// filings are the first ICP and public-security filing numbers on the page.
func (s *probe) filings() {
	for field, found := range map[string][]norm.Found{
		"icp_number": norm.ICPs(s.in.Page.Text), "police_number": norm.PoliceFilings(s.in.Page.Text),
	} {
		if len(found) > 0 {
			s.put(field, storefront.Shown{Value: found[0].Value, Start: found[0].Start, End: found[0].End})
		}
	}
}

// section is the element of the option's selector, or nil.
func (s *probe) section(option string) *goquery.Selection {
	selector := s.in.View.Options[option]
	if selector == "" {
		return nil
	}
	if found := s.in.Page.Doc.Find(selector); found.Length() > 0 {
		return found.First()
	}
	return nil
}
