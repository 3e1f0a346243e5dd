package world

import (
	"encoding/csv"
	"encoding/json"
	"strings"
)

// penaltyHosts are the market regulator (a paged list with detail pages, the
// tables of 2018 and 2015), the credit portal that publishes the same
// decisions again and the decisions on repair, and the notices of coercion.
func (w *World) penaltyHosts() []*host {
	amr := newHost("amr.sz.example", "深圳市市场监督管理局", utf8InHeader, "政务公开", "行政执法", "双公示")
	w.penaltyPages(amr)
	open := newHost("open.sz.example", "深圳市政府数据开放平台", utf8InHeader, "数据目录", "数据接口", "开发者中心")
	w.penaltyTables(open)
	credit := newHost("credit.sz.example", "信用深圳", utf8InHeader, "信用信息公示", "信用修复", "信用承诺")
	w.creditPages(credit)
	return []*host{amr, open, credit}
}

// penaltyPages are the list and the pages of the decisions.
func (w *World) penaltyPages(h *host) {
	head := []string{"序号", "行政处罚决定书文号", "当事人名称", "统一社会信用代码", "违法行为类型", "处罚种类", "处罚机关", "处罚决定日期"}
	w.lists(h, publicList{
		channel: PenaltyPages, path: "/xzcf/list.html", title: "行政处罚信息公示", size: 20, head: head, crumbs: []string{"行政处罚"},
		rows: func(day int) (rows [][]cell) {
			for _, p := range w.Penalties(PenaltyPages, day) {
				row := texts(ordinal(rows), "", p.Party.Name, p.Party.Code(), p.Conduct, strings.Join(p.Kinds, "、"), p.Authority, string(p.Date))
				row[1] = link(p.Number, "/xzcf/detail/"+p.ID+".html")
				rows = append(rows, row)
			}
			return rows
		},
	})
	w.channel(h, PenaltyPages, "/xzcf/detail/", func(v visit) answer {
		for _, p := range w.Penalties(PenaltyPages, v.day) {
			if p.ID+".html" == v.rest {
				return h.html("行政处罚决定书（"+p.Number+"）", []string{"信息公开", "行政处罚"}, htmlPairs("detail", penaltyPairs(p)))
			}
		}
		return h.missing()
	})
}

// penaltyPairs is a decision's page: the summary of SAMR Order 45 art. 4 and
// what the regulator adds. Amounts are in yuan here.
func penaltyPairs(p Penalty) []pair {
	procedure := "普通程序"
	if p.Summary {
		procedure = "简易程序"
	}
	return []pair{
		say("行政处罚决定书文号", p.Number), say("当事人", p.Party.Name),
		say("统一社会信用代码", p.Party.USCC), say("组织机构代码", p.Party.OrgCode), say("注册号", p.Party.RegNo), say("法定代表人（负责人）", p.Party.LegalRep),
		say("违法行为类型", p.Conduct), say("违法事实", p.Facts), say("处罚依据", p.Basis),
		say("处罚种类", strings.Join(p.Kinds, "、")), say("处罚内容", p.Content),
		say("罚款金额（元）", money(p.Fine, Money.grouped)), say("没收金额（元）", money(p.Confiscated, Money.grouped)),
		say("处罚程序", procedure), say("处罚决定日期", p.Date.words()), say("处罚有效期", p.ValidUntil.words()),
		say("公示截止期", p.PublicEnd.words()), say("作出处罚决定的机关名称", p.Authority), say("当前状态", p.Status),
	}
}

// money writes an amount, or nothing where there is none.
func money(m Money, write func(Money) string) string {
	if m == 0 {
		return ""
	}
	return write(m)
}

// penaltyTables are the two files: the table of 2018 as XLSX under a title
// row of field codes, with amounts in 万元, and the one of 2015 as CSV in
// GB18030.
func (w *World) penaltyTables(h *host) {
	w.channel(h, Penalty2018, "/data/xzcf2018.html", func(visit) answer {
		return h.html("行政处罚信息（双公示2018版）", []string{"数据目录"},
			`<p>数据格式：XLSX　更新频率：每日　<a class="download" href="/data/xzcf2018.xlsx">下载数据文件</a></p>`)
	})
	w.channel(h, Penalty2018, "/data/xzcf2018.xlsx", func(v visit) answer {
		return file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", w.table2018(v.day))
	})
	w.channel(h, Penalty2015, "/data/xzcf2015.html", func(visit) answer {
		return h.html("行政处罚信息（双公示2015版，历史）", []string{"数据目录"},
			`<p>数据格式：CSV　更新频率：每日　<a class="download" href="/data/xzcf2015.csv">下载数据文件</a></p>`)
	})
	w.channel(h, Penalty2015, "/data/xzcf2015.csv", func(v visit) answer {
		return file("text/csv", inGB18030(w.table2015(v.day)))
	})
}

// kindOfParty is the column 行政相对人类别.
func kindOfParty(kind string) string {
	switch kind {
	case "individual":
		return "个体工商户"
	case "natural":
		return "自然人"
	}
	return "法人及非法人组织"
}

// columns2018 are the field codes and titles of the edition of 2018.
func columns2018() [][2]string {
	return [][2]string{
		{"CF_XDR_MC", "行政相对人名称"},
		{"CF_XDR_LB", "行政相对人类别"},
		{"CF_XDR_SHXYM", "统一社会信用代码"},
		{"CF_XDR_GSZC", "工商注册号"},
		{"CF_XDR_ZZJG", "组织机构代码"},
		{"CF_XDR_SWDJ", "税务登记号"},
		{"CF_XDR_SYDW", "事业单位证书号"},
		{"CF_XDR_SHZZ", "社会组织登记证号"},
		{"CF_FRDB", "法定代表人"},
		{"CF_FR_ZJLX", "法定代表人证件类型"},
		{"CF_FR_ZJHM", "法定代表人证件号码"},
		{"CF_XDR_ZJLX", "证件类型"},
		{"CF_XDR_ZJHM", "证件号码"},
		{"CF_WSH", "行政处罚决定书文号"},
		{"CF_WFXW", "违法行为类型"},
		{"CF_SY", "违法事实"},
		{"CF_YJ", "处罚依据"},
		{"CF_CFLB", "处罚类别"},
		{"CF_NR", "处罚内容"},
		{"CF_NR_FK", "罚款金额（万元）"},
		{"CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）"},
		{"CF_NR_ZKDX", "暂扣或吊销证照名称及编号"},
		{"CF_JDRQ", "处罚决定日期"},
		{"CF_YXQ", "处罚有效期"},
		{"CF_GSJZQ", "公示截止期"},
		{"CF_CFJG", "处罚机关"},
		{"CF_CFJGDM", "处罚机关统一社会信用代码"},
		{"CF_SJLY", "数据来源单位"},
		{"CF_SJLYDM", "数据来源单位统一社会信用代码"},
		{"BZ", "备注"},
	}
}

func (w *World) table2018(day int) []byte {
	s := sheet{name: "行政处罚"}
	var codes, titles []string
	for _, c := range columns2018() {
		codes, titles = append(codes, c[0]), append(titles, c[1])
	}
	s.rows = append(s.rows, textCells(codes), textCells(titles))
	for _, p := range w.Penalties(Penalty2018, day) {
		row := textCells([]string{
			p.Party.Name, kindOfParty(p.Party.Kind), p.Party.USCC, p.Party.RegNo, p.Party.OrgCode, "", "", "", p.Party.LegalRep,
			"身份证", syntheticID(p.Party.Name), "", "", p.Number, p.Conduct, p.Facts, p.Basis, strings.Join(p.Kinds, ";"), p.Content,
		})
		row = append(row, numberCell(money(p.Fine, Money.wan)), numberCell(money(p.Confiscated, Money.wan)), textCell(""),
			dayCell(string(p.Date)), dayCell(string(p.ValidUntil)), dayCell(string(p.PublicEnd)),
			textCell(p.Authority), textCell(agencyCode), textCell("深圳市市场监督管理局"), textCell(agencyCode), textCell(""))
		s.rows = append(s.rows, row)
	}
	return s.xlsx()
}

// agencyCode is the invented code of the regulator, with right check digits.
const agencyCode = "11440300MB2C9K0059"

// table2015 is the table of the edition of 2015: the party has one column for
// each code, and the kinds of penalty stand in CF_CFLB1.
func (w *World) table2015(day int) string {
	var b strings.Builder
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	_ = out.Write([]string{
		"CF_WSH", "CF_CFMC", "CF_CFLB1", "CF_CFLB2", "CF_SY", "CF_YJ", "CF_XDR_MC", "CF_XDR_SHXYM", "CF_XDR_ZDM",
		"CF_XDR_GSDJ", "CF_XDR_SWDJ", "CF_XDR_SFZ", "CF_FR", "CF_JG", "CF_JDRQ", "CF_XZJG", "CF_ZT", "DFBM", "SJC", "BZ",
	}) // a strings.Builder does not fail
	for _, p := range w.Penalties(Penalty2015, day) {
		_ = out.Write([]string{
			p.Number, p.Conduct, strings.Join(p.Kinds, ";"), "", p.Facts, p.Basis, p.Party.Name, p.Party.USCC, p.Party.OrgCode,
			p.Party.RegNo, "", syntheticID(p.Party.Name), p.Party.LegalRep, p.Content, p.Date.slashes(), p.Authority, statusCode(p.Status), "440300",
			string(p.Date) + " 09:30:00", fineWords(p.Fine),
		}) // as above
	}
	out.Flush()
	return b.String()
}

// fineWords is the remark in which offices note the amount, for which the
// edition of 2015 has no column.
func fineWords(m Money) string {
	if m == 0 {
		return ""
	}
	return "罚款" + m.yuan() + "元"
}

// statusCode is CF_ZT.
func statusCode(status string) string {
	switch status {
	case "撤销":
		return "1"
	case "异议":
		return "2"
	case "其他":
		return "3"
	}
	return "0"
}

// creditPages are the second authority: penalties as a JSON list with the
// keys of 信用中国, decisions on repair as a paged list.
func (w *World) creditPages(h *host) {
	w.channel(h, CreditSite, "/api/cf/list", func(v visit) answer {
		type row struct {
			Name      string `json:"cfXdrMc"`
			Code      string `json:"cfXdrShxym"`
			Number    string `json:"cfWsh"`
			Conduct   string `json:"cfCfmc"`
			Rep       string `json:"cfFr"`
			Kinds     string `json:"cfCflb1"`
			Content   string `json:"cfJg"`
			Facts     string `json:"cfSy"`
			Basis     string `json:"cfYj"`
			Authority string `json:"cfXzjg"`
			Date      string `json:"cfJdrq"`
			Fine      string `json:"cfNrFk"`
			Taken     string `json:"cfNrWfff"`
			End       string `json:"cfQx"`
			Stamp     string `json:"cfSjc"`
		}
		all := w.Penalties(CreditSite, v.day)
		p := paginate(len(all), 25, pageOf(v.query))
		rows := []row{}
		for _, c := range all[p.from:p.to] {
			rows = append(rows, row{
				c.Party.Name, c.Party.Code(), c.Number, c.Conduct, c.Party.LegalRep, strings.Join(c.Kinds, ";"),
				c.Content, c.Facts, c.Basis, c.Authority, string(c.Date), money(c.Fine, Money.wan), money(c.Confiscated, Money.wan),
				string(c.PublicEnd), c.Date.compact() + "093000",
			})
		}
		return jsonList("/api/cf/list", p, rows)
	})
	w.lists(h, publicList{
		channel: Repairs, path: "/xyxf/list.html", title: "信用修复及处罚撤销更正决定公示", size: 6,
		head: []string{"序号", "决定文号", "当事人名称", "统一社会信用代码", "决定事项", "所涉信息类别", "所涉文书号", "所涉作出机关", "所涉处罚种类", "决定机关", "决定日期"},
		rows: func(day int) (rows [][]cell) {
			for _, r := range w.Repairs(day) {
				rows = append(rows, texts(ordinal(rows), r.Number, r.Party.Name, r.Party.Code(), effectWords(r.Effect), targetWords(r.TargetType),
					r.TargetNumber, r.TargetAuthority, strings.Join(r.Items, "、"), r.Authority, r.Date.words()))
			}
			return rows
		},
	})
}

// jsonList is one page of a list as an interface of a portal answers it.
func jsonList(path string, p paging, rows any) answer {
	data := map[string]any{"total": p.total, "page": p.page, "list": rows}
	if p.page < p.pages {
		data["next"] = pageURL(path, p.page+1)
	}
	body, err := json.MarshalIndent(map[string]any{"code": 200, "msg": "操作成功", "data": data}, "", " ")
	if err != nil {
		return answer{status: 500, ctype: "application/json", body: []byte(`{"code":500}`)}
	}
	return file("application/json;charset=UTF-8", body)
}

func effectWords(effect string) string {
	switch effect {
	case "repaired":
		return "准予信用修复"
	case "repair_revoked":
		return "撤销信用修复"
	case "annulled":
		return "撤销原决定"
	}
	return "更正原信息"
}

// targetWords is what a portal calls a type of record.
func targetWords(typ string) string {
	switch typ {
	case "penalty":
		return "行政处罚"
	case "coercion":
		return "行政强制"
	case "abnormal_listing":
		return "经营异常名录"
	case "serious_listing":
		return "严重违法失信名单"
	case "labour_violation":
		return "劳动监察"
	case "spot_check":
		return "监督抽查"
	}
	return typ
}
