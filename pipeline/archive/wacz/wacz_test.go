package wacz

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/warc"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is an archive of three pages, each visited twice, one asked for by
// POST, one with a screenshot, and a file that was handed in.
func bench(t *testing.T) (*warcfiles.Files, []evidence.Exchange, string) {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	a, err := warcfiles.Open(t.Context(), warcfiles.Options{Dir: filepath.Join(dir, "archive"), DB: db, Now: time.Now, Software: "test", Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	var kept []evidence.Exchange
	for i := range 6 {
		e := archivetest.Exchange(i, fmt.Sprintf("https://example.example/名?b=%d&a=1", i%3), strings.Repeat("page ", 100+i%3))
		switch i % 3 {
		case 1:
			e.Capture.Lead.Method, e.Capture.Lead.Body = "POST", "page=2&q=a"
		case 2:
			e.Attach(evidence.AttachedScreenshot, "image/png", "browser/1", []byte("\x89PNG"+strconv.Itoa(i)))
		}
		archivetest.Seal(&e)
		kept = append(kept, e)
	}
	file := archivetest.Exchange(9, "file:///a.csv", "a,b\n")
	file.Capture.Status, file.Capture.Type = 0, "text/csv"
	file.Request, file.Response = nil, nil
	archivetest.Seal(&file)
	kept = append(kept, file)
	for _, e := range kept {
		_, err := a.Keep(t.Context(), e)
		must(t, err)
	}
	return a, kept, filepath.Join(dir, "archive")
}

func write(t *testing.T, o Options, ids ...string) (*zip.Reader, Summary) {
	t.Helper()
	o.Now, o.Temp = time.Now, t.TempDir()
	m := New(o)
	for _, id := range ids {
		must(t, m.Add(t.Context(), id))
	}
	var b bytes.Buffer
	sum, err := m.Write(t.Context(), &b)
	must(t, err)
	must(t, m.Close())
	if left, _ := os.ReadDir(o.Temp); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	if sum.Bytes != int64(b.Len()) {
		t.Errorf("it says %d bytes and has %d", sum.Bytes, b.Len())
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	must(t, err)
	return z, sum
}

func read(t *testing.T, z *zip.Reader, name string) []byte {
	t.Helper()
	f, err := z.Open(name)
	must(t, err)
	b, err := io.ReadAll(f)
	must(t, err)
	return b
}

func idsOf(kept []evidence.Exchange) (ids []string) {
	for _, e := range kept {
		ids = append(ids, e.Capture.ID)
	}
	return ids
}

func TestEveryLineOfTheIndexLeadsToTheRecordThatItNames(t *testing.T) {
	a, kept, _ := bench(t)
	for _, o := range []Options{{Source: a}, {Source: a, Memory: 200, MaxSize: 1}} { // sorted in files, and one WARC a capture
		z, sum := write(t, o, idsOf(kept)...)
		if sum.Captures != 7 || sum.Revisits != 3 || sum.Originals != 0 || sum.Pages != 4 {
			t.Errorf("summary %+v", sum)
		}
		in, err := gzip.NewReader(bytes.NewReader(read(t, z, "indexes/index.cdx.gz")))
		must(t, err)
		text, err := io.ReadAll(in)
		must(t, err)
		index := slices.Collect(strings.Lines(string(text)))
		if len(index) != 9 || !slices.IsSorted(index) {
			t.Errorf("%d lines, sorted: %v, want 9: 7 captures and 2 screenshots\n%s", len(index), slices.IsSorted(index), text)
		}
		for _, l := range index {
			follow(t, z, l)
		}
		first, _, _ := strings.Cut(index[0], " {")
		if want := "example,example)/%e5%90%8d?__wb_method=post&a=1&b=1&page=2&q=a 20261102080001"; first != want {
			t.Errorf("the POST is found by %q, want %q", first, want)
		}
	}
}

// follow reads what a line names at the offset it names.
func follow(t *testing.T, z *zip.Reader, line string) {
	t.Helper()
	var f fields
	must(t, json.Unmarshal([]byte(line[strings.Index(line, "{"):]), &f))
	b := read(t, z, "archive/"+f.Filename)
	offset, err := strconv.Atoi(f.Offset)
	must(t, err)
	length, err := strconv.Atoi(f.Length)
	must(t, err)
	rec, err := warc.NewReader(bytes.NewReader(b[offset:offset+length]), 0).Next(nil)
	must(t, err)
	if rec.Get("WARC-Target-URI") != f.URL || rec.Get("WARC-Payload-Digest") != f.Digest || int(rec.Length) != length ||
		(rec.Type() == "revisit") != (f.MIME == "warc/revisit") {
		t.Errorf("line %s leads to %+v", line, rec.Fields)
	}
}

func TestEveryFileIsListedWithItsDigest(t *testing.T) {
	a, kept, _ := bench(t)
	z, _ := write(t, Options{Source: a, Title: "试 title", MaxSize: 1}, idsOf(kept)...)
	var p struct {
		Version   string `json:"wacz_version"`
		Profile   string
		Resources []resource
	}
	must(t, json.Unmarshal(read(t, z, "datapackage.json"), &p))
	var seal struct{ Path, Hash string }
	must(t, json.Unmarshal(read(t, z, "datapackage-digest.json"), &seal))
	p.Resources = append(p.Resources, resource{Path: seal.Path, Hash: seal.Hash, Bytes: int64(len(read(t, z, seal.Path)))})
	if p.Version != "1.1.1" || p.Profile != "data-package" || len(p.Resources) != len(z.File)-1 {
		t.Errorf("package %+v lists %d of %d files", p, len(p.Resources), len(z.File))
	}
	for _, r := range p.Resources {
		b := read(t, z, r.Path)
		if sum := sha256.Sum256(b); r.Hash != "sha256:"+hex.EncodeToString(sum[:]) || r.Bytes != int64(len(b)) {
			t.Errorf("%s: it says %s, %d bytes", r.Path, r.Hash, r.Bytes)
		}
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".gz") && f.Method != zip.Store {
			t.Errorf("%s is compressed once more: nobody can read a range of it", f.Name)
		}
	}
}

func TestARevisitBringsItsOriginalAndSaysSo(t *testing.T) {
	a, kept, _ := bench(t)
	z, sum := write(t, Options{Source: a}, kept[3].Capture.ID, kept[3].Capture.ID)
	if sum.Captures != 2 || sum.Revisits != 1 || sum.Originals != 1 {
		t.Errorf("summary %+v, want two captures, one of them a revisit, one brought along", sum)
	}
	var all []listed
	for line := range bytes.Lines(read(t, z, "captures/captures.jsonl")) {
		var l listed
		must(t, json.Unmarshal(line, &l))
		all = append(all, l)
	}
	if len(all) != 2 || all[0].ID != kept[0].Capture.ID || !all[0].BroughtAlong || all[1].RevisitOf != all[0].ID || all[1].BroughtAlong {
		t.Errorf("captures %+v", all)
	}
	_, sum = write(t, Options{Source: a}, kept[0].Capture.ID, kept[3].Capture.ID)
	if sum.Captures != 2 || sum.Originals != 0 {
		t.Errorf("summary %+v: the original was asked for", sum)
	}
}

func TestWhatIsDamagedOrUnknownIsNotLeftOutSilently(t *testing.T) {
	a, kept, dir := bench(t)
	m := New(Options{Source: a, Now: time.Now, Temp: t.TempDir()})
	if _, err := m.Write(t.Context(), io.Discard); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("nothing was named: %v", err)
	}
	unknown := archivetest.Exchange(99, "https://example.example/", "x").Capture.ID
	if err := m.Add(t.Context(), unknown); !errors.Is(err, evidence.ErrNotFound) || !strings.Contains(err.Error(), unknown) {
		t.Errorf("unknown: %v", err)
	}
	_, at, err := a.Capture(t.Context(), kept[0].Capture.ID)
	must(t, err)
	file := filepath.Join(dir, at.File+".open")
	b, err := os.ReadFile(file)
	must(t, err)
	b[at.Offset+at.Length/2] ^= 1
	must(t, os.WriteFile(file, b, 0o600))
	must(t, m.Add(t.Context(), kept[3].Capture.ID)) // whose original is the damaged one
	_, err = m.Write(t.Context(), io.Discard)
	if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), kept[0].Capture.ID) {
		t.Errorf("damaged: %v", err)
	}
	must(t, m.Close())
}

func TestMoreLinesThanMemoryHoldsAreSorted(t *testing.T) {
	s := &sorter{dir: t.TempDir(), most: 1000}
	var want []string
	for i := range 2000 {
		l := strconv.Itoa(i * 7919 % 2003 % 500) // many twice
		want = append(want, l)
		must(t, s.add([]byte(l)))
	}
	slices.Sort(want)
	for range 2 {
		var got []string
		must(t, s.each(func(l []byte) error { got = append(got, string(l)); return nil }))
		if !slices.Equal(got, want) {
			t.Errorf("sorted %d lines into %d otherwise", len(want), len(got))
		}
	}
	enough := errors.New("enough")
	if err := s.each(func([]byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the visitor's error came out as %v", err)
	}
	must(t, s.close())
}
