package s3archive_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/archive/sqliteregistry"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
	"probity/pipeline/sqlitedb"
)

// A child of this test keeps and sends until it is killed at a mark.
const childVar = "PROBITY_TEST_S3ARCHIVE_CHILD"

// place opens the archive of a crawler whose disk, store and registry stand in dir.
func place(ctx context.Context, dir string, change func(*s3archive.Options)) (*s3archive.Archive, error) {
	store, err := objects.Open(objects.Settings{Folder: filepath.Join(dir, "objects")})
	if err != nil {
		return nil, err
	}
	db, err := sqlitedb.Open(ctx, filepath.Join(dir, "crawl.db"))
	if err != nil {
		return nil, err
	}
	registry, err := sqliteregistry.Open(ctx, db)
	if err != nil {
		return nil, err
	}
	o := s3archive.Options{Store: store, Registry: registry, Now: new(clock).now, Dir: filepath.Join(dir, "archive"), DB: db, Grace: 1, MaxSize: 3000}
	change(&o)
	return s3archive.Open(ctx, o)
}

func TestChild(t *testing.T) {
	said := os.Getenv(childVar)
	if said == "" {
		t.Skip("not here: it is the child of TestNothingIsLostByAKillAtAnyPoint")
	}
	var dir, mark string
	var nth int
	_, err := fmt.Sscan(said, &dir, &mark, &nth)
	must(t, err)
	kept, err := os.OpenFile(filepath.Join(dir, "kept"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	clock := new(clock)
	a, err := place(t.Context(), dir, func(o *s3archive.Options) {
		o.Now = clock.now
		o.Mark = func(point string) {
			if point == mark {
				if nth--; nth == 0 {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
			}
		}
	})
	must(t, err)
	for n := range 12 {
		e := page(n, strconv.Itoa(n%5))
		_, err := a.Keep(t.Context(), e)
		must(t, err)
		if n%3 != 2 {
			must(t, a.Commit(t.Context(), e.Capture.ID))
		}
		_, err = fmt.Fprintln(kept, e.Capture.ID, n%3 != 2)
		must(t, err)
		if n%4 == 3 {
			must(t, a.Flush(t.Context()))
			clock.add(1)
			must(t, a.Tend(t.Context()))
		}
	}
	for n := range 12 {
		if n%3 == 2 && n < 6 {
			must(t, a.Commit(t.Context(), page(n, "").Capture.ID))
		}
	}
	clock.add(1)
	must(t, a.Tend(t.Context()))
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func TestNothingIsLostByAKillAtAnyPoint(t *testing.T) {
	for _, mark := range []string{"warc_append", "warc_sync", "warc_seal", "s3_warc", "s3_index", "s3_register", "s3_sent", "warc_drop", "never"} {
		for _, nth := range []int{1, 2} {
			t.Run(fmt.Sprint(mark, nth), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
				cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d", childVar, dir, mark, nth))
				if out, err := cmd.CombinedOutput(); !strings.Contains(fmt.Sprint(err), "killed") {
					t.Fatalf("the child ended by itself: %v\n%s", err, out)
				}
				inspect(t, dir)
			})
		}
	}
}

// inspect opens what a killed process left, and holds it against what the
// process said.
func inspect(t *testing.T, dir string) {
	t.Helper()
	adopted := map[string]int{}
	a, err := place(t.Context(), dir, func(o *s3archive.Options) {
		o.Adopt = func(_ context.Context, c evidence.Capture, _ archive.Location) error { adopted[c.ID]++; return nil }
	})
	must(t, err)
	t.Cleanup(func() { _ = a.Close() })
	must(t, a.Flush(t.Context()))
	seen := map[string]int{}
	must(t, a.Verify(t.Context(), func(c evidence.Capture, _ archive.Location) error { seen[c.ID]++; return nil }))
	said, err := os.ReadFile(filepath.Join(dir, "kept"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(said)) {
		id, committed, _ := strings.Cut(strings.TrimSpace(line), " ")
		if seen[id] != 1 {
			t.Errorf("capture %s is there %d times", id, seen[id])
		}
		if committed == "true" && adopted[id] > 0 {
			t.Errorf("capture %s was committed and adopted all the same", id)
		}
	}
	for id, n := range seen {
		if n != 1 || adopted[id] > 1 {
			t.Errorf("capture %s is there %d times and was adopted %d times", id, n, adopted[id])
		}
	}
	if n := a.Unsent(); n != 0 {
		t.Errorf("%d bytes were not sent", n)
	}
	must(t, a.Tend(t.Context()))
}
