package world

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// licenceHosts are the portal of administrative licences, the ICP register
// whose list is paged by a posted form, and the public-security register,
// whose old name redirects to its present host.
func (w *World) licenceHosts() []*host {
	xk := newHost("xk.sz.example", "深圳市政务服务网行政许可公示", gbkInMeta, "行政许可", "办事指南", "结果公示")
	head := []string{"序号", "行政相对人名称", "统一社会信用代码", "行政许可决定书文号", "许可证书名称", "许可机关", "有效期自", "有效期至", "当前状态", "法定代表人身份证号"}
	w.lists(xk, publicList{
		channel: Licences, path: "/xkgs/list.html", title: "行政许可信息公示", size: 40, head: head,
		rows: func(day int) (rows [][]cell) {
			for _, l := range w.Licences(day) {
				rows = append(rows, texts(ordinal(rows), l.Party.Name, l.Party.Code(), l.Number, l.Name, l.Authority,
					l.From.dots(), or(l.To.dots(), "长期"), l.Status, syntheticID(l.Party.Name)))
			}
			return rows
		},
	})
	return []*host{xk, w.icpHost(), w.policeHost(), w.policeGate()}
}

// icpHost lists filings of domains, 25 a page; further pages are asked for by
// a form with a session token that is another one each day.
func (w *World) icpHost() *host {
	h := newHost("icp.example", "ICP备案信息公共查询系统", utf8InHeader, "备案信息查询", "违法违规域名查询", "通知公告")
	const path = "/icp/list.do"
	w.channel(h, ICP, path, func(v visit) answer {
		var rows [][]cell
		for _, f := range w.Filings(ICP, v.day) {
			rows = append(rows, texts(ordinal(rows), f.Party.Name, subjectNature(f.Party.Kind), f.Party.Code(), f.Number, f.Domain, string(f.Approved)))
		}
		if len(rows) == 0 {
			return h.html("备案信息", []string{"备案信息查询"}, "<p class=\"none\">"+emptyList+"</p>")
		}
		p := paginate(len(rows), 25, pageOf(v.form))
		body := htmlTable("list", []string{"序号", "主办单位名称", "主办单位性质", "主办单位证件号码", "网站备案/许可证号", "网站域名", "审核日期"}, rows[p.from:p.to])
		return h.html("备案信息", []string{"备案信息查询"}, body+w.pagingForm(path, p, v.day))
	})
	return h
}

// pagingForm is the form behind 下一页; the last page has none.
func (w *World) pagingForm(path string, p paging, day int) string {
	said := fmt.Sprintf(`<div class="pages">共 %d 条，第 %d/%d 页</div>`, p.total, p.page, p.pages)
	if p.page >= p.pages {
		return said
	}
	token := fmt.Sprintf("%012x", number(fmt.Sprint("token", w.Seed, day, p.page), 1<<48))
	return said + fmt.Sprintf("\n<form class=\"next\" method=\"post\" action=\"%s\"><input type=\"hidden\" name=\"page\" value=\"%d\">"+
		"<input type=\"hidden\" name=\"__token\" value=\"%s\"><input type=\"submit\" value=\"下一页\"></form>", html.EscapeString(path), p.page+1, token)
}

// subjectNature is the column 主办单位性质.
func subjectNature(kind string) string {
	switch kind {
	case "natural":
		return "个人"
	case "individual":
		return "个体工商户"
	}
	return "企业"
}

// policeHost lists the public-security filings.
func (w *World) policeHost() *host {
	h := newHost("beian-www.example", "互联网站公安备案信息服务平台", gbkUnsaid, "备案公示", "举报指引")
	w.lists(h, publicList{
		channel: Police, path: "/gongshi/list.html", title: "联网备案信息公示", size: 40,
		head: []string{"序号", "网站开办者名称", "统一社会信用代码", "公安联网备案号", "网站域名", "备案日期"},
		rows: func(day int) (rows [][]cell) {
			for _, f := range w.Filings(Police, day) {
				rows = append(rows, texts(ordinal(rows), f.Party.Name, f.Party.Code(), f.Number, f.Domain, f.Approved.words()))
			}
			return rows
		},
	})
	return h
}

// policeGate is the name under which the register is known and which sends
// everybody on to the host that serves it.
func (w *World) policeGate() *host {
	h := newHost("beian.example", "互联网站公安备案信息服务平台", utf8InHeader)
	h.routes["/gongshi"] = func(visit) answer { return moved("http://beian-www.example/gongshi/list.html") }
	return h
}

// arrearsHosts are the authorities to whom something is owed, and what they
// publish of it: tax, housing fund, social insurance, labour inspection and
// the list of unpaid wages, spot checks, coercion.
func (w *World) arrearsHosts() []*host {
	return []*host{w.taxHost(), w.fundHost(), w.socialHost(), w.samplingHost(), w.coercionHost()}
}

// taxHost publishes what the order on announcements of arrears (State
// Taxation Administration order 9) asks for, identity numbers included.
func (w *World) taxHost() *host {
	h := newHost("tax.sz.example", "国家税务总局深圳市税务局", gbkUnsaid, "通知公告", "办税服务", "欠税公告")
	w.lists(h, publicList{
		channel: Tax, path: "/gg/qsgg.html", title: "欠税公告", size: 20, crumbs: []string{"税收执法"},
		head: []string{"序号", "公告编号", "企业名称", "纳税人识别号", "法定代表人", "证件号码", "经营地点", "欠税税种", "欠税余额（元）", "其中：当期新发生的欠税额（元）", "公告机关", "公告日期", "缴清日期"},
		rows: func(day int) (rows [][]cell) {
			for _, t := range w.Taxes(day) {
				rows = append(rows, texts(ordinal(rows), t.Number, t.Party.Name, t.Party.Code(), t.Party.LegalRep, syntheticID(t.Party.Name),
					"广东省深圳市", t.Tax, t.Balance.grouped(), t.New.grouped(), t.Authority, string(t.Date), string(t.Settled)))
			}
			return rows
		},
	})
	return h
}

func stageWords(stage string) string {
	switch stage {
	case "court_enforced":
		return "申请法院强制执行"
	case "settled":
		return "已缴清"
	}
	return "责令限期缴存"
}

func (w *World) arrearsRows(channel string) func(day int) [][]cell {
	return func(day int) (rows [][]cell) {
		for _, a := range w.ArrearsOf(channel, day) {
			rows = append(rows, texts(ordinal(rows), a.Number, a.Party.Name, a.Party.Code(), stageWords(a.Stage), a.Amount.grouped(), a.Authority, string(a.Date), string(a.Settled),
				"1"+strconv.Itoa(3700000000+number(a.ID, 99999999))))
		}
		return rows
	}
}

func (w *World) fundHost() *host {
	h := newHost("gjj.sz.example", "深圳市住房公积金管理中心", utf8InMeta, "信息公开", "行政执法公示")
	w.lists(h, publicList{
		channel: Fund, path: "/zfgs/list.html", title: "住房公积金行政执法公示", rows: w.arrearsRows(Fund), size: 30,
		head: []string{"序号", "文书号", "单位名称", "统一社会信用代码", "文书类别", "欠缴金额（元）", "作出机关", "日期", "缴清日期", "联系电话"},
	})
	return h
}

// socialHost refuses the first visit of each day: 429 with Retry-After.
func (w *World) socialHost() *host {
	h := newHost("hrss.sz.example", "深圳市人力资源和社会保障局", utf8InHeader, "政务公开", "社会保险", "劳动监察")
	h.throttle = true
	w.lists(h,
		publicList{
			channel: Insurance, path: "/sbj/qj.html", title: "社会保险费欠缴公示", rows: w.arrearsRows(Insurance), size: 15,
			head: []string{"序号", "文书号", "单位名称", "统一社会信用代码", "文书类别", "欠缴金额（元）", "作出机关", "日期", "缴清日期", "联系电话"},
		},
		publicList{
			channel: Labour, path: "/ldjc/list.html", title: "重大劳动保障违法行为社会公布", rows: w.noticeRows(Labour),
			head: []string{"序号", "文书号", "单位全称", "统一社会信用代码", "主要违法事实", "处理机关", "日期"},
		},
		publicList{
			channel: Wages, path: "/tqgz/list.html", title: "拖欠农民工工资失信联合惩戒对象名单", rows: w.wageRows, size: 2,
			head: []string{"序号", "列入决定文号", "单位名称", "统一社会信用代码", "列入事由", "列入机关", "列入日期", "移出日期", "移出原因"},
		})
	return h
}

func (w *World) wageRows(day int) (rows [][]cell) {
	for _, l := range w.Listings(Wages, day) {
		rows = append(rows, texts(ordinal(rows), l.Number, l.Party.Name, l.Party.Code(), l.Reason, l.Authority, string(l.Listed), string(l.Removed), l.RemovalReason))
	}
	return rows
}

// noticeRows are the rows of a list of notices: number, party, code, text,
// authority, date.
func (w *World) noticeRows(channel string) func(day int) [][]cell {
	return func(day int) (rows [][]cell) {
		for _, n := range w.Notices(channel, day) {
			rows = append(rows, texts(ordinal(rows), n.Number, n.Party.Name, n.Party.Code(), n.Text, n.Authority, n.Date.words()))
		}
		return rows
	}
}

// samplingHost is the slow one. Its list is headed by a line of merged
// remarks, and ends with a sum that is no statement.
func (w *World) samplingHost() *host {
	h := newHost("zlcc.sz.example", "深圳市产品质量监督抽查信息平台", gbkUnsaid, "抽查计划", "抽查结果", "后处理")
	h.slow = slowAnswer
	head := []string{"序号", "公告文号", "标称生产者或经营者", "统一社会信用代码", "产品名称", "批号", "抽查结果", "公告机关", "公告日期"}
	w.channel(h, Sampling, "/ccjg/list.html", func(v visit) answer {
		var rows [][]cell
		failed := 0
		for _, s := range w.SpotChecks(v.day) {
			result := "合格"
			if !s.Passed {
				result, failed = "不合格", failed+1
			}
			rows = append(rows, texts(ordinal(rows), s.Number, s.Party.Name, s.Party.Code(), s.Product, s.Batch, result, s.Authority, s.Date.dots()))
		}
		const size = 30
		page := list("list", "/ccjg/list.html", head, rows, v.query, size)
		if p := paginate(len(rows), size, pageOf(v.query)); len(rows) > 0 && p.page == p.pages {
			sum := fmt.Sprintf("<tr><td>合计</td><td></td><td>共%d批次</td><td></td><td></td><td></td><td>不合格%d批次</td><td></td><td></td></tr>\n</tbody>", len(rows), failed)
			page = strings.Replace(page, "</tbody>", sum, 1)
		}
		return h.html("产品质量监督抽查结果公示", []string{"抽查结果"}, page)
	})
	return h
}

// coercionHost is an older part of the regulator's site that has moved: the
// published address redirects to the present path.
func (w *World) coercionHost() *host {
	h := newHost("xzqz.amr.sz.example", "深圳市市场监督管理局行政强制公示", gbkInMeta, "行政强制")
	h.routes["/gs/xzqz/index.htm"] = func(visit) answer { return moved("/zwgk/xzqz/list.html") }
	w.lists(h, publicList{
		channel: Coercion, path: "/zwgk/xzqz/list.html", title: "行政强制信息公示", rows: w.noticeRows(Coercion),
		head: []string{"序号", "强制决定书文号", "当事人", "统一社会信用代码", "强制措施种类", "决定机关", "决定日期"},
	})
	return h
}
