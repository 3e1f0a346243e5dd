package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// doSourceSet changes how a source is visited, without a restart: the gap holds
// for every worker from the next request on.
func doSourceSet(ctx context.Context, sh shell, c Config, args []string) error {
	return orderCommand{sh, c, "source set", "source"}.give(ctx, args, setDelay)
}

// setDelay reads delay=5s of a source or a host, or delay=declared.
func setDelay(o *crawler.Order, sets map[string]string) error {
	for key, value := range sets {
		gap, err := time.ParseDuration(value)
		switch {
		case key != "delay":
			return invalid("没有设置 no setting %q: there is delay", key)
		case value == "declared":
			o.Gap = 0
		case err != nil || gap <= 0:
			return invalid("delay %q: want a time like 5s, or declared", value)
		default:
			o.Gap = gap
		}
	}
	return nil
}

// doSourceKill is the switch: within a second no worker asks anything of the
// source any more, and what is under way is cut.
func doSourceKill(ctx context.Context, sh shell, c Config, args []string) error {
	return orderCommand{sh, c, "source kill", "source"}.give(ctx, args, func(o *crawler.Order, _ map[string]string) error {
		o.Killed = true
		return nil
	})
}

// doSourceResume takes a kill back. What was given up meanwhile is asked for by
// the next run, or opened again by letters retry while its run is open.
func doSourceResume(ctx context.Context, sh shell, c Config, args []string) error {
	return orderCommand{sh, c, "source resume", "source"}.give(ctx, args, func(o *crawler.Order, _ map[string]string) error {
		o.Killed = false
		return nil
	})
}

// doCampaignSet changes the budget of a campaign, also of its open run.
func doCampaignSet(ctx context.Context, sh shell, c Config, args []string) error {
	return orderCommand{sh, c, "campaign set", "campaign"}.give(ctx, args, func(o *crawler.Order, sets map[string]string) error {
		for key, value := range sets {
			if key == "budget" && value == "declared" {
				o.Budget = nil
				continue
			}
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n < 0 {
				return invalid("%s %q: want a number; 0 is no limit; budget=declared takes the order back", key, value)
			}
			b := evidence.Budget{}
			if o.Budget != nil {
				b = *o.Budget
			}
			switch key {
			case "budget", "requests":
				b.Requests = int(n)
			case "bytes":
				b.Bytes = n
			case "minutes":
				b.Minutes = int(n)
			default:
				return invalid("没有设置 no setting %q of a campaign: there are budget, bytes, minutes", key)
			}
			o.Budget = &b
		}
		return nil
	})
}

// An orderCommand is a command that gives an order.
type orderCommand struct {
	sh   shell
	c    Config
	name string
	kind string // of what it is about
}

// give takes NAME [KEY=VALUE...] and -why; with neither it shows what is in
// force and was given before.
func (o orderCommand) give(ctx context.Context, args []string, change func(*crawler.Order, map[string]string) error) error {
	w := newOptions(o.name, &o.c)
	why := w.String("why", "", "the reason, kept with the order")
	who := w.String("who", person(), "who gives it")
	names, err := w.arguments(o.sh, args, 1, -1, "-why REASON NAME [KEY=VALUE...]")
	if err != nil {
		return err
	}
	sets := map[string]string{}
	for _, arg := range names[1:] {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			return invalid("%q: want KEY=VALUE", arg)
		}
		sets[key] = value
	}
	about := o.kind + ":" + names[0]
	return with(ctx, o.sh, o.c, datadir.Command, func(h *house) error {
		if strings.HasSuffix(o.name, " set") && len(sets) == 0 {
			return o.show(ctx, h, about, w.json)
		}
		given, err := h.order(ctx, about, *who, *why, func(n *crawler.Order) error { return change(n, sets) })
		if err != nil {
			return err
		}
		if w.json {
			return printJSON(o.sh.out, given)
		}
		_, err = fmt.Fprintln(o.sh.out, "已生效 in force:", describeOrder(given))
		return err
	})
}

func (o orderCommand) show(ctx context.Context, h *house, about string, asJSON bool) error {
	all, err := h.given(ctx, about, 20)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(o.sh.out, all)
	}
	p := printer{w: o.sh.out}
	for _, one := range all {
		p.line("%s  %s", one.At.In(evidence.Shanghai).Format("2006-01-02 15:04:05"), describeOrder(one))
	}
	if len(all) == 0 {
		p.line("%s: 按声明执行，没有指令 as declared, no order was given", about)
	}
	return p.err
}

// describeOrder says an order in words.
func describeOrder(o crawler.Order) string {
	return fmt.Sprintf("%s v%d: %s；%s: %s", o.About, o.Version, orderWords(o), o.Who, o.Why)
}

// orderWords say what an order wants.
func orderWords(o crawler.Order) string {
	var parts []string
	if o.Killed {
		parts = append(parts, "停止采集 killed")
	}
	if o.Paused {
		parts = append(parts, "暂停访问 paused")
	}
	if o.Gap > 0 {
		parts = append(parts, fmt.Sprintf("间隔 delay %s", o.Gap))
	}
	if o.Budget != nil {
		parts = append(parts, fmt.Sprintf("预算 budget: 请求 requests %d, 字节 bytes %d, 分钟 minutes %d（0 不限 no limit）", o.Budget.Requests, o.Budget.Bytes, o.Budget.Minutes))
	}
	if len(parts) == 0 {
		parts = append(parts, "按声明 as declared")
	}
	return strings.Join(parts, "；")
}
