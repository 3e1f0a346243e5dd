package cdxj_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/evidence"
)

func listed(n int, url string, start int64) archive.Listed {
	c := archivetest.Exchange(n, url, "x").Capture
	return archive.Listed{Capture: c, Entry: archive.Entry{
		ID: c.ID, File: "probity-1.warc.gz", Start: start, Body: 10, Meta: 50, Length: 90,
		Target: c.Lead.Key(), Payload: "sha256:x", Date: "2026-11-02T08:00:00.1Z",
	}}
}

func TestAnIndexComesOutAsItWentInAndIsSorted(t *testing.T) {
	want := []archive.Listed{listed(1, "https://www.b.example/名?q=<一>&A", 100), listed(2, "https://a.example/", 190), listed(3, "file:///a%20b.csv", 300)}
	want[1].Original = want[0].ID
	want[2].Capture.Status, want[2].Capture.Lead.Method = 0, "POST"
	want[2].Target = want[2].Capture.Lead.Key()
	b, err := cdxj.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(b), "\n"), "\n")
	for i, begin := range []string{"example,a)/ 20261102080002 {\"url\":", "example,b)/%e5%90%8d?a&q=", "file:///a%20b.csv 2026"} {
		if !strings.HasPrefix(lines[i], begin) {
			t.Errorf("line %d is %s, want %s…", i, lines[i], begin)
		}
	}
	for _, part := range []string{`"mime":"warc/revisit"`, `"status":"200"`, `"offset":"200"`, `"length":"40"`, `"filename":"probity-1.warc.gz"`, `"digest":"sha256:x"`} {
		if !strings.Contains(lines[0], part) {
			t.Errorf("line %s has no %s", lines[0], part)
		}
	}
	got, err := cdxj.Decode(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, %v\nwant %+v", got, err, want)
	}
	again, _ := cdxj.Encode([]archive.Listed{want[2], want[0], want[1]})
	if !bytes.Equal(again, b) {
		t.Error("the same captures make another index")
	}
}

func TestALineThatContradictsItselfIsInvalid(t *testing.T) {
	good, _ := cdxj.Encode([]archive.Listed{listed(1, "https://a.example/", 100)})
	for name, change := range map[string][2]string{
		"torn":         {"}}\n", ""},
		"no JSON":      {"{", "["},
		"no offset":    {`"offset":"110"`, `"offset":"x"`},
		"before start": {`"offset":"110"`, `"offset":"1"`},
		"another lead": {`"method":"GET"`, `"method":"PUT"`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if _, err := cdxj.Decode([]byte(bad)); bad == string(good) || !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: %v, want invalid in line 1", name, err)
		}
	}
}

func TestHostsAreTurnedRound(t *testing.T) {
	for raw, want := range map[string]string{
		"http://www.Gov.example:80/A?B=c": "example,gov)/a?b=c",
		"https://a.gov.example:8443":      "example,gov,a:8443)/",
		"http://[2001:db8::1]/x":          "2001:db8::1)/x",
		"ftp://a/b":                       "ftp://a/b",
	} {
		if got := cdxj.SURT(raw); got != want {
			t.Errorf("SURT(%s) = %s, want %s", raw, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	b, _ := cdxj.Encode([]archive.Listed{listed(1, "https://a.example/", 100)})
	f.Add(b)
	f.Add([]byte(`urn:dom:x 20261102080001 {"length":"5","offset":"100","of":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := cdxj.Decode(b)
		if err != nil && !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%v is of no kind", err)
		}
		if _, err := cdxj.Encode(list); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func TestAttachmentsHaveLinesOfTheirOwn(t *testing.T) {
	l := listed(1, "https://a.example/名", 100)
	for i, kind := range []string{evidence.AttachedScreenshot, evidence.AttachedDOM} {
		l.Capture.Attached = append(l.Capture.Attached, evidence.Attachment{Kind: kind, Type: "Image/PNG; q=1", Payload: "y"})
		l.Parts = append(l.Parts, archive.Part{Offset: 100 + int64(i)*5, Length: 5})
	}
	b, err := cdxj.Encode([]archive.Listed{l})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	want := `urn:fullPage:https://a.example/名 20261102080001 {"url":"urn:fullPage:https://a.example/名","mime":"image/png","digest":"sha256:y","length":"5","offset":"100","filename":"probity-1.warc.gz","of":"` + l.ID + `"}`
	if len(lines) != 4 || lines[2] != want {
		t.Errorf("lines %q\nwant the third to be %s", lines, want)
	}
	got, err := cdxj.Decode(b)
	if err != nil || !reflect.DeepEqual(got, []archive.Listed{l}) {
		t.Errorf("decoded %+v, %v\nwant %+v", got, err, l)
	}
	for name, bad := range map[string]string{
		"one is missing":          strings.Join(lines[:2], "\n") + "\n",
		"its capture is missing":  strings.Join(lines[1:], "\n"),
		"it is of another":        strings.Replace(string(b), `"of":"`+l.ID, `"of":"x`, 1),
		"it is of none":           strings.Replace(string(b), `,"of":"`+l.ID+`"`, "", 1),
		"it stands before a file": strings.Replace(string(b), `"offset":"100"`, `"offset":"-1"`, 1),
	} {
		if _, err := cdxj.Decode([]byte(bad)); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}
