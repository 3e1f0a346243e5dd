package s3archive_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/archive/sqliteregistry"
	"probity/pipeline/evidence"
)

// notice is a page of about 25 KB as such registers have them.
func notice(n int) evidence.Exchange {
	var b strings.Builder
	for i := range 250 {
		b.WriteString("<tr><td>深圳市某某贸易有限公司" + strconv.Itoa(n*7919+i*104729) + "</td><td>深市监罚〔2026〕" + strconv.Itoa(n*31+i) + "号</td></tr>\n")
	}
	return archivetest.Exchange(n, "https://example.example/"+strconv.Itoa(n), b.String())
}

// BenchmarkOpen opens the pages of a sent segment one after the other: from
// the disk of the crawler that kept them, from S3 a request a page, and from
// S3 in blocks; the registry is SQLite, then Elasticsearch.
func BenchmarkOpen(b *testing.B) {
	f := fleet{onS3(b), nil, new(clock)}
	var err error
	f.registry, err = sqliteregistry.Open(b.Context(), openDB(b, filepath.Join(b.TempDir(), "registry.db")))
	must(b, err)
	a := f.open(b, crawler(b, func(o *s3archive.Options) { o.KeepSent = true }))
	const pages = 1000
	ids := make([]string, pages)
	for n := range pages {
		e := notice(n)
		ids[n] = e.Capture.ID
		_, err := a.Keep(b.Context(), e)
		must(b, err)
	}
	must(b, a.Commit(b.Context(), ids...))
	must(b, a.Flush(b.Context()))
	read := func(name string, a archive.Archive, store *counting) {
		b.Run(name, func(b *testing.B) {
			n, before := 0, int64(0)
			if store != nil {
				before = store.n.Load()
			}
			for b.Loop() {
				if _, err := a.Open(b.Context(), ids[n%pages]); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "pages/s")
			if store != nil {
				b.ReportMetric(float64(store.n.Load()-before)/float64(n), "requests/page")
			}
		})
	}
	read("local", a, nil)
	store := &counting{Store: f.store}
	f.store = store
	read("S3, a request a page", f.open(b, func(o *s3archive.Options) { o.ReadAhead = 1 }), store)
	read("S3, in blocks", f.open(b, func(o *s3archive.Options) { o.Cache = 2 << 20 }), store)
	f.registry = onElasticsearch(b)
	must(b, f.open(b).Reindex(b.Context()))
	read("S3, in blocks, registry on Elasticsearch", f.open(b, func(o *s3archive.Options) { o.Cache = 2 << 20 }), store)
}
