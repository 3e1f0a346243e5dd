package warcfiles_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// page is about 25 KB of what such pages are like.
func page(n int64) string {
	return strings.Repeat("<tr><td>深圳市某某贸易有限公司</td><td>深市监罚〔2026〕"+strings.Repeat("第", int(n%7)+1)+"号</td></tr>\n", 250)
}

func exchange(n int64) evidence.Exchange {
	return archivetest.Exchange(int(n), "https://example.example/"+string(rune('a'+n%26)), page(n)+strconv.FormatInt(n, 10))
}

// BenchmarkKeep keeps pages one after the other, and eight at once.
func BenchmarkKeep(b *testing.B) {
	b.Run("one at a time", func(b *testing.B) {
		a := newPlace(b).open(b)
		n := int64(0)
		for b.Loop() {
			n++
			if _, err := a.Keep(b.Context(), exchange(n)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("eight at once", func(b *testing.B) {
		a := newPlace(b).open(b)
		var n atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := a.Keep(b.Context(), exchange(n.Add(1))); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkYardstick only compresses the same bytes, writes and syncs them:
// what Keep can at best be as fast as.
func BenchmarkYardstick(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "yardstick"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var w warc.Writer
	n := int64(0)
	for b.Loop() {
		n++
		e := exchange(n)
		var buf bytes.Buffer
		for _, block := range [][]byte{e.Request, append(e.Response, e.Raw...), []byte("{}")} {
			if err := w.Append(&buf, warc.Record{Block: block}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := f.Write(buf.Bytes()); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
