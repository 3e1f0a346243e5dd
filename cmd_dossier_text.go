package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"probity/api/words"
	"probity/pipeline/evidence"
)

// print writes a dossier for a person: who, which grade and why, what was not
// looked at, the facts by class, and every record and capture behind them.
func (f file) print(sh shell) error {
	p := &printer{w: sh.out}
	if f.Moved {
		p.line("「%s」现归入 belongs now to: %s", f.Asked, f.Entity.Anchor)
	}
	if f.Reread {
		p.line("注意 note: 以下是以今日读法所见、截至 %s（账本第 %d 条）已知的内容 today's reading of what was held then", moment(f.KnownAt), f.Position)
	}
	f.identity(p)
	f.grade(p)
	f.why(p)
	f.facts(p)
	f.proof(p)
	return p.err
}

func (f file) identity(p *printer) {
	e := f.Entity
	p.line("信用档案 dossier  %s", f.Subject.Name)
	p.line("  标识 identity  %s %s", words.Of("scheme", string(e.Anchor.Scheme)), e.Anchor.Value)
	for _, id := range e.Identifiers {
		if id != e.Anchor {
			p.line("    另有 also     %s %s", words.Of("scheme", string(id.Scheme)), id.Value)
		}
	}
	for _, id := range e.Contested {
		p.line("    有争议 contested %s %s: 同时见于两个主体，不据以归并 stated beside two operators, it joins nothing", words.Of("scheme", string(id.Scheme)), id.Value)
	}
	p.line("  编号 id        %s", e.ID)
	p.line("  类型 kind      %s", words.Of("kind", e.Kind))
	for _, n := range e.Names {
		by := "见于记录 as records say"
		if n.Registered {
			by = "登记 registered"
		}
		p.line("  名称 name      %s  %s  %s", n.Name, span(n.From, n.To), by)
	}
	for _, a := range e.Areas {
		how := ""
		if a.Inferred {
			how = "由代码推断 inferred from the code"
		}
		p.line("  地区 area      %s %s %s", a.Area, a.From, how)
	}
	p.line("  范围 scope     %s", f.Scope)
	for _, r := range e.Relations {
		p.line("  关系 relation  %s %s  %s", words.Of("relation", r.Kind), r.To, span(r.From, r.Until))
	}
	for _, h := range e.Held {
		p.line("  待人工 held    %s: %s", h.Record, h.Reason)
	}
}

func span(from, to evidence.Date) string {
	if from == "" && to == "" {
		return ""
	}
	return string(from) + " 至 " + or(string(to), "今")
}

func (f file) grade(p *printer) {
	e := f.Evaluation
	p.line("评价 evaluation  %s  %s", e.Grade, gradeNote(e))
	p.line("  分数 score %s  覆盖率 coverage %s  监管类别 class %s", or(e.Score, "无 none"), e.Coverage, or(e.Class, "—"))
	known := "现在 now"
	if f.Reread {
		known = fmt.Sprintf("%s，账本第 %d 条", moment(f.KnownAt), f.Position)
	}
	p.line("  标准 standard %s  所问之日 as_of %s  已知截至 known_at %s", e.Standard, f.AsOf, known)
	switch {
	case f.Issue == nil:
		p.line("  未曾发布 never issued: 按现有材料计算 calculated now")
	case f.Issued:
		p.line("  %s 发布 issued，%s，公示至 publicity until %s，账本第 %d 条", f.Issue.Date, words.Of("issue", f.Issue.State(f.AsOf)), f.Issue.Until, f.Issue.Position)
	default:
		p.line("  按所问时点计算 calculated for the moment asked for; 最近一次发布 newest issue %s: %s", f.Issue.Date, f.Issue.Grade)
	}
}

func gradeNote(e evidence.Evaluation) string {
	if e.Reason == "" {
		return ""
	}
	return words.Of("nr", e.Reason).String()
}

// why goes from the dimensions to the deductions, then says what was not
// looked at and which caps were applied.
func (f file) why(p *printer) {
	for _, d := range f.Evaluation.Dimensions {
		p.line("  %s %s  %s / %s", d.ID, d.Name, or(d.Got, "—"), d.Full)
	}
	for _, i := range f.Evaluation.Indicators {
		p.line("    %s %s  %s / %s  %s %s", i.ID, i.Name, or(i.Got, "—"), i.Full, words.Of("indicator", words.Indicator(i)), i.Note)
		for _, d := range i.Deductions {
			f.deduction(p, d)
		}
		if i.State == evidence.NotLooked && len(i.Missing) > 0 {
			p.line("        需要 would need: %s", strings.Join(i.Missing, "，"))
		}
	}
	for _, d := range f.Evaluation.Adjusted {
		f.deduction(p, d)
	}
	for _, c := range f.Evaluation.Caps {
		p.line("  封顶 cap %s: 至多 at most %s: %s；否则为 without it %s", c.Rule, c.Cap, c.Reason, c.Without)
	}
	if f.Evaluation.NextChange != "" {
		p.line("  同样材料下次变化 the same inputs change on %s", f.Evaluation.NextChange)
	}
}

func (f file) deduction(p *printer, d evidence.Deduction) {
	about := d.Note
	for _, x := range f.Facts {
		if x.ID == d.Fact {
			about = strings.TrimSpace(headline(x) + " " + about)
		}
	}
	var parts []string
	if d.Severity != "" {
		parts = append(parts, words.Of("severity", d.Severity).Zh)
	}
	if d.Age != nil {
		parts = append(parts, fmt.Sprintf("%d 个月 months", *d.Age))
	}
	if d.Weight != "" {
		parts = append(parts, "权重 weight "+d.Weight)
	}
	p.line("        −%s  %s  %s  %s  来源 %s", d.Points, d.Rule, about, strings.Join(parts, "，"), strings.Join(d.Sources, " "))
}

// headline is what a fact is called in a line.
func headline(x evidence.Fact) string {
	return strings.TrimSuffix(words.Type(x.Type).Zh+" "+words.Name(x.Type, x.Fields, x.Key), " -")
}

// facts lists them by class of Article 10, with their state on the day.
func (f file) facts(p *printer) {
	byClass := map[int][]evidence.Fact{}
	for _, x := range f.Facts {
		t, _ := evidence.TypeOf(x.Type)
		byClass[t.Class] = append(byClass[t.Class], x)
	}
	for class := 1; class <= 5; class++ {
		all := byClass[class]
		p.line("第%d类 class %d %s: %d 项 facts", class, class, words.Of("class", strconv.Itoa(class)), len(all))
		slices.SortFunc(all, func(a, b evidence.Fact) int { return strings.Compare(string(b.Date)+b.ID, string(a.Date)+a.ID) })
		for _, x := range all {
			f.fact(p, x)
		}
	}
}

func (f file) fact(p *printer, x evidence.Fact) {
	state := words.Of("fact", x.State(f.AsOf)).String()
	if x.Disputed {
		state += "，有异议 disputed"
	}
	end := ""
	if x.End != "" {
		end = " 至 until " + string(x.End)
		if x.EndOf == "inferred" {
			end += "（推断 inferred）"
		}
	}
	p.line("  ▪ %s  %s%s  [%s]  %s", headline(x), x.Date, end, state, words.Short(x.Type, x.Fields))
	for _, l := range words.Lines(x.Type, x.Fields) {
		p.line("      %s: %s", l.Title, l.Value)
	}
	for _, e := range x.Effects {
		p.line("      %s %s", words.Of("effect", e.Kind), span(e.From, e.Until))
	}
	for _, d := range x.Differs {
		p.line("      各来源不一 sources differ: %s: %s %s", words.Field(x.Type, d.Field), strings.Join(d.Values, " / "), d.Held)
	}
	p.line("      来源 sources: %s；记录 records: %d", strings.Join(x.Sources, " "), len(x.Records))
}

// proof lists the records and the captures they were read from.
func (f file) proof(p *printer) {
	p.line("记录 records: %d", len(f.Records))
	for _, r := range f.Records {
		if len(r.Versions) == 0 {
			continue
		}
		v := r.Versions[len(r.Versions)-1]
		p.line("  %s  %s  %s/%s  %s 至 %s  版本 versions %d", r.ID[:16], words.Type(v.Record.Type).Zh, v.Record.Source, v.Record.View,
			evidence.DateOf(v.First), evidence.DateOf(v.Last), len(r.Versions))
		if r.Held != "" {
			p.line("      待人工 held: %s", r.Held)
		}
		for _, field := range sortedKeys(v.Record.Marks) {
			p.line("      ! %s: %s", field, v.Record.Marks[field])
		}
	}
	p.line("存档 captures: %d", len(f.Captures))
	for _, c := range f.Captures {
		p.line("  %s  %s  sha256 %s", moment(c.Time), c.URL, c.Payload)
		p.line("      %s  WARC %s  见 seen %d 次", c.ID, c.WARC, c.Seen)
		if c.Custody != "" {
			p.line("      %s", c.Custody)
		}
	}
}
