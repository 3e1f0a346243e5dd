// Package judgment reads a court's judgment in the official structure
// (DOMAIN 2.5): title, court, kind of document, case number, parties, how the
// case came, claims, facts, reasons, 判决如下, judges and date.
//
// One page gives one record for each party that is an operator: an
// organisation that was sued, or one that has to pay or stop by the ruling, or
// one that sued. What counts is the ruling and its result for that party.
// Natural persons are named beside, never as subject.
//
// It refuses what is no judgment on the merits: mediation, rulings of first
// instance, criminal and family cases (法释〔2016〕19号 art. 4) are declared
// skips. A masked number or name (×××, 某某) makes a record that is kept,
// marked and linked to nobody, since the text does not say whom it is about.
package judgment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"probity/extractors/detail"
	"probity/extractors/draft"
	"probity/extractors/norm"
	"probity/extractors/rows"
	"probity/pipeline/evidence"
)

// Version is the name and version of this reader.
const Version = "judgment/1+" + CausesVersion + "+" + detail.Version + "+" + rows.Version

// Marks that a record bears where it cannot be linked.
const (
	MarkNumber = "案号已隐去，无法据以关联"
	MarkParty  = "当事人名称已隐去，无法关联"
)

// Read reads one judgment. The view's option text is the CSS selector of the
// judgment's text, without it the whole page is read. Its rows, if declared,
// is a block of labels beside the text, read by the view's fields: what stands
// there wins over what the text says, save the result, which only the ruling
// tells. Read errs, wrapping evidence.ErrInvalid, where the page is no court
// document.
func Read(in draft.Input) (draft.Draft, error) {
	var out draft.Draft
	t, err := open(in)
	if err != nil {
		return out, err
	}
	out.Title, out.Rows = t.title, 1
	out.Persons, out.Hidden, out.Unread = t.persons, t.hidden, t.unread
	if reason := t.skip(); reason != "" {
		out.Skipped = map[string]int{reason: 1}
		return out, nil
	}
	if fault := t.fault(); fault != "" {
		out.Quarantined = []evidence.Quarantine{t.quarantine(fault)}
		return out, nil
	}
	r := t.ruling()
	for i, p := range t.parties {
		if t.concerns(p, r) {
			out.Records = append(out.Records, t.record(i, r))
		}
	}
	out.Rows = max(1, len(out.Records))
	if len(out.Records) == 0 {
		out.Skipped = map[string]int{"没有经营主体作为当事人": 1}
	}
	return out, nil
}

// skip tells a document that is no statement about an operator, and why.
func (t *text) skip() string {
	switch {
	case t.number.Masked && t.number.Type == "":
		return ""
	case strings.Contains(t.kind, "调解"):
		return "调解书，依法不公开"
	case strings.Contains(t.number.Type, "刑") || strings.HasPrefix(t.kind, "刑事"):
		return "刑事文书，不属采集范围"
	case strings.ContainsAny(t.number.Type, "执") || strings.HasPrefix(t.kind, "执行"):
		return "执行文书，由执行信息来源提供"
	case containsAny(t.cause, "离婚", "抚养", "监护", "收养", "继承", "婚约"):
		return "婚姻家庭、继承案件，不予采集"
	case strings.Contains(t.kind, "决定"), strings.Contains(t.kind, "通知"):
		return "决定书或通知书，未作实体处理"
	case strings.Contains(t.kind, "裁定") && t.instance() == "1":
		return "一审裁定书，未作实体处理"
	}
	return ""
}

// fault tells a judgment that lacks what a record cannot be without.
func (t *text) fault() string {
	switch {
	case t.unlabelled != "":
		return t.unlabelled
	case t.labels.Fields["number"] != "" && !norm.SameNumber(t.labels.Fields["number"], t.number.String()):
		return "标签所载案号与正文不一致"
	case len(t.parties) == 0:
		return "读不出当事人"
	case t.decided.text == "":
		return "没有“判决如下”或“裁定如下”部分"
	case t.date.Value == "":
		return "读不出裁判日期"
	}
	return ""
}

func (t *text) quarantine(reason string) evidence.Quarantine {
	var names []string
	for _, p := range t.parties {
		if p.organisation() {
			names = append(names, evidence.FoldName(p.name))
			for _, id := range p.ids {
				names = append(names, id.String())
			}
		}
	}
	head := t.body.text
	if r := []rune(head); len(r) > 400 {
		head = string(r[:400])
	}
	return evidence.Quarantine{Place: t.in.Page.Place(t.body.start, t.body.end()), Reason: reason, Text: head, Names: names}
}

// concerns reports whether a record is made about the party: it is an
// organisation that was a party to the dispute, not a third party to it
// unless it has to do something.
func (t *text) concerns(p party, r ruling) bool {
	return p.organisation() && (p.side != sideThird || r.owes(p))
}

// record makes the record about party i.
func (t *text) record(i int, r ruling) evidence.Record {
	subject := t.parties[i]
	rec := evidence.Record{Type: "judgment", Fields: map[string]string{}}
	put := func(field, value string, at span) {
		if value == "" || rec.Fields[field] != "" {
			return
		}
		rec.Fields[field] = value
		if at = t.trim(at); at.end > at.start {
			t.in.Cite(&rec, field, at.start, at.end)
		}
	}
	labelled := map[string]bool{}
	for field, value := range t.labels.Fields {
		if field != "outcome" && field != "amount" {
			rec.Fields[field], labelled[field] = value, true
		}
	}
	for _, c := range t.labels.Citations {
		if labelled[c.Field] {
			rec.Citations = append(rec.Citations, c)
		}
	}
	put("number", t.number.String(), t.numberAt)
	put("court", t.court, t.courtAt)
	put("date", t.date.Value, span{t.date.Start, t.date.End})
	put("cause", t.cause, t.causeAt)
	put("category", category(rec.Fields["cause"], t.number.Type), t.causeAt)
	put("instance", t.instance(), t.numberAt)
	put("appealed", t.below.Value, span{t.below.Start, t.below.End})
	put("disposition", r.disposition, r.at)
	outcome, amount, at := t.result(i, r)
	put("outcome", outcome, at)
	put("amount", amount, at)
	switch {
	case t.effective.Value != "" || t.inEffect.end > 0:
		put("in_effect", "true", t.inEffect)
	case t.final():
		put("in_effect", "true", t.numberAt)
	}
	put("effective", t.effective.Value, span{t.effective.Start, t.effective.End})

	rec.Parties = t.partiesFor(i)
	t.in.Cite(&rec, "party.name", subject.at.start, subject.at.end)
	rec.Key = evidence.Fold(t.number.String(), keyOf(subject))
	for field, why := range t.labels.Marks {
		mark(&rec, field, why)
	}
	if t.number.Masked {
		mark(&rec, "number", MarkNumber)
		// Masked numbers are alike: what else the publisher tells documents
		// apart by must do, and that is the document's own address.
		rec.Key = evidence.Fold(t.number.String(), keyOf(subject), t.date.Value, t.cause, t.in.Capture.Lead.URL)
	}
	if subject.masked() && len(subject.ids) == 0 {
		mark(&rec, "party", MarkParty)
	}
	return rec
}

// trim takes white space off the ends of a place.
func (t *text) trim(at span) span {
	s := t.in.Page.Slice(at.start, at.end)
	at.end -= utf8.RuneCountInString(s) - utf8.RuneCountInString(strings.TrimRightFunc(s, unicode.IsSpace))
	at.start += utf8.RuneCountInString(s) - utf8.RuneCountInString(strings.TrimLeftFunc(s, unicode.IsSpace))
	return at
}

func mark(r *evidence.Record, field, why string) {
	if r.Marks == nil {
		r.Marks = map[string]string{}
	}
	r.Marks[field] = why
}

func keyOf(p party) string {
	if id, ok := p.party(evidence.RoleSubject).Strongest(); ok {
		return id.String()
	}
	return p.name
}

// instance is 1, 2 or retrial, by the case's type, else by the title.
func (t *text) instance() string {
	if i := t.number.Instance(); i != "" {
		return i
	}
	switch {
	case strings.Contains(t.title, "二审"):
		return "2"
	case strings.Contains(t.title, "再审"):
		return "retrial"
	}
	return "1"
}

// final reports whether the document takes effect when it is made: judgments
// of second instance do (民事诉讼法 art. 182), save that what is sent back has
// decided nothing.
func (t *text) final() bool {
	return t.instance() == "2" && !strings.Contains(t.decided.text, "发回")
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// squeeze drops blanks that typesetting put between characters.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }
