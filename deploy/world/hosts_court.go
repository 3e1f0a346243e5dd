package world

import (
	"strings"
)

// courtHosts are the courts' sites: judgments in the official structure, the
// enforcement centre with open enforcements, limits on consumption and the
// interface of the list of dishonest debtors, and the labour arbitration
// commission.
func (w *World) courtHosts() []*host {
	return []*host{w.judgmentHost(), w.enforcementHost(), w.debtorHost(), w.arbitrationHost()}
}

func (w *World) judgmentHost() *host {
	h := newHost("wenshu.example", "中国裁判文书公开平台（模拟）", utf8InHeader, "刑事案件", "民事案件", "行政案件", "执行案件")
	w.lists(h, publicList{
		channel: Court, path: "/ws/list.html", title: "裁判文书列表", size: 40, head: []string{"案件名称", "案号", "审理法院", "裁判日期"},
		rows: func(day int) (rows [][]cell) {
			for _, j := range w.Judgments(day) {
				row := texts("", j.Number, j.Court, string(j.Date))
				row[0] = link(judgmentTitle(j), "/ws/doc/"+j.ID+".html")
				rows = append(rows, row)
			}
			return rows
		},
	})
	w.channel(h, Court, "/ws/doc/", func(v visit) answer {
		for _, j := range w.Judgments(v.day) {
			if j.ID+".html" == v.rest {
				return h.html(judgmentTitle(j), []string{"裁判文书", "文书全文"}, judgmentPage(j))
			}
		}
		return h.missing()
	})
	return h
}

func courtRows(entries []CourtEntry, row func(c CourtEntry) []cell) (rows [][]cell) {
	for _, c := range entries {
		rows = append(rows, append(texts(ordinal(rows)), row(c)...))
	}
	return rows
}

func (w *World) enforcementHost() *host {
	h := newHost("zxgk.example", "执行信息公开网（模拟）", gbkInMeta, "被执行人", "限制消费人员", "终本案件")
	w.lists(h,
		publicList{
			channel: Enforcement, path: "/zhixing/list.html", title: "被执行人信息", size: 40,
			head: []string{"序号", "被执行人姓名/名称", "身份证号码/组织机构代码", "执行法院", "案号", "立案时间", "执行标的", "结案日期"},
			rows: func(day int) [][]cell {
				return courtRows(w.CourtEntries(Enforcement, day), func(c CourtEntry) []cell {
					return texts(c.Party.Name, c.Party.Code(), c.Court, c.Number, c.Date.words(), c.Amount.yuan(), c.Ended.words())
				})
			},
		},
		publicList{
			channel: Limits, path: "/xgl/list.html", title: "限制消费令", size: 10,
			head: []string{"序号", "企业名称", "统一社会信用代码", "限制消费人员", "执行法院", "案号", "立案时间", "解除日期"},
			rows: func(day int) [][]cell {
				return courtRows(w.CourtEntries(Limits, day), func(c CourtEntry) []cell {
					return texts(c.Party.Name, c.Party.Code(), c.Party.LegalRep, c.Court, c.Number, string(c.Date), string(c.Ended))
				})
			},
		})
	return h
}

// debtorHost is the interface behind the public list of dishonest debtors:
// two shapes of dates in one record, and personal columns that are empty or
// masked for companies.
func (w *World) debtorHost() *host {
	h := newHost("shixin.zxgk.example", "失信被执行人信息公布与查询平台（模拟）", utf8InHeader, "失信被执行人")
	type row struct {
		ID            string `json:"id"`
		Name          string `json:"iname"`
		Case          string `json:"caseCode"`
		Age           int    `json:"age"`
		Sex           string `json:"sexy"`
		Card          string `json:"cardNum"`
		Rep           string `json:"businessEntity"`
		Court         string `json:"courtName"`
		Area          string `json:"areaName"`
		PartyType     string `json:"partyTypeName"`
		Gist          string `json:"gistId"`
		RegDate       string `json:"regDate"`
		GistUnit      string `json:"gistUnit"`
		Duty          string `json:"duty"`
		Performance   string `json:"performance"`
		PerformedPart string `json:"performedPart"`
		UnperformPart string `json:"unperformPart"`
		Disrupt       string `json:"disruptTypeName"`
		Publish       string `json:"publishDate"`
		Remove        string `json:"removeDate"`
	}
	w.channel(h, Dishonest, "/api/shixin/list", func(v visit) answer {
		all := w.CourtEntries(Dishonest, v.day)
		p := paginate(len(all), 6, pageOf(v.query))
		rows := []row{}
		for _, c := range all[p.from:p.to] {
			rows = append(rows, row{
				ID: c.ID, Name: c.Party.Name, Case: c.Number, Card: c.Party.Code(), Rep: c.Party.LegalRep,
				Court: c.Court, Area: "广东", PartyType: "1", Gist: c.Basis, RegDate: c.Date.compact(), GistUnit: c.Court, Duty: c.Duty,
				Performance: c.Performance, Disrupt: c.Conduct, Publish: padded(c.Published), Remove: padded(c.Ended),
			})
		}
		return jsonList("/api/shixin/list", p, rows)
	})
	return h
}

// padded writes a date as 2019年07月13日.
func padded(d Date) string {
	if d == "" {
		return ""
	}
	return strings.Replace(strings.Replace(string(d), "-", "年", 1), "-", "月", 1) + "日"
}

func (w *World) arbitrationHost() *host {
	h := newHost("ldzc.sz.example", "深圳市劳动人事争议仲裁委员会", gbkUnsaid, "仲裁公告", "裁决公开")
	w.lists(h, publicList{
		channel: Arbitration, path: "/cj/list.html", title: "仲裁裁决书公开", size: 10,
		head: []string{"序号", "裁决书文号", "申请人", "被申请人", "统一社会信用代码", "裁决结果", "裁决金额（元）", "仲裁机构", "裁决日期", "生效日期"},
		rows: func(day int) (rows [][]cell) {
			for _, a := range w.Awards(day) {
				rows = append(rows, texts(ordinal(rows), a.Number, employee(a.ID), a.Party.Name, a.Party.Code(), awardWords(a.Outcome), money(a.Amount, Money.grouped),
					a.Authority, a.Date.words(), a.Effective.words()))
			}
			return rows
		},
	})
	return h
}

func awardWords(outcome string) string {
	switch outcome {
	case "lost":
		return "支持申请人全部请求"
	case "partly":
		return "支持申请人部分请求"
	}
	return "驳回申请人全部请求"
}

// employee is the applicant of an award, masked as courts mask: surname and 某.
func employee(id string) string {
	surnames := []rune("陈李张黄刘林王吴周杨")
	return string(surnames[number(id, len(surnames))]) + "某某"
}
