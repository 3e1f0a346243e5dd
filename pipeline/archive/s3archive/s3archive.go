// Package s3archive keeps the archive of a fleet in an object store: any
// number of crawlers write it, and every process reads every capture, no
// matter which crawler kept it.
//
// A crawler keeps exchanges in WARC segments on its own disk (package
// warcfiles, with its crash rules). A segment is sealed when it has grown or
// grown old, and then goes three steps, each of which may be done again after
// a kill: its bytes to warc/NAME.warc.gz, its index (package cdxj) beside it,
// its captures into the registry. Only after all three may the local file go,
// and not before each of its captures is committed: a segment is sent whether
// its captures are settled or not, since an answer that a server gave belongs
// to the archive, but what has to be adopted after a crash is adopted from
// the local file. Objects are created once and never changed.
//
// A reader asks the registry where a capture stands and reads the range, in
// blocks that it holds in memory, so that whoever works through a segment asks
// the store once for many pages. Digests are compared as on a laptop.
//
// While the store or the registry is away, Keep goes on until
// Options.MaxUnsent bytes wait; then it refuses, and the crawl waits. It
// refuses to take a registered capture whose object is gone for an unknown one.
package s3archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
	"probity/pipeline/sqlitedb"
)

var _ archive.Archive = (*Archive)(nil)

// Options say where the archive stands and how it is kept.
type Options struct {
	Store    objects.Store
	Registry archive.Registry
	Log      *slog.Logger // nil: none
	Now      func() time.Time

	// Of a crawler. Without Dir the archive is for reading: Keep is refused.
	Dir       string         // for segments that are not sent yet; made if need be, one process at a time
	DB        *sqlitedb.DB   // for their index, in tables archive_*
	Software  string         // name and version of the program
	Worker    string         // in the names of segments, for people; they are unique in any case
	MaxSize   int64          // a segment that has grown beyond it is sealed; 0: 64 MiB
	MaxAge    time.Duration  // and one that is older; 0: 10 s
	MaxUnsent int64          // bytes that may wait to be sent before Keep refuses; 0: 1 GiB
	Sync      warcfiles.Sync // when what is kept has to be on the disk; see there
	SyncWait  time.Duration
	MinFree   uint64        // bytes that must stay free on the disk; 0: no guard
	Grace     time.Duration // how long a sent segment is still read here; 0: a minute
	KeepSent  bool          // sent segments stay on the disk for good

	// Sent is told of each segment that was sent, or could not be, and how long
	// that took. Nil: nobody is told.
	Sent func(bytes int64, took time.Duration, err error)

	// Adopt is told at Open of each exchange that a killed process kept and
	// did not commit; it settles the lead. Nil: they are committed as they are.
	Adopt func(ctx context.Context, c evidence.Capture, at archive.Location) error

	// Of a reader.
	Cache     int64         // bytes held in memory; 0: 64 MiB
	ReadAhead int64         // bytes read at once; 0: 1 MiB
	Await     time.Duration // above 0: ids come out of a queue, so one that nobody registered is on its way: unavailable, try again after so long

	// Mark is called at commit points, for crash tests: those of warcfiles,
	// and "s3_warc", "s3_index", "s3_register", "s3_sent" after these steps.
	Mark func(point string)
}

// Archive is an archive in an object store. It is safe for concurrent use.
type Archive struct {
	o      Options
	files  *warcfiles.Files // nil: for reading
	cache  *cache
	places *places
	unsent atomic.Int64 // bytes that wait to be sent, about

	tending sync.Mutex // one sends at a time

	mu   sync.Mutex
	rest time.Time // until then the registry is not asked before a capture is kept
}

// Open opens the archive; of a crawler it recovers what a crash left, as
// warcfiles does. It does not need store or registry to be there.
func Open(ctx context.Context, o Options) (*Archive, error) {
	if o.Store == nil || o.Registry == nil {
		return nil, fmt.Errorf("open archive: %w: store and registry are needed", evidence.ErrInvalid)
	}
	o = defaults(o)
	a := &Archive{o: o, cache: newCache(o.Store, o.Cache, o.ReadAhead), places: newPlaces()}
	if o.Dir == "" {
		return a, nil
	}
	if err := define(ctx, o.DB); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	f := warcfiles.Options{
		Dir: o.Dir, DB: o.DB, Log: o.Log, Now: o.Now, Software: o.Software, Label: label(o.Worker),
		MaxSize: o.MaxSize, MinFree: o.MinFree, Sync: o.Sync, SyncWait: o.SyncWait, Elsewhere: a.elsewhere, Gone: a.sentBefore, Mark: o.Mark,
	}
	if o.Adopt != nil {
		f.Adopt = func(ctx context.Context, _ *sqlitedb.Tx, c evidence.Capture, at archive.Location) error {
			return o.Adopt(ctx, c, at)
		}
	}
	files, err := warcfiles.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	a.files = files
	if _, err := a.waiting(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive: %w", err), files.Close())
	}
	return a, nil
}

func defaults(o Options) Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Mark == nil {
		o.Mark = func(string) {}
	}
	set(&o.MaxSize, 64<<20)
	set(&o.MaxAge, 10*time.Second)
	set(&o.MaxUnsent, 1<<30)
	set(&o.Grace, time.Minute)
	set(&o.Cache, 64<<20)
	set(&o.ReadAhead, 1<<20)
	return o
}

func set[T ~int64](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// label ends the names of a process' segments: what people know it by, and
// what tells it from every other.
func label(worker string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(worker))
	return strings.TrimPrefix(plain[:min(len(plain), 24)]+"-"+uuid.NewString()[:13], "-")
}

// Keep implements [archive.Archive]: the exchange is on this machine's disk
// when it returns, and pending until [Archive.Commit]. evidence.ErrUnavailable
// also when too much waits to be sent.
func (a *Archive) Keep(ctx context.Context, e evidence.Exchange) (archive.Location, error) {
	if a.files == nil {
		return archive.Location{}, fmt.Errorf("keep capture %s: %w: the archive was opened for reading", e.Capture.ID, evidence.ErrInvalid)
	}
	if n := a.unsent.Load(); n >= a.o.MaxUnsent {
		return archive.Location{}, evidence.RetryAfter(fmt.Errorf("keep capture %s: %w: %d MiB wait to be sent to the object store, at most %d may; when it can be reached the crawl goes on by itself",
			e.Capture.ID, evidence.ErrUnavailable, n>>20, a.o.MaxUnsent>>20), time.Second)
	}
	at, err := a.files.Keep(ctx, e)
	a.unsent.Add(at.Length)
	return at, err
}

// Commit ends the pending state of kept captures: their leads are settled. An
// unknown id is evidence.ErrNotFound, a committed one stays so.
func (a *Archive) Commit(ctx context.Context, ids ...string) error {
	if a.files == nil {
		return fmt.Errorf("commit captures: %w: the archive was opened for reading", evidence.ErrInvalid)
	}
	return a.files.Commit(ctx, ids...)
}

// Unsent is about how many bytes wait on this disk to be sent.
func (a *Archive) Unsent() int64 { return a.unsent.Load() }

// Close seals the open segment; it is sent after the next Open, or by Flush
// before. What is pending is handed to Adopt then.
func (a *Archive) Close() error {
	if a.files == nil {
		return nil
	}
	a.tending.Lock()
	defer a.tending.Unlock()
	return a.files.Close()
}

const (
	question = 500 * time.Millisecond // the longest a Keep waits for the registry
	respite  = 5 * time.Second        // how long it is not asked after it did not answer
)

// elsewhere asks the registry what was before an exchange. Its answer saves
// room, so a crawl does not wait for it: a payload that is kept twice is no
// fault.
func (a *Archive) elsewhere(ctx context.Context, id, target, payload string) (bool, archive.Entry, error) {
	a.mu.Lock()
	rests := a.o.Now().Before(a.rest)
	a.mu.Unlock()
	if rests {
		return false, archive.Entry{}, nil
	}
	within, cancel := context.WithTimeout(ctx, question)
	defer cancel()
	taken, original, err := a.o.Registry.Before(within, id, target, payload)
	switch {
	case ctx.Err() != nil:
		return false, archive.Entry{}, ctx.Err()
	case err != nil:
		a.mu.Lock()
		a.rest = a.o.Now().Add(respite)
		a.mu.Unlock()
		a.o.Log.WarnContext(ctx, "the registry of captures does not answer; payloads may be kept twice", slog.Any("error", err))
		return false, archive.Entry{}, nil
	}
	return taken, original, nil
}
