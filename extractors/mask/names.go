package mask

import (
	"regexp"
	"strings"

	"probity/extractors/norm"
)

// Natural reports whether a name is a natural person's by its form: two to
// four Han characters that begin with a surname and end in no word for an
// organisation, or a name in parts (阿不都·热合曼).
func Natural(name string) bool {
	runes := []rune(name)
	switch {
	case norm.IsOrganisation(name) || len(runes) < 2 || len(runes) > 20:
		return false
	case strings.ContainsAny(name, "·•・"):
		return hanOnly(strings.NewReplacer("·", "", "•", "", "・", "").Replace(name))
	case !hanOnly(name) || len(runes) > 4 || strings.Contains(words, " "+name+" "):
		return false
	case len(runes) > 2 && strings.Contains(compounds, string(runes[:2])+" "):
		return true
	}
	return len(runes) <= 3 && strings.ContainsRune(surnames, runes[0])
}

func hanOnly(s string) bool {
	for _, r := range s {
		if r < 0x3400 || r > 0x9fff && r < 0x20000 || r > 0x3ffff {
			return false
		}
	}
	return s != ""
}

// surnames are the commonest ones, after the name report of the Ministry of
// Public Security; they cover well over nine persons in ten.
const (
	surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜" +
		"范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂" +
		"丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华" +
		"车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺" +
		"陳張劉楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈魏薛葉閻鍾譚鄒陸郝顧邵龍萬錢湯賀賴龔龐顏倪嚴溫蘆魯葛韋聶叢齊莊塗穀紀盛歐項關費"
	// words begin with a surname and are none.
	words = " 原告 原因 成立 成功 成本 成员 成交 安全 安徽 安装 方法 方式 方案 方面 时间 时效 时候 高级 高效 高新 金额 金融 关于 关系 项目 程序 文件 文书 文字 文化 全部 全国 全体 全额 " +
		"单位 单独 单价 单品 江苏 江西 江门 于是 应当 应诉 应用 和解 和平 许可 许可证 明确 明细 明示 任何 任务 常见 常用 平台 平均 平安 平时 宣传 计算 计划 计件 解除 解决 解释 查询 查封 查看 查处 " +
		"商品 商标 商家 商务 商业 商城 施行 施工 都是 都有 管理 管辖 白酒 白色 黄金 黄色 蓝色 石油 石家庄 马上 包装 包括 包邮 车辆 车站 边远 卫生 华南 华东 华北 温馨 温度 盛大 党员 司法 官方 官网 " +
		"习惯 席位 柴油 童装 游戏 游客 阳光 阳性 甘肃 康复 申请 申请人 申报 申诉 申辩 冷链 强制 连锁 连续 连带 简易 简介 简称 符合 廉政 权利 舒适 祝贺 左右 古代 米面 宁波 宁夏 云南 段落 "
	compounds = "欧阳 太史 上官 端木 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 呼延 轩辕 拓跋 歐陽 諸葛 司馬 "
)

var (
	// role names somebody by what they are: 法定代表人：张三.
	role = regexp.MustCompile(`(?:法定代表人|法人代表|负责人|经营者(?:姓名)?|投资人|执行事务合伙人|委派代表|联系人|原告|被告|第三人|上诉人|申请人|被执行人|申请执行人|投诉人|举报人|收货人|当事人|姓名)` +
		`(?:[（(][^（）()\n]{1,12}[）)])?[：:为是\s]{0,3}(\p{Han}{1,6}[·•・]\p{Han}{1,8}|\p{Han}{2,4})(?:\P{Han}|$)`)
	// caseName is the name of a case, as lists of courts have it: 张三与某公司买卖合同纠纷.
	caseName = regexp.MustCompile(`(?:^|[\n\t：:，。])([^\n\t：:，。]{1,80}?(?:纠纷|争议|一案|判决书|裁定书|调解书|决定书))`)
	// cause is what follows the last party of a case's name.
	cause = regexp.MustCompile(`^(\p{Han}{2,4}?)(?:等)?(?:买卖|网络|产品|服务|合同|名誉|劳动|追索|侵害|侵权|不正当|商标|著作|专利|肖像|隐私|个人信息|消费|生命|健康|身体|机动车|运输|快递|` +
		`承揽|委托|租赁|借款|民间|确认|股权|公司|房屋|物业|债权|不当得利|执行|申请|追偿|保证|担保|竞业|经济补偿|工伤|社会保险|人格|一般|虚假|广告|金融|信用卡|保险|票据|仓储|保管|居间|中介|` +
		`加工|定作|技术|特许|合伙|联营|财产|返还|其他|工资|民事|行政|纠纷|争议|一案)`)
)

// Spoken returns the natural persons that a text names where words around say
// that a person is named: behind a role, and as parties in the name of a case.
// Other names in running text it cannot know.
func Spoken(text string) []string {
	var out []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] && Natural(name) {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, m := range role.FindAllStringSubmatch(text, -1) {
		add(m[1])
	}
	for _, m := range caseName.FindAllStringSubmatch(text, -1) {
		parties := strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune("与诉、和,", r) })
		for _, p := range parties {
			add(strings.TrimSuffix(p, "等"))
		}
		if n := len(parties); n > 1 {
			if last := cause.FindStringSubmatch(parties[n-1]); last != nil {
				add(last[1])
			}
		}
	}
	return out
}
