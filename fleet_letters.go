package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"probity/indexer"
	"probity/indexer/outbox"
	"probity/pipeline"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// told sends what the view resolved to the index. What the index refuses for
// good becomes a dead letter, and holds up nobody else.
func (f *fleet) told(ctx context.Context, run campaign.Run) error {
	err := f.outbox.Flush(ctx, sink{f}, func(ctx context.Context, r outbox.Refused) error { return f.bury(ctx, run.ID, r) })
	if err != nil {
		return err
	}
	return f.index.Refresh(ctx)
}

// bury makes a dead letter of a document that the index refused. Its name is
// kind:id@digest; the document itself is kept by that digest where all members
// find it, since the one who leads when it is tried again may be another.
func (f *fleet) bury(ctx context.Context, run string, r outbox.Refused) error {
	f.log.ErrorContext(ctx, "the index refuses a document, now a dead letter", slog.String("kind", r.Doc.Kind), slog.String("id", r.Doc.ID), slog.Any("error", r.Err))
	name := r.Doc.Kind + ":" + r.Doc.ID
	switch digest, err := f.seal(ctx, r.Doc); {
	case errors.Is(err, evidence.ErrInvalid): // too large for the ledger too: it can be seen, and not be retried
	case err != nil:
		return err
	default:
		name += "@" + digest
	}
	if err := f.refused.Put(ctx, run, name); err != nil {
		return err
	}
	_, err := f.refused.GiveUp(ctx, run, r.Err.Error(), name)
	return err
}

// offerAgain brings documents to the index again that were refused and are to
// be retried, until ctx ends.
func (f *fleet) offerAgain(ctx context.Context) error {
	loop := pipeline.Loop{Log: f.log, Policy: pipeline.DefaultPolicy(), Workers: 1, Away: away}
	return pipeline.Work(ctx, loop, f.refused, func(ctx context.Context, l pipeline.Lease) error { return patient(f.offer(ctx, l.Name)) })
}

// offer brings one refused document to the index, with the facets that it has
// now; what is there in a higher revision stays.
func (f *fleet) offer(ctx context.Context, name string) error {
	_, digest, ok := strings.Cut(name, "@")
	if !ok {
		return fmt.Errorf("offer %s: %w: want kind:id@digest", name, evidence.ErrInvalid)
	}
	if err := f.ledger.Pull(ctx); err != nil {
		return err
	}
	b, err := f.ledger.Blob(digest)
	if err != nil {
		return fmt.Errorf("offer %s: %w", name, err)
	}
	var d indexer.Doc
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("offer %s: %w: %w", name, evidence.ErrInvalid, err)
	}
	err = f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		facets, err := f.outbox.FacetsTx(ctx, tx, d.Kind, d.ID)
		if errors.Is(err, evidence.ErrNotFound) {
			return nil
		}
		d.Facets = facets
		return err
	})
	if err != nil {
		return err
	}
	refused, err := sink{f}.Bring(ctx, []indexer.Doc{d})
	if err != nil {
		return err
	}
	for _, p := range refused {
		return fmt.Errorf("offer %s: %w", name, p.Err)
	}
	return f.index.Refresh(ctx)
}
