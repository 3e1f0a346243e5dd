package coding_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"slices"
	"strings"
	"testing"

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
		{"the last coding is undone first", zstded(zipped(body)), []string{"gzip", "zstd"}, 1 << 20, body},
		{"exactly the limit", zipped(body), []string{"gzip"}, int64(len(body)), body},
		{"one byte beyond the limit", zipped(body), []string{"gzip"}, int64(len(body)) - 1, nil},
		{"a bomb within a bomb", zipped(zipped(make([]byte, 10<<20))), []string{"gzip", "gzip"}, 1 << 20, nil},
		{"an empty body, whatever the header says", []byte{}, []string{"gzip"}, 10, []byte{}},
		{"a stream that ends early", zipped(body)[:30], []string{"gzip"}, 1 << 20, nil},
		{"a damaged stream", append([]byte("x"), zipped(body)...), []string{"gzip"}, 1 << 20, nil},
		{"an unknown coding", body, []string{"rot13"}, 1 << 20, nil},
		{"codings beyond measure", body, []string{"gzip", "gzip", "gzip", "gzip", "gzip"}, 1 << 20, nil},
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

func FuzzDecode(f *testing.F) {
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
