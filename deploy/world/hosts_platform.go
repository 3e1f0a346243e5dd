package world

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// platforms are the two platforms: one shows every review, the other sums of
// a month.
func platforms() []struct{ id, title string } {
	return []struct{ id, title string }{{"yunfan", "云帆集市"}, {"haihe", "海禾优选"}}
}

// platformHosts are the platforms: a directory of shops and a page a shop on
// one host, the shops' reviews and complaints on hosts of their own.
func (w *World) platformHosts() []*host {
	var all []*host
	for _, p := range platforms() {
		part := func(prefix string) *host {
			return newHost(prefix+p.id+".example", p.title, utf8InHeader, "商品分类", "品牌街", "店铺街", "商家入驻", "规则中心")
		}
		shops, opinions, complaints := part(""), part("pj."), part("ts.")
		w.shopDirectory(shops, p.id)
		w.channel(shops, PlatformShops, "/shop/", w.shopRoute(shops, p.id, func(i int, v visit) answer {
			return shops.html(w.Shop(i, v.day).Name, []string{"店铺街"}, w.shopPage(i, p.title, v.day))
		}))
		w.channel(opinions, Reviews, reviewPath(p.id), w.shopRoute(opinions, p.id, func(i int, v visit) answer {
			body := w.reviewPage
			if p.id == "haihe" {
				body = w.sumsPage
			}
			return opinions.html(w.Shop(i, v.day).Name+" 买家评价", []string{"店铺街", "买家评价"}, body(i, v))
		}))
		w.channel(complaints, PlatformComplaints, "/complaints/", w.shopRoute(complaints, p.id, func(i int, v visit) answer {
			return complaints.html(w.Shop(i, v.day).Name+" 平台投诉公示", []string{"店铺街", "投诉公示"}, w.complaintPage(i, v))
		}))
		all = append(all, shops, opinions, complaints)
	}
	return all
}

// reviewPath is where a platform keeps what buyers say: singly or in sums.
func reviewPath(platform string) string {
	if platform == "haihe" {
		return "/pingjia/"
	}
	return "/reviews/"
}

// shopDirectory lists the platform's shops with the operators whom the
// platform has on file (E-Commerce Law art. 27).
func (w *World) shopDirectory(h *host, platform string) {
	w.channel(h, PlatformShops, "/shops.html", func(v visit) answer {
		var rows [][]cell
		for i, s := range w.Shops {
			if s.Platform != platform {
				continue
			}
			state := w.Shop(i, v.day)
			row := texts("", s.ID, platform, state.Party.Name, state.Party.Code())
			row[0] = link(state.Name, "/shop/"+s.ID+".html")
			rows = append(rows, row)
		}
		return h.html("店铺街", nil, list("shops", "/shops.html", []string{"店铺名称", "店铺号", "平台", "经营者", "统一社会信用代码"}, rows, v.query, 40))
	})
}

// shopRoute finds the shop of a path like 10000037.html.
func (w *World) shopRoute(h *host, platform string, page func(shop int, v visit) answer) func(visit) answer {
	return func(v visit) answer {
		for i, s := range w.Shops {
			if s.Platform == platform && s.ID+".html" == v.rest {
				return page(i, v)
			}
		}
		return h.missing()
	}
}

// shopPage is a shop: what the platform has on file, what the shop shows of
// its licence, its rules and its goods, and the ways to reviews and
// complaints.
func (w *World) shopPage(i int, platform string, day int) string {
	s, shop := w.Shop(i, day), w.Shops[i]
	var b strings.Builder
	orders := "不展示"
	if s.Orders >= 0 {
		orders = strconv.Itoa(s.Orders)
	}
	verified := "待核验"
	if s.Verified {
		verified = "核验通过"
	}
	b.WriteString(htmlList("shopinfo", []pair{
		say("店铺名称", s.Name), say("店铺号", shop.ID), say("平台标识", shop.Platform), say("所在平台", platform), say("开店时间", string(s.Opened)),
		say("经营者", s.Party.Name), say("统一社会信用代码", s.Party.Code()), say("经营者类型", sellerWords(s.Kind)),
		say("现经营者入驻日期", string(s.Since)), say("主体身份", verified), say("近十二个月订单数", orders),
	}))
	b.WriteString(shopLicence(s))
	if s.ReturnPolicy {
		b.WriteString("<div class=\"rules\"><h3>售后服务</h3><p>本店支持七天无理由退货（鲜活易腐、定制商品除外），签收后七日内可在订单页申请，电子发票随货开具。</p></div>\n")
	} else {
		b.WriteString("<div class=\"rules\"><h3>售后服务</h3><p>售后问题请联系在线客服。</p></div>\n")
	}
	b.WriteString(goods(shop.ID, s.AbsoluteTerms, s.LatestGoods))
	fmt.Fprintf(&b, "<p class=\"more\"><a class=\"reviews\" href=\"http://pj.%s.example%s%s.html\">全部评价</a> "+
		"<a class=\"complaints\" href=\"http://ts.%s.example/complaints/%s.html\">投诉公示</a></p>\n", shop.Platform, reviewPath(shop.Platform), shop.ID, shop.Platform, shop.ID)
	return b.String()
}

// shopLicence is what the shop shows of its licence: in full by a mark that
// leads to it, in part by an excerpt.
func shopLicence(s ShopState) string {
	switch s.Licence {
	case "full":
		return "<div class=\"licence\"><h3>证照公示</h3><p><a class=\"zhizhao\" href=\"/zhizhao/view\">营业执照</a></p></div>\n"
	case "partial":
		return "<div class=\"licence\"><h3>营业执照信息（摘录）</h3>" + htmlPairs("zhizhao", []pair{say("企业名称", s.Party.Name)}) + "</div>\n"
	case "exempt_declared":
		return "<div class=\"licence\"><h3>主体信息</h3><p>" + exemptWords + "</p></div>\n"
	}
	return "<div class=\"licence\"><h3>主体信息</h3><p>暂未公示</p></div>\n"
}

// exemptWords is the declaration of the Measures on Online Trading art. 12.
const exemptWords = "自我声明：本经营者依法不需要办理市场主体登记，实际经营地址及联系方式已报送平台，承诺遵守法律法规。"

func sellerWords(kind string) string {
	switch kind {
	case "individual":
		return "个体工商户"
	case "natural":
		return "自然人"
	}
	return "企业"
}

// goods are a few goods with the days on which they came; a text with an
// absolute term (Advertising Law art. 9) is one good's description.
func goods(seed string, terms []string, latest Date) string {
	names := []string{"便携保温杯", "加厚收纳箱", "纯棉毛巾三件套", "折叠雨伞", "桌面台灯", "儿童绘本", "无线鼠标", "山茶花护手霜"}
	tails := []string{"日常实用，颜色可选。", "当日发货，支持试用。", "轻便耐用，适合通勤。", "经典款式，尺码齐全。"}
	var b strings.Builder
	b.WriteString("<div class=\"goods\"><h3>店铺商品</h3>\n<ul>\n")
	for i := range max(4, len(terms)) {
		text := tails[number(seed+strconv.Itoa(i), len(tails))]
		if i < len(terms) {
			text = "本品采用" + terms[i] + "工艺，" + text
		}
		fmt.Fprintf(&b, "<li><b>%s</b> <span class=\"desc\">%s</span> <span class=\"price\">¥%d.00</span> 上新日期：<span class=\"date\">%s</span></li>\n",
			names[(number(seed, len(names))+i)%len(names)], html.EscapeString(text), 19+number(seed+names[i%len(names)], 180), latest.plusDays(-9*i))
	}
	b.WriteString("</ul></div>\n")
	return b.String()
}

// reviewPage is a page of single reviews.
func (w *World) reviewPage(shop int, v visit) string {
	all := w.Reviews(shop, v.day)
	head := fmt.Sprintf("<p class=\"shop\">店铺号：<span class=\"shopid\">%s</span></p>\n", w.Shops[shop].ID)
	if len(all) == 0 {
		return head + "<p class=\"none\">" + noReviews + "</p>"
	}
	p := paginate(len(all), 8, pageOf(v.query))
	var b strings.Builder
	b.WriteString(head + "<ul class=\"reviews\">\n")
	for _, r := range all[p.from:p.to] {
		flag := ""
		if r.Suspect {
			flag = "<em class=\"suspect\">疑似异常评价</em>"
		}
		fmt.Fprintf(&b, "<li class=\"review\" data-id=\"%s\"><span class=\"author\">%s</span> <span class=\"stars\">%s</span> <span class=\"date\">%s</span> %s<p class=\"text\">%s</p></li>\n",
			r.ID, html.EscapeString(r.Author), strings.Repeat("★", r.Stars)+strings.Repeat("☆", 5-r.Stars), r.Date, flag, html.EscapeString(r.Text))
	}
	return b.String() + "</ul>\n" + p.pager(v.path)
}

// noReviews is what a shop without reviews or complaints says.
const noReviews = "暂无评价"

// sumsPage is the other platform's way: sums of a month.
func (w *World) sumsPage(shop int, v visit) string {
	var rows [][]cell
	for _, r := range w.Reviews(shop, v.day) {
		rows = append(rows, texts(w.Shops[shop].ID, r.ID, string(r.Date), strconv.Itoa(r.Count), strconv.Itoa(r.Positive)))
	}
	if len(rows) == 0 {
		return "<p class=\"none\">" + noReviews + "</p>"
	}
	return list("sums", v.path, []string{"店铺号", "统计月份", "截止日期", "评价数", "好评数"}, rows, v.query, 50)
}

// complaintPage is a shop's complaints at the platform. The page does not
// repeat who the operator is: it is about the shop that led to it.
func (w *World) complaintPage(shop int, v visit) string {
	var rows [][]cell
	for _, c := range w.Complaints(PlatformComplaints, shop, v.day) {
		rows = append(rows, texts(c.Number, c.Authority, string(c.Date), resolvedWords(c.Resolved), c.Topic, "138****"+fmt.Sprintf("%04d", number(c.ID, 10000))))
	}
	return list("list", v.path, []string{"投诉编号", "受理单位", "投诉日期", "处理状态", "投诉事由", "投诉人电话"}, rows, v.query, 3)
}

func resolvedWords(resolved bool) string {
	if resolved {
		return "办结"
	}
	return "在办"
}
