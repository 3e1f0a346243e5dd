// Package doors says what the api needs from the rest of the house: small
// interfaces, and the plain values that pass through them.
//
// The api knows no other room. Package main stands behind these doors with
// index, resolved facts, issues, archive, ledger and runs. Everything here is
// a question with a moment in it, since nothing in the house may be said
// without the day it held on and what was known by then (MODEL 2). What a
// reader may see of an answer is decided in the api (MODEL 6), not here: a
// door gives everything it has, but for original bytes only what is masked.
package doors

import (
	"context"
	"time"

	"probity/pipeline/evidence"
)

// Doors are all of them together, as the api is handed them.
type Doors struct {
	Finder     Finder
	Entities   Entities
	Evidence   Evidence
	Vault      Vault
	Campaigns  Campaigns
	Published  Published
	Operations Operations
	Visited    Visited
}

// When is the moment a question is about: two axes (MODEL 2).
type When struct {
	// AsOf is the day whose end is asked for, in Asia/Shanghai. It is never
	// empty: where a reader names none the api fills in today.
	AsOf evidence.Date
	// KnownAt is the instant by which something must have been in the ledger.
	// Zero: now.
	KnownAt time.Time
	// Standard is ID@VERSION of the standard to grade by. Empty: the one in
	// force. An unknown one is evidence.ErrNotFound.
	Standard string
	// Asked says that the reader named a day, an instant or a standard:
	// then the result is calculated for it. Otherwise the newest issue is
	// shown as it was sealed.
	Asked bool
}

// A Finder says whom a text means, and finds documents by words.
type Finder interface {
	// Find says whom a text means: an id, a code, a shop, a host, a name or a
	// part of one. evidence.ErrNotFound if nobody.
	Find(ctx context.Context, text string) (Found, error)
	// Search finds documents that contain the query's words. A broken cursor,
	// an unknown facet or a size out of range is evidence.ErrInvalid.
	Search(ctx context.Context, q Query) (Page, error)
}

// Entities gives what holds about an operator.
type Entities interface {
	// Dossier returns everything that holds about an entity at a moment.
	// evidence.ErrNotFound if nobody has the id; an id that was merged or
	// moved answers with the entity it belongs to now, told by Entity.ID.
	Dossier(ctx context.Context, id string, when When) (Dossier, error)
	// Refs names entities for display, in the order asked; ids nobody has are
	// left out.
	Refs(ctx context.Context, ids []string) ([]Ref, error)
}

// Evidence gives what a grade rests on.
type Evidence interface {
	// Fact returns a fact with the records that state it. evidence.ErrNotFound.
	Fact(ctx context.Context, id string, when When) (Fact, error)
	// Record returns a record with its history. evidence.ErrNotFound.
	Record(ctx context.Context, id string) (Record, error)
	// Capture returns the capture with that capture id, or the newest capture
	// of that content id, with its decoded, masked text. evidence.ErrNotFound.
	Capture(ctx context.Context, id string) (Capture, error)
	// Citing returns what was read from runes [start,end) of a content's
	// text, in order of start; an end of 0 asks for the whole of it. It is
	// the way back up from a passage.
	Citing(ctx context.Context, content string, start, end int) ([]Mark, error)
	// Stated returns the records that a capture states, as that capture
	// states them, by id; so many at most.
	Stated(ctx context.Context, c evidence.Capture, most int) (Stated, error)
}

// A Vault holds what only operators may see, and notes who saw it.
type Vault interface {
	// Original opens the bytes of a capture as they came. The api calls it
	// for holders of the operator's token only, after Note has succeeded.
	Original(ctx context.Context, capture string) (evidence.Exchange, error)
	// Note leaves an entry in the ledger: who opened what.
	Note(ctx context.Context, a Access) error
}

// Campaigns lets people plan and watch crawls.
type Campaigns interface {
	// Campaigns returns all of them by id, each with its runs, newest first.
	Campaigns(ctx context.Context) ([]Campaign, error)
	// Campaign returns one with all its runs. evidence.ErrNotFound.
	Campaign(ctx context.Context, id string) (Campaign, error)
	// InForce says what holds for a campaign now, beside what is declared.
	// evidence.ErrNotFound.
	InForce(ctx context.Context, id string) (InForce, error)
	// Progress says how the newest run stands now. evidence.ErrNotFound if it
	// never ran.
	Progress(ctx context.Context, id string) (Progress, error)
	// Report returns the report of a closed run. evidence.ErrNotFound while
	// there is none.
	Report(ctx context.Context, run string) (Report, error)
	// Order obeys Run, Pause or Resume for who. evidence.ErrConflict where
	// the campaign's state does not admit it.
	Order(ctx context.Context, id, verb, who string) error
}

// Orders to a campaign.
const (
	Run    = "run"
	Pause  = "pause"
	Resume = "resume"
)

// Published gives what the house says of itself: rules are public (Shenzhen
// Measures art. 39; social credit regulation art. 29).
type Published interface {
	// Sources returns the declared sources by id, with when each was last
	// looked at.
	Sources(ctx context.Context) ([]Source, error)
	// Standard returns a standard by ID@VERSION, the one in force if empty.
	Standard(ctx context.Context, id string) (Standard, error)
	// Stats counts what there is.
	Stats(ctx context.Context) (Stats, error)
}
