package world

import (
	"fmt"
	"html"
)

// noticeHosts are the hotline, the security feed, the news, the firms that
// carry parcels and payments, awards, commitments, and the smaller notices of
// the regulator.
func (w *World) noticeHosts() []*host {
	return append([]*host{w.hotlineHost(), w.securityHost(), w.newsHost(), w.honourHost(), w.commitmentHost(), w.decisionHost()}, w.partnerHosts()...)
}

func (w *World) hotlineHost() *host {
	h := newHost("12315.sz.example", "深圳市消费投诉信息公示平台", utf8InMeta, "投诉公示", "消费警示")
	w.lists(h, publicList{
		channel: Hotline, path: "/tsgs/list.html", title: "消费投诉公示", size: 50,
		head: []string{"序号", "编号", "被投诉主体", "统一社会信用代码", "受理单位", "登记日期", "办理状态", "投诉问题", "投诉人", "联系电话"},
		rows: func(day int) (rows [][]cell) {
			for _, c := range w.Complaints(Hotline, -1, day) {
				rows = append(rows, texts(ordinal(rows), c.Number, c.Party.Name, c.Party.Code(), c.Authority, c.Date.slashes(), resolvedWords(c.Resolved), c.Topic,
					employee(c.ID), fmt.Sprintf("139%08d", number(c.ID, 100000000))))
			}
			return rows
		},
	})
	return h
}

func (w *World) securityHost() *host {
	h := newHost("cert.sz.example", "深圳市网络与信息安全信息通报中心", utf8InHeader, "漏洞通报", "恶意网址", "安全公告")
	w.lists(h, publicList{
		channel: Security, path: "/feed/list.html", title: "恶意网址与网站安全事件通报", size: 8,
		head: []string{"序号", "通报编号", "网站主办者", "统一社会信用代码", "域名", "事件类型", "发现日期", "解除日期"},
		rows: func(day int) (rows [][]cell) {
			for _, f := range w.Findings(day) {
				kind := map[string]string{"malware": "网页挂马", "phish": "仿冒钓鱼"}[f.Kind]
				rows = append(rows, texts(ordinal(rows), f.Number, f.Party.Name, f.Party.Code(), f.Host, or(kind, "其他安全隐患"), string(f.Date), string(f.Cleared)))
			}
			return rows
		},
	})
	return h
}

// newsHost has a list of articles and one page an article, in which a block
// of the monitoring office stands above the text.
func (w *World) newsHost() *host {
	h := newHost("news.example", "南岸财经观察", gbkUnsaid, "要闻", "公司", "消费", "评论")
	w.lists(h, publicList{
		channel: NewsSite, path: "/consume/list.html", title: "消费新闻", size: 10, head: []string{"标题", "发布日期"},
		rows: func(day int) (rows [][]cell) {
			for _, n := range w.Articles(day) {
				rows = append(rows, []cell{link(n.Title, "/consume/"+n.ID+".html"), {text: string(n.Date)}})
			}
			return rows
		},
	})
	w.channel(h, NewsSite, "/consume/", func(v visit) answer {
		for _, n := range w.Articles(v.day) {
			if n.ID+".html" != v.rest {
				continue
			}
			level := "一般"
			if n.Major {
				level = "重大"
			}
			info := htmlPairs("meta", []pair{
				say("稿件编号", n.Number), say("标题", n.Title), say("发布日期", n.Date.words()), say("涉及主体", n.Party.Name),
				say("主体代码", n.Party.Code()), say("舆情级别", level),
			})
			return h.html(n.Title, []string{"消费"}, info+"<div class=\"article\"><p>"+html.EscapeString(n.Body)+"</p><p>（本报记者）</p></div>")
		}
		return h.missing()
	})
	return h
}

// partnerHosts are the firms that carry operators' parcels and payments.
func (w *World) partnerHosts() []*host {
	post := newHost("sudi-express.example", "速帝快运", utf8InHeader, "网点查询", "运费时效", "公告中心")
	w.lists(post, publicList{
		channel: Logistics, path: "/notice/merchants.html", title: "异常寄件商户通报", rows: w.noticeRows(Logistics),
		head: []string{"序号", "通报编号", "商户名称", "统一社会信用代码", "通报事由", "通报单位", "通报日期"},
	})
	pay := newHost("huifutong.example", "汇付通支付", gbkInMeta, "产品中心", "商户服务", "风险公告")
	w.lists(pay, publicList{
		channel: Payment, path: "/risk/merchants.html", title: "风险商户处理公告", rows: w.noticeRows(Payment),
		head: []string{"序号", "公告编号", "特约商户", "商户代码", "处理事由", "公告单位", "公告日期"},
	})
	return []*host{post, pay}
}

func (w *World) honourHost() *host {
	h := newHost("bz.sz.example", "深圳市评比达标表彰信息公开网", utf8InHeader, "表彰公示", "先进事迹")
	w.lists(h, publicList{
		channel: Honours, path: "/bz/list.html", title: "表彰奖励公示", size: 10,
		head: []string{"序号", "表彰文号", "单位名称", "统一社会信用代码", "荣誉称号", "级别", "授予机关", "授予日期", "本人意愿"},
		rows: func(day int) (rows [][]cell) {
			for _, a := range w.Honours(day) {
				level := map[string]string{"national": "国家级", "provincial": "省级", "municipal": "市级"}[a.Level]
				wish := "同意记载"
				if a.OptedOut {
					wish = "不同意记载"
				}
				rows = append(rows, texts(ordinal(rows), a.Number, a.Party.Name, a.Party.Code(), a.Name, level, a.Authority, a.Date.words(), wish))
			}
			return rows
		},
	})
	return h
}

// commitmentRobots asks visitors to stay out of the internal part, in Chinese
// as it stands, and to take their time.
const commitmentRobots = "# 深圳信用承诺公示网\nUser-agent: *\nDisallow: /内部/\nCrawl-delay: 1\n"

// commitmentHost keeps an internal draft that its robots file forbids: what
// stands there is not published, and would be wrong.
func (w *World) commitmentHost() *host {
	h := newHost("cn.credit.sz.example", "深圳信用承诺公示网", utf8InHeader, "承诺公示", "违诺公示")
	h.robots = commitmentRobots
	head := []string{"序号", "承诺书编号", "承诺主体", "统一社会信用代码", "承诺事项", "受理单位", "承诺日期", "履行情况"}
	rows := func(day int, status func(Commitment) string) (rows [][]cell) {
		for _, c := range w.Commitments(day) {
			rows = append(rows, texts(ordinal(rows), c.Number, c.Party.Name, c.Party.Code(), c.Content, c.Authority, c.Date.words(), status(c)))
		}
		return rows
	}
	w.channel(h, Commitments, "/cn/list.html", func(v visit) answer {
		body := list("list", "/cn/list.html", head, rows(v.day, func(c Commitment) string { return statusWords(c.Status) }), v.query, 6)
		return h.html("信用承诺公示", []string{"承诺公示"}, body+`<p class="internal"><a href="/内部/核查底稿.html">核查底稿（内部）</a></p>`)
	})
	w.channel(h, Commitments, "/内部/核查底稿.html", func(v visit) answer {
		return h.html("核查底稿", []string{"内部"}, list("list", v.path, head, rows(v.day, func(Commitment) string { return statusWords("broken") }), v.query, 60))
	})
	return h
}

func statusWords(status string) string {
	switch status {
	case "performed":
		return "已履行"
	case "broken":
		return "违反承诺"
	}
	return "已作出"
}

// decisionHost is the regulator's part for decisions on faked reviews and on
// false material.
func (w *World) decisionHost() *host {
	h := newHost("rd.amr.sz.example", "深圳市市场监督管理局认定信息公示", utf8InMeta, "虚构评价认定", "虚假材料认定")
	w.lists(h,
		publicList{
			channel: FakeReviews, path: "/xjpj/list.html", title: "虚构交易、编造用户评价认定公示", size: 3, rows: w.noticeRows(FakeReviews),
			head: []string{"序号", "认定文号", "当事人", "统一社会信用代码", "认定事实", "认定机关", "认定日期"},
		},
		publicList{
			channel: FalseMaterial, path: "/xjcl/list.html", title: "提供虚假材料认定公示", rows: w.noticeRows(FalseMaterial),
			head: []string{"序号", "认定文号", "当事人", "统一社会信用代码", "认定事实", "认定机关", "认定日期"},
		})
	return h
}
