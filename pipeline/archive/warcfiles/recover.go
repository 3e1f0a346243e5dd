package warcfiles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// batch is how many adopted captures are committed at once.
const batch = 100

// recover brings folder and index together: it checks that no file is missing
// or shorter than the index knows, finds what was kept and not committed,
// cuts torn tails, seals files that a killed process left open, and hands the
// found to Adopt.
func (a *Files) recover(ctx context.Context) error {
	list, err := a.segments()
	if err != nil {
		return err
	}
	known, err := a.known(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, s := range list {
		there[s.name] = true
	}
	if list, err = a.dropAll(ctx, list, known, there); err != nil {
		return err
	}
	if a.serial, err = a.lastDropped(ctx); err != nil {
		return err
	}
	var left []archive.Listed
	for _, s := range list {
		n, err := serial(s.name)
		if err != nil {
			return err
		}
		a.serial = max(a.serial, n)
		more, err := a.revive(ctx, s, known[s.name])
		if err != nil {
			return err
		}
		left = append(left, more...)
	}
	return a.adopt(ctx, left)
}

// known returns from where each file of the index may hold uncommitted captures.
func (a *Files) known(ctx context.Context) (map[string]int64, error) {
	known := map[string]int64{}
	err := a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT file, scan_from FROM archive_files`, nil, func(r *sqlitedb.Rows) error {
			var name string
			var from int64
			err := r.Scan(&name, &from)
			known[name] = from
			return err
		})
	})
	return known, err
}

// dropAll ends the removals that were begun, and returns the files that stay.
// One that should be there and is not is damage, or kept elsewhere.
func (a *Files) dropAll(ctx context.Context, list []segment, known map[string]int64, there map[string]bool) ([]segment, error) {
	for name, from := range known {
		drop := from == dropped
		if !drop && !there[name] {
			var err error
			if drop, err = a.keptElsewhere(ctx, name); err != nil {
				return nil, err
			}
		}
		if !drop {
			continue
		}
		if err := a.remove(ctx, name); err != nil {
			return nil, fmt.Errorf("drop archive file %s: %w", name, err)
		}
		list = slices.DeleteFunc(list, func(s segment) bool { return s.name == name })
	}
	return list, nil
}

// keptElsewhere refuses to go on without a file that is nowhere.
func (a *Files) keptElsewhere(ctx context.Context, name string) (bool, error) {
	if a.o.Gone != nil {
		kept, err := a.o.Gone(ctx, name)
		if kept || err != nil {
			return kept, err
		}
	}
	return false, damaged(segment{path: a.path(name)}, fmt.Errorf("%w: the file is gone", evidence.ErrInvalid))
}

// lastDropped is the highest number of the files that were dropped; 0: none.
func (a *Files) lastDropped(ctx context.Context) (n int, err error) {
	err = a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(serial), 0) FROM archive_dropped`).Scan(&n)
	})
	return n, err
}

func serial(name string) (int, error) {
	digits, _, _ := strings.Cut(strings.TrimPrefix(name, prefixName), "-")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("archive file %s: %w: its name has no number after %q; move it away", name, evidence.ErrInvalid, prefixName)
	}
	return n, nil
}

// revive returns the uncommitted exchanges of a segment. An open one is cut
// behind the last complete exchange and sealed.
func (a *Files) revive(ctx context.Context, s segment, from int64) (left []archive.Listed, err error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	if info.Size() < from {
		return nil, damaged(s, fmt.Errorf("%w: it has %d bytes and had %d", evidence.ErrInvalid, info.Size(), from))
	}
	if info.Size() == from && !s.open {
		return nil, nil
	}
	end, err := walk(ctx, s, from, func(f archive.Listed) error {
		fresh, err := a.uncommitted(ctx, f.ID)
		if fresh {
			left = append(left, f)
		}
		return err
	})
	switch {
	case err != nil && (ctx.Err() != nil || !errors.Is(err, evidence.ErrInvalid)):
		return nil, err
	case err != nil && !s.open:
		return nil, damaged(s, err)
	case !s.open:
		return left, nil
	}
	committed, ierr := a.committed(ctx, s.name)
	switch {
	case ierr != nil:
		return nil, ierr
	case committed > end: // no crash does that: it was there, synced and committed
		return nil, damaged(s, fmt.Errorf("%w: captures are committed up to offset %d and it can be read to %d: %w", evidence.ErrInvalid, committed, end, err))
	}
	return left, a.mend(ctx, s, end, info.Size(), err)
}

// committed returns where the last committed exchange of a file ends.
func (a *Files) committed(ctx context.Context, name string) (end int64, err error) {
	err = a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(start + length), 0) FROM archive_captures WHERE file = ?`, name).Scan(&end)
	})
	return end, err
}

func (a *Files) uncommitted(ctx context.Context, id string) (bool, error) {
	err := a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		var file string
		return tx.QueryRow(ctx, `SELECT file FROM archive_captures WHERE id = ?`, id).Scan(&file)
	})
	if errors.Is(err, evidence.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// mend cuts an open segment at end, where it is longer, and seals it.
func (a *Files) mend(ctx context.Context, s segment, end, size int64, cause error) error {
	if end < size {
		a.o.Log.WarnContext(ctx, "torn end of an archive file cut off",
			slog.String("file", s.path), slog.Int64("offset", end), slog.Int64("bytes", size-end), slog.Any("cause", cause))
	}
	if end == 0 { // not even its head was written whole
		return errors.Join(os.Remove(s.path), datadir.SyncDir(a.o.Dir))
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("mend archive: %w", err)
	}
	err = f.Truncate(end)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return datadir.Full(a.o.Dir, fmt.Errorf("mend archive file %s: %w", s.path, err))
	}
	if err := os.Rename(s.path, a.path(s.name)); err != nil {
		return fmt.Errorf("seal archive: %w", err)
	}
	return datadir.SyncDir(a.o.Dir)
}

// adopt commits what was found, telling Options.Adopt in the same transaction.
func (a *Files) adopt(ctx context.Context, left []archive.Listed) error {
	a.mu.Lock()
	for _, f := range left {
		a.await(keptOf(f))
	}
	a.mu.Unlock()
	for len(left) > 0 {
		some := left[:min(batch, len(left))]
		left = left[len(some):]
		err := a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
			for _, f := range some {
				if a.o.Adopt != nil {
					if err := a.o.Adopt(ctx, tx, f.Capture, f.Location()); err != nil {
						return fmt.Errorf("adopt capture %s: %w", f.ID, err)
					}
				}
				if err := a.CommitTx(ctx, tx, f.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Reindex forgets the index and makes it again from the files, committing
// every capture; Adopt is not asked. It is part of `probity rebuild`.
func (a *Files) Reindex(ctx context.Context) error {
	err := a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM archive_captures; DELETE FROM archive_visits; DELETE FROM archive_files`)
		return err
	})
	if err != nil {
		return fmt.Errorf("reindex archive: %w", err)
	}
	list, err := a.segments()
	if err != nil {
		return err
	}
	for _, s := range list {
		var some []kept
		_, err := walk(ctx, s, 0, func(f archive.Listed) error {
			if some = append(some, keptOf(f)); len(some) < batch {
				return nil
			}
			err := a.fill(ctx, some)
			some = some[:0]
			return err
		})
		if err != nil {
			return damaged(s, err)
		}
		if err := a.fill(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (a *Files) fill(ctx context.Context, some []kept) error {
	return a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := a.insert(ctx, tx, some); err != nil {
			return fmt.Errorf("reindex archive: %w", err)
		}
		return nil
	})
}
