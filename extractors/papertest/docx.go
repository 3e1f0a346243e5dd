package papertest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"strings"
)

// wordSpace is the namespace of WordprocessingML.
const wordSpace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

// DOCX packs a body of WordprocessingML, whose prefix is w.
func DOCX(body string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ` +
			`ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="` + wordSpace + `"><w:body>` + body + `</w:body></w:document>`},
	} {
		w, err := z.Create(f.name)
		if err == nil {
			_, err = w.Write([]byte(f.text))
		}
		if err != nil {
			panic(err) // a buffer
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Para is a paragraph of a document.
func Para(text string) string {
	var b strings.Builder
	b.WriteString("<w:p>")
	for i, part := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString("<w:r><w:br/></w:r>")
		}
		b.WriteString(`<w:r><w:t xml:space="preserve">`)
		if err := xml.EscapeText(&b, []byte(part)); err != nil {
			panic(err)
		}
		b.WriteString("</w:t></w:r>")
	}
	return b.String() + "</w:p>"
}

// Cells is a table of a document.
func Cells(rows [][]string) string {
	var b strings.Builder
	b.WriteString("<w:tbl>")
	for _, r := range rows {
		b.WriteString("<w:tr>")
		for _, c := range r {
			b.WriteString("<w:tc>" + Para(c) + "</w:tc>")
		}
		b.WriteString("</w:tr>")
	}
	return b.String() + "</w:tbl>"
}
