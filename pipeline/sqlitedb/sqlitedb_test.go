package sqlitedb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func open(t *testing.T) *sqlitedb.DB {
	t.Helper()
	// A name that means something in a URL must mean nothing here.
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "a b?c#d%20.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, db.Define(t.Context(), `CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;
		CREATE INDEX IF NOT EXISTS things_n ON things (n)`))
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(ctx context.Context, db *sqlitedb.DB, name string, n int) error {
	return db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO things (name, n) VALUES (?, ?)`, name, n)
		return err
	})
}

func count(t *testing.T, db *sqlitedb.DB) (n int) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM things`).Scan(&n)
	}))
	return n
}

func TestWhatWriteReturnedStandsAfterOpeningAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "probity.db")
	for want := range 3 {
		db, err := sqlitedb.Open(t.Context(), path)
		must(t, err)
		must(t, db.Define(t.Context(), `CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY, n INTEGER)`))
		if n := count(t, db); n != want {
			t.Fatalf("found %d rows, want %d", n, want)
		}
		must(t, put(t.Context(), db, strings.Repeat("x", want+1), 1))
		must(t, db.Close())
	}
}

func TestTheFileIsSetUpToSurviveAPowerCut(t *testing.T) {
	db := open(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "busy_timeout": "10000"} {
		for verb, run := range map[string]func(context.Context, func(*sqlitedb.Tx) error) error{"write": db.Write, "read": db.Read} {
			var got string
			must(t, run(t.Context(), func(tx *sqlitedb.Tx) error {
				return tx.QueryRow(t.Context(), "PRAGMA "+pragma).Scan(&got)
			}))
			if got != want {
				t.Errorf("%s of the %s side is %s, want %s", pragma, verb, got, want)
			}
		}
	}
}

func TestAFailedWriteLeavesNothingAndCallsNobody(t *testing.T) {
	db, called := open(t), 0
	boom := errors.New("boom")
	for _, fail := range []error{boom, nil} {
		err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
			tx.OnCommit(func() { called++ })
			if _, err := tx.Exec(t.Context(), `INSERT INTO things VALUES ('a', 1)`); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatalf("write = %v, want %v", err, fail)
		}
	}
	if count(t, db) != 1 || called != 1 {
		t.Errorf("%d rows and %d calls, want one of each", count(t, db), called)
	}
}

func TestAPanicInAWriteLeavesNothingAndTheWriterFree(t *testing.T) {
	db := open(t)
	func() {
		defer func() { _ = recover() }()
		_ = db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
			_, _ = tx.Exec(t.Context(), `INSERT INTO things VALUES ('a', 1)`)
			panic("boom")
		})
	}()
	must(t, put(t.Context(), db, "b", 1))
	if n := count(t, db); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestAReadSeesOneStateWhileWritersGoOn(t *testing.T) {
	db := open(t)
	must(t, db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		for i, name := range []string{"a", "b"} {
			var n int
			if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM things`).Scan(&n); err != nil || n != 0 {
				t.Errorf("look %d: %d rows, %v, want none", i, n, err)
			}
			must(t, put(t.Context(), db, name, i))
		}
		return nil
	}))
	if n := count(t, db); n != 2 {
		t.Errorf("%d rows afterwards, want 2", n)
	}
}

func TestAReadMayNotWrite(t *testing.T) {
	db := open(t)
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO things VALUES ('a', 1)`)
		return err
	})
	if err == nil || count(t, db) != 0 {
		t.Errorf("a write in a read transaction passed: %v", err)
	}
}

func TestManyWritersTakeTurnsAcrossHandlesOfOneFile(t *testing.T) {
	db := open(t)
	other, err := sqlitedb.Open(t.Context(), db.Path())
	must(t, err)
	defer func() { must(t, other.Close()) }()
	must(t, put(t.Context(), db, "sum", 0))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			d := []*sqlitedb.DB{db, other}[i%2]
			err := d.Write(t.Context(), func(tx *sqlitedb.Tx) error {
				var n int
				if err := tx.QueryRow(t.Context(), `SELECT n FROM things WHERE name = 'sum'`).Scan(&n); err != nil {
					return err
				}
				_, err := tx.Exec(t.Context(), `UPDATE things SET n = ? WHERE name = 'sum'`, n+1)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int
	must(t, db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT n FROM things`).Scan(&n)
	}))
	if n != 20 {
		t.Errorf("sum is %d, want 20: an update was lost", n)
	}
}

func TestErrorsSayWhatTheReceiverShouldDo(t *testing.T) {
	db := open(t)
	must(t, put(t.Context(), db, "a", 1))
	if err := put(t.Context(), db, "a", 2); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("a key taken: %v, want a conflict", err)
	}
	var n int
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT n FROM things WHERE name = 'b'`).Scan(&n)
	})
	if !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("no row: %v, want not found", err)
	}
	err = db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		if err := tx.QueryRow(t.Context(), `PRAGMA max_page_count = 8`).Scan(&n); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO things VALUES (?, 1)`, strings.Repeat("x", 1<<20))
		return err
	})
	if !errors.Is(err, evidence.ErrUnavailable) || !strings.Contains(err.Error(), "free space on the disk of "+db.Path()) {
		t.Errorf("a full disk: %v, want unavailable, with advice", err)
	}
	if n := count(t, db); n != 1 {
		t.Errorf("%d rows after a full disk, want the 1 of before", n)
	}
}

func TestAFileThatIsNoDatabaseIsRefusedWithAdvice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "probity.db")
	must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600))
	db, err := sqlitedb.Open(t.Context(), path)
	if err == nil {
		_ = db.Close()
		t.Fatal("it was opened")
	}
	if !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "probity rebuild") || !strings.Contains(err.Error(), path) {
		t.Errorf("error %q, want one that names the file and `probity rebuild`", err)
	}
}

func TestEachStopsAtTheFirstErrorAndLetsTheTransactionBeUsedInside(t *testing.T) {
	db := open(t)
	for i, name := range []string{"a", "b", "c"} {
		must(t, put(t.Context(), db, name, i))
	}
	enough := errors.New("enough")
	seen := 0
	err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.Each(t.Context(), `SELECT name FROM things ORDER BY n DESC`, nil, func(r *sqlitedb.Rows) error {
			var name string
			if err := r.Scan(&name); err != nil {
				return err
			}
			if seen++; seen == 2 {
				return enough
			}
			_, err := tx.Exec(t.Context(), `UPDATE things SET n = n + 10 WHERE name = ?`, name)
			return err
		})
	})
	if !errors.Is(err, enough) || seen != 2 {
		t.Errorf("saw %d rows and %v, want 2 and enough", seen, err)
	}
}

func BenchmarkWrite(b *testing.B) {
	db, err := sqlitedb.Open(b.Context(), filepath.Join(b.TempDir(), "b.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Define(b.Context(), `CREATE TABLE things (name INTEGER PRIMARY KEY, n INTEGER)`); err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		i++
		err := db.Write(b.Context(), func(tx *sqlitedb.Tx) error {
			_, err := tx.Exec(b.Context(), `INSERT INTO things VALUES (?, 1)`, i)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// A context that ends while a transaction begins leaves none open behind it.
func TestAReaderThatIsToldToStopLeavesItsSessionUsable(t *testing.T) {
	db := open(t)
	for i := range 3000 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { cancel(); close(done) }()
		err := db.Read(ctx, func(*sqlitedb.Tx) error { return nil })
		<-done
		if err != nil && !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "interrupted") {
			t.Fatalf("read %d = %v, want none, or that it was told to stop", i, err)
		}
	}
	must(t, put(t.Context(), db, "a", 1))
}
