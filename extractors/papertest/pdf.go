// Package papertest writes documents for tests: PDF and DOCX with nothing in
// them but what a test says, so that what is read can be held to it. It writes
// the simplest form that the formats admit; files of other programs stand
// beside the tests that read them.
package papertest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// A Sheet is one page of 595 by 842 points. Y counts from the top.
type Sheet struct {
	Texts  []Text
	Field  []Text       // what the field of a form shows
	Lines  [][4]float64 // x, y to x, y
	Rotate int          // degrees clockwise by which it is shown
}

// A Text is one line, set in type of so many points. Every character is as
// wide as it is high, ASCII half as wide.
type Text struct {
	X, Y, Size float64
	Say        string
	Alone      bool // a single character without a blank after it
}

// PDF writes a document. Its font is one that readers have to know by its name
// (Adobe-GB1), as in documents of Chinese offices.
func PDF(sheets ...Sheet) []byte {
	w := &writer{}
	w.buf.WriteString("%PDF-1.4\n")
	kids := make([]string, len(sheets))
	for i := range sheets {
		kids[i] = fmt.Sprintf("%d 0 R", 6+2*i)
	}
	w.object(1, "<</Type/Catalog/Pages 2 0 R>>")
	w.object(2, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(sheets), strings.Join(kids, " ")))
	w.object(3, "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>")
	w.object(4, "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"+
		"/DW 1000/W[1 95 500 814 939 500]/FontDescriptor 5 0 R>>")
	w.object(5, "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>")
	for i, s := range sheets {
		w.object(6+2*i, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate %d/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R%s>>", s.Rotate, 7+2*i, w.field(s, 6+2*(len(sheets)+i))))
		c := s.content()
		w.object(7+2*i, fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(c), c))
	}
	return w.end()
}

// field writes the field of a sheet as objects n and n+1, and returns what
// names it in the page; empty: there is none.
func (w *writer) field(s Sheet, n int) string {
	if len(s.Field) == 0 {
		return ""
	}
	c := Sheet{Texts: s.Field}.content()
	w.object(n, fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[0 0 595 842]/AP<</N %d 0 R>>>>", n+1))
	w.object(n+1, fmt.Sprintf("<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Length %d>>\nstream\n%s\nendstream", len(c), c))
	return fmt.Sprintf("/Annots[%d 0 R]", n)
}

func (s Sheet) content() string {
	var b strings.Builder
	for _, l := range s.Lines {
		fmt.Fprintf(&b, "0.5 w %.2f %.2f m %.2f %.2f l S\n", l[0], 842-l[1], l[2], 842-l[3])
	}
	for _, t := range s.Texts {
		fmt.Fprintf(&b, "BT /F %.2f Tf %.2f %.2f Td <%s> Tj ET\n", t.Size, t.X, 842-t.Y-t.Size, ucs2(t))
	}
	return b.String()
}

// ucs2 writes a text. One of a single character is followed by a blank, since
// readers without the font lose what is written alone: see package pdf.
func ucs2(t Text) string {
	s := t.Say
	if len([]rune(s)) == 1 && !t.Alone {
		s += " "
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return hex.EncodeToString(b)
}

type writer struct {
	buf     bytes.Buffer
	offsets []int
}

func (w *writer) object(n int, body string) {
	for len(w.offsets) < n+1 {
		w.offsets = append(w.offsets, 0)
	}
	w.offsets[n] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n%s\nendobj\n", n, body)
}

func (w *writer) end() []byte {
	at := w.buf.Len()
	fmt.Fprintf(&w.buf, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets))
	for _, o := range w.offsets[1:] {
		fmt.Fprintf(&w.buf, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&w.buf, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets), at)
	return w.buf.Bytes()
}

// A Layout says how a table is set.
type Layout struct {
	Title  string
	Widths []float64 // of columns, in points
	Height float64   // of a page that is used for rows; 0: 700
	Ruled  bool      // with lines around the cells; else cells do not wrap
	Tear   bool      // rows may be torn by the end of a page
	Number bool      // pages are numbered at their foot
	Head   bool      // the first row is printed again on every page
}

const (
	typeSize = 9.0
	leading  = 12.0
	padding  = 3.0
	leftEdge = 40.0
)

// Table sets rows of cells as a document of as many pages as it takes.
func Table(o Layout, rows [][]string) []byte {
	s := &setter{Layout: o, y: 50}
	if s.Height == 0 {
		s.Height = 700
	}
	if o.Title != "" {
		s.page.Texts = append(s.page.Texts, Text{leftEdge, s.y, 16, o.Title, false})
		s.y += 30
	}
	s.top = s.y
	for i, r := range rows {
		s.row(r)
		if i == 0 && o.Head {
			s.head = r
		}
	}
	s.turn()
	return PDF(s.pages...)
}

// A setter sets one table.
type setter struct {
	Layout
	pages  []Sheet
	page   Sheet
	y, top float64
	head   []string
	drawn  bool // the line above y stands
}

// wrap parts a text at the width of a column.
func wrap(text string, width float64) (out []string) {
	var line strings.Builder
	used := 0.0
	for _, r := range text {
		w := typeSize
		if r < 0x80 {
			w /= 2
		}
		if used+w > width-2*padding && line.Len() > 0 {
			out = append(out, line.String())
			line.Reset()
			used = 0
		}
		line.WriteRune(r)
		used += w
	}
	return append(out, line.String())
}

func (s *setter) row(cells []string) {
	lines := make([][]string, len(s.Widths))
	deep := 1
	for i, c := range cells {
		lines[i] = wrap(c, s.Widths[i])
		deep = max(deep, len(lines[i]))
	}
	if !s.Tear && s.y+leading*float64(deep)+2*padding > s.top+s.Height {
		s.turn()
	}
	s.across()
	from := s.y
	s.y += padding
	for i := range deep {
		if s.y+leading > s.top+s.Height {
			s.down(from)
			s.drawn = true // no line: the row goes on
			s.turn()
			from = s.y
			s.drawn = true
		}
		x := leftEdge
		for c, w := range s.Widths {
			if i < len(lines[c]) {
				s.page.Texts = append(s.page.Texts, Text{x + padding, s.y, typeSize, lines[c][i], false})
			}
			x += w
		}
		s.y += leading
	}
	s.y += padding
	s.down(from)
	s.drawn = false
}

func (s *setter) width() (w float64) {
	for _, c := range s.Widths {
		w += c
	}
	return w
}

func (s *setter) across() {
	if s.Ruled {
		s.page.Lines = append(s.page.Lines, [4]float64{leftEdge, s.y, leftEdge + s.width(), s.y})
	}
}

func (s *setter) down(from float64) {
	if !s.Ruled {
		return
	}
	x := leftEdge
	for _, w := range append([]float64{0}, s.Widths...) {
		x += w
		s.page.Lines = append(s.page.Lines, [4]float64{x, from, x, s.y})
	}
}

// turn ends a page and begins the next.
func (s *setter) turn() {
	if !s.drawn {
		s.across()
	}
	if s.Number {
		s.page.Texts = append(s.page.Texts, Text{280, 800, 9, fmt.Sprintf("- %d -", len(s.pages)+1), false})
	}
	s.pages = append(s.pages, s.page)
	s.page, s.y, s.top, s.drawn = Sheet{}, 50, 50, false
	if s.head != nil {
		head, tear := s.head, s.Tear
		s.head, s.Tear = nil, false
		s.row(head)
		s.head, s.Tear = head, tear
		s.across()
	}
}
