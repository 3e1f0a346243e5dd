package s3archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
	"probity/pipeline/sqlitedb"
)

const (
	folder  = "warc/"
	look    = 250 * time.Millisecond // between two looks for what is to be sent
	longest = 10 * time.Second       // the longest pause after failures
)

func define(ctx context.Context, db *sqlitedb.DB) error {
	return db.Define(ctx, `
		CREATE TABLE IF NOT EXISTS archive_sent (
			file TEXT PRIMARY KEY,
			at   INTEGER NOT NULL  -- when it was sent and registered, ms
		) STRICT, WITHOUT ROWID;`)
}

// Run seals and sends segments until ctx ends, and comes back with longer and
// longer pauses while store or registry are away. It returns nil.
func (a *Archive) Run(ctx context.Context) error {
	pause, failed := look, false
	for {
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		err := a.Tend(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			if !failed || pause == longest {
				a.o.Log.WarnContext(ctx, "segments of the archive cannot be sent; they wait on this disk", slog.Int64("bytes", a.Unsent()), slog.Any("error", err))
			}
			pause, failed = min(pause*2, longest), true
		case failed:
			a.o.Log.InfoContext(ctx, "segments of the archive are sent again")
			pause, failed = look, false
		}
	}
}

// Tend seals the open segment if it is old enough, sends what is sealed, and
// removes what was sent long enough ago: one round of Run. Its error says
// what could not be sent; nothing is lost by it.
func (a *Archive) Tend(ctx context.Context) error { return a.tend(ctx, a.o.MaxAge) }

// Flush seals the open segment whatever its age and sends everything: before
// a graceful end, and in tests.
func (a *Archive) Flush(ctx context.Context) error { return a.tend(ctx, 0) }

func (a *Archive) tend(ctx context.Context, age time.Duration) error {
	if a.files == nil {
		return nil
	}
	a.tending.Lock()
	defer a.tending.Unlock()
	if err := a.files.SealOlder(age); err != nil {
		return fmt.Errorf("seal archive: %w", err)
	}
	list, err := a.waiting(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, s := range list {
		if !s.Sealed {
			continue
		}
		if err := a.sendLocal(ctx, s); err != nil {
			failed = errors.Join(failed, fmt.Errorf("send archive segment %s: %w", s.Name, err))
			if ctx.Err() != nil || !evidence.Final(err) && !errors.Is(err, evidence.ErrConflict) {
				break // the next would fail as well
			}
		}
	}
	if err := a.tidy(ctx); err != nil {
		return errors.Join(failed, err)
	}
	_, err = a.waiting(ctx)
	return errors.Join(failed, err)
}

// waiting lists the local segments that are not sent, and sums them up.
func (a *Archive) waiting(ctx context.Context) (list []warcfiles.Segment, err error) {
	sent, err := a.sent(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.files.Segments()
	if err != nil {
		return nil, err
	}
	bytes := int64(0)
	for _, s := range all {
		if _, ok := sent[s.Name]; !ok {
			list, bytes = append(list, s), bytes+s.Size
		}
	}
	a.unsent.Store(bytes)
	return list, nil
}

// Waiting is what stands on this disk alone: how many segments, how many
// bytes, and when the oldest was last written to; the zero time where nothing
// waits.
func (a *Archive) Waiting(ctx context.Context) (segments int, bytes int64, oldest time.Time, err error) {
	if a.files == nil {
		return 0, 0, oldest, nil
	}
	list, err := a.waiting(ctx)
	for _, s := range list {
		bytes += s.Size
		about, gone := os.Stat(s.Path)
		if gone == nil && (oldest.IsZero() || about.ModTime().Before(oldest)) {
			oldest = about.ModTime()
		}
	}
	return len(list), bytes, oldest, err
}

func (a *Archive) sent(ctx context.Context) (map[string]time.Time, error) {
	sent := map[string]time.Time{}
	err := a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT file, at FROM archive_sent`, nil, func(r *sqlitedb.Rows) error {
			var name string
			var at int64
			err := r.Scan(&name, &at)
			sent[name] = time.UnixMilli(at)
			return err
		})
	})
	return sent, err
}

// sentBefore reports whether the store has a segment and its index.
func (a *Archive) sentBefore(ctx context.Context, name string) (bool, error) {
	for _, key := range []string{folder + name, folder + cdxj.Name(name)} {
		_, err := a.o.Store.Stat(ctx, key)
		if errors.Is(err, evidence.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("archive segment %s is not here; was it sent? %w", name, err)
		}
	}
	return true, nil
}

func (a *Archive) sendLocal(ctx context.Context, s warcfiles.Segment) error {
	var list []archive.Listed
	err := a.files.Walk(ctx, s.Name, func(l archive.Listed) error { list = append(list, l); return nil })
	if err != nil {
		return err
	}
	if len(list) == 0 { // a head and nothing behind it
		return a.files.Drop(ctx, s.Name)
	}
	start := time.Now()
	err = a.send(ctx, s.Name, s.Path, list)
	if a.o.Sent != nil {
		a.o.Sent(s.Size, time.Since(start), err)
	}
	if err != nil {
		return err
	}
	err = a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO archive_sent (file, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, s.Name, a.o.Now().UnixMilli())
		return err
	})
	if err == nil {
		a.o.Mark("s3_sent")
	}
	return err
}

// send brings a segment to the store and the registry. Whatever of it was
// done before is found done.
func (a *Archive) send(ctx context.Context, name, path string, list []archive.Listed) error {
	index, err := cdxj.Encode(list)
	if err != nil {
		return err
	}
	err = a.o.Store.PutFile(ctx, folder+name, path)
	if errors.Is(err, evidence.ErrConflict) {
		err = sameFile(ctx, a.o.Store, folder+name, path)
	}
	if err != nil {
		return err
	}
	a.o.Mark("s3_warc")
	if err := a.putIndex(ctx, name, index); err != nil {
		return err
	}
	a.o.Mark("s3_index")
	if err := a.o.Registry.Register(ctx, list); err != nil {
		return err
	}
	a.o.Mark("s3_register")
	return nil
}

func (a *Archive) putIndex(ctx context.Context, name string, index []byte) error {
	key := folder + cdxj.Name(name)
	err := a.o.Store.PutNew(ctx, key, index)
	if !errors.Is(err, evidence.ErrConflict) {
		return err
	}
	there, err := a.o.Store.Get(ctx, key)
	if err == nil && !bytes.Equal(there, index) {
		err = other(key)
	}
	return err
}

func other(key string) error {
	return fmt.Errorf("object %s: %w: it is another one than ours, which nobody should have made; move one of the two away and look why", key, evidence.ErrConflict)
}

// sameFile compares an object with a local file.
func sameFile(ctx context.Context, s objects.Store, key, path string) error {
	there, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	here, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(there, here) {
		err = other(key)
	}
	return err
}

// tidy removes local segments that were sent long enough ago and whose
// captures are all committed.
func (a *Archive) tidy(ctx context.Context) error {
	if a.o.KeepSent {
		return nil
	}
	sent, err := a.sent(ctx)
	if err != nil {
		return err
	}
	for name, at := range sent {
		if a.o.Now().Sub(at) < a.o.Grace || !a.files.Settled(name) {
			continue
		}
		if err := a.files.Drop(ctx, name); err != nil {
			return err
		}
		err := a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM archive_sent WHERE file = ?`, name)
			return err
		})
		if err != nil {
			return fmt.Errorf("forget archive segment %s: %w", name, err)
		}
	}
	return nil
}
