// Package sheet is the door to workbooks: it turns an XLSX file, or an .xls of
// 1997 to 2003, into sheets of text cells, and is the only package that knows
// excelize. For .xls there is no library that is kept any more, so that what a
// list needs of it (texts, numbers, dates, merged cells) is own code here.
//
// Numbers are given as the file has them, not as a format would show them, so
// that 0.2 is never shown as 0 and a code never as 9.14E+17. Cells with a
// date's format become 2006-01-02. Merged cells repeat their value in each of
// them. It refuses what is no XLSX file (ECMA-376), with a word on what the
// file is instead, and files that unpack to more than the limits.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// Limits of what is unpacked and read.
const (
	MaxUnzipped = 256 << 20
	MaxPart     = 64 << 20  // of one part of the file; larger ones would go to the disk
	MaxCells    = 2_000_000 // of all sheets, empty ones in their rows counted
)

// Is reports whether a body is a ZIP archive, as every XLSX file is.
func Is(body []byte) bool { return bytes.HasPrefix(body, []byte("PK\x03\x04")) }

// IsOld reports whether a body is a compound file, as workbooks were before
// 2007 (.xls) and as encrypted ones still are.
func IsOld(body []byte) bool {
	return bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

// Read reads a workbook. Its text is, for each sheet, the sheet's name on a
// line, then a line for each row with its cells parted by tabs.
func Read(body []byte) (p *page.Page, err error) {
	switch {
	case IsOld(body):
		return readOld(body)
	case !Is(body):
		return nil, refuse("it is no ZIP archive, as an XLSX file is: was another page or half a file sent?")
	case len(body) > page.MaxBytes:
		return nil, refuse(fmt.Sprintf("%d bytes are more than the limit of %d", len(body), page.MaxBytes))
	}
	defer func() { // other people's files reach deep into the library
		if fault := recover(); fault != nil {
			p, err = nil, refuse(fmt.Sprintf("the library could not read it: %v", fault))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: MaxUnzipped, UnzipXMLSizeLimit: MaxPart,
	})
	if err != nil {
		return nil, refuse(err.Error())
	}
	defer func() {
		if fault := f.Close(); fault != nil && err == nil {
			p, err = nil, fmt.Errorf("close workbook: %w", fault)
		}
	}()
	return read(f)
}

// errDrawn: the sheet is a chart, and has no cells.
var errDrawn = errors.New("no worksheet")

func refuse(why string) error { return fmt.Errorf("read workbook: %w: %s", evidence.ErrInvalid, why) }

func read(f *excelize.File) (*page.Page, error) {
	b := &book{file: f, dates: map[int]bool{}}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		b.from1904 = *props.Date1904
	}
	var sheets []page.Sheet
	for _, name := range f.GetSheetList() {
		s, err := b.sheet(name)
		switch {
		case errors.Is(err, errDrawn):
			continue
		case err != nil:
			return nil, err
		}
		sheets = append(sheets, s)
	}
	if len(sheets) == 0 {
		return nil, refuse("it has no sheet")
	}
	p := page.Made(b.text.String(), page.SheetDecoder)
	p.Sheets, p.Title = sheets, sheets[0].Name
	return p, nil
}

// A book gathers the text while cells are read.
type book struct {
	file     *excelize.File
	from1904 bool
	dates    map[int]bool // style -> shows a date
	text     strings.Builder
	runes    int
	cells    int
}

func (b *book) write(s string) {
	b.text.WriteString(s)
	b.runes += utf8.RuneCountInString(s)
}

func (b *book) sheet(name string) (page.Sheet, error) {
	out := page.Sheet{Name: name}
	raw, err := b.rows(name)
	if err != nil {
		return out, err
	}
	merged, err := b.merged(name)
	if err != nil {
		return out, err
	}
	if b.runes > 0 {
		b.write("\n")
	}
	b.write(name)
	for y, cells := range raw {
		b.write("\n")
		row := make([]page.SheetCell, 0, len(cells))
		for x, v := range cells {
			if x > 0 {
				b.write("\t")
			}
			c, err := b.cell(name, x+1, y+1, v)
			if err != nil {
				return out, err
			}
			row = append(row, c)
		}
		out.Rows = append(out.Rows, row)
	}
	for _, m := range merged {
		m.spread(&out)
	}
	return out, nil
}

// rows reads a sheet row by row, so that one of too many cells is refused
// before it stands in memory. Empty rows at its end are none.
func (b *book) rows(name string) (out [][]string, err error) {
	rows, err := b.file.Rows(name)
	if err != nil {
		return nil, refuse(fmt.Sprintf("sheet %s: %v", name, err))
	}
	defer func() {
		if fault := rows.Close(); fault != nil && err == nil {
			err = refuse(fmt.Sprintf("sheet %s: %v", name, fault))
		}
	}()
	last := 0
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return nil, refuse(fmt.Sprintf("sheet %s: %v", name, err))
		}
		if b.cells += len(cells); b.cells > MaxCells {
			return nil, refuse(fmt.Sprintf("more than %d cells", MaxCells))
		}
		if out = append(out, cells); len(cells) > 0 {
			last = len(out)
		}
	}
	return out[:last], nil
}

func (b *book) cell(sheet string, x, y int, raw string) (page.SheetCell, error) {
	name, err := excelize.CoordinatesToCellName(x, y)
	if err != nil {
		return page.SheetCell{}, refuse(err.Error())
	}
	c := page.SheetCell{Name: name, Text: raw}
	if looksNumeric(raw) {
		kind, err := b.file.GetCellType(sheet, name)
		if err != nil {
			return c, refuse(fmt.Sprintf("cell %s!%s: %v", sheet, name, err))
		}
		if kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber {
			c.Text, c.Numeric = b.number(sheet, name, raw)
		}
	}
	c.Start = b.runes
	b.write(flat(c.Text))
	c.End = b.runes
	return c, nil
}

// flat keeps a cell on one line of the text, rune for rune.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, s)
}
