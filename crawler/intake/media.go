package intake

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Media types of what departments hand over.
const (
	typeCSV  = "text/csv"
	typeHTML = "text/html"
	typeJSON = "application/json"
	typePDF  = "application/pdf"
	typeText = "text/plain"
	typeXLS  = "application/vnd.ms-excel"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeXML  = "application/xml"
)

// markup is how a web page begins, whatever its file is called.
var markup = regexp.MustCompile(`(?i)^(<!doctype html|<html|<head|<body|<table|<meta|<div)`)

// mediaType is what a file is, by its first bytes, and where these do not say
// by its name. Where the two contradict each other the bytes are right, as of
// the "workbooks" that are web pages; bytes that are none of what the name
// promises are refused.
func mediaType(name string, body []byte) (string, error) {
	ext := strings.ToLower(filepath.Ext(name))
	byBytes := sniff(body)
	byName, known := map[string]string{
		".csv": typeCSV, ".tsv": typeCSV, ".txt": typeText, ".json": typeJSON, ".html": typeHTML, ".htm": typeHTML, ".pdf": typePDF,
		".xlsx": typeXLSX, ".xlsm": typeXLSX, ".xls": typeXLS, ".xml": typeXML,
	}[ext]
	switch {
	case byBytes != "" && byBytes != typeJSON && byBytes != typeXML:
		return byBytes, nil
	case known && slices.Contains([]string{typeXLSX, typeXLS, typePDF}, byName):
		return "", fmt.Errorf("it is called %s but holds no such document; ask for it again", ext)
	case known:
		return byName, nil
	case byBytes != "":
		return byBytes, nil
	}
	return "", errors.New("what it is cannot be told by its name; known are .csv, .xlsx, .json, .html, .xml, .txt, .pdf")
}

// sniff tells what the first bytes say; empty: nothing certain.
func sniff(body []byte) string {
	top := body[:min(len(body), 512)]
	text := bytes.TrimLeft(bytes.TrimPrefix(top, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(top, []byte("PK\x03\x04")) && bytes.Contains(body, []byte("xl/")):
		return typeXLSX
	case bytes.HasPrefix(top, []byte("%PDF-")):
		return typePDF
	case bytes.HasPrefix(top, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return typeXLS
	case markup.Match(text):
		return typeHTML
	case bytes.HasPrefix(text, []byte("<?xml")):
		return typeXML
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return typeJSON
	}
	return ""
}
