package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
)

func open(t testing.TB, dir string) (*Ledger, error) {
	t.Helper()
	at := time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)
	l, err := Open(Options{Dir: dir, Now: func() time.Time { at = at.Add(time.Minute); return at }})
	if err == nil {
		t.Cleanup(func() { _ = l.Close() })
	}
	return l, err
}

func filled(t testing.TB, n int) (*Ledger, string) {
	t.Helper()
	dir := t.TempDir()
	l, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		digest, err := l.Seal(t.Context(), map[string]int{"sealed": i})
		if err != nil {
			t.Fatal(err)
		}
		if seq, err := l.Append(t.Context(), "look", map[string]any{"id": i, "sealed": digest}); err != nil || seq != int64(i)+1 {
			t.Fatalf("entry %d at %d: %v", i, seq, err)
		}
	}
	return l, dir
}

func TestWhatWasSaidIsReadBackInOrder(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 10)
	head, err := l.Head()
	if err != nil || l.Close() != nil {
		t.Fatal(err)
	}
	if l, err = open(t, dir); err != nil {
		t.Fatal(err)
	}
	if again, err := l.Head(); err != nil || again != head || head.Size != 10 {
		t.Errorf("head %v, was %v: %v", again, head, err)
	}
	n := int64(3)
	err = l.Scan(t.Context(), 4, func(e Entry) error {
		if n++; e.Seq != n || !strings.Contains(string(e.Body), fmt.Sprintf(`"id":%d`, n-1)) {
			t.Errorf("entry %d: %s", e.Seq, e.Body)
		}
		return nil
	})
	if err != nil || n != 10 {
		t.Errorf("scan ended at %d: %v", n, err)
	}
}

// MODEL 2: known_at is asked for as an instant.
func TestAnInstantIsAPosition(t *testing.T) {
	t.Parallel()
	l, _ := filled(t, 3)
	start := time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]int64{0: 0, time.Minute: 1, 90 * time.Second: 1, 3 * time.Minute: 3, time.Hour: 3} {
		if got := l.At(start.Add(after)); got != want {
			t.Errorf("after %v: position %d, want %d", after, got, want)
		}
	}
}

func TestATornLastLineIsCut(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 3)
	_ = l.Close()
	for _, name := range []string{entriesName, blobsName} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.WriteString(`{"seq":4,"ki`)
		_ = f.Close()
	}
	l, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if seq, err := l.Append(t.Context(), "look", 1); err != nil || seq != 4 {
		t.Errorf("position %d: %v", seq, err)
	}
	digest, err := l.Seal(t.Context(), "new")
	if b, err2 := l.Blob(digest); err != nil || err2 != nil || string(b) != `"new"` {
		t.Errorf("%s %v %v", b, err, err2)
	}
}

func TestTamperingIsNamed(t *testing.T) {
	t.Parallel()
	for sentence, test := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"a changed entry":       {func(b []byte) []byte { return bytes.Replace(b, []byte(`"id":1`), []byte(`"id":7`), 1) }, "were changed since"},
		"a missing last entry":  {func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }, "entries 3 to 3 are missing"},
		"a missing first entry": {func(b []byte) []byte { return b[bytes.IndexByte(b, '\n')+1:] }, "entry 1 is damaged or missing"},
		"an unreadable entry":   {func(b []byte) []byte { return append([]byte("x"), b...) }, "entry 1 is damaged or missing"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			l, dir := filled(t, 3)
			_ = l.Close()
			path := filepath.Join(dir, entriesName)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.change(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := open(t, dir); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}

func TestASealedValueIsCheckedWhenRead(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 1)
	digest, _ := l.Seal(t.Context(), map[string]int{"sealed": 0})
	if _, err := l.Blob("nothing"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, blobsName), []byte(`{"sealed":9}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Blob(digest); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"seq":1,"time":"2026-11-02T00:00:00Z","kind":"look","body":{}}`+"\n"), []byte("{}\n"))
	f.Fuzz(func(t *testing.T, entries, blobs []byte) {
		dir := t.TempDir()
		_ = os.WriteFile(filepath.Join(dir, entriesName), entries, 0o600)
		_ = os.WriteFile(filepath.Join(dir, blobsName), blobs, 0o600)
		l, err := open(t, dir)
		if err != nil {
			return
		}
		if _, err := l.Append(t.Context(), "look", 1); err != nil {
			t.Errorf("append to what could be opened: %v", err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l, dir := filled(b, 1)
	b.Run("ledger", func(b *testing.B) {
		for b.Loop() {
			_, _ = l.Append(b.Context(), "look", 1)
		}
	})
	b.Run("yardstick write and sync", func(b *testing.B) {
		f, _ := os.Create(filepath.Join(dir, "yardstick"))
		for b.Loop() {
			_, _ = f.WriteString(`{"seq":1}` + "\n")
			_ = f.Sync()
		}
	})
}
