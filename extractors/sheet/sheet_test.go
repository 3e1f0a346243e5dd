package sheet_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"probity/extractors/page"
	"probity/extractors/sheet"
	"probity/pipeline/evidence"
)

// book writes a workbook with the library itself.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	buf, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// cells is a workbook with every kind of cell.
func cells(t *testing.T, f *excelize.File) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	format := `yyyy"年"m"月"d"日";@`
	for _, style := range []struct {
		cell  string
		style excelize.Style
	}{{"F1", excelize.Style{NumFmt: 14}}, {"G1", excelize.Style{CustomNumFmt: &format}}, {"I1", excelize.Style{NumFmt: 9}}} {
		id, err := f.NewStyle(&style.style)
		check(err)
		check(f.SetCellStyle("Sheet1", style.cell, style.cell, id))
	}
	for cell, v := range map[string]any{
		"A1": "文本\n两行", "B1": 0.2, "C1": 1234567.891, "D1": 91440300192317.0, "E1": 43748, "F1": 43748, "G1": 43748, "H1": "43748", "I1": 0.5,
		"A3": "合并", "C3": "丙",
	} {
		check(f.SetCellValue("Sheet1", cell, v))
	}
	check(f.MergeCell("Sheet1", "A3", "B4"))
	check(f.SetCellValue("Sheet1", "C4", "丁"))
	_, err := f.NewSheet("第二")
	check(err)
}

func TestCellsAreWhatTheFileHas(t *testing.T) {
	p, err := sheet.Read(book(t, func(f *excelize.File) { cells(t, f) }))
	if err != nil {
		t.Fatal(err)
	}
	s := p.Sheets[0]
	for i, want := range []struct {
		text    string
		numeric bool
	}{
		{"文本\n两行", false},
		{"0.2", true},
		{"1234567.891", true},
		{"91440300192317", true},
		{"43748", true},
		{"2019-10-10", false},
		{"2019-10-10", false},
		{"43748", false},
		{"0.5", true},
	} {
		c := s.Rows[0][i]
		if c.Text != want.text || c.Numeric != want.numeric {
			t.Errorf("%s is %q, number %v; want %q, %v", c.Name, c.Text, c.Numeric, want.text, want.numeric)
		}
		if got := p.Slice(c.Start, c.End); got != strings.ReplaceAll(c.Text, "\n", " ") {
			t.Errorf("%s stands at %q", c.Name, got)
		}
	}
	for _, at := range [][2]int{{2, 0}, {2, 1}, {3, 0}, {3, 1}} {
		if c := s.Rows[at[0]][at[1]]; c.Text != "合并" || c.Name != "A3" {
			t.Errorf("merged cell %v is %+v", at, c)
		}
	}
	if s.Rows[3][2].Text != "丁" || len(p.Sheets) != 2 || p.Decoder != page.SheetDecoder || !strings.HasPrefix(p.Text, "Sheet1\n") {
		t.Errorf("%+v %d sheets, text %q", s.Rows[3], len(p.Sheets), p.Text)
	}
}

func TestSerialsOfThe1904SystemAreDatesToo(t *testing.T) {
	body := book(t, func(f *excelize.File) {
		yes := true
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			t.Fatal(err)
		}
		date, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
		serial := int(time.Date(2019, 10, 10, 0, 0, 0, 0, time.UTC).Sub(time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24)
		if err := f.SetCellInt("Sheet1", "A1", int64(serial)); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", "A1", "A1", date); err != nil {
			t.Fatal(err)
		}
	})
	p, err := sheet.Read(body)
	if err != nil || p.Sheets[0].Rows[0][0].Text != "2019-10-10" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestWhatIsNoWorkbookIsRefusedWithAWordOnWhatItIs(t *testing.T) {
	whole := book(t, func(f *excelize.File) { _ = f.SetCellValue("Sheet1", "A1", "x") })
	for name, tc := range map[string]struct {
		body []byte
		want string
	}{
		"a web page":       {[]byte("<html>"), "no ZIP archive"},
		"an old workbook":  {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ".xls"},
		"half a workbook":  {whole[:len(whole)/2], "read workbook"},
		"another ZIP file": {[]byte("PK\x03\x04rest"), "read workbook"},
	} {
		if _, err := sheet.Read(tc.body); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(book(f, func(b *excelize.File) {
		_ = b.SetCellValue("Sheet1", "B2", 1.5)
		_ = b.MergeCell("Sheet1", "B2", "C9")
	}))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := sheet.Read(body)
		if err != nil {
			if !errors.Is(err, evidence.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		for _, s := range p.Sheets {
			for _, row := range s.Rows {
				for _, c := range row {
					if c.Start > c.End || c.End > p.Len() {
						t.Fatalf("cell %+v beyond the text", c)
					}
				}
			}
		}
	})
}

// A chart may stand on a sheet of its own: the lists beside it are read.
func TestAChartOnASheetOfItsOwnCostsNoList(t *testing.T) {
	p, err := sheet.Read(book(t, func(f *excelize.File) {
		if err := errors.Join(f.SetSheetRow("Sheet1", "A1", &[]any{"企业名称", 3, 5}), f.AddChartSheet("图", &excelize.Chart{
			Type: excelize.Col, Series: []excelize.ChartSeries{{Values: "Sheet1!$B$1:$C$1"}},
		})); err != nil {
			t.Fatal(err)
		}
	}))
	if err != nil || len(p.Sheets) != 1 || p.Sheets[0].Name != "Sheet1" || !strings.Contains(p.Text, "企业名称\t3\t5") {
		t.Errorf("got %+v, %v", p, err)
	}
}

// Cells are counted while they are read, empty ones before a full one too.
func TestAWorkbookOfTooManyCellsIsRefusedBeforeItStandsInMemory(t *testing.T) {
	body := book(t, func(f *excelize.File) {
		w, err := f.NewStreamWriter("Sheet1")
		for y := range 2000 { // each reaches to the last column, 16,384
			at, fault := excelize.CoordinatesToCellName(16384, y+1)
			err = errors.Join(err, fault, w.SetRow(at, []any{"x"}))
		}
		if err = errors.Join(err, w.Flush()); err != nil {
			t.Fatal(err)
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := sheet.Read(body)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "cells") {
		t.Errorf("got %v", err)
	}
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 256 {
		t.Errorf("it took %d MB", took)
	}
}
