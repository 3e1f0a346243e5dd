package extractors_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"probity/extractors"
	"probity/extractors/papertest"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

// published is the view of the list in testdata/real, which one program each
// wrote as a page, PDF (Chromium), DOCX (python-docx) and XLS (xlwt).
func published() evidence.View {
	v := penalties()
	v.Skip = nil
	v.Fields = slices.DeleteFunc(v.Fields, func(l evidence.Label) bool { return l.Label == "法定代表人" || l.Ignore != "" })
	return v
}

func document(t *testing.T, name, media string) evidence.Exchange {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "real", name))
	if err != nil {
		t.Fatal(err)
	}
	charset := ""
	if strings.HasSuffix(name, ".html") {
		charset = "utf-8"
	}
	return exchange("http://a.example/list", media, charset, body)
}

func TestAListReadsTheSameInWhateverDocumentItIsPublished(t *testing.T) {
	want, err := extractors.Read(settings(published()), "", document(t, "chromium.html", "text/html"))
	if err != nil || len(want.Records) != 24 {
		t.Fatalf("%d records, %v", len(want.Records), err)
	}
	for name, media := range map[string]string{"chromium.pdf": "application/octet-stream", "python.docx": "text/plain", "xlwt.xls": "application/octet-stream"} {
		x := document(t, name, media)
		got, err := extractors.Read(settings(published()), "", x)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkReading(t, got)
		for i := range got.Records {
			if a, b := fmt.Sprint(bare(got.Records[i])), fmt.Sprint(bare(want.Records[i])); a != b {
				t.Fatalf("%s states\n%s\nand the page\n%s", name, a, b)
			}
		}
		if len(got.Records) != len(want.Records) || got.Rows != want.Rows {
			t.Errorf("%s has %d records, the page %d", name, len(got.Records), len(want.Records))
		}
	}
}

func bare(r evidence.Record) evidence.Record {
	r.Citations = nil
	return r
}

func TestEveryPlaceInAPDFKnowsItsPage(t *testing.T) {
	r, err := extractors.Read(settings(published()), "", document(t, "chromium.pdf", "application/pdf"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Leaves) < 2 || r.Leaves[0] != (evidence.Leaf{Start: 0, Page: 1}) || r.Leaves[1].Page != 2 {
		t.Fatalf("leaves %v", r.Leaves)
	}
	text := []rune(r.Text)
	first, last := r.Records[0].Citations[0].Place, r.Records[23].Citations[0].Place
	if first.Page != 1 || last.Page != 2 || string(text[last.Start:last.End]) != r.Records[23].Citations[0].Original {
		t.Errorf("the first record stands on page %d, the last on page %d at %q", first.Page, last.Page, string(text[last.Start:last.End]))
	}
}

// A publisher's PDF behind a wrong label is read; a page where a PDF is
// declared is not.
func TestAViewMaySayWhatItsPagesAre(t *testing.T) {
	v := published()
	v.Format = "pdf|docx"
	if _, err := extractors.Read(settings(v), "", document(t, "chromium.pdf", "text/html")); err != nil {
		t.Error(err)
	}
	if _, err := extractors.Read(settings(v), "", document(t, "chromium.html", "application/pdf")); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "what came is text/html") {
		t.Errorf("a page where a document is declared: %v", err)
	}
}

func TestLabelsOfAPDFAreReadAsThoseOfAPage(t *testing.T) {
	v := penalties()
	v.Read, v.Skip = "detail", nil
	line := func(i int, s string) papertest.Text {
		return papertest.Text{X: 60, Y: 80 + 30*float64(i), Size: 12, Say: s}
	}
	body := papertest.PDF(papertest.Sheet{Texts: []papertest.Text{
		{X: 200, Y: 40, Size: 20, Say: "行政处罚决定书"},
		line(0, "文号：深市监罚〔2025〕7号"), line(1, "当事人：深圳市甲电子商务有限公司"),
		line(2, "代码：91440300192317458F"), line(3, "日期：2025年3月7日"), line(4, "机关：深圳市市场监督管理局"),
	}})
	r, err := extractors.Read(settings(v), "", exchange("http://a.example/list", "application/pdf", "", body))
	if err != nil || len(r.Records) != 1 {
		t.Fatalf("%d records, %v", len(r.Records), err)
	}
	rec := r.Records[0]
	if rec.Fields["date"] != "2025-03-07" || rec.Parties[0].Name != "深圳市甲电子商务有限公司" || rec.Citations[0].Place.Page != 1 || r.Title != "行政处罚决定书" {
		t.Errorf("%+v, title %s", rec, r.Title)
	}
}

// A character that the library passes over (package pdf, lost) spoils its row
// and is never taken for an empty cell.
func TestACharacterThatCannotBeReadIsNoEmptyCell(t *testing.T) {
	lines := [][4]float64{{40, 60, 340, 60}, {40, 80, 340, 80}, {40, 100, 340, 100}, {40, 60, 40, 100}, {140, 60, 140, 100}, {240, 60, 240, 100}, {340, 60, 340, 100}}
	text := func(x, y float64, s string) papertest.Text {
		return papertest.Text{X: x, Y: y, Size: 9, Say: s, Alone: true}
	}
	body := papertest.PDF(papertest.Sheet{Lines: lines, Texts: []papertest.Text{
		text(45, 65, "文号"), text(145, 65, "当事人"), text(245, 65, "机关"), text(45, 85, "深监一号"), text(145, 85, "深圳市甲有限公司"), text(245, 85, "局"),
	}})
	v := penalties()
	v.Skip = nil
	for i := range v.Fields {
		v.Fields[i].Optional = true
		v.Fields[i].Need = v.Fields[i].Field == "authority"
	}
	r, err := extractors.Read(settings(v), "", exchange("http://a.example/list", "", "", body))
	if err != nil || len(r.Records) != 0 || len(r.Quarantined) != 1 || !strings.Contains(r.Quarantined[0].Reason, "无法解码") {
		t.Errorf("%d records, %+v, %v", len(r.Records), r.Quarantined, err)
	}
}

func TestATableThatIsNotReadIsNoEndOfAList(t *testing.T) {
	head := []string{"文号", "当事人", "代码", "日期", "机关", "违法事实"}
	rows := [][]string{head, {"1", "甲公司", "", "2025-01-01", "深圳局", "一二"}}
	one := papertest.Table(papertest.Layout{Widths: []float64{80, 80, 80, 80, 80, 80}, Ruled: true}, rows)
	v := published()
	if _, err := extractors.Read(settings(v), "", exchange("http://a.example/list", "", "", one)); err != nil {
		t.Fatal(err)
	}
	two := papertest.PDF(sheetOf(head, rows[1], 50, 60), sheetOf(rows[1], rows[1], 50, 80))
	if _, err := extractors.Read(settings(v), "", exchange("http://a.example/list", "", "", two)); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("a table of other columns that may be the rest of the list: %v", err)
	}
}

// sheetOf is a page with a ruled table of two rows.
func sheetOf(a, b []string, top, width float64) papertest.Sheet {
	var s papertest.Sheet
	for y := range 3 {
		s.Lines = append(s.Lines, [4]float64{40, top + 20*float64(y), 40 + width*float64(len(a)), top + 20*float64(y)})
	}
	for x := range len(a) + 1 {
		s.Lines = append(s.Lines, [4]float64{40 + width*float64(x), top, 40 + width*float64(x), top + 40})
	}
	for i := range a {
		x := 43 + width*float64(i)
		s.Texts = append(s.Texts, papertest.Text{X: x, Y: top + 5, Size: 9, Say: a[i]}, papertest.Text{X: x, Y: top + 25, Size: 9, Say: b[i]})
	}
	return s
}

// What a source does not want by its types is archived, states nothing and is
// counted, whatever its address ends with; a start page is read all the same.
func TestWhatASourceDoesNotWantStatesNothing(t *testing.T) {
	s := settings(published())
	s.Source.Types = []string{"page"}
	x := document(t, "chromium.pdf", "text/html")
	x.Capture.Media = media.Decide(x.Capture.Type, x.Capture.Lead.URL, x.Body)
	if r, err := extractors.Read(s, "", x); err != nil || len(r.Records) == 0 {
		t.Errorf("a start page: %d records, %v", len(r.Records), err)
	}
	x.Capture.Lead.Depth = 1
	r, err := extractors.Read(s, "", x)
	if err != nil || len(r.Records) != 0 || r.Rows != 0 || r.Text != "" || r.Passed["scope_type"] != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	s.Source.Types = append(s.Source.Types, "pdf")
	if r, err := extractors.Read(s, "", x); err != nil || len(r.Records) == 0 || r.Passed["scope_type"] != 0 {
		t.Errorf("a PDF where it is wanted: %d records, %v", len(r.Records), err)
	}
}
