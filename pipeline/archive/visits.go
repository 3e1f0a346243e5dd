package archive

import (
	"context"
	"fmt"
	"time"

	"probity/pipeline/evidence"
)

// Visits asks for what was visited: the captures of a host or of a lead, one
// of both, newest first. Files handed in are no visits.
type Visits struct {
	Host   string // as evidence.Lead.Host says it
	Lead   string // key of a lead
	Before string // Order of the last capture of the page before; empty: from the newest
	N      int    // at most so many
}

// Most is how many captures one question returns at most.
const Most = 500

// A Logbook says who was visited when: by it an archive answers for itself to
// those whom it visited.
type Logbook interface {
	// Visits returns captures and where they stand. A capture may be missing
	// until it is committed, and in a fleet until its segment was sent.
	// evidence.ErrInvalid: the question is none.
	Visits(ctx context.Context, q Visits) ([]Listed, error)
}

// Check refuses what is no question. It returns the moment and the id before
// which captures are asked for; a zero time: no bound.
func (q Visits) Check() (before time.Time, id string, err error) {
	if (q.Host == "") == (q.Lead == "") || q.N < 1 || q.N > Most {
		return before, "", fmt.Errorf("visits: %w: ask for a host or a lead, 1 to %d at once", evidence.ErrInvalid, Most)
	}
	if q.Before == "" {
		return before, "", nil
	}
	if len(q.Before) <= len(moment) || q.Before[len(moment)] != ' ' {
		return before, "", fmt.Errorf("visits: %w: the cursor is not one that was given", evidence.ErrInvalid)
	}
	before, err = time.Parse(moment, q.Before[:len(moment)])
	if err != nil {
		return before, "", fmt.Errorf("visits: %w: the cursor is not one that was given: %w", evidence.ErrInvalid, err)
	}
	return before, q.Before[len(moment)+1:], nil
}

// Visited reports whether somebody was asked for the capture.
func (l Listed) Visited() bool { return l.Capture.Status != 0 }

// moment is fixed in length, so that its order is that of time.
const moment = "2006-01-02T15:04:05.000000000Z"
