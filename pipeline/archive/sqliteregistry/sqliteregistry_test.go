package sqliteregistry_test

import (
	"path/filepath"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/registrytest"
	"probity/pipeline/archive/sqliteregistry"
	"probity/pipeline/sqlitedb"
)

func TestConformance(t *testing.T) {
	registrytest.Run(t, func(t *testing.T) archive.Registry {
		db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "registry.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		r, err := sqliteregistry.Open(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return r
	})
}
