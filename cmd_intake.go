package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/crawler/intake"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

// doIntake takes in files that a department hands over, as a run of their own:
// archived with digest and custody note, read by the source's views, closed,
// evaluated. A file that was taken in before is no news.
func doIntake(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("intake", &c)
	from := w.String("from", "未注明 not stated", "who hands them over")
	note := w.String("note", "", "what else the custody note shall say")
	view := w.String("view", "", "the `view` of the source that reads them, where their names do not say")
	names, err := w.arguments(sh, args, 2, -1, "SOURCE FILE... [-from WHO] [-note TEXT] [-view VIEW]")
	if err != nil {
		return err
	}
	return with(ctx, sh, c, datadir.Work, func(h *house) error {
		src, ok := h.set.Sources[names[0]]
		if !ok {
			return invalid("没有来源 no source %q is declared: there are %s", names[0], or(strings.Join(sortedKeys(h.set.Sources), ", "), "none"))
		}
		giver := *from
		if *note != "" {
			giver += "；备注：" + *note
		}
		report, err := h.intake(ctx, src, giver, *view, names[1:])
		switch {
		case errors.Is(err, errNoNews):
			_, err = fmt.Fprintln(sh.out, "没有新文件 no news: 这些文件此前均已收存 all of these files were taken in before")
			return err
		case ctx.Err() != nil && err != nil:
			return fmt.Errorf("已停止 stopped: 同一命令会从此处继续 the same command goes on from here: %w", ctx.Err())
		case err != nil:
			return err
		case w.json:
			return json.NewEncoder(sh.out).Encode(report)
		}
		return report.print(sh.out)
	})
}

var errNoNews = errors.New("no news")

// intake takes files into one run and closes it.
func (h *house) intake(ctx context.Context, src evidence.Source, giver, view string, paths []string) (Report, error) {
	in := intake.Intake{Source: src, View: view, From: giver, To: person(), Time: h.now(), Crawler: version}
	var fresh []evidence.Exchange
	for _, path := range paths { // all of them, before the first is kept
		x, err := in.File(path)
		if err != nil {
			return Report{}, err
		}
		known, err := h.tookIn(ctx, x.Capture.ID)
		if err != nil {
			return Report{}, err
		}
		if !known {
			fresh = append(fresh, x)
		}
	}
	c := evidence.Campaign{ID: "intake-" + src.ID, Title: src.Title, Sources: []string{src.ID}}
	if len(src.Start) > 0 {
		c.Cohort = &evidence.Cohort{} // a file is not the whole of what the source publishes
	}
	if _, err := h.runs.Open(ctx, c.ID); len(fresh) == 0 && errors.Is(err, evidence.ErrNotFound) {
		return Report{}, errNoNews
	}
	run, err := h.begin(ctx, c, beginning{who: giver + " → " + person()})
	if err != nil {
		return Report{}, err
	}
	if h.fleet != nil {
		return h.fleet.handIn(ctx, run, fresh)
	}
	if run.State != campaign.Closing {
		for _, x := range fresh {
			x.Capture.Run = run.ID
			if err := h.takeIn(ctx, x); err != nil {
				return Report{}, err
			}
		}
		if err := h.readAll(ctx, run.ID); err != nil {
			return Report{}, err
		}
	}
	return h.closeRun(ctx, run)
}

// tookIn reports whether a closed run has the file.
func (h *house) tookIn(ctx context.Context, id string) (bool, error) {
	c, _, err := h.archive.Capture(ctx, id)
	if errors.Is(err, evidence.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	run, err := h.runs.Get(ctx, c.Run)
	return err == nil && run.State == campaign.Closed, err
}

// takeIn keeps one file, says so in the ledger and queues it to be read. The
// custody note names people, so the ledger has its digest only.
func (h *house) takeIn(ctx context.Context, x evidence.Exchange) error {
	c := x.Capture
	if _, err := h.archive.Keep(ctx, x); err != nil && !errors.Is(err, evidence.ErrConflict) { // kept before a crash
		return err
	}
	_, err := h.runs.Once(ctx, campaign.Saying{Key: ledger.Intake + ":" + c.ID, Kind: ledger.Intake, Body: map[string]any{
		"id": c.ID, "run": c.Run, "source": c.Lead.Source, "payload": c.Payload, "size": c.Size, "custody": evidence.DigestBytes([]byte(c.Custody)),
	}})
	if err != nil {
		return err
	}
	return h.joint.file(ctx, c)
}

// readAll reads what a run has queued; nothing is fetched.
func (h *house) readAll(ctx context.Context, run string) error {
	if _, err := h.captures.Retry(ctx, run); err != nil {
		return err
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	g, inner := errgroup.WithContext(inner)
	g.Go(func() error { return h.readCaptures(inner) })
	g.Go(func() error {
		defer stop()
		tick := time.NewTicker(beat / 5)
		defer tick.Stop()
		for {
			if n, err := h.captures.Len(inner, run); err != nil || n.Empty() {
				return err
			}
			select {
			case <-inner.Done():
				return nil
			case <-tick.C:
			}
		}
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return ctx.Err()
}
