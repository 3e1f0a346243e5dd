package intake

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"probity/pipeline/media"
)

// mediaType is what a file is: by its bytes where they say, else by its name.
// Bytes that are none of the documents that the name promises are refused;
// those that are called text and are none are taken in, so that it is on
// record what was handed over, and fail when they are read.
func mediaType(name string, body []byte) (string, error) {
	ext := strings.ToLower(filepath.Ext(name))
	switch m := media.Decide("", name, body); {
	case m.Type == media.Locked:
		return "", errors.New("it is locked by a password; ask for it without one")
	case m.Type == media.Bytes && called()[ext] != "":
		return called()[ext], nil
	case slices.Contains([]string{media.Bytes, media.ZIP, media.OLE}, m.Type):
		return "", unknown()
	case m.Type != media.Text:
		return m.Type, nil
	case slices.Contains([]string{".xlsx", ".xlsm", ".xls", ".docx", ".doc", ".pdf"}, ext):
		return "", fmt.Errorf("it is called %s but holds no such document; ask for it again", ext)
	case slices.Contains([]string{".txt", ".text"}, ext):
		return media.Text, nil
	}
	return "", unknown()
}

// called are types of text by the ends of names.
func called() map[string]string {
	return map[string]string{
		".csv": media.CSV, ".tsv": media.CSV, ".txt": media.Text, ".json": media.JSON, ".html": media.HTML, ".htm": media.HTML, ".xml": media.XML,
	}
}

func unknown() error {
	return errors.New("what it is cannot be told by its name; known are .csv, .xlsx, .xls, .docx, .doc, .pdf, .json, .html, .xml, .txt")
}
