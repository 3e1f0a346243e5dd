package world

import (
	"fmt"
	"strings"
)

// A pen is what a penalty is made from; what is left empty is drawn.
type pen struct {
	date     Date
	kinds    []string
	fine     Money
	taken    Money
	summary  bool
	end      Date     // its own end of publicity
	channels []string // where it stands; PenaltyPages where empty
	spans    []Span   // when it stands there; from its date where empty
	party    *Party
	number   string
	slip     bool // the table of 2018 gives yuan as 万元
}

// conducts are violations: type, what happened (with the goods), basis.
func conducts() [][3]string {
	return [][3]string{
		{"发布虚假广告", "当事人在网店销售%s的商品页面使用与实际不符的宣传内容", "《中华人民共和国广告法》第五十五条第一款"},
		{"销售不合格产品", "当事人销售的%s经抽样检验，所检项目不符合国家标准要求", "《中华人民共和国产品质量法》第五十条"},
		{"侵害消费者权益", "当事人对消费者提出的%s退货要求超过十五日未予处理", "《侵害消费者权益行为处罚办法》第十四条"},
		{"未公示营业执照信息", "当事人在销售%s的网店首页未持续公示营业执照信息", "《中华人民共和国电子商务法》第七十六条第一款"},
		{"价格欺诈", "当事人销售%s时标示的原价在活动前七日内没有成交记录", "《明码标价和禁止价格欺诈规定》第十九条"},
		{"标签不符合规定", "当事人销售的%s标签未标注生产者名称和地址", "《中华人民共和国产品质量法》第五十四条"},
		{"虚假交易", "当事人通过组织刷单虚增%s的销量和好评", "《中华人民共和国反不正当竞争法》第二十条"},
	}
}

// penalty adds a penalty decision and returns its place among the penalties.
func (a *actor) penalty(p pen) int {
	m := a.m
	c := pick(m.rng, conducts())
	if len(p.kinds) == 0 {
		p.kinds = []string{"罚款"}
	}
	if len(p.channels) == 0 {
		p.channels = []string{PenaltyPages}
	}
	place := strings.TrimSuffix(districtNames()[a.reg.Area], "区")
	authority, short := "深圳市市场监督管理局"+place+"监管局", "深市监"+firstRune(place)+"处罚"
	if place == "" {
		authority, short = "深圳市市场监督管理局", "深市监处罚"
	}
	if p.number == "" {
		p.number = fmt.Sprintf("%s〔%s〕%d号", short, p.date[:4], m.next("penalty"+place+string(p.date[:4])))
	}
	party := a.party(p.date)
	if p.party != nil {
		party = *p.party
	}
	v := Penalty{
		ID: m.id("cf"), Party: party, Number: p.number, Authority: authority, Date: p.date, Kinds: p.kinds, Fine: p.fine, Confiscated: p.taken,
		Conduct: c[0], Facts: fmt.Sprintf(c[1], pick(m.rng, a.trade.goods)) + "，上述事实有现场笔录、网页截图等证据证实", Basis: c[2],
		Content: content(p), Summary: p.summary, PublicEnd: p.end, Status: "正常", Slip: p.slip,
	}
	shows := from(p.date, p.channels...)
	if p.spans != nil {
		shows = during(p.spans, p.channels...)
	}
	m.w.penalties = append(m.w.penalties, one(shows, v))
	return len(m.w.penalties) - 1
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// content is what a decision decides, in words.
func content(p pen) string {
	var parts []string
	for i, k := range p.kinds {
		switch {
		case k == "罚款" && p.fine == 0:
			parts = append(parts, fmt.Sprintf("%d.罚款（数额详见决定书正本）", i+1))
		case k == "罚款":
			parts = append(parts, fmt.Sprintf("%d.罚款人民币%s元", i+1, p.fine.yuan()))
		case strings.HasPrefix(k, "没收"):
			parts = append(parts, fmt.Sprintf("%d.%s人民币%s元", i+1, k, p.taken.yuan()))
		default:
			parts = append(parts, fmt.Sprintf("%d.%s", i+1, k))
		}
	}
	return strings.Join(parts, "；")
}

// amend changes how a penalty reads from a day on.
func (m *maker) amend(penalty, day int, change func(*Penalty)) {
	m.w.penalties[penalty].Versions = revise(m.w.penalties[penalty].Versions, day, change)
}

// mend adds a decision about a penalty: repaired, repair_revoked, annulled or
// corrected.
func (a *actor) mend(penalty int, effect string, date Date, items ...string) {
	p := a.m.w.penalties[penalty].Versions[0].Value
	a.decideOn("penalty", p.Number, p.Authority, effect, date, items...)
}

// decideOn adds a decision about a document of the operator.
func (a *actor) decideOn(typ, number, authority, effect string, date Date, items ...string) {
	v := Repair{
		ID: a.m.id("xf"), Party: a.party(date), Number: fmt.Sprintf("深信修〔%s〕%d号", date[:4], a.m.next("repair"+string(date[:4]))),
		Authority: "深圳市公共信用中心", Date: date, Effect: effect, TargetType: typ, TargetNumber: number, TargetAuthority: authority, Items: items,
	}
	a.m.w.repairs = append(a.m.w.repairs, one(from(date, Repairs), v))
}
