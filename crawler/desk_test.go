package crawler_test

import (
	"context"

	"probity/crawler"
	"probity/crawler/sqlitefrontier"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

// A desk settles visits as the house does: in one transaction the archive's
// captures are committed, the lease ends, the page is queued to be read, and
// the leads of a redirect enter the run.
type desk struct {
	db       *sqlitedb.DB
	frontier *sqlitefrontier.Frontier
	archive  *warcfiles.Files
	queue    *sqlitequeue.Queue
	manners  func(source string) evidence.Manners
}

// Settle implements crawler.Desk.
func (d *desk) Settle(ctx context.Context, s crawler.Settlement) error {
	return d.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := d.frontier.SettleTx(ctx, tx, s); err != nil {
			return err
		}
		if err := d.archive.CommitTx(ctx, tx, s.Kept...); err != nil {
			return err
		}
		return d.handOn(ctx, tx, s)
	})
}

// adopt settles an exchange that the archive found after a crash.
func (d *desk) adopt(ctx context.Context, tx *sqlitedb.Tx, s crawler.Settlement) error {
	ok, err := d.frontier.AdoptTx(ctx, tx, s.Lease.Run, s.Lease.Lead, s.Outcome)
	if err != nil || !ok {
		return err
	}
	return d.handOn(ctx, tx, s)
}

func (d *desk) handOn(ctx context.Context, tx *sqlitedb.Tx, s crawler.Settlement) error {
	if s.Capture != nil && s.Capture.OK() {
		if err := d.queue.PutTx(ctx, tx, s.Lease.Run, s.Capture.ID); err != nil {
			return err
		}
	}
	for _, l := range s.Follow {
		if _, err := d.frontier.AddTx(ctx, tx, s.Lease.Run, d.manners(l.Source), l); err != nil {
			return err
		}
	}
	return nil
}
