package media_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

func archiveOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheBytesOutweighTheLabel(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("序号,名称\r\n1,深圳市某公司\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, declared, address string
		body                    []byte
		want, by                string
	}{
		{"a PDF sent as bytes", "application/octet-stream", "/a", []byte("%PDF-1.7\n"), media.PDF, media.ByBytes},
		{"a PDF with junk before it", "text/html", "/a", []byte("\x00\x01\n%PDF-1.4\n"), media.PDF, media.ByBytes},
		{"a page about PDF", "text/plain", "/a", []byte("the mark is %PDF-1.4"), media.Text, media.ByDeclared},
		{"a page sent as plain text", "text/plain", "/a", []byte("\ufeff\n<!DOCTYPE html><title>x"), media.HTML, media.ByBytes},
		{"a page sent as a workbook", media.XLS, "/a.xls", []byte("<table><tr><td>x"), media.HTML, media.ByBytes},
		{"a page sent as a PDF", media.PDF, "/a.pdf", []byte("<html>not found"), media.HTML, media.ByBytes},
		{"text sent as a PDF", media.PDF, "/a.pdf", []byte("404"), media.Text, media.ByBytes},
		{"a feed", "text/plain", "/a", []byte("<?xml version='1.0'?><rss/>"), media.XML, media.ByBytes},
		{"XHTML behind its declaration", "application/xml", "/a", []byte("<?xml version='1.0'?><html/>"), media.HTML, media.ByBytes},
		{"JSON sent as a page", "text/html", "/a", []byte(` {"a":1}`), media.JSON, media.ByBytes},
		{"a list of numbers sent as a page", "text/html", "/a", []byte(`[1,2]`), media.JSON, media.ByBytes},
		{"prose in brackets", "text/plain", "/a", []byte(`[2025] 第 1 号`), media.Text, media.ByDeclared},
		{"broken JSON that is called so", "application/json", "/a", []byte(`[1,`), media.JSON, media.ByBytes},
		{"CSV whose first cell is in brackets", "text/csv", "/a", []byte("[a],b\n"), media.CSV, media.ByDeclared},
		{"CSV in GBK by its name", "application/octet-stream", "/a.csv?x=1", gbk, media.CSV, media.ByName},
		{"text in GBK that nobody labels", "", "/a", gbk, media.Text, media.ByBytes},
		{"UTF-16", "text/plain", "/a", []byte("\xff\xfea\x00b\x00"), media.Text, media.ByDeclared},
		{"bytes that are no text", "text/plain", "/a", []byte("ab\x00c"), media.Bytes, media.ByBytes},
		{"a picture", "text/html", "/a", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png", media.ByBytes},
		{"a drawing", "image/svg+xml", "/a", []byte("<svg xmlns='x'/>"), media.SVG, media.ByBytes},
		{"a document", media.ZIP, "/a", archiveOf(t, "[Content_Types].xml", "word/document.xml"), media.DOCX, media.ByBytes},
		{"a workbook", "", "/a.docx", archiveOf(t, "_rels/.rels", "xl/workbook.xml"), media.XLSX, media.ByBytes},
		{"another archive", "", "/a.docx", archiveOf(t, "readme.txt"), media.ZIP, media.ByBytes},
		{"a torn workbook", "", "/a", archiveOf(t, "xl/workbook.xml", "xl/a.xml")[:60], media.XLSX, media.ByBytes},
		{"a compound file without directory", media.XLS, "/a.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), media.OLE, media.ByBytes},
		{"nothing at all", "", "/", nil, media.Text, media.ByBytes},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := media.Decide(tc.declared, tc.address, tc.body); got != (evidence.Media{Type: tc.want, By: tc.by}) {
				t.Errorf("got %+v, want %s by %s", got, tc.want, tc.by)
			}
		})
	}
}

func FuzzDecide(f *testing.F) {
	f.Add("text/html", "/a.csv", []byte("<?xml?>"))
	f.Add("", "", []byte("PK\x03\x04word/"))
	f.Add("", "", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+string(make([]byte, 600))))
	f.Fuzz(func(t *testing.T, declared, address string, body []byte) {
		m := media.Decide(declared, address, body)
		if m.Type == "" || m.By == "" {
			t.Fatalf("%q is nothing", body)
		}
		if _, err := media.Streams(body, "Workbook"); err != nil && !errors.Is(err, evidence.ErrInvalid) {
			t.Fatal(err)
		}
	})
}
