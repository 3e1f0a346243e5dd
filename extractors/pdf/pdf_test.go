package pdf_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"probity/extractors/page"
	"probity/extractors/papertest"
	"probity/extractors/pdf"
	"probity/pipeline/evidence"
)

// engine is compiled once, since that takes seconds.
var engine = &pdf.Engine{Cache: pdf.UserCache()}

func read(t *testing.T, body []byte) *page.Page {
	t.Helper()
	p, err := engine.Read(body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func text(x, y, size float64, s string) papertest.Text {
	return papertest.Text{X: x, Y: y, Size: size, Say: s}
}

func TestLinesThatFillTheirWidthGoOnInTheNext(t *testing.T) {
	p := read(t, papertest.PDF(papertest.Sheet{Texts: []papertest.Text{
		text(200, 40, 18, "处罚公示"),
		text(74, 80, 12, "经查明当事人未公示营业执照信息经责令改正后仍"), text(50, 98, 12, "未改正违反了电子商务法第十五条的规定。"),
		text(74, 116, 12, "现予公示。"), text(50, 400, 12, "Foo Bar Ltd of"), text(140, 400, 12, "ABC"),
	}}))
	want := "处罚公示\n经查明当事人未公示营业执照信息经责令改正后仍未改正违反了电子商务法第十五条的规定。\n现予公示。\nFoo Bar Ltd of ABC"
	if p.Text != want || p.Title != "处罚公示" {
		t.Errorf("title %q, text\n%s\nwant\n%s", p.Title, p.Text, want)
	}
}

func TestRuledCellsAreReadWholeAndSpan(t *testing.T) {
	p := read(t, papertest.PDF(papertest.Sheet{
		Lines: [][4]float64{
			{40, 60, 340, 60}, {140, 80, 340, 80}, {40, 100, 340, 100}, {40, 140, 340, 140}, // across; the first cell spans two rows
			{40, 60, 40, 140}, {140, 60, 140, 140}, {240, 80, 240, 140}, {340, 60, 340, 140}, // down; the second spans two columns
		},
		Texts: []papertest.Text{
			text(45, 75, 9, "名称"), text(200, 65, 9, "合计"), text(150, 85, 9, "件"), text(250, 85, 9, "元"),
			text(45, 105, 9, "深圳市甲乙"), text(45, 120, 9, "有限公司"), text(150, 110, 9, "12"), text(250, 105, 9, "9144030019"), text(250, 120, 9, "2317458F"),
		},
	}))
	if want := "名称\t合计\n件\t元\n深圳市甲乙有限公司\t12\t91440300192317458F"; p.Text != want {
		t.Errorf("text %q, want %q", p.Text, want)
	}
	var spans []string
	for _, td := range p.Doc.Find("td").EachIter() {
		spans = append(spans, td.AttrOr("colspan", "1")+"x"+td.AttrOr("rowspan", "1"))
	}
	if got := strings.Join(spans, " "); got != "1x2 2x1 1x1 1x1 1x1 1x1 1x1" {
		t.Errorf("cells span %s", got)
	}
}

// A filled form is read as it is seen, each page of it.
func TestWhatAFieldOfAFormShowsIsRead(t *testing.T) {
	filled := func(name string) papertest.Sheet {
		return papertest.Sheet{Texts: []papertest.Text{text(60, 60, 12, "企业名称：")}, Field: []papertest.Text{text(130, 60, 12, name)}}
	}
	p := read(t, papertest.PDF(filled("深圳市甲乙科技有限公司"), filled("深圳市丙丁贸易有限公司")))
	for _, want := range []string{"企业名称：深圳市甲乙科技有限公司", "企业名称：深圳市丙丁贸易有限公司"} {
		if !strings.Contains(strings.ReplaceAll(p.Text, " ", ""), want) {
			t.Errorf("%q is not in %q", want, p.Text)
		}
	}
}

func TestATurnedPageIsReadAsItIsShown(t *testing.T) {
	upright := papertest.Sheet{Texts: []papertest.Text{text(50, 50, 12, "第一行文字"), text(50, 80, 12, "第二行文字")}}
	for _, degrees := range []int{0, 180} {
		s := upright
		s.Rotate = degrees
		want := "第一行文字\n第二行文字"
		if degrees == 180 { // upside down: the lines stand on their heads, and last first
			want = "字文行二第\n字文行一第"
		}
		if p := read(t, papertest.PDF(s)); p.Text != want {
			t.Errorf("turned by %d: %q", degrees, p.Text)
		}
	}
}

// columns are three columns without rules.
func columns(rows ...string) papertest.Sheet {
	var s papertest.Sheet
	for i, r := range rows {
		for j, c := range strings.Split(r, "|") {
			if c = strings.TrimSpace(c); c != "" {
				s.Texts = append(s.Texts, text(50+150*float64(j), 60+24*float64(i), 10, c))
			}
		}
	}
	return s
}

func TestColumnsWithoutRulesAreATableOnlyWhereTheyAreClear(t *testing.T) {
	p := read(t, papertest.PDF(columns("文号一号|当事人|金额大写", "深监一号|甲有限公司|壹万元整", "深监二号|乙有限公司|贰万元整")))
	if n := p.Doc.Find("tr").Length(); n != 3 || !strings.Contains(p.Text, "深监二号\t乙有限公司\t贰万元整") {
		t.Errorf("%d rows in %q", n, p.Text)
	}
	p = read(t, papertest.PDF(columns("文号一号|当事人|金额大写", "深监一号|甲有限公司|壹万元整", "|有限公司|", "深监二号|乙有限公司|贰万元整")))
	if strings.Contains(p.Text, "甲有限公司有限公司") || p.Doc.Find("td[colspan='3']").Length() != 3 {
		t.Errorf("whose the loose line is cannot be told: %q", p.Text)
	}
}

func TestWhatIsNoReadableDocumentIsRefusedWithAReason(t *testing.T) {
	whole := papertest.PDF(papertest.Sheet{Texts: []papertest.Text{text(50, 50, 12, "文字")}})
	many := strings.Replace(string(whole), "/Count 1/Kids[6 0 R]", "/Count 3000/Kids["+strings.Repeat("6 0 R ", 3000)+"]", 1)
	picture := strings.Replace(string(papertest.PDF(papertest.Sheet{})), "stream\n\nendstream",
		"stream\nBI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI\nendstream", 1)
	for name, tc := range map[string]struct{ body, want string }{
		"half a file":        {"%PDF-1.7\n1 0 obj", "could not open"},
		"a page":             {"<html>", "could not open"},
		"too many pages":     {many, "pages are more than the limit"},
		"an empty page":      {string(papertest.PDF(papertest.Sheet{})), "holds no text"},
		"a picture of pages": {strings.Replace(picture, "/Length 0", "/Length 38", 1), "picture"},
		"too many bytes":     {strings.Repeat("%", page.MaxBytes+1), "limit"},
	} {
		if _, err := engine.Read([]byte(tc.body)); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestADocumentThatTakesTooLongIsGivenUp(t *testing.T) {
	var s papertest.Sheet
	for i := range 30_000 {
		s.Texts = append(s.Texts, text(float64(i%500), float64(i/50), 2, "字"))
	}
	read(t, papertest.PDF(papertest.Sheet{Texts: s.Texts[:2]})) // compiled
	began := time.Now()
	hasty := &pdf.Engine{Cache: engine.Cache, Timeout: 50 * time.Millisecond}
	_, err := hasty.Read(papertest.PDF(s))
	if !errors.Is(err, evidence.ErrUnavailable) || errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("given up after %s: %v", time.Since(began), err)
	}
	if _, err := engine.Read(papertest.PDF(papertest.Sheet{Texts: s.Texts[:2]})); err != nil {
		t.Errorf("the next document: %v", err)
	}
}

func TestAReadingIsTheSameEveryTime(t *testing.T) {
	body, err := os.ReadFile("../testdata/real/chromium.pdf")
	if err != nil {
		t.Fatal(err)
	}
	a, b := read(t, body), read(t, body)
	if a.Digest != b.Digest || fmt.Sprint(a.Leaves) != fmt.Sprint(b.Leaves) || a.Undecodable != 0 {
		t.Errorf("%s and %s, %d undecodable", a.Digest, b.Digest, a.Undecodable)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(papertest.Table(papertest.Layout{Title: "表", Widths: []float64{60, 60, 60}, Ruled: true, Tear: true, Height: 60, Number: true}, [][]string{{"甲", "乙", "丙"}, {"一二三四五六七八九十", "2", "3"}}))
	f.Add(papertest.PDF(columns("文号一号|当事人|金额大写", "深监一号|甲有限公司|壹万元整", "|有限公司|", "深监二号|乙有限公司|贰万元整")))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := engine.Read(body)
		switch {
		case errors.Is(err, evidence.ErrInvalid), errors.Is(err, evidence.ErrUnavailable):
		case err != nil:
			t.Fatal(err)
		case p.Len() != utf8.RuneCountInString(p.Text) || p.Len() == 0 || len(p.Leaves) == 0:
			t.Fatalf("text %q, leaves %v", p.Text, p.Leaves)
		}
	})
}
