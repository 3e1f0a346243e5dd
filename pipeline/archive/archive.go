// Package archive says what an archive of exchanges promises. The archive is
// the truth of the house beside the ledger: whatever else stands can be made
// again from these two (DESIGN section 4).
//
// An exchange goes in whole, with the capture that describes it, and comes
// out the same: `probity rebuild` reads every capture from here. Package
// warcfiles keeps it as WARC/1.1 files; package archivetest holds every
// backend to the promise.
//
// What was made of a page while it was visited, such as a screenshot or the
// document after its scripts had run, goes in with the exchange
// (evidence.Exchange.Attach) and is kept or lost with it.
//
// It refuses an exchange whose bytes are not what its capture says, and never
// changes what it holds.
package archive

import (
	"context"
	"fmt"

	"probity/pipeline/evidence"
)

// An Archive keeps exchanges.
type Archive interface {
	// Keep stores an exchange durably before it returns. The capture's id
	// must be new. evidence.ErrInvalid: the exchange contradicts itself, see
	// Check; evidence.ErrConflict: the id is taken; evidence.ErrUnavailable:
	// no room on the disk, try again when there is.
	Keep(ctx context.Context, e evidence.Exchange) (Location, error)

	// Open returns the exchange of a capture id, its digests verified;
	// evidence.ErrNotFound if there is none.
	Open(ctx context.Context, id string) (evidence.Exchange, error)

	// Capture returns what describes the exchange, without its bytes, and
	// where it stands; evidence.ErrNotFound if there is none.
	Capture(ctx context.Context, id string) (evidence.Capture, Location, error)

	// Scan visits every capture in order of (file, offset), which is the
	// order in which they were kept, until visit fails.
	Scan(ctx context.Context, visit func(evidence.Capture, Location) error) error
}

// A Location is where an exchange stands: Length bytes from Offset of the
// file of that name in the archive's folder. The bytes are gzip members, one
// a WARC record, and a WARC file by themselves.
type Location struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	Length int64  `json:"length"`
}

// String is the location as people write it.
func (l Location) String() string { return fmt.Sprintf("%s:%d+%d", l.File, l.Offset, l.Length) }
