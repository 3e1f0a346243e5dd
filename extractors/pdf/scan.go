package pdf

import (
	"unicode"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
	"golang.org/x/text/unicode/norm"
)

// A box is a range of a page as it is shown: points of 1/72 inch, y downwards.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) height() float64 { return b.y1 - b.y0 }
func (b box) middle() (x, y float64) {
	return (b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2
}

// A glyph is one shown character.
type glyph struct {
	box
	r rune
}

// A rule is a drawn line: at is its y and from, to its x, or the other way
// about for a vertical one.
type rule struct{ at, from, to float64 }

// A leaf is one page, taken apart.
type leaf struct {
	number     int // from 1
	glyphs     []glyph
	across     []rule
	down       []rule
	pictures   int
	objects    int
	pathPoints int
}

// A scan takes a page apart.
type scan struct {
	in   pdfium.Pdfium
	page requests.Page
	turn func(x, y float64) (float64, float64)
	bare bool // Chinese stands here in a font that the file does not hold
	out  leaf
}

func (s *scan) leaf() (leaf, error) {
	turned, err := s.in.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: s.page})
	if err != nil {
		return s.out, refuse("%v", err)
	}
	s.turn = turner(int(turned.PageRotation))
	if err := s.text(); err != nil {
		return s.out, err
	}
	n, err := s.in.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: s.page})
	if err != nil {
		return s.out, refuse("%v", err)
	}
	for i := range n.Count {
		o, err := s.in.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: s.page, Index: i})
		if err != nil {
			return s.out, refuse("%v", err)
		}
		if err := s.object(o.PageObject, matrix{a: 1, d: 1}, 0); err != nil {
			return s.out, err
		}
	}
	if len(s.out.glyphs) == 0 && s.out.pictures > 0 {
		return s.out, refuse("the page is a picture without text: ask its publisher for text")
	}
	return s.out, nil
}

// turner turns points of a page by its quarter turns clockwise, and y downwards.
func turner(quarters int) func(x, y float64) (float64, float64) {
	switch quarters & 3 {
	case 1:
		return func(x, y float64) (float64, float64) { return y, x }
	case 2:
		return func(x, y float64) (float64, float64) { return -x, y }
	case 3:
		return func(x, y float64) (float64, float64) { return -y, -x }
	}
	return func(x, y float64) (float64, float64) { return x, -y }
}

func (s *scan) box(x0, y0, x1, y1 float64) box {
	x0, y0 = s.turn(x0, y0)
	x1, y1 = s.turn(x1, y1)
	return box{min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)}
}

// text takes the glyphs. Those that the library makes up, such as line ends,
// have no extent and are left out: where blanks belong follows from the gaps.
func (s *scan) text() error {
	said, err := s.in.GetPageTextStructured(&requests.GetPageTextStructured{Page: s.page, Mode: requests.GetPageTextStructuredModeChars})
	if err != nil {
		return refuse("%v", err)
	}
	if len(said.Chars) > MaxGlyphs {
		return refuse("%d characters on one page are more than the limit of %d", len(said.Chars), MaxGlyphs)
	}
	loaded, err := s.in.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: s.page.ByIndex.Document, Index: s.page.ByIndex.Index})
	if err != nil {
		return refuse("%v", err)
	}
	text, err := s.in.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &loaded.Page}})
	if err != nil {
		return refuse("%v", err)
	}
	for i, c := range said.Chars {
		if err := s.glyph(text.TextPage, i, c); err != nil {
			return err
		}
	}
	if _, err := s.in.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage}); err != nil {
		return refuse("%v", err)
	}
	if _, err := s.in.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}); err != nil {
		return refuse("%v", err)
	}
	return nil
}

// glyph keeps one character. Its height is that of its ink, and its width that
// of its type, since the gaps around the ink of a 1 are no blanks.
func (s *scan) glyph(text references.FPDF_TEXTPAGE, i int, c *responses.GetPageTextStructuredChar) error {
	p := c.PointPosition
	b := s.box(p.Left, p.Top, p.Right, p.Bottom)
	if b.x1-b.x0 <= 0 && b.height() <= 0 {
		return nil
	}
	inkless := b.height() < 0.05
	loose, err := s.in.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: text, Index: i})
	if err == nil {
		if w := s.box(float64(loose.Rect.Left), float64(loose.Rect.Top), float64(loose.Rect.Right), float64(loose.Rect.Bottom)); w.x1 > w.x0 {
			if b.x0, b.x1 = w.x0, w.x1; inkless {
				b = w
			}
		}
	}
	bad, err := s.in.FPDFText_HasUnicodeMapError(&requests.FPDFText_HasUnicodeMapError{TextPage: text, Index: i})
	if err != nil {
		return refuse("%v", err)
	}
	r := unicode.ReplacementChar
	for _, one := range c.Text {
		r = one
	}
	s.bare = s.bare || inkless && wide(r)
	if bad.HasUnicodeMapError || r == 0 || r != '\t' && unicode.IsControl(r) {
		r = unicode.ReplacementChar
	}
	s.out.glyphs = append(s.out.glyphs, glyph{b, unified(r)})
	return nil
}

// lost puts U+FFFD where a character stands that the library passes over: one
// that is written by itself in a font that the file does not hold, so that its
// ink has no width. A cell must not look empty that is not.
func (s *scan) lost(o references.FPDF_PAGEOBJECT, outer matrix) error {
	b, err := s.in.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: o})
	if err != nil || b.Right-b.Left > 0.01 {
		return nil //nolint:nilerr // it has no bounds: an empty text
	}
	font, err := s.in.FPDFTextObj_GetFont(&requests.FPDFTextObj_GetFont{PageObject: o})
	if err != nil {
		return refuse("%v", err)
	}
	held, err := s.in.FPDFFont_GetIsEmbedded(&requests.FPDFFont_GetIsEmbedded{Font: font.Font})
	if err != nil || held.IsEmbedded {
		return nil //nolint:nilerr // a blank, in a font of which all is known
	}
	x, y := outer.apply(float64(b.Left), float64(b.Bottom))
	s.out.glyphs = append(s.out.glyphs, glyph{s.box(x, y, x+1, y+1), unicode.ReplacementChar})
	return nil
}

// unified gives a character its ordinary code point. PDF is written by glyph,
// and where a radical and an ideograph share one, many a writer names the
// radical: U+2F8F for 行. Blanks of all kinds are blanks.
func unified(r rune) rune {
	switch {
	case r >= 0x2e80 && r <= 0x2fdf: // CJK radicals supplement, Kangxi radicals
		for _, one := range norm.NFKC.String(string(r)) {
			return one
		}
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// A matrix maps points of an object to points of the page (ISO 32000-1, 8.3.4).
type matrix struct{ a, b, c, d, e, f float64 }

func (m matrix) apply(x, y float64) (float64, float64) {
	return m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f
}

// then is m first and n after it.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d, m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

const maxForms = 8 // forms within forms

func (s *scan) object(o references.FPDF_PAGEOBJECT, outer matrix, depth int) error {
	if s.out.objects++; s.out.objects > MaxObjects {
		return refuse("more than %d drawn objects on one page", MaxObjects)
	}
	kind, err := s.in.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o})
	if err != nil {
		return refuse("%v", err)
	}
	if kind.Type == enums.FPDF_PAGEOBJ_IMAGE {
		s.out.pictures++
	}
	if kind.Type == enums.FPDF_PAGEOBJ_TEXT && s.bare {
		return s.lost(o, outer)
	}
	if kind.Type != enums.FPDF_PAGEOBJ_PATH && kind.Type != enums.FPDF_PAGEOBJ_FORM {
		return nil
	}
	got, err := s.in.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: o})
	if err != nil {
		return refuse("%v", err)
	}
	g := got.Matrix
	m := matrix{float64(g.A), float64(g.B), float64(g.C), float64(g.D), float64(g.E), float64(g.F)}.then(outer)
	if kind.Type == enums.FPDF_PAGEOBJ_PATH {
		return s.path(o, m)
	}
	n, err := s.in.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: o})
	if err != nil || depth >= maxForms {
		return nil //nolint:nilerr // a form that cannot be entered draws nothing that is told
	}
	for i := range n.Count {
		inner, err := s.in.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: o, Index: uint64(i)})
		if err != nil {
			return refuse("%v", err)
		}
		if err := s.object(inner.PageObject, m, depth+1); err != nil {
			return err
		}
	}
	return nil
}
