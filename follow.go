package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"probity/evaluator/sqliteissues"
	"probity/indexer/resolve"
	"probity/pipeline/campaign"
	"probity/pipeline/esreadings"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// follow brings this member's view up to the ledger.
func (f *fleet) follow(ctx context.Context) error {
	if f.looking {
		return nil
	}
	err := f.followOn(ctx)
	if err == nil && f.vitals != nil {
		f.vitals.view.Store(true)
	}
	return err
}

func (f *fleet) followOn(ctx context.Context) error {
	f.telling.Lock()
	defer f.telling.Unlock()
	if err := f.ledger.Pull(ctx); err != nil {
		return err
	}
	from, err := f.runs.Told(ctx)
	if err != nil {
		return err
	}
	if f.tale.at > from {
		from = f.tale.at // what waits for more was told, and is not noted yet
	}
	err = f.ledger.Scan(ctx, from+1, func(e ledger.Entry) error {
		if err := f.tale.entry(ctx, e); err != nil {
			return err
		}
		f.tale.at = e.Seq
		if e.Kind == ledger.RunReported && !f.moving {
			return f.outbox.Drop(ctx) // whoever reported has sent it
		}
		return nil
	})
	if err != nil || !f.tale.idle() {
		return err
	}
	return f.runs.SetTold(ctx, f.tale.at)
}

// sights takes what a run had read when it closed into the view.
func (f *fleet) sights(ctx context.Context, run campaign.Run, said closing) error {
	sources, err := f.declared(run)
	if err != nil {
		return err
	}
	if len(said.Read) == 0 { // a laptop's, where nobody comes late
		var ids []string
		err := f.readings.OfRun(ctx, run.ID, func(id string, _ esreadings.Reading) error { ids = append(ids, id); return nil })
		if err != nil {
			return err
		}
		slices.Sort(ids)
		return f.sightIDs(ctx, sources, ids)
	}
	for _, digest := range said.Read {
		b, err := f.ledger.Blob(digest)
		if err != nil {
			return err
		}
		var ids []string
		if err := json.Unmarshal(b, &ids); err != nil {
			return err
		}
		if err := f.sightIDs(ctx, sources, ids); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) sightIDs(ctx context.Context, sources map[string]evidence.Source, ids []string) error {
	for some := range slices.Chunk(ids, 200) {
		readings, err := f.readings.Of(ctx, some)
		if err != nil {
			return err
		}
		if err := f.sightSome(ctx, sources, readings); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) sightSome(ctx context.Context, sources map[string]evidence.Source, readings []esreadings.Reading) error {
	for _, g := range readings {
		if err := f.runs.Named(ctx, g.Capture, sources[g.Capture.Lead.Source], g.Reading); err != nil {
			return err
		}
	}
	return f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, g := range readings {
			src := sources[g.Capture.Lead.Source]
			if d, ok := contentOf(src, g); ok {
				if err := f.outbox.KnownTx(ctx, tx, d); err != nil {
					return err
				}
			}
			if err := f.sight(ctx, tx, noted{source: src, capture: g.Capture, reading: g.Reading, sum: g.Sum}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fleet) settle(ctx context.Context, run campaign.Run, _ closing, _ []evidence.Look) (resolve.Changes, error) {
	if err := f.follow(ctx); err != nil {
		return resolve.Changes{}, err
	}
	return f.store.Changes(ctx, run.ID)
}

func (f *fleet) publish(ctx context.Context, _ []sqliteissues.Issue, due map[string]evidence.Date) error {
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, id := range sortedKeys(due) {
			if err := f.issues.DueTx(ctx, tx, id, due[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.follow(ctx)
}

func (f *fleet) label(ctx context.Context, run campaign.Run, entities []string) error {
	f.telling.Lock()
	defer f.telling.Unlock()
	if len(f.tale.bare) == 0 { // it was told before this start
		return f.house.label(ctx, run.ID, entities)
	}
	return f.tale.label(ctx)
}

// keepUp follows the ledger until ctx ends.
func (f *fleet) keepUp(ctx context.Context) error {
	return f.every(ctx, time.Second, "follow the ledger", f.follow)
}

// keepRuns follows only which runs there are: what a crawler or extractor has
// to know.
func (f *fleet) keepRuns(ctx context.Context) error {
	return f.every(ctx, time.Second, "read the ledger", func(ctx context.Context) error {
		if err := f.ledger.Pull(ctx); err != nil {
			return err
		}
		return f.runs.CatchUp(ctx)
	})
}

// every does something again and again until ctx ends. Stores that are away
// are waited for; any other error ends it.
func (h *house) every(ctx context.Context, pause time.Duration, what string, do func(context.Context) error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := do(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, evidence.ErrUnavailable):
			h.log.WarnContext(ctx, "a store is away, trying again", slog.String("verb", what), slog.Any("error", err))
		case err != nil:
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// patiently does something until no store is away.
func (h *house) patiently(ctx context.Context, what string, do func() error) error {
	for {
		err := do()
		if err == nil || !errors.Is(err, evidence.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		h.log.WarnContext(ctx, "a store is away, trying again", slog.String("verb", what), slog.Any("error", err))
		timer := time.NewTimer(waitFor)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}
