package main

import (
	"context"

	"probity/crawler"
	"probity/evaluator/sqliteissues"
	"probity/indexer"
	"probity/indexer/resolve"
	"probity/pipeline"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// The stores of a house, by what it asks of them. On a laptop all stand in
// one SQLite file beside WARC files; in a fleet they are Redis, Elasticsearch
// and objects.
type (
	frontier interface {
		crawler.Frontier
		crawler.Control
		crawler.Ledger
		crawler.Orders
		crawler.Purse
	}
	captures interface {
		pipeline.Queue
		pipeline.Letters
		pipeline.Ages
	}
	// documents is where the view puts what it resolved, within its own
	// transactions.
	documents interface {
		resolve.Documents
		FacetsTx(ctx context.Context, tx *sqlitedb.Tx, kind, id string) (map[string][]string, error)
	}
)

// A joint is where one step touches several stores. A laptop takes it in one
// transaction. A fleet takes it in steps of which each can be done again:
// what follows from the work first, then that the work is done; so a kill
// between two repeats something and loses nothing.
type joint interface {
	crawler.Desk
	// leave puts leads into a run, each under its own source's manners.
	leave(ctx context.Context, run string, leads []evidence.Lead) error
	// note keeps what a capture says, and leaves the leads that it names.
	note(ctx context.Context, n noted) error
	// file enters a file that was handed in, and kept, into its run.
	file(ctx context.Context, c evidence.Capture) error
	// progress says how a run stands, and whether nothing is left to fetch or
	// read.
	progress(ctx context.Context, run campaign.Run) (Progress, bool, error)
	// await returns when nothing of a run is left to fetch or read, or ctx ends.
	await(ctx context.Context, run campaign.Run, c evidence.Campaign, show func(Progress)) error
	// sums are what a run has read, and whose page each lead was that had an
	// answer, by its key; read are digests of lists of it, where others may
	// still come with more.
	sums(ctx context.Context, run campaign.Run) (sums campaign.Sums, asked map[string]campaign.Asked, read []string, err error)
	// settle takes a run that the ledger closed into the view.
	settle(ctx context.Context, run campaign.Run, said closing, looks []evidence.Look) (resolve.Changes, error)
	// publish shows issues that the ledger has, and notes when each entity is
	// due again.
	publish(ctx context.Context, issues []sqliteissues.Issue, due map[string]evidence.Date) error
	// label tells the contents of a run what became of them.
	label(ctx context.Context, run campaign.Run, entities []string) error
	// told is called when all that follows from a closed run stands in the
	// view, and brings what others see up to it.
	told(ctx context.Context, run campaign.Run) error
}

// noted is a capture as it was read.
type noted struct {
	source  evidence.Source
	capture evidence.Capture
	reading evidence.Reading
	sum     campaign.Sum
	content indexer.Doc // without text: there is nothing to find
}

// sight takes what a capture says into the view.
func (h *house) sight(ctx context.Context, tx *sqlitedb.Tx, n noted) error {
	g := resolve.Sighting{Run: n.capture.Run, Capture: n.capture, Reading: n.reading}
	if err := h.store.SightTx(ctx, tx, g); err != nil {
		return err
	}
	if err := h.runs.PagesTx(ctx, tx, n.capture, n.source, n.reading); err != nil {
		return err
	}
	return h.runs.NoteTx(ctx, tx, n.capture, n.source, n.sum)
}

// asked are leads by source, in canonical form; those of sources that the run
// does not name are left out, since nobody asked for these pages.
func (h *house) asked(r campaign.Run, leads []evidence.Lead) map[string][]evidence.Lead {
	bySource := map[string][]evidence.Lead{}
	for _, l := range leads {
		if r.Single && (l.Origin != "" || l.Depth > 0) && l.Hop == 0 {
			continue // only these pages were asked for
		}
		if admitted, err := h.gate.Admit(l); err == nil {
			l = admitted // what is refused the visitor refuses too, and counts
		}
		_, declared := h.set.Sources[l.Source]
		if _, named := r.Sources[l.Source]; named && declared {
			bySource[l.Source] = append(bySource[l.Source], l)
		}
	}
	return bySource
}

// readable says whether a capture is queued to be read; a robots.txt says
// nothing of operators, and what a page's scripts asked for is read with it.
func readable(c evidence.Capture) bool {
	return c.Lead.View != crawler.RobotsView && c.Lead.View != evidence.PartView
}

// A depot is the archive with what a house does to it beside keeping and
// opening.
type depot interface {
	archive.Archive
	archive.Logbook
	Close() error
}
