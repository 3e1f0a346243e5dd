package main

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"probity/api/words"
	"probity/pipeline/evidence"
)

// print writes a report for a person: the run, then source by source what was
// asked, what came, what it said, what changed and what nobody read.
func (r Report) print(w io.Writer) error {
	p := printer{w: w}
	p.line("采集报告 report  %s", r.Run)
	p.line("  发起人 started by %s；开始 opened %s；结束 closed %s", r.Who, moment(r.Opened), moment(r.Closed))
	p.line("  记录 records: 新增 new %d，变更 changed %d，消失 gone %d，重现 back %d，不变 unchanged %d",
		r.Records.New, r.Records.Changed, r.Records.Gone, r.Records.Back, r.Records.Unchanged)
	p.line("  事项 facts: 新增 new %d，变更 changed %d，消失 gone %d；涉及主体 entities %d；发布评价 evaluations issued %d",
		r.FactsNew, r.FactsDiff, r.FactsGone, r.Entities, r.Issued)
	r.compare(&p)
	for _, id := range sortedKeys(r.Sources) {
		r.Sources[id].lines(&p, id)
	}
	return p.err
}

// compare says what is otherwise than in the run before.
func (r Report) compare(p *printer) {
	f := r.Figures
	p.line("  用时 took %s；页面 pages %d；%s", lasting(f.Seconds), f.Fetched, size(f.Bytes))
	b := r.Before
	if b == nil {
		p.line("  首次采集，无可比较 the first run: nothing to compare with")
		return
	}
	p.line("  与上次相比 compared with %s (%s): 页面 pages %d → %d: 新 new %d，变 changed %d，同 same %d，消失 gone %d", b.Run, moment(b.Closed),
		b.Fetched, f.Fetched, b.Pages.New, b.Pages.Changed, b.Pages.Same, b.Pages.Gone)
	p.line("    字节 bytes %s → %s；用时 time %s → %s", size(b.Bytes), size(f.Bytes), lasting(b.Seconds), lasting(f.Seconds))
	both := func(words string, was, now map[string]int, say func(string) string) {
		names := maps.Clone(was)
		if names == nil {
			names = map[string]int{}
		}
		maps.Copy(names, now)
		for _, name := range sortedKeys(names) {
			if was[name] != now[name] {
				p.line("    %s %s: %d → %d", words, say(name), was[name], now[name])
			}
		}
	}
	both("失败 failed", b.Failed, f.Failed, fault)
	both("记录 records", b.Kinds, f.Kinds, func(kind string) string { return words.Type(kind).String() })
}

// lasting says some seconds as a person would.
func lasting(seconds float64) string {
	return (time.Duration(seconds*10+0.5) * (time.Second / 10)).Round(time.Second / 10).String()
}

func moment(t time.Time) string { return t.In(evidence.Shanghai).Format("2006-01-02 15:04:05") }

func (s SourceReport) lines(p *printer, id string) {
	p.line("▪ %s %s: %s %s", id, s.Title, words.Of("look", s.Result), s.Reason)
	p.line("    页面 pages: 请求 asked %d，取得 fetched %d（未变 unchanged %d），robots 拒绝 refused %d，越界 outside %d，失败 failed %d；%s",
		s.Asked, s.Fetched, s.Unchanged, s.Refused, s.Outside, total(s.Failed), size(s.Bytes))
	p.line("    记录 records: 行 rows %d，记录 read %d，隔离 quarantined %d，跳过 skipped %d；新增 new %d，变更 changed %d，消失 gone %d，重现 back %d",
		s.Rows, s.Records, s.Quarantined, total(s.Skipped), s.Changes.New, s.Changes.Changed, s.Changes.Gone, s.Changes.Back)
	for _, reason := range sortedKeys(s.Failed) {
		p.line("    失败 failed: %s ×%d", fault(reason), s.Failed[reason])
	}
	for _, what := range sortedKeys(s.Flagged) {
		p.line("    请注意 attention: %s ×%d", what, s.Flagged[what])
	}
	for _, why := range s.Why {
		p.line("    原因 why: %s", why)
	}
	for _, reason := range sortedKeys(s.Passed) {
		p.line("    未采集 not followed: %s %s ×%d", reason, words.Of("passed", reason), s.Passed[reason])
	}
	if len(s.Unread) > 0 {
		var labels []string
		for _, l := range sortedKeys(s.Unread) {
			labels = append(labels, fmt.Sprintf("%s ×%d", l, s.Unread[l]))
		}
		p.line("    未读栏目 fields nobody read: %s", strings.Join(labels, "，"))
	}
}

// fault says a reason of failure aloud; what has no words is said as it is.
func fault(reason string) string {
	said := map[string]string{
		"budget": "预算用尽 the budget was spent", "connect": "无法连接 no connection", "dns": "域名无法解析 name not found", "timeout": "超时 timed out",
		"tls": "证书无效 certificate not valid", "address": "地址不允许 address not admitted", "too_large": "过大 too large",
		"unlike_declared": "页面与声明不符 the page is not what its source says", "unread": "已存档而未能读取 kept, and could not be read", lost: "应答丢失 the answer was lost", "truncated": "答复中断 answer cut off",
	}
	if s, ok := said[reason]; ok {
		return reason + " " + s
	}
	return reason
}
