package redisfrontier

import (
	"context"
	"fmt"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Pause implements crawler.Control.
func (f *Frontier) Pause(ctx context.Context, t crawler.Target, reason string) error {
	return f.order(ctx, "pause", t, crawler.Paused, reason)
}

// Resume implements crawler.Control.
func (f *Frontier) Resume(ctx context.Context, t crawler.Target) error {
	return f.order(ctx, "resume", t, crawler.Running, "")
}

// Kill implements crawler.Control.
func (f *Frontier) Kill(ctx context.Context, t crawler.Target, reason string) error {
	if reason == "" {
		reason = crawler.Killed
	}
	return f.order(ctx, "kill", t, crawler.Killed, reason)
}

// SetGap implements crawler.Control.
func (f *Frontier) SetGap(ctx context.Context, host string, gap time.Duration) error {
	if gap < 0 || host == "" {
		return fmt.Errorf("set gap of %q: %w: %s", host, evidence.ErrInvalid, gap)
	}
	return wrap("set gap of "+host, f.orderHost(ctx, strings.ToLower(host), "gap", micros(gap)))
}

// order carries out a command. A run must be there; a host may be told before
// its first lead comes.
func (f *Frontier) order(ctx context.Context, verb string, t crawler.Target, state, reason string) error {
	if (t.Run == "") == (t.Host == "") {
		return fmt.Errorf("%s %+v: %w: name a run or a host", verb, t, evidence.ErrInvalid)
	}
	if t.Host != "" {
		return wrap(verb+" "+t.Host, f.orderHost(ctx, strings.ToLower(t.Host), state, reason))
	}
	known := false
	err := f.all(ctx, f.scripts.run, []any{t.Run, "known"}, func(_ int, reply []any) error {
		known = known || reply[0] == int64(1)
		if reply[0] == int64(2) {
			return crawler.ErrClosed
		}
		return nil
	})
	if err == nil && !known {
		err = evidence.ErrNotFound
	}
	if err == nil {
		err = f.orderRun(ctx, t.Run, state, reason)
	}
	return wrap(verb+" run "+t.Run, err)
}

// orderRun writes an order to every shard. What it puts aside is buried.
func (f *Frontier) orderRun(ctx context.Context, run, what, words string) error {
	var aside []int
	err := f.all(ctx, f.scripts.run, []any{run, what, words}, func(shard int, reply []any) error {
		if reply[1] == int64(1) {
			aside = append(aside, shard)
		}
		return nil
	})
	f.memory.forget()
	if err != nil {
		return err
	}
	for _, shard := range aside {
		if err := f.bury(ctx, shard); err != nil {
			return err
		}
	}
	return nil
}

func (f *Frontier) orderHost(ctx context.Context, host, what string, arg any) error {
	for {
		g := f.groupOf(host, "")
		shard := f.shard(g)
		reply, err := f.run(ctx, shard, f.scripts.host, host, g, what, arg)
		if err != nil {
			return err
		}
		f.memory.forget()
		switch word, _ := redisdb.Text(reply[0]); {
		case word == "moved":
			to, err := redisdb.Text(reply[1])
			if err != nil {
				return err
			}
			f.homes.Store(host, to)
			continue
		case reply[1] == int64(1):
			return f.bury(ctx, shard)
		}
		return nil
	}
}
