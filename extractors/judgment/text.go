package judgment

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"probity/extractors/detail"
	"probity/extractors/draft"
	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

// A span is runes [start,end) of the page's text.
type span struct{ start, end int }

// A part is a piece of the page's text with the rune at which it begins.
type part struct {
	text  string
	start int
}

func (p part) end() int { return p.start + utf8.RuneCountInString(p.text) }

// cut returns bytes [from,to) of the part as a part.
func (p part) cut(from, to int) part {
	return part{p.text[from:to], p.start + utf8.RuneCountInString(p.text[:from])}
}

// span of bytes [from,to) of the part.
func (p part) span(from, to int) span {
	c := p.cut(from, to)
	return span{c.start, c.end()}
}

// lines returns the non-empty lines.
func (p part) lines() []part {
	var out []part
	at := p.start
	for line := range strings.SplitAfterSeq(p.text, "\n") {
		if strings.TrimSpace(line) != "" {
			out = append(out, part{strings.TrimRight(line, "\n"), at})
		}
		at += utf8.RuneCountInString(line)
	}
	return out
}

// A text is a judgment taken apart.
type text struct {
	in   draft.Input
	body part // the whole document
	head part // before the first party
	tail part // after the ruling

	title, kind string // kind without blanks: 民事判决书
	court       string
	courtAt     span
	number      norm.CaseNumber
	numberAt    span
	parties     []party
	persons     []string // natural persons named beside the parties
	hidden      []evidence.Place
	story       part // 诉讼记录: the paragraph that says …一案
	cause       string
	causeAt     span
	below       norm.Found // number of the judgment appealed against
	decided     part       // after 判决如下
	quoted      part       // the ruling below, where the text repeats it
	date        norm.Found
	effective   norm.Found
	inEffect    span
	appeal      bool

	labels     evidence.Record // what the block of labels beside the text says
	unlabelled string          // why that block cannot be read
	unread     map[string]int
}

var (
	kindLine  = regexp.MustCompile(`(?:民事|行政|刑事|执行|行政赔偿|国家赔偿)?(?:附带民事)?(?:判决书|裁定书|调解书|决定书|通知书|支付令)$`)
	courtLine = regexp.MustCompile(`^(?:中华人民共和国)?[\p{Han}\s]{2,40}法\s*院$`)
	decides   = regexp.MustCompile(`(?:判\s*决|裁\s*定)\s*如\s*下\s*[：:]?`)
	decidedTo = regexp.MustCompile(`如果?未按|如不服本|案件受理费|本案受理费|诉讼费用?由|本判决为终审|本裁定为终审|本判决系终审|审\s*判\s*[长员]|代理审判|\n\s*本(?:判决|裁定)书?(?:已|自|送达|一经)`)
	quotes    = regexp.MustCompile(`(?:一审|原审|原)(?:法院|人民法院|判决|裁判)?[^。\n]{0,80}?(?:判决|判令)(?:如下)?\s*[：:]`)
	quotedTo  = regexp.MustCompile(`宣判后|判后|不服(?:一审|原审|上述)|上诉(?:称|请求|人)|案件受理费|本院二审|二审(?:中|期间)`)
	judges    = regexp.MustCompile(`审\s*判\s*[长员]|代理审判员|人民陪审员`)
	since     = regexp.MustCompile(`(?:本判决|本裁定|本案|该判决|文书)[^。；\n]{0,12}?(?:已经?|于)[^。；\n]{0,30}?(?:发生法律效力|生效)|生\s*效\s*(?:日期|时间)\s*[：:]?|(?:裁判|文书|判决|效力)?状态\s*[：:]?\s*已?生效|是否生效\s*[：:]?\s*是|(?:本判决|本裁定)为终审(?:判决|裁定)|裁判生效日期`)
	complaint = regexp.MustCompile(`不服`)
)

// open takes the page apart, in the order in which it is written.
func open(in draft.Input) (*text, error) {
	t := &text{in: in, body: part{in.Page.Text, 0}}
	if err := t.readFrame(); err != nil {
		return nil, err
	}
	t.readHead()
	if t.kind == "" || t.numberAt.end == 0 {
		return nil, in.Unlike("a court document with its kind (民事判决书) and case number")
	}
	t.readParties()
	t.readRuling()
	t.readCause()
	t.readBelow()
	t.readDates()
	return t, nil
}

// readFrame finds the text on the page and reads the block of labels beside
// it, where the view declares them.
func (t *text) readFrame() error {
	if selector := t.in.View.Options["text"]; selector != "" {
		if t.in.Page.Doc == nil {
			return t.in.Unlike("a web page is wanted", t.in.Capture.MediaType())
		}
		nodes, err := t.in.Page.Select(selector)
		if err != nil {
			return fmt.Errorf("declaration of %s: options.text: %w", t.in.Where(), err)
		}
		if len(nodes) != 1 {
			return t.in.Unlike("one text of a judgment at " + selector + " 没有声明的裁判文书正文")
		}
		start, end := t.in.Page.Range(nodes[0])
		t.body = part{t.in.Page.Slice(start, end), start}
	}
	if t.in.View.Rows == "" {
		return nil
	}
	return t.readLabels()
}

// readLabels reads the block of labels like any page of labels. It names no
// party, the text does: who stands in for one is not kept.
func (t *text) readLabels() error {
	in := t.in
	in.View.Key, in.View.Next = []string{"number"}, nil
	in.Capture.Lead.About = &evidence.Party{Role: evidence.RoleSubject}
	d, err := detail.Read(in)
	if err != nil {
		return err
	}
	t.unread = d.Unread
	switch {
	case len(d.Quarantined) > 0:
		t.unlabelled = d.Quarantined[0].Reason
	case len(d.Records) > 0:
		t.labels = d.Records[0]
	}
	return nil
}

// readHead finds title, court, kind of document and case number: what stands
// before the first party.
func (t *text) readHead() {
	t.head = t.body
	if at := firstParty(t.body); at >= 0 {
		t.head = t.body.cut(0, at)
	}
	for _, line := range t.head.lines() {
		t.readHeadLine(line, squeeze(line.text))
	}
	for _, line := range (part{t.in.Page.Text, 0}).lines() {
		if s := squeeze(line.text); t.title == "" && len(kindLine.FindString(s)) < len(s) && kindLine.MatchString(s) {
			t.title = s
		}
	}
	if t.court == "" {
		if name, ok := norm.CourtName(t.number.Court); ok {
			t.court, t.courtAt = name, t.numberAt
		}
	}
}

// readHeadLine reads one line of the head: a line that is nothing but the kind
// of document wins over a title that ends in one.
func (t *text) readHeadLine(line part, s string) {
	k := kindLine.FindString(s)
	switch {
	case k != "":
		if k == s || t.kind == "" {
			t.kind = k
		}
		if k != s && t.title == "" {
			t.title = s
		}
	case t.court == "" && courtLine.MatchString(s):
		t.court, t.courtAt = s, span{line.start, line.end()}
		return
	}
	t.readNumber(line, s)
}

// readNumber takes the document's own number: the first line of the head that
// is one, bare or behind its label.
func (t *text) readNumber(line part, squeezed string) {
	if t.numberAt.end > 0 {
		return
	}
	if _, rest, ok := strings.Cut(squeezed, "案号"); ok {
		squeezed = strings.TrimLeft(rest, "：:")
	}
	if n, err := norm.ParseCaseNumber(squeezed); err == nil {
		t.number, t.numberAt = n, span{line.start, line.end()}
		return
	}
	if found := norm.CaseNumbers(line.text); len(found) > 0 {
		if n, err := norm.ParseCaseNumber(found[0].Value); err == nil {
			t.number, t.numberAt = n, span{line.start + found[0].Start, line.start + found[0].End}
		}
	}
}

// readRuling finds the ruling, which is the last 判决如下, what follows it, and
// the ruling below where an appeal's text repeats it.
func (t *text) readRuling() {
	t.appeal = t.instance() != "1"
	all := decides.FindAllStringIndex(t.body.text, -1)
	if len(all) == 0 {
		return
	}
	last := all[len(all)-1]
	t.decided = t.body.cut(last[1], len(t.body.text))
	t.tail = t.decided
	if end := decidedTo.FindStringIndex(t.decided.text); end != nil {
		t.tail = t.decided.cut(end[0], len(t.decided.text))
		t.decided = t.decided.cut(0, end[0])
	}
	before := t.body.cut(0, last[0])
	if at := quotes.FindStringIndex(before.text); at != nil && t.appeal {
		t.quoted = before.cut(at[1], len(before.text))
		if end := quotedTo.FindStringIndex(t.quoted.text); end != nil {
			t.quoted = t.quoted.cut(0, end[0])
		}
	}
}

// readBelow finds the number of the judgment that an appeal is against: the
// first one after 不服.
func (t *text) readBelow() {
	if !t.appeal {
		return
	}
	from := t.body
	if at := complaint.FindStringIndex(t.story.text); at != nil {
		from = t.story.cut(at[1], len(t.story.text))
	}
	for _, f := range norm.CaseNumbers(from.text) {
		if !norm.SameNumber(f.Value, t.number.String()) {
			t.below = norm.Found{Start: from.start + f.Start, End: from.start + f.End, Value: f.Value}
			return
		}
	}
}

// readDates finds the date of the document, which stands below the judges in
// Chinese numerals, and when it took effect, where that is said outside the
// court's own text: in its head or after its ruling.
func (t *text) readDates() {
	from := t.tail
	if at := judges.FindAllStringIndex(from.text, -1); at != nil {
		from = from.cut(at[0][1], len(from.text))
	}
	for _, d := range norm.Dates(from.text) {
		t.date = norm.Found{Start: from.start + d.Start, End: from.start + d.End, Value: d.Value}
		break
	}
	for _, p := range []part{t.head, t.tail} {
		for _, at := range since.FindAllStringIndex(p.text, -1) {
			end := len(p.text)
			if i := strings.IndexAny(p.text[at[1]:], "\n。；;"); i >= 0 {
				end = at[1] + i
			}
			line := p.cut(at[0], end)
			dates := norm.Dates(line.text)
			if strings.Contains(line.text, "未生效") || len(dates) == 0 && strings.Contains(line.text, "期") {
				continue
			}
			t.inEffect = span{line.start, line.end()}
			if len(dates) > 0 && t.effective.Value == "" {
				t.effective = norm.Found{Start: line.start + dates[0].Start, End: line.start + dates[0].End, Value: dates[0].Value}
			}
		}
	}
}
