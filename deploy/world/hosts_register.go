package world

import (
	"strconv"
	"strings"
)

// districts are the registration offices of Shenzhen; everybody registered
// elsewhere is kept by the last one.
func districts() []struct{ area, host, name string } {
	return []struct{ area, host, name string }{
		{"440303", "gsxt-luohu.example", "罗湖"},
		{"440304", "gsxt-futian.example", "福田"},
		{"440305", "gsxt-nanshan.example", "南山"},
		{"440306", "gsxt-baoan.example", "宝安"},
		{"440307", "gsxt-longgang.example", "龙岗"},
		{"440308", "gsxt-yantian.example", "盐田"},
		{"440309", "gsxt-longhua.example", "龙华"},
		{"440310", "gsxt-pingshan.example", "坪山"},
		{"440311", "gsxt-guangming.example", "光明"},
		{"", "gsxt.sz.example", "市局"},
	}
}

// registerHosts are the offices' portals: an index in pages and one page an
// operator, whose labels and their order differ by kind of operator.
func (w *World) registerHosts() []*host {
	var all []*host
	for _, d := range districts() {
		h := newHost(d.host, "企业信用信息公示系统（深圳）"+d.name, utf8InHeader, "企业信息填报", "信息公告", "小微企业名录")
		w.channel(h, Register, "/index.html", func(v visit) answer {
			rows := [][]cell{}
			for _, r := range w.registeredAt(d.area, v.day) {
				rows = append(rows, []cell{link(r.Name, "/entity/"+w.Operators[r.Op].ID+".html"), {text: or(r.USCC, r.RegNo)}, {text: r.Status}})
			}
			return h.html("登记信息查询", []string{"信息查询"}, list("index", "/index.html", []string{"企业名称", "统一社会信用代码/注册号", "登记状态"}, rows, v.query, 30))
		})
		w.channel(h, Register, "/entity/", func(v visit) answer {
			for _, r := range w.registeredAt(d.area, v.day) {
				if w.Operators[r.Op].ID+".html" == v.rest {
					return h.html(r.Name, []string{"信息查询", "基础信息"}, htmlList("primaryInfo", registerPairs(r)))
				}
			}
			return h.missing()
		})
		all = append(all, h)
	}
	return all
}

// registeredAt are the registrations of a district; an empty area asks for
// those of no district of ours.
func (w *World) registeredAt(area string, day int) []Registration {
	var out []Registration
	for _, r := range w.Registrations(day) {
		at := ""
		for _, d := range districts() {
			if d.area != "" && r.Area == d.area {
				at = d.area
			}
		}
		if at == area {
			out = append(out, r)
		}
	}
	return out
}

// registerPairs lays a registration out as the register does for its kind: a
// sole proprietorship has no capital and an investor, an individual an
// operator and a place of business, a branch a person in charge.
func registerPairs(r Registration) []pair {
	code, name, status := say("统一社会信用代码", r.USCC), say("企业名称", r.Name), say("登记状态", r.Status)
	regno, kind := say("注册号", r.RegNo), say("类型", kindWords(r.Kind))
	since, office := say("成立日期", r.Established.words()), say("登记机关", r.Registrar)
	area, scope := say("行政区划代码", r.Area), say("经营范围", r.Scope)
	var out []pair
	switch r.Kind {
	case "individual":
		out = []pair{
			code, regno, say("名称", r.Name), say("经营者", r.LegalRep), kind, say("组成形式", "个人经营"),
			say("注册日期", r.Established.words()), office, area, say("经营场所", r.Address), scope, status,
		}
	case "branch":
		out = []pair{
			code, regno, name, kind, say("负责人", r.LegalRep), since, say("隶属企业名称", r.Parent),
			say("隶属企业统一社会信用代码", r.ParentUSCC), office, area, status, say("营业场所", r.Address), scope,
		}
	case "sole":
		out = []pair{code, name, regno, say("投资人", r.LegalRep), kind, since, office, area, say("住所", r.Address), scope, status}
	case "cooperative":
		out = []pair{
			code, regno, name, kind, say("法定代表人", r.LegalRep), say("成员出资总额", capital(r.Capital)),
			since, office, area, say("住所", r.Address), say("业务范围", r.Scope), status,
		}
	case "partnership":
		out = []pair{
			code, name, regno, kind, say("执行事务合伙人", r.LegalRep), say("出资额", capital(r.Capital)), since,
			say("合伙期限自", string(r.Established)), office, area, say("主要经营场所", r.Address), scope, status,
		}
	default:
		out = []pair{
			code, regno, name, kind, say("法定代表人", r.LegalRep), say("注册资本", capital(r.Capital)), since,
			say("营业期限自", r.Established.words()), say("营业期限至", "长期"), office, area, status, say("住所", r.Address), scope,
		}
	}
	if r.StatusDate != "" {
		out = append(out, say("状态变更日期", r.StatusDate.words()))
	}
	if r.NameSince != "" {
		out = append(out, say("现用名称启用日期", r.NameSince.words()))
	}
	if len(r.Former) > 0 {
		var names []string
		for _, n := range r.Former {
			names = append(names, n.Name+"/"+string(n.From)+"/"+string(n.To))
		}
		out = append(out, say("曾用名（名称/启用日期/停用日期）", strings.Join(names, "；")))
	}
	if r.Predecessor != "" {
		out = append(out, say("前身主体代码", r.Predecessor))
	}
	return out
}

func capital(m Money) string {
	if m == 0 {
		return ""
	}
	return m.wan() + "万元人民币"
}

// kindWords is what the register calls a kind of operator.
func kindWords(kind string) string {
	switch kind {
	case "branch":
		return "有限责任公司分公司"
	case "individual":
		return "个体工商户"
	case "sole":
		return "个人独资企业"
	case "cooperative":
		return "农民专业合作社"
	case "partnership":
		return "有限合伙企业"
	}
	return "有限责任公司"
}

// A listing of the world as an HTML list: its columns and rows on a day.
type publicList struct {
	channel, path, title string
	size                 int
	head                 []string
	rows                 func(day int) [][]cell
	crumbs               []string
}

// lists adds public lists to their hosts.
func (w *World) lists(h *host, all ...publicList) {
	for _, l := range all {
		size := l.size
		if size == 0 {
			size = 30
		}
		w.channel(h, l.channel, l.path, func(v visit) answer {
			return h.html(l.title, append([]string{"信息公开"}, l.crumbs...), list("list", l.path, l.head, l.rows(v.day), v.query, size))
		})
	}
}

func ordinal(rows [][]cell) string { return strconv.Itoa(len(rows) + 1) }

// listHosts is the portal of the public lists of the market regulator:
// annual reports, abnormal operation, serious dishonesty.
func (w *World) listHosts() []*host {
	h := newHost("gsxt-list.sz.example", "企业信用信息公示系统（深圳）信息公告", utf8InMeta, "经营异常名录", "严重违法失信名单", "年报公示")
	listing := func(channel string) func(day int) [][]cell {
		return func(day int) (rows [][]cell) {
			for _, l := range w.Listings(channel, day) {
				row := texts(ordinal(rows), l.Party.Name, l.Party.Code(), l.Number)
				if channel == Serious {
					row = append(row, cell{text: l.Category})
				}
				rows = append(rows, append(row, texts(l.Reason, string(l.Listed), l.Authority, string(l.Removed), l.RemovalReason)...))
			}
			return rows
		}
	}
	w.lists(h,
		publicList{
			channel: Abnormal, path: "/abnormal.html", title: "经营异常名录", size: 5, rows: listing(Abnormal),
			head: []string{"序号", "企业名称", "统一社会信用代码/注册号", "列入决定书文号", "列入经营异常名录原因", "列入日期", "作出决定机关（列入）", "移出日期", "移出经营异常名录原因"},
		},
		publicList{
			channel: Serious, path: "/serious.html", title: "严重违法失信名单", size: 2, rows: listing(Serious),
			head: []string{"序号", "企业名称", "统一社会信用代码/注册号", "列入决定书文号", "类别", "列入原因", "列入日期", "列入机关", "移出日期", "移出原因"},
		},
		publicList{channel: AnnualReports, path: "/annual.html", title: "企业年度报告公示", size: 50, rows: func(day int) (rows [][]cell) {
			for _, a := range w.Reports(day) {
				rows = append(rows, texts(ordinal(rows), a.Party.Name, a.Party.Code(), strconv.Itoa(a.Year)+"年度", a.Published.words()))
			}
			return rows
		}, head: []string{"序号", "企业名称", "统一社会信用代码/注册号", "报送年度", "发布日期"}},
	)
	return []*host{h}
}
