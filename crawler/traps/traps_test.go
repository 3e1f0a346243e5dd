package traps_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"probity/crawler/traps"
	"probity/pipeline/evidence"
)

func today() time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, evidence.Shanghai) }

func TestAnAddressGivesItsTrapAway(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"a plain page", "https://gov.example/list/2009/05/notice_17.html?page=3", ""},
		{"a page without a path", "https://gov.example", ""},
		{"a segment four times", "https://gov.example/list/a/a/a/a", traps.Repeats},
		{"a segment three times", "https://gov.example/list/a/a/a", ""},
		{"two segments three times in a row", "https://gov.example/en/about/en/about/en/about", traps.Repeats},
		{"three segments three times in a row", "https://gov.example/x/a/b/c/a/b/c/a/b/c", traps.Repeats},
		{"thirty-one segments", "https://gov.example/" + path(31), traps.Repeats},
		{"a filter with eight boxes of one name", "https://gov.example/q?f=1&f=2&f=3&f=4&f=5&f=6&f=7&f=8", ""},
		{"the same pair three times", "https://gov.example/q?f=1&f=1&f=1", traps.Grows},
		{"a name nine times", "https://gov.example/q?f=1&f=2&f=3&f=4&f=5&f=6&f=7&f=8&f=9", traps.Grows},
		{"one address within", "https://gov.example/login?back=https%3A%2F%2Fgov.example%2Fa", ""},
		{"addresses within addresses", "https://gov.example/login?back=https%3A%2F%2Fgov.example%2Flogin%3Fback%3Dhttps%253A%252F%252Fa%26x%3Dhttps%253A", traps.Grows},
		{"an encoded percent sign of an encoded percent sign", "https://gov.example/q?a=%252525", traps.Grows},
		{"a month of next year", "https://gov.example/events?year=2027&month=1", ""},
		{"a month in five years", "https://gov.example/events?year=2031&month=1", traps.Calendar},
		{"a month in five years, as one value", "https://gov.example/events?m=2031-05", traps.Calendar},
		{"a day in five years, as a path", "https://gov.example/cal/2031/05/17", traps.Calendar},
		{"a month of 1932", "https://gov.example/cal/1932/05", traps.Calendar},
		{"an archive of 2009", "https://gov.example/cal/2009/05", ""},
		{"a number that looks like a year, without a month", "https://gov.example/doc/2077/a.html", ""},
		{"the number of a document", "https://gov.example/doc?id=20450102", ""},
		{"a case number", "https://gov.example/doc?no=1234-05", ""},
	} {
		if got := traps.Address(c.address, today()); got != c.want {
			t.Errorf("%s: %q, want %q (%s)", c.name, got, c.want, c.address)
		}
	}
}

func path(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "s%d/", i)
	}
	return b.String()
}

func TestASessionIdIsLeftOut(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"java's, in the path", "http://a.example/x.do;jsessionid=0A1B2C3D4E5F?page=2", "http://a.example/x.do?page=2"},
		{"java's, before a segment", "http://a.example/x;jsessionid=0A1B/y", "http://a.example/x/y"},
		{"php's", "http://a.example/x?PHPSESSID=a1b2c3&id=4", "http://a.example/x?id=4"},
		{"php's alone", "http://a.example/x?PHPSESSID=a1b2c3", "http://a.example/x"},
		{"asp.net's, in the path", "http://a.example/(S(lit3py55t21z5v55vlm25s55))/x.aspx", "http://a.example/x.aspx"},
		{"a sid of chance", "http://a.example/x?sid=9f8e7d6c5b4a39281706&id=4#top", "http://a.example/x?id=4#top"},
		{"a sid that is a number of a page", "http://a.example/x?sid=17", "http://a.example/x?sid=17"},
		{"brackets that are a name", "http://a.example/(about)/x", "http://a.example/(about)/x"},
		{"none", "http://a.example/x?", "http://a.example/x?"},
	} {
		got, had := traps.WithoutSession(c.address)
		if got != c.want || had != (got != c.address) {
			t.Errorf("%s: %q (%v), want %q", c.name, got, had, c.want)
		}
	}
}

func notice(name string, n int) string {
	return strings.Repeat("深圳市市场监督管理局行政处罚决定书，当事人涉嫌发布虚假广告，违反了广告法的规定。本机关依法决定罚款，并责令停止发布。", 6) + name + strconv.Itoa(n)
}

func TestTextsThatShareMostAreNear(t *testing.T) {
	a, n := traps.PrintOf(notice("甲", 1))
	b, _ := traps.PrintOf(notice("乙", 2))
	other, _ := traps.PrintOf(strings.Repeat("今天天气晴朗，适合出门散步，公园里的花都开了，孩子们在湖边放风筝。", 10))
	if n < 100 {
		t.Errorf("%d features", n)
	}
	if d := a.Distance(b); d > traps.Near {
		t.Errorf("two notices of one template differ by %d bits", d)
	}
	if d := a.Distance(other); d < 12 {
		t.Errorf("unrelated texts differ by %d bits only", d)
	}
	x, _ := traps.PrintOf("The quick brown fox jumps over the lazy dog and runs away")
	y, _ := traps.PrintOf("the QUICK brown fox, jumps over the lazy dog and runs away.")
	if x != y {
		t.Error("case and punctuation count")
	}
	if p, n := traps.PrintOf(" 。 "); p != 0 || n != 0 {
		t.Errorf("nothing has the print %x of %d features", p, n)
	}
}

func TestTheShelfFindsTheNearestAndForgetsTheOldest(t *testing.T) {
	s := traps.NewShelf(3)
	for i, p := range []traps.Print{0b111, 0xffff_0000_0000, 0xf0f0_f0f0_f0f0_f0f0} {
		s.Put(strconv.Itoa(i), p)
	}
	if id, d := s.Near(0b110); id != "0" || d != 1 {
		t.Errorf("near 110: %q at %d", id, d)
	}
	if id, d := s.Near(0x1234_5678_9abc_def0); id != "" || d != -1 {
		t.Errorf("near nothing: %q at %d", id, d)
	}
	s.Put("3", 0x1234_5678_9abc_def1)
	if id, _ := s.Near(0b111); id != "" {
		t.Errorf("the oldest is still there: %q", id)
	}
	if id, d := s.Near(0x1234_5678_9abc_def0); id != "3" || d != 1 {
		t.Errorf("the newest: %q at %d", id, d)
	}
}

func TestAnErrorPageIsKnownAgainUnderAnotherStatus(t *testing.T) {
	e := traps.NewErrors()
	missing := func(path string) string {
		return strings.Repeat("很抱歉，您访问的页面不存在，可能已被删除或更名。请返回首页，或使用站内搜索查找您需要的内容。", 3) + "地址：" + path
	}
	path, ok := e.Probe("gov.example", "run-1")
	if !ok || len(path) < 20 {
		t.Errorf("probe %q, %v", path, ok)
	}
	if _, again := e.Probe("gov.example", "run-1"); again {
		t.Error("the host is probed twice")
	}
	e.Learn("gov.example", "提示", missing(path))
	if !e.Is("gov.example", "提示", missing("/penalty/17.html")) {
		t.Error("the error page of another address is not known")
	}
	if e.Is("gov.example", "行政处罚决定书", notice("甲", 1)) || e.Is("gov.example", "提示", notice("甲", 1)) {
		t.Error("a notice is taken for an error page")
	}
	if e.Is("other.example", "提示", missing("/x")) {
		t.Error("one host answers for another")
	}
	if !traps.Says("404 - 页面不存在", "") || traps.Says("行政处罚", notice("甲", 1)) {
		t.Error("what a page says of itself is not understood")
	}
}

func TestABudgetThatIsUsedUpIsToldWithItsReason(t *testing.T) {
	p := traps.NewPurse()
	host := traps.Spender{Kind: "host", Name: "gov.example", Run: "r"}
	b := evidence.Budget{Requests: 2, Bytes: 1000, Minutes: 10}
	may := func() (reason, why string) {
		spent, err := p.Spent(t.Context(), host)
		if err != nil {
			t.Fatal(err)
		}
		return traps.May(host, b, spent[0])
	}
	if reason, _ := may(); reason != "" {
		t.Errorf("refused at the start: %s", reason)
	}
	for i, by := range []traps.Spent{{Requests: 1, Bytes: 999, Time: time.Minute}, {Requests: 1}} {
		if reason, _ := may(); reason != "" {
			t.Errorf("refused too early, at %d: %s", i, reason)
		}
		if err := p.Spend(t.Context(), by, host, traps.Spender{Kind: "source", Name: "s", Run: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	if reason, why := may(); reason != "budget_host_requests" || !strings.Contains(why, "gov.example") {
		t.Errorf("%q, %q", reason, why)
	}
	for want, spent := range map[string]traps.Spent{
		"budget_source_bytes": {Bytes: 1000}, "budget_source_minutes": {Time: 10 * time.Minute}, "": {Requests: 1},
	} {
		if got := traps.Over("source", b, spent); got != want {
			t.Errorf("%+v: %q, want %q", spent, got, want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"http://a.example/a/a/a/a?x=1&x=1", "http://a.example/2031/05", "http://a.example/(S(lit3py55t21z5v55vlm25s55))/x;jsessionid=1?sid=0123456789abcdef01", "%", "http://a/;jsessionid=;/("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		traps.Address(s, today())
		plain, had := traps.WithoutSession(s)
		if len(plain) > len(s) || had == (plain == s) {
			t.Errorf("%q became %q (%v)", s, plain, had)
		}
	})
}

func FuzzPrint(f *testing.F) {
	f.Add("深圳市", "市场")
	f.Fuzz(func(t *testing.T, a, b string) {
		p, n := traps.PrintOf(a)
		if n == 0 && p != 0 {
			t.Errorf("no feature, print %x", p)
		}
		s := traps.NewShelf(2)
		s.Put("a", p)
		q, _ := traps.PrintOf(b)
		if id, d := s.Near(q); (id == "a") != (p.Distance(q) <= traps.Near) || id != "" && d != p.Distance(q) {
			t.Errorf("%q beside %q: %q at %d of %d", a, b, id, d, p.Distance(q))
		}
	})
}

func TestThePageIsJudgedByWhatIsSeenOfIt(t *testing.T) {
	title, text := traps.TextOf([]byte("<title> 一 \n 二</title><style>p{}</style><p>\xd6\xd0</p><script>if (a<b) {}</script>b<!-- c -->"), "gbk")
	if title == "" || strings.Contains(text, "if (") || strings.Contains(text, "p{}") || !strings.Contains(text, "中") || !strings.Contains(text, "b") {
		t.Errorf("title %q, text %q", title, text)
	}
	if title, text := traps.TextOf([]byte("plain"), "no-such"); title != "" || text != "plain" {
		t.Errorf("title %q, text %q", title, text)
	}
}

func TestPagesAlikeAreCountedFromTheFirstOn(t *testing.T) {
	l := traps.NewLikes()
	for i := range 6 {
		want := ""
		if i >= 4 {
			want = "0"
		}
		if got := l.Beyond(4, "a", strconv.Itoa(i), notice("甲", i)); got != want {
			t.Errorf("page %d is beyond %q, want %q", i, got, want)
		}
	}
	if got := l.Beyond(4, "another host", "7", notice("甲", 7)); got != "" {
		t.Errorf("hosts are counted together: %q", got)
	}
	for range 9 {
		if got := l.Beyond(1, "a", "8", "目录"); got != "" {
			t.Errorf("short texts count: %q", got)
		}
	}
}
