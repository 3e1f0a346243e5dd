package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"probity/crawler"
	"probity/extractors"
	"probity/indexer"
	"probity/pipeline"
	"probity/pipeline/campaign"
	"probity/pipeline/canon"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
)

// readCaptures reads what is queued until ctx ends. Where the house itself is
// at fault, such as for a full disk, it stops: to try on would only make dead
// letters of good captures.
func (h *house) readCaptures(ctx context.Context) error {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	loop := pipeline.Loop{Log: h.log, Policy: pipeline.DefaultPolicy(), Workers: h.config.Crawl.Readers}
	if h.fleet != nil {
		loop.Away = away
	}
	err := pipeline.Work(inner, loop, h.meteredQueue(), h.traced("read", func(ctx context.Context, l pipeline.Lease) error {
		err := h.read(ctx, l)
		if h.fleet != nil {
			return patient(err)
		}
		if errors.Is(err, evidence.ErrUnavailable) && (l.Attempt > 1 || h.full()) {
			stop(err)
		}
		return err
	}))
	if err == nil && ctx.Err() == nil {
		err = context.Cause(inner)
	}
	return err
}

// away is the longest wait of a fleet for a queue that is away.
const away = 5 * time.Second

// patient lets work wait for a store that is away, without counting it as a
// failure: in a fleet it comes back.
func patient(err error) error {
	if _, ok := evidence.Delay(err); ok || !errors.Is(err, evidence.ErrUnavailable) {
		return err
	}
	return evidence.RetryAfter(err, waitFor)
}

// full reports whether hardly anything can be written any more.
func (h *house) full() bool {
	left, err := datadir.Free(h.dir.Path())
	return err == nil && left < 1<<20
}

// unread adds captures that were given up to the sums of their source: what
// nobody could read leaves no run complete.
func (h *house) unread(ctx context.Context, run string, sums campaign.Sums) error {
	letters, err := h.captures.Dead(ctx, run)
	if err != nil {
		return err
	}
	for _, l := range letters {
		c, _, err := h.archive.Capture(ctx, l.Name)
		if h.fleet != nil && (errors.Is(err, evidence.ErrNotFound) || errors.Is(err, evidence.ErrUnavailable)) {
			continue // it never reached the archive of all: its lead was asked for again
		}
		if err != nil {
			return err
		}
		s := campaign.At(sums, c.Lead.Source, campaign.Subject(h.set.Sources[c.Lead.Source], c.Lead))
		s.Add(campaign.Sum{Failed: map[string]int{"unread": 1}, Why: []string{c.Lead.URL + ": " + l.Reason}})
	}
	return nil
}

// read is the work on one capture: its bytes become a reading, and what it
// says is sighted, counted, indexed and followed in one transaction. Done
// again it changes nothing, so the queue may deliver it twice.
func (h *house) read(ctx context.Context, lease pipeline.Lease) error {
	x, err := h.archive.Open(ctx, lease.Name)
	if h.fleet != nil && errors.Is(err, evidence.ErrNotFound) { // its crawler has not sent it yet
		return evidence.RetryAfter(errors.New("read capture "+lease.Name+": it is not in the archive of all yet"), time.Second)
	}
	if err != nil {
		return fmt.Errorf("read capture: %w", err)
	}
	src, ok := h.set.Sources[x.Capture.Lead.Source]
	if !ok {
		return fmt.Errorf("read capture %s: %w: source %q is not declared any more", lease.Name, evidence.ErrInvalid, x.Capture.Lead.Source)
	}
	n, err := h.noted(src, x)
	if err != nil {
		return err
	}
	return h.joint.note(ctx, n)
}

// noted reads an exchange and makes the document of its content.
func (h *house) noted(src evidence.Source, x evidence.Exchange) (noted, error) {
	n := noted{source: src, capture: x.Capture}
	var err error
	if n.reading, n.sum, err = h.reading(src, x); err != nil {
		return n, err
	}
	if n.reading.Text != "" {
		n.content, err = contentDoc(src, x.Capture, n.reading)
	}
	n.sum.Hosts = map[string]int{x.Capture.Lead.Host(): 1}
	return n, err
}

// reading reads an exchange. A page that is not what its source says is no
// fault of ours: it counts against the source, states nothing, and the run's
// report says why.
func (h *house) reading(src evidence.Source, x evidence.Exchange) (reading evidence.Reading, sum campaign.Sum, err error) {
	defer func() {
		if flag := x.Capture.Robots.Flag; flag != "" && err == nil {
			sum.Flagged = map[string]int{x.Capture.Lead.Host() + ": " + flag: 1}
		}
	}()
	start := time.Now()
	reading, err = extractors.Read(h.settings(src), "", x)
	h.measure(func(m *gauge.Meter) {
		result := gauge.Kind(err)
		switch {
		case err == nil:
			result = "read"
		case errors.Is(err, evidence.ErrInvalid) && !x.Capture.OK():
			result = "no_page" // an answer of another status states nothing
		case errors.Is(err, evidence.ErrInvalid):
			result = "unlike_declared"
		}
		m.Read(src.ID, result, len(reading.Records), time.Since(start))
	})
	switch {
	case errors.Is(err, evidence.ErrInvalid) && !x.Capture.OK():
		return evidence.Reading{}, campaign.Sum{Bytes: x.Capture.Size}, nil // the frontier counts it
	case errors.Is(err, evidence.ErrInvalid):
		h.log.Warn("page is not what its source says", slog.String("source", src.ID), slog.String("url", x.Capture.Lead.URL), slog.Any("error", err))
		return evidence.Reading{}, campaign.Sum{Bytes: x.Capture.Size, Failed: map[string]int{"unlike_declared": 1}, Why: []string{err.Error()}}, nil
	case err != nil:
		return reading, campaign.Sum{}, err
	}
	sum = campaign.SumReading(reading)
	sum.Fetched, sum.Bytes = 1, x.Capture.Size
	return reading, sum, nil
}

// manners are a source's own, with the configured ones where it is silent.
func (h *house) manners(ctx context.Context, src evidence.Source) evidence.Manners {
	m, d := src.Manners, h.config.Crawl.Manners
	if o := h.word(ctx, crawler.AboutSource(src.ID)); o.Gap > 0 {
		m.Gap = o.Gap
	}
	if m.Gap == 0 {
		m.Gap = d.Gap
	}
	m.Gap = max(m.Gap, h.config.Crawl.LeastGap)
	if m.Timeout == 0 {
		m.Timeout = d.Timeout
	}
	if m.MaxSize == 0 {
		m.MaxSize = d.MaxSize
	}
	if m.Backoff == 0 {
		m.Backoff = d.Backoff
	}
	return m
}

// contentDoc is the searchable document of one content: what the page says,
// decoded and masked. Its labels come when the run closes.
func contentDoc(src evidence.Source, c evidence.Capture, r evidence.Reading) (indexer.Doc, error) {
	says := map[string]any{
		"content": c.Content, "method": c.Lead.Method, "url": c.Lead.URL, "status": c.Status, "type": c.Type,
		"payload": c.Payload, "title": r.Title, "text": r.Text,
	}
	if len(r.Leaves) > 0 {
		says["leaves"] = r.Leaves
	}
	body, err := canon.JSON(says)
	if err != nil {
		return indexer.Doc{}, fmt.Errorf("document of %s: %w", c.Lead.URL, err)
	}
	return indexer.Doc{
		Kind: indexer.ContentDoc, ID: c.Content, Body: body, Title: r.Title, Text: r.Text,
		Date:   string(evidence.DateOf(c.Time)),
		Facets: contentFacets(src),
	}, nil
}

// contentFacets are those of a content until its run closes.
func contentFacets(src evidence.Source) map[string][]string {
	return map[string][]string{indexer.FacetSource: {src.ID}, indexer.FacetClass: {strconv.Itoa(src.Class)}, indexer.FacetState: {"provisional"}}
}
