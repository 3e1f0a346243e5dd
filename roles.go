package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/redisboard"
)

// Roles of a member of a fleet. One process may have several, and each may be
// had by any number of processes.
const (
	roleCrawl    = "crawl"
	roleExtract  = "extract"
	roleEvaluate = "evaluate"
	roleServe    = "serve"
)

func allRoles() []string { return []string{roleCrawl, roleExtract, roleEvaluate, roleServe} }

// doRun is the house at work: on a laptop all of it, in a fleet the roles that
// are named, or all four.
func doRun(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("run", &c)
	roles, err := w.arguments(sh, args, 0, len(allRoles()), "["+strings.Join(allRoles(), "|")+"]...")
	if err != nil {
		return err
	}
	for _, r := range roles {
		if !slices.Contains(allRoles(), r) {
			return invalid("没有角色 no role %q: there are %s", r, strings.Join(allRoles(), ", "))
		}
	}
	fleet, err := c.fleet()
	if err != nil {
		return err
	}
	if len(roles) > 0 && !fleet {
		return invalid("角色 roles are for a fleet: set redis.addresses, elasticsearch.addresses and archive.url, or start `probity run` alone")
	}
	if len(roles) == 0 {
		roles = allRoles()
	}
	return attended(ctx, sh, c, roles, func(ctx context.Context, sh shell) error {
		h, err := openHouse(ctx, sh, c, datadir.Work)
		if err != nil {
			if ctx.Err() != nil {
				sh.log.InfoContext(ctx, "told to stop while the stores were being opened", slog.Any("error", err))
				err = nil
			}
			return err
		}
		ready := func(address, token string) { invite(sh, address, token) }
		if h.fleet == nil {
			return errors.Join(h.alone(ctx, ready), h.close())
		}
		return errors.Join(h.fleet.work(ctx, roles, ready), h.close())
	})
}

// alone is a laptop at work.
func (h *house) alone(ctx context.Context, ready func(address, token string)) error {
	h.measure(func(m *gauge.Meter) { m.Leads(true) })
	return h.serveHouse(ctx, h.config.Serve.Listen, h.config.Serve.Token, ready)
}

// stopWithin is how long a member may take to send what it holds when it is
// told to stop.
const stopWithin = 15 * time.Second

// work does what the roles are for until ctx ends. Then each stops taking,
// settles what it holds, and segments of the archive are sealed and sent.
func (f *fleet) work(ctx context.Context, roles []string, ready func(address, token string)) error {
	g, inner := errgroup.WithContext(ctx)
	has := func(r string) bool { return slices.Contains(roles, r) }
	g.Go(func() error { return f.beat(inner, roles) })
	g.Go(func() error { return f.archive.Run(inner) })
	switch {
	case has(roleEvaluate) || has(roleServe):
		g.Go(func() error { return f.keepUp(inner) })
	default:
		g.Go(func() error { return f.keepRuns(inner) })
	}
	if has(roleCrawl) {
		visitor, err := f.visitor()
		if err != nil {
			return err
		}
		f.metered(visitor, f.vitals.pulse.Loop(roleCrawl, loopBound))
		g.Go(func() error { return visitor.Run(inner) })
	}
	if has(roleExtract) {
		g.Go(func() error { return f.readCaptures(inner) })
	}
	if has(roleEvaluate) {
		g.Go(func() error { return f.lead(inner) })
	}
	if has(roleServe) {
		g.Go(func() error { return f.serveHouse(inner, f.config.Serve.Listen, f.config.Serve.Token, ready) })
	}
	err := g.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if sent := f.archive.Flush(late); sent != nil {
		f.log.WarnContext(late, "segments of the archive stay on this disk until the next start", slog.Any("error", sent))
	}
	_ = f.board.Leave(late, f.worker()) // or it expires
	return err
}

// beat tells the others that this member is there.
func (f *fleet) beat(ctx context.Context, roles []string) error {
	tick := time.NewTicker(memberExpiry / 4)
	defer tick.Stop()
	for {
		err := f.board.Beat(ctx, redisboard.Member{Name: f.worker(), Role: strings.Join(roles, "+")})
		if err != nil && ctx.Err() == nil && !errors.Is(err, evidence.ErrUnavailable) {
			return fmt.Errorf("beat: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
