// Package ledger keeps what cannot be derived from captures: that a run was
// opened and closed, what was looked for and not found, what a person
// decided, which evaluation was issued when and on what it rests. With the
// archive it is the truth of the house (DESIGN section 4).
//
// It is append-only. Each entry is one line of JSON and one leaf of a Merkle
// tree (golang.org/x/mod/sumdb/tlog, the tree of RFC 6962), whose hashes are
// kept in a file beside the lines: a line that was changed, taken out or
// slipped in is found at the next opening, and named. Whoever noted an
// earlier head can have it checked that the ledger of today begins with it.
// What is long or shared (declarations, sealed inputs) is kept once, by
// digest, as a blob; an entry names it.
//
// It refuses to change or remove anything, and no entry holds personal text,
// since it could never be taken out again.
package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sort"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// Kinds of entries.
const (
	RunOpened   = "run_opened"
	RunClosed   = "run_closed"
	RunReported = "run_reported" // what followed from its close is done
	Look        = "look"
	Intake      = "intake"
	Decision    = "decision"
	Issue       = "issue"
	Publication = "publication"
	Table       = "table"
	Schedule    = "schedule" // a campaign's time that came and was queued or left out, and why
	Order       = "order"    // an operator's word about a source or campaign, in force until another
	Access      = "access"   // somebody looked at what is not public (MODEL section 6)
)

// An Entry is one line of the ledger.
type Entry struct {
	Seq  int64           `json:"seq"`  // from 1
	Time time.Time       `json:"time"` // UTC; never before that of the entry before
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"` // canonical JSON (RFC 8785)
	Leaf tlog.Hash       `json:"leaf"` // hash of its leaf in the tree
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
	Log      *slog.Logger // nil: none
	MaxSize  int64        // a file of entries that has grown beyond it is followed by another; 0: 64 MiB
	ReadOnly bool         // for commanders: nothing is mended, adding is refused

	// Shared is where the ledger of a fleet stands, of which the folder is a
	// copy then; nil: the folder is the ledger.
	Shared Shared

	// Mark is called at commit points, for crash tests: "ledger_append" when
	// entries are written and not yet synced, "ledger_sync" when they are and
	// their hashes are not yet written, "ledger" when all is done.
	Mark func(point string)
}

// A Ledger is safe for concurrent use by one process that writes to its
// folder; where it is shared, by any number that have one each.
type Ledger struct {
	o Options

	mu     sync.Mutex
	parts  []part
	places []place     // of each entry
	times  []time.Time // of each entry
	tree   *tree
	lines  *os.File // the last part; nil: there is none yet
	hashes *os.File
	broken error

	blobs   *os.File
	blobAt  map[string]span
	blobEnd int64
	dirty   bool // blobs were written and not synced

	turnstile sync.Mutex        // held by the one who adds or pulls, before mu
	unshared  map[string][]byte // blobs that wait to be shared with the next entries
}

// A part is one file of entries.
type part struct {
	name  string
	first int64 // seq of its first entry
	size  int64
}

// A place is where the line of an entry begins.
type place struct {
	part   int
	offset int64
}

// Open opens the ledger, makes it if need be, and checks every entry against
// the tree. What a crash left behind the last whole entry is cut, with a line
// in the log; an entry that was changed or is missing is evidence.ErrInvalid,
// and named.
func Open(o Options) (*Ledger, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Mark == nil {
		o.Mark = func(string) {}
	}
	if o.MaxSize <= 0 {
		o.MaxSize = 64 << 20
	}
	l := &Ledger{o: o, tree: &tree{}, blobAt: map[string]span{}, unshared: map[string][]byte{}}
	if err := l.open(); err != nil {
		return nil, errors.Join(datadir.Full(o.Dir, fmt.Errorf("open ledger %s: %w", o.Dir, err)), l.Close())
	}
	return l, nil
}

// Close closes the files.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = errors.New("the ledger is closed")
	var problems []error
	if l.hashes != nil && !l.o.ReadOnly {
		problems = append(problems, l.hashes.Sync())
	}
	for _, f := range []*os.File{l.lines, l.hashes, l.blobs} {
		if f != nil {
			problems = append(problems, f.Close())
		}
	}
	l.lines, l.hashes, l.blobs = nil, nil, nil
	return errors.Join(problems...)
}

// Head returns the state of the ledger.
func (l *Ledger) Head() (Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tree.head(l.tree.n)
}

// Extends checks that the ledger begins with the entries of an earlier head:
// nothing that stood then was changed or taken out.
func (l *Ledger) Extends(old Head) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old.Size < 0 || old.Size > l.tree.n {
		return fmt.Errorf("compare ledger: %w: it has %d entries, the earlier head speaks of %d; entries are missing", evidence.ErrInvalid, l.tree.n, old.Size)
	}
	if old.Size == 0 {
		return nil // everything begins with nothing
	}
	now, err := l.tree.head(old.Size)
	if err != nil {
		return err
	}
	if now != old {
		return fmt.Errorf("compare ledger: %w: the first %d entries have the root %v, the earlier head says %v; the ledger was rewritten",
			evidence.ErrInvalid, old.Size, now.Root, old.Root)
	}
	return nil
}

// At returns the position as of an instant: the last entry that was made by
// then, 0 if there was none. It is what known_at means (MODEL section 2).
func (l *Ledger) At(t time.Time) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(sort.Search(len(l.times), func(i int) bool { return l.times[i].After(t) }))
}

// Verify reads everything again, entries and blobs, and compares it with the
// tree and the digests. The error names the entry that was changed or is
// missing.
func (l *Ledger) Verify(ctx context.Context) error {
	again := &tree{}
	err := l.Scan(ctx, 1, func(e Entry) error {
		_, err := again.add(e.Leaf)
		return err
	})
	if err != nil {
		return fmt.Errorf("verify ledger: %w", err)
	}
	l.mu.Lock()
	same := again.n <= l.tree.n && slices.Equal(again.hashes, l.tree.hashes[:len(again.hashes)])
	var digests []string
	for d := range l.blobAt {
		digests = append(digests, d)
	}
	l.mu.Unlock()
	if !same {
		return fmt.Errorf("verify ledger: %w: the tree is not that of its %d leaves; restore %s from a backup", evidence.ErrInvalid, again.n, treeName)
	}
	for _, d := range digests {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := l.Blob(d); err != nil {
			return fmt.Errorf("verify ledger: %w", err)
		}
	}
	return nil
}
