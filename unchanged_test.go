package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// A page that its server calls unchanged, and one that comes again as it was,
// are revisits in the archive and the same content to everybody: no new record,
// no evaluation (MODEL 1 and 3).
func TestWhatIsUnchangedIsSightedAndSaysNothingNew(t *testing.T) {
	t.Parallel()
	rows := inventedList(rand.New(rand.NewPCG(7, 3)))
	var calm atomic.Int32
	list := listSite(t, rows)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".html") {
			w.Header().Set("Etag", `"v1"`)
			if r.Header.Get("If-None-Match") == `"v1"` {
				calm.Add(1)
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		list.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	dir := declareList(t, rows)
	for _, form := range []string{"html", "csv"} { // one has a mark to be known by, the other has none
		file := filepath.Join(dir, "sources", form+".yaml")
		b, err := os.ReadFile(file)
		if err = errors.Join(err, os.WriteFile(file, append(b, "revisit: {conditional: true}\n"...), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	h := openList(t, dir, server.URL)
	defer func() { _ = h.close() }()
	c := evidence.Campaign{ID: "both", Sources: []string{"html", "csv"}}
	first, err := h.run(t.Context(), c, "test", func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	bodies := bodiesOfList(t, h)
	again, err := h.run(t.Context(), c, "test", func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if first.Records.New == 0 || again.Records.New+again.Records.Changed+again.Records.Gone != 0 || again.Issued != 0 || calm.Load() != 1 {
		t.Errorf("first %+v, again %+v, issued %d, %d answers of 304", first.Records, again.Records, again.Issued, calm.Load())
	}
	for _, id := range c.Sources {
		if s := again.Sources[id]; s.Result != evidence.Complete || s.Unchanged != s.Fetched || s.Fetched != first.Sources[id].Fetched {
			t.Errorf("%s: %s %s, fetched %d, unchanged %d", id, s.Result, s.Reason, s.Fetched, s.Unchanged)
		}
	}
	if now := bodiesOfList(t, h); now != bodies {
		t.Error("other bodies than before")
	}
	if n := revisits(t, h); n["server-not-modified"] != 1 || n["identical-payload-digest"] < 1 {
		t.Errorf("revisit records by profile: %v", n)
	}
}

// revisits counts the revisit records of an archive by profile.
func revisits(t *testing.T, h *house) map[string]int {
	t.Helper()
	n := map[string]int{}
	err := h.archive.Scan(t.Context(), func(_ evidence.Capture, at archive.Location) error {
		b, err := recordsAt(h.dir.Path("archive"), at)
		for _, profile := range []string{"server-not-modified", "identical-payload-digest"} {
			if bytes.Contains(b, []byte("WARC-Type: revisit")) && bytes.Contains(b, []byte(profile)) {
				n[profile]++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("scan: %w", err))
	}
	return n
}

// recordsAt unpacks the WARC records of an exchange.
func recordsAt(dir string, at archive.Location) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, at.File))
	if errors.Is(err, os.ErrNotExist) {
		f, err = os.Open(filepath.Join(dir, at.File+".open"))
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	z, err := gzip.NewReader(io.NewSectionReader(f, at.Offset, at.Length))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
