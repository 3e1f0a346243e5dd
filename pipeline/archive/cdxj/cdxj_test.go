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
	for i, begin := range []string{"example,a)/ 20261102080002 {\"url\":", "example,b)/%e5%90%8d?q=", "file:///a%20b.csv 2026"} {
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
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := cdxj.Decode(b); err != nil && !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%v is of no kind", err)
		}
	})
}
