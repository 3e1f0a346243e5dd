package warcfiles

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// dropped is the scan_from of a file that is to be removed.
const dropped = -1

// A Segment is one file of the archive.
type Segment struct {
	Name   string // final name
	Path   string // where it stands now
	Size   int64  // bytes
	Sealed bool   // nothing is added any more
}

// Segments lists the files in the order in which they were written.
func (a *Files) Segments() ([]Segment, error) {
	list, err := a.segments()
	if err != nil {
		return nil, err
	}
	out := make([]Segment, 0, len(list))
	for _, s := range list {
		s = a.standing(s.name) // it may have been sealed since
		info, err := os.Stat(s.path)
		if err != nil {
			return nil, fmt.Errorf("list archive: %w", err)
		}
		out = append(out, Segment{Name: s.name, Path: s.path, Size: info.Size(), Sealed: !s.open})
	}
	return out, nil
}

// Walk visits the exchanges of one file in their order; of the file that is
// being written, those that are synced.
func (a *Files) Walk(ctx context.Context, name string, visit func(archive.Listed) error) error {
	a.mu.Lock()
	open, safe := a.name == name && a.file != nil, a.safe
	a.mu.Unlock()
	return a.visit(ctx, a.standing(name), open, safe, visit)
}

// SealOlder seals the open file if it holds an exchange and was begun at
// least age ago; 0 seals it in any case.
func (a *Files) SealOlder(age time.Duration) error {
	a.syncing.Lock()
	defer a.syncing.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.broken != nil:
		return a.broken
	case a.file == nil || a.end == a.head || a.o.Now().Sub(a.begun) < age:
		return nil
	}
	return a.seal()
}

// Settled reports whether every capture of a file is committed. A file that
// is not settled is what the next Open adopts from.
func (a *Files) Settled(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.pending {
		if e.File == name {
			return false
		}
	}
	return true
}

// Drop removes a sealed, settled file with its entries: it is kept elsewhere.
// evidence.ErrConflict: it is not sealed or not settled. The index forgets
// first that the file has to be there, so a crash half way neither misses it
// nor adopts from it.
func (a *Files) Drop(ctx context.Context, name string) error {
	if s := a.standing(name); s.open || !a.Settled(name) {
		return fmt.Errorf("drop archive file %s: %w: it is still written to", name, evidence.ErrConflict)
	}
	number, err := serial(name)
	if err != nil {
		return err
	}
	err = a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO archive_dropped (one, serial) VALUES (1, ?1)
			ON CONFLICT DO UPDATE SET serial = max(serial, excluded.serial)`, number)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO archive_files (file, scan_from) VALUES (?1, ?2)
				ON CONFLICT DO UPDATE SET scan_from = excluded.scan_from`, name, dropped)
		}
		if err != nil {
			return err
		}
		return forget(ctx, tx, name)
	})
	if err == nil {
		err = a.remove(ctx, name)
	}
	if err != nil {
		return fmt.Errorf("drop archive file %s: %w", name, err)
	}
	return nil
}

// remove ends what Drop began.
func (a *Files) remove(ctx context.Context, name string) error {
	a.o.Mark("warc_drop")
	if err := os.Remove(a.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := datadir.SyncDir(a.o.Dir); err != nil {
		return err
	}
	return a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM archive_files WHERE file = ?`, name)
		if err == nil {
			err = forget(ctx, tx, name) // a power cut may have brought them back
		}
		return err
	})
}
