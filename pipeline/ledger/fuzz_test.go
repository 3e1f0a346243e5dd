package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"probity/pipeline/evidence"
)

// FuzzOpen opens what anybody may have written: it ends, and what could be
// opened can be added to and is found again.
func FuzzOpen(f *testing.F) {
	line, _, _ := leaf{Seq: 1, Time: "2026-11-02T00:00:00Z", Kind: Look, Body: []byte("{}")}.line()
	more, h, _ := leaf{Seq: 1, Time: "2026-11-02T00:00:00Z", Kind: Look, Body: []byte("{}"), More: 1}.line()
	f.Add(line, []byte("{}\n"), []byte{})
	f.Add(line[:20], []byte("{}"), []byte{})
	f.Add(more, []byte("\n"), raw([]tlog.Hash{h}))
	f.Add(append(line, make([]byte, 30)...), []byte{}, []byte("x"))
	f.Fuzz(func(t *testing.T, entries, blobs, hashes []byte) {
		dir := t.TempDir()
		for name, b := range map[string][]byte{partHead + "000000000001" + partTail: entries, blobName: blobs, treeName: hashes} {
			must(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
		}
		l, err := open(t, dir)
		if err != nil {
			return
		}
		seq, err := l.Append(t.Context(), Look, 1)
		must(t, err)
		must(t, l.Close())
		if l, err = open(t, dir); err != nil || l.size() != seq {
			t.Errorf("opened again: %v", err)
		}
	})
}

// FuzzParse reads a line that anybody may have written: it is refused as
// invalid, or is an entry that can be.
func FuzzParse(f *testing.F) {
	line, _, _ := leaf{Seq: 1, Time: "2026-11-02T00:00:00Z", Kind: Look, Body: []byte(`{"a":1}`)}.line()
	f.Add(line[:len(line)-1])
	f.Add([]byte(`{"seq":1,"leaf":"` + string(make([]byte, 64)) + `"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, more, err := parse(line)
		if err != nil {
			if !errors.Is(err, evidence.ErrInvalid) {
				t.Errorf("error %v is of no kind", err)
			}
			return
		}
		if e.Seq < 1 || more < 0 || e.Kind == "" || e.Time.IsZero() {
			t.Errorf("entry %+v", e)
		}
	})
}

// BenchmarkAppend stands beside a yardstick that only writes and syncs.
func BenchmarkAppend(b *testing.B) {
	l, dir := filled(b, 1)
	b.Run("ledger", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.Append(b.Context(), Look, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("yardstick", func(b *testing.B) {
		f, err := os.Create(filepath.Join(dir, "yardstick"))
		must(b, err)
		for b.Loop() {
			_, _ = f.WriteString(`{"seq":1}` + "\n")
			_ = f.Sync()
		}
	})
}
