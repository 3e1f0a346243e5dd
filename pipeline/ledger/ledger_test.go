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

// relink gives a changed line the hash of its new text, as a forger would.
func relink(line []byte) []byte {
	at := bytes.LastIndex(line, []byte(tail))
	var e leaf
	e.Seq, e.Kind, e.Time = 2, Look, "2026-11-02T01:02:00Z"
	e.Body = line[bytes.Index(line, []byte(`"body":`))+7 : bytes.Index(line[:at], []byte(`,"kind"`))]
	out, _, _ := e.line()
	return out[:len(out)-1]
}

func TestTamperingIsFoundAtTheNextOpeningAndNamed(t *testing.T) {
	t.Parallel()
	line := func(b [][]byte, i int, f func([]byte) []byte) [][]byte { b[i] = f(b[i]); return b }
	for sentence, test := range map[string]struct {
		change func([][]byte) [][]byte // of five lines
		want   string
	}{
		"a changed entry": {func(b [][]byte) [][]byte {
			return line(b, 1, func(l []byte) []byte { return bytes.Replace(l, []byte(`"id":1`), []byte(`"id":7`), 1) })
		}, "entry 2 in " + partHead + "000000000001.ndjson is damaged or was changed"},
		"a changed entry whose hash was changed with it": {func(b [][]byte) [][]byte {
			return line(b, 1, func(l []byte) []byte { return relink(bytes.Replace(l, []byte(`"id":1`), []byte(`"id":7`), 1)) })
		}, "its hash is not the one in the tree"},
		"a missing first entry": {func(b [][]byte) [][]byte { return b[1:] }, "entry 1 is missing"},
		"a missing entry":       {func(b [][]byte) [][]byte { return slices.Delete(b, 2, 3) }, "entry 3 is missing"},
		"a missing last entry":  {func(b [][]byte) [][]byte { return b[:4] }, "entry 5 is missing"},
		"all entries missing":   {func([][]byte) [][]byte { return nil }, "entry 1 is missing"},
		"two entries exchanged": {func(b [][]byte) [][]byte { b[1], b[2] = b[2], b[1]; return b }, "entry 2 is missing"},
		"an entry slipped in":   {func(b [][]byte) [][]byte { return slices.Insert(b, 1, b[0]) }, "goes on with entry 1"},
		"an unreadable entry": {func(b [][]byte) [][]byte {
			return line(b, 0, func(l []byte) []byte { return append([]byte("x"), l...) })
		}, "entry 1 in"},
		"zeros in an entry":          {func(b [][]byte) [][]byte { return line(b, 3, func(l []byte) []byte { l[9] = 0; return l }) }, "entry 4 in"},
		"a last entry cut in half":   {func(b [][]byte) [][]byte { return line(b, 4, func(l []byte) []byte { return l[:20] }) }, "entry 5 in"},
		"a last entry with a change": {func(b [][]byte) [][]byte { return line(b, 4, func(l []byte) []byte { l[9]++; return l }) }, "entry 5 in"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			l, dir := filled(t, 5)
			must(t, l.Close())
			path := filepath.Join(dir, l.parts[0].name)
			b, err := os.ReadFile(path)
			must(t, err)
			lines := test.change(bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")))
			forged := append(bytes.Join(lines, []byte("\n")), '\n')
			if len(lines) == 0 {
				forged = nil
			}
			must(t, os.WriteFile(path, forged, 0o600))
			_, err = open(t, dir)
			if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(fmt.Sprint(err), test.want) || !strings.Contains(fmt.Sprint(err), "from a backup") {
				t.Errorf("error = %v, want %q", err, test.want)
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, forged) {
				t.Error("the file was changed by looking at it")
			}
		})
	}
}

func TestAMissingFileOfEntriesIsNamed(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 6, small)
	must(t, l.Close())
	second := l.parts[1]
	must(t, os.Remove(filepath.Join(dir, second.name)))
	_, err := open(t, dir, small)
	if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), fmt.Sprintf("entry %d is missing", second.first)) {
		t.Errorf("error = %v, want entry %d missing", err, second.first)
	}
}

func TestTamperingBehindAnOpenLedgerIsFoundByVerify(t *testing.T) {
	t.Parallel()
	l, dir := filled(t, 5)
	path := filepath.Join(dir, l.parts[0].name)
	b, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, bytes.Replace(b, []byte(`"id":3`), []byte(`"id":9`), 1), 0o600))
	if err := l.Verify(t.Context()); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "entry 4 in") {
		t.Errorf("verify = %v, want entry 4 named", err)
	}
	if _, err := l.Entry(4); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("entry 4 = %v, want invalid", err)
	}
}

// A forger who rewrites lines, hashes and all is found by whoever noted a head.
func TestALedgerRewrittenFromTheGroundUpDoesNotExtendTheOldHead(t *testing.T) {
	t.Parallel()
	l, _ := filled(t, 4)
	old, err := l.Head()
	must(t, err)
	must(t, l.Extends(old))
	must(t, l.Extends(Head{}))
	_, err = l.Append(t.Context(), Look, "more")
	must(t, err)
	must(t, l.Extends(old))
	forged, _ := filled(t, 3)
	if err := forged.Extends(old); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "entries are missing") {
		t.Errorf("a shorter one: %v", err)
	}
	_, err = forged.Append(t.Context(), Look, "other")
	must(t, err)
	if err := forged.Extends(old); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "rewritten") {
		t.Errorf("another one: %v", err)
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
