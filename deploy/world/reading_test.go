package world_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"probity/crawler/charset"
	"probity/deploy/world"
	"probity/extractors"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// A library is what a crawl of the world on one day brings home: every page
// that the declarations lead to, with what is read of it.
type library struct {
	t       *testing.T
	sources map[string]evidence.Source
	world   http.Handler
	seen    map[string]bool
	pages   map[string][]page            // by source
	records map[string][]evidence.Record // by source and view
	faults  []string                     // quarantined rows, unread labels, marks
	queue   []evidence.Lead
}

// A page is an exchange with the text that was read.
type page struct {
	evidence.Exchange
	text string
	said string // all that is made of it
}

// gather crawls with the declarations and the extractors themselves.
func gather(t *testing.T, set *declare.Set, w *world.World, day int) *library {
	t.Helper()
	l := &library{
		t: t, sources: set.Sources, world: w.Handler(func() int { return day }), seen: map[string]bool{},
		pages: map[string][]page{}, records: map[string][]evidence.Record{},
	}
	for _, id := range declare.Names(set.Sources) {
		if id == "internal-drafts" {
			continue // robots forbid it
		}
		for _, s := range set.Sources[id].Start {
			lead, err := evidence.NewLead(id, s.URL)
			if err != nil {
				t.Fatal(err)
			}
			lead.View = s.View
			l.add(lead)
		}
	}
	for len(l.queue) > 0 {
		lead := l.queue[0]
		l.queue = l.queue[1:]
		l.visit(lead)
	}
	return l
}

func (l *library) add(lead evidence.Lead) {
	if key := lead.Source + lead.Key(); !l.seen[key] {
		l.seen[key] = true
		l.queue = append(l.queue, lead)
	}
}

// fetch asks twice where the first visit of a day is refused; a connection
// that is closed without a word has no answer.
func (l *library) fetch(lead evidence.Lead) (out *httptest.ResponseRecorder) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	for range 2 {
		r := httptest.NewRequest(lead.Method, lead.URL, strings.NewReader(lead.Body))
		if lead.Method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		out = httptest.NewRecorder()
		if l.world.ServeHTTP(out, r); out.Code != http.StatusTooManyRequests {
			break
		}
	}
	return out
}

func (l *library) visit(lead evidence.Lead) {
	out := l.fetch(lead)
	u, err := url.Parse(lead.URL)
	if err != nil {
		l.t.Fatal(err)
	}
	if out != nil && out.Code == http.StatusFound {
		to, err := u.Parse(out.Header().Get("Location"))
		if err != nil {
			l.t.Fatal(err)
		}
		lead.URL = to.String()
		l.add(lead)
		return
	}
	if out == nil || out.Code != http.StatusOK {
		return
	}
	src := l.sources[lead.Source]
	c := evidence.Capture{Lead: lead, Status: out.Code, Type: out.Header().Get("Content-Type")}
	c.Charset = charset.Decide(c.Type, out.Body.Bytes(), src.Charset, u.Hostname())
	x := evidence.Exchange{Capture: c, Header: out.Header(), Body: out.Body.Bytes()}
	reading, err := read(src, x)
	if err != nil {
		l.faults = append(l.faults, err.Error())
		return
	}
	l.pages[src.ID] = append(l.pages[src.ID], page{x, reading.Text, said(reading, nil)})
	l.note(lead, reading)
}

func (l *library) note(lead evidence.Lead, reading evidence.Reading) {
	for _, q := range reading.Quarantined {
		l.faults = append(l.faults, fmt.Sprintf("%s: quarantined %s: %s", lead.URL, q.Reason, q.Text))
	}
	for label := range reading.Unread {
		l.faults = append(l.faults, fmt.Sprintf("%s: nobody reads %s", lead.URL, label))
	}
	for _, r := range reading.Records {
		for field, why := range r.Marks {
			if !strings.Contains(why, "隐去") {
				l.faults = append(l.faults, fmt.Sprintf("%s: %s %s: %s", lead.URL, field, why, r.Fields[field]))
			}
		}
		l.records[r.Source+"/"+r.View] = append(l.records[r.Source+"/"+r.View], r)
	}
	for _, next := range reading.Leads {
		l.add(next)
	}
}

func read(src evidence.Source, x evidence.Exchange) (evidence.Reading, error) {
	return extractors.Read(extractors.Settings{Source: src, PersonKey: []byte("nobody is real")}, x.Capture.Lead.View, x)
}

// find returns the record of a view that has a number, or a value of another
// field, and is about the party.
func (l *library) find(view, field, value string, p world.Party) map[string]string {
	for _, r := range l.records[view] {
		if evidence.FoldNumber(r.Fields[field]) != evidence.FoldNumber(value) {
			continue
		}
		for _, s := range r.Subjects() {
			about := evidence.FoldName(s.Name) == evidence.FoldName(p.Name)
			for _, id := range s.Identifiers {
				about = about || id.Value == p.USCC || id.Value == p.RegNo || id.Value == p.OrgCode
			}
			if about {
				return r.Fields
			}
		}
	}
	l.t.Errorf("no record of %s with %s %s about %s", view, field, value, p.Name)
	return nil
}

func TestPagesAndDeclarationsFit(t *testing.T) {
	set, w := declared(t), world.New(7)
	l := gather(t, set, w, 2)
	t.Run("every row and label of every page is read", func(t *testing.T) {
		for _, fault := range l.faults {
			t.Error(fault)
		}
	})
	t.Run("every page is read as it was meant", func(t *testing.T) {
		l.t = t
		l.meant(w)
	})
	t.Run("every label of the declarations matters", func(t *testing.T) {
		l.t = t
		l.mattering()
	})
}

// meant compares what was read with what the world had to say on day 2.
func (l *library) meant(w *world.World) {
	same := func(what string, got, want map[string]string) {
		for field, value := range want {
			if got[field] != value {
				l.t.Errorf("%s: %s is read as %q, meant was %q", what, field, got[field], value)
			}
		}
	}
	for channel, view := range map[string]string{
		world.PenaltyPages: "penalty-pages/detail", world.Penalty2018: "penalty-2018/table", world.Penalty2015: "penalty-2015/table", world.CreditSite: "credit-site/list",
	} {
		for _, p := range w.Penalties(channel, 2) {
			same(view+" "+p.ID, l.find(view, "number", p.Number, p.Party), map[string]string{
				"date": string(p.Date), "authority": p.Authority, "amount": amount(p.Fine), "conduct": p.Conduct,
				"kinds": strings.Join(slices.Sorted(slices.Values(p.Kinds)), ";"),
			})
		}
	}
	for _, j := range w.Judgments(2) {
		if strings.Contains(j.Number, "×") {
			continue
		}
		want := map[string]string{
			"court": j.Court, "date": string(j.Date), "effective": string(j.Effective), "in_effect": strconv.FormatBool(j.InEffect), "cause": j.Cause,
			"category": j.Category, "instance": j.Instance, "outcome": j.Outcome, "disposition": j.Disposition,
		}
		if j.Outcome != "won" {
			want["amount"] = amount(j.Amount)
		}
		same("judgment "+j.ID, l.find("court/document", "number", j.Number, j.Party), want)
	}
	for i, site := range w.Sites {
		if s := w.Site(i, 2); s.Down == "" {
			same("site "+site.Host, l.only("own-sites/home", "host", site.Host), map[string]string{
				"licence_display": s.Licence, "shown_name": s.Name, "shown_uscc": s.USCC, "shown_address": s.Address, "icp_number": s.ICP, "police_number": s.Police,
				"privacy_policy": strconv.FormatBool(s.Privacy), "return_policy": strconv.FormatBool(s.ReturnPolicy),
				"absolute_terms": strconv.Itoa(len(s.AbsoluteTerms)), "latest_content": string(s.LatestContent), "latest_goods": string(s.LatestGoods),
			})
		}
	}
	for i, shop := range w.Shops {
		s := w.Shop(i, 2)
		same("shop "+shop.ID, l.only("platform-shops/shop", "shop_id", shop.ID), map[string]string{
			"licence_display": s.Licence, "shop_name": s.Name, "opened": string(s.Opened), "operator_since": string(s.Since), "operator_kind": s.Kind,
			"identity_verified": strconv.FormatBool(s.Verified), "return_policy": strconv.FormatBool(s.ReturnPolicy),
			"absolute_terms": strconv.Itoa(len(s.AbsoluteTerms)), "latest_goods": string(s.LatestGoods),
		})
	}
}

// only returns the record of a view with a value in a field.
func (l *library) only(view, field, value string) map[string]string {
	for _, r := range l.records[view] {
		if r.Fields[field] == value {
			return r.Fields
		}
	}
	l.t.Errorf("no record of %s with %s %s", view, field, value)
	return nil
}

// amount writes money as records do; none is empty.
func amount(m world.Money) string {
	if m == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%02d", m/100, m%100)
}

// mattering misspells each label of each declaration in turn: something else
// must be read then.
func (l *library) mattering() {
	for _, id := range slices.Sorted(maps.Keys(l.pages)) {
		src := l.sources[id]
		for vi, view := range src.Views {
			for fi, field := range view.Fields {
				for spelling := range strings.SplitSeq(field.Label, "|") {
					wrong := src
					wrong.Views = slices.Clone(src.Views)
					wrong.Views[vi].Fields = slices.Clone(view.Fields)
					wrong.Views[vi].Fields[fi].Label = strings.Replace(field.Label, spelling, "不"+spelling, 1)
					if !l.differs(wrong, spelling) {
						l.t.Errorf("source %s, view %s: the label %s may be wrong and nobody sees it", id, view.Name, spelling)
					}
				}
			}
		}
	}
}

// differs reports whether some page that has the label is read otherwise.
func (l *library) differs(wrong evidence.Source, label string) bool {
	return slices.ContainsFunc(l.pages[wrong.ID], func(p page) bool {
		return strings.Contains(p.text, label) && p.said != said(read(wrong, p.Exchange))
	})
}

// said is all that was made of a page, as one text.
func said(r evidence.Reading, err error) string {
	if err != nil {
		return err.Error()
	}
	b, err := json.Marshal([]any{r.Records, r.Leads, r.Quarantined, r.Unread, r.Skipped})
	if err != nil {
		return err.Error()
	}
	return string(b)
}
