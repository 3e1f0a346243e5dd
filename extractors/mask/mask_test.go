package mask_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"probity/extractors/mask"
	"probity/pipeline/evidence"
)

func TestPersonalDataIsHiddenByItsForm(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"a resident number keeps its ends", "身份证360426199101010071，", "身份证3****************1，"},
		{"with X as check character", "11010519491231002x", "1****************x"},
		{"in full width", "４４０１１３２０１４１００５００１Ｘ", "４****************Ｘ"},
		{"written in groups", "360426 19910101 0071", "3***** ******** ***1"},
		{"with letters before it", "ID360426199101010071", "ID3****************1"},
		{"an invalid check character is no resident number", "360426199101010072", "360426199101010072"},
		{"an invalid birthday is none", "360426199113010071", "360426199113010071"},
		{"an old one of fifteen digits", "130503670401001", "1*************1"},
		{"an old one that is a registration number stays", "440301730410366", "440301730410366"},
		{"but not where the words say what it is", "身份证号：440301730410366", "身份证号：4*************6"},
		{"a mobile number", "电话：13812345678、0755-12345678", "电话：138****5678、0755-12345678"},
		{"a mobile number in groups", "138 1234 5678", "138 **** 5678"},
		{"a mobile number with its country", "+8613812345678", "+86138****5678"},
		{"an old registration number of thirteen digits stays", "1101082953931", "1101082953931"},
		{"digits within a longer number are none", "9138123456789", "9138123456789"},
		{"e-mail keeps its first character and host", "联系zhang.san@mail.example。", "联系z********@mail.example。"},
		{"a bank card keeps four digits", "卡号6222021001116245702", "卡号***************5702"},
		{"a bank card in groups", "6222 0210 0111 6245 702", "**** **** **** ***5 702"},
		{"a code of digits only that passes Luhn stays", luhnUSCC, luhnUSCC},
		{"so does one that is written wrong", "代码91440327376941765?", "代码91440327376941765?"},
		{"a resident number hidden in part", "3604261991****0071", "3****************1"},
		{"dates and numbers side by side stay", "2019-10-10 2020-10-10 12345", "2019-10-10 2020-10-10 12345"},
		{"a document number stays", "深市监罚字〔2018〕0012号", "深市监罚字〔2018〕0012号"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := mask.Forms(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// luhnUSCC is a valid code, all digits, whose digits also pass Luhn's check.
var luhnUSCC = findLuhnUSCC()

func findLuhnUSCC() string {
	for n := range 1_000_000 {
		org := fmt.Sprintf("%08d", n+30_000_000)
		for c := range 10 {
			inner := org + strconv.Itoa(c)
			if !evidence.ValidOrgCode(inner) {
				continue
			}
			for last := range 10 {
				v := "91440300" + inner + strconv.Itoa(last)
				if evidence.ValidUSCC(v) && luhn(v) {
					return v
				}
			}
		}
	}
	return ""
}

func luhn(v string) bool {
	sum := 0
	for i := range len(v) {
		d := int(v[len(v)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

func TestGivenNamesAreHiddenEverywhere(t *testing.T) {
	m := mask.New([]string{"张三", "张三丰", "欧阳小明", "李 四", "阿不都·热合曼", "深圳某有限公司", "王"}, []string{"张三小吃店"})
	for in, want := range map[string]string{
		"法定代表人张三，住址张三丰路":   "法定代表人张某，住址张某某路",
		"欧阳小明与李 四及阿不都·热合曼": "欧阳某某与李 某及阿某某·某某某",
		"张三小吃店的经营者张三":      "张三小吃店的经营者张某",
		"深圳某有限公司王某":        "深圳某有限公司王某",
	} {
		if got := m.Text(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestPersonsAreFoundWhereWordsSayThatOneIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"法定代表人：张三，住所":                        "张三",
		"经营者\t欧阳小明\t统一社会信用代码":                "欧阳小明",
		"负责人（签字）为阿不都·热合曼。":                   "阿不都·热合曼",
		"张琳与深圳市箬坞户外有限公司网络购物合同纠纷民事一审民事判决书\t号": "张琳",
		"深圳市某公司与高萍劳动争议一审民事判决书":               "高萍",
		"深圳市某公司诉李四、王五等买卖合同纠纷":                "李四 王五",
		"广州市汀径文化有限公司与深圳市某公司侵害商标权纠纷民事判决书":     "",
		"法定代表人：深圳市某公司":                       "",
		"被告\t原告\n经营者：统一社会信用代码":               "",
		"本公司与各方合作，安全第一。":                     "",
		"当事人：成立日期":                           "",
	} {
		if got := strings.Join(mask.Spoken(text), " "); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

func TestANaturalPersonIsToldByTheFormOfTheName(t *testing.T) {
	for name, want := range map[string]bool{
		"张三": true, "张三丰": true, "欧阳小明": true, "司马光": true, "阿不都·热合曼": true, "歐陽鋒": true,
		"深圳某公司": false, "张三小吃店": false, "小米": false, "上官电子商行": false, "张": false, "John Smith": false, "张三李四": false, "9144": false,
	} {
		if mask.Natural(name) != want {
			t.Errorf("%s: want %v", name, want)
		}
	}
}

func TestAPersonKeyNeedsItsKey(t *testing.T) {
	a, b := mask.PersonKey([]byte("k"), "张三"), mask.PersonKey([]byte("k"), "张三丰")
	if a == b || len(a) != 64 || a != mask.PersonKey([]byte("k"), " 张 三") || a == mask.PersonKey([]byte("other"), "张三") {
		t.Error("a key is 64 hexadecimal characters, of the folded name, and differs by name and by secret")
	}
}

// resident returns a valid number: the check character by the standard.
func resident(r *rand.Rand) string {
	v := fmt.Sprintf("44030%d19%02d%02d%02d%03d", r.IntN(9)+1, r.IntN(100), r.IntN(12)+1, r.IntN(28)+1, r.IntN(1000))
	for _, c := range "0123456789X" {
		if mask.ResidentID(v + string(c)) {
			return v + string(c)
		}
	}
	return ""
}

func TestMaskingKeepsEveryRuneAndNoResidentNumberSurvives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"张三", "电话", " ", "\t", "\n", "，", "号", "138", "X", "@", "a.b", "𠮷", "-", "２０", "公司", "身份证"}
	m := mask.New([]string{"张三", "电话号"}, []string{"张三公司"})
	for range 3000 {
		var b strings.Builder
		id := resident(r)
		for range r.IntN(12) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		head := strings.TrimRight(b.String(), "0123456789２０- ")
		text := head + "：" + id + "。" + b.String()
		got := m.Text(text)
		if utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
			t.Fatalf("%q became %q: the count of runes changed", text, got)
		}
		if strings.Contains(got, id) {
			t.Fatalf("%q became %q: a resident number survives", text, got)
		}
		if again := m.Text(got); again != got {
			t.Fatalf("%q became %q, then %q", text, got, again)
		}
	}
}

func TestRealCodesAreNeverHidden(t *testing.T) {
	data, err := os.ReadFile("../../../shared/vectors/uscc_valid.txt")
	if err != nil {
		t.Skip("not here: no ../shared/vectors beside the project:", err)
	}
	for code := range strings.FieldsSeq(string(data)) {
		if evidence.ValidUSCC(code) && mask.Forms("代码"+code+"。") != "代码"+code+"。" {
			t.Errorf("%s is hidden as %s", code, mask.Forms(code))
		}
	}
}
