package ledger

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

const (
	partHead = "entries-" // and the seq of the first entry, in twelve digits
	partTail = ".ndjson"
	treeName = "hashes"
	blobName = "blobs.ndjson"
)

func (l *Ledger) open() error {
	if !l.o.ReadOnly {
		if err := os.MkdirAll(l.o.Dir, 0o700); err != nil {
			return err
		}
	}
	if err := l.openBlobs(); err != nil {
		return err
	}
	kept, err := readTree(filepath.Join(l.o.Dir, treeName))
	if err != nil {
		return err
	}
	if err := l.list(); err != nil {
		return err
	}
	for i := range l.parts {
		if err := l.load(i, kept); err != nil {
			return err
		}
	}
	if kept.n > l.tree.n && !l.o.ReadOnly {
		return fmt.Errorf("%w: entry %d is missing: there are %d entries and the tree has %d leaves; restore the files from a backup",
			evidence.ErrInvalid, l.tree.n+1, l.tree.n, kept.n)
	}
	if l.o.ReadOnly {
		return nil
	}
	return l.reopen(len(kept.hashes))
}

// list finds the files of entries, in order.
func (l *Ledger) list() error {
	files, err := os.ReadDir(l.o.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		digits, ok := strings.CutSuffix(strings.TrimPrefix(f.Name(), partHead), partTail)
		if !ok || !strings.HasPrefix(f.Name(), partHead) {
			continue
		}
		first, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: the file %s has no number in its name; move it away", evidence.ErrInvalid, f.Name())
		}
		l.parts = append(l.parts, part{name: f.Name(), first: first})
	}
	slices.SortFunc(l.parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	return nil
}

// load reads one file of entries and compares it with the hashes that were kept.
func (l *Ledger) load(i int, kept *tree) error {
	p := &l.parts[i]
	if p.first != l.tree.n+1 {
		return missing(l.tree.n+1, p.first, p.name)
	}
	f, err := os.Open(filepath.Join(l.o.Dir, p.name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	in := bufio.NewReaderSize(f, 64<<10)
	bundle := l.tree.n // leaves before the bundle of which more is to come
	more := 0
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) && len(line) == 0 && more == 0 {
			return nil
		}
		if more == 0 {
			bundle = l.tree.n
		}
		if err == nil {
			more, err = l.take(i, line, kept)
		}
		if err != nil {
			return l.torn(i, bundle, kept, fault{line, in, err})
		}
		p.size += int64(len(line)) + 1
	}
}

// readLine returns the next line without its line break; with io.EOF, what
// stands behind the last one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		b, err := in.ReadSlice('\n')
		if len(line)+len(b) > maxLine {
			return line, fmt.Errorf("%w: a line of more than %d bytes", evidence.ErrInvalid, maxLine)
		}
		line = append(line, b...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// take takes a line as the next entry.
func (l *Ledger) take(i int, line []byte, kept *tree) (more int, err error) {
	p := &l.parts[i]
	seq := l.tree.n + 1
	e, more, err := parse(line)
	switch {
	case err != nil:
		return 0, changed(seq, p.name, err)
	case e.Seq != seq:
		return 0, missing(seq, e.Seq, p.name)
	case seq > 1 && e.Time.Before(l.times[seq-2]):
		return 0, changed(seq, p.name, fmt.Errorf("%w: it is older than the one before", evidence.ErrInvalid))
	}
	old := len(l.tree.hashes)
	added, err := l.tree.add(e.Leaf)
	if err != nil {
		return 0, err
	}
	if seq <= kept.n && !slices.Equal(added, kept.hashes[old:old+len(added)]) {
		l.tree.cut(seq - 1)
		return 0, changed(seq, p.name, fmt.Errorf("%w: its hash is not the one in the tree", evidence.ErrInvalid))
	}
	l.places, l.times = append(l.places, place{i, p.size}), append(l.times, e.Time)
	return more, nil
}

// A fault is a line that is no next entry, and what comes behind it.
type fault struct {
	line []byte
	rest io.Reader
	err  error
}

// torn cuts what a crash left behind the first n entries: half a line, half a
// bundle, pages of zeros. What the tree knows, and what a crash does not
// leave, it does not cut; that is the error.
func (l *Ledger) torn(i int, n int64, kept *tree, f fault) error {
	half := errors.Is(f.err, io.EOF)
	rest, err := io.ReadAll(io.LimitReader(f.rest, maxLine))
	switch zeros := bytes.IndexByte(append(f.line, rest...), 0) >= 0; {
	case err != nil:
		return err
	case half && kept.n > l.tree.n:
		return changed(l.tree.n+1, l.parts[i].name, fmt.Errorf("%w: its line ends early", evidence.ErrInvalid))
	case kept.n > n, !half && !zeros, i != len(l.parts)-1:
		return f.err
	}
	offset := l.parts[i].size
	if n < l.tree.n {
		offset = l.places[n].offset
	}
	path := filepath.Join(l.o.Dir, l.parts[i].name)
	l.parts[i].size = offset
	l.places, l.times = l.places[:n], l.times[:n]
	l.tree.cut(n)
	if l.o.ReadOnly {
		return nil // it is being written
	}
	l.o.Log.Warn("torn end of the ledger cut off", slog.String("file", path), slog.Int64("offset", offset), slog.Int64("entries", n))
	return os.Truncate(path, offset)
}

// reopen opens the files for adding, and writes the hashes that a crash kept
// from being written.
func (l *Ledger) reopen(kept int) (err error) {
	if l.hashes, err = os.OpenFile(filepath.Join(l.o.Dir, treeName), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	end := int64(kept) * tlog.HashSize
	if err := l.hashes.Truncate(end); err != nil {
		return err
	}
	if n := len(l.parts); n > 0 {
		if l.lines, err = os.OpenFile(filepath.Join(l.o.Dir, l.parts[n-1].name), os.O_RDWR, 0); err != nil {
			return err
		}
		if err := l.lines.Sync(); err != nil {
			return err
		}
	}
	if _, err := l.hashes.WriteAt(raw(l.tree.hashes[kept:]), end); err != nil {
		return err
	}
	if err := l.hashes.Sync(); err != nil {
		return err
	}
	return datadir.SyncDir(l.o.Dir)
}
