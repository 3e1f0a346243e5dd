package coding_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"probity/pipeline/archive/coding"
	"probity/pipeline/evidence"
)

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func zstded(b []byte) []byte {
	z, _ := zstd.NewWriter(nil)
	return z.EncodeAll(b, nil)
}

func brotlied(b []byte) []byte {
	var out bytes.Buffer
	w := brotli.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func TestListKeepsTheOrderAndDropsIdentity(t *testing.T) {
	got := coding.List("GZip , identity", "", "zstd")
	if !slices.Equal(got, []string{"gzip", "zstd"}) {
		t.Errorf("list = %q", got)
	}
}

func TestDecode(t *testing.T) {
	body := []byte(strings.Repeat("信用", 1000))
	for _, c := range []struct {
		name    string
		raw     []byte
		codings []string
		limit   int64
		want    []byte // nil: refused
	}{
		{"nothing to undo", body, nil, 10, body},
		{"gzip", zipped(body), []string{"gzip"}, 1 << 20, body},
		{"x-gzip is gzip", zipped(body), []string{"x-gzip"}, 1 << 20, body},
		{"zstd", zstded(body), []string{"zstd"}, 1 << 20, body},
		{"br", brotlied(body), []string{"br"}, 1 << 20, body},
		{"br that ends early", brotlied(body)[:10], []string{"br"}, 1 << 20, nil},
		{"br with something behind it", append(brotlied(body), "x"...), []string{"br"}, 1 << 20, nil},
		{"zstd that ends early", zstded(body)[:10], []string{"zstd"}, 1 << 20, nil},
		{"the last coding is undone first", zstded(zipped(body)), []string{"gzip", "zstd"}, 1 << 20, body},
		{"exactly the limit", zipped(body), []string{"gzip"}, int64(len(body)), body},
		{"one byte beyond the limit", zipped(body), []string{"gzip"}, int64(len(body)) - 1, nil},
		{"a bomb within a bomb", zipped(zipped(make([]byte, 10<<20))), []string{"gzip", "gzip"}, 1 << 20, nil},
		{"a bomb that is small again at its end", brotlied(zipped(body)), []string{"gzip", "br"}, 1 << 20, body},
		{"an empty body, whatever the header says", []byte{}, []string{"gzip"}, 10, []byte{}},
		{"a stream that ends early", zipped(body)[:30], []string{"gzip"}, 1 << 20, nil},
		{"a damaged stream", append([]byte("x"), zipped(body)...), []string{"gzip"}, 1 << 20, nil},
		{"an unknown coding", body, []string{"rot13"}, 1 << 20, nil},
		{"codings beyond measure", body, []string{"gzip", "gzip", "gzip"}, 1 << 20, nil},
	} {
		got, err := coding.Decode(c.raw, c.codings, c.limit)
		switch {
		case c.want == nil && !errors.Is(err, evidence.ErrInvalid):
			t.Errorf("%s: %v, want invalid", c.name, err)
		case c.want != nil && (err != nil || !bytes.Equal(got, c.want)):
			t.Errorf("%s: %d bytes, %v, want %d", c.name, len(got), err, len(c.want))
		}
	}
}

// What an attacker can make the decoder hold is the body up to its limit, once
// more to join it, and the windows of two codings.
func TestABombCostsItsLimitAndNoMore(t *testing.T) {
	const limit = 8 << 20
	zeros := make([]byte, 32<<20)
	flat := zipped(zeros)
	for name, c := range map[string]struct {
		raw     []byte
		codings []string
	}{
		"gzip":         {flat, []string{"gzip"}},
		"br":           {brotlied(zeros), []string{"br"}},
		"zstd":         {zstded(zeros), []string{"zstd"}},
		"gzip in br":   {brotlied(flat), []string{"gzip", "br"}},
		"gzip in gzip": {zipped(flat), []string{"gzip", "gzip"}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := coding.Decode(c.raw, c.codings, limit)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, coding.ErrLarge) || !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("%s: %v, want large", name, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > limit+24<<20 {
			t.Errorf("%s: %d bytes were taken for a limit of %d", name, got, limit)
		}
	}
}

func TestGatherTakesWhatComesWhateverWasPromised(t *testing.T) {
	for _, n := range []int{0, 1, 4095, 4096, 4097, 1 << 20, 5<<20 + 7} {
		want := bytes.Repeat([]byte("x"), n)
		for _, promised := range []int64{0, 1, int64(n), 1 << 40, -1} {
			for _, r := range []io.Reader{bytes.NewReader(want), iotest.OneByteReader(bytes.NewReader(want[:min(n, 9000)])), iotest.DataErrReader(bytes.NewReader(want))} {
				got, err := coding.Gather(r, int64(n), promised)
				if err != nil || len(got) != n && len(got) != 9000 {
					t.Fatalf("%d bytes, promised %d: %d, %v", n, promised, len(got), err)
				}
			}
			if n > 0 {
				if _, err := coding.Gather(bytes.NewReader(want), int64(n)-1, promised); !errors.Is(err, coding.ErrLarge) {
					t.Errorf("%d bytes: %v, want large", n, err)
				}
			}
		}
	}
	if _, err := coding.Gather(iotest.ErrReader(io.ErrUnexpectedEOF), 10, 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error = %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(brotlied([]byte("x")), "br")
	f.Add(brotlied(zipped([]byte("x"))), "gzip, br")
	f.Add(zipped([]byte("x")), "gzip")
	f.Add(zstded([]byte("x")), "zstd")
	f.Add([]byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1}, "deflate")
	f.Fuzz(func(t *testing.T, raw []byte, codings string) {
		out, err := coding.Decode(raw, coding.List(codings), 1<<16)
		if err == nil && len(coding.List(codings)) > 0 && len(out) > 1<<16 {
			t.Errorf("%d bytes", len(out))
		}
	})
}
