package page_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/extractors/page"
	"probity/pipeline/evidence"
)

func utf8Page(t *testing.T, body string) *page.Page {
	t.Helper()
	p, err := page.HTML([]byte(body), evidence.Charset{Name: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheVisibleTextOfAWebPage(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"blocks stand on lines of their own", "<p>甲</p><p>乙</p>丙<div>丁<p>戊</p></div>", "甲\n乙\n丙\n丁\n戊"},
		{"a line break ends a line", "甲<br>乙<br/>丙", "甲\n乙\n丙"},
		{"white space of every kind collapses", "甲 \n\t　&nbsp;乙  丙", "甲 乙 丙"},
		{"inline elements do not part words", "深圳<b>市</b>某<span>公司</span>", "深圳市某公司"},
		{"cells are parted by tabs and rows by line ends", "<table><tr><th>名称</th><th>文号</th></tr><tr><td>甲</td><td>一号</td></tr></table>", "名称\t文号\n甲\t一号"},
		{"an empty cell keeps its tab", "<table><tr><td>甲<td><td>丙</tr><tr><td><td>乙<td></table>", "甲\t\t丙\n\t乙"},
		{"a block in a cell does not break the row", "<table><tr><td><p>甲</p></td><td><div>乙</div><div>丙</div></td><td>丁</td></tr></table>", "甲\t乙\n丙\t丁"},
		{"a table within a cell keeps the rows apart", "<table><tr><td><table><tr><td>内</td><td>里</td></tr></table></td><td>外</td></tr></table>", "内\t里\t外"},
		{"what no reader sees is left out", "<head><title>题</title></head><script>1</script><style>a</style><template>t</template><noscript>n</noscript>文<!-- c -->", "文"},
		{"line ends in preformatted text count", "<pre>甲\n乙  丙</pre>", "甲\n乙 丙"},
		{"references are resolved", "&ldquo;甲&amp;乙&rdquo; &#x4e2d;", "“甲&乙” 中"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := utf8Page(t, tc.body).Text; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestEveryNodeKnowsItsRunes(t *testing.T) {
	p := utf8Page(t, `<title>目录</title><p>上 </p><table><tr><td id=a> 甲<b id=b>公司</b></td><td id=c></td><td id=d>丙</td></tr></table>`)
	for id, want := range map[string]string{"a": "甲公司", "b": "公司", "c": "", "d": "丙"} {
		node := p.Doc.Find("#" + id).Get(0)
		if got := p.Visible(node); got != want {
			t.Errorf("node %s shows %q, want %q", id, got, want)
		}
	}
	if p.Title != "目录" {
		t.Errorf("title %q", p.Title)
	}
	checkNodes(t, p)
}

// checkNodes holds what is true of every page: a node's range lies within its
// parent's and within the text.
func checkNodes(t *testing.T, p *page.Page) {
	t.Helper()
	p.Doc.Find("body *").Each(func(_ int, s *goquery.Selection) {
		n := s.Get(0)
		start, end := p.Range(n)
		if start > end || end > p.Len() {
			t.Fatalf("<%s> has range %d to %d of %d", n.Data, start, end, p.Len())
		}
		if n.Parent == nil || start == end || n.Parent.Type != html.ElementNode {
			return
		}
		if from, to := p.Range(n.Parent); start < from || end > to {
			t.Fatalf("<%s> %d-%d stands outside of <%s> %d-%d", n.Data, start, end, n.Parent.Data, from, to)
		}
	})
}

func TestBytesAreDecodedByTheRecordedCharset(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("<p>深圳市㐂某公司</p>"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gb2312", "GBK", "gb18030"} {
		p, err := page.HTML(gb, evidence.Charset{Name: name})
		if err != nil || p.Text != "深圳市㐂某公司" || p.Undecodable != 0 {
			t.Errorf("%s: %q, %v", name, p.Text, err)
		}
	}
	p, err := page.Text([]byte("\xef\xbb\xbf甲\xff乙\r\n"), evidence.Charset{Name: "utf-8"})
	if err != nil || p.Text != "甲\ufffd乙\r\n" || p.Undecodable != 1 {
		t.Errorf("an undecodable byte becomes U+FFFD and is counted: %q, %d, %v", p.Text, p.Undecodable, err)
	}
	if _, err := page.Text([]byte("x"), evidence.Charset{Name: "klingon"}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("an unknown charset is refused: %v", err)
	}
}

func TestPagesBeyondTheLimitsAreRefused(t *testing.T) {
	if _, err := page.Text(make([]byte, page.MaxBytes+1), evidence.Charset{}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("too many bytes: %v", err)
	}
	if _, err := page.HTML([]byte(strings.Repeat("<div>", 5000)), evidence.Charset{}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("nested too deep: %v", err)
	}
	if _, err := page.JSON([]byte(strings.Repeat("[", 5000)), evidence.Charset{}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("JSON nested too deep: %v", err)
	}
}

func TestEveryJSONValueKnowsItsRunes(t *testing.T) {
	p, err := page.JSON([]byte(`{"总数": 2, "data" : {"list":[{"名":"甲\u516c\"司","额":0.20,"空":null,"真":true}]}}`), evidence.Charset{})
	if err != nil {
		t.Fatal(err)
	}
	row := p.JSON.At("data.list").Values[0]
	for i, want := range []struct{ key, text, place string }{
		{"名", `甲公"司`, `甲\u516c\"司`}, {"额", "0.20", "0.20"}, {"空", "", "null"}, {"真", "true", "true"},
	} {
		v := row.Values[i]
		if row.Keys[i] != want.key || v.Text != want.text || p.Slice(v.Start, v.End) != want.place {
			t.Errorf("%s: %q at %q", row.Keys[i], v.Text, p.Slice(v.Start, v.End))
		}
	}
	if got := p.Slice(row.Start, row.End); !strings.HasPrefix(got, `{"名"`) || !strings.HasSuffix(got, "true}") {
		t.Errorf("the row stands at %q", got)
	}
	if !row.Values[0].Escaped || row.Values[1].Escaped {
		t.Error("only the first value is written with escapes")
	}
	for _, bad := range []string{``, `{"a":1`, `[1,]`, `{"a":1}x`, `{"a":1,"a":2}`, `nul`} {
		if _, err := page.JSON([]byte(bad), evidence.Charset{}); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%q is not refused: %v", bad, err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add([]byte("<table><tr><td>甲<td>乙<table><tr><td>丙"), "utf-8")
	f.Add([]byte("<pre>\n</pre><select><option>x</select>\xff"), "gb18030")
	f.Add([]byte("<br><td></td>\t<svg><title>t</title></svg>"), "")
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		p, err := page.HTML(body, evidence.Charset{Name: charset})
		if err != nil {
			if !errors.Is(err, evidence.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if p.Len() != utf8.RuneCountInString(p.Text) || strings.TrimSpace(p.Text) != p.Text {
			t.Fatalf("text %q", p.Text)
		}
		checkNodes(t, p)
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,"\u4e2d",{"b":null}]}`))
	f.Add([]byte("[\"\\ud800\", 1e5 , true]\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := page.JSON(body, evidence.Charset{})
		if err != nil {
			if !errors.Is(err, evidence.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		var check func(v *page.Value, from, to int)
		check = func(v *page.Value, from, to int) {
			if v.Start < from || v.End > to || v.Start > v.End {
				t.Fatalf("value at %d-%d within %d-%d of %q", v.Start, v.End, from, to, p.Text)
			}
			if v.Kind == page.Number && p.Slice(v.Start, v.End) != v.Text {
				t.Fatalf("number %q stands at %q", v.Text, p.Slice(v.Start, v.End))
			}
			for _, c := range v.Values {
				check(c, v.Start, v.End)
			}
		}
		check(p.JSON, 0, p.Len())
	})
}
