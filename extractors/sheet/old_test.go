package sheet_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"probity/extractors/sheet"
	"probity/pipeline/evidence"
)

func old(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "real", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAWorkbookOfBefore2007IsReadCellByCell(t *testing.T) {
	p, err := sheet.Read(old(t, "xlwt.xls"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Sheets) != 2 || p.Sheets[0].Name != "处罚" || len(p.Sheets[0].Rows) != 25 {
		t.Fatalf("%d sheets, %d rows", len(p.Sheets), len(p.Sheets[0].Rows))
	}
	row := p.Sheets[0].Rows[1]
	if row[0].Text != "深市监罚〔2025〕1号" || row[4].Text != "2025-03-01" || row[4].Numeric || row[4].Name != "E2" || p.Slice(row[1].Start, row[1].End) != row[1].Text {
		t.Errorf("row %+v", row)
	}
	var numbers []string
	for _, c := range p.Sheets[1].Rows[0] {
		numbers = append(numbers, c.Text)
	}
	if got := strings.Join(numbers, " "); got != "1.5 20000 -3 0.1 123456789012 0.00001" {
		t.Errorf("numbers %s", got)
	}
	if m := p.Sheets[1].Rows; m[1][0].Text != "合并" || m[2][1].Text != "合并" || m[3][0].Text != "TRUE" {
		t.Errorf("merged cells and truth values: %+v", m[1:])
	}
}

// The shared list of texts runs over several records, and texts over their ends.
func TestTextsThatRunOverRecordsAreWhole(t *testing.T) {
	p, err := sheet.Read(old(t, "long.xls"))
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range p.Sheets[0].Rows {
		zh, en := fmt.Sprintf("第%d行", i)+strings.Repeat("违法事实", i%9), fmt.Sprintf("row %d ", i)+strings.Repeat("abc", i%11)
		if row[0].Text != zh || row[1].Text != en {
			t.Fatalf("row %d: %q and %q", i, row[0].Text, row[1].Text)
		}
	}
	if n := len(p.Sheets[0].Rows); n != 700 {
		t.Errorf("%d rows", n)
	}
}

func TestATornWorkbookOfBefore2007IsRefused(t *testing.T) {
	whole := old(t, "xlwt.xls")
	for _, n := range []int{len(whole) / 2, 600, 8} {
		if _, err := sheet.Read(whole[:n]); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("its first %d bytes: %v", n, err)
		}
	}
}

func FuzzOld(f *testing.F) {
	f.Add(old(f, "xlwt.xls"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := sheet.Read(append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), body[min(8, len(body)):]...))
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
						t.Fatalf("cell %+v beyond %d", c, p.Len())
					}
				}
			}
		}
	})
}
