package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/outbox"
	"probity/pipeline/evidence"
	"probity/pipeline/redisboard"
)

// rebuildingRun is whose dead letters the documents are that a rebuild could
// not put.
const rebuildingRun = "rebuild"

// half is how much of a kind of documents a new version may lack before it is
// not taken for better.
const half = 2

// rebuild makes a new version of the index from archive and ledger, beside the
// one that is searched and written meanwhile by a fleet that goes on; then it
// takes over at one moment. The old one stays for `probity rebuild -back`. One
// rebuilds at a time; another waits.
func (f *fleet) rebuild(ctx context.Context, out io.Writer, anyway bool) (captures int, err error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	office := redisboard.NewLeader(f.redis, "rebuild", f.worker(), leadLasts, f.log)
	err = office.Lead(ctx, func(ctx context.Context, _ int64) error {
		captures, err = f.rebuildOnce(ctx, out, anyway)
		if ctx.Err() != nil && err != nil {
			return fmt.Errorf("%w: the rebuild was cut off and changed nothing; begin it again: %w", evidence.ErrUnavailable, err)
		}
		return err
	})
	return captures, err
}

func (f *fleet) rebuildOnce(ctx context.Context, out io.Writer, anyway bool) (captures int, err error) {
	for _, step := range []func(context.Context) error{
		f.index.Prune, f.archive.Reindex, f.outbox.Reset, f.store.Reset, f.issues.Reset, f.runs.Reset, f.runs.CatchUp,
	} {
		if err := step(ctx); err != nil {
			return 0, err
		}
	}
	f.tale = newRetelling(f.house, f.sights)
	fill := func(w esindex.Writer) error {
		r := rereading{f, f.house, w, map[string]bool{}}
		if captures, err = r.read(ctx); err != nil {
			return err
		}
		f.moving = true // what the view makes is put here, by nobody else
		if err := f.follow(ctx); err != nil {
			return err
		}
		return f.outbox.Flush(ctx, w, func(ctx context.Context, d outbox.Refused) error { return f.bury(ctx, rebuildingRun, d) })
	}
	_, err = f.index.Rebuild(ctx, fill, func(c esindex.Comparison) error {
		for _, kind := range sortedKeys(c.Before) {
			if _, err := fmt.Fprintf(out, "%s: 原有 before %d，现有 after %d\n", kind, c.Before[kind], c.After[kind]); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(out, "抽查 sampled %d，不同 differ %d\n", c.Sampled, len(c.Differ))
		return errors.Join(err, likely(c, anyway))
	})
	if err != nil {
		return captures, err
	}
	return captures, f.index.Refresh(ctx)
}

// likely refuses a new version that lacks most of what the old one has: an
// archive that cannot be reached whole looks just so.
func likely(c esindex.Comparison, anyway bool) error {
	for _, kind := range sortedKeys(c.Before) {
		if c.After[kind] < c.Before[kind]/half && !anyway {
			return fmt.Errorf("%w: of %d documents of kind %s the new version has %d; nothing was changed; -anyway lets it take over all the same",
				evidence.ErrConflict, c.Before[kind], kind, c.After[kind])
		}
	}
	return nil
}

// putNew puts documents into the new version.
func (m rereading) putNew(ctx context.Context, docs []indexer.Doc) error {
	poisoned, err := m.to.Bring(ctx, docs)
	if err != nil {
		return err
	}
	for _, p := range poisoned {
		for _, d := range docs {
			if d.Kind != p.Kind || d.ID != p.ID {
				continue
			}
			if err := m.bury(ctx, rebuildingRun, outbox.Refused{Doc: d, Err: p.Err}); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// back lets the index before the last rebuild take over again, with what was
// written since.
func (f *fleet) back(ctx context.Context, out io.Writer) error {
	if err := f.index.Back(ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "已换回重建前的索引 the index before the last rebuild is in use again")
	return err
}
