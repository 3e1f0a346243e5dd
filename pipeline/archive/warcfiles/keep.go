package warcfiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warc"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

const (
	prefixName = "probity-"
	sealedName = ".warc.gz"
	openName   = ".warc.gz.open"
)

// Keep implements [archive.Archive]. The exchange is pending until its id is
// committed.
func (a *Files) Keep(ctx context.Context, e evidence.Exchange) (archive.Location, error) {
	at, err := a.keep(ctx, e)
	if err != nil {
		return archive.Location{}, datadir.Full(a.o.Dir, err)
	}
	return at, nil
}

func (a *Files) keep(ctx context.Context, e evidence.Exchange) (archive.Location, error) {
	at := archive.Location{}
	if err := archive.Check(e); err != nil {
		return at, err
	}
	if a.o.ReadOnly {
		return at, fmt.Errorf("keep capture %s: %w: the archive %s was opened for reading", e.Capture.ID, evidence.ErrInvalid, a.o.Dir)
	}
	if err := a.guard(); err != nil {
		return at, err
	}
	digest := e.Capture.Payload // of the body, which Check compared
	if !same(e.Raw, e.Body) {
		digest = evidence.DigestBytes(e.Raw)
	}
	digest = warc.Algorithm + digest
	original, err := a.before(ctx, e, digest)
	if err != nil {
		return at, err
	}
	if e.Capture.Unchanged != "" && original.ID == "" {
		return at, fmt.Errorf("keep capture %s: %w: the server says that %s is unchanged, and nobody here holds its payload: ask without a condition",
			e.Capture.ID, evidence.ErrInvalid, e.Capture.Unchanged)
	}
	d := a.draft()
	defer a.give(d)
	en, err := a.compose(d, e, digest, original)
	if err != nil {
		return at, err
	}
	if err := ctx.Err(); err != nil {
		return at, err
	}
	en, turn, err := a.append(en, d) // from here on it is kept whatever becomes of ctx
	if err != nil {
		return at, fmt.Errorf("keep capture %s: %w", e.Capture.ID, err)
	}
	a.o.Mark("warc_append")
	if err := a.sync(turn); err != nil {
		return at, fmt.Errorf("keep capture %s: %w", e.Capture.ID, err)
	}
	return en.Location(), nil
}

// same reports whether two slices are the same bytes in memory.
func same(a, b []byte) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// before refuses an id that is taken, and returns the capture that holds the
// payload already; zero if none does.
func (a *Files) before(ctx context.Context, e evidence.Exchange, digest string) (original archive.Entry, err error) {
	id, target, payload := e.Capture.ID, e.Capture.Lead.Key(), ""
	taken := fmt.Errorf("keep capture %s: %w: the archive holds one of that id", id, evidence.ErrConflict)
	if e.Capture.Status != 0 && len(e.Raw) > 0 {
		payload = digest
	}
	here, original, err := a.look(ctx, id, target, payload)
	switch {
	case err != nil:
		return original, fmt.Errorf("keep capture %s: %w", id, err)
	case here:
		return original, taken
	}
	if a.o.Elsewhere == nil || original.ID != "" {
		return original, nil
	}
	there, original, err := a.o.Elsewhere(ctx, id, target, payload)
	switch {
	case err != nil:
		return original, fmt.Errorf("keep capture %s: %w", id, err)
	case there:
		return original, taken
	}
	return original, nil
}

// guard refuses when the disk has less room than was promised.
func (a *Files) guard() error {
	if a.o.MinFree == 0 {
		return nil
	}
	left, err := a.o.free(a.o.Dir)
	if err != nil {
		return err
	}
	if left < a.o.MinFree {
		return fmt.Errorf("keep capture: %w: %d MiB are free on the disk of %s and %d MiB have to stay so; free some space, the crawl goes on by itself",
			evidence.ErrUnavailable, left>>20, a.o.Dir, a.o.MinFree>>20)
	}
	return nil
}

// append writes an exchange to the open file and makes it pending; turn is
// what sync has to reach.
func (a *Files) append(en archive.Listed, d *draft) (_ archive.Listed, turn int64, err error) {
	for {
		a.mu.Lock()
		switch {
		case a.broken != nil:
			a.mu.Unlock()
			return en, 0, a.broken
		case a.file != nil && !a.full():
			defer a.mu.Unlock()
			en.File, en.Start = a.name, a.end
			if err := a.write(d); err != nil {
				return en, 0, err
			}
			a.await(keptOf(en))
			a.list(en)
			a.appended++
			return en, a.appended, nil
		}
		a.mu.Unlock()
		if err := a.next(); err != nil {
			return en, 0, err
		}
	}
}

// write appends to the open file; after a failure the file is as it was
// before, or the archive is broken. The caller holds mu.
func (a *Files) write(from io.WriterTo) error {
	n, err := from.WriteTo(io.NewOffsetWriter(a.file, a.end))
	if err == nil {
		a.end += n
		return nil
	}
	if terr := a.file.Truncate(a.end); terr != nil {
		a.broken = fmt.Errorf("the archive file %s could not be put right after a failed write, start again: %w", a.path(a.name), errors.Join(err, terr))
		return a.broken
	}
	return err
}

// next seals the open file if it is full, and begins another if there is none.
func (a *Files) next() error {
	a.syncing.Lock()
	defer a.syncing.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	if a.file != nil && a.full() {
		if err := a.seal(); err != nil {
			return err
		}
	}
	if a.file != nil {
		return nil // somebody else was here
	}
	return a.begin()
}

// full reports whether the open file has grown large; one without an exchange
// has not. The caller holds mu.
func (a *Files) full() bool { return a.end >= a.o.MaxSize && a.end > a.head }

// begin makes a new open file with its warcinfo record. The caller holds both
// locks.
func (a *Files) begin() error {
	now, label := a.o.Now(), ""
	if a.o.Label != "" {
		label = "-" + a.o.Label
	}
	name := fmt.Sprintf("%s%08d-%s%s%s", prefixName, a.serial+1, now.UTC().Format("20060102150405"), label, sealedName)
	var head bytes.Buffer
	if err := new(warc.Writer).Append(&head, a.warcinfo(name)); err != nil {
		return err
	}
	f, err := os.OpenFile(a.path(name+".open"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("begin archive file: %w", err)
	}
	if err := datadir.SyncDir(a.o.Dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	a.file, a.name, a.end, a.safe, a.begun = f, name, 0, 0, now
	if err := a.write(&head); err != nil {
		a.file = nil
		return errors.Join(fmt.Errorf("begin archive file: %w", err), f.Close(), os.Remove(f.Name()))
	}
	a.head = a.end
	a.serial++
	a.beginIndex()
	return nil
}

// seal syncs the open file and gives it its final name. The caller holds both
// locks.
func (a *Files) seal() error {
	if a.file == nil {
		return nil
	}
	if err := a.flush(a.file, a.appended, a.end); err != nil {
		return err
	}
	a.o.Mark("warc_seal")
	err := a.file.Close()
	a.file = nil
	if err == nil {
		err = os.Rename(a.path(a.name+".open"), a.path(a.name))
	}
	if err == nil {
		err = datadir.SyncDir(a.o.Dir)
	}
	if err != nil {
		a.broken = fmt.Errorf("seal archive file %s, start again: %w", a.path(a.name), err)
		return a.broken
	}
	a.sealIndex()
	return nil
}

// sync returns when everything up to turn is on the disk. Whoever comes first
// syncs for all that have been written by then; those that come meanwhile wait
// together for the next one, and all of them are told at once. (A lock that each
// had to take in turn would let later ones pass, and sync for one.)
func (a *Files) sync(turn int64) error {
	for {
		a.mu.Lock()
		switch {
		case a.synced >= turn:
			a.mu.Unlock()
			return nil
		case a.broken != nil:
			defer a.mu.Unlock()
			return a.broken
		case a.flushing != nil:
			over := a.flushing
			a.mu.Unlock()
			<-over
			continue
		}
		over := make(chan struct{})
		a.flushing = over
		a.mu.Unlock()
		err := a.flushOpen()
		a.mu.Lock()
		a.flushing = nil
		a.mu.Unlock()
		close(over)
		if err != nil {
			return err
		}
	}
}

// gather lets others come before a sync: those that are ready to go, and, where
// there was company the last time, for as long as a sync takes. Who keeps alone
// does not wait.
func (a *Files) gather() {
	runtime.Gosched()
	a.mu.Lock()
	pause := min(a.lasted, longest)
	if a.together < 2 {
		pause = 0
	}
	switch a.o.Sync {
	case Always:
	case Batch:
		pause = max(pause, a.o.SyncWait)
	case Never:
		pause = 0 // there is nothing to share
	}
	a.mu.Unlock()
	if pause > 0 {
		t := time.NewTimer(pause)
		defer t.Stop()
		<-t.C
	}
}

// longest is how long a sync waits for others at most.
const longest = 10 * time.Millisecond

// flushOpen syncs all that has been written.
func (a *Files) flushOpen() error {
	a.gather()
	a.syncing.Lock()
	defer a.syncing.Unlock()
	a.mu.Lock()
	f, upto, end, broken := a.file, a.appended, a.end, a.broken
	done := a.synced >= upto // whoever sealed the file has synced it
	a.mu.Unlock()
	if broken != nil || done {
		return broken
	}
	began := time.Now()
	var err error
	if a.o.Sync != Never {
		err = f.Sync()
	}
	lasted := time.Since(began)
	a.mu.Lock()
	a.together, a.lasted = upto-a.synced, lasted
	if err != nil {
		defer a.mu.Unlock()
		return a.lost(err)
	}
	a.synced, a.safe = upto, end
	a.mu.Unlock()
	if a.o.Sync != Never {
		a.o.Mark("warc_sync")
	}
	return nil
}

// flush is sync under both locks.
func (a *Files) flush(f *os.File, upto, end int64) error {
	if err := f.Sync(); err != nil {
		return a.lost(err)
	}
	a.synced, a.safe = upto, end
	a.o.Mark("warc_sync")
	return nil
}

// lost makes the archive refuse everything after a failed sync: the kernel
// may have dropped what was written, and says so only once. The caller holds mu.
func (a *Files) lost(err error) error {
	a.broken = fmt.Errorf("sync archive file %s: the system cannot say what is on the disk, start again: %w", a.path(a.name), err)
	return a.broken
}
