package warcfiles_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func now() time.Time { return time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC) }

// place is where a test's archive stands.
type place struct {
	dir string
	db  *sqlitedb.DB
}

func newPlace(t testing.TB) place {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "probity.db"))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return place{filepath.Join(dir, "archive"), db}
}

func (p place) options() warcfiles.Options {
	return warcfiles.Options{Dir: p.dir, DB: p.db, Now: now, Software: "probity/test"}
}

func (p place) open(t testing.TB, change ...func(*warcfiles.Options)) *warcfiles.Files {
	t.Helper()
	a, err := p.tryOpen(t, change...)
	must(t, err)
	return a
}

func (p place) tryOpen(t testing.TB, change ...func(*warcfiles.Options)) (*warcfiles.Files, error) {
	t.Helper()
	o := p.options()
	for _, f := range change {
		f(&o)
	}
	a, err := warcfiles.Open(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}

func (p place) files(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(p.dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, filepath.Join(p.dir, e.Name()))
	}
	return names
}

func TestConformance(t *testing.T) {
	for name, size := range map[string]int64{"one file": 0, "a file for every few exchanges": 3000} {
		t.Run(name, func(t *testing.T) {
			archivetest.Run(t, func(t *testing.T) (archive.Archive, func() archive.Archive) {
				p := newPlace(t)
				small := func(o *warcfiles.Options) { o.MaxSize = size }
				a := p.open(t, small)
				return a, func() archive.Archive {
					must(t, a.Close())
					return p.open(t, small)
				}
			})
		})
	}
}

// fill keeps a bit of everything.
func fill(t testing.TB, a *warcfiles.Files, n int) (kept []evidence.Exchange) {
	t.Helper()
	for i := range n {
		e := archivetest.Exchange(i, fmt.Sprintf("https://example.example/%d?q=中文", i%3), strings.Repeat("<p>正文</p>", 20+i%2))
		switch i % 5 {
		case 3:
			e.Response = []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html; charset=utf-8\r\n\r\n")
			e.Header = archivetest.Header(e.Response)
		case 4:
			e = evidence.Exchange{Capture: e.Capture, Raw: e.Body, Body: e.Body}
			e.Capture.Status, e.Capture.Custody, e.Capture.Lead.URL = 0, "handed over", "file:///list.csv"
		}
		archivetest.Seal(&e)
		_, err := a.Keep(t.Context(), e)
		must(t, err)
		kept = append(kept, e)
	}
	return kept
}

func TestFilesPassTheOutsideValidators(t *testing.T) {
	tool, err := exec.LookPath("warcio")
	if err != nil {
		t.Skip("warcio is not on PATH: pip install warcio")
	}
	p := newPlace(t)
	a := p.open(t, func(o *warcfiles.Options) { o.MaxSize = 8000 })
	fill(t, a, 20)
	must(t, a.Close())
	for _, f := range p.files(t) {
		if out, err := exec.CommandContext(t.Context(), tool, "check", "-v", f).CombinedOutput(); err != nil || strings.Contains(string(out), "no digest to check") {
			t.Errorf("warcio check %s: %v\n%s", filepath.Base(f), err, out)
		}
	}
	if jar := os.Getenv("JWARC"); jar != "" {
		if out, err := exec.CommandContext(t.Context(), "java", append([]string{"-jar", jar, "validate", "-v"}, p.files(t)...)...).CombinedOutput(); err != nil {
			t.Errorf("jwarc validate: %v\n%s", err, out)
		}
	}
}

func TestAnUnchangedAnswerIsARevisitThatTakesNoRoom(t *testing.T) {
	p := newPlace(t)
	a := p.open(t)
	noise := make([]byte, 100_000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	var at []archive.Location
	for i := range 3 {
		loc, err := a.Keep(t.Context(), archivetest.Exchange(i, "https://example.example/a", string(noise)))
		must(t, err)
		at = append(at, loc)
	}
	if at[0].Length < 90_000 || at[1].Length > 5_000 || at[2].Length > 5_000 {
		t.Errorf("lengths %d, %d, %d: want the bytes once", at[0].Length, at[1].Length, at[2].Length)
	}
}

func TestEveryFileIsSealedByItsNameAndOrderedByItsNumber(t *testing.T) {
	p := newPlace(t)
	a := p.open(t, func(o *warcfiles.Options) { o.MaxSize = 1 })
	fill(t, a, 3)
	names := p.files(t)
	for i, want := range []string{"probity-00000001-20261102080000.warc.gz", "probity-00000002-20261102080000.warc.gz", "probity-00000003-20261102080000.warc.gz.open"} {
		if len(names) != 3 || filepath.Base(names[i]) != want {
			t.Fatalf("files %v, want %s as number %d of 3", names, want, i)
		}
	}
	must(t, a.Close())
	b := p.open(t)
	_, err := b.Keep(t.Context(), archivetest.Exchange(99, "https://example.example/", "x"))
	must(t, err)
	if names = p.files(t); len(names) != 4 || !strings.Contains(names[3], "probity-00000004-") || strings.HasSuffix(names[2], ".open") {
		t.Errorf("files %v, want the third sealed and a fourth", names)
	}
}

// "Complete exchanges are adopted, a torn tail is cut" (MODEL section 5):
// whatever of the last exchange reached the disk.
func TestAfterACrashCompleteExchangesAreAdoptedAndATornTailIsCut(t *testing.T) {
	p := newPlace(t)
	a := p.open(t)
	kept := fill(t, a, 4)
	must(t, a.Commit(t.Context(), kept[0].Capture.ID, kept[2].Capture.ID))
	_, last, err := a.Capture(t.Context(), kept[3].Capture.ID)
	must(t, err)
	open := p.files(t)[0]
	whole, err := os.ReadFile(open)
	must(t, err)
	_, third, err := a.Capture(t.Context(), kept[2].Capture.ID)
	must(t, err)
	end := third.Offset + third.Length
	if end != last.Offset || last.Offset+last.Length != int64(len(whole)) {
		t.Fatalf("the last exchange is not the end of the file")
	}
	for cut := last.Offset; cut <= int64(len(whole)); cut += 97 {
		crashed(t, whole, cut, kept)
	}
	crashed(t, whole, int64(len(whole)), kept)
}

func crashed(t *testing.T, whole []byte, cut int64, kept []evidence.Exchange) {
	t.Helper()
	p := newPlace(t)
	must(t, os.MkdirAll(p.dir, 0o700))
	name := filepath.Join(p.dir, "probity-00000001-20261102080000.warc.gz.open")
	must(t, os.WriteFile(name, whole[:cut], 0o600))
	var adopted []string
	want := []string{kept[0].Capture.ID, kept[1].Capture.ID, kept[2].Capture.ID}
	if cut == int64(len(whole)) {
		want = append(want, kept[3].Capture.ID)
	}
	for round := range 2 {
		a := p.open(t, noting(&adopted))
		for _, e := range kept[:len(want)] {
			if _, err := a.Open(t.Context(), e.Capture.ID); err != nil {
				t.Errorf("cut at %d, round %d: %v", cut, round, err)
			}
		}
		if fmt.Sprint(adopted) != fmt.Sprint(want) {
			t.Errorf("cut at %d, round %d: adopted %v, want %v once", cut, round, adopted, want)
		}
		must(t, a.Close())
	}
}

// noting has the archive note what it hands over for adoption.
func noting(ids *[]string) func(*warcfiles.Options) {
	return func(o *warcfiles.Options) {
		o.Adopt = func(_ context.Context, _ *sqlitedb.Tx, c evidence.Capture, _ archive.Location) error {
			*ids = append(*ids, c.ID)
			return nil
		}
	}
}

func TestWhatWasCommittedIsNotAdoptedAgain(t *testing.T) {
	p := newPlace(t)
	a := p.open(t)
	kept := fill(t, a, 5)
	must(t, a.Commit(t.Context(), kept[1].Capture.ID, kept[3].Capture.ID))
	boom := errors.New("boom")
	err := p.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		must(t, a.CommitTx(t.Context(), tx, kept[0].Capture.ID))
		return boom // and so is not committed
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	must(t, a.Commit(t.Context(), kept[1].Capture.ID)) // a second time is no error
	if err := a.Commit(t.Context(), archivetest.Exchange(77, "https://x.example/", "").Capture.ID); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("commit of an unknown id = %v, want not found", err)
	}
	must(t, a.Close())
	var adopted []string
	p.open(t, noting(&adopted))
	want := []string{kept[0].Capture.ID, kept[2].Capture.ID, kept[4].Capture.ID}
	if fmt.Sprint(adopted) != fmt.Sprint(want) {
		t.Errorf("adopted %v, want %v", adopted, want)
	}
}

func TestAnAdoptionThatFailsIsTriedAgainAtTheNextStart(t *testing.T) {
	p := newPlace(t)
	a := p.open(t)
	fill(t, a, 2)
	must(t, a.Close())
	boom, n := errors.New("boom"), 0
	adopt := func(context.Context, *sqlitedb.Tx, evidence.Capture, archive.Location) error {
		if n++; n == 2 {
			return boom
		}
		return nil
	}
	if _, err := p.tryOpen(t, func(o *warcfiles.Options) { o.Adopt = adopt }); !errors.Is(err, boom) {
		t.Fatalf("open = %v, want boom", err)
	}
	p.open(t, func(o *warcfiles.Options) { o.Adopt = adopt })
	if n != 4 {
		t.Errorf("asked %d times, want both again", n)
	}
}

func TestTheIndexIsMadeAgainFromTheFilesAlone(t *testing.T) {
	p := newPlace(t)
	a := p.open(t, func(o *warcfiles.Options) { o.MaxSize = 2000 })
	kept := fill(t, a, 12)
	must(t, a.Close())
	q := newPlace(t)
	q.dir = p.dir
	b := q.open(t)
	must(t, b.Reindex(t.Context()))
	for _, e := range kept {
		got, err := b.Open(t.Context(), e.Capture.ID)
		must(t, err)
		if string(got.Body) != string(e.Body) {
			t.Errorf("capture %s has another body", e.Capture.ID)
		}
	}
}

func TestAReaderBesideTheWorkerSeesWhatIsCommittedAndKeepsNothing(t *testing.T) {
	p := newPlace(t)
	a := p.open(t)
	kept := fill(t, a, 3)
	must(t, a.Commit(t.Context(), kept[0].Capture.ID))
	r := p.open(t, func(o *warcfiles.Options) { o.ReadOnly = true })
	if _, err := r.Open(t.Context(), kept[0].Capture.ID); err != nil {
		t.Error(err)
	}
	if _, err := r.Keep(t.Context(), archivetest.Exchange(9, "https://example.example/", "x")); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("keep = %v, want invalid", err)
	}
	n := 0
	must(t, r.Scan(t.Context(), func(evidence.Capture, archive.Location) error { n++; return nil }))
	if n != 3 {
		t.Errorf("scanned %d, want 3", n)
	}
}
