package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"probity/pipeline/evidence"
)

// takeLock locks the directory for this process and writes its number down,
// so that whoever comes second can be told whom to look for. The lock is the
// kernel's; the number is only a note.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, Full(path, fmt.Errorf("lock data directory %s: %w", path, err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(held(path, f, err), f.Close())
	}
	if err := note(f); err != nil {
		return nil, errors.Join(Full(path, fmt.Errorf("lock data directory %s: %w", path, err)), f.Close())
	}
	return f, nil
}

func held(path string, f *os.File, cause error) error {
	if !errors.Is(cause, syscall.EWOULDBLOCK) {
		return fmt.Errorf("lock data directory %s: %w", path, cause)
	}
	var b [32]byte
	n, _ := f.ReadAt(b[:], 0)
	pid := strings.TrimSpace(string(b[:n]))
	if pid == "" {
		pid = "not noted"
	}
	return fmt.Errorf("lock data directory %s: %w: another process works there (pid %s); stop it first, send it commands instead, or name another directory with --data",
		path, evidence.ErrUnavailable, pid)
}

func note(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}
