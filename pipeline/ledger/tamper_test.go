package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"probity/pipeline/evidence"
)

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
