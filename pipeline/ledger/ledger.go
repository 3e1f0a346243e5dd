// Package ledger keeps what cannot be derived from captures: that a run was
// opened and closed, what was looked for and not found, what a person
// decided, which evaluation was issued when and on what it rests.
//
// It is append-only. Every entry is a leaf of a Merkle tree
// (golang.org/x/mod/sumdb/tlog), whose head is kept beside the entries, so an
// entry that was changed, taken out or slipped in is found at the next
// opening. What is long or shared (declarations, sealed inputs) is kept once,
// by digest, as a blob; an entry names it.
//
// It refuses to change or remove anything, and no entry holds personal text.
package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"probity/pipeline/canon"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

const (
	entriesName = "entries.ndjson"
	blobsName   = "blobs.ndjson"
	headName    = "head.json"
	maxLine     = 64 << 20
)

// An Entry is one line of the ledger.
type Entry struct {
	Seq  int64           `json:"seq"`  // from 1
	Time time.Time       `json:"time"` // UTC
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"` // canonical JSON
}

// An Item is what is to become an entry.
type Item struct {
	Kind string
	Body any
}

// A Head names the state of the ledger: how many entries, and the root of
// their tree.
type Head struct {
	Size int64     `json:"size"`
	Root tlog.Hash `json:"root"`
}

// Options say where the ledger stands.
type Options struct {
	Dir      string
	Now      func() time.Time
	Log      *slog.Logger
	Mark     func(point string) // at commit points, for crash tests
	ReadOnly bool               // for commanders
}

// A Ledger is safe for concurrent use by one process that writes.
type Ledger struct {
	o       Options
	mu      sync.Mutex
	entries *os.File
	blobs   *os.File
	ends    []int64 // ends[i] is where entry i+1 ends
	times   []time.Time
	hashes  []tlog.Hash // stored hashes of the tree
	blobAt  map[string]span
	blobEnd int64
	dirty   bool // blobs were written and not synced
	broken  error
}

type span struct{ start, end int64 }

// Open opens the ledger and checks all of it against its head. A torn last
// line, which only a crash leaves, is cut; anything else that does not fit is
// an error that names the entry.
func Open(o Options) (*Ledger, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Mark == nil {
		o.Mark = func(string) {}
	}
	l := &Ledger{o: o, blobAt: map[string]span{}}
	if err := l.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", o.Dir, err), l.Close())
	}
	return l, nil
}

func (l *Ledger) open() (err error) {
	flag := os.O_RDWR | os.O_CREATE
	if l.o.ReadOnly {
		flag = os.O_RDONLY
	} else if err := os.MkdirAll(l.o.Dir, 0o700); err != nil {
		return datadir.Full(l.o.Dir, err)
	}
	if l.entries, err = os.OpenFile(filepath.Join(l.o.Dir, entriesName), flag, 0o600); err != nil {
		return err
	}
	if l.blobs, err = os.OpenFile(filepath.Join(l.o.Dir, blobsName), flag, 0o600); err != nil {
		return err
	}
	if err := l.lines(l.entries, l.readEntry); err != nil {
		return err
	}
	if err := l.lines(l.blobs, l.readBlob); err != nil {
		return err
	}
	return l.checkHead()
}

// lines calls each with every whole line and cuts a torn last one.
func (l *Ledger) lines(f *os.File, each func(line []byte, end int64) error) error {
	in := bufio.NewReaderSize(f, 1<<16)
	for at := int64(0); ; {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) == 0 || l.o.ReadOnly {
				return nil
			}
			l.o.Log.Warn("torn last line cut", slog.String("file", f.Name()), slog.Int64("offset", at), slog.Int("bytes", len(line)))
			return f.Truncate(at)
		}
		if err != nil {
			return err
		}
		if len(line) > maxLine {
			return fmt.Errorf("%s: %w: a line of %d bytes at offset %d", f.Name(), evidence.ErrInvalid, len(line), at)
		}
		at += int64(len(line))
		if err := each(line[:len(line)-1], at); err != nil {
			return err
		}
	}
}

func (l *Ledger) readEntry(line []byte, end int64) error {
	e, err := decode(line)
	if want := int64(len(l.ends)) + 1; err != nil || e.Seq != want {
		return fmt.Errorf("%w: entry %d is damaged or missing: restore %s from a backup", evidence.ErrInvalid, want, entriesName)
	}
	return l.grow(e, line, end)
}

func (l *Ledger) grow(e Entry, line []byte, end int64) error {
	more, err := tlog.StoredHashes(int64(len(l.ends)), line, l.reader())
	if err != nil {
		return fmt.Errorf("hash entry %d: %w", e.Seq, err)
	}
	l.hashes = append(l.hashes, more...)
	l.ends, l.times = append(l.ends, end), append(l.times, e.Time)
	return nil
}

func (l *Ledger) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = l.hashes[n]
		}
		return out, nil
	})
}

func decode(line []byte) (Entry, error) {
	var e Entry
	err := json.Unmarshal(line, &e)
	return e, err
}

// checkHead compares the tree with the head that was kept: the head may be
// behind the entries, never before them.
func (l *Ledger) checkHead() error {
	b, err := os.ReadFile(filepath.Join(l.o.Dir, headName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var kept Head
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w: restore it from a backup", headName, evidence.ErrInvalid, err)
	}
	if kept.Size > int64(len(l.ends)) {
		return fmt.Errorf("%w: entries %d to %d are missing: restore %s from a backup", evidence.ErrInvalid, len(l.ends)+1, kept.Size, entriesName)
	}
	root, err := tlog.TreeHash(kept.Size, l.reader())
	if err != nil {
		return err
	}
	if root != kept.Root {
		return fmt.Errorf("%w: some of the entries 1 to %d were changed since the head was written: restore %s from a backup", evidence.ErrInvalid, kept.Size, entriesName)
	}
	return nil
}

// Head returns the state of the ledger.
func (l *Ledger) Head() (Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head()
}

func (l *Ledger) head() (Head, error) {
	root, err := tlog.TreeHash(int64(len(l.ends)), l.reader())
	return Head{int64(len(l.ends)), root}, err
}

// At returns the position as of an instant: the last entry that was made by
// then, 0 if there was none.
func (l *Ledger) At(t time.Time) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(sort.Search(len(l.times), func(i int) bool { return l.times[i].After(t) }))
}

// Close closes the files.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = errors.New("the ledger is closed")
	var problems []error
	for _, f := range []*os.File{l.entries, l.blobs} {
		if f != nil {
			problems = append(problems, f.Close())
		}
	}
	l.entries, l.blobs = nil, nil
	return errors.Join(problems...)
}

// Scan calls each with every entry from a position on, in order.
func (l *Ledger) Scan(ctx context.Context, from int64, each func(Entry) error) error {
	for seq := max(from, 1); ctx.Err() == nil; seq++ {
		e, err := l.Entry(seq)
		if errors.Is(err, evidence.ErrNotFound) {
			return nil
		}
		if err == nil {
			err = each(e)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Entry returns the entry at a position.
func (l *Ledger) Entry(seq int64) (Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq < 1 || seq > int64(len(l.ends)) {
		return Entry{}, fmt.Errorf("ledger entry %d: %w", seq, evidence.ErrNotFound)
	}
	var start int64
	if seq > 1 {
		start = l.ends[seq-2]
	}
	line := make([]byte, l.ends[seq-1]-start-1)
	if _, err := l.entries.ReadAt(line, start); err != nil {
		return Entry{}, fmt.Errorf("ledger entry %d: %w", seq, err)
	}
	return decode(line)
}

// canonical writes an entry as its line.
func canonical(e Entry) ([]byte, error) {
	b, err := canon.JSON(e)
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
