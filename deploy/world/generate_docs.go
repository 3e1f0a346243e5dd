package world

import "fmt"

// numbered makes a document number of a year.
func (m *maker) numbered(prefix string, date Date) string {
	return fmt.Sprintf("%s〔%s〕%d号", prefix, date[:4], m.next(prefix+string(date[:4])))
}

// notice adds a notice of a channel.
func (a *actor) notice(channel string, date Date, number string) Notice {
	m := a.m
	prefix, authority, texts := "", "", []string(nil)
	switch channel {
	case Coercion:
		prefix, authority = "深市监强措", "深圳市市场监督管理局"
		texts = []string{"查封经营场所", "扣押涉案商品", "先行登记保存"}
	case Labour:
		prefix, authority = "深人社监罚", "深圳市人力资源和社会保障局"
		texts = []string{"未按时足额支付劳动报酬", "未依法签订书面劳动合同", "违法延长劳动者工作时间"}
	case FakeReviews:
		prefix, authority = "深市监网认", "深圳市市场监督管理局"
		texts = []string{"组织员工虚构交易、编造用户评价", "以返现方式诱导消费者作出好评"}
	case Logistics:
		prefix, authority = "迅鹿通报", "迅鹿物流（深圳）有限公司"
		texts = []string{"拖欠运费逾六十日", "多次申报货物与实物不符"}
	case Payment:
		prefix, authority = "银杉风控", "银杉支付（深圳）有限公司"
		texts = []string{"商户拒付率异常，暂停结算", "交易退款投诉集中"}
	case FalseMaterial:
		prefix, authority = "深信核", "深圳市公共信用中心"
		texts = []string{"异议申请中提交伪造的完税证明", "承诺材料中提交虚假的检验报告"}
	}
	if number == "" {
		number = m.numbered(prefix, date)
	}
	v := Notice{ID: m.id("tz"), Party: a.party(date), Number: number, Authority: authority, Date: date, Text: pick(m.rng, texts)}
	m.w.notices = append(m.w.notices, one(from(date, channel), v))
	return v
}

// listing adds an entry of a list; spans say when it stands there.
func (a *actor) listing(channel string, listed, removed Date, spans ...Span) {
	m := a.m
	prefix, authority, category := "深市监异列", a.reg.Registrar, ""
	var reason string
	switch channel {
	case Serious:
		prefix, authority, category = "深市监严列", "深圳市市场监督管理局", "违法失信类"
		reason = "实施网络虚假宣传且情节严重，受到较重行政处罚"
	case Wages:
		prefix, authority = "深人社失列", "深圳市人力资源和社会保障局"
		reason = "克扣、无故拖欠农民工工资达到认定拒不支付劳动报酬数额标准"
	default:
		reason = pick(m.rng, []string{
			"通过登记的住所或者经营场所无法联系", "未依照规定的期限公示年度报告", "公示企业信息隐瞒真实情况、弄虚作假",
		})
	}
	v := Listing{
		ID: m.id("ml"), Party: a.party(listed), Number: m.numbered(prefix, listed), Reason: reason, Authority: authority, Listed: listed, Category: category,
	}
	shows := from(listed, channel)
	if len(spans) > 0 {
		shows = during(spans, channel)
	}
	d := one(shows, v)
	if removed != "" {
		done := v
		done.Removed, done.RemovalReason = removed, "列入事由已消除，依法移出"
		day := max(0, dayZero.daysTo(removed))
		if day == 0 {
			d.Versions[0].Value = done
		} else {
			d.Versions = append(d.Versions, Version[Listing]{day, done})
		}
	}
	m.w.listings = append(m.w.listings, d)
}

// tax adds arrears of a tax; settled is the day on which they were paid.
func (a *actor) tax(kind string, balance Money, date, settled Date) int {
	m := a.m
	v := TaxArrears{
		ID: m.id("qs"), Party: a.party(date), Number: m.numbered("深税欠告", date), Authority: "国家税务总局深圳市税务局", Date: date, Tax: kind,
		Balance: balance, New: balance / 4,
	}
	d := one(from(date, Tax), v)
	if settled != "" {
		d.Versions = revise(d.Versions, max(0, dayZero.daysTo(settled)), func(t *TaxArrears) { t.Settled = settled })
	}
	m.w.taxes = append(m.w.taxes, d)
	return len(m.w.taxes) - 1
}

// owes adds unpaid housing fund or social insurance.
func (a *actor) owes(channel, stage string, date, settled Date) int {
	m := a.m
	prefix, authority := "深公积金限缴", "深圳市住房公积金管理中心"
	if channel == Insurance {
		prefix, authority = "深社保限缴", "深圳市社会保险基金管理局"
	}
	v := Arrears{
		ID: m.id("qj"), Party: a.party(date), Number: m.numbered(prefix, date), Authority: authority, Date: date, Stage: stage,
		Amount: Money(1_000_000+m.rng.IntN(30_000_000)) / 100 * 100, Settled: settled,
	}
	m.w.arrears = append(m.w.arrears, one(from(date, channel), v))
	return len(m.w.arrears) - 1
}

// checked adds the result of a spot check.
func (a *actor) checked(passed bool, date Date) int {
	m := a.m
	v := SpotCheck{
		ID: m.id("cc"), Party: a.party(date), Number: m.numbered("深市监抽告", date), Authority: "深圳市市场监督管理局", Date: date,
		Product: pick(m.rng, a.trade.goods), Batch: "L" + date.compact() + itoa(1+m.rng.IntN(9)), Passed: passed,
	}
	m.w.spotChecks = append(m.w.spotChecks, one(from(date, Sampling), v))
	return len(m.w.spotChecks) - 1
}

// licence adds a licence.
func (a *actor) licence(name string, start, end Date, status string) {
	m := a.m
	v := Licence{
		ID: m.id("xk"), Party: a.party(start), Number: fmt.Sprintf("%s%s%06d", map[string]string{
			"食品经营许可证": "JY14403", "药品经营许可证": "粤DA755", "医疗器械经营许可证": "粤深食药监械经营许",
			"出版物经营许可证": "深新出发", "危险化学品经营许可证": "粤深危化经字", "烟草专卖零售许可证": "4403烟",
		}[name], start[:4], m.next("licence")), Name: name, Authority: a.reg.Registrar, From: start, To: end, Status: status,
	}
	m.w.licences = append(m.w.licences, one(always(Licences), v))
}

// licensed gives the operator what its scope requires.
func (a *actor) licensed() *actor {
	done := map[string]bool{}
	for _, name := range requiredLicences(a.reg.Scope) {
		if !done[name] {
			a.licence(name, Date("2024-01-01").plusDays(a.m.rng.IntN(400)), Date("2028-06-01").plusDays(a.m.rng.IntN(400)), "有效")
			done[name] = true
		}
	}
	return a
}

// complain adds a complaint to 12315, or to the platform of a shop.
func (a *actor) complain(shop int, date Date, resolved bool) {
	m := a.m
	v := Complaint{
		ID: m.id("ts"), Party: a.party(date), Shop: shop, Number: fmt.Sprintf("1440300%s%06d", date.compact(), m.next("complaint")),
		Authority: "深圳市消费者权益保护举报投诉中心", Date: date, Resolved: resolved,
		Topic: pick(m.rng, []string{"不履行七日无理由退货", "商品与宣传不符", "延迟发货", "售后服务推诿", "拒开发票"}),
	}
	channel := Hotline
	if shop >= 0 {
		channel = PlatformComplaints
		v.Authority = map[string]string{"yunfan": "云帆集市客户服务中心", "haihe": "海禾优选客户服务中心"}[m.w.Shops[shop].Platform]
	}
	m.w.complaints = append(m.w.complaints, one(from(date, channel), v))
}

// finding adds an entry of the security feed.
func (a *actor) finding(kind string, date, cleared Date) {
	m := a.m
	host := ""
	if sites := m.w.Operators[a.op].Sites; len(sites) > 0 {
		host = m.w.Sites[sites[0]].Host
	}
	v := SecurityFinding{ID: m.id("aq"), Party: a.party(date), Number: m.numbered("深网安通", date), Host: host, Kind: kind, Date: date}
	d := one(from(date, Security), v)
	if cleared != "" {
		d.Versions = revise(d.Versions, max(0, dayZero.daysTo(cleared)), func(f *SecurityFinding) { f.Cleared = cleared })
	}
	m.w.findings = append(m.w.findings, d)
}

// reported adds an article about the operator.
func (a *actor) reported(major bool, date Date) {
	m := a.m
	goods := pick(m.rng, a.trade.goods)
	title := pick(m.rng, []string{"消费者反映%s售后难", "网购%s遇发货延迟，商家致歉"})
	body := "据多位消费者反映，在其网店购买%s后售后处理迟缓，商家表示已安排专人跟进。"
	if major {
		title, body = "%s质量问题引发集中投诉，相关部门介入", "近日，多地消费者称所购%s存在安全隐患，投诉量短期内集中上升，相关部门已介入调查。"
	}
	v := News{
		ID: m.id("xw"), Party: a.party(date), Number: "SZYQ" + date.compact() + itoa(m.next("news")), Title: a.nameOn(date) + "：" + fmt.Sprintf(title, goods),
		Date: date, Major: major, Body: fmt.Sprintf(body, goods),
	}
	m.w.news = append(m.w.news, one(from(date, NewsSite), v))
}

// honoured adds an award.
func (a *actor) honoured(level string, date Date, optedOut bool) {
	name, authority := "深圳市诚信经营示范单位", "深圳市市场监督管理局"
	switch level {
	case "national":
		name, authority = "全国商务诚信示范企业", "全国商务诚信评选委员会"
	case "provincial":
		name, authority = "广东省守合同重信用企业", "广东省市场监督管理局"
	}
	v := Honour{
		ID: a.m.id("ry"), Party: a.party(date), Number: a.m.numbered("信誉表", date), Authority: authority, Date: date, Name: name, Level: level, OptedOut: optedOut,
	}
	a.m.w.honours = append(a.m.w.honours, one(from(date, Honours), v))
}

// commits adds a public credit commitment.
func (a *actor) commits(status string, date Date) {
	v := Commitment{
		ID: a.m.id("cn"), Party: a.party(date), Number: a.m.numbered("深信诺", date), Authority: "深圳市公共信用中心", Date: date,
		Content: "承诺七日内无理由退货、四十八小时内发货", Status: status,
	}
	a.m.w.commitments = append(a.m.w.commitments, one(from(date, Commitments), v))
}
