package judgment_test

import (
	"strings"
	"testing"

	"probity/extractors/exampletest"
	"probity/extractors/judgment"
	"probity/pipeline/evidence"
)

func TestExamples(t *testing.T) { exampletest.Run(t, judgment.Read) }

const frame = `<p>深圳市南山区人民法院</p><p>民 事 判 决 书</p><p>（2026）粤0305民初9号</p>
<p>原告：陈某。</p><p>被告：深圳市甲电子商务有限公司。</p><p>被告：深圳市乙贸易有限公司（以下简称乙公司）。</p>
<p>原告陈某与被告深圳市甲电子商务有限公司、深圳市乙贸易有限公司CAUSE一案，本院立案后审理终结。</p>
<p>判决如下：</p>RULING<p>案件受理费50元。</p><p>审判员 郭文博</p><p>二〇二六年六月一日</p>`

// Of the two defendants the first is named 甲, the second 乙; each case says
// outcome and amount for both.
func TestOutcomes(t *testing.T) {
	const first, second = "深圳市甲电子商务有限公司", "深圳市乙贸易有限公司"
	for _, c := range []struct{ name, ruling, want string }{
		{"an award without a dismissal is lost", "被告" + first + "于本判决生效之日起十日内支付原告陈某9,999.99元。", "lost 9999.99, won "},
		{"an award and a dismissed rest is partly", "一、被告" + first + "赔偿原告陈某1万元；二、驳回原告陈某的其他诉讼请求。", "partly 10000.00, won "},
		{"everything dismissed is won", "驳回原告陈某的全部诉讼请求。", "won , won "},
		{"a short name is a name", "一、被告乙公司支付原告陈某贰仟元整；", "won , lost 2000.00"},
		{"two who are named together owe the whole each", "一、被告" + first + "、" + second + "共同返还原告陈某500元；", "lost 500.00, lost 500.00"},
		{"who is named as a defendant only is meant with all of them", "一、被告向原告支付货款100元；", "lost 100.00, lost 100.00"},
		{
			"joint liability for an item is liability for its amount",
			"一、被告" + first + "支付原告陈某8万元；二、被告" + second + "对上述第一项债务承担连带清偿责任；", "lost 80000.00, lost 80000.00",
		},
		{"a stated total counts once", "一、被告" + first + "支付原告陈某货款3000元、利息20.5元，合计3020.50元；", "lost 3020.50, won "},
		{"what interest is computed from is no amount", "一、被告" + first + "支付原告陈某货款3000元及利息（以3000元为基数，按年利率4%计算）；", "lost 3000.00, won "},
		{"amounts of several items are added", "一、被告" + first + "退还原告陈某1000元；二、被告" + first + "赔偿原告陈某三倍价款3000元；", "lost 4000.00, won "},
		{"to have to stop is to lose without an amount", "一、被告" + first + "立即停止侵权并删除涉案链接；二、驳回原告陈某的其他诉讼请求。", "partly , won "},
		{"what need not be paid is not owed", "一、被告" + first + "无需支付原告陈某经济补偿5000元；", "won , won "},
		{"the name of the payee is not the debtor", "一、原告陈某于本判决生效之日起十日内向被告" + first + "返还商品；", "won , won "},
		{"costs are no part of the ruling", "驳回原告陈某的诉讼请求。", "won , won "},
	} {
		t.Run(c.name, func(t *testing.T) {
			records := read(t, strings.NewReplacer("RULING", "<p>"+c.ruling+"</p>", "CAUSE", "买卖合同纠纷").Replace(frame))
			var got []string
			for _, r := range records {
				got = append(got, r.Fields["outcome"]+" "+r.Fields["amount"])
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
}

func TestCategoryByCause(t *testing.T) {
	for cause, want := range map[string]string{
		"网络购物合同纠纷": "commercial", "产品责任纠纷": "commercial", "劳动合同纠纷": "labour", "追索劳动报酬纠纷": "labour",
		"侵害商标权纠纷": "ip", "侵害作品信息网络传播权纠纷": "ip", "不正当竞争纠纷": "ip", "特许经营合同纠纷": "ip",
		"机动车交通事故责任纠纷": "other", "名誉权纠纷": "other",
	} {
		records := read(t, strings.NewReplacer("RULING", "<p>驳回原告陈某的诉讼请求。</p>", "CAUSE", cause).Replace(frame))
		if len(records) == 0 || records[0].Fields["category"] != want || records[0].Fields["cause"] != cause {
			t.Errorf("%s: got %v, want %s", cause, records, want)
		}
	}
}

// A statement that a judgment is in effect is one about this judgment, and
// outside the reasons: others that are quoted there do not count.
func TestInEffectOnlyWhereSaid(t *testing.T) {
	for _, c := range []struct{ name, ruling, want string }{
		{"生效之日起 is a term of the duty", "<p>一、被告深圳市甲电子商务有限公司于本判决生效之日起十日内支付原告陈某1元。</p>", ""},
		{"another judgment's effect is not this one's", "<p>驳回原告陈某的诉讼请求。（2024）粤0305民初1号民事判决已发生法律效力。</p>", ""},
		{"said in the end", "<p>驳回原告陈某的诉讼请求。</p><p>本判决已于2026年7月1日发生法律效力。</p>", "true 2026-07-01"},
		{"said as a label", "<p>驳回原告陈某的诉讼请求。</p><p>案件受理费1元</p><p>生效日期：2026-07-02</p>", "true 2026-07-02"},
	} {
		records := read(t, strings.NewReplacer("RULING", c.ruling, "CAUSE", "买卖合同纠纷").Replace(frame))
		if len(records) == 0 {
			t.Fatalf("%s: no record", c.name)
		}
		if got := strings.TrimSpace(records[0].Fields["in_effect"] + " " + records[0].Fields["effective"]); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func read(t *testing.T, html string) []evidence.Record {
	t.Helper()
	in, err := exampletest.Input("{name: document, read: judgment, record: judgment}", "", html)
	if err != nil {
		t.Fatal(err)
	}
	d, err := judgment.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return d.Records
}

func FuzzRead(f *testing.F) {
	f.Add(frame)
	f.Add(strings.NewReplacer("RULING", "<p>一、被告乙公司支付原告陈某贰仟元整；二、驳回原告陈某的其他诉讼请求。</p>", "CAUSE", "买卖合同纠纷", "民初", "民终").Replace(frame))
	f.Fuzz(func(t *testing.T, html string) {
		in, err := exampletest.Input("{name: document, read: judgment, record: judgment}", "", html)
		if err != nil {
			return
		}
		d, err := judgment.Read(in)
		if err != nil {
			return
		}
		skipped := 0
		for _, n := range d.Skipped {
			skipped += n
		}
		if d.Rows != len(d.Records)+len(d.Quarantined)+skipped {
			t.Errorf("%d rows are not %d records, %d quarantined and %d skipped", d.Rows, len(d.Records), len(d.Quarantined), skipped)
		}
		for _, r := range d.Records {
			for _, c := range r.Citations {
				if got := in.Page.Slice(c.Place.Start, c.Place.End); got != c.Original {
					t.Errorf("%s: %q does not stand at its place, %q does", c.Field, c.Original, got)
				}
			}
		}
	})
}
