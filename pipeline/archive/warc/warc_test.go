package warc_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

func record(name, block string) warc.Record {
	return warc.Record{Fields: []warc.Field{{Name: "WARC-Type", Value: name}, {Name: "X-Empty", Value: ""}}, Block: []byte(block)}
}

func file(t testing.TB, records ...warc.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	var w warc.Writer
	for _, r := range records {
		if err := w.Append(&b, r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// member is one gzip member of any text.
func member(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}

func TestRecordsComeOutAsTheyWentInWithTheirOffsets(t *testing.T) {
	want := []warc.Record{record("a", "first"), record("b", ""), record("c", "\r\n\r\nWARC/1.1\r\n\r\n")}
	b := file(t, want...)
	r := warc.NewReader(bytes.NewReader(b), 1000)
	at := int64(1000)
	for _, w := range want {
		got, err := r.Next(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Type() != w.Type() || !bytes.Equal(got.Block, w.Block) || got.Offset != at || got.Get("warc-block-digest") != warc.Digest(w.Block) {
			t.Errorf("got %+v, want %+v at %d", got, w, at)
		}
		if !slices.Equal(got.Fields[:2], w.Fields) {
			t.Errorf("fields %v, want %v", got.Fields, w.Fields)
		}
		at += got.Length
		alone, err := warc.NewReader(bytes.NewReader(b[got.Offset-1000:at-1000]), 0).Next(nil)
		if err != nil || !bytes.Equal(alone.Block, w.Block) {
			t.Errorf("a member by itself: %q, %v", alone.Block, err)
		}
	}
	if _, err := r.Next(nil); !errors.Is(err, io.EOF) || at != int64(1000+len(b)) {
		t.Errorf("at the end %v at %d", err, at)
	}
}

func TestABlockThatIsNotWantedIsPassedOver(t *testing.T) {
	r := warc.NewReader(bytes.NewReader(file(t, record("a", "x"), record("b", "y"))), 0)
	want := func(r warc.Record) bool { return r.Type() == "b" }
	if a, err := r.Next(want); err != nil || a.Block != nil || a.Type() != "a" {
		t.Errorf("got %+v, %v, want a without a block", a, err)
	}
	if b, err := r.Next(want); err != nil || string(b.Block) != "y" {
		t.Errorf("got %+v, %v, want b", b, err)
	}
}

func TestAFieldWithALineBreakIsNotWritten(t *testing.T) {
	r := warc.Record{Fields: []warc.Field{{Name: "WARC-Target-URI", Value: "a\r\nWARC-Type: response"}}}
	if err := new(warc.Writer).Append(io.Discard, r); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("append = %v, want invalid", err)
	}
}

func TestEveryCutIsTornAndSaysWhere(t *testing.T) {
	b := file(t, record("a", "first"), record("b", strings.Repeat("second ", 50)))
	first, _ := warc.NewReader(bytes.NewReader(b), 0).Next(nil)
	for cut := first.Length + 1; cut < int64(len(b)); cut++ {
		r := warc.NewReader(bytes.NewReader(b[:cut]), 0)
		_, _ = r.Next(nil)
		_, err := r.Next(nil)
		if !errors.Is(err, warc.ErrTorn) || !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "offset") {
			t.Fatalf("cut at %d: %v, want torn", cut, err)
		}
	}
}

func TestDamageIsInvalidAndNeverTorn(t *testing.T) {
	head := "WARC/1.1\r\nWARC-Type: a\r\n"
	for name, text := range map[string]string{
		"another version":           "WARC/0.9\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
		"no length":                 head + "\r\n\r\n\r\n",
		"a length that is none":     head + "Content-Length: x\r\n\r\n\r\n\r\n",
		"a negative length":         head + "Content-Length: -1\r\n\r\n\r\n\r\n",
		"a length beyond measure":   head + "Content-Length: 99999999999\r\n\r\n\r\n\r\n",
		"a block that is shorter":   head + "Content-Length: 100\r\n\r\nshort\r\n\r\n",
		"a block that is longer":    head + "Content-Length: 1\r\n\r\nlonger\r\n\r\n",
		"no empty lines behind":     head + "Content-Length: 1\r\n\r\nx",
		"two records in a member":   head + "Content-Length: 0\r\n\r\n\r\n\r\n" + head,
		"a line without a name":     head + "nothing\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
		"a header without an end":   head + strings.Repeat("X: y\r\n", 10),
		"a header beyond measure":   head + "X: " + strings.Repeat("y", 2<<20) + "\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
		"fields beyond measure":     head + strings.Repeat("X: y\r\n", 300) + "Content-Length: 0\r\n\r\n\r\n\r\n",
		"another digest":            head + "WARC-Block-Digest: " + warc.Digest([]byte("y")) + "\r\nContent-Length: 1\r\n\r\nx\r\n\r\n",
		"nothing in it":             "",
		"a block that is no record": "hello",
	} {
		_, err := warc.NewReader(bytes.NewReader(member(text)), 0).Next(nil)
		if !errors.Is(err, evidence.ErrInvalid) || errors.Is(err, warc.ErrTorn) {
			t.Errorf("%s: %v, want invalid and not torn", name, err)
		}
	}
	if _, err := warc.NewReader(strings.NewReader("plain text, no gzip"), 7).Next(nil); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "offset 7") {
		t.Errorf("no gzip: %v, want invalid at offset 7", err)
	}
}

func TestAFoldedLineIsOneValue(t *testing.T) {
	r, err := warc.NewReader(bytes.NewReader(member("WARC/1.0\r\nX: a\r\n  b\r\nContent-Length: 0\r\n\r\n\r\n\r\n")), 0).Next(nil)
	if err != nil || r.Get("x") != "a b" {
		t.Errorf("got %q, %v, want a b", r.Get("x"), err)
	}
}

func TestAnErrorOfTheDiskIsNoDamage(t *testing.T) {
	broken := errors.New("input/output error")
	b := file(t, record("a", strings.Repeat("x", 100)))
	r := warc.NewReader(io.MultiReader(bytes.NewReader(b[:20]), failing{broken}), 0)
	if _, err := r.Next(nil); !errors.Is(err, broken) || errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("next = %v, want the disk's error", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReader(f *testing.F) {
	f.Add(file(f, record("a", "first"), record("b", "second")))
	f.Add(member("WARC/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"))
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := warc.NewReader(bytes.NewReader(b), 0)
		for end := int64(0); ; {
			rec, err := r.Next(nil)
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, evidence.ErrInvalid) {
					t.Errorf("error %v is of no kind", err)
				}
				return
			}
			if rec.Offset != end || rec.Length <= 0 {
				t.Fatalf("record at %d+%d after %d", rec.Offset, rec.Length, end)
			}
			end += rec.Length
		}
	})
}
