package sheet

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"probity/extractors/page"
	"probity/pipeline/media"
)

// Records of a workbook of 1997 to 2003 that are read (MS-XLS, 2.3).
const (
	recFormula    = 0x0006
	recEOF        = 0x000a
	recDateMode   = 0x0022
	recFilePass   = 0x002f
	recContinue   = 0x003c
	recBoundSheet = 0x0085
	recMulRK      = 0x00bd
	recRString    = 0x00d6
	recXF         = 0x00e0
	recMerged     = 0x00e5
	recSST        = 0x00fc
	recLabelSST   = 0x00fd
	recNumber     = 0x0203
	recLabel      = 0x0204
	recBoolErr    = 0x0205
	recString     = 0x0207
	recRK         = 0x027e
	recFormat     = 0x041e
	recBOF        = 0x0809
	biff8         = 0x0600
)

// A record is one record of the stream, with those that continue it.
type record struct {
	id    uint16
	parts [][]byte
}

func (r record) data() []byte { return r.parts[0] }

// An oldBook is a workbook of the format before 2007.
type oldBook struct {
	stream   []byte
	shared   []string
	formats  map[int]string // number formats that the file defines
	styles   []int          // of cells -> number format
	from1904 bool
	sheets   []oldSheet
	cells    int
}

type oldSheet struct {
	name string
	at   int
}

// readOld reads a workbook as Excel 97 to 2003 wrote it. Libraries for it are
// not kept any more; what a list needs of it is little.
func readOld(body []byte) (*page.Page, error) {
	switch is := media.Decide("", "", body).Type; is {
	case media.Locked:
		return nil, refuse("it is locked by a password: ask for it without one")
	case media.XLS:
	default:
		return nil, refuse("it is no .xls, but another file of that time (" + is + "): ask for XLSX or CSV")
	}
	streams, err := media.Streams(body, "Workbook", "Book")
	if err != nil {
		return nil, refuse(err.Error())
	}
	b := &oldBook{stream: streams["Workbook"], formats: map[int]string{}}
	if b.stream == nil {
		return nil, refuse("it is an .xls of before 1997: ask for XLSX or CSV")
	}
	if err := b.globals(); err != nil {
		return nil, err
	}
	if len(b.sheets) == 0 {
		return nil, refuse("it has no sheet")
	}
	var sheets []page.Sheet
	var merges [][]merge
	for _, s := range b.sheets {
		one, over, err := b.sheet(s)
		if err != nil {
			return nil, err
		}
		sheets, merges = append(sheets, one), append(merges, over)
	}
	p := laidOut(sheets)
	for i, over := range merges {
		for _, m := range over {
			m.spread(&p.Sheets[i])
		}
	}
	return p, nil
}

// laidOut writes the text of sheets as book.sheet does, and notes where each
// cell stands in it.
func laidOut(sheets []page.Sheet) *page.Page {
	var b book
	for i, s := range sheets {
		if i > 0 {
			b.write("\n")
		}
		b.write(s.Name)
		for _, row := range s.Rows {
			b.write("\n")
			for x := range row {
				if x > 0 {
					b.write("\t")
				}
				row[x].Start = b.runes
				b.write(flat(row[x].Text))
				row[x].End = b.runes
			}
		}
	}
	p := page.Made(b.text.String(), page.SheetDecoder)
	p.Sheets, p.Title = sheets, sheets[0].Name
	return p
}

// each visits the records from an offset to the next end.
func (b *oldBook) each(at int, visit func(record) error) error {
	first := true
	for at+4 <= len(b.stream) {
		r := record{id: binary.LittleEndian.Uint16(b.stream[at:])}
		for {
			n := int(binary.LittleEndian.Uint16(b.stream[at+2:]))
			if at+4+n > len(b.stream) {
				return refuse("it ends within a record: was half a file sent?")
			}
			r.parts = append(r.parts, b.stream[at+4:at+4+n])
			at += 4 + n
			if at+4 > len(b.stream) || binary.LittleEndian.Uint16(b.stream[at:]) != recContinue {
				break
			}
		}
		if first && r.id != recBOF {
			return refuse("a sheet does not begin where the file says")
		}
		first = false
		if r.id == recEOF {
			return nil
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return refuse("it ends too early: was half a file sent?")
}

func (b *oldBook) globals() error {
	return b.each(0, func(r record) error {
		d := field(r.data())
		switch r.id {
		case recBOF:
			if d.u16(0) != biff8 {
				return refuse("it is an .xls of before 1997: ask for XLSX or CSV")
			}
		case recFilePass:
			return refuse("it is locked by a password: ask for it without one")
		case recDateMode:
			b.from1904 = d.u16(0) == 1
		case recFormat:
			b.formats[int(d.u16(0))] = texts{parts: [][]byte{d.from(2)}}.short(2)
		case recXF:
			b.styles = append(b.styles, int(d.u16(2)))
		case recBoundSheet:
			if d.u8(5) == 0 { // a sheet, and no chart or macro
				b.sheets = append(b.sheets, oldSheet{texts{parts: [][]byte{d.from(6)}}.short(1), int(d.u32(0))})
			}
		case recSST:
			t := texts{parts: r.parts, at: 8}
			for range min(int(d.u32(4)), MaxCells) {
				s, ok := t.rich()
				if !ok {
					return refuse("its list of texts ends too early: was half a file sent?")
				}
				b.shared = append(b.shared, s)
			}
		}
		return nil
	})
}

// A cellAt is a cell of a sheet that is read.
type cellAt struct {
	text    string
	numeric bool
}

// A sheetReader gathers the cells of one sheet, which come in any order.
type sheetReader struct {
	*oldBook
	got     map[[2]int]cellAt
	widths  []int // of rows
	merges  []merge
	formula [2]int // whose text may follow
}

// sheet reads the cells of one sheet.
func (b *oldBook) sheet(s oldSheet) (page.Sheet, []merge, error) {
	out := page.Sheet{Name: s.name}
	r := &sheetReader{oldBook: b, got: map[[2]int]cellAt{}}
	if err := b.each(s.at, r.record); err != nil {
		return out, nil, err
	}
	for y, w := range r.widths {
		row := make([]page.SheetCell, w)
		for x := range row {
			c := r.got[[2]int{y, x}]
			name, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				return out, nil, refuse(err.Error())
			}
			row[x] = page.SheetCell{Name: name, Text: c.text, Numeric: c.numeric}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, r.merges, nil
}

func (s *sheetReader) put(row, col int, c cellAt) error {
	for len(s.widths) <= row {
		s.widths = append(s.widths, 0)
	}
	if col >= s.widths[row] {
		s.cells += col + 1 - s.widths[row]
		s.widths[row] = col + 1
	}
	if s.got[[2]int{row, col}] = c; s.cells > MaxCells {
		return refuse(fmt.Sprintf("more than %d cells", MaxCells))
	}
	return nil
}

func (s *sheetReader) record(r record) error {
	d := field(r.data())
	row, col := int(d.u16(0)), int(d.u16(2))
	switch r.id {
	case recMerged:
		for i := range int(d.u16(0)) {
			at := 2 + 8*i
			s.merges = append(s.merges, merge{int(d.u16(at + 4)), int(d.u16(at)), int(d.u16(at + 6)), int(d.u16(at + 2))})
		}
		return nil
	case recString:
		return s.put(s.formula[0], s.formula[1], cellAt{text: texts{parts: r.parts}.short(2)})
	case recMulRK:
		for i := range max(0, (len(d)-6)/6) {
			if err := s.put(row, col+i, s.number(d.u16(4+6*i), rk(d.u32(6+6*i)))); err != nil {
				return err
			}
		}
		return nil
	case recFormula:
		s.formula = [2]int{row, col}
	}
	if c, ok := s.cell(r); ok {
		return s.put(row, col, c)
	}
	return nil
}

// cell reads a record that is one cell.
func (b *oldBook) cell(r record) (cellAt, bool) {
	d := field(r.data())
	switch r.id {
	case recLabelSST:
		if i := int(d.u32(6)); i < len(b.shared) {
			return cellAt{text: b.shared[i]}, true
		}
		return cellAt{text: "\ufffd"}, true
	case recLabel, recRString:
		return cellAt{text: texts{parts: [][]byte{d.from(6)}}.short(2)}, true
	case recNumber:
		return b.number(d.u16(4), math.Float64frombits(d.u64(6))), true
	case recRK:
		return b.number(d.u16(4), rk(d.u32(6))), true
	case recBoolErr:
		if d.u8(7) == 0 {
			return cellAt{text: map[bool]string{true: "TRUE", false: "FALSE"}[d.u8(6) != 0]}, true
		}
		return cellAt{text: "#N/A"}, true
	case recFormula:
		if d.u16(12) != 0xffff {
			return b.number(d.u16(4), math.Float64frombits(d.u64(6))), true
		}
		switch d.u8(6) {
		case 1:
			return cellAt{text: map[bool]string{true: "TRUE", false: "FALSE"}[d.u8(8) != 0]}, true
		case 2:
			return cellAt{text: "#N/A"}, true
		}
		return cellAt{}, true // a text follows, or nothing
	}
	return cellAt{}, false
}

// number writes a number as XLSX's are written: see book.number.
func (b *oldBook) number(style uint16, v float64) cellAt {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return cellAt{text: "#NUM!"}
	}
	if int(style) < len(b.styles) && v >= 1 {
		id := b.styles[style]
		custom, own := b.formats[id]
		if datesByNumber(id) || own && showsDay(custom) {
			if t, err := excelize.ExcelDateToTime(v, b.from1904); err == nil {
				return cellAt{text: t.Format(time.DateOnly)}
			}
		}
	}
	return cellAt{text: strconv.FormatFloat(v, 'f', -1, 64), numeric: true}
}
