package main

import (
	"context"

	"probity/crawler"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// doHost is about hosts, however many sources lead there.
func doHost(ctx context.Context, sh shell, c Config, args []string) error {
	give := func(name string, change func(*crawler.Order, map[string]string) error) func(context.Context, shell, Config, []string) error {
		return func(ctx context.Context, sh shell, c Config, args []string) error {
			return orderCommand{sh, c, "host " + name, "host"}.give(ctx, args, change)
		}
	}
	paused := func(yes bool) func(*crawler.Order, map[string]string) error {
		return func(o *crawler.Order, _ map[string]string) error { o.Paused = yes; return nil }
	}
	return dispatch(ctx, sh, c, "host", []verb{
		{"list", "[-json] [NAME...]", doHostList},
		{"pause", "-why REASON NAME", give("pause", paused(true))},
		{"resume", "-why REASON NAME", give("resume", paused(false))},
		{"set", "-why REASON NAME delay=5s", give("set", setDelay)},
	}, args)
}

// doHostList shows how hosts are visited just now.
func doHostList(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("host list", &c)
	names, err := w.arguments(sh, args, 0, -1, "[-json] [NAME...]")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		all, err := hostStates(ctx, h, names...)
		if err != nil {
			return err
		}
		if w.json {
			return printJSON(sh.out, all)
		}
		p := printer{w: sh.out}
		for _, s := range all {
			p.line("%-40s %-8s 间隔 gap %-8s 待访 waiting %-6d %s", s.Host, s.State, s.Gap, s.Open, s.Reason)
			if !s.Rests.IsZero() {
				p.line("  退避至 backs off until %s", s.Rests.In(evidence.Shanghai).Format("2006-01-02 15:04:05"))
			}
		}
		if len(all) == 0 {
			p.line("没有访问过 no such host was visited yet")
		}
		return p.err
	})
}
