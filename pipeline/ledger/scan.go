package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"probity/pipeline/evidence"
)

// Scan calls each with every entry from a position on, in order, checked as
// it is read, until each fails. It sees those that were there when it began.
func (l *Ledger) Scan(ctx context.Context, from int64, each func(Entry) error) error {
	return l.scan(ctx, max(from, 1), l.size(), each)
}

func (l *Ledger) size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tree.n
}

// Entry returns the entry at a position, checked.
func (l *Ledger) Entry(seq int64) (Entry, error) {
	if seq < 1 || seq > l.size() {
		return Entry{}, fmt.Errorf("ledger entry %d: %w", seq, evidence.ErrNotFound)
	}
	var found Entry
	err := l.scan(context.Background(), seq, seq, func(e Entry) error {
		found = e
		return nil
	})
	return found, err
}

// scan reads entries from one seq to another, both included.
func (l *Ledger) scan(ctx context.Context, from, to int64, each func(Entry) error) (err error) {
	var f *os.File
	defer func() {
		if f != nil {
			_ = f.Close() // read only
		}
	}()
	var in *bufio.Reader
	at := -1
	for seq := from; seq <= to; seq++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.mu.Lock()
		pl := l.places[seq-1]
		p := l.parts[pl.part]
		l.mu.Unlock()
		if pl.part != at {
			if f != nil {
				_ = f.Close() // read only
			}
			if f, err = os.Open(filepath.Join(l.o.Dir, p.name)); err != nil {
				return fmt.Errorf("read ledger: %w", err)
			}
			if _, err := f.Seek(pl.offset, io.SeekStart); err != nil {
				return fmt.Errorf("read ledger: %w", err)
			}
			in, at = bufio.NewReaderSize(f, 64<<10), pl.part
		}
		e, err := l.check(in, seq, p.name)
		if err != nil {
			return err
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// check reads a line as entry seq of the tree.
func (l *Ledger) check(in *bufio.Reader, seq int64, file string) (Entry, error) {
	line, err := readLine(in)
	if errors.Is(err, io.EOF) {
		return Entry{}, fmt.Errorf("%w: entry %d is missing: %s ends before it; restore the file from a backup", evidence.ErrInvalid, seq, file)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read ledger entry %d: %w", seq, err)
	}
	e, _, err := parse(line)
	switch {
	case err != nil:
		return e, changed(seq, file, err)
	case e.Seq != seq:
		return e, missing(seq, e.Seq, file)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tree.leaf(seq-1) != e.Leaf {
		return e, changed(seq, file, fmt.Errorf("%w: its hash is not the one in the tree", evidence.ErrInvalid))
	}
	return e, nil
}
