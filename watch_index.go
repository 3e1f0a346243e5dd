package main

import (
	"context"
	"errors"
	"time"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/outbox"
	"probity/pipeline/elastic"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
)

// A sink is the index of a fleet as it is written to in bulk, counted: what it
// refuses for good, and what it asked to have once more.
type sink struct{ *fleet }

var _ outbox.Sink = sink{}

// PutAll puts documents that are made once.
func (s sink) PutAll(ctx context.Context, docs []indexer.Doc) ([]esindex.Poisoned, error) {
	start := time.Now()
	poisoned, err := s.index.PutAll(ctx, docs)
	s.counted(docs, start, poisoned, err)
	return poisoned, err
}

// Bring implements outbox.Sink.
func (s sink) Bring(ctx context.Context, docs []indexer.Doc) ([]esindex.Poisoned, error) {
	start := time.Now()
	poisoned, err := s.index.Bring(ctx, docs)
	s.counted(docs, start, poisoned, err)
	return poisoned, err
}

// LabelAll implements outbox.Sink.
func (s sink) LabelAll(ctx context.Context, all []esindex.Label) ([]esindex.Label, error) {
	start := time.Now()
	missing, err := s.index.LabelAll(ctx, all)
	docs := make([]indexer.Doc, len(all))
	for i, l := range all {
		docs[i].Kind = l.Kind
	}
	s.counted(docs, start, nil, err)
	return missing, err
}

func (s sink) counted(docs []indexer.Doc, start time.Time, poisoned []esindex.Poisoned, err error) {
	if len(docs) == 0 {
		return
	}
	s.measure(func(m *gauge.Meter) {
		kinds := map[string]int{}
		for _, d := range docs {
			kinds[d.Kind]++
		}
		m.Wrote(kinds, time.Since(start), err)
		for _, p := range poisoned {
			if !errors.Is(p.Err, evidence.ErrConflict) { // is there already
				m.Poisoned(p.Kind)
			}
		}
	})
}

// offeredAgain counts documents that the index asked to have once more.
func (h *house) offeredAgain(documents int, why error) {
	h.measure(func(m *gauge.Meter) {
		if elastic.Busy(why) {
			m.Retried("busy", documents)
			return
		}
		m.Retried("away", documents)
	})
}
