package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"probity/pipeline/evidence"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open opens a ledger whose clock goes on a minute at each entry.
func open(t testing.TB, dir string, change ...func(*Options)) (*Ledger, error) {
	t.Helper()
	at := time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)
	o := Options{Dir: dir, Now: func() time.Time { at = at.Add(time.Minute); return at }}
	for _, f := range change {
		f(&o)
	}
	l, err := Open(o)
	if err == nil {
		t.Cleanup(func() { _ = l.Close() })
	}
	return l, err
}

func small(o *Options) { o.MaxSize = 300 }

// filled returns a ledger of n entries, each with a sealed value.
func filled(t testing.TB, n int, change ...func(*Options)) (*Ledger, string) {
	t.Helper()
	dir := t.TempDir()
	l, err := open(t, dir, change...)
	must(t, err)
	for i := range n {
		digest, err := l.Seal(t.Context(), map[string]int{"sealed": i})
		must(t, err)
		seq, err := l.Append(t.Context(), Look, map[string]any{"id": i, "sealed": digest})
		must(t, err)
		if seq != int64(i)+1 {
			t.Fatalf("entry %d at %d", i+1, seq)
		}
	}
	return l, dir
}

// all reads every entry, as one line each.
func all(t *testing.T, l *Ledger) (list []string) {
	t.Helper()
	must(t, l.Scan(t.Context(), 0, func(e Entry) error {
		list = append(list, fmt.Sprintf("%d %s %s %s", e.Seq, e.Time.Format(time.TimeOnly), e.Kind, e.Body))
		return nil
	}))
	return list
}

func TestWhatWasSaidIsReadBackInOrder(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){"one file": func(*Options) {}, "a file for every few entries": small} {
		t.Run(name, func(t *testing.T) {
			l, dir := filled(t, 10, change)
			head, err := l.Head()
			must(t, err)
			want := all(t, l)
			if len(want) != 10 || want[3][:16] != `4 01:04:00 look ` || !strings.Contains(want[3], `{"id":3,"sealed":"`) {
				t.Errorf("entries %q", want)
			}
			must(t, l.Verify(t.Context()))
			must(t, l.Close())
			l, err = open(t, dir, change)
			must(t, err)
			if again, err := l.Head(); err != nil || again != head || head.Size != 10 {
				t.Errorf("head %v, was %v: %v", again, head, err)
			}
			if got := all(t, l); !slices.Equal(got, want) {
				t.Errorf("after opening again %q, want %q", got, want)
			}
			if parts, _ := filepath.Glob(filepath.Join(dir, partHead+"*")); name != "one file" && len(parts) < 3 {
				t.Errorf("files %v, want several", parts)
			}
		})
	}
}

func TestAnEntryAndWhatFollowsAreFoundByPosition(t *testing.T) {
	t.Parallel()
	l, _ := filled(t, 10, small)
	n := 0
	must(t, l.Scan(t.Context(), 8, func(e Entry) error {
		if n++; e.Seq != int64(7+n) {
			t.Errorf("entry %d as number %d from 8 on", e.Seq, n)
		}
		return nil
	}))
	if e, err := l.Entry(10); err != nil || e.Seq != 10 || n != 3 {
		t.Errorf("entry %d, %v, after %d scanned from 8 on", e.Seq, err, n)
	}
	for _, seq := range []int64{0, 11} {
		if _, err := l.Entry(seq); !errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("entry %d: %v, want not found", seq, err)
		}
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

func TestAClockThatWasSetBackDoesNotTurnTheLedger(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)
	l, err := open(t, t.TempDir(), func(o *Options) { o.Now = func() time.Time { now = now.Add(-time.Hour); return now } })
	must(t, err)
	for range 3 {
		_, err := l.Append(t.Context(), Look, 1)
		must(t, err)
	}
	first, _ := l.Entry(1)
	if last, _ := l.Entry(3); !last.Time.Equal(first.Time) {
		t.Errorf("entry 3 at %v, entry 1 at %v", last.Time, first.Time)
	}
	must(t, l.Verify(t.Context()))
}

func TestBodiesAreCanonicalAndEveryEntryHasAKind(t *testing.T) {
	t.Parallel()
	l, _ := filled(t, 0)
	_, err := l.Append(t.Context(), Decision, struct {
		Z string `json:"z"`
		A int    `json:"a"`
	}{"<&>", 1})
	must(t, err)
	if e, _ := l.Entry(1); string(e.Body) != `{"a":1,"z":"<&>"}` {
		t.Errorf("body %s", e.Body)
	}
	for _, it := range []Item{{"", 1}, {Look, make(chan int)}} {
		if _, err := l.AppendAll(t.Context(), Item{Look, 1}, it); !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("append of %v = %v, want invalid", it, err)
		}
	}
	if head, _ := l.Head(); head.Size != 1 {
		t.Errorf("size %d after refusals, want 1", head.Size)
	}
}

// A crash leaves any beginning of what was written last: then all of an
// AppendAll is there, or none of it.
func TestWhatIsAddedAsOneIsThereAsOneAfterACrash(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 2)
	before, err := os.ReadFile(filepath.Join(dir, treeName))
	must(t, err)
	path := filepath.Join(dir, l.parts[0].name)
	safe := l.parts[0].size
	_, err = l.AppendAll(t.Context(), Item{Look, "a"}, Item{Look, "b"}, Item{RunClosed, "c"})
	must(t, err)
	must(t, l.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	tree, err := os.ReadFile(filepath.Join(dir, treeName))
	must(t, err)
	for cut := safe; cut < int64(len(whole)); cut += 7 {
		for _, junk := range [][]byte{nil, make([]byte, 50)} {
			must(t, os.WriteFile(path, append(slices.Clone(whole[:cut]), junk...), 0o600))
			must(t, os.WriteFile(filepath.Join(dir, treeName), before, 0o600))
			l, err := open(t, dir)
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			if head, _ := l.Head(); head.Size != 2 {
				t.Fatalf("cut at %d: %d entries, want 2", cut, head.Size)
			}
			if seq, err := l.Append(t.Context(), Look, "next"); err != nil || seq != 3 {
				t.Fatalf("cut at %d: next at %d, %v", cut, seq, err)
			}
			must(t, l.Verify(t.Context()))
			must(t, l.Close())
		}
	}
	// Lines whole, hashes not or half: the entries stand.
	for cut := len(before); cut <= len(tree); cut += 11 {
		must(t, os.WriteFile(path, whole, 0o600))
		must(t, os.WriteFile(filepath.Join(dir, treeName), tree[:cut], 0o600))
		l, err := open(t, dir)
		must(t, err)
		if head, _ := l.Head(); head.Size != 5 {
			t.Errorf("hashes cut at %d: %d entries, want 5", cut, head.Size)
		}
		must(t, l.Close())
		if again, _ := os.ReadFile(filepath.Join(dir, treeName)); !bytes.Equal(again, tree) {
			t.Errorf("hashes cut at %d were not mended", cut)
		}
	}
}

func TestATornEndIsCutWithALogLine(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 3)
	must(t, l.Close())
	for _, name := range []string{l.parts[0].name, blobName} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteString(`{"seq":4,"ki`)
		must(t, err)
		must(t, f.Close())
	}
	reader, err := open(t, dir, func(o *Options) { o.ReadOnly = true })
	must(t, err)
	if got := all(t, reader); len(got) != 3 {
		t.Errorf("a reader sees %d entries, want 3", len(got))
	}
	if _, err := reader.Append(t.Context(), Look, 1); !errors.Is(err, evidence.ErrForbidden) {
		t.Errorf("a reader's append = %v, want forbidden", err)
	}
	l, err = open(t, dir)
	must(t, err)
	if seq, err := l.Append(t.Context(), Look, 1); err != nil || seq != 4 {
		t.Errorf("position %d: %v", seq, err)
	}
	digest, err := l.Seal(t.Context(), "new")
	if b, err2 := l.Blob(digest); err != nil || err2 != nil || string(b) != `"new"` {
		t.Errorf("%s %v %v", b, err, err2)
	}
}

func TestASealedValueIsCheckedWhenRead(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 1)
	digest, err := l.Seal(t.Context(), map[string]int{"sealed": 0})
	must(t, err)
	if _, err := l.Blob("nothing"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("%v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, blobName), []byte(`{"sealed":9}`+"\n"), 0o600))
	if _, err := l.Blob(digest); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if err := l.Verify(t.Context()); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), digest) {
		t.Errorf("verify = %v, want the digest named", err)
	}
}

func TestAFailedSyncEndsTheWritingAndIsNotForgotten(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 2)
	must(t, l.lines.Close())
	if _, err := l.Append(t.Context(), Look, 1); err == nil {
		t.Fatal("an entry was added to a closed file")
	}
	if _, err := l.Append(t.Context(), Look, 1); !errors.Is(err, evidence.ErrUnavailable) || !strings.Contains(err.Error(), "start again") {
		t.Errorf("append = %v, want unavailable", err)
	}
	l.lines = nil
	must(t, l.Close())
	if l, err := open(t, dir); err != nil || len(all(t, l)) != 2 {
		t.Errorf("after starting again: %v", err)
	}
}

func TestCommitPointsArePassedInOrder(t *testing.T) {
	t.Parallel()
	var points []string
	filled(t, 1, func(o *Options) { o.Mark = func(p string) { points = append(points, p) } })
	if fmt.Sprint(points) != "[ledger_append ledger_sync ledger]" {
		t.Errorf("passed %v", points)
	}
}

func TestACancelledContextAddsNothing(t *testing.T) {
	t.Parallel()
	l, _ := filled(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, Look, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("append = %v", err)
	}
	if len(all(t, l)) != 1 {
		t.Error("it was added")
	}
}
