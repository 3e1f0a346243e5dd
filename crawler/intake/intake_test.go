package intake

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
	"probity/pipeline/media"
)

func handing() Intake {
	return Intake{
		Source: evidence.Source{ID: "penalties", Views: []evidence.View{{Name: "list", Match: `^/list`}, {Name: "table", Match: `\.csv$`}}},
		Run:    "intake-1", From: "某区市场监管局", To: "评价中心 王某", Time: time.Date(2026, 11, 2, 9, 30, 0, 0, evidence.Shanghai), Crawler: "probity/0.1",
	}
}

func TestAFileBecomesAnExchangeWithItsCustody(t *testing.T) {
	body, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("企业名称,处罚文书号,罚款金额\n某某科技有限公司,深市监罚〔2026〕1号,1000\n"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "行政处罚 2026.csv")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := handing().File(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := archive.Check(e); err != nil {
		t.Errorf("the archive would refuse it: %v", err)
	}
	c := e.Capture
	if c.Status != 0 || !c.OK() || c.Type != "text/csv" || c.Charset.Name != "gb18030" || c.Lead.View != "table" || c.Lead.Source != "penalties" || c.Robots.Reason != "not asked" {
		t.Errorf("capture = %+v", c)
	}
	for _, want := range []string{"某区市场监管局", "评价中心 王某", "2026-11-02T09:30:00+08:00", "行政处罚 2026.csv"} {
		if !strings.Contains(c.Custody, want) {
			t.Errorf("custody %q lacks %q", c.Custody, want)
		}
	}
	if !strings.HasPrefix(c.Lead.URL, "intake://penalties/") || !strings.HasSuffix(c.Lead.URL, ".csv") || strings.ContainsAny(c.Lead.URL, " 行") {
		t.Errorf("URL = %s", c.Lead.URL)
	}
}

func TestTheSameBytesAreTheSameCapture(t *testing.T) {
	i := handing()
	take := func(name, body string) evidence.Capture {
		t.Helper()
		e, err := i.Bytes(name, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return e.Capture
	}
	one := take("a.csv", "x,y\n")
	i.Time, i.From = i.Time.AddDate(0, 0, 1), "another office"
	if again := take("b.csv", "x,y\n"); again.ID != one.ID {
		t.Error("the same bytes handed in twice are two captures")
	}
	if other := take("a.csv", "x,z\n"); other.ID == one.ID {
		t.Error("other bytes are the same capture")
	}
	i.Source.ID = "other"
	if other := take("a.csv", "x,y\n"); other.ID == one.ID {
		t.Error("the same bytes for another source are the same capture")
	}
}

func TestWhatAFileIs(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"a.csv", "a,b\n", "text/csv"},
		{"A.CSV", "a,b\n", "text/csv"},
		{"a.csv", "[a],b\n", "text/csv"}, // bytes alone would make it JSON
		{"a.xlsx", "PK\x03\x04....xl/workbook.xml", media.XLSX},
		{"a.dat", "PK\x03\x04....xl/workbook.xml", media.XLSX},
		{"a.xls", "\ufeff <TABLE><tr>", "text/html"},
		{"a.json", "[1]", "application/json"},
		{"a", `{"a":1}`, "application/json"},
		{"a.html", "x", "text/html"},
		{"a.bin", "<!DOCTYPE html>", "text/html"},
		{"a.pdf", "%PDF-1.7", "application/pdf"},
		{"noise.csv", "\x00\x01\xff", "text/csv"},
		{"a.xml", "<?xml version='1.0'?>", "application/xml"},
	} {
		got, err := mediaType(tt.name, []byte(tt.body))
		if err != nil || got != tt.want {
			t.Errorf("%s holding %q: %q, %v, want %s", tt.name, tt.body, got, err, tt.want)
		}
	}
}

func TestRefusalsNameTheFileAndWhatToDo(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		file, body, says string
		change           func(*Intake)
	}{
		"an empty file":         {"a.csv", " \n", "ask for it again", nil},
		"a broken workbook":     {"a.xlsx", "not a zip", "holds no such document", nil},
		"an unknown kind":       {"a.bin", "\x00\x01", "known are .csv", nil},
		"a file too large":      {"a.csv", "12345", "split it", func(i *Intake) { i.MaxSize = 4 }},
		"no custody":            {"a.csv", "x", "who gave it", func(i *Intake) { i.From = " " }},
		"no view that reads it": {"a.json", "[]", "name one of list, table", nil},
		"a view that is none":   {"a.csv", "x", `no view "files"`, func(i *Intake) { i.View = "files" }},
	} {
		t.Run(name, func(t *testing.T) {
			i := handing()
			if tt.change != nil {
				tt.change(&i)
			}
			path := filepath.Join(dir, tt.file)
			if err := os.WriteFile(path, []byte(tt.body), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := i.File(path)
			if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), tt.file) {
				t.Errorf("error = %v, want one that says %q", err, tt.says)
			}
		})
	}
	if _, err := handing().File(filepath.Join(dir, "missing.csv")); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("error = %v", err)
	}
	if _, err := handing().File(dir); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error = %v", err)
	}
}

func FuzzBytes(f *testing.F) {
	f.Add("a.csv", []byte("a,b\n"))
	f.Add("../%00/?.xlsx", []byte("PK\x03\x04xl/"))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		i := handing()
		i.View = "table"
		e, err := i.Bytes(name, body)
		if err != nil {
			return
		}
		if err := archive.Check(e); err != nil {
			t.Fatalf("the archive would refuse it: %v", err)
		}
	})
}
