package judgment

import (
	"regexp"
	"strings"
)

// CausesVersion is the version of the table by which a cause of action has a
// category. The words are those of 民事案件案由规定 (法〔2020〕346号); which of them
// the standard counts as what is this project's choice.
const CausesVersion = "causes/1"

// causes maps words of a cause to its category; the first that fits counts.
func causes() []struct{ category, words string } {
	return []struct{ category, words string }{
		{"labour", "劳动 人事争议 竞业限制 追索劳动报酬 经济补偿金 社会保险 工伤保险 养老保险待遇 医疗保险待遇 生育保险 失业保险 福利待遇 劳务派遣"},
		{"ip", "知识产权 商标 专利 著作权 版权 邻接权 植物新品种 集成电路 不正当竞争 商业秘密 域名 特许经营 企业名称 商号 垄断 技术合同 技术开发 技术转让 " +
			"计算机软件 仿冒 虚假宣传 商业诋毁 信息网络传播权"},
		{"commercial", "合同 买卖 产品责任 产品质量 产品生产者 产品销售者 消费 网络购物 网络服务 网络侵权责任 服务 货款 借款 借贷 租赁 承揽 加工 运输 仓储 保管 委托 居间 中介 行纪 " +
			"保险 票据 信用证 股权 股东 公司 合伙 破产 债权 债务 担保 保证 追偿 不当得利 拍卖 赠与 供用 储蓄 结算 预约 电子商务 价款 违约"},
	}
}

// category of a cause; administrative and all other cases are other.
func category(cause, caseType string) string {
	if strings.Contains(caseType, "行") {
		return "other"
	}
	if strings.Contains(caseType, "知") && cause == "" {
		return "ip"
	}
	for _, c := range causes() {
		if containsAny(cause, strings.Fields(c.words)...) {
			return c.category
		}
	}
	return "other"
}

var (
	causeEnd = regexp.MustCompile(`([\p{Han}、（）()]{2,40}?(?:纠纷|争议|责任|处罚|许可|强制|复议|确认|赔偿|案件|侵权|竞争))(?:一案|案|一审|二审|再审|上诉|申请|民事|行政|$)`)
	fallback = regexp.MustCompile(`(?:合同|买卖|侵害|劳动|人事|不正当|网络|产品|信息|股权|民间|服务|租赁|承揽|运输|加工|财产|商标|专利|著作权|追索|确认|生命|健康|机动车)[\p{Han}、]{0,24}?(?:纠纷|争议)`)
)

// readCause takes the cause of action from the title, else from the sentence
// that says how the case came: what stands between the last party's name and
// its end.
func (t *text) readCause() {
	for _, p := range []part{t.titlePart(), t.story} {
		s := p.text
		if i := strings.Index(s, "一案"); i >= 0 {
			s = s[:i+len("一案")]
		}
		from := 0
		for _, q := range t.parties {
			for _, name := range append([]string{q.name}, q.aliases...) {
				if i := strings.LastIndex(s, name); i >= 0 {
					from = max(from, i+len(name))
				}
			}
		}
		rest := strings.TrimLeft(s[from:], "（()）、，, ")
		rest = strings.TrimPrefix(rest, "等")
		from = len(s) - len(rest)
		m := causeEnd.FindStringSubmatchIndex(rest)
		if m != nil && m[2] == 0 && !containsAny(rest[m[2]:m[3]], "与", "诉") {
			t.cause, t.causeAt = rest[m[2]:m[3]], p.span(from+m[2], from+m[3])
			return
		}
		if at := fallback.FindStringIndex(s); at != nil {
			t.cause, t.causeAt = s[at[0]:at[1]], p.span(at[0], at[1])
			return
		}
	}
}

// titlePart is the line of the title in the text.
func (t *text) titlePart() part {
	for _, line := range (part{t.in.Page.Text, 0}).lines() {
		if squeeze(line.text) == t.title {
			return line
		}
	}
	return part{}
}
