package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// down takes the site off the net.
func cmdDown(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Value(siteKey{}).(*site).close()
}

// tear cuts some bytes off the end of the newest file of an archive.
func cmdTear(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "probity-*"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("%s: no files", args[0])
	}
	slices.Sort(files)
	last := files[len(files)-1]
	info, err := os.Stat(last)
	ts.Check(err)
	ts.Check(os.Truncate(last, info.Size()-20))
}

// kept BEFORE AFTER holds that no document of before is missing or changed.
func cmdKept(ts *testscript.TestScript, _ bool, args []string) {
	after := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		after[line] = true
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if !after[line] {
			ts.Fatalf("%s has no longer: %s", args[1], line)
		}
	}
}

// torn FILE writes a workbook that breaks off in the middle.
func cmdTorn(ts *testscript.TestScript, _ bool, args []string) {
	book := excelize.NewFile()
	ts.Check(book.SetSheetRow("Sheet1", "A1", &[]any{"企业名称", "失信领域"}))
	var b bytes.Buffer
	ts.Check(book.Write(&b))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes()[:b.Len()*2/3], 0o600))
}

// noise FILE writes bytes that are no text in any charset.
func cmdNoise(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte{0xff, 0x00, 0xfe, 0x81, 0x0a, 0xf8}, 200), 0o600))
}

// spoil changes one character in the middle of a ledger's newest entries.
func cmdSpoil(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "entries-*.ndjson"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("%s: no files", args[0])
	}
	slices.Sort(files)
	last := files[len(files)-1]
	text, err := os.ReadFile(last)
	ts.Check(err)
	ts.Check(os.WriteFile(last, bytes.Replace(text, []byte(`"grade":"CC"`), []byte(`"grade":"AA"`), 1), 0o600))
}
