package main

import (
	"context"

	"probity/crawler"
	"probity/crawler/sqlitedesk"
	"probity/crawler/sqlitefrontier"
	"probity/evaluator/sqliteissues"
	"probity/indexer/resolve"
	"probity/indexer/sqliteindex"
	"probity/pipeline"
	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

// A laptop joins the stores that stand in one SQLite file: each step is one
// transaction.
type laptop struct {
	*house
	frontier *sqlitefrontier.Frontier
	captures *sqlitequeue.Queue
	index    *sqliteindex.Index
	archive  *warcfiles.Files
	desk     *sqlitedesk.Desk
}

var _ joint = (*laptop)(nil)

// openLaptop opens the stores of a data directory and takes up what a crash
// left between them.
func (h *house) openLaptop(ctx context.Context, mode datadir.Mode) (err error) {
	p := &laptop{house: h}
	if p.frontier, err = sqlitefrontier.Open(ctx, h.db, h.policy(), h.now); err != nil {
		return err
	}
	if p.captures, err = sqlitequeue.Open(ctx, h.db, "captures", pipeline.DefaultPolicy(), h.now); err != nil {
		return err
	}
	if p.index, err = sqliteindex.New(ctx, h.db); err != nil {
		return err
	}
	p.desk = sqlitedesk.New(h.db, p.settled)
	h.frontier, h.captures, h.index, h.docs, h.joint, h.laptop = p.frontier, p.captures, p.index, p.index, p, p
	h.changed = p.frontier.Changed()
	if err := h.openView(ctx); err != nil {
		return err
	}
	h.need()
	if mode == datadir.Work {
		if err := h.runs.CatchUp(ctx); err != nil {
			return err
		}
	}
	p.archive, err = warcfiles.Open(ctx, warcfiles.Options{
		Dir: h.dir.Path("archive"), DB: h.db, Log: h.log, Now: h.now, Software: version, MinFree: h.config.keepFree(),
		ReadOnly: mode == datadir.Command, Adopt: p.adopt, Mark: h.mark,
		Index: true, MaxSize: h.config.Archive.SealSize, Sync: warcfiles.Sync(h.config.Archive.Sync), SyncWait: h.config.Archive.SyncWait,
	})
	if err != nil {
		return err
	}
	h.archive, h.past = p.archive, p.archive
	h.closers = append(h.closers, p.archive.Close)
	if mode != datadir.Work {
		return nil
	}
	if _, err = p.frontier.Recover(ctx); err != nil {
		return err
	}
	_, err = p.captures.Recover(ctx)
	return err
}

// Settle implements crawler.Desk.
func (p *laptop) Settle(ctx context.Context, s crawler.Settlement) error {
	return p.desk.Settle(ctx, s)
}

// settled is the transaction of settlements.
func (p *laptop) settled(ctx context.Context, tx *sqlitedb.Tx, batch []crawler.Settlement) error {
	if err := p.frontier.SettleTx(ctx, tx, batch...); err != nil {
		return err
	}
	follow, kept := sqlitedesk.Runs(batch)
	if err := p.archive.CommitTx(ctx, tx, kept...); err != nil {
		return err
	}
	for _, run := range sortedKeys(follow) {
		if err := p.leaveTx(ctx, tx, run, follow[run]); err != nil {
			return err
		}
	}
	for _, s := range batch {
		if s.Capture == nil {
			continue
		}
		if err := p.enqueue(ctx, tx, *s.Capture); err != nil {
			return err
		}
	}
	return nil
}

func (p *laptop) enqueue(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture) error {
	if !readable(c) {
		return nil
	}
	return p.captures.PutTx(ctx, tx, c.Run, c.ID)
}

// adopt takes up an exchange that was archived before a crash and not
// settled: its lead is, and it is queued to be read, in the transaction that
// commits it.
func (p *laptop) adopt(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, _ archive.Location) error {
	if c.Lead.View == evidence.PartView {
		return nil // of a page that will be asked for again
	}
	if c.Status == 0 { // a file handed in
		if err := p.settleFile(ctx, tx, c); err != nil {
			return err
		}
		return p.enqueue(ctx, tx, c)
	}
	s, err := p.adopted(c)
	if err != nil {
		return err
	}
	ours, err := p.frontier.AdoptTx(ctx, tx, c.Run, c.Lead, s.Outcome)
	if err != nil || !ours {
		return err
	}
	if err := p.leaveTx(ctx, tx, c.Run, s.Follow); err != nil {
		return err
	}
	return p.enqueue(ctx, tx, c)
}

// settleFile enters a file into its run as a lead that is done.
func (p *laptop) settleFile(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture) error {
	if _, err := p.frontier.AddTx(ctx, tx, c.Run, p.config.Crawl.Manners, c.Lead); err != nil {
		return err
	}
	_, err := p.frontier.AdoptTx(ctx, tx, c.Run, c.Lead, crawler.Outcome{Result: crawler.Done})
	return err
}

func (p *laptop) file(ctx context.Context, c evidence.Capture) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := p.settleFile(ctx, tx, c); err != nil {
			return err
		}
		if err := p.archive.CommitTx(ctx, tx, c.ID); err != nil {
			return err
		}
		return p.enqueue(ctx, tx, c)
	})
}

func (p *laptop) leave(ctx context.Context, run string, leads []evidence.Lead) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return p.leaveTx(ctx, tx, run, leads) })
}

func (p *laptop) leaveTx(ctx context.Context, tx *sqlitedb.Tx, run string, leads []evidence.Lead) error {
	r, err := p.runs.GetTx(ctx, tx, run)
	if err != nil {
		return err
	}
	bySource := p.asked(r, leads)
	for _, name := range sortedKeys(bySource) {
		added, err := p.frontier.AddTx(ctx, tx, run, p.manners(ctx, p.set.Sources[name]), bySource[name]...)
		if err != nil {
			return err
		}
		p.left(added)
	}
	return nil
}

func (p *laptop) note(ctx context.Context, n noted) error {
	return p.noteThen(ctx, n, func(tx *sqlitedb.Tx) error {
		if n.capture.Status == 0 {
			return nil // a file handed in: nobody asked for the pages that it names
		}
		return p.leaveTx(ctx, tx, n.capture.Run, n.reading.Leads)
	})
}

// noteThen notes, and does then in the same transaction.
func (p *laptop) noteThen(ctx context.Context, n noted, then func(*sqlitedb.Tx) error) error {
	if err := p.runs.Named(ctx, n.capture, n.source, n.reading); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := p.sight(ctx, tx, n); err != nil {
			return err
		}
		if n.content.ID != "" {
			if err := p.index.PutTx(ctx, tx, n.content); err != nil {
				return err
			}
		}
		if err := then(tx); err != nil {
			return err
		}
		p.mark("record")
		return nil
	})
}

// progress reads the state of a run in one transaction: a lead that was just
// settled has its capture queued, so nothing is ever between the two.
func (p *laptop) progress(ctx context.Context, run campaign.Run) (out Progress, over bool, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		counts, err := p.frontier.CountsTx(ctx, tx, run.ID)
		if err != nil {
			return err
		}
		queue, err := p.captures.LenTx(ctx, tx, run.ID)
		if err != nil {
			return err
		}
		out = progressOf(run, counts, queue)
		over = counts.Empty() && queue.Empty()
		return p.runs.TotalsTx(ctx, tx, run.ID, &out.Captures, &out.Records, &out.Bytes)
	})
	return out, over, err
}

// await crawls and reads in this process until the run is over.
func (p *laptop) await(ctx context.Context, run campaign.Run, c evidence.Campaign, show func(Progress)) error {
	return p.gather(ctx, run, c, show)
}

func (p *laptop) sums(ctx context.Context, run campaign.Run) (campaign.Sums, map[string]campaign.Asked, []string, error) {
	sums, asked, err := p.runs.Sums(ctx, run.ID)
	return sums, asked, nil, err
}

func (p *laptop) settle(ctx context.Context, run campaign.Run, said closing, looks []evidence.Look) (resolve.Changes, error) {
	return p.house.settle(ctx, run, p.set.Sources, said.Results, looks)
}

func (p *laptop) publish(ctx context.Context, issues []sqliteissues.Issue, due map[string]evidence.Date) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, id := range sortedKeys(due) {
			if err := p.issues.DueTx(ctx, tx, id, due[id]); err != nil {
				return err
			}
		}
		for _, i := range issues {
			if err := p.show(ctx, tx, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *laptop) label(ctx context.Context, run campaign.Run, entities []string) error {
	return p.house.label(ctx, run.ID, entities)
}

func (p *laptop) told(context.Context, campaign.Run) error { return nil }

// reset empties what a rebuild makes again.
func (p *laptop) reset(ctx context.Context) error {
	for _, reset := range []func(context.Context) error{p.index.Reset, p.store.Reset, p.runs.Reset, p.issues.Reset, p.archive.Reindex} {
		if err := reset(ctx); err != nil {
			return err
		}
	}
	return nil
}
