// Package page turns the bytes of a capture into text with places: every value
// that a reader takes from a page can say at which runes of that text it stood.
//
// Of a web page the text is what a reader sees: markup, scripts and style are
// left out, blocks stand on lines of their own, cells are parted by tabs,
// white space is collapsed. Plain text, CSV and JSON stay as they were sent.
// The text is made before masking; its digest names it, and masking keeps
// every rune's place.
//
// A page is decoded by the charset that the crawler recorded with the capture
// and by nothing else, so that the same capture gives the same text for ever.
// Bytes that mean nothing in that charset become U+FFFD and are counted. Pages
// beyond the limits are refused, never cut.
package page

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"

	"probity/pipeline/evidence"
)

// Limits of what is read. A list of ten thousand rows is some 5 MiB.
const (
	MaxBytes = 32 << 20  // of a body after content decoding
	MaxNodes = 1_000_000 // elements and texts of a web page
	MaxDepth = 200       // of nested JSON; web pages are limited to 512 by the parser
)

// Decoders: name and version of what makes the text. A version changes with
// any change that moves a rune.
const (
	HTMLDecoder  = "html/1"
	TextDecoder  = "text/1"
	JSONDecoder  = "json/1"
	SheetDecoder = "sheet/1"
	PDFDecoder   = "pdf/1"
	DOCXDecoder  = "docx/1"
)

// A Page is the decoded text of a capture. It is not changed after it was made.
type Page struct {
	Title       string            // of a web page, unmasked
	Text        string            // unmasked
	Digest      string            // SHA-256 of Text
	Decoder     string            // name and version of what made the text
	Charset     string            // by which it was decoded, WHATWG name
	Undecodable int               // runes U+FFFD in Text
	Doc         *goquery.Document // of a web page, else nil
	JSON        *Value            // of JSON, else nil
	Sheets      []Sheet           // of a workbook, else nil
	Leaves      []evidence.Leaf   // of what has pages, else nil

	runes []rune
	spans map[*html.Node]span
}

type span struct{ start, end int }

// A Sheet is one sheet of a workbook.
type Sheet struct {
	Name string
	Rows [][]SheetCell // rows and columns without gaps, from A1
}

// A SheetCell is one cell, with its place in the text made of the workbook.
type SheetCell struct {
	Name       string // like B7; of merged cells the first
	Text       string // a date as 2026-11-02, a number as plain decimal, all else as it is
	Numeric    bool   // a number without a date's format
	Start, End int
}

// Text returns plain text or CSV as it was sent, without a byte order mark.
func Text(body []byte, charset evidence.Charset) (*Page, error) {
	text, err := decode(body, charset)
	if err != nil {
		return nil, err
	}
	return made(text, TextDecoder, charset), nil
}

// Made returns a page for text that was made outside of this package: the
// cells of a workbook.
func Made(text, decoder string) *Page { return made(text, decoder, evidence.Charset{}) }

func made(text, decoder string, charset evidence.Charset) *Page {
	return &Page{
		Text: text, Digest: evidence.DigestBytes([]byte(text)), Decoder: decoder, Charset: charset.Name,
		Undecodable: strings.Count(text, "\ufffd"), runes: []rune(text),
	}
}

// Len is the length of the text in runes.
func (p *Page) Len() int { return len(p.runes) }

// Slice returns runes [start,end) of the text; bounds outside of it are moved
// to its ends.
func (p *Page) Slice(start, end int) string {
	start, end = max(0, min(start, len(p.runes))), max(0, min(end, len(p.runes)))
	if start >= end {
		return ""
	}
	return string(p.runes[start:end])
}

// Place returns the place of runes [start,end).
func (p *Page) Place(start, end int) evidence.Place {
	return evidence.Place{Start: start, End: end, Page: p.Leaf(start), Decoder: p.Decoder, Text: p.Digest}
}

// Find returns where part stands within runes [start,end) of the text; the
// whole range where it does not.
func (p *Page) Find(start, end int, part string) (int, int) {
	within := p.Slice(start, end)
	at := strings.Index(within, part)
	if at < 0 || part == "" {
		return start, end
	}
	from := start + utf8.RuneCountInString(within[:at])
	return from, from + utf8.RuneCountInString(part)
}

// Canonical returns the name of the charset by which a recorded one is read.
func Canonical(charset string) string {
	switch name := strings.ToLower(charset); name {
	case "", "utf8", "us-ascii", "ascii":
		return "utf-8"
	case "gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936":
		return "gb18030"
	default:
		return name
	}
}

// decode turns bytes into text by the recorded charset. GB2312 and GBK are
// read as GB18030, which holds both and every character since (GB 18030-2022).
func decode(body []byte, charset evidence.Charset) (string, error) {
	if len(body) > MaxBytes {
		return "", fmt.Errorf("decode page: %w: %d bytes are more than the limit of %d", evidence.ErrInvalid, len(body), MaxBytes)
	}
	name := Canonical(charset.Name)
	if name == "utf-8" {
		body = bytes.ToValidUTF8(body, []byte("\ufffd"))
		return strings.TrimPrefix(string(body), "\ufeff"), nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return "", fmt.Errorf("decode page: %w: charset %q is not known", evidence.ErrInvalid, charset.Name)
	}
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return "", fmt.Errorf("decode page as %s: %w: %w", name, evidence.ErrInvalid, err)
	}
	return strings.TrimPrefix(string(bytes.ToValidUTF8(text, []byte("\ufffd"))), "\ufeff"), nil
}
