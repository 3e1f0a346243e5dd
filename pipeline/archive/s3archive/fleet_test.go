package s3archive_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"probity/pipeline/archive"
	"probity/pipeline/archive/esregistry"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/archive/sqliteregistry"
	"probity/pipeline/elastic/elastictest"
	"probity/pipeline/objects"
	"probity/pipeline/sqlitedb"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openDB(t testing.TB, path string) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// A fleet is a store and a registry that several archives share.
type fleet struct {
	store    objects.Store
	registry archive.Registry
	clock    *clock
}

// A clock stands still until it is moved on.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(c.ns.Load()))
}
func (c *clock) add(d time.Duration) { c.ns.Add(int64(d)) }

func onFolder(t testing.TB) fleet {
	t.Helper()
	dir := t.TempDir()
	store, err := objects.Open(objects.Settings{Folder: filepath.Join(dir, "objects")})
	must(t, err)
	registry, err := sqliteregistry.Open(t.Context(), openDB(t, filepath.Join(dir, "registry.db")))
	must(t, err)
	return fleet{store, registry, new(clock)}
}

func onServers(t testing.TB) fleet {
	t.Helper()
	return fleet{onS3(t), onElasticsearch(t), new(clock)}
}

func onElasticsearch(t testing.TB) archive.Registry {
	t.Helper()
	registry, err := esregistry.Open(t.Context(), elastictest.Open(t))
	must(t, err)
	return registry
}

func onS3(t testing.TB) *objects.S3 {
	t.Helper()
	raw := os.Getenv("PROBITY_TEST_S3")
	if raw == "" {
		t.Skip("not here: PROBITY_TEST_S3 names no S3 server (http://KEY:SECRET@HOST:PORT/BUCKET); make fleet-up starts one")
	}
	s, err := objects.Parse(raw)
	must(t, err)
	s.Prefix = "test-" + uuid.NewString()
	store, err := objects.OpenS3(s)
	must(t, err)
	must(t, store.EnsureBucket(t.Context()))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_ = store.List(ctx, "", "", func(o objects.Object) error { return store.Delete(ctx, o.Key) })
	})
	return store
}

func (f fleet) options() s3archive.Options {
	return s3archive.Options{Store: f.store, Registry: f.registry, Now: f.clock.now}
}

func (f fleet) open(t testing.TB, change ...func(*s3archive.Options)) *s3archive.Archive {
	t.Helper()
	o := f.options()
	for _, c := range change {
		c(&o)
	}
	a, err := s3archive.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// crawler makes an option of a crawler in a folder of its own.
func crawler(t testing.TB, change ...func(*s3archive.Options)) func(*s3archive.Options) {
	t.Helper()
	dir := t.TempDir()
	db := openDB(t, filepath.Join(dir, "crawl.db"))
	return func(o *s3archive.Options) {
		o.Dir, o.DB, o.Software, o.Worker = filepath.Join(dir, "archive"), db, "probity/test", "Worker 1"
		for _, c := range change {
			c(o)
		}
	}
}

func (f fleet) segments(t testing.TB) (names []string) {
	t.Helper()
	must(t, f.store.List(t.Context(), "", "", func(o objects.Object) error { names = append(names, o.Key); return nil }))
	return names
}
