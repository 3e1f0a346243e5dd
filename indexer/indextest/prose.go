package indextest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"probity/indexer"
	"probity/pipeline/evidence"
)

// common are frequent characters, the most frequent first.
const common = `的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九性通目华报立马命张活难神数件安表原车白应路期叫常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写识极令黄德收钱未持取设始版双历越史商千片容研像找友站广改议形委早房音火际则首单据导影失网香似专石若校读志飞观争究包组造落视济离兴切急照足格证列投防支影标准购销票店铺款货退欺罚誉信用抽查检验督监局厂址册执照注销吊冒仿伪假劣虚宣诈侵犯诉裁判责赔偿违约`

// stock are formulas of decisions, each with how many of a thousand documents
// write it: so there are long phrases in a tenth of all documents too.
func stock() []struct {
	text string
	of   int
} {
	return []struct {
		text string
		of   int
	}{
		{"责令当事人立即停止违法行为并限期改正", 110},
		{"自收到本决定书之日起十五日内缴纳罚款", 95},
		{"通过互联网发布虚假商业宣传欺骗误导消费者", 90},
		{"未在首页显著位置持续公示营业执照信息", 100},
		{"未按照约定履行七日无理由退货义务", 85},
		{"不履行行政处罚决定的依法申请强制执行", 120},
		{"销售不符合保障人身财产安全要求的商品", 12},
		{"擅自删除消费者对其所售商品的评价内容", 9},
		{"拒不配合市场监督管理部门的监督检查", 6},
		{"侵犯他人注册商标专用权情节较为严重", 15},
		{"被列入经营异常名录且逾期未申请移出", 8},
		{"泄露所收集的消费者个人信息", 4},
	}
}

// trade are words of the trade, which stand among the frequent words.
func trade() []string {
	return strings.Fields(`电子商务 有限公司 行政处罚 消费者 经营者 平台 商品 罚款 决定书 当事人 市场监督管理局 违法 调查 证据 网店 店铺 信用 公示 投诉 退货 价格 质量 抽检 不合格 商标 广告 许可证 食品 快递 评价 深圳市 广州市 南山区 福田区 龙岗区 宝安区 合同 赔偿 法院 判决 执行 整改 期限 责任 服务 订单 刷单 虚假宣传 身份 个人信息`)
}

// Prose is an endless corpus that reads like what the house gathers: texts of
// about 500 characters with names, numbers of decisions and dates, in words
// whose frequencies fall as Zipf's law says, and facets with a few large and
// many small values. The i-th document depends on seed and i only, so a million
// need not be held to be put twice.
type Prose struct {
	seed       uint64
	words      []string
	wordSums   []float64
	names      []string
	nameSums   []float64
	sourceSums []float64
}

// NewProse makes the vocabulary of a corpus in which operators different names
// occur.
func NewProse(seed uint64, operators int) *Prose {
	rng := rand.New(rand.NewPCG(seed, 0))
	chars := []rune(common)
	charSums := zipf(len(chars), 8, 0.8)
	word := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteRune(chars[draw(rng, charSums)])
		}
		return b.String()
	}
	p := &Prose{seed: seed, sourceSums: zipf(40, 0.5, 1), nameSums: zipf(operators, 20, 0.9)}
	for i := range 30 {
		p.words = append(p.words, string(chars[i]))
	}
	for _, w := range trade() {
		p.words = append(p.words, w, word(2))
	}
	for len(p.words) < 40_000 {
		p.words = append(p.words, word(1+[]int{0, 1, 1, 1, 1, 1, 2, 2, 3, 3}[rng.IntN(10)]))
	}
	p.wordSums = zipf(len(p.words), 6, 1)
	for range operators {
		p.names = append(p.names, "深圳市"+word(2+rng.IntN(2))+[]string{"电子商务", "网络科技", "贸易", "信息技术"}[rng.IntN(4)]+"有限公司")
	}
	return p
}

// Doc makes the i-th document.
func (p *Prose) Doc(i int) indexer.Doc {
	rng := rand.New(rand.NewPCG(p.seed, uint64(i)+1))
	operator, source := draw(rng, p.nameSums), draw(rng, p.sourceSums)
	name := p.names[operator]
	day := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -int(rng.ExpFloat64()*900))
	number := fmt.Sprintf("深市监罚字〔%d〕%d号", day.Year(), rng.IntN(9000)+1)
	text := p.text(rng, fmt.Sprintf("%s。当事人：%s。%d年%d月%d日，", number, name, day.Year(), day.Month(), day.Day()))
	class := 1 + min(4, int(rng.ExpFloat64()*1.5))
	id := evidence.Digest("prose", strconv.FormatUint(p.seed, 10), strconv.Itoa(i))
	body, _ := json.Marshal(map[string]string{"id": id, "number": number, "text": text}) //nolint:errchkjson // strings only
	return indexer.Doc{
		Kind: []string{indexer.ContentDoc, indexer.RecordDoc}[i%2], ID: id, Rev: int64(i % 2), Title: "行政处罚决定书 " + number + " " + name, Text: text,
		Date: day.Format(time.DateOnly), Body: body, Envelope: json.RawMessage(`{"first":"` + day.Format(time.RFC3339) + `"}`),
		Facets: map[string][]string{
			indexer.FacetSource: {"source-" + strconv.Itoa(source)}, indexer.FacetClass: {strconv.Itoa(class)},
			indexer.FacetType:   {"type-" + strconv.Itoa(class*4+min(3, int(rng.ExpFloat64())))},
			indexer.FacetEntity: {evidence.Digest("entity", name)}, indexer.FacetFact: {evidence.Digest("fact", strconv.Itoa(i/2))},
			indexer.FacetGrade: {[]string{"AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D", "NR"}[min(10, int(float64(operator%97)/97*float64(operator%97)/97*11))]},
			indexer.FacetState: {[]string{"in_force", "in_force", "in_force", "repaired"}[rng.IntN(4)]},
		},
	}
}

// text goes on from a beginning to about 500 runes.
func (p *Prose) text(rng *rand.Rand, beginning string) string {
	var b strings.Builder
	b.WriteString(beginning)
	formulas := map[int]string{}
	for _, s := range stock() {
		if rng.IntN(1000) < s.of {
			formulas[rng.IntN(40)] = s.text
		}
	}
	want := 420 + rng.IntN(160)
	for n, clause := len([]rune(beginning)), 0; n < want; clause++ {
		before := b.Len()
		if f, ok := formulas[clause]; ok {
			b.WriteString(f)
		} else {
			for range 3 + rng.IntN(6) {
				b.WriteString(p.words[draw(rng, p.wordSums)])
			}
		}
		b.WriteString([]string{"，", "，", "。", "；", "，", "、", "。\n"}[rng.IntN(7)])
		n += (b.Len() - before) / len("的")
	}
	return b.String()
}

// zipf returns the running sums of 1/(rank+offset)^slope, scaled to end at 1.
func zipf(n int, offset, slope float64) []float64 {
	sums, sum := make([]float64, n), 0.0
	for i := range sums {
		sum += math.Pow(float64(i)+1+offset, -slope)
		sums[i] = sum
	}
	for i := range sums {
		sums[i] /= sum
	}
	return sums
}

func draw(rng *rand.Rand, sums []float64) int {
	x, low, high := rng.Float64(), 0, len(sums)-1
	for low < high {
		if mid := (low + high) / 2; sums[mid] < x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
