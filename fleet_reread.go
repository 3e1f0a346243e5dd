package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/resolve"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/esreadings"
	"probity/pipeline/evidence"
)

// A rereading makes a fleet's readings and documents from the archive of a
// house: a laptop's that moves in, or the fleet's own.
type rereading struct {
	*fleet
	from *house
	to   esindex.Writer  // a new version of the index, beside the one in use; nil: the one in use
	done map[string]bool // readings that were replaced: of equal ones the first counts
}

// retell brings the view up to the ledger, and sends all that follows.
func (m rereading) retell(ctx context.Context) error {
	m.moving = true // nobody has sent it yet
	if err := m.follow(ctx); err != nil {
		return err
	}
	return m.told(ctx, campaign.Run{ID: "rebuild"})
}

// read reads every capture again, by the declarations of its run, and takes up
// in the fleet's frontier what is open.
func (m rereading) read(ctx context.Context) (n int, err error) {
	sources := map[string]map[string]evidence.Source{}
	runs, err := m.from.runs.All(ctx)
	if err != nil {
		return 0, err
	}
	open := map[string]bool{}
	for _, run := range runs {
		if sources[run.ID], err = m.from.declared(run); err != nil {
			return 0, err
		}
		open[run.ID] = run.State == campaign.Running
	}
	var ids []string
	err = m.from.archive.Scan(ctx, func(c evidence.Capture, _ archive.Location) error {
		if readable(c) && sources[c.Run] != nil {
			ids = append(ids, c.ID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(ids, 100) {
		if err := m.readSome(ctx, some, sources, open); err != nil {
			return n, err
		}
		n += len(some)
	}
	return n, nil
}

func (m rereading) readSome(ctx context.Context, ids []string, sources map[string]map[string]evidence.Source, open map[string]bool) error {
	read, err := m.readAll(ctx, ids, sources)
	if err != nil {
		return err
	}
	var docs []indexer.Doc
	readings := make([]esreadings.Reading, len(read))
	for i, n := range read {
		readings[i] = esreadings.Reading{Capture: n.capture, Reading: n.reading, Sum: n.sum, Text: n.content.ID != ""}
		if n.content.ID != "" {
			docs = append(docs, n.content)
		}
		if open[n.capture.Run] && m.to != nil { // its crawlers go on; what it says is still provisional
			provisional, err := resolve.Provisional(n.reading.Records)
			if err != nil {
				return err
			}
			docs = append(docs, provisional...)
		} else if open[n.capture.Run] && n.capture.Status != 0 {
			if err := m.takeUp(ctx, n); err != nil {
				return err
			}
		}
	}
	if m.to != nil {
		return errors.Join(m.putNew(ctx, docs), m.readings.Replace(ctx, m.fresh(readings)...))
	}
	poisoned, err := m.index.PutAll(ctx, docs)
	for _, p := range poisoned {
		err = errors.Join(err, fmt.Errorf("document %s %s: %w", p.Kind, p.ID, p.Err))
	}
	if err != nil {
		return err
	}
	return m.readings.Put(ctx, readings...)
}

// fresh are the readings that were not replaced yet.
func (m rereading) fresh(all []esreadings.Reading) []esreadings.Reading {
	return slices.DeleteFunc(all, func(g esreadings.Reading) bool {
		id := g.ID()
		again := m.done[id]
		m.done[id] = true
		return again
	})
}

// readAll reads captures side by side.
func (m rereading) readAll(ctx context.Context, ids []string, sources map[string]map[string]evidence.Source) ([]noted, error) {
	read := make([]noted, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, id := range ids {
		g.Go(func() error {
			x, err := m.from.archive.Open(ctx, id)
			if err != nil {
				return err
			}
			src, ok := sources[x.Capture.Run][x.Capture.Lead.Source]
			if !ok {
				return fmt.Errorf("capture %s: %w: its source %q is not one of run %s", id, evidence.ErrInvalid, x.Capture.Lead.Source, x.Capture.Run)
			}
			read[i], err = m.noted(src, x)
			return err
		})
	}
	return read, g.Wait()
}

// takeUp settles the lead of a capture of an open run in the fleet's frontier,
// and leaves those that follow from it.
func (m rereading) takeUp(ctx context.Context, n noted) error {
	s, err := m.adopted(n.capture)
	if err != nil {
		return err
	}
	if err := m.leave(ctx, n.capture.Run, slices.Concat([]evidence.Lead{n.capture.Lead}, n.reading.Leads, s.Follow)); err != nil {
		return err
	}
	_, err = m.frontier.Adopt(ctx, n.capture.Run, n.capture.Lead, s.Outcome)
	return err
}
