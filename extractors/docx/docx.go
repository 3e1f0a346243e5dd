// Package docx turns a Word document (ECMA-376, WordprocessingML) into a tree
// of paragraphs and tables, so that every reader of web pages reads it too.
//
// Text is what a reader of the document sees: what revisions deleted or moved
// away, hidden text and the codes of fields are left out, their results stay;
// cells that span columns or rows do so; text boxes follow the paragraph that
// holds them. Numbers that Word counts by itself, notes, heads and feet are no
// part of the text, and there are no pages, since a page begins where the
// viewer's fonts let it.
//
// It is own code on archive/zip and encoding/xml, since what it needs of the
// format is little, and the libraries that know more unpack everything first.
// It refuses, with evidence.ErrInvalid, what is no such document, torn or over
// the limits: of bytes unpacked, of their ratio, of depth and of elements.
package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"probity/extractors/page"
	"probity/pipeline/evidence"
)

// Limits of what is unpacked and read.
const (
	MaxUnpacked = 64 << 20 // of the document's text part
	MaxRatio    = 200      // by which it may grow beyond a MiB; what people write does by 5 to 50
	MaxParts    = 10_000   // files in the archive
	MaxDepth    = 256      // of elements
	MaxElements = 3_000_000
)

const part = "word/document.xml"

// Read reads a document.
func Read(body []byte) (*page.Page, error) {
	if len(body) > page.MaxBytes {
		return nil, refuse("%d bytes are more than the limit of %d", len(body), page.MaxBytes)
	}
	text, err := unpack(body)
	if err != nil {
		return nil, err
	}
	root, top := page.Document()
	r := &reader{dec: xml.NewDecoder(bytes.NewReader(text))}
	if err := r.blocks(top, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, refuse("%v", err)
	}
	if !r.ended {
		return nil, refuse("it has no text: was it saved by Word?")
	}
	p, err := page.Tree(root, r.title, page.DOCXDecoder)
	if err != nil {
		return nil, refuse("%v", err)
	}
	return p, nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("read DOCX: %w: "+format, append([]any{evidence.ErrInvalid}, args...)...)
}

// unpack returns the part that holds the text.
func unpack(body []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, refuse("%v: was half a file sent?", err)
	}
	if len(z.File) > MaxParts {
		return nil, refuse("%d files in one document are more than the limit of %d", len(z.File), MaxParts)
	}
	for _, f := range z.File {
		if !strings.EqualFold(f.Name, part) {
			continue
		}
		limit := int64(min(MaxUnpacked, max(1<<20, MaxRatio*len(body))))
		in, err := f.Open()
		if err != nil {
			return nil, refuse("%v", err)
		}
		text, err := io.ReadAll(io.LimitReader(in, limit+1))
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, refuse("%v", err)
		}
		if int64(len(text)) > limit {
			return nil, refuse("%d bytes unpack to more than %d: this is no document", len(body), limit)
		}
		return text, nil
	}
	return nil, refuse("%s is missing", part)
}

// A reader walks the elements once.
type reader struct {
	dec      *xml.Decoder
	elements int
	title    string
	ended    bool // a body was read to its end
}

// word reports whether an element is one of WordprocessingML, of either
// namespace of its two editions.
func word(n xml.Name) bool { return strings.Contains(n.Space, "wordprocessingml") }

// next calls enter for each element within the current one. Enter has to read
// its element to the end.
func (r *reader) next(depth int, enter func(xml.StartElement) error, text func(string)) error {
	if depth > MaxDepth {
		return fmt.Errorf("elements nested deeper than %d", MaxDepth)
	}
	for {
		tok, err := r.dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if r.elements++; r.elements > MaxElements {
				return fmt.Errorf("more than %d elements", MaxElements)
			}
			if err := enter(t); err != nil {
				return err
			}
		case xml.CharData:
			if text != nil {
				text(string(t))
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip reads over an element. The decoder's own would do so to any depth.
func (r *reader) skip(depth int) error {
	return r.next(depth, func(xml.StartElement) error { return r.skip(depth + 1) }, nil)
}

// gone are elements whose content no reader of the document sees.
func gone(n xml.Name) bool {
	switch n.Local {
	case "del", "moveFrom", "pPr", "tblPr", "tblGrid", "sectPr", "sdtPr", "sdtEndPr", "instrText", "delText", "delInstrText", "Fallback", "rubyPr", "rt":
		return true
	}
	return false
}

// blocks reads paragraphs and tables into parent.
func (r *reader) blocks(parent *html.Node, depth int) error {
	return r.next(depth, func(e xml.StartElement) error {
		switch {
		case gone(e.Name):
			return r.skip(depth + 1)
		case word(e.Name) && e.Name.Local == "p":
			return r.paragraph(parent, depth+1)
		case word(e.Name) && e.Name.Local == "tbl":
			t := &table{reader: r, node: page.Add(parent, atom.Table, 0), above: map[int]*merged{}}
			err := t.rows(depth + 1)
			t.spread()
			return err
		}
		err := r.blocks(parent, depth+1)
		if word(e.Name) && e.Name.Local == "body" && err == nil {
			r.ended = true
		}
		return err
	}, nil)
}

// A paragraph gathers the text of one paragraph.
type paragraph struct {
	*reader
	node  *html.Node
	text  strings.Builder
	boxes []*html.Node // text boxes, which follow it
}

func (r *reader) paragraph(parent *html.Node, depth int) error {
	p := &paragraph{reader: r, node: page.Add(parent, atom.P, 0)}
	err := p.runs(depth)
	p.flush()
	for _, b := range p.boxes {
		parent.AppendChild(b)
	}
	if r.title == "" && p.node.FirstChild != nil && p.node.FirstChild == p.node.LastChild && len([]rune(p.node.FirstChild.Data)) <= 80 {
		r.title = p.node.FirstChild.Data
	}
	return err
}

func (p *paragraph) flush() {
	page.Say(p.node, p.text.String())
	p.text.Reset()
}

// runs reads the stretches of text of a paragraph.
func (p *paragraph) runs(depth int) error {
	return p.next(depth, func(e xml.StartElement) error {
		switch {
		case gone(e.Name):
			return p.skip(depth + 1)
		case word(e.Name) && e.Name.Local == "r":
			return p.run(depth + 1)
		case word(e.Name) && e.Name.Local == "txbxContent":
			b := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
			p.boxes = append(p.boxes, b)
			return p.blocks(b, depth+1)
		}
		return p.runs(depth + 1)
	}, nil)
}

// run reads one stretch of equal type; what is hidden says nothing.
func (p *paragraph) run(depth int) error {
	hidden := false
	write := func(s string) {
		if !hidden {
			p.text.WriteString(s)
		}
	}
	return p.next(depth, func(e xml.StartElement) error {
		if !word(e.Name) || gone(e.Name) {
			if gone(e.Name) {
				return p.skip(depth + 1)
			}
			return p.runs(depth + 1)
		}
		switch e.Name.Local {
		case "t":
			return p.next(depth+1, func(xml.StartElement) error { return p.skip(depth + 2) }, write)
		case "rPr":
			return p.next(depth+1, func(e xml.StartElement) error {
				if e.Name.Local == "vanish" && value(e) != "0" && value(e) != "false" {
					hidden = true
				}
				return p.skip(depth + 2)
			}, nil)
		case "tab", "ptab":
			write(" ")
		case "noBreakHyphen":
			write("-")
		case "sym":
			write("\ufffd") // a picture of a font of its own
		case "br", "cr":
			if !hidden {
				p.flush()
				page.Add(p.node, atom.Br, 0)
			}
		default:
			return p.runs(depth + 1)
		}
		return p.skip(depth + 1)
	}, nil)
}

// value is what an element's val says.
func value(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "val" {
			return a.Value
		}
	}
	return ""
}
