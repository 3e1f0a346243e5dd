package diff_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"probity/api/diff"
)

// marked writes a line with what was changed in brackets.
func marked(l diff.Line) string {
	var b strings.Builder
	for _, p := range l.Parts {
		switch {
		case p.Left > 0:
			fmt.Fprintf(&b, "…%d…", p.Left)
		case p.Marked:
			b.WriteString("[" + p.Text + "]")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func told(r diff.Result) string {
	var lines []string
	for _, row := range r.Rows {
		switch row.Kind {
		case diff.Same:
			lines = append(lines, "= "+marked(row.A))
		case diff.Skipped:
			lines = append(lines, fmt.Sprintf("~ %d", row.N))
		case diff.Changed:
			lines = append(lines, "- "+marked(row.A), "+ "+marked(row.B))
		case diff.Removed:
			lines = append(lines, "< "+marked(row.A))
		case diff.Added:
			lines = append(lines, "> "+marked(row.B))
		}
	}
	return strings.Join(lines, "\n")
}

func TestWhatChangedIsMarkedWithinTheLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ a, b, want string }{
		"nothing":               {"一\n二\n", "一\n二\n", "~ 2"},
		"Chinese by characters": {"罚款人民币二万元整", "罚款人民币五万元整", "- 罚款人民币[二]万元整\n+ 罚款人民币[五]万元整"},
		"a number as a whole":   {"罚款 20000 元，没收违法所得", "罚款 23000 元，没收违法所得", "- 罚款 [20000] 元，没收违法所得\n+ 罚款 [23000] 元，没收违法所得"},
		"a line more":           {"一\n三", "一\n二\n三", "= 一\n> [二]\n= 三"},
		"a line less":           {"一\n二\n三", "一\n三", "= 一\n< [二]\n= 三"},
		"a changed line stands beside the one it was, others by themselves": {
			"序号\t处罚决定书\n1\t深市监罚字〔2026〕118号\n", "序号\t处罚决定书\n甲乙丙丁\n1\t深市监罚字〔2026〕119号\n",
			"= 序号\t处罚决定书\n> [甲乙丙丁]\n- 1\t深市监罚字〔2026〕[118]号\n+ 1\t深市监罚字〔2026〕[119]号",
		},
		"all another":            {"甲乙丙", "子丑寅", "< [甲乙丙]\n> [子丑寅]"},
		"to nothing":             {"一\n", "", "< [一]"},
		"bytes that are no text": {"a\xffb", "a\xfeb", "- a[\xff]b\n+ a[\xfe]b"},
		"far off, only around the change": {
			strings.Repeat("同\n", 10) + "旧的一行文字\n" + strings.Repeat("同\n", 10), strings.Repeat("同\n", 10) + "新的一行文字\n" + strings.Repeat("同\n", 10),
			"~ 7\n= 同\n= 同\n= 同\n- [旧]的一行文字\n+ [新]的一行文字\n= 同\n= 同\n= 同\n~ 7",
		},
	} {
		if got := told(diff.Texts(c.a, c.b, diff.Options{})); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// A page without line ends is told sentence by sentence, with places that
// lead to the runes.
func TestALongLineIsToldBySentences(t *testing.T) {
	t.Parallel()
	before := strings.Repeat("当事人未按规定公示营业执照信息。", 40) + "罚款二万元。" + strings.Repeat("逾期不缴纳的，每日按百分之三加处罚款。", 40)
	after := strings.Replace(before, "二万", "三万", 1)
	r := diff.Texts(before, after, diff.Options{})
	if r.Changed != 1 || r.Same != 80 || r.Removed+r.Added > 0 {
		t.Fatalf("%d changed, %d same, %d removed, %d added", r.Changed, r.Same, r.Removed, r.Added)
	}
	for _, row := range r.Rows {
		if row.Kind != diff.Changed {
			continue
		}
		if got := string([]rune(after)[row.B.Start:row.B.End]); got != "罚款三万元。" || row.B.N != 1 {
			t.Errorf("line %d, runes [%d,%d) = %q", row.B.N, row.B.Start, row.B.End, got)
		}
	}
}

// sides are the texts that a whole account is of.
func sides(r diff.Result) (a, b string) {
	var x, y strings.Builder
	write := func(to *strings.Builder, l diff.Line) {
		for _, p := range l.Parts {
			to.WriteString(p.Text)
		}
		to.WriteString("\n")
	}
	for _, row := range r.Rows {
		if row.Kind != diff.Added {
			write(&x, row.A)
		}
		if row.Kind != diff.Removed {
			write(&y, row.B)
		}
	}
	return x.String(), y.String()
}

// The account is true: from it both texts can be written again. And it is as
// short as can be where the texts are small.
func TestTheAccountIsTrueAndShort(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	for range 3000 {
		x, y := lines(r), lines(r)
		a, b := strings.Join(x, "\n")+"\n", strings.Join(y, "\n")+"\n"
		got := diff.Texts(a, b, diff.Options{Context: 1000})
		if p, q := sides(got); a != b && (p != a || q != b) {
			t.Fatalf("%q to %q is told as %q to %q", a, b, p, q)
		}
		if want := common(x, y); got.Same != want {
			t.Fatalf("%q to %q: %d lines the same, want %d", a, b, got.Same, want)
		}
		coarse := diff.Texts(a, b, diff.Options{Context: 1000, Cost: 1})
		if p, q := sides(coarse); a != b && (p != a || q != b) {
			t.Fatalf("in a hurry %q to %q is told as %q to %q", a, b, p, q)
		}
	}
}

func lines(r *rand.Rand) (all []string) {
	for range 1 + r.IntN(14) {
		all = append(all, string(rune('甲'+r.IntN(5))))
	}
	return all
}

// common is the length of the longest common subsequence, by the table.
func common(x, y []string) int {
	best := make([][]int, len(x)+1)
	for i := range best {
		best[i] = make([]int, len(y)+1)
	}
	for i := range x {
		for j := range y {
			if best[i+1][j+1] = max(best[i][j+1], best[i+1][j]); x[i] == y[j] {
				best[i+1][j+1] = best[i][j] + 1
			}
		}
	}
	return best[len(x)][len(y)]
}

// What nobody can read in full is counted, and what is not compared is told.
func TestWhatIsLeftOutIsCounted(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&a, "行 %d 旧\n", i)
		fmt.Fprintf(&b, "行 %d 新\n", i)
	}
	r := diff.Texts(a.String(), b.String(), diff.Options{Rows: 100})
	if len(r.Rows) != 100 || r.More != 400 || r.Changed != 500 {
		t.Errorf("%d rows, %d more, %d changed", len(r.Rows), r.More, r.Changed)
	}
	r = diff.Texts(a.String(), b.String(), diff.Options{Lines: 50})
	if r.Beyond != 900 {
		t.Errorf("%d lines beyond, want 900", r.Beyond)
	}
	r = diff.Texts("前"+strings.Repeat("同", 190)+"x", "后"+strings.Repeat("同", 190)+"x", diff.Options{Wide: 20})
	if got := told(r); got != "- [前]同同同同同同同同同同…171…同同同同同同同同同x\n+ [后]同同同同同同同同同同…171…同同同同同同同同同x" {
		t.Errorf("%s", got)
	}
}

// Two pages of 10 MB end within seconds and memory that follows their size,
// whatever is in them.
func TestTwoHugePagesDoNotHang(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	size := 1 << 20
	if os.Getenv("PROBITY_TEST_HUGE") != "" { // minutes of a busy machine
		size = 10 << 20
	}
	random := func(alphabet, end string, every int) string {
		var b strings.Builder
		runes := []rune(alphabet)
		for n := 0; b.Len() < size; n++ {
			b.WriteRune(runes[r.IntN(len(runes))])
			if end != "" && n%every == 0 {
				b.WriteString(end)
			}
		}
		return b.String()
	}
	for name, c := range map[string][2]string{
		"two letters a line":       {random("ab", "\n", 1), random("ab", "\n", 1)},
		"one line of two letters":  {random("ab", "", 1), random("ab", "", 1)},
		"lines of a few words":     {random("一二三四五六七八九十", "\n", 20), random("一二三四五六七八九十", "\n", 20)},
		"sentences in one line":    {random("甲乙丙丁", "。", 30), random("甲乙丙丁", "。", 30)},
		"nothing that both have":   {random("一二三四", "\n", 9), random("五六七八", "\n", 9)},
		"words of all the letters": {random("abcdefghijklmnopqrstuvwxyz ,.", "\n", 70), random("abcdefghijklmnopqrstuvwxyz ,.", "\n", 70)},
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		got := diff.Texts(c[0], c[1], diff.Options{})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %.1f s, %d MiB allocated; %d rows, %d more, %d the same, %d beyond", name, took.Seconds(), (after.TotalAlloc-before.TotalAlloc)>>20, len(got.Rows), got.More, got.Same, got.Beyond)
		if took > 15*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("一\n二", "一\n三")
	f.Add("罚款20000元。\r\n", "罚款23000元。\r\n\r\n")
	f.Add("\xff\xfe", "\n\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		r := diff.Texts(a, b, diff.Options{})
		if r.Changed+r.Removed+r.Added == 0 && lined(a) != lined(b) {
			t.Errorf("%q and %q are told to be the same", a, b)
		}
		for _, row := range r.Rows {
			for _, side := range []struct {
				l    diff.Line
				text string
			}{{row.A, a}, {row.B, b}} {
				if n := len([]rune(side.text)); side.l.Start < 0 || side.l.End < side.l.Start || side.l.End > n {
					t.Errorf("runes [%d,%d) of %d", side.l.Start, side.l.End, n)
				}
			}
		}
		if diff.Texts(a, a, diff.Options{}).Changed > 0 {
			t.Errorf("%q differs from itself", a)
		}
	})
}

// lined is a text by its lines, whatever ends them.
func lined(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		b.WriteString(strings.TrimRight(l, "\r\n") + "\n")
	}
	return b.String()
}
