package norm_test

import (
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"probity/extractors/norm"
)

func TestMoney(t *testing.T) {
	for _, c := range []struct{ raw, unit, want string }{
		{"2000", "", "2000.00"},
		{"2000", "元", "2000.00"},
		{"0.2", "万元", "2000.00"},
		{"0.200000", "万元", "2000.00"},
		{"0.2万元", "元", "2000.00"},
		{"2000元", "万元", "2000.00"}, // a unit in the text wins
		{"罚款2000元", "万元", "2000.00"},
		{"¥2,000.00", "万元", "2000.00"},
		{"￥２，０００．００", "", "2000.00"},
		{"人民币 2,000 元", "", "2000.00"},
		{"贰仟元整", "", "2000.00"},
		{"人民币贰万叁仟肆佰伍拾陆元柒角捌分", "", "23456.78"},
		{"罚款人民币贰仟元整（¥2000.00）", "", "2000.00"},
		{"1.2万", "", "12000.00"},
		{"1.2万元", "万元", "12000.00"},
		{"1 万元", "", "10000.00"},
		{"500万元人民币", "", "5000000.00"},
		{"500.000000万人民币", "", "5000000.00"},
		{"1亿2000万元", "", "120000000.00"},
		{"1.5亿元", "", "150000000.00"},
		{"3元5角", "", "3.50"},
		{"没收违法所得1,234.56元", "", "1234.56"},
		{"0", "万元", "0.00"},
		{"0.1234567", "万元", "!"}, // part of a fen
		{"罚款2000元，没收3000元", "", "!"},
		{"2000余元", "", "!"},
		{"约2000元", "", "!"},
		{"2000元以上", "", "!"},
		{"1万-5万元", "", "!"},
		{"2000美元", "", "!"},
		{"$2000", "", "!"},
		{"-2000", "", "!"},
		{"20 00", "", "!"},
		{"1,23", "", "!"},
		{"罚款2000", "", "!"}, // no unit in the text, and not the amount alone
		{"三千五", "", "!"},
		{"警告", "", "!"},
	} {
		got, err := norm.Money(c.raw, c.unit)
		check(t, c.raw+" in "+c.unit, got, c.want, err)
	}
}

func TestAmountsInText(t *testing.T) {
	const text = "一、支付货款601,293.11元及利息（以50000元为基数）；二、赔偿一万二千三百元，约300元、2000余元、100美元不计；¥88.8；2019年，5角。"
	var got []string
	for _, a := range norm.Amounts(text) {
		got = append(got, a.Value+"="+string([]rune(text)[a.Start:a.End]))
	}
	want := "601293.11=601,293.11元 50000.00=50000元 12300.00=一万二千三百元 88.80=¥88.8"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if sum, err := norm.AddMoney("0.10", "0.20"); err != nil || sum != "0.30" {
		t.Errorf("AddMoney = %s, %v", sum, err)
	}
}

func vectors(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("../../../shared/vectors/" + name)
	if err != nil {
		t.Skip("not here: no ../shared/vectors beside the project: ", name)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// TestNumberVectors runs the cases of cn2an. Its strict form is ours; of its
// tolerant form we take what has one reading (十万) and refuse the rest: digits
// without units, a decimal point without its whole or its fraction.
func TestNumberVectors(t *testing.T) {
	var v struct {
		Strict map[string]json.Number
		Extra  map[string]json.Number `json:"normal_extra"`
		Raise  []string               `json:"must_raise_strict"`
	}
	vectors(t, "cn_numbers.json", &v)
	notOurs := []string{"一一", "一一一", "壹壹壹", "零点", "零点零零", "点一", "一七二零点一", "一七二零点一三四", "零点零零零零零零零零零零零零零一"}
	cases := 0
	for _, table := range []map[string]json.Number{v.Strict, v.Extra} {
		for in, out := range table {
			cases++
			got, err := norm.Cardinal(in)
			want, ok := new(big.Rat).SetString(strings.Trim(out.String(), `"`))
			switch {
			case !ok:
				t.Fatalf("vector %s: %s", in, out)
			case err != nil && slices.Contains(notOurs, in):
			case err != nil:
				t.Errorf("%s: %v", in, err)
			case got.Cmp(want) != 0:
				t.Errorf("%s = %s, want %s", in, got.RatString(), out)
			}
		}
	}
	for _, in := range v.Raise {
		if got, err := norm.Cardinal(in); err == nil {
			t.Errorf("%s = %s, want it refused", in, got.RatString())
		}
	}
	if cases == 0 {
		t.Error("the vectors hold no cases")
	}
}

// TestMoneyVectors runs the cases of JioNLP. Exact amounts of yuan must agree;
// other currencies, estimates and ranges, which it reads too, must be refused
// here: an estimate is no evidence.
func TestMoneyVectors(t *testing.T) {
	var v struct {
		Cases map[string][]struct {
			In       string
			Expected json.RawMessage
		}
	}
	vectors(t, "cn_money.json", &v)
	exact := 0
	for _, c := range v.Cases["test_money_parser"] {
		exact += parsed(t, c.In, c.Expected)
	}
	if exact == 0 {
		t.Error("the vectors hold no exact amount")
	}
	for _, c := range v.Cases["test_money_extractor"] {
		extracted(t, c.In, c.Expected)
	}
}

// parsed returns 1 for a case of an exact amount.
func parsed(t *testing.T, in string, expected json.RawMessage) int {
	t.Helper()
	var want struct {
		Num              json.RawMessage
		Case, Definition string
	}
	if err := json.Unmarshal(expected, &want); err != nil {
		t.Fatal(err)
	}
	got, err := norm.Money(in, "")
	if want.Case != "元" || want.Definition != "accurate" {
		if err == nil {
			t.Errorf("%s = %s, want it refused (%s, %s)", in, got, want.Case, want.Definition)
		}
		return 0
	}
	if err != nil || `"`+got+`"` != string(want.Num) {
		t.Errorf("%s = %s, %v; want %s", in, got, err, want.Num)
	}
	return 1
}

// extracted compares amounts found in text: the same exact ones, without
// estimates, ranges and other currencies, and without 钱 and 整 at their ends.
func extracted(t *testing.T, in string, expected json.RawMessage) {
	t.Helper()
	var want []struct{ Text string }
	if err := json.Unmarshal(expected, &want); err != nil {
		t.Fatal(err)
	}
	notOurs := []string{"9佰日元", "1 万(含)-5 万元", "10k~15k", "2000余元"}
	var expect, got []string
	for _, w := range want {
		if !slices.Contains(notOurs, w.Text) {
			expect = append(expect, strings.TrimRight(w.Text, "钱整"))
		}
	}
	for _, a := range norm.Amounts(in) {
		got = append(got, strings.TrimRight(string([]rune(in)[a.Start:a.End]), "钱整"))
	}
	if !slices.Equal(got, expect) {
		t.Errorf("%s: got %q, want %q", in, got, expect)
	}
}
