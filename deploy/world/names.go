package world

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// pick chooses one of some.
func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

func words(s string) []string { return strings.Fields(s) }

// person invents a person: a common surname and a given name of one or two
// characters.
func person(rng *rand.Rand) string {
	surname := pick(rng, words("王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 萧 田 董 袁 潘 蔡 蒋 余"))
	first := words("思 雨 嘉 文 志 晓 建 海 春 玉 国 明 俊 佳 子 梓 若 泽 宏 丽")
	last := words("宁 航 琳 辉 鹏 颖 楠 涛 洁 超 萍 杰 敏 强 婷 磊 燕 峰 雪 凯")
	if rng.IntN(5) == 0 {
		return surname + pick(rng, last)
	}
	return surname + pick(rng, first) + pick(rng, last)
}

// masked hides a given name rune for rune, as the house does.
func masked(name string) string {
	runes := []rune(name)
	for i := 1; i < len(runes); i++ {
		runes[i] = '某'
	}
	return string(runes)
}

// brand invents the word that tells a company from others; no two are alike.
func (m *maker) brand() string {
	first := words("禾 沐 砚 岑 棠 荻 澜 岫 翎 杳 檐 葵 箬 榉 汀 茗 栎 麓 硕 泓 霁 珞 莼 蘅 垚 昀 骁 菁 沅 曦")
	second := words("屿 川 陌 舟 野 笙 鹿 町 朵 渡 桥 谷 溪 坞 岚 杉 帆 苇 穗 洲 圃 栈 丘 汐 庭 蓝 塬 麦 沙 径")
	for {
		b := pick(m.rng, first) + pick(m.rng, second)
		if m.rng.IntN(3) == 0 {
			b += pick(m.rng, words("优 选 致 合 元 乐 源 生"))
		}
		if !m.used[b] {
			m.used[b] = true
			return b
		}
	}
}

// A trade is what an operator deals in.
type trade struct {
	word  string // in its name
	scope string // 经营范围
	goods []string
}

// trades are those that need no licence first, then those that need one.
func trades() []trade {
	return []trade{
		{"服饰", "服装鞋帽、针纺织品的销售；国内贸易；互联网销售", words("连衣裙 羽绒服 童装套装 牛仔裤")},
		{"电子", "电子产品、通讯设备、计算机软硬件的技术开发与销售；互联网销售", words("蓝牙耳机 移动电源 数据线 充电器")},
		{"家居", "家居用品、日用百货、家具的销售；货物进出口；互联网销售", words("儿童餐椅 毛巾套装 收纳箱 台灯")},
		{"母婴用品", "母婴用品、玩具、日用百货的销售；互联网销售", words("塑胶玩具 婴儿推车 儿童水杯")},
		{"美妆", "化妆品、个人护理用品的销售；信息咨询；互联网销售", words("面膜 洁面乳 防晒霜")},
		{"数码", "数码产品、摄影器材的销售与维修；互联网销售", words("手机保护壳 智能手表 投影仪")},
		{"户外", "体育用品、户外用品的销售；互联网销售", words("冲锋衣 露营帐篷 电动滑板车")},
		{"供应链", "供应链管理；国内货物运输代理；日用百货的批发与零售", words("保温杯 雨伞 旅行箱")},
		{"食品", "预包装食品、散装食品的销售；互联网销售", words("蜂蜜 坚果礼盒 速溶咖啡 糕点")},
		{"大药房", "药品零售；日用百货的销售；互联网信息服务", words("感冒灵颗粒 维生素片")},
		{"医疗科技", "第二类医疗器械的销售；电子产品的销售", words("血压计 医用口罩 体温计")},
		{"图书", "出版物零售；文具用品的销售；互联网销售", words("儿童绘本 教辅图书")},
		{"食品医药", "预包装食品的销售；第三类医疗器械的销售；药品零售", words("血糖仪 营养品")},
		{"餐饮管理", "餐饮服务；餐饮管理；烟草制品零售", words("便当套餐 半成品菜")},
		{"化工", "危险化学品（无储存设施）的销售；化工产品的销售", words("工业酒精 清洗剂")},
	}
}

const (
	plainTrades    = 8  // of trades, need no licence
	licensedTrades = 12 // first index of those that need more than one
)

// area codes of Shenzhen's districts and of some places elsewhere.
func districtNames() map[string]string {
	return map[string]string{
		"440303": "罗湖区", "440304": "福田区", "440305": "南山区", "440306": "宝安区", "440307": "龙岗区",
		"440308": "盐田区", "440309": "龙华区", "440310": "坪山区", "440311": "光明区",
	}
}

func shenzhen() []string {
	return words("440303 440304 440305 440306 440307 440308 440309 440310 440311")
}

func elsewhere(area string) string {
	return map[string]string{
		"330106": "浙江省杭州市西湖区", "440106": "广东省广州市天河区", "441900": "广东省东莞市", "310115": "上海市浦东新区",
		"350203": "福建省厦门市思明区", "110108": "北京市海淀区",
	}[area]
}

// address invents an address in an area: the streets are nobody's.
func (m *maker) address(area string) string {
	place := elsewhere(area)
	if d, ok := districtNames()[area]; ok {
		place = "深圳市" + d
	}
	road := pick(m.rng, words("云杉 白鹭 听涛 榕荫 石榴 长桥 海棠 望野 松坪西 紫荆北")) + pick(m.rng, words("路 街 大道"))
	house := pick(m.rng, words("创新 汇智 锦程 启明 瑞丰 恒通")) + pick(m.rng, words("大厦 工业园 广场"))
	return fmt.Sprintf("%s%s%d号%s%s座%d", place, road, 1+m.rng.IntN(200), house, pick(m.rng, words("A B C")), 100*(1+m.rng.IntN(28))+m.rng.IntN(30))
}

// operatorName puts region, brand, industry and form together as the register
// does for a kind of operator.
func operatorName(kind, area, brand, word string) string {
	city := "深圳市"
	if place := elsewhere(area); place != "" {
		if _, after, found := strings.Cut(place, "省"); found {
			place = after
		}
		before, _, _ := strings.Cut(place, "市")
		city = before + "市"
	}
	district := districtNames()[area]
	switch kind {
	case "individual":
		return city + district + brand + word + "店"
	case "sole":
		return city + brand + word + "经营部（个人独资）"
	case "cooperative":
		return city + brand + "农产品专业合作社"
	case "partnership":
		return city + brand + word + "合伙企业（有限合伙）"
	}
	return city + brand + word + "有限公司"
}
