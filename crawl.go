package main

import (
	"context"
	"fmt"
	"net/netip"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/robots"
	"probity/pipeline/archive"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// visitor is the crawler of this house: what it needs, handed to it.
func (h *house) visitor() (*crawler.Visitor, error) {
	var pins []collyfetch.Pin
	for _, p := range h.config.Crawl.Pins {
		ip, err := netip.ParseAddr(p.Address)
		if err != nil {
			return nil, fmt.Errorf("crawl.pins: %w: %s: address %q is no IP address", evidence.ErrInvalid, p.Host, p.Address)
		}
		pins = append(pins, collyfetch.Pin{Host: p.Host, Address: netip.AddrPortFrom(ip, uint16(p.Port))})
	}
	m := h.config.Crawl.Manners
	fetcher, err := collyfetch.New(collyfetch.Options{Agent: h.config.Crawl.Agent, Pins: pins, Timeout: m.Timeout, MaxSize: m.MaxSize, Now: h.now})
	if err != nil {
		return nil, err
	}
	return &crawler.Visitor{
		Name: "laptop", Frontier: h.frontier, Robots: robots.New(fetcher, h.config.Crawl.Agent, h.now), Fetcher: fetcher, Archive: h.archive,
		Desk: desk{h}, Scope: h.gate, Sources: declared{h}, Manners: m, Policy: h.policy(), Workers: h.config.Crawl.Workers,
		Changed: h.frontier.Changed(), Mark: h.mark, Log: h.log, Now: h.now,
	}, nil
}

// declared are the sources by id.
type declared struct{ *house }

func (d declared) Source(id string) (evidence.Source, error) {
	src, ok := d.set.Sources[id]
	if !ok {
		return src, fmt.Errorf("source %s: %w: it is not declared any more", id, evidence.ErrNotFound)
	}
	return src, nil
}

// A desk settles visits: lease, capture and redirects in one transaction.
type desk struct{ *house }

func (d desk) Settle(ctx context.Context, s crawler.Settlement) error {
	return d.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := d.frontier.SettleTx(ctx, tx, s.Lease, s.Outcome); err != nil {
			return err
		}
		if err := d.archive.CommitTx(ctx, tx, s.Kept...); err != nil {
			return err
		}
		if err := d.leave(ctx, tx, s.Lease.Run, s.Follow); err != nil {
			return err
		}
		if s.Capture == nil {
			return nil
		}
		return d.enqueue(ctx, tx, *s.Capture)
	})
}

// handOn commits an archived exchange and queues it to be read.
func (h *house) handOn(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture) error {
	if err := h.archive.CommitTx(ctx, tx, c.ID); err != nil {
		return err
	}
	return h.enqueue(ctx, tx, c)
}

// enqueue queues a capture to be read; a robots.txt says nothing of operators.
func (h *house) enqueue(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture) error {
	if c.Lead.View == crawler.RobotsView {
		return nil
	}
	return h.captures.PutTx(ctx, tx, c.Run, c.ID)
}

// adopt takes up an exchange that was archived before a crash and not
// settled: its lead is, and it is queued to be read, in the transaction that
// commits it.
func (h *house) adopt(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, _ archive.Location) error {
	if c.Status == 0 { // a file handed in
		if err := h.settleFile(ctx, tx, c); err != nil {
			return err
		}
		return h.enqueue(ctx, tx, c)
	}
	if h.adopter == nil {
		visitor, err := h.visitor()
		if err != nil {
			return err
		}
		h.adopter = visitor
	}
	s := h.adopter.Adopt(c, nil)
	ours, err := h.frontier.AdoptTx(ctx, tx, c.Run, c.Lead, s.Outcome)
	if err != nil || !ours {
		return err
	}
	if err := h.leave(ctx, tx, c.Run, s.Follow); err != nil {
		return err
	}
	return h.enqueue(ctx, tx, c)
}
