package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"probity/api/words"
	"probity/crawler"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/timetable"
)

// doCampaign plans and watches crawls.
func doCampaign(ctx context.Context, sh shell, c Config, args []string) error {
	return dispatch(ctx, sh, c, "campaign", []verb{
		{"list", "[-json]", doCampaignList},
		{"run", "[-json] [-now] NAME", doCampaignRun},
		{"pause", "NAME", doCampaignPause},
		{"resume", "NAME", doCampaignResume},
		{"report", "[-json] NAME|RUN", doCampaignReport},
		{"estimate", "[-json] NAME", doCampaignEstimate},
		{"set", "-why REASON NAME budget=N|bytes=N|minutes=N...", doCampaignSet},
	}, args)
}

// doCampaignList lists the campaigns with how their newest run stands.
func doCampaignList(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("campaign list", &c)
	if _, err := w.arguments(sh, args, 0, 0, "[-json]"); err != nil {
		return err
	}
	set, err := declarations(c)
	if err != nil {
		return err
	}
	states := map[string]string{}
	err = with(ctx, sh, c, datadir.Command, func(h *house) error { return h.states(ctx, states) })
	if err != nil && !errors.Is(err, evidence.ErrNotFound) { // nothing ran here yet
		return err
	}
	p := printer{w: sh.out}
	for _, id := range sortedKeys(set.Campaigns) {
		k := set.Campaigns[id]
		state := or(states[id], "planned")
		next := ""
		if t, err := timetable.New(k, nil); k.Schedule != "" && err == nil {
			next = t.Next(sh.now()).Format("2006-01-02 15:04 MST")
		}
		if w.json {
			line, err := json.Marshal(map[string]any{"campaign": k, "state": state, "next": next})
			if err != nil {
				return err
			}
			p.line("%s", line)
			continue
		}
		if next != "" {
			next = "下次 next " + next
		}
		p.line("%-20s %s  %d 个来源 sources  %s  %s", id, words.Of("run", state), len(k.Sources), k.Title, next)
	}
	if len(set.Campaigns) == 0 && !w.json {
		p.line("没有采集计划 no campaigns: put declarations into campaigns/*.yaml below %s", strings.Join(c.Declarations, ", "))
	}
	return p.err
}

// states says how the newest run of every campaign stands.
func (h *house) states(ctx context.Context, states map[string]string) error {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs { // by number: the newest comes last
		states[r.Campaign] = r.State
		if r.State != campaign.Running {
			continue
		}
		if counts, err := h.frontier.Counts(ctx, r.ID); err == nil && counts.State == crawler.Paused {
			states[r.Campaign] = campaign.Paused
		}
	}
	return nil
}

// doCampaignRun goes through a campaign's sources, or goes on with its open
// run, and prints the report.
func doCampaignRun(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("campaign run", &c)
	now := w.Bool("now", false, "run outside the campaign's window too")
	who := w.String("who", person(), "who starts it, for the report")
	names, err := w.arguments(sh, args, 1, 1, "[-json] [-now] NAME")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, working(c), func(h *house) error {
		k, err := h.campaign(names[0])
		if err != nil {
			return err
		}
		if *now {
			k.Window, k.Closed, k.Blackout = nil, nil, nil
		}
		if err := h.mayRun(k); err != nil {
			return err
		}
		return h.conduct(ctx, sh, k, *who, w.json)
	})
}

// mayRun says why a campaign may not fetch now, and when it may.
func (h *house) mayRun(k evidence.Campaign) error {
	t, err := h.times(k)
	if err != nil {
		return err
	}
	hours := t.Hours(h.now())
	if hours.Open {
		return nil
	}
	when := "一年内不开放 not within a year"
	if edge := t.Edge(h.now()); !edge.IsZero() {
		when = edge.Format("2006-01-02 15:04 MST")
	}
	return fmt.Errorf("campaign %s: %w: 不在采集时段 outside its hours (%s %s): 开放时间 it may fetch from %s; run it then, or now with -now",
		k.ID, evidence.ErrUnavailable, hours.Reason, hours.Words, when)
}

// person is who sits before the terminal.
func person() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

// campaign finds a declared campaign.
func (h *house) campaign(name string) (evidence.Campaign, error) {
	k, ok := h.set.Campaigns[name]
	if !ok {
		return k, invalid("没有采集计划 no campaign %q is declared: there are %s", name, or(strings.Join(sortedKeys(h.set.Campaigns), ", "), "none"))
	}
	return k, nil
}

// conduct runs a campaign before somebody's eyes: progress to stderr, or as
// NDJSON to stdout; the report last.
func (h *house) conduct(ctx context.Context, sh shell, k evidence.Campaign, who string, asJSON bool) error {
	out := sh.err
	if asJSON {
		out = sh.out
	}
	m := newMeter(out, asJSON, sh.now)
	m.last = sh.now()
	var last Progress
	report, err := h.campaignRun(ctx, k, who, func(p Progress) {
		if p.State == crawler.Paused && last.State != crawler.Paused && !asJSON {
			_, _ = fmt.Fprintf(sh.err, "\n暂停 paused: waiting; go on with `probity campaign resume %s`, leave with Ctrl-C\n", k.ID)
		}
		last = p
		m.show(p)
	})
	if ctx.Err() != nil && err != nil {
		return fmt.Errorf("已停止 stopped: 同一命令会从此处继续 the same command goes on from here: %w", ctx.Err())
	}
	if err != nil {
		return err
	}
	if last.Run != "" { // a run that only had to be closed has no progress
		m.end(last)
	}
	if asJSON {
		return json.NewEncoder(sh.out).Encode(report)
	}
	return report.print(sh.out)
}

// doCampaignPause leaves the order to pause; the worker obeys within a second.
func doCampaignPause(ctx context.Context, sh shell, c Config, args []string) error {
	return wordTo{sh, c, "pause"}.order(ctx, args, func(h *house, run campaign.Run) (string, error) {
		said := "已暂停 paused: go on with `probity campaign resume " + run.Campaign + "`"
		return said, h.frontier.Pause(ctx, crawler.Target{Run: run.ID}, "by "+person())
	})
}

// doCampaignResume ends a pause.
func doCampaignResume(ctx context.Context, sh shell, c Config, args []string) error {
	return wordTo{sh, c, "resume"}.order(ctx, args, func(h *house, run campaign.Run) (string, error) {
		said := "已恢复 resumed: `probity campaign run " + run.Campaign + "` goes on, if it is not at work already"
		return said, h.frontier.Resume(ctx, crawler.Target{Run: run.ID})
	})
}

// A wordTo is a word to the worker of a data directory.
type wordTo struct {
	sh   shell
	c    Config
	verb string
}

// order gives it to the open run of the campaign that is named.
func (o wordTo) order(ctx context.Context, args []string, do func(*house, campaign.Run) (string, error)) error {
	w := newOptions("campaign "+o.verb, &o.c)
	names, err := w.arguments(o.sh, args, 1, 1, "NAME")
	if err != nil {
		return err
	}
	return with(ctx, o.sh, o.c, datadir.Command, func(h *house) error {
		if _, err := h.campaign(names[0]); err != nil {
			return err
		}
		run, err := h.runs.Open(ctx, names[0])
		if errors.Is(err, evidence.ErrNotFound) {
			return fmt.Errorf("%s %s: %w: 没有进行中的采集 no run of it is open: start one with `probity campaign run %s`",
				o.verb, names[0], evidence.ErrNotFound, names[0])
		}
		if err != nil {
			return err
		}
		said, err := do(h, run)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(o.sh.out, run.ID, said)
		return err
	})
}

// doCampaignReport prints the report of a run, or of a campaign's newest
// closed run.
func doCampaignReport(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("campaign report", &c)
	names, err := w.arguments(sh, args, 1, 1, "[-json] NAME|RUN")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Command, func(h *house) error {
		report, err := h.lastReport(ctx, names[0])
		if err != nil {
			return err
		}
		if w.json {
			return printJSON(sh.out, report)
		}
		return report.print(sh.out)
	})
}

func (h *house) lastReport(ctx context.Context, name string) (r Report, err error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return r, err
	}
	found := false
	for _, run := range runs {
		if run.ID != name && run.Campaign != name {
			continue
		}
		if err := h.runs.Report(ctx, run.ID, &r); err == nil {
			found = true
		} else if !errors.Is(err, evidence.ErrNotFound) {
			return r, err
		}
	}
	if !found {
		return r, fmt.Errorf("report of %s: %w: 尚无报告 no run of it has ended: `probity campaign list` says how campaigns stand", name, evidence.ErrNotFound)
	}
	return r, nil
}
