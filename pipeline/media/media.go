// Package media decides what the bytes of an answer are, and is the one door
// to the libraries that know file formats by their marks: mimetype (first
// bytes) and mscfb (compound files, as Office wrote until 2007).
//
// Servers say what they like: a PDF comes as application/octet-stream, a list
// as text/plain, a "workbook" is a web page. So the decision is made from the
// bytes where they say it plainly, else from the declared type, else from the
// name in the address; what decided is kept beside the declared type in the
// capture, and every reader goes by the decision. It looks at the first 3 KiB,
// and of a ZIP or compound file at its directory.
//
// It refuses nothing and decodes nothing: a body that is none of what is known
// is application/octet-stream, and who reads it says so. Whether text is JSON,
// CSV or a page is told by its first characters and its label, not guessed
// from its middle, since half of a file must never look like another kind.
package media

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"probity/pipeline/evidence"
)

// Types that readers of the house tell apart.
const (
	HTML  = "text/html"
	XML   = "application/xml"
	JSON  = "application/json"
	CSV   = "text/csv"
	Text  = "text/plain"
	PDF   = "application/pdf"
	DOCX  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	XLSX  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	DOC   = "application/msword"
	XLS   = "application/vnd.ms-excel"
	SVG   = "image/svg+xml"
	ZIP   = "application/zip"
	OLE   = "application/x-ole-storage" // a compound file of another kind
	Bytes = "application/octet-stream"
)

// Locked is a document under a password (MS-OFFCRYPTO), in a compound file.
const Locked = "application/x-encrypted-document"

// What decided.
const (
	ByBytes    = "bytes"
	ByDeclared = "declared"
	ByName     = "name"
)

const (
	top        = 3 << 10 // bytes at the start that are looked at
	maxEntries = 20_000  // names of an archive that are looked at
)

// Decide says what body is. Declared is the Content-Type as sent, address the
// URL or file name it came under; both may be empty.
func Decide(declared, address string, body []byte) evidence.Media {
	said := plain(declared)
	start := bytes.TrimLeft(bytes.TrimPrefix(body[:min(len(body), top)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(start) > 0 && start[0] == '<' {
		return markup(said, start)
	}
	if t := binary(body); t != "" {
		return evidence.Media{Type: t, By: ByBytes}
	}
	named := byName(address)
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') && said != CSV && named != CSV && isJSON(said, named, start, body) {
		return evidence.Media{Type: JSON, By: ByBytes}
	}
	if blind(declared, body) {
		return evidence.Media{Type: Bytes, By: ByBytes}
	}
	if class, _, _ := strings.Cut(said, "/"); slices.Contains([]string{"image", "audio", "video", "font"}, class) && !utf8.Valid(body) {
		return evidence.Media{Type: said, By: ByDeclared}
	}
	return labelled(said, named)
}

// labelled goes by the declared type of what is text by its bytes: a label
// that promises another format is not believed, since its mark is missing.
func labelled(said, named string) evidence.Media {
	switch {
	case said == "application/xhtml+xml" || said == HTML:
		return evidence.Media{Type: HTML, By: ByDeclared}
	case strings.HasSuffix(said, "json"):
		return evidence.Media{Type: JSON, By: ByDeclared}
	case strings.Contains(said, "csv"):
		return evidence.Media{Type: CSV, By: ByDeclared}
	case named == CSV || named == JSON || named == HTML && !strings.HasPrefix(said, "text/"):
		return evidence.Media{Type: named, By: ByName}
	case strings.HasPrefix(said, "text/"):
		return evidence.Media{Type: said, By: ByDeclared}
	}
	return evidence.Media{Type: Text, By: ByBytes}
}

func plain(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// markup tells pages from other XML.
func markup(said string, start []byte) evidence.Media {
	t := HTML
	switch {
	case begins(start, "<!doctype html"), tagged(start, "<html"):
	case begins(start, "<svg"), said == SVG:
		t = SVG
	case begins(start, "<?xml") && said != HTML && said != "application/xhtml+xml":
		t = XML
	}
	return evidence.Media{Type: t, By: ByBytes}
}

// begins compares without regard to case.
func begins(b []byte, mark string) bool {
	return len(b) >= len(mark) && strings.EqualFold(string(b[:len(mark)]), mark)
}

// tagged reports whether b holds a mark that begins with <, whatever its case.
func tagged(b []byte, mark string) bool {
	for {
		at := bytes.IndexByte(b, '<')
		if at < 0 {
			return false
		}
		if b = b[at:]; begins(b, mark) {
			return true
		}
		b = b[1:]
	}
}

// isJSON: the label says so, or the whole does.
func isJSON(said, named string, start, body []byte) bool {
	return strings.HasSuffix(said, "json") || named == JSON || bytes.HasPrefix(start, []byte(`{"`)) || bytes.HasPrefix(start, []byte("[{")) ||
		json.Valid(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
}

// binary is the type of a body that bears a plain mark of a format that is no
// text, else empty.
func binary(body []byte) string {
	first := body[:min(len(body), top)]
	if at := bytes.Index(first[:min(len(first), 1024)], []byte("%PDF-")); at == 0 || at > 0 && blind("", first) {
		return PDF // readers of PDF look for it in the first 1024 bytes (ISO 32000-1, annex H.3.4.1)
	}
	m := mimetype.Detect(first)
	for up := m; up != nil; up = up.Parent() {
		switch t := plain(up.String()); {
		case t == ZIP:
			return archived(body)
		case t == OLE:
			return compound(body)
		case slices.Contains(known(), t):
			return t
		}
	}
	return ""
}

// known are types whose marks are long enough to be believed.
func known() []string {
	return []string{
		"image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff", "application/gzip", "application/x-rar-compressed",
		"application/x-7z-compressed", "font/woff", "font/woff2", "text/rtf", "application/wasm", "application/x-elf", "application/vnd.microsoft.portable-executable",
	}
}

// blind reports whether a body holds what no text holds.
func blind(declared string, body []byte) bool {
	first := body[:min(len(body), top)]
	if bytes.HasPrefix(first, []byte("\xfe\xff")) || bytes.HasPrefix(first, []byte("\xff\xfe")) || strings.Contains(strings.ToLower(declared), "utf-16") {
		return false
	}
	return bytes.IndexByte(first, 0) >= 0
}

// archived tells Office documents from other archives by their directory.
func archived(body []byte) string {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil { // torn: what its first entries say, so that the reader can say it is torn
		switch {
		case bytes.Contains(body[:min(len(body), 64<<10)], []byte("word/")):
			return DOCX
		case bytes.Contains(body[:min(len(body), 64<<10)], []byte("xl/")):
			return XLSX
		}
		return ZIP
	}
	for _, f := range z.File[:min(len(z.File), maxEntries)] {
		switch strings.ToLower(f.Name) {
		case "word/document.xml":
			return DOCX
		case "xl/workbook.xml", "xl/workbook.bin":
			return XLSX
		}
	}
	return ZIP
}

// compound tells the kinds of compound files by the names of their streams.
func compound(body []byte) string {
	names, err := streamNames(body)
	if err != nil {
		return OLE
	}
	for _, k := range []struct{ stream, kind string }{
		{"EncryptedPackage", Locked}, {"Workbook", XLS}, {"Book", XLS}, {"WordDocument", DOC},
	} {
		if slices.Contains(names, k.stream) {
			return k.kind
		}
	}
	return OLE
}

// byName is what the name in an address promises; empty: nothing known.
func byName(address string) string {
	if at := strings.IndexAny(address, "?#"); at >= 0 {
		address = address[:at]
	}
	switch strings.ToLower(path.Ext(address)) {
	case ".csv", ".tsv":
		return CSV
	case ".json":
		return JSON
	case ".html", ".htm", ".shtml":
		return HTML
	}
	return ""
}
