package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"probity/pipeline/evidence"
)

func wantError(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error %v, want one that is %q", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// "A data directory has one working process and any number of commanders"
// (MODEL section 5).
func TestADirectoryHasOneWorkerAndAnyNumberOfCommanders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "data")
	d, err := Open(path, Work)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, Work)
	wantError(t, err, evidence.ErrUnavailable, path, "pid "+strconv.Itoa(os.Getpid()), "--data", "stop it")
	for range 2 {
		c, err := Open(path, Command)
		if err != nil {
			t.Fatalf("a commander was refused: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err = Open(path, Work); err != nil {
		t.Fatalf("the next worker was refused: %v", err)
	}
	if got := d.Path("archive", "x"); got != filepath.Join(path, "archive", "x") {
		t.Errorf("path = %s", got)
	}
	_ = d.Close()
}

func TestACommanderNeedsADirectoryInWhichSomebodyWorked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	_, err := Open(path, Command)
	wantError(t, err, evidence.ErrNotFound, path, "probity run")
	if _, err := os.Stat(path); err == nil {
		t.Error("the commander made the directory")
	}
}

// "It carries a format version; an older one is upgraded, a newer one
// refused" (MODEL section 5).
func TestANewerFormatIsRefusedAndBothVersionsNamed(t *testing.T) {
	path := t.TempDir()
	if err := writeFormat(path, Format+7); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []Mode{Work, Command} {
		_, err := Open(path, mode)
		wantError(t, err, evidence.ErrInvalid, path, fmt.Sprintf("format %d", Format+7), fmt.Sprintf("format %d at most", Format), "newer program")
	}
}

func TestAnOlderFormatIsUpgradedStepByStepAndAgainAfterAFailure(t *testing.T) {
	path := t.TempDir()
	if err := writeFormat(path, 1); err != nil {
		t.Fatal(err)
	}
	var steps []int
	broken := errors.New("broken")
	up := map[int]Upgrade{
		1: func(string) error { steps = append(steps, 1); return nil },
		2: func(string) error {
			if steps = append(steps, 2); len(steps) == 2 {
				return broken
			}
			return nil
		},
	}
	_, err := open(path, Command, 3, up)
	wantError(t, err, evidence.ErrInvalid, "format 1", "format 3", "upgrades")
	if _, err = open(path, Work, 3, up); !errors.Is(err, broken) || !strings.Contains(err.Error(), "from format 2 to 3") {
		t.Fatalf("error %v, want the broken step named", err)
	}
	d, err := open(path, Work, 3, up)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if fmt.Sprint(steps) != "[1 2 2]" {
		t.Errorf("steps %v, want 1, then 2 that fails, then 2 only", steps)
	}
	if v, err := readFormat(path); v != 3 || err != nil {
		t.Errorf("format %d, %v, want 3", v, err)
	}
}

func TestAFormatWithoutAWayIsRefused(t *testing.T) {
	path := t.TempDir()
	if err := writeFormat(path, 1); err != nil {
		t.Fatal(err)
	}
	_, err := open(path, Work, 2, nil)
	wantError(t, err, evidence.ErrInvalid, "from format 1 to 2")
}

func TestSomebodyElsesDirectoryIsLeftAlone(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "thesis.doc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Work)
	wantError(t, err, evidence.ErrInvalid, path, "thesis.doc", "--data")
	if entries, _ := os.ReadDir(path); len(entries) != 1 {
		t.Errorf("%d entries, want the one of before", len(entries))
	}
}

func TestAnUnreadableFormatFileIsNamed(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, formatName), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Work)
	wantError(t, err, evidence.ErrInvalid, path, `"format"`)
}

func TestAFullDiskIsSaidWithAdvice(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "/data/x", Err: syscall.ENOSPC}
	wantError(t, Full("/data/x", full), evidence.ErrUnavailable, "free space on the disk of /data/x", "MiB left", "start again")
	other := errors.New("other")
	if got := Full("/data/x", other); !errors.Is(got, other) || errors.Is(got, evidence.ErrUnavailable) {
		t.Errorf("another error became %v", got)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("not here: this system has no /dev/full")
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, Full("/", fill(f, []byte("x"))), evidence.ErrUnavailable, "free space")
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, want := range []string{"first", "second"} {
		if err := WriteFile(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(path); string(b) != want {
			t.Errorf("read %q, want %q", b, want)
		}
	}
	if err := WriteFile(filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("a file in no directory was written")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d entries, want no left-overs", len(entries))
	}
}
