package norm

import (
	"slices"
	"strings"
	"unicode"
)

// Person masks the name of a natural person rune for rune, as courts do
// (法释〔2016〕19号 art. 8-9): the surname stays and every other rune becomes 某.
// Two-character surnames stay whole; of names of other peoples (阿不都·热合曼,
// John Smith) the first rune stays, with the dots and blanks. What is no
// person's name (a company that acts as partner) is returned as written.
func Person(name string) string {
	name = Text(name)
	if IsOrganisation(name) {
		return name
	}
	keep := surname(name)
	runes := []rune(name)
	for i := keep; i < len(runes); i++ {
		if !unicode.IsSpace(runes[i]) && !strings.ContainsRune("·・•‧∙、;,；，", runes[i]) {
			runes[i] = '某'
		}
	}
	return string(runes)
}

// surname returns how many runes of a name stay.
func surname(name string) int {
	runes := []rune(name)
	if len(runes) > 2 && len(runes) <= 5 && slices.Contains(compound(), string(runes[:2])) {
		return 2
	}
	return min(1, len(runes))
}

func compound() []string {
	return strings.Fields("欧阳 太史 上官 端木 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 " +
		"申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 " +
		"轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 公乘 贯丘 公皙 南荣 东里 东宫 仲长 子书 子桑 即墨 达奚 褚师 纳兰 歐陽 諸葛 司馬")
}

// IsOrganisation reports whether a name is by its last words an organisation
// or a trade name, and no natural person's.
func IsOrganisation(name string) bool {
	n := len([]rune(name))
	if strings.Contains(name, "公司") || strings.Contains(name, "有限合伙") {
		return true
	}
	if n < 4 || strings.ContainsAny(name, "·•・") {
		return false
	}
	for end := range strings.FieldsSeq("企业 合伙 中心 商行 商店 商城 商场 经营部 经营店 服务部 工作室 事务所 合作社 研究院 研究所 委员会 协会 银行 信用社 " +
		"超市 旗舰店 专卖店 专营店 网店 店铺 小店 门市部 批发部 营业部 工厂 集团 基金会 联合会 学校 医院 大学 幼儿园 办事处 政府 厂 店 行 馆 院 局 所 社 部 站") {
		// One rune may end a given name too (欧阳立行): only longer names tell.
		if strings.HasSuffix(name, end) && (n > 4 || len([]rune(end)) > 1) {
			return true
		}
	}
	return false
}
