package sqlitefrontier

import (
	"context"
	"fmt"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A Desk settles visits in one transaction over the house's SQLite file: the
// archive's captures are committed, the lease ends, the capture goes to those
// who read, and the leads of a redirect enter the run. So whatever moment a
// kill takes, no answer is lost and none is counted twice.
type Desk struct {
	DB       *sqlitedb.DB
	Frontier *Frontier

	// Archive ends the pending state of kept captures.
	Archive interface {
		CommitTx(ctx context.Context, tx *sqlitedb.Tx, ids ...string) error
	}
	// Queue takes the ids of captures to be read, by run.
	Queue interface {
		PutTx(ctx context.Context, tx *sqlitedb.Tx, group string, names ...string) error
	}
	// Manners are those of a lead's source, for the redirects it leads to.
	Manners func(source string) evidence.Manners
	// Wanted says which captures are to be read; nil: pages, see Capture.OK.
	Wanted func(evidence.Capture) bool
	// Also is done in the same transaction, such as counting; nil: nothing.
	Also func(ctx context.Context, tx *sqlitedb.Tx, s crawler.Settlement) error
}

var _ crawler.Desk = (*Desk)(nil)

// Settle implements crawler.Desk.
func (d *Desk) Settle(ctx context.Context, s crawler.Settlement) error {
	return d.DB.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := d.Frontier.SettleTx(ctx, tx, s.Lease, s.Outcome); err != nil {
			return err
		}
		if err := d.Archive.CommitTx(ctx, tx, s.Kept...); err != nil {
			return fmt.Errorf("settle %s: %w", s.Lease.Lead.URL, err)
		}
		return d.handOn(ctx, tx, s)
	})
}

// Adopt settles an exchange that the archive found after a crash, in the
// transaction in which the archive commits it. What was settled before, and
// what settles no lead, is passed over.
func (d *Desk) Adopt(ctx context.Context, tx *sqlitedb.Tx, s crawler.Settlement) error {
	if s.Lease.Lead.View == crawler.RobotsView {
		return nil
	}
	ok, err := d.Frontier.AdoptTx(ctx, tx, s.Lease.Run, s.Lease.Lead, s.Outcome)
	if err != nil || !ok {
		return err
	}
	return d.handOn(ctx, tx, s)
}

func (d *Desk) handOn(ctx context.Context, tx *sqlitedb.Tx, s crawler.Settlement) error {
	if c := s.Capture; c != nil && d.wanted(*c) {
		if err := d.Queue.PutTx(ctx, tx, s.Lease.Run, c.ID); err != nil {
			return fmt.Errorf("hand on %s: %w", s.Lease.Lead.URL, err)
		}
	}
	for _, l := range s.Follow {
		if _, err := d.Frontier.AddTx(ctx, tx, s.Lease.Run, d.Manners(l.Source), l); err != nil {
			return err
		}
	}
	if d.Also == nil {
		return nil
	}
	return d.Also(ctx, tx, s)
}

func (d *Desk) wanted(c evidence.Capture) bool {
	if d.Wanted != nil {
		return d.Wanted(c)
	}
	return c.OK()
}
