package fold

import (
	"testing"
	"unicode/utf8"
)

func TestFoldingFindsAPhraseHoweverItWasTyped(t *testing.T) {
	t.Parallel()
	for sentence, test := range map[string][2]string{
		"width":                     {"ＡＢＣ１２３（有限）", "abc123(有限)"},
		"case":                      {"Taobao SHOP", "taobao shop"},
		"traditional to simplified": {"電子商務發展與頭髮", "电子商务发展与头发"},
		"brackets of a document":    {"深市监罚字【2018】１２号", "深市监罚字[2018]12号"},
		"every space is one":        {"a\u3000b\tc\u00a0d", "a b c d"},
		"beyond the BMP":            {"𠀀Ａ", "𠀀a"},
	} {
		if got := String(test[0]); got != test[1] {
			t.Errorf("%s: %q folds to %q, want %q", sentence, test[0], got, test[1])
		}
	}
}

func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	if n := len(table()); n < 3000 {
		t.Errorf("%d pairs", n)
	}
	for from, to := range table() {
		if from == to || Rune(to) != to {
			t.Errorf("%c folds to %c, which folds to %c: folding twice must change nothing", from, to, Rune(to))
		}
	}
}

// MODEL 8: search folds rune by rune, so highlights land.
func FuzzFoldKeepsEveryRune(f *testing.F) {
	f.Add("深圳\xff市Ａ")
	f.Fuzz(func(t *testing.T, s string) {
		once := Runes(s)
		if len(once) != utf8.RuneCountInString(s) {
			t.Errorf("%q: %d runes became %d", s, utf8.RuneCountInString(s), len(once))
		}
		if twice := String(string(once)); twice != string(once) {
			t.Errorf("%q: folded twice %q", once, twice)
		}
	})
}
