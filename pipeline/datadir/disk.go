package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"probity/pipeline/evidence"
)

// Free returns how many bytes this user may still write at path.
func Free(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("ask for free space on %s: %w", path, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// Full marks err as evidence.ErrUnavailable, with advice, where it says that
// the disk of path is full (ENOSPC, EDQUOT); any other error it returns as it is.
func Full(path string, err error) error {
	if err == nil || !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	return FullError(path, err)
}

// FullError is the error for a full disk, whatever was the sign of it.
func FullError(path string, err error) error {
	left := "unknown"
	if free, ferr := Free(nearest(path)); ferr == nil {
		left = fmt.Sprintf("%d MiB", free>>20)
	}
	return fmt.Errorf("%w: the disk is full: free space on the disk of %s (%s left), then start again; nothing kept before is lost: %w",
		evidence.ErrUnavailable, path, left, err)
}

// nearest is path, or its closest parent that exists.
func nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// WriteFile writes a file so that after a crash there is either all of it or
// what stood there before: beside it, synced, renamed, directory synced.
func WriteFile(path string, b []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.new")
	if err != nil {
		return Full(dir, fmt.Errorf("write %s: %w", path, err))
	}
	err = fill(f, b)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return Full(dir, fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name()))))
	}
	return SyncDir(dir)
}

func fill(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// SyncDir makes what was created, renamed or removed in dir last.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return Full(dir, fmt.Errorf("sync directory %s: %w", dir, err))
	}
	return nil
}
