package world

import "fmt"

// A ruling is what a judgment is made from; what is left empty is drawn.
type ruling struct {
	date      Date
	effective Date
	inEffect  bool
	category  string // commercial where empty
	outcome   string // lost where empty; "none" leaves it out
	amount    Money
	second    bool   // of the second instance
	below     string // the number below
	disposal  string
	bare      bool // names the operator without a code
	plaintiff bool
	masked    bool // the court hid the case number
}

// judgment adds a judgment and returns its number.
func (a *actor) judgment(r ruling) string {
	m := a.m
	if r.category == "" {
		r.category = "commercial"
	}
	switch r.outcome {
	case "":
		r.outcome = "lost"
	case "none":
		r.outcome = ""
	}
	district := a.reg.Area[4:]
	if a.reg.Area[:4] != "4403" {
		district = "04"
	}
	court := map[string]string{
		"03": "深圳市罗湖区人民法院", "04": "深圳市福田区人民法院", "05": "深圳市南山区人民法院", "06": "深圳市宝安区人民法院", "07": "深圳市龙岗区人民法院",
		"08": "深圳市盐田区人民法院", "09": "深圳市龙华区人民法院", "10": "深圳市坪山区人民法院", "11": "深圳市光明区人民法院",
	}[district]
	code, kind := "粤03"+district, "民初"
	if r.second {
		court, code, kind = "广东省深圳市中级人民法院", "粤03", "民终"
	}
	causes := map[string][]string{
		"commercial": {"网络购物合同纠纷", "买卖合同纠纷", "产品责任纠纷"}, "ip": {"侵害商标权纠纷", "著作权侵权纠纷", "不正当竞争纠纷"},
		"labour": {"劳动争议", "追索劳动报酬纠纷"}, "other": {"名誉权纠纷"},
	}
	party := a.party(r.date)
	if r.bare {
		party = a.bare(r.date)
	}
	v := Judgment{
		ID: m.id("ws"), Party: party, Other: person(m.rng), Plaintiff: r.plaintiff,
		Number: fmt.Sprintf("（%s）%s%s%d号", r.date[:4], code, kind, 100+m.next("court"+code)), Court: court, Date: r.date, Effective: r.effective,
		InEffect: r.inEffect, Cause: pick(m.rng, causes[r.category]), Category: r.category, Instance: "1", Appealed: r.below, Outcome: r.outcome,
		Disposition: r.disposal, Amount: r.amount, Facts: "原告在被告处购买" + pick(m.rng, a.trade.goods) + "后，双方就商品质量及售后处理发生争议",
	}
	if r.category == "ip" {
		v.Other = operatorName("company", "440106", m.brand(), "文化")
		v.Facts = "被告未经许可在其销售的" + pick(m.rng, a.trade.goods) + "上使用与原告近似的标识"
	}
	if r.category == "labour" {
		v.Facts = "原告系被告员工，双方就工资及经济补偿发生争议"
	}
	if r.second {
		v.Instance = "2"
	}
	if r.masked {
		v.Number = fmt.Sprintf("（%s）%s%s×××号", r.date[:4], code, kind)
	}
	m.w.judgments = append(m.w.judgments, one(from(r.date, Court), v))
	return v.Number
}

// award adds an award of the labour arbitration commission.
func (a *actor) award(outcome string, amount Money, date, effective Date) {
	v := Award{
		ID: a.m.id("zc"), Party: a.party(date), Number: a.m.numbered("深劳人仲案", date), Authority: "深圳市劳动人事争议仲裁委员会", Date: date,
		Outcome: outcome, Amount: amount, Effective: effective,
	}
	a.m.w.awards = append(a.m.w.awards, one(from(date, Arbitration), v))
}

// caseNumber draws the number of an enforcement case.
func (a *actor) caseNumber(year string) string {
	district := a.reg.Area[4:]
	if a.reg.Area[:4] != "4403" {
		district = "04"
	}
	return fmt.Sprintf("（%s）粤03%s执%d号", year, district, 200+a.m.next("enforcement"+district))
}

// courtEntry adds an entry of Enforcement, Limits or Dishonest. It ends on the
// day ended, if that is given.
func (a *actor) courtEntry(channel, number string, date, ended Date, spans ...Span) {
	m := a.m
	v := CourtEntry{
		ID: m.id("zx"), Party: a.party(date), Number: number, Court: "深圳市" + or(districtNames()[a.reg.Area], "福田区") + "人民法院", Date: date,
	}
	switch channel {
	case Enforcement:
		v.Amount = Yuan(int64(20_000 + m.rng.IntN(900_000)))
	case Dishonest:
		v.Published = date.plusDays(30)
		v.Duty, v.Performance, v.Conduct = "支付货款及逾期利息", "全部未履行", "有履行能力而拒不履行生效法律文书确定义务"
		v.Basis = fmt.Sprintf("（%s）粤0304民初%d号", date[:4], 1000+m.next("basis"))
	}
	shows := from(max(date, v.Published), channel)
	if len(spans) > 0 {
		shows = during(spans, channel)
	}
	d := one(shows, v)
	if ended != "" {
		d.Versions = revise(d.Versions, max(0, dayZero.daysTo(ended)), func(c *CourtEntry) { c.Ended = ended })
	}
	m.w.courtEntries = append(m.w.courtEntries, d)
}
