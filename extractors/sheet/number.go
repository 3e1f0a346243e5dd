package sheet

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"probity/extractors/page"
)

var numeric = regexp.MustCompile(`^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$`)

func looksNumeric(raw string) bool { return len(raw) < 40 && numeric.MatchString(raw) }

// number writes a numeric cell: as a date if its format shows one, else as a
// plain decimal. A workbook stores binary floating point, often with 17
// digits: the shortest decimal that means the same number is what was typed.
func (b *book) number(sheet, cell, raw string) (text string, plain bool) {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw, false
	}
	if b.isDate(sheet, cell) {
		if t, err := excelize.ExcelDateToTime(v, b.from1904); err == nil && v >= 1 {
			return t.Format(time.DateOnly), false
		}
	}
	if strings.ContainsAny(raw, "eE.") {
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return raw, true
}

// isDate reports whether a cell's format shows a day: one of the built-in
// numbers for dates (ECMA-376 part 1, 18.8.30, with those of Chinese and
// Japanese locales), or a custom one with year and month or day in it.
func (b *book) isDate(sheet, cell string) bool {
	id, err := b.file.GetCellStyle(sheet, cell)
	if err != nil || id == 0 {
		return false
	}
	if known, ok := b.dates[id]; ok {
		return known
	}
	style, err := b.file.GetStyle(id)
	is := false
	if err == nil {
		is = datesByNumber(style.NumFmt)
		if style.CustomNumFmt != nil {
			is = showsDay(*style.CustomNumFmt)
		}
	}
	b.dates[id] = is
	return is
}

func datesByNumber(n int) bool {
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n == 57 || n == 58
}

var quoted = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\\.|_.|\*.`)

// showsDay: y, or d with m, outside of quotes and brackets.
func showsDay(format string) bool {
	f := strings.ToLower(quoted.ReplaceAllString(format, ""))
	return strings.Contains(f, "y") || strings.Contains(f, "d") && strings.Contains(f, "m")
}

// A merge is a range of merged cells.
type merge struct{ x1, y1, x2, y2 int } // from 0, inclusive

func (b *book) merged(sheet string) ([]merge, error) {
	list, err := b.file.GetMergeCells(sheet, true)
	switch {
	case err != nil && strings.HasSuffix(err.Error(), "is not a worksheet"): // excelize has no name for it
		return nil, errDrawn
	case err != nil:
		return nil, refuse(fmt.Sprintf("sheet %s: merged cells: %v", sheet, err))
	}
	var out []merge
	for _, m := range list {
		x1, y1, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			continue // a range that names no cells covers none
		}
		x2, y2, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err != nil {
			continue
		}
		out = append(out, merge{x1 - 1, y1 - 1, x2 - 1, y2 - 1})
	}
	return out, nil
}

// spread repeats the first cell of a merged range in all of it, as far as the
// sheet's rows reach and no wider than sheets of people are.
func (m merge) spread(s *page.Sheet) {
	const widest = 256
	if m.y1 >= len(s.Rows) || m.x1 >= len(s.Rows[m.y1]) {
		return
	}
	first := s.Rows[m.y1][m.x1]
	for y := m.y1; y <= m.y2 && y < len(s.Rows); y++ {
		for x := m.x1; x <= m.x2 && x < widest; x++ {
			for len(s.Rows[y]) <= x {
				s.Rows[y] = append(s.Rows[y], page.SheetCell{})
			}
			s.Rows[y][x] = first
		}
	}
}
