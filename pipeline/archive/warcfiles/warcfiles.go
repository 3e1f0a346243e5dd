// Package warcfiles keeps the archive as WARC/1.1 files in a folder, and an
// index of them in the house's SQLite file.
//
// Of each exchange it writes a resource record for each attachment (a
// screenshot, the rendered document), a request record, a response record (a
// revisit record where the same payload of the same lead is held already; a
// resource record for a file handed in) and a metadata record with the whole
// capture as JSON: by whom, in which run, of which source, found where, and
// what robots.txt said. The metadata comes last, so an exchange whose metadata is there is
// complete. Each record is one gzip member; a file that is being written ends
// in ".open" and is sealed by its renaming.
//
// Keep returns after the bytes are synced, if Options.Sync does not say
// otherwise; calls that run at the same time share one sync. A kept exchange stays pending until [Files.CommitTx], in
// the transaction that settles its lead. After a crash, Open cuts a torn tail
// off and hands every pending exchange to Options.Adopt, so each answer that
// a server gave is in the archive and settled exactly once.
//
// The block of a response is an HTTP message that can be replayed: status
// line, headers and body after transfer coding. A Transfer-Encoding header,
// and a Content-Length that is not the body's, would contradict that body, so
// they are renamed with the prefix "X-Archive-Orig-" and renamed back when
// the exchange is read.
//
// It refuses to write on a disk with less than Options.MinFree left, to go on
// after a failed sync, and to pass over damage in a sealed file.
package warcfiles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warc"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

var (
	_ archive.Archive = (*Files)(nil)
	_ archive.Logbook = (*Files)(nil)
)

// Options say where the archive stands and how it is kept.
type Options struct {
	Dir      string       // the folder; made if need be
	DB       *sqlitedb.DB // holds the index, in tables archive_*
	Log      *slog.Logger // nil: none
	Now      func() time.Time
	Software string        // name and version of the program, for the head of each file
	Label    string        // ends the names of files; what tells them from those of other crawlers, empty: nothing
	Sync     Sync          // when bytes have to be on the disk; empty: Always
	SyncWait time.Duration // of Batch: how long a sync waits for others to share it; 0: 5 ms
	MaxSize  int64         // a file that has grown beyond it is sealed; 0: 256 MiB
	MinFree  uint64        // bytes that must stay free on the disk; 0: no guard
	Index    bool          // a CDXJ index is written beside each sealed file
	ReadOnly bool          // for commanders: nothing is recovered, Keep is refused

	// Adopt is told of each exchange that was kept and not committed, in the
	// transaction that commits it; it settles the lead. Nil: they are
	// committed as they are.
	Adopt func(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, at archive.Location) error

	// Elsewhere is asked before an exchange is kept whose id is new here and
	// whose payload nobody here holds: the id may be taken elsewhere, and
	// another archive's capture may hold the payload of that lead, to which a
	// revisit then refers. Nil, or an id that is empty: nobody does. Such a
	// revisit is read by a [Reader] that finds both.
	Elsewhere func(ctx context.Context, id, target, payload string) (taken bool, original archive.Entry, err error)

	// Gone is asked at Open about a file that should be here and is not:
	// whether it is kept elsewhere. A power cut can take what Drop wrote into
	// the index and leave the file removed. Nil: it is nowhere, and damage.
	Gone func(ctx context.Context, name string) (kept bool, err error)

	// Mark is called at commit points, for crash tests: "warc_append" when an
	// exchange is written and not yet synced, "warc_sync" after a sync,
	// "warc_seal" before a file is renamed, "warc_drop" before one is removed.
	Mark func(point string)

	free func(dir string) (uint64, error) // for tests
}

// A Sync is when a kept exchange has to be on the disk.
type Sync string

// The policies. What a process writes outlives its kill under each of them;
// they differ in what a power cut may take.
const (
	Always Sync = "always" // before Keep returns: nothing is lost
	Batch  Sync = "batch"  // the same, but each sync waits a moment for others: fewer of them, later answers
	Never  Sync = "never"  // when the file is sealed: a power cut may take the open one, whose pages were settled; for trials only
)

// Files is an archive in WARC files. It is safe for concurrent use.
type Files struct {
	o               Options
	writers, drafts sync.Pool
	held            *held

	syncing sync.Mutex // held while syncing or changing files; taken before mu

	mu       sync.Mutex
	synced   int64         // exchanges known to be on the disk
	together int64         // exchanges that the last sync was for
	lasted   time.Duration // the last sync
	flushing chan struct{} // closed when the sync that is under way is over; nil: none is
	file     *os.File      // the open one; nil: none yet
	name     string        // its final name
	begun    time.Time
	head     int64    // length of its first record
	end      int64    // of what is written to it
	safe     int64    // of what is synced
	serial   int      // of the last file
	index    *os.File // lines of the open one's index, unsorted; nil: none
	appended int64    // exchanges written
	pending  map[string]kept
	payloads map[string]string // lead key and payload digest -> id of the pending one that holds it
	broken   error             // why nothing can be written any more
}

// Open opens the archive, recovers what a crash left, and hands pending
// exchanges to o.Adopt. A sealed file that is gone, shortened or damaged is
// an error that names it.
func Open(ctx context.Context, o Options) (*Files, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Mark == nil {
		o.Mark = func(string) {}
	}
	switch o.Sync {
	case "":
		o.Sync = Always
	case Always, Batch, Never:
	default:
		return nil, fmt.Errorf("open archive: %w: no sync policy %q: there are %s, %s and %s", evidence.ErrInvalid, o.Sync, Always, Batch, Never)
	}
	if o.SyncWait <= 0 {
		o.SyncWait = 5 * time.Millisecond
	}
	if o.MaxSize <= 0 {
		o.MaxSize = 256 << 20
	}
	if o.free == nil {
		o.free = datadir.Free
	}
	a := &Files{o: o, pending: map[string]kept{}, payloads: map[string]string{}, held: newHeld(), drafts: sync.Pool{New: func() any { return &draft{dir: o.Dir} }}}
	a.writers.New = func() any { return new(warc.Writer) }
	if err := define(ctx, o.DB); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if o.ReadOnly {
		return a, nil
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, datadir.Full(o.Dir, fmt.Errorf("open archive: %w", err))
	}
	if err := a.recover(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive: %w", err), a.shut())
	}
	if err := a.fillVisits(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive: %w", err), a.shut())
	}
	if err := a.indexAll(ctx); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if err := a.remember(ctx); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return a, nil
}

// Close seals the open file. What is pending is handed to Adopt at the next
// Open.
func (a *Files) Close() error {
	if a.o.ReadOnly {
		return nil
	}
	a.syncing.Lock()
	defer a.syncing.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() { a.broken = errors.New("the archive is closed") }()
	if a.broken != nil {
		return a.shut()
	}
	return a.seal()
}

// shut closes the open file as it is.
func (a *Files) shut() error {
	if a.index != nil {
		a.dropIndex()
	}
	if a.file == nil {
		return nil
	}
	f := a.file
	a.file = nil
	return f.Close()
}

func (a *Files) path(name string) string { return filepath.Join(a.o.Dir, name) }
