package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"probity/pipeline/canon"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// Append adds one entry, synced before it returns, and says where it stands.
func (l *Ledger) Append(ctx context.Context, kind string, body any) (int64, error) {
	return l.AppendAll(ctx, Item{kind, body})
}

// AppendAll adds entries as one: after a crash all of them are there or none.
// It returns the position of the first. Where a write fails the ledger stays
// as it was; after a failed sync nothing more can be added until it was
// opened again, since nobody knows what reached the disk.
func (l *Ledger) AppendAll(ctx context.Context, items ...Item) (int64, error) {
	return l.AppendIf(ctx, func() ([]Item, error) { return items, nil })
}

func (l *Ledger) refusal() error {
	switch {
	case l.broken != nil:
		return fmt.Errorf("append to ledger: %w: %w: start again", evidence.ErrUnavailable, l.broken)
	case l.o.ReadOnly:
		return fmt.Errorf("append to ledger: %w: only the working process writes", evidence.ErrForbidden)
	}
	return nil
}

// A bundle is what one AppendAll adds.
type bundle struct {
	time   time.Time
	lines  []byte
	starts []int64 // of each line, within lines
	leaves []tlog.Hash
}

func (l *Ledger) compose(items []Item) (b bundle, err error) {
	b.time = l.o.Now().UTC().Round(0)
	if n := len(l.times); n > 0 && b.time.Before(l.times[n-1]) {
		b.time = l.times[n-1] // a clock that was set back does not turn the ledger
	}
	for i, item := range items {
		body, err := canon.JSON(item.Body)
		if err != nil {
			return b, fmt.Errorf("%s: %w", item.Kind, err)
		}
		if item.Kind == "" {
			return b, fmt.Errorf("%w: an entry without a kind", evidence.ErrInvalid)
		}
		e := leaf{l.tree.n + 1 + int64(i), b.time.Format(time.RFC3339Nano), item.Kind, body, len(items) - 1 - i}
		line, h, err := e.line()
		if err != nil {
			return b, fmt.Errorf("%s: %w", item.Kind, err)
		}
		b.starts, b.leaves = append(b.starts, int64(len(b.lines))), append(b.leaves, h)
		b.lines = append(b.lines, line...)
	}
	return b, nil
}

// commit writes blobs, lines and hashes, in this order, the first two synced:
// an entry never names a blob that is not there, and hashes without their
// entries would accuse somebody.
func (l *Ledger) commit(b bundle) error {
	if l.dirty {
		if err := l.sync(l.blobs); err != nil {
			return err
		}
		l.dirty = false
	}
	if err := l.turn(); err != nil {
		return err
	}
	p := &l.parts[len(l.parts)-1]
	if err := l.put(l.lines, b.lines, p.size); err != nil {
		return err
	}
	l.o.Mark("ledger_append")
	if err := l.sync(l.lines); err != nil {
		return err
	}
	l.o.Mark("ledger_sync")
	old := len(l.tree.hashes)
	for i, h := range b.leaves {
		if _, err := l.tree.add(h); err != nil {
			l.broken = err
			return err
		}
		l.places = append(l.places, place{len(l.parts) - 1, p.size + b.starts[i]})
		l.times = append(l.times, b.time)
	}
	p.size += int64(len(b.lines))
	if err := l.put(l.hashes, raw(l.tree.hashes[old:]), int64(old)*tlog.HashSize); err != nil {
		l.broken = err // the entries stand; their hashes are written at the next opening
		return err
	}
	return nil // the hashes are synced when the ledger is closed or opened: they can be made again
}

// put writes b at an offset; what could not be written whole is taken back.
func (l *Ledger) put(f *os.File, b []byte, at int64) error {
	_, err := f.WriteAt(b, at)
	if err == nil {
		return nil
	}
	if terr := f.Truncate(at); terr != nil {
		err = errors.Join(err, terr)
		l.broken = err
	}
	return err
}

func (l *Ledger) sync(f *os.File) error {
	if err := f.Sync(); err != nil {
		l.broken = fmt.Errorf("sync %s: %w", f.Name(), err)
		return l.broken
	}
	return nil
}

// turn makes the file to add to: the last one, or another if that is full or
// there is none.
func (l *Ledger) turn() error {
	if n := len(l.parts); n > 0 && l.parts[n-1].size < l.o.MaxSize {
		return nil
	}
	next := part{name: fmt.Sprintf("%s%012d%s", partHead, l.tree.n+1, partTail), first: l.tree.n + 1}
	f, err := os.OpenFile(filepath.Join(l.o.Dir, next.name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := datadir.SyncDir(l.o.Dir); err != nil {
		return errors.Join(err, f.Close())
	}
	if l.lines != nil {
		if err := l.lines.Close(); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	l.lines, l.parts = f, append(l.parts, next)
	return nil
}
