package world

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
)

// A sheet is one worksheet in the making: the way departments hand out their
// 双公示 tables. Rows above the column names (a title, the field codes) are
// rows like any other.
type sheet struct {
	name string
	rows [][]sheetCell
}

// A sheetCell is a text, a number, or a day written as a serial number with a
// date style, as spreadsheets do.
type sheetCell struct {
	text   string // shared or inline text; empty with number and day empty: no cell
	number string // decimal literal
	day    string // 2006-01-02
}

func textCell(s string) sheetCell   { return sheetCell{text: s} }
func numberCell(s string) sheetCell { return sheetCell{number: s} }
func dayCell(s string) sheetCell    { return sheetCell{day: s} }

// textCells turns texts into cells.
func textCells(texts []string) []sheetCell {
	out := make([]sheetCell, len(texts))
	for i, t := range texts {
		out[i] = textCell(t)
	}
	return out
}

// xlsx writes the smallest workbook that Office, LibreOffice and the usual
// libraries open (ECMA-376 part 1): one sheet, shared strings, one date
// style. Times inside the archive are fixed, so equal sheets are equal bytes.
func (s sheet) xlsx() []byte {
	var shared sharedStrings
	body := s.worksheet(&shared)
	parts := []struct{ name, text string }{
		{"[Content_Types].xml", xlsxTypes},
		{"_rels/.rels", xlsxRels},
		{"xl/workbook.xml", fmt.Sprintf(xlsxWorkbook, html.EscapeString(s.name))},
		{"xl/_rels/workbook.xml.rels", xlsxWorkbookRels},
		{"xl/styles.xml", xlsxStyles},
		{"xl/sharedStrings.xml", shared.xml()},
		{"xl/worksheets/sheet1.xml", body},
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, p := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write([]byte(xmlHead + p.text))
		}
		if err != nil {
			return nil // a bytes.Buffer does not fail
		}
	}
	if err := z.Close(); err != nil {
		return nil
	}
	return buf.Bytes()
}

// worksheet writes the cells; texts go to the shared strings.
func (s sheet) worksheet(shared *sharedStrings) string {
	var b strings.Builder
	b.WriteString(`<worksheet xmlns="` + xlsxMain + `"><sheetData>`)
	for i, row := range s.rows {
		fmt.Fprintf(&b, `<row r="%d">`, i+1)
		for j, c := range row {
			ref := columnName(j) + strconv.Itoa(i+1)
			switch {
			case c.number != "":
				fmt.Fprintf(&b, `<c r="%s"><v>%s</v></c>`, ref, c.number)
			case c.day != "":
				fmt.Fprintf(&b, `<c r="%s" s="1"><v>%d</v></c>`, ref, daySerial(c.day))
			case c.text != "":
				fmt.Fprintf(&b, `<c r="%s" t="s"><v>%d</v></c>`, ref, shared.index(c.text))
			}
		}
		b.WriteString(`</row>`)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

// sharedStrings is the string table of a workbook.
type sharedStrings struct {
	texts []string
	at    map[string]int
	uses  int
}

func (s *sharedStrings) index(text string) int {
	if s.at == nil {
		s.at = map[string]int{}
	}
	s.uses++
	i, ok := s.at[text]
	if !ok {
		i = len(s.texts)
		s.at[text] = i
		s.texts = append(s.texts, text)
	}
	return i
}

func (s *sharedStrings) xml() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<sst xmlns="%s" count="%d" uniqueCount="%d">`, xlsxMain, s.uses, len(s.texts))
	for _, t := range s.texts {
		fmt.Fprintf(&b, `<si><t xml:space="preserve">%s</t></si>`, html.EscapeString(t))
	}
	b.WriteString(`</sst>`)
	return b.String()
}

// columnName is A for 0, Z for 25, AA for 26.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// daySerial counts days from 1899-12-30, as the 1900 date system does for all
// days after February 1900.
func daySerial(day string) int {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return int(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	xlsxMain = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	xlsxDoc  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	xlsxPkg  = `http://schemas.openxmlformats.org/package/2006/`
	xlsxApp  = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	xlsxTypes = `<Types xmlns="` + xlsxPkg + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + xlsxApp + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + xlsxApp + `styles+xml"/>` +
		`<Override PartName="/xl/sharedStrings.xml" ContentType="` + xlsxApp + `sharedStrings+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + xlsxApp + `worksheet+xml"/></Types>`
	xlsxRels = `<Relationships xmlns="` + xlsxPkg + `relationships"><Relationship Id="rId1" Type="` + xlsxDoc +
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	xlsxWorkbook = `<workbook xmlns="` + xlsxMain + `" xmlns:r="` + xlsxDoc +
		`"><sheets><sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>`
	xlsxWorkbookRels = `<Relationships xmlns="` + xlsxPkg + `relationships">` +
		`<Relationship Id="rId1" Type="` + xlsxDoc + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + xlsxDoc + `/styles" Target="styles.xml"/>` +
		`<Relationship Id="rId3" Type="` + xlsxDoc + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`
	xlsxStyles = `<styleSheet xmlns="` + xlsxMain + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts>` +
		`<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`
)
