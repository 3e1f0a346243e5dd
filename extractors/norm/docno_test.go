package norm_test

import (
	"testing"
	"unicode/utf8"

	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

func TestCaseNumber(t *testing.T) {
	for _, c := range []struct{ raw, want, court, typ, instance string }{
		{"（2016）粤0304民初18775-18776号之一", "（2016）粤0304民初18775-18776号之一", "粤0304", "民初", "1"},
		{"（2016）粤03民辖终3827、3828号", "（2016）粤03民辖终3827、3828号", "粤03", "民辖终", "2"},
		{"（2016）粤1302财保1016-1号", "（2016）粤1302财保1016-1号", "粤1302", "财保", ""},
		{"(2019)皖1122执1194号", "（2019）皖1122执1194号", "皖1122", "执", ""},
		{"〔2019〕 粤 0304 民初 0018 号", "（2019）粤0304民初0018号", "粤0304", "民初", "1"},
		{"（２０１９）粤７３知民初１２号", "（2019）粤73知民初12号", "粤73", "民初", "1"},
		{"（2020）最高法知民终5号", "（2020）最高法知民终5号", "最高法", "民终", "2"},
		{"（2021）粤民再7号", "（2021）粤民再7号", "粤", "民再", "retrial"},
		{"（2015）宜丁民初字第130号", "（2015）宜丁民初字第130号", "宜丁", "民初字", "1"},
		{"（2012）曲中法执字第66号、第106号", "（2012）曲中法执字第66号、第106号", "曲中法", "执字", ""},
	} {
		got, err := norm.ParseCaseNumber(c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if got.String() != c.want || got.Court != c.court || got.Type != c.typ || got.Instance() != c.instance || got.Masked {
			t.Errorf("%s: got %+v, %s, instance %q", c.raw, got, got, got.Instance())
		}
	}
	for _, raw := range []string{"（2024）浙01民终×××号", "（××××）京××民终××号", "(2024)浙01民终***号", "（2024）浙01民终XXX号"} {
		if got, err := norm.ParseCaseNumber(raw); err != nil || !got.Masked {
			t.Errorf("%s: got %+v, %v; want it recognised as masked", raw, got, err)
		}
	}
	for _, raw := range []string{"", "粤0304民初1号", "（2019）粤0304民初号", "（1819）粤03民初1号", "深市监罚字〔2018〕12号"} {
		if got, err := norm.ParseCaseNumber(raw); err == nil {
			t.Errorf("%q was read as %+v", raw, got)
		}
	}
}

func TestCaseNumbersInText(t *testing.T) {
	const text = "上诉人不服深圳市福田区人民法院（2016）粤0304民初18775号民事判决、（2015）宜丁民初字第130号，参照（2024）浙01民终×××号，又见(2019) 皖1122执1194号。"
	want := []string{"（2016）粤0304民初18775号", "（2015）宜丁民初字第130号", "（2019）皖1122执1194号"}
	got := norm.CaseNumbers(text)
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if got[i].Value != want[i] {
			t.Errorf("got %s, want %s", got[i].Value, want[i])
		}
	}
	if s := string([]rune(text)[got[2].Start:got[2].End]); s != "(2019) 皖1122执1194号" {
		t.Errorf("the place holds %q", s)
	}
}

func TestDocNumber(t *testing.T) {
	for _, c := range []struct {
		raw, want        string
		penalty, summary bool
	}{
		{"国市监处罚〔2026〕10号", "国市监处罚〔2026〕10号", true, false},
		{"（杭临）市监处罚〔2024〕131号", "（杭临）市监处罚〔2024〕131号", true, false},
		{"石市监处罚〔2022〕120 号", "石市监处罚〔2022〕120号", true, false},
		{"安市监三罚字〔2025〕13号", "安市监三罚字〔2025〕13号", true, false},
		{"黔市监特处〔2022〕1号", "黔市监特处〔2022〕1号", true, false},
		{"定市监当罚〔2024〕797 号", "定市监当罚〔2024〕797号", true, true},
		{"市场【2019】1号", "市场〔2019〕1号", false, false},
		{"深市监罚字〔2018〕12号", "深市监罚字〔2018〕12号", true, false},
		{"深市监龙罚字[2017]235号", "深市监龙罚字〔2017〕235号", true, false},
		{"嘉市监处罚〔2025〕0018号", "嘉市监处罚〔2025〕0018号", true, false},
		{"深市监罚字（2018）第12号", "深市监罚字〔2018〕12号", true, false},
		{"粤网文[2011]0391-058号", "粤网文〔2011〕0391-058号", false, false},
		{"深劳人仲案[2024]1208号", "深劳人仲案〔2024〕1208号", false, false},
	} {
		got, err := norm.ParseDocNumber(c.raw)
		if err != nil || got.String() != c.want || got.Penalty != c.penalty || got.Summary != c.summary {
			t.Errorf("%s: got %+v %s, %v", c.raw, got, got, err)
		}
	}
	for raw, want := range map[string]string{
		"深市监龙罚字[2017]235号":      "深市监龙罚字〔2017〕235号",
		"(2019)皖1122执1194号":     "（2019）皖1122执1194号",
		"（2024）浙01民终×××号":       "（2024）浙01民终×××号",
		"粤ICP备13003602号 - 2":    "粤ICP备13003602号-2",
		"粤公网安备 44030502000397号": "粤公网安备44030502000397号",
		"ＴＳ－2026－001":           "TS-2026-001",
		"公积金催[2026]7":           "公积金催〔2026〕7",
		"【2026】特字7":             "（2026）特字7",
	} {
		got, err := norm.Value(field(evidence.DocNo), "", raw)
		check(t, raw, got, want, err)
	}
	if !norm.SameNumber("深市监罚字(2018)12号", "深市监罚字〔2018〕12号") || norm.SameNumber("嘉〔2025〕0018号", "嘉〔2025〕18号") {
		t.Error("brackets are one number, leading zeros are two")
	}
}

func TestFilings(t *testing.T) {
	for raw, want := range map[string]string{
		"粤ICP备13003602号-2": "粤ICP备13003602号-2", "粤ICP备2026046557号": "粤ICP备2026046557号",
		"蜀ICP备08088888号": "蜀ICP备08088888号", "粤ＩＣＰ备１３００３６０２号": "粤ICP备13003602号", "京ICP证030173号": "京ICP证030173号",
		"粤ICP备123号": "", "蔷ICP备13003602号": "",
	} {
		if got, _ := norm.ICP(raw); got != want {
			t.Errorf("ICP(%q) = %q, want %q", raw, got, want)
		}
	}
	if got, ok := norm.PoliceFiling("粤公网安备 44030502000397号"); !ok || got != "粤公网安备44030502000397号" {
		t.Errorf("PoliceFiling: %q", got)
	}
	for _, raw := range []string{
		`http://szcert.ebs.org.cn/d2a5c3f0-1b2c-4d3e-8f90-0123456789ab`,
		`<script id="ebsgovicon" src="http://szcert.ebs.org.cn/govicon.js?id=D2A5C3F0-1B2C-4D3E-8F90-0123456789AB&width=46&height=68&type=1">`,
		`https://cert.ebs.org.cn/d2a5c3f0-1b2c-4d3e-8f90-0123456789ab.html`,
	} {
		if got, ok := norm.EBSBadge(raw); !ok || got != "D2A5C3F0-1B2C-4D3E-8F90-0123456789AB" {
			t.Errorf("%s: got %q", raw, got)
		}
	}
	if _, ok := norm.EBSBadge("https://szcert.ebs.org.cn/about"); ok {
		t.Error("a page of the site without a GUID is no mark")
	}
	const foot = "版权所有 粤ICP备13003602号-2 粤公网安备 44030502000397号"
	if i, p := norm.ICPs(foot), norm.PoliceFilings(foot); len(i) != 1 || len(p) != 1 || string([]rune(foot)[p[0].Start:p[0].End]) != "粤公网安备 44030502000397号" {
		t.Errorf("got %v and %v", i, p)
	}
}

func FuzzValue(f *testing.F) {
	for _, s := range []string{"罚款2000元", "二〇一六年十一月二十一日", "（2016）粤0304民初18775-18776号之一", "一千零一万零一", "深市监罚字〔2018〕12号", "阿·买"} {
		f.Add(s, "万元")
	}
	kinds := []evidence.Kind{evidence.Text, evidence.Day, evidence.Money, evidence.Number, evidence.DocNo, evidence.Person, evidence.Flag, evidence.List}
	f.Fuzz(func(t *testing.T, s, unit string) {
		for _, kind := range kinds {
			settled(t, kind, s, unit)
		}
		for _, found := range [][]norm.Found{norm.Amounts(s), norm.Dates(s), norm.CaseNumbers(s), norm.ICPs(s), norm.PoliceFilings(s)} {
			for _, at := range found {
				if at.Start < 0 || at.Start >= at.End || at.End > utf8.RuneCountInString(s) {
					t.Errorf("%q: a place [%d,%d) outside the text", s, at.Start, at.End)
				}
			}
		}
	})
}

// settled holds that a canonical value is its own canonical value.
func settled(t *testing.T, kind evidence.Kind, s, unit string) {
	t.Helper()
	once, err := norm.Value(field(kind), unit, s)
	if err != nil || kind == evidence.Text {
		return
	}
	if twice, err := norm.Value(field(kind), "", once); err != nil || twice != once {
		t.Errorf("%s of %q is %q, and that is %q, %v", kind, s, once, twice, err)
	}
}

func TestCourtName(t *testing.T) {
	for code, want := range map[string]string{
		"最高法": "最高人民法院", "粤03": "广东省深圳市中级人民法院", "粤0305": "深圳市南山区人民法院", "粤9999": "", "": "", "粤03\t": "",
	} {
		if got, ok := norm.CourtName(code); got != want || ok != (want != "") {
			t.Errorf("CourtName(%q) = %q, %v; want %q", code, got, ok, want)
		}
	}
}
