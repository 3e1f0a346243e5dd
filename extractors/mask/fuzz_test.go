package mask_test

import (
	"testing"
	"unicode/utf8"

	"probity/extractors/mask"
)

// Places in a text are counted in runes, so what is hidden is hidden rune for
// rune; and what is hidden once stays as it is.
func FuzzText(f *testing.F) {
	for _, s := range []string{"张三 360426199101010071", "+86 138-1234-5678", "卡号 6222 0210 0111 6245 702", "ａ＠b.cn", "36042619910101007\u200bX", "张 三张三", "\xff1381234567８"} {
		f.Add(s, "张三")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		m := mask.New([]string{name, "张三"}, []string{"张三丰"})
		once := m.Text(text)
		if utf8.RuneCountInString(once) != utf8.RuneCountInString(text) {
			t.Fatalf("%q became %q", text, once)
		}
		if again := m.Text(once); utf8.RuneCountInString(again) != utf8.RuneCountInString(text) {
			t.Fatalf("%q became %q", once, again)
		}
		mask.Natural(name)
		mask.Spoken(text)
		mask.ResidentID(text)
	})
}
