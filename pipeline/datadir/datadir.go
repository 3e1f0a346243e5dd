// Package datadir opens the directory in which a house keeps everything: one
// SQLite file, the archive and the ledger.
//
// A data directory has one working process and any number of commanders
// (MODEL section 5). The worker holds an operating system lock on the file
// "lock", which the kernel releases however the process ends, so a killed
// worker never leaves a directory locked. The file "format" says how the rest
// is laid out.
//
// It refuses a second worker, a directory that a newer program wrote, and a
// directory that holds somebody else's files. It runs on Unix systems only.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"probity/pipeline/evidence"
)

// Format is the version of the layout that this program writes.
const Format = 2

const (
	lockName   = "lock"
	formatName = "format"
	formatHead = "probity data "
)

// A Mode says what a process does in the directory.
type Mode int

// The modes.
const (
	Work    Mode = iota // the one process that writes; creates and upgrades the directory
	Command             // reads, and leaves commands as rows; any number of them
)

// A Dir is an open data directory.
type Dir struct {
	path string
	lock *os.File // nil for a commander
}

// An Upgrade changes a directory from one format to the next. It may be run
// again after a crash, so it must accept its own half-finished work.
type Upgrade func(path string) error

// upgrades[n] leads from format n to n+1. Format 1 is the first. In format 2
// the index keeps its facets in columns; it is a view and brings its tables up
// to date when they are opened, so there is nothing to do here but to keep
// older programs out.
func upgrades() map[int]Upgrade {
	return map[int]Upgrade{1: func(string) error { return nil }}
}

// Open opens the data directory at path. In mode Work it creates it if need
// be, takes the lock and upgrades an older format.
//
// The errors say what to do: evidence.ErrUnavailable for a directory in which
// another process works, evidence.ErrInvalid for one of a newer format or of
// somebody else, evidence.ErrNotFound for a commander's directory that is not
// there.
func Open(path string, mode Mode) (*Dir, error) {
	return open(path, mode, Format, upgrades())
}

func open(path string, mode Mode, format int, up map[int]Upgrade) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	if mode == Command {
		return command(path, format)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, Full(path, fmt.Errorf("create data directory %s: %w", path, err))
	}
	if err := ours(path); err != nil {
		return nil, err
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: lock}
	if err := d.bring(format, up); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func command(path string, format int) (*Dir, error) {
	found, err := readFormat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("open data directory %s: %w: nothing has worked there yet; start with `probity run --data %s`, or name another with --data",
			path, evidence.ErrNotFound, path)
	case err != nil:
		return nil, err
	case found < format:
		return nil, fmt.Errorf("open data directory %s: %w: it has format %d and this program reads format %d; start `probity run --data %s` once, which upgrades it",
			path, evidence.ErrInvalid, found, format, path)
	case found > format:
		return nil, newer(path, found, format)
	}
	return &Dir{path: path}, nil
}

func newer(path string, found, format int) error {
	return fmt.Errorf("open data directory %s: %w: it has format %d and this program reads format %d at most; use the newer program that wrote it, or another directory with --data",
		path, evidence.ErrInvalid, found, format)
}

// ours refuses a directory with files in it and no format file: it is not
// ours to fill.
func ours(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("open data directory %s: %w", path, err)
	}
	stranger := ""
	for _, e := range entries {
		switch {
		case e.Name() == formatName:
			return nil
		case e.Name() != lockName && !strings.HasPrefix(e.Name(), formatName+"."):
			stranger = e.Name()
		}
	}
	if stranger != "" {
		return fmt.Errorf("open data directory %s: %w: it holds %s but no file %q, so it is not a data directory; name an empty or new one with --data",
			path, evidence.ErrInvalid, stranger, formatName)
	}
	return nil
}

// bring leads the directory to format, step by step.
func (d *Dir) bring(format int, up map[int]Upgrade) error {
	found, err := readFormat(d.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return writeFormat(d.path, format)
	case err != nil:
		return err
	case found > format:
		return newer(d.path, found, format)
	}
	for v := found; v < format; v++ {
		step, ok := up[v]
		if !ok {
			return fmt.Errorf("upgrade data directory %s: %w: this program knows no way from format %d to %d; use the program that wrote it, or another directory with --data",
				d.path, evidence.ErrInvalid, v, v+1)
		}
		if err := step(d.path); err != nil {
			return Full(d.path, fmt.Errorf("upgrade data directory %s from format %d to %d: %w", d.path, v, v+1, err))
		}
		if err := writeFormat(d.path, v+1); err != nil {
			return err
		}
	}
	return nil
}

func readFormat(path string) (int, error) {
	b, err := os.ReadFile(filepath.Join(path, formatName))
	if err != nil {
		return 0, fmt.Errorf("open data directory %s: %w", path, err)
	}
	s, ok := strings.CutPrefix(strings.TrimSpace(string(b)), formatHead)
	v, err := strconv.Atoi(s)
	if !ok || err != nil || v < 1 {
		return 0, fmt.Errorf("open data directory %s: %w: its file %q does not read %q and a number; restore that file, or name another directory with --data",
			path, evidence.ErrInvalid, formatName, formatHead)
	}
	return v, nil
}

func writeFormat(path string, v int) error {
	return WriteFile(filepath.Join(path, formatName), []byte(formatHead+strconv.Itoa(v)+"\n"))
}

// Path returns the absolute path of the directory, or of what is at name in it.
func (d *Dir) Path(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// Close gives the lock back.
func (d *Dir) Close() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}
