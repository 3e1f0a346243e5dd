// Package pipeline carries evidence from room to room.
//
// A room that makes something puts its name on a [Queue]; the room that works
// on it runs [Work]. That loop is the only one in the house: it leases, works
// and settles, and so retries, shutdown and dead letters are decided in one
// place. Queues carry names, stores carry bytes.
//
// The package knows no room and no backend. It refuses to guess: what is to
// happen after a fault is said by the kind of the error (see [Policy.Judge]).
package pipeline

import (
	"context"
	"time"
)

// A Queue holds names that wait to be worked on, each in a group (the run it
// belongs to). It delivers each at least once: a lease that is never settled
// ends, and its name is delivered again. Every implementation passes
// queuetest.Run.
type Queue interface {
	// Put adds names to a group, durably, before it returns. A name that
	// waits already is not added again; one that is being worked on is worked
	// on once more afterwards, since what it stands for may have changed; a
	// dead letter of that name lives again, with its attempts forgotten.
	Put(ctx context.Context, group string, names ...string) error

	// Take leases up to n names that are ready, oldest first, and waits until
	// there is one. It returns ctx's error when ctx ends first.
	Take(ctx context.Context, n int) ([]Lease, error)

	// Settle ends a lease: a nil fault means done, any other is judged by the
	// policy. A lease that meanwhile went to another taker is
	// evidence.ErrConflict and changes nothing; of a name that is gone, to
	// settle it as done is no error, so it may be done twice.
	Settle(ctx context.Context, lease Lease, fault error) error

	// Extend gives leases their full time again, counted from now. A lease
	// that meanwhile went to another taker is evidence.ErrConflict.
	Extend(ctx context.Context, leases ...Lease) error

	// Len counts what a group holds; the empty group stands for all.
	Len(ctx context.Context, group string) (Counts, error)
}

// A Lease is a name taken from a queue, to be settled once.
type Lease struct {
	Group   string
	Name    string
	Attempt int       // 1 at the first try
	Fence   int64     // greater than that of every lease before on this queue
	Until   time.Time // when it goes to another, unless extended
}

// Counts is how much a group of a queue holds.
type Counts struct {
	Waiting int // ready, or to be ready after a delay
	Leased  int // being worked on
	Dead    int // given up, see Letters
}

// Empty reports whether no work is left: nothing waits, nobody works.
func (c Counts) Empty() bool { return c.Waiting == 0 && c.Leased == 0 }

// Letters are the names that a queue has given up on.
type Letters interface {
	// Dead lists a group's dead letters by time; the empty group stands for all.
	Dead(ctx context.Context, group string) ([]Letter, error)

	// Retry puts dead letters back, with their attempts forgotten, and says
	// how many; without names, all of the group.
	Retry(ctx context.Context, group string, names ...string) (int, error)
}

// A Letter is a name that was given up, and why.
type Letter struct {
	Group    string    `json:"group"`
	Name     string    `json:"name"`
	Attempts int       `json:"attempts"`
	Reason   string    `json:"reason"`
	Time     time.Time `json:"time"`
}

// Ages tell whether a queue is worked on.
type Ages interface {
	// Oldest is for how long the name that waits the longest has been ready;
	// 0 where none is.
	Oldest(ctx context.Context) (time.Duration, error)
}
