package norm_test

import (
	"errors"
	"strings"
	"testing"

	"probity/extractors/norm"
	"probity/pipeline/evidence"
)

func field(kind evidence.Kind, values ...string) evidence.Field {
	return evidence.Field{Name: "x", Kind: kind, Values: values}
}

// want "!" means that the text is refused.
func TestValue(t *testing.T) {
	kinds := []string{"其他", "没收违法所得", "罚款", "警告"}
	for _, c := range []struct {
		name, unit, raw, want string
		field                 evidence.Field
	}{
		{"text keeps width and case and collapses white space", "", "  深圳市　Ａ ｂ\n公司\u200b ", "深圳市 Ａ ｂ 公司", field(evidence.Text)},
		{"a dash in a text column says nothing", "", " —— ", "", field(evidence.Text)},
		{"无 is a text of its own", "", "无", "无", field(evidence.Text)},
		{"无 is no date", "", "无", "", field(evidence.Day)},
		{"an open end is no date", "", "长期", "", field(evidence.Day)},
		{"无 answers a flag", "", "无", "false", field(evidence.Flag)},
		{"已办结 answers a flag", "", "已办结", "true", field(evidence.Flag)},
		{"未核验 answers a flag", "", "未核验", "false", field(evidence.Flag)},
		{"a tick answers a flag", "", "√", "true", field(evidence.Flag)},
		{"a flag of other words is refused", "", "也许", "!", field(evidence.Flag)},
		{"an enum is tolerant of width and blanks", "", " Ａ b ", "ab", field(evidence.Enum, "ab", "cd")},
		{"an enum has no other values", "", "ef", "!", field(evidence.Enum, "ab", "cd")},
		{"a list is sorted and each item is there once", "", "罚款；警告、罚款", "罚款;警告", field(evidence.List, kinds...)},
		{"a detailed 其他 is 其他", "", "其他-责令改正", "其他", field(evidence.List, kinds...)},
		{"a list with an unknown item is refused", "", "罚款;道歉", "!", field(evidence.List, kinds...)},
		{"a free list takes any item", "", "乙, 甲", "乙;甲", field(evidence.List)},
		{"a person is masked rune for rune", "", "张三丰", "张某某", field(evidence.Person)},
		{"width, separators and trailing zeros go", "", "１，234.50", "1234.5", field(evidence.Number)},
		{"a number loses its leading zeros", "", "007", "7", field(evidence.Number)},
		{"a number loses its trailing zeros", "", "4.50", "4.5", field(evidence.Number)},
		{"a number may carry a measure word", "", "1,234 笔", "1234", field(evidence.Number)},
		{"a number may be in Chinese", "", "共十二件", "12", field(evidence.Number)},
		{"a year of reports is a number", "", "2025年度", "2025", field(evidence.Number)},
		{"a number with its own unit ignores the column's", "万", "1.2万", "12000", field(evidence.Number)},
		{"a percentage is refused", "", "50%", "!", field(evidence.Number)},
		{"a text too long for its field is refused", "", strings.Repeat("1", norm.Limit+1), "!", field(evidence.Number)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := norm.Value(c.field, c.unit, c.raw)
			check(t, c.raw, got, c.want, err)
		})
	}
}

func check(t *testing.T, raw, got, want string, err error) {
	t.Helper()
	if want == "!" {
		if !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%q: got %q, %v; want it refused", raw, got, err)
		}
		return
	}
	if err != nil || got != want {
		t.Errorf("%q: got %q, %v; want %q", raw, got, err, want)
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct{ raw, unit, want string }{
		{"2026-11-02", "", "2026-11-02"},
		{"2026/11/2", "", "2026-11-02"},
		{"2026.11.2", "", "2026-11-02"},
		{"２０２６－１１－０２", "", "2026-11-02"},
		{"2026年11月2日", "", "2026-11-02"},
		{"2026 年 11 月 2 日", "", "2026-11-02"},
		{"2026年11月02日 09:30", "", "2026-11-02"},
		{"20190709", "", "2019-07-09"},
		{"20190709123000", "", "2019-07-09"},
		{"2019年07月13日", "", "2019-07-13"},
		{"二〇一六年十一月二十一日", "", "2016-11-21"},
		{"二○一八年七月四日", "", "2018-07-04"},
		{"二O一八年七月三十日", "", "2018-07-30"},
		{"二零二六年一月十日", "", "2026-01-10"},
		{"二〇二六年三月廿一日", "", "2026-03-21"},
		{"2019-07-09 00:00:00", "", "2019-07-09"},
		{"2019-07-09T08:00:00.000+08:00", "", "2019-07-09"},
		{"2019-07-09T16:00:00Z", "", "2019-07-10"}, // midnight in Shanghai, written in UTC
		{"2024-02-29", "", "2024-02-29"},
		{"45000", "excel", "2023-03-15"},
		{"61", "excel", "1900-03-01"},
		{"2023-03-15", "excel", "2023-03-15"}, // a text cell in a column of serials
		{"1562630400", "unix", "2019-07-09"},
		{"1562630400000", "unix_ms", "2019-07-09"},
		{"45000", "", "!"}, // a serial only where the declaration says so
		{"60", "excel", "!"},
		{"2023-02-29", "", "!"},
		{"2026-13-01", "", "!"},
		{"2026-11-31", "", "!"},
		{"0001-01-01", "", "!"},
		{"2026年11月", "", "!"},
		{"11月2日", "", "!"},
		{"26-11-02", "", "!"},
		{"2026-11-02至2027-11-01", "", "!"},
		{"2026-11-02 25:00:00", "", "!"},
		{"二〇一六年十三月一日", "", "!"},
		{"明天", "", "!"},
	} {
		got, err := norm.Date(c.raw, c.unit)
		check(t, c.raw, string(got), c.want, err)
	}
}

func TestDatesInText(t *testing.T) {
	const text = "本院于2016年5月4日立案，二〇一六年十一月二十一日判决，见2016-06-01及2016/07-01、12016-06-012。"
	var got []string
	for _, d := range norm.Dates(text) {
		got = append(got, d.Value+"="+string([]rune(text)[d.Start:d.End]))
	}
	want := "2016-05-04=2016年5月4日 2016-11-21=二〇一六年十一月二十一日 2016-06-01=2016-06-01"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestPerson(t *testing.T) {
	for raw, want := range map[string]string{
		"张三": "张某", "张三丰": "张某某", "张某": "张某", "张*": "张某", "欧阳修": "欧阳某", "司马相如": "司马某某",
		"阿·买": "阿·某", "阿卜杜·热合曼": "阿某某·某某某", "John Smith": "J某某某 某某某某某", "欧阳立行": "欧阳某某",
		"深圳市某某有限公司": "深圳市某某有限公司", "福田区晨光商行": "福田区晨光商行", "": "",
	} {
		if got := norm.Person(raw); got != want {
			t.Errorf("Person(%q) = %q, want %q", raw, got, want)
		}
		if n := len([]rune(norm.Person(raw))); n != len([]rune(raw)) {
			t.Errorf("Person(%q) has %d runes: masking must hold places", raw, n)
		}
	}
}
