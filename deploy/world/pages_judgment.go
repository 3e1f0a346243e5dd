package world

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// judgmentTitle is 当事人 + 案由 + 审级 + 文书种类.
func judgmentTitle(j Judgment) string {
	first, second := j.Other, j.Party.Name
	if j.Plaintiff {
		first, second = second, first
	}
	return first + "与" + second + j.Cause + procedureWords(j) + docWords(j)
}

func procedureWords(j Judgment) string {
	switch j.Instance {
	case "2":
		return "民事二审"
	case "retrial":
		return "民事再审"
	}
	return "民事一审"
}

// docWords is the kind of document: what ends a case without deciding it is a
// ruling.
func docWords(j Judgment) string {
	if j.Disposition == "remitted" || j.Disposition == "withdrawn" {
		return "民事裁定书"
	}
	return "民事判决书"
}

// judgmentPage is the block of labels above the text, then the text in the
// official order: 首部, 诉辩, 事实, 理由, 判决结果, 尾部.
func judgmentPage(j Judgment) string {
	info := []pair{
		say("案号", j.Number), say("审理法院", j.Court), say("案由", j.Cause), say("案件类型", "民事案件"),
		say("审理程序", procedureWords(j)), say("裁判日期", string(j.Date)),
	}
	if j.Appealed != "" {
		info = append(info, say("原审案号", j.Appealed))
	}
	if j.Effective != "" {
		info = append(info, say("生效日期", string(j.Effective)))
	}
	info = append(info, say("法律效力", effectOf(j)))
	var b strings.Builder
	b.WriteString(htmlList("wsinfo", info))
	b.WriteString("<div class=\"wsnr\">\n")
	fmt.Fprintf(&b, "<div class=\"court\">%s</div>\n<div class=\"doctype\">%s</div>\n<div class=\"caseno\">%s</div>\n",
		html.EscapeString(spaced(courtInFull(j.Court))), spaced(docWords(j)), html.EscapeString(j.Number))
	for _, p := range judgmentText(j) {
		b.WriteString("<p>" + p + "</p>\n")
	}
	b.WriteString("</div>\n")
	return b.String()
}

func effectOf(j Judgment) string {
	if j.InEffect {
		return "已生效"
	}
	return "未生效"
}

// courtInFull writes the province before a court of Shenzhen, as documents do.
func courtInFull(court string) string {
	if strings.HasPrefix(court, "深圳") {
		return "广东省" + court
	}
	return court
}

// spaced puts blanks between characters: 民 事 判 决 书.
func spaced(s string) string {
	return strings.Join(strings.Split(s, ""), " ")
}

// A bench is who stands where in a case.
type bench struct {
	first, second         string // names
	firstRole, secondRole string // 原告, 被告, 上诉人（原审被告）…
}

func benchOf(j Judgment) bench {
	operator, other := j.Party.Name, j.Other
	if j.Instance == "2" || j.Instance == "retrial" {
		up, down := "上诉人", "被上诉人"
		if j.Instance == "retrial" {
			up, down = "再审申请人", "被申请人"
		}
		if j.Plaintiff {
			return bench{operator, other, up + "（原审原告）", down + "（原审被告）"}
		}
		return bench{operator, other, up + "（原审被告）", down + "（原审原告）"}
	}
	if j.Plaintiff {
		return bench{operator, other, "原告", "被告"}
	}
	return bench{other, operator, "原告", "被告"}
}

// judgmentText is the text in paragraphs of HTML, with the entities that such
// pages are full of.
func judgmentText(j Judgment) []string {
	b := benchOf(j)
	e := html.EscapeString
	operatorLine := func(role string) string {
		line := fmt.Sprintf("%s：%s，住所地广东省深圳市。", role, e(j.Party.Name))
		if j.Party.USCC != "" {
			line = fmt.Sprintf("%s：%s，住所地广东省深圳市，统一社会信用代码：%s。", role, e(j.Party.Name), j.Party.USCC)
		}
		return line
	}
	head := func(role, name string) []string {
		if name != j.Party.Name {
			return []string{fmt.Sprintf("%s：%s。", role, e(name))}
		}
		lines := []string{operatorLine(role)}
		if j.Party.LegalRep != "" {
			lines = append(lines, "法定代表人："+e(j.Party.LegalRep)+"。")
		}
		return lines
	}
	out := append(head(b.firstRole, b.first), head(b.secondRole, b.second)...)
	out = append(out, openingWords(j, b),
		fmt.Sprintf("%s诉称：请求判令对方承担民事责任并支付相应款项。%s辩称：不同意对方的请求，&ldquo;有下列情形之一的&rdquo;条款不适用于本案。", plain(b.firstRole), plain(b.secondRole)),
		"经审理查明："+e(j.Facts)+"上述事实，有订单页面截图、付款凭证、聊天记录及当事人陈述等证据在案佐证。",
	)
	out = append(out, below(j, b)...)
	out = append(out, "本院认为，"+reasonWords(j)+"依照《中华人民共和国民法典》第五百零九条、第五百七十七条，《中华人民共和国民事诉讼法》第六十七条之规定，"+verdictWords(j)+"如下：")
	out = append(out, dispositive(j, b)...)
	return append(out, closing(j, b)...)
}

// below repeats the ruling that an appeal leaves as it is.
func below(j Judgment, b bench) []string {
	if j.Disposition != "upheld" {
		return nil
	}
	j.Disposition = ""
	return []string{"一审法院判决：" + strings.Join(dispositive(j, b), "") + "判后，" + plain(b.firstRole) + html.EscapeString(b.first) + "不服。"}
}

// plain drops the role below: 上诉人（原审被告） is 上诉人.
func plain(role string) string {
	role, _, _ = strings.Cut(role, "（")
	return role
}

func openingWords(j Judgment, b bench) string {
	e := html.EscapeString
	if j.Appealed != "" {
		return fmt.Sprintf("%s%s因与%s%s%s一案，不服%s民事判决，向本院提出请求。本院依法组成合议庭进行了审理，现已审理终结。",
			plain(b.firstRole), e(b.first), plain(b.secondRole), e(b.second), e(j.Cause), e(j.Appealed))
	}
	return fmt.Sprintf("原告%s与被告%s%s一案，本院立案后，依法适用简易程序公开开庭进行了审理。本案现已审理终结。", e(b.first), e(b.second), e(j.Cause))
}

func verdictWords(j Judgment) string {
	if strings.HasSuffix(docWords(j), "裁定书") {
		return "裁定"
	}
	return "判决"
}

func reasonWords(j Judgment) string {
	switch j.Category {
	case "ip":
		return "被诉行为是否侵害他人知识产权或构成不正当竞争，应结合使用方式与相关公众认知综合判断。"
	case "labour":
		return "劳动者的合法权益受法律保护，用人单位应当依法履行义务。"
	}
	return "依法成立的合同对当事人具有法律约束力，当事人应当按照约定全面履行自己的义务。"
}

// purpose is what is paid for.
func purpose(j Judgment) string {
	switch j.Category {
	case "ip":
		return "赔偿经济损失及合理开支"
	case "labour":
		return "支付工资差额及经济补偿"
	}
	return "退还货款并赔偿损失"
}

// dispositive is what the court decides. The operator lost wholly where the
// other side got all it asked for, partly where the rest was dismissed.
func dispositive(j Judgment, b bench) []string {
	e := html.EscapeString
	defendant, plaintiff := j.Party.Name, j.Other
	if j.Plaintiff {
		defendant, plaintiff = plaintiff, defendant
	}
	pay := func(n string) string {
		return fmt.Sprintf("%s被告%s于本判决生效之日起十日内向原告%s%s人民币%s元；", n, e(defendant), e(plaintiff), purpose(j), j.Amount.grouped())
	}
	switch j.Disposition {
	case "upheld":
		return []string{"驳回上诉，维持原判。"}
	case "remitted":
		return []string{fmt.Sprintf("一、撤销%s民事判决；", e(j.Appealed)), "二、本案发回原审人民法院重审。"}
	case "withdrawn":
		return []string{fmt.Sprintf("准许%s撤回上诉。一审判决自本裁定书送达之日起发生法律效力。", e(b.first))}
	}
	rest := fmt.Sprintf("驳回原告%s的其他诉讼请求。", e(plaintiff))
	all := fmt.Sprintf("驳回原告%s的全部诉讼请求。", e(plaintiff))
	wholly := j.Outcome == "lost" && !j.Plaintiff || j.Outcome == "won" && j.Plaintiff
	refused := j.Outcome == "won" && !j.Plaintiff || j.Outcome == "lost" && j.Plaintiff
	var lines []string
	if j.Disposition == "changed" {
		lines = append(lines, fmt.Sprintf("一、撤销%s民事判决；", e(j.Appealed)))
	}
	n := func() string { return []string{"一、", "二、", "三、", "四、"}[len(lines)] }
	switch {
	case refused && len(lines) == 0:
		return []string{all}
	case refused:
		return append(lines, n()+all)
	case j.Category == "ip":
		lines = append(lines, n()+fmt.Sprintf("被告%s立即停止侵害行为；", e(defendant)))
	}
	if j.Amount > 0 || j.Category != "ip" {
		lines = append(lines, pay(n()))
	}
	if !wholly {
		lines = append(lines, n()+rest)
	}
	last := len(lines) - 1
	lines[last] = strings.TrimSuffix(strings.TrimSuffix(lines[last], "；"), "。") + "。"
	return lines
}

// closing is 尾部: interest, costs, appeal, bench, date in Chinese numerals.
func closing(j Judgment, b bench) []string {
	var out []string
	if verdictWords(j) == "判决" && j.Amount > 0 {
		out = append(out, "如果未按本判决指定的期间履行给付金钱义务，应当依照《中华人民共和国民事诉讼法》第二百六十四条之规定，加倍支付迟延履行期间的债务利息。")
	}
	out = append(out, fmt.Sprintf("案件受理费人民币%d元，由%s负担。", 50+number(j.ID, 40)*25, html.EscapeString(b.second)))
	switch j.Instance {
	case "2", "retrial":
		out = append(out, "本"+verdictWords(j)+"为终审"+verdictWords(j)+"。")
	default:
		out = append(out, "如不服本判决，可以在判决书送达之日起十五日内，向本院递交上诉状，并按对方当事人的人数提出副本，上诉于上一级人民法院。")
	}
	return append(out, "审&nbsp;判&nbsp;员　　"+judge(j.ID), chineseDate(j.Date), "书&nbsp;记&nbsp;员　　"+judge(j.ID+"clerk"))
}

// judge is an invented name.
func judge(id string) string {
	surnames, given := []rune("温梁邓罗冯郭谢曾许叶"), []string{"文博", "思齐", "嘉宁", "宇航", "晓岚", "景行", "若溪", "明哲"}
	return string(surnames[number(id, len(surnames))]) + given[number(id+"given", len(given))]
}

// chineseDate writes a date as 二〇二六年三月十一日.
func chineseDate(d Date) string {
	digits := []rune("〇一二三四五六七八九")
	y, m, day := d.civil()
	year := strings.Map(func(c rune) rune { return digits[c-'0'] }, strconv.Itoa(y))
	tens := func(n int) string {
		s := ""
		if n >= 20 {
			s = string(digits[n/10])
		}
		if n >= 10 {
			s += "十"
		}
		if n%10 > 0 {
			s += string(digits[n%10])
		}
		return s
	}
	return year + "年" + tens(m) + "月" + tens(day) + "日"
}
