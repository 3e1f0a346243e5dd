package docx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"probity/extractors/docx"
	"probity/extractors/papertest"
	"probity/pipeline/evidence"
)

const (
	r  = "<w:r><w:t>"
	xr = "</w:t></w:r>"
)

func TestTheTextOfADocumentIsWhatItsReaderSees(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"paragraphs", papertest.Para("甲") + papertest.Para("乙\n丙"), "甲\n乙\n丙"},
		{"one word in several runs", "<w:p>" + r + "深圳" + xr + r + "市" + xr + "</w:p>", "深圳市"},
		{"a tab is a blank", "<w:p><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t></w:r></w:p>", "甲 乙"},
		{"what a revision deleted is gone", "<w:p>" + r + "罚款" + xr + "<w:del><w:r><w:delText>十万元</w:delText></w:r></w:del><w:ins>" + r + "一万元" + xr + "</w:ins></w:p>", "罚款一万元"},
		{"hidden text says nothing", "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>暗</w:t></w:r>" + r + "明" + xr + "</w:p>", "明"},
		{"the result of a field, not its code", "<w:p><w:r><w:instrText>DATE</w:instrText></w:r>" + r + "2025年" + xr + "</w:p>", "2025年"},
		{"links and controls hold text", "<w:p><w:hyperlink>" + r + "甲" + xr + "</w:hyperlink><w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>" + r + "乙" + xr + "</w:sdtContent></w:sdt></w:p>", "甲乙"},
		{
			"a text box follows its paragraph, once",
			`<w:p><w:r><w:t>甲</w:t></w:r><w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:drawing><wps:txbx xmlns:wps="s"><w:txbxContent>` + papertest.Para("框") +
				`</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + papertest.Para("框") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>` + papertest.Para("乙"),
			"甲\n框\n乙",
		},
		{"cells of several paragraphs", "<w:tbl><w:tr><w:tc>" + papertest.Para("甲") + papertest.Para("乙") + "</w:tc><w:tc>" + papertest.Para("丙") + "</w:tc></w:tr></w:tbl>", "甲\n乙\t丙"},
		{"a row that a revision deleted is gone", "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>" + papertest.Para("旧") + "</w:tc></w:tr><w:tr><w:tc>" + papertest.Para("新") + "</w:tc></w:tr></w:tbl>", "新"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := docx.Read(papertest.DOCX(tc.body))
			if err != nil || p.Text != tc.want {
				t.Errorf("%q, %v, want %q", p.Text, err, tc.want)
			}
		})
	}
}

func TestCellsSpanColumnsAndRows(t *testing.T) {
	cell := func(props, text string) string {
		return "<w:tc><w:tcPr>" + props + "</w:tcPr>" + papertest.Para(text) + "</w:tc>"
	}
	p, err := docx.Read(papertest.DOCX("<w:tbl><w:tr>" + cell(`<w:vMerge w:val="restart"/>`, "名称") + cell(`<w:gridSpan w:val="2"/>`, "合计") + "</w:tr><w:tr>" +
		cell(`<w:vMerge/>`, "") + cell("", "件") + cell("", "元") + "</w:tr><w:tr>" + cell("", "甲") + cell("", "1") + cell("", "2") + "</w:tr></w:tbl>"))
	if err != nil {
		t.Fatal(err)
	}
	var spans []string
	for _, td := range p.Doc.Find("td").EachIter() {
		spans = append(spans, td.Text()+td.AttrOr("colspan", "1")+"x"+td.AttrOr("rowspan", "1"))
	}
	if got := strings.Join(spans, " "); got != "名称1x2 合计2x1 件1x1 元1x1 甲1x1 11x1 21x1" {
		t.Errorf("cells %s", got)
	}
}

func packed(t testing.TB, name string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(text)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDocumentsBeyondTheLimitsAreRefused(t *testing.T) {
	whole := papertest.DOCX(papertest.Para("甲"))
	for name, tc := range map[string]struct {
		body []byte
		want string
	}{
		"half a file":      {whole[:len(whole)/2], "half a file"},
		"another archive":  {packed(t, "a.txt", nil), "word/document.xml is missing"},
		"a bomb":           {packed(t, "word/document.xml", bytes.Repeat([]byte(" "), 40<<20)), "unpack to more than"},
		"nested too deep":  {papertest.DOCX(strings.Repeat("<w:sdt>", 300) + strings.Repeat("</w:sdt>", 300)), "nested deeper"},
		"XML that is torn": {packed(t, "word/document.xml", []byte(`<w:document xmlns:w="wordprocessingml"><w:body><w:p>`)), "EOF"},
		"an entity of its own": {
			packed(t, "word/document.xml", []byte(`<!DOCTYPE a [<!ENTITY b "cccc">]><w:document xmlns:w="wordprocessingml"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>`)), "entity",
		},
	} {
		if _, err := docx.Read(tc.body); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(papertest.Para("甲") + papertest.Cells([][]string{{"a", "b"}, {"c", ""}})))
	f.Add([]byte(`<w:tbl><w:tr><w:trPr><w:gridBefore w:val="2"/></w:trPr><w:tc><w:tcPr><w:vMerge/><w:gridSpan w:val="9"/></w:tcPr></w:tc></w:tr></w:tbl>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, b := range [][]byte{body, papertest.DOCX(string(body))} {
			p, err := docx.Read(b)
			if err != nil {
				if !errors.Is(err, evidence.ErrInvalid) {
					t.Fatal(err)
				}
				continue
			}
			if p.Len() != utf8.RuneCountInString(p.Text) {
				t.Fatalf("text %q", p.Text)
			}
		}
	})
}
