package main

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// What the archive holds is read by others than ourselves: the validators of
// warcio (PyPI) and jwarc (Maven Central) find nothing wrong with the files of
// a first run, of one that found most of it unchanged, of one whose torn end
// was repaired, and of pages with screenshots; that of wacz (PyPI) nothing with
// what is exported of them, and a reader that is not ours finds each record
// where the index says.
func TestOutsideValidators(t *testing.T) {
	if os.Getenv("PROBITY_WARC") == "" {
		t.Skip("not here: needs PROBITY_WARC=1, warcio and wacz (pip install warcio wacz); make warc fetches them and jwarc")
	}
	dir := filepath.Join(t.TempDir(), "data")
	for day := range 2 {
		watchSmall(t, dir, day)
	}
	tearAndRepair(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "archive", "*.warc.gz"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the archive has the files %v, %v: want those of two runs", files, err)
	}
	files = append(files, attachedFiles(t)...)
	t.Run("warcio check", func(t *testing.T) {
		validate(t, "warcio", append([]string{"check", "-v"}, files...)...)
	})
	t.Run("jwarc validate", func(t *testing.T) {
		jar := os.Getenv("JWARC")
		if jar == "" {
			t.Skip("not here: needs JWARC=path of jwarc.jar (org.netpreserve:jwarc), which make warc fetches where Maven is")
		}
		validate(t, "java", append([]string{"-jar", jar, "validate"}, files...)...)
	})
	for _, what := range [][]string{{"-run", "small-2"}, {"-source", "news"}, {"-dossier", "深圳市榉径母婴用品有限公司"}} {
		t.Run("wacz "+what[0], func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.wacz")
			if _, err := probity(t, "export", "-data", dir, "-wacz", file, what[0], what[1]); err != nil {
				t.Fatal(err)
			}
			validate(t, "wacz", "validate", "-f", file)
			validate(t, "python3", "-c", followed, file)
		})
	}
}

// followed reads a WACZ as a replay tool does, by warcio: from each line of
// the index, found through the second index, to the record.
const followed = `
import gzip, io, json, sys, zipfile
from warcio.archiveiterator import ArchiveIterator
z = zipfile.ZipFile(sys.argv[1])
cdx, n = z.read("indexes/index.cdx.gz"), 0
pages = {json.loads(l).get("url") for l in z.read("pages/pages.jsonl").splitlines()}
seen, revisits, digests = set(), [], set()
for block in z.read("indexes/index.idx").decode().splitlines()[1:]:
    key, ts, about = block.split(" ", 2)
    about = json.loads(about)
    lines = gzip.decompress(cdx[about["offset"]:about["offset"] + about["length"]]).decode().splitlines()
    assert lines[0].startswith(key + " " + ts + " "), lines[0]
    for line in lines:
        key, ts, f = line.split(" ", 2)
        f = json.loads(f)
        warc = z.read("archive/" + f["filename"])
        rec = next(iter(ArchiveIterator(io.BytesIO(warc[int(f["offset"]):int(f["offset"]) + int(f["length"])]), check_digests="raise")))
        assert rec.rec_headers.get_header("WARC-Target-URI") == f["url"], f
        assert rec.rec_headers.get_header("WARC-Payload-Digest") == f["digest"], f
        rec.content_stream().read()
        n += 1
        seen.add(f["url"])
        if rec.rec_type == "revisit":
            assert f["mime"] == "warc/revisit", f
            revisits.append(f["digest"])
        else:
            digests.add(f["digest"])
assert n > 0 and pages - {None} <= seen, pages - seen
assert set(revisits) <= digests, "a revisit without its original"
`

// tearAndRepair leaves the newest file as a crash would, and has it repaired.
func tearAndRepair(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "archive", "*.warc.gz"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	last := files[len(files)-1]
	b, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.WriteFile(last+".open", append(b, b[:500]...), 0o600), os.Remove(last)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if out, err := probity(t, "archive", "check", "-data", dir); err == nil || !strings.Contains(string(out), "torn") {
		t.Fatalf("the torn end was not found: %v\n%s", err, out)
	}
	if out, err := probity(t, "archive", "check", "-repair", "-data", dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// attachedFiles are the files of an archive of pages with screenshots, visited
// twice.
func attachedFiles(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	a, err := warcfiles.Open(t.Context(), warcfiles.Options{Dir: dir, DB: db, Now: time.Now, Software: version, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		e := archivetest.Exchange(n, "https://example.example/名?a=<b>", "<p>一</p>")
		e.Attach(evidence.AttachedDOM, "text/html; charset=utf-8", "test", []byte("<p>一</p>"))
		e.Attach(evidence.AttachedScreenshot, "image/png", "test", []byte("\x89PNG\r\n\x1a\n"))
		archivetest.Seal(&e)
		if _, err := a.Keep(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func validate(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, args[0], err, out)
	}
}
